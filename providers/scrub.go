package providers

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"
)

// Scrubber replaces secrets in text that leaves the process's inside: errors, evidence, messages.
// It is the last net; nothing relies on it alone. A nil Scrubber changes nothing.
type Scrubber struct {
	run func(text string, cut bool) string // a function, because every way of printing stops there
}

// hunt is what a Scrubber looks for.
type hunt struct {
	forms []string  // longest first
	first [256]bool // the bytes with which forms begin
}

// Secrets and encodings of at least this many bytes are replaced wherever they stand, in small and large
// letters; shorter ones ("123") only as they are written, and between other characters than letters and
// digits, or phone numbers would fall to pieces.
const anywhere = 8

// minCut is how much of a secret's beginning counts as the secret when a text was cut off there.
const minCut = 4

// NewScrubber makes a Scrubber for every non-empty secret, plain and as URLs, JSON, HTML, hexadecimal and
// base64 (at any alignment, so inside a longer encoded text too) would show it.
func NewScrubber(secrets ...Secret) *Scrubber {
	s := &hunt{}
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		s.forms = append(s.forms, encodings(secret.Reveal())...)
	}
	s.forms = slices.DeleteFunc(s.forms, func(f string) bool { return f == "" })
	slices.SortFunc(s.forms, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	s.forms = slices.Compact(s.forms)
	for _, f := range s.forms {
		for _, c := range []byte(strings.ToLower(f[:1]) + strings.ToUpper(f[:1]) + f[:1]) {
			s.first[c] = true
		}
	}
	return &Scrubber{run: s.scrub}
}

// Scrub returns text with every secret replaced by "***".
func (s *Scrubber) Scrub(text string) string {
	if s == nil {
		return text
	}
	return s.run(text, true)
}

// Holds reports whether a secret stands in text, which nobody has cut off: an id that only ends as some form of a
// secret begins, such as two letters in hexadecimal, holds none.
func (s *Scrubber) Holds(text string) bool { return s != nil && s.run(text, false) != text }

// scrub replaces the secrets; cut says that the text may be cut off inside of one.
func (s *hunt) scrub(text string, cut bool) string {
	if len(s.forms) == 0 {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); {
		n := 0
		if s.first[text[i]] {
			n = s.at(text, i, cut)
		}
		if n == 0 {
			out.WriteByte(text[i])
			i++
			continue
		}
		out.WriteString(hidden)
		i += n
	}
	return out.String()
}

// at returns the length of the longest secret that stands at text[i], 0 when there is none.
func (s *hunt) at(text string, i int, cut bool) int {
	rest := text[i:]
	for _, f := range s.forms {
		switch {
		case len(f) >= anywhere && len(rest) >= len(f) && strings.EqualFold(f, rest[:len(f)]):
			return len(f)
		case cut && len(f) >= anywhere && len(rest) >= minCut && len(rest) < len(f) && strings.EqualFold(f[:len(rest)], rest):
			return len(rest)
		case strings.HasPrefix(rest, f) && !wordAt(text, i-1) && !wordAt(text, i+len(f)):
			return len(f)
		}
	}
	return 0
}

func wordAt(text string, i int) bool {
	if i < 0 || i >= len(text) {
		return false
	}
	c := text[i]
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// encodings lists the ways in which v may be written: as in a URL or a page, then as JSON once and twice.
func encodings(v string) []string {
	query, path := url.QueryEscape(v), url.PathEscape(v)
	forms := []string{
		v, query, path, strings.ReplaceAll(query, "+", "%20"),
		lowerEscapes(query), lowerEscapes(path), html.EscapeString(v),
	}
	for from, times := 0, 0; times < 2; times++ {
		to := len(forms)
		for _, f := range forms[from:to] {
			forms = append(forms, jsonForms(f)...)
		}
		from = to
	}
	asHex := hex.EncodeToString([]byte(v))
	forms = append(forms, asHex, strings.ToUpper(asHex))
	for shift := range 3 {
		forms = append(forms, base64Core(base64.RawStdEncoding, v, shift), base64Core(base64.RawURLEncoding, v, shift))
	}
	return forms
}

// jsonForms lists the ways in which JSON may write v, where they differ from v: as Go does, without its
// escapes for HTML, and each with PHP's escaped slashes.
func jsonForms(v string) []string {
	var out []string
	for _, escapeHTML := range []bool{true, false} {
		quoted := jsonText(v, escapeHTML)
		out = append(out, quoted, strings.ReplaceAll(quoted, "/", `\/`))
	}
	return slices.DeleteFunc(out, func(f string) bool { return f == v })
}

// lowerEscapes writes the hexadecimal digits of percent escapes in lower case.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], bytes.ToLower(b[i+1:i+3]))
		}
	}
	return string(b)
}

func jsonText(v string, escapeHTML bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(escapeHTML)
	if e.Encode(v) != nil {
		return v
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.String()), `"`), `"`)
}

// base64Core is the part of an encoding of v that does not depend on what stands before and after it,
// when shift bytes (modulo 3) stand before it.
func base64Core(e *base64.Encoding, v string, shift int) string {
	encoded := e.EncodeToString(append(make([]byte, shift), v...))
	from, to := (shift*8+5)/6, (shift+len(v))*8/6
	if from >= to {
		return ""
	}
	return encoded[from:to]
}
