package providers

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// safeError is an error rebuilt from scrubbed words: of the original only the facts that callers
// branch on remain, so nothing secret can be reached through it.
type safeError struct {
	text string
	is   []error
}

func (e *safeError) Error() string   { return e.text }
func (e *safeError) Unwrap() []error { return e.is }

// safe rebuilds err with prefix before its scrubbed words.
func (g *Gateway) safe(prefix string, err error) error {
	e := &safeError{text: g.name + ": " + prefix + ": " + g.words(err.Error(), maxMessage)}
	for _, fact := range []error{ErrNotSent, ErrUnsupported, ErrCredentials, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, fact) {
			e.is = append(e.is, fact)
		}
	}
	return e
}

// words is text without secrets, as valid UTF-8 of at most limit bytes.
func (g *Gateway) words(text string, limit int) string {
	text = strings.ToValidUTF8(g.scrub.Scrub(text), "\uFFFD")
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}

// line is words on one line, without control characters: a terminal obeys some of these.
func (g *Gateway) line(text string, limit int) string {
	return g.words(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' { // Bangla and Hindi need these two
			return ' '
		}
		return r
	}, text), limit)
}

// identifier is an upstream's id for storing and asking with. One that is absurdly long or holds a secret
// is dropped: a shortened id would be another order's.
func (g *Gateway) identifier(id string) string {
	id = strings.TrimSpace(id)
	if len(id) > maxIdentifier || !utf8.ValidString(id) || g.scrub.Holds(id) {
		return ""
	}
	return id
}

// sane returns what may be believed of an adapter's result: any combination that the contract rules out
// becomes Unknown, and every text is scrubbed and capped.
func (g *Gateway) sane(call string, r Result) Result {
	switch r.Reason {
	case ReasonDuplicate, ReasonEcho, ReasonUnreadable:
		if r.Status != Pending || r.Reason != ReasonDuplicate {
			r.Status = Unknown
		}
	}
	switch {
	case r.Status < Unknown || r.Status > NotFound,
		r.Status == NotFound && call == CallRecharge,
		r.Status == Delivered && r.Reason != ReasonNone:
		r.Status, r.Reason = Unknown, ReasonUnreadable
	}
	r.UpstreamID, r.Serial = g.identifier(r.UpstreamID), g.identifier(r.Serial)
	r.Code, r.Message = g.words(r.Code, maxIdentifier), g.words(r.Message, maxMessage)
	r.Evidence.Body, r.Evidence.Err = g.words(r.Evidence.Body, MaxEvidenceBody), g.words(r.Evidence.Err, maxMessage)
	return r
}
