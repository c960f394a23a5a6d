package text

import (
	"strings"
	"unicode"
	"unicode/utf16"
)

// Style is how a span looks where the platform can show it; the plain text is always complete.
type Style string

const (
	Plain Style = ""
	Bold  Style = "bold"
	Code  Style = "code"
	Quote Style = "quote" // somebody else's words, a provider's for instance
)

// Span is a run of text in one style. The text is raw: whoever renders it escapes it.
type Span struct {
	Text  string `json:"t"`
	Style Style  `json:"s,omitempty"`
}

// Rich is a text for a person, ready to be rendered. It is a plain value and survives JSON.
type Rich []Span

// String is the text without its styles.
func (r Rich) String() string {
	var b strings.Builder
	for _, s := range r {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Join puts sep between the parts that say something.
func Join(sep string, parts ...Rich) Rich {
	var out Rich
	for _, p := range parts {
		if len(p) == 0 {
			continue
		}
		if len(out) > 0 && sep != "" {
			out = append(out, Span{Text: sep})
		}
		out = append(out, p...)
	}
	return out
}

// Quoted is somebody else's words, cleaned of whatever could style or hide anything.
func Quoted(s string) Rich {
	if s = clean(s); s == "" {
		return nil
	}
	return Rich{{Text: s, Style: Quote}}
}

// Length is the text's length as Telegram counts it, in UTF-16 units.
func (r Rich) Length() int {
	n := 0
	for _, s := range r {
		n += units(s.Text)
	}
	return n
}

func units(s string) int {
	n := 0
	for _, c := range s {
		n += max(1, utf16.RuneLen(c))
	}
	return n
}

// Clip cuts the text to at most limit UTF-16 units, the last of which is "…" when something was cut.
func (r Rich) Clip(limit int) Rich {
	if r.Length() <= limit {
		return r
	}
	var out Rich
	left := limit - units(missing)
	for _, s := range r {
		end := len(s.Text)
		for i, c := range s.Text {
			if left -= max(1, utf16.RuneLen(c)); left < 0 {
				end = i
				break
			}
		}
		out = append(out, Span{Text: s.Text[:end], Style: s.Style})
		if left < 0 {
			break
		}
	}
	return append(out, Span{Text: missing})
}

// clean drops the control characters, the invisible and the direction marks of a value, so that it can
// neither style nor break a sentence nor look like another one. Joiners stay: Bangla, Hindi and emoji need them.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == '\r', r == '\u2028', r == '\u2029':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\u200b', r == '\u2060', r == '\ufeff':
			return -1
		}
		return r
	}, s)
}

// spans splits an executed sentence at its marks.
func spans(s string) Rich {
	var out Rich
	style := Plain
	for s != "" {
		i := strings.IndexAny(s, boldMark+codeMark)
		if i < 0 {
			i = len(s)
		}
		if i > 0 {
			out = append(out, Span{Text: s[:i], Style: style})
		}
		if i == len(s) {
			break
		}
		next := Bold
		if s[i:i+1] == codeMark {
			next = Code
		}
		if style == next {
			next = Plain
		}
		style, s = next, s[i+1:]
	}
	return out
}
