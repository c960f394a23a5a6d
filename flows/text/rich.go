package text

import "strings"

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
