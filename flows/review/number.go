package review

import (
	"strings"
	"unicode"

	"rechargebot/providers"
)

// holdsNumber reports whether a reason holds what a person could have meant as a mobile number: admins order by
// such lines, too, and none of them shall decide anything. Every row of groups of digits is looked at, whatever
// stands between them.
//
// Ten digits alone from 6 to 9 are a number of India, and as often a provider's transaction id. They count when
// the job is of India, or when the text has an amount beside them; behind a letter ("BD9812345670") they never do.
func holdsNumber(s string, home providers.Country) bool {
	s = providers.FoldDigits(s)
	priced := hasAmount(s)
	for _, groups := range rows(s) {
		for i := range groups {
			for k := i; k < len(groups); k++ {
				typed := s[groups[i].from:groups[k].to]
				number, err := providers.ParseMSISDN(typed)
				if err != nil {
					continue
				}
				if bare := digitsIn(typed) == len("9812345670"); !bare || number.Country() == home && !groups[i].glued || priced && !groups[i].glued {
					return true
				}
			}
		}
	}
	return false
}

// group is digits in a row: s[from:to], a plus before them included.
type group struct {
	from, to int
	glued    bool // a letter stands before them
}

// rows are the groups of digits between which only blanks and signs stand that people put into numbers.
func rows(s string) (out [][]group) {
	var row []group
	open, glued, plus := false, false, -1
	for i, r := range s + "\n" {
		switch {
		case r >= '0' && r <= '9' && open:
			row[len(row)-1].to = i + 1
		case r >= '0' && r <= '9':
			from := i
			if plus == i-1 && plus >= 0 {
				from = plus
			}
			row, open = append(row, group{from, i + 1, glued}), true
		case r == '+', unicode.IsSpace(r) && r != '\n', strings.ContainsRune("-‐‑–—.()/", r):
			open, glued = false, false
			if r == '+' {
				plus = i
			}
		default:
			if len(row) > 0 {
				out = append(out, row)
			}
			row, open, glued = nil, false, unicode.IsLetter(r)
		}
	}
	return out
}

// hasAmount reports whether a word is a sum that an order could have.
func hasAmount(s string) bool {
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;", r) }) {
		if n := digitsIn(word); n == 0 || n > 6 {
			continue
		}
		for _, c := range []providers.Currency{providers.BDT, providers.INR} {
			if _, err := providers.ParseAmount(word, c); err == nil {
				return true
			}
		}
	}
	return false
}

func digitsIn(s string) (n int) {
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}
