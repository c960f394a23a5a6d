package providers

import (
	"fmt"
	"io"
)

// Reference is our unique id for one attempt, sent upstream as the idempotency key. It is random,
// never a bare counter, so that it does not repeat after a restore (SAFETY.md, I12).
type Reference string

// ReferenceFormat is what an upstream accepts as a reference.
type ReferenceFormat struct {
	Alphabet string // each character at most once, ASCII
	Length   int    // of the references that we make; with Alphabet at least 48 random bits
}

// New makes a reference from rand.
func (f ReferenceFormat) New(rand io.Reader) (Reference, error) {
	n := len(f.Alphabet)
	if n < 2 || n > 256 || f.Length < 1 {
		return "", fmt.Errorf("make reference: format %+v is not usable", f)
	}
	out := make([]byte, 0, f.Length)
	var b [32]byte
	for limit := 256 - 256%n; len(out) < f.Length; {
		if _, err := io.ReadFull(rand, b[:]); err != nil {
			return "", fmt.Errorf("make reference: %w", err)
		}
		for _, c := range b {
			if int(c) < limit && len(out) < f.Length { // the rest would favour some characters
				out = append(out, f.Alphabet[int(c)%n])
			}
		}
	}
	return Reference(out), nil
}

// Fits reports whether r could have been made with f.
func (f ReferenceFormat) Fits(r Reference) bool {
	if len(r) != f.Length {
		return false
	}
	for i := range len(r) {
		found := false
		for j := range len(f.Alphabet) {
			found = found || f.Alphabet[j] == r[i]
		}
		if !found {
			return false
		}
	}
	return true
}
