package wire

import (
	"slices"
	"strings"
	"unicode"
)

// prose is a free text in which words are looked for: in lower case, without punctuation.
type prose struct {
	words []string
	text  string // the words with a blank before each and one at the end
}

func newProse(message string) prose {
	words := strings.FieldsFunc(strings.ToLower(message), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	return prose{words: words, text: " " + strings.Join(words, " ") + " "}
}

// says reports whether one of the phrases is in the text. One that begins with a blank is looked for at the
// beginning of a word only, one that ends with a blank at the end of one.
func (p prose) says(phrases ...string) bool {
	return slices.ContainsFunc(phrases, func(phrase string) bool { return strings.Contains(p.text, phrase) })
}

func contains(words []string, of ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(of, w) })
}
