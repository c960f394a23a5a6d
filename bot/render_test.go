package bot

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
	"rechargebot/flows/text"
)

func TestOnlyOurOwnMarkupReachesTelegram(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text        text.Rich
		html, plain string
	}{
		"styles": {text.Rich{{Text: "a "}, {Text: "b", Style: text.Bold}, {Text: " c ", Style: text.Code}, {Text: "d", Style: text.Quote}},
			"a <b>b</b><code> c </code><blockquote expandable>d</blockquote>", "a b c d"},
		"a name with tags":            {text.Rich{{Text: `<b>Bob</b> & "Co"`, Style: text.Bold}}, `<b>&lt;b&gt;Bob&lt;/b&gt; &amp; "Co"</b>`, `<b>Bob</b> & "Co"`},
		"an unclosed tag":             {text.Rich{{Text: `<a href="x`}}, `&lt;a href="x`, `<a href="x`},
		"an entity":                   {text.Rich{{Text: "&lt;&amp;lt;"}}, "&amp;lt;&amp;amp;lt;", "&lt;&amp;lt;"},
		"a name that turns the text":  {text.Rich{{Text: "DELIVERED\u202e50\u2066x\u2069"}}, "DELIVERED50x", "DELIVERED50x"},
		"control characters":          {text.Rich{{Text: "a\x00b\x1b[1m\r\nc\td\u0085\ufffd"}}, "ab[1m\nc\td", "ab[1m\nc\td"},
		"Bangla and what joins it":    {text.Rich{{Text: "ক্\u200dষ\u200c"}}, "ক্\u200dষ\u200c", "ক্\u200dষ\u200c"},
		"empty spans":                 {text.Rich{{Text: "", Style: text.Bold}, {Text: "\x07", Style: text.Code}, {Text: "x"}}, "x", "x"},
		"an unheard-of style":         {text.Rich{{Text: "x", Style: "blink"}}, "x", "x"},
		"a right-to-left name itself": {text.Rich{{Text: "שלום"}}, "שלום", "שלום"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := flows.Message{Text: c.text}
			if got := render(m); got.text != c.html || got.mode != "HTML" {
				t.Errorf("render: %q in mode %q, want %q", got.text, got.mode, c.html)
			}
			if got := renderPlain(m); got.text != c.plain || got.mode != "" {
				t.Errorf("renderPlain: %q in mode %q, want %q", got.text, got.mode, c.plain)
			}
		})
	}
}

func TestTextsAreCutAsTelegramCounts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text text.Rich
		want int // units of what is left
		end  string
	}{
		"exactly full":            {text.Rich{{Text: strings.Repeat("a", 4096)}}, 4096, "a"},
		"one too many":            {text.Rich{{Text: strings.Repeat("a", 4097)}}, 4096, "a…"},
		"markup does not count":   {text.Rich{{Text: strings.Repeat("<", 2048)}, {Text: strings.Repeat("&", 2048), Style: text.Bold}}, 4096, "&"},
		"an emoji counts two":     {text.Rich{{Text: strings.Repeat("😀", 2049)}}, 4095, "😀…"},
		"never half an emoji":     {text.Rich{{Text: "a" + strings.Repeat("😀", 2048)}}, 4096, "😀…"},
		"cut at the end of spans": {text.Rich{{Text: strings.Repeat("a", 4095)}, {Text: "bcd", Style: text.Bold}}, 4096, "a…"},
		"bytes do not count":      {text.Rich{{Text: strings.Repeat("ক", 4096)}}, 4096, "ক"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := fit(c.text).String()
			if units(got) != c.want || !strings.HasSuffix(got, c.end) {
				t.Errorf("%d units ending in %q, want %d ending in %q", units(got), got[max(0, len(got)-8):], c.want, c.end)
			}
		})
	}
}

func FuzzRender(f *testing.F) {
	f.Add("plain <b>", "code & more", 3000)
	f.Add("😀\u202e\xff", "", 4096)
	f.Fuzz(func(t *testing.T, a, b string, times int) {
		m := flows.Message{Text: text.Rich{{Text: strings.Repeat(a, min(max(times, 0), 5000)/(len(a)+1)), Style: text.Bold}, {Text: b, Style: text.Code}}}
		plain := renderPlain(m).text
		if units(plain) > maxText {
			t.Errorf("%d units", units(plain))
		}
		html := render(m).text
		for _, tag := range []string{"<b>", "</b>", "<code>", "</code>"} {
			html = strings.Replace(html, tag, "", 1)
		}
		if back := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(html); back != plain {
			t.Errorf("the markup changed the text: %q, plainly %q", back, plain)
		}
		if strings.ContainsAny(html, "<>") {
			t.Errorf("stray markup in %q", html)
		}
	})
}

func TestButtonsAreWhatTelegramTakes(t *testing.T) {
	t.Parallel()
	m := render(flows.Message{Rows: [][]flows.Button{
		{{Label: "Confirm", Tone: flows.Good, Token: "AAAA"}, {Label: "Cancel", Token: "BBBB"}},
		{{Label: "No action"}, {Label: " \x00", Token: "x"}, {Label: "Long", Token: strings.Repeat("x", 65)}},
		{{Label: "Reject", Tone: flows.Danger, Token: strings.Repeat("x", 64)}, {Label: "More", Tone: flows.Main, Token: "c"}},
		{{Label: "Copy", Copy: "TX123"}},
		{},
	}})
	got, err := json.Marshal(m.markup())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"inline_keyboard":[[{"text":"Confirm","style":"success","callback_data":"AAAA"},{"text":"Cancel","callback_data":"BBBB"}],` +
		`[{"text":"Reject","style":"danger","callback_data":"` + strings.Repeat("x", 64) + `"},{"text":"More","style":"primary","callback_data":"c"}],` +
		`[{"text":"Copy","copy_text":{"text":"TX123"}}]]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("markup (-want +got):\n%s", diff)
	}
	if none := render(flows.Message{Rows: [][]flows.Button{{}, {{Label: "x"}}}}); none.markup() != nil {
		t.Errorf("a message without usable buttons has the markup %v", none.markup())
	}
}

func TestAHintGoesOutWithNewMessagesOnly(t *testing.T) {
	t.Parallel()
	button := [][]flows.Button{{{Label: "Go", Token: "t"}}}
	for name, c := range map[string]struct {
		message   flows.Message
		sent, put string // the markup of a new message, and of an edit
	}{
		"a hint":            {flows.Message{Ask: "01712345678"}, `{"force_reply":true,"input_field_placeholder":"01712345678"}`, `null`},
		"beside buttons":    {flows.Message{Ask: "x", Rows: button}, `{"inline_keyboard":[[{"text":"Go","callback_data":"t"}]]}`, `{"inline_keyboard":[[{"text":"Go","callback_data":"t"}]]}`},
		"of several lines":  {flows.Message{Ask: " a\n\tb\u202e "}, `{"force_reply":true,"input_field_placeholder":"a b"}`, `null`},
		"of nothing but it": {flows.Message{Ask: " \u202e\x00 "}, `null`, `null`},
		"a long one":        {flows.Message{Ask: strings.Repeat("x", 65)}, `{"force_reply":true,"input_field_placeholder":"` + strings.Repeat("x", 63) + `…"}`, `null`},
		"nothing at all":    {flows.Message{}, `null`, `null`},
	} {
		for _, m := range []message{render(c.message), renderPlain(c.message)} {
			sent, err := json.Marshal(m.markup())
			put, errPut := json.Marshal(m.inline())
			if err != nil || errPut != nil || string(sent) != c.sent || string(put) != c.put {
				t.Errorf("%s: sent with %s, edited to %s (%v, %v)", name, sent, put, err, errPut)
			}
		}
	}
}
