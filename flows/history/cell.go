package history

import (
	"strings"
	"unicode"

	"rechargebot/flows/text"
)

// A sheet reads a cell that begins with = + - or @ as a formula, also after blanks, control characters or in their
// full-width forms, and what looks like a number or a date as one: a telephone number loses its zero, a long id its
// last digits (SAFETY.md, section 5). So a cell is either ours and cannot be mistaken, or begins with a letter, or is marked
// by a ' before it. Whoever reads the file with a program drops one ' from the beginning of a cell, and has its text.
const mark = "'"

// words is a cell of words that somebody chose: a name. It is marked unless it begins with a letter.
func words(s string) string {
	if s = tidy(s); s == "" || unicode.IsLetter([]rune(s)[0]) {
		return s
	}
	return mark + s
}

// digits is a cell of something that is no number although it may look like one: a telephone number, an id. It is
// always marked, so that a column is not a mixture.
func digits(s string) string {
	if s = tidy(s); s == "" {
		return s
	}
	return mark + s
}

// tidy is one line without what hides, and without what parts cells in the sheets of other countries: there a ; in the
// middle of a name would begin a new cell with whatever follows it. NUL, tab and the ends of lines are gone after it.
func tidy(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(text.Quoted(s).String(), ";", ","))
}
