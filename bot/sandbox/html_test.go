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
		"<a href=\"tg://user?id=7\">x</a>":                 {"x", []Entity{{Type: "text_mention", Length: 1, User: &User{ID: 7}}}},
		"<a href='javascript:alert(1)'>x</a>":              {"x", nil},
		"<pre><code class=\"language-go\">a</code></pre>":  {"a", []Entity{{Type: "pre", Length: 1, Language: "go"}}},
		"<pre> <code class=\"language-go\">a</code></pre>": {" a", []Entity{e("pre", 0, 2), e("code", 1, 1)}},
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
		if diff := cmp.Diff(want, commandsIn(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// read is what becomes of an HTML text that a bot sends.
func read(t *testing.T, in string) (string, []Entity) {
	t.Helper()
	text, es, err := parseHTML(in)
	if err != nil {
		t.Fatalf("%q: %v", in, err)
	}
	return settle(text, es)
}

func TestEntitiesStandInEachOtherAsTheyMay(t *testing.T) {
	t.Parallel()
	e := func(kind string, offset, length int) Entity {
		return Entity{Type: kind, Offset: offset, Length: length}
	}
	link := func(offset, length int) Entity {
		return Entity{Type: "text_link", Offset: offset, Length: length, URL: "http://a.b/"}
	}
	for in, want := range map[string]struct {
		text     string
		entities []Entity
	}{
		"\n 😀<b> b </b>\n":                         {"😀 b", []Entity{e("bold", 3, 1)}},
		"<b>\n 😀 b</b> <code>x </code>":            {"😀 b x", []Entity{e("bold", 0, 4), e("code", 5, 1)}},
		"a<b> </b>b":                               {"a b", nil},
		"a\tb\r\n<b>c\r\nd</b>":                    {"a b\nc\nd", []Entity{e("bold", 4, 3)}},
		"<b>a</b><strong>b</strong>":               {"ab", []Entity{e("bold", 0, 2)}},
		"<b>a<b>b</b></b>":                         {"ab", []Entity{e("bold", 0, 2)}},
		"<b>a<i>b</i>c</b>":                        {"abc", []Entity{e("bold", 0, 3), e("italic", 1, 1)}},
		"<b>a<a href='a.b'>b</a></b>":              {"ab", []Entity{e("bold", 0, 2), link(1, 1)}},
		"<code><b>a</b></code>":                    {"a", []Entity{e("code", 0, 1)}},
		"<b>a<code>b</code>c</b>":                  {"abc", []Entity{e("bold", 0, 1), e("code", 1, 1), e("bold", 2, 1)}},
		"<a href='a.b'>a<code>b</code></a>":        {"ab", []Entity{link(0, 2)}},
		"<blockquote>a<code>b</code></blockquote>": {"ab", []Entity{e("blockquote", 0, 2), e("code", 1, 1)}},
		"<b>a /help b</b>":                         {"a /help b", []Entity{e("bold", 0, 2), e("bot_command", 2, 5), e("bold", 2, 5), e("bold", 8, 1)}},
		"<code>/help</code> /id":                   {"/help /id", []Entity{e("code", 0, 5), e("bot_command", 6, 3)}},
	} {
		text, entities := read(t, in)
		if diff := cmp.Diff(want.text, text); diff != "" {
			t.Errorf("%q: text (-want +got):\n%s", in, diff)
		}
		if diff := cmp.Diff(want.entities, entities); diff != "" {
			t.Errorf("%q: entities (-want +got):\n%s", in, diff)
		}
	}
}

func TestMoreThanAHundredEntitiesAreDropped(t *testing.T) {
	t.Parallel()
	text, entities := read(t, strings.Repeat("<b>a</b> ", 150))
	if len(text) != 299 || len(entities) != 100 || entities[99].Offset != 198 {
		t.Errorf("%d characters with %d entities, the last %+v", len(text), len(entities), entities[len(entities)-1])
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
		text, entities = settle(text, entities)
		if !nested(entities) {
			t.Errorf("%q: entities %+v", in, entities)
		}
		for _, e := range entities {
			if e.Length < 1 || e.Offset < 0 || e.Offset+e.Length > utf16Len(text) {
				t.Errorf("%q: entity %+v of %q", in, e, text)
			}
		}
	})
}
