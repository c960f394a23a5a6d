package providers

import (
	"fmt"
	"io"
	"strings"
)

// Reference is our unique id for one attempt, sent upstream as the idempotency key. It is random,
// never a bare counter, so that it does not repeat after a restore (SAFETY.md, I12).
type Reference string

// ReferenceFormat is what an upstream accepts as a reference.
type ReferenceFormat struct {
	Alphabet string // each character at most once, ASCII
	First    string // the same for the first character alone, where not all of Alphabet will do; "" = Alphabet
	Length   int    // of the references that we make, of which there must be at least 2^48: len(First) · len(Alphabet)^(Length-1)
}

// at is the alphabet of the character at i.
func (f ReferenceFormat) at(i int) string {
	if i == 0 && f.First != "" {
		return f.First
	}
	return f.Alphabet
}

// New makes a reference from rand.
func (f ReferenceFormat) New(rand io.Reader) (Reference, error) {
	if len(f.Alphabet) < 2 || len(f.Alphabet) > 256 || len(f.First) > 256 || f.Length < 1 {
		return "", fmt.Errorf("make reference: format %+v is not usable", f)
	}
	out := make([]byte, 0, f.Length)
	var b [32]byte
	for len(out) < f.Length {
		if _, err := io.ReadFull(rand, b[:]); err != nil {
			return "", fmt.Errorf("make reference: %w", err)
		}
		for _, c := range b {
			if len(out) == f.Length {
				break
			}
			alphabet := f.at(len(out))
			if n := len(alphabet); int(c) < 256-256%n { // the rest would favour some characters
				out = append(out, alphabet[int(c)%n])
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
		if strings.IndexByte(f.at(i), r[i]) < 0 {
			return false
		}
	}
	return true
}
