package sandbox

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHTMLIsReadAsTelegramReadsIt(t *testing.T) {
	t.Parallel()
	e := func(kind string, offset, length int) Entity {
		return Entity{Type: kind, Offset: offset, Length: length}
	}
	for in, want := range map[string]struct {
		text     string
		entities []Entity
	}{
		"":                                       {"", nil},
		"➡️ ➡️":                                  {"➡️ ➡️", nil},
		"&lt;&gt;&amp;&quot;&laquo;&#x41;&#66":   {`<>&"&laquo;AB`, nil},
		"a & b &; &#; &#12345678;":               {"a & b &; &#; &#12345678;", nil},
		"🏟 🏟<i>🏟 &lt🏟</i>":                       {"🏟 🏟🏟 <🏟", []Entity{e("italic", 5, 6)}},
		"<b>a</b><strong>b</strong>":             {"ab", []Entity{e("bold", 0, 1), e("bold", 1, 1)}},
		"<em>a</em><ins>b</ins><u>c</u>":         {"abc", []Entity{e("italic", 0, 1), e("underline", 1, 1), e("underline", 2, 1)}},
		"<s>a</s><strike>b</strike><del>c</del>": {"abc", []Entity{e("strikethrough", 0, 1), e("strikethrough", 1, 1), e("strikethrough", 2, 1)}},
		"<tg-spoiler>a</tg-spoiler><span class=\"tg-spoiler\">b</span>": {"ab", []Entity{e("spoiler", 0, 1), e("spoiler", 1, 1)}},
		"<B>a</B>":                                         {"a", []Entity{e("bold", 0, 1)}},
		"<i><b> </b> <code> </code></i>":                   {"   ", []Entity{e("italic", 0, 3), e("bold", 0, 1), e("code", 2, 1)}},
		"<b></b>x":                                         {"x", nil},
		"<i>a</>":                                          {"a", []Entity{e("italic", 0, 1)}},
		"<i aba = 190azAz-.>a</i  >":                       {"a", []Entity{e("italic", 0, 1)}},
		"<i aba='&lt;&gt;'>a</i>":                          {"a", []Entity{e("italic", 0, 1)}},
		"<a href='telegram.org?&lt;'>x</a>":                {"x", []Entity{{Type: "text_link", Offset: 0, Length: 1, URL: "http://telegram.org/?<"}}},
		"<a>telegram.org</a>":                              {"telegram.org", []Entity{{Type: "text_link", Offset: 0, Length: 12, URL: "http://telegram.org/"}}},
		"<a href=\"tg://user?id=7\">x</a>":                 {"x", []Entity{{Type: "text_link", Offset: 0, Length: 1, URL: "tg://user?id=7"}}},
		"<a href='javascript:alert(1)'>x</a>":              {"x", nil},
		"<pre><code class=\"language-go\">a</code></pre>":  {"a", []Entity{{Type: "pre", Length: 1, Language: "go"}}},
		"<pre> <code class=\"language-go\">a</code></pre>": {" a", []Entity{e("pre", 0, 2), {Type: "code", Offset: 1, Length: 1, Language: "go"}}},
		"<pre><code>a</code></pre>":                        {"a", []Entity{e("code", 0, 1), e("pre", 0, 1)}},
		"<blockquote>a</blockquote><blockquote expandable>b</blockquote>": {"ab", []Entity{e("blockquote", 0, 1), e("expandable_blockquote", 1, 1)}},
		"<tg-emoji emoji-id=\"536\">👍</tg-emoji>":                         {"👍", []Entity{{Type: "custom_emoji", Length: 2, Emoji: "536"}}},
		"<tg-time unix=\"1647531900\" format=\"wDT\">later</tg-time>":     {"later", []Entity{{Type: "date_time", Length: 5, UnixTime: 1647531900, Format: "wDT"}}},
	} {
		text, entities, err := parseHTML(in)
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if diff := cmp.Diff(want.text, text); diff != "" {
			t.Errorf("%q: text (-want +got):\n%s", in, diff)
		}
		if diff := cmp.Diff(want.entities, entities); diff != "" {
			t.Errorf("%q: entities (-want +got):\n%s", in, diff)
		}
	}
}

func TestBrokenHTMLIsRefusedInTelegramsWords(t *testing.T) {
	t.Parallel()
	surrogate := "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units"
	for in, want := range map[string]string{
		"&#57311;":                              surrogate,
		"&#xDFDF":                               surrogate,
		"🏟 🏟&lt;<abacaba":                       "Unclosed start tag at byte offset 13",
		"🏟 🏟&lt;<abac aba>":                     `Unsupported start tag "abac" at byte offset 13`,
		"a < b":                                 `Unsupported start tag "" at byte offset 2`,
		"<br>":                                  `Unsupported start tag "br" at byte offset 0`,
		"<script>x</script>":                    `Unsupported start tag "script" at byte offset 0`,
		"🏟 🏟&lt;<i   =aba>":                     `Empty attribute name in the tag "i" at byte offset 13`,
		"🏟 🏟&lt;<i    aba  =  ":                 `Unclosed start tag "i" at byte offset 13`,
		"<i ":                                   `Unclosed start tag "i" at byte offset 0`,
		"🏟 🏟&lt;<i    aba  =  190azAz-.,":       "Unexpected end of name token at byte offset 27",
		"🏟 🏟&lt;<i    aba  =  \"&lt;&gt;":       "Unclosed start tag at byte offset 13",
		"🏟 🏟&lt;</":                             "Unexpected end tag at byte offset 13",
		"🏟 🏟&lt;<b></b></":                      "Unexpected end tag at byte offset 20",
		"🏟 🏟&lt;<i>a</i   ":                     "Unclosed end tag at byte offset 17",
		"🏟 🏟&lt;<i>a</em   >":                   `Unmatched end tag at byte offset 17, expected "</i>", found "</em>"`,
		"<b>x":                                  `Can't find end tag corresponding to start tag "b"`,
		"<b aba>x":                              `Can't find end tag corresponding to start tag "b"`,
		"<span>x</span>":                        `Tag "span" must have class "tg-spoiler" at byte offset 0`,
		"<tg-emoji emoji-id=\"x\">y</tg-emoji>": "Invalid custom emoji identifier specified",
		"<tg-time unix=\"soon\">y</tg-time>":    "Invalid date specified",
		"<blockquote>a<blockquote>b</blockquote></blockquote>": "blockquote entities can't be nested at byte offset 13",
	} {
		if _, _, err := parseHTML(in); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", in, err, want)
		}
	}
}

func TestSpacesAtTheEndsGoAndEntitiesMove(t *testing.T) {
	t.Parallel()
	text, entities := trimText("\n 😀 b \n", []Entity{{Type: "bold", Offset: 0, Length: 4}, {Type: "code", Offset: 6, Length: 2}})
	if diff := cmp.Diff("😀 b", text); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Entity{{Type: "bold", Offset: 0, Length: 2}}, entities); diff != "" {
		t.Error(diff)
	}
}

func TestCommandsAreFoundInTexts(t *testing.T) {
	t.Parallel()
	found := func(offset, length int) Entity { return Entity{Type: "bot_command", Offset: offset, Length: length} }
	for text, want := range map[string][]Entity{
		"/start":                   {found(0, 6)},
		"/start@recharge_bot x":    {found(0, 19)},
		"আ /find 017, then /help.": {found(2, 5), found(18, 5)},
		"a/b 1/2 http://x/start":   nil,
		"//x /":                    nil,
	} {
		if diff := cmp.Diff(want, withCommands(text, nil)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func FuzzHTML(f *testing.F) {
	f.Add("<b>a</b> &lt; <a href=\"x\">y</a>")
	f.Add("<pre><code class=\"language-go\">a</code></pre></")
	f.Fuzz(func(t *testing.T, in string) {
		text, entities, err := parseHTML(in)
		if err != nil {
			return
		}
		if strings.ToValidUTF8(in, "") != in {
			return
		}
		for _, e := range entities {
			if e.Length < 1 || e.Offset < 0 || e.Offset+e.Length > utf16Len(text) {
				t.Errorf("%q: entity %+v of %q", in, e, text)
			}
		}
	})
}
