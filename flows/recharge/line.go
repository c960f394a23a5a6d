package recharge

import (
	"slices"
	"strings"
	"unicode"

	"rechargebot/providers"
)

// line is what somebody typed, taken apart. The number and the amount are still the person's text, with
// ASCII digits; "" = there was none.
type line struct {
	Number    string
	Amount    string
	Operators []providers.OperatorID // named by words, in their order, each once
	Types     []providers.NumberType
	Unknown   string // the first word that is not known
	Two       bool   // two numbers, or two amounts
}

// order reports whether the line is meant as an order, well or badly written: a number, or what looks
// like one, is in it.
func (l line) order() bool { return digits(l.Number) >= shortestTry }

// shortestTry is how many digits somebody types at least who means a phone number. Fewer are an amount.
const shortestTry = 7

// nearlyWhole is how long a group of digits is that was meant as a whole number: "0171234567 8" is a
// number with a digit too few and an amount, not a number with a blank in it.
const nearlyWhole = 9

// parseLine takes a typed line apart. Any order of number, amount and words is understood, and blanks
// inside the number too, as long as there is only one way to read it.
func parseLine(typed string) line {
	var l line
	var numeric []string
	previous := ""
	for _, word := range words(typed) {
		switch {
		case digits(word) > 0:
			numeric = append(numeric, pair(word)...)
		case strings.Trim(word, "+-–—.,:;=()/*") == "", isTaka(word), word == "load" && previous == "power":
		default:
			l.name(word)
		}
		previous = word
	}
	l.split(numeric)
	return l
}

// words splits a line at blanks, with ASCII digits, in lower case, and with the currency's signs taken off.
func words(typed string) []string {
	s := strings.ToLower(providers.FoldDigits(typed))
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '৳', unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
	out := strings.Fields(s)
	for i, w := range out {
		if digits(w) > 0 {
			out[i] = trimTaka(w)
		}
	}
	return out
}

func takaWords() []string { return []string{"taka", "bdt", "tk.", "tk", "টাকা"} }

func isTaka(word string) bool { return slices.Contains(takaWords(), word) }

// trimTaka takes the currency off an amount: "tk50", "50tk.", "50/-".
func trimTaka(word string) string {
	for _, t := range takaWords() {
		if rest, ok := strings.CutPrefix(word, t); ok {
			return rest
		}
		if rest, ok := strings.CutSuffix(strings.TrimSuffix(word, "."), t); ok {
			return rest
		}
	}
	return strings.TrimSuffix(strings.TrimSuffix(word, "/-"), "/=")
}

// pair splits "01712345678,50" and the like; everything else stays as it is.
func pair(word string) []string {
	i := strings.LastIndexAny(word, ",:;=/*-")
	if i <= 0 || i == len(word)-1 {
		return []string{word}
	}
	if _, err := providers.ParseMSISDN(word); err == nil {
		return []string{word}
	}
	if _, err := providers.ParseMSISDN(word[:i]); err != nil {
		return []string{word}
	}
	return []string{word[:i], word[i+1:]}
}

// name files a word as an operator's or a type's. "skitto" may be both; fill decides.
func (l *line) name(word string) {
	if t, ok := typeWords()[word]; ok {
		if !slices.Contains(l.Types, t) {
			l.Types = append(l.Types, t)
		}
		return
	}
	for _, o := range providers.Operators() {
		if word == strings.ToLower(o.Name) || slices.Contains(o.Words, word) {
			if !slices.Contains(l.Operators, o.ID) {
				l.Operators = append(l.Operators, o.ID)
			}
			return
		}
	}
	if l.Unknown == "" {
		l.Unknown = word
	}
}

func typeWords() map[string]providers.NumberType {
	return map[string]providers.NumberType{
		"prepaid": providers.Prepaid, "pre": providers.Prepaid,
		"postpaid": providers.Postpaid, "post": providers.Postpaid,
		"skitto": providers.Skitto, "sk": providers.Skitto,
		"power": providers.Special, "powerload": providers.Special, "power-load": providers.Special, "special": providers.Special,
	}
}

// split finds the one way to read the numeric words as a number and at most one amount. When there is
// none, it guesses which word was meant as what, so that the mistake can be named.
func (l *line) split(numeric []string) {
	k := len(numeric)
	if k == 0 {
		return
	}
	valid := slices.DeleteFunc(slices.Clone(numeric), func(w string) bool { return !isNumber(w) })
	l.Two = len(valid) > 1
	for i := k; i > 0 && !l.Two; i-- { // all of it is the number, or all but the last word, …
		number := strings.Join(numeric[:i], " ")
		if !isNumber(number) || i == k && k > 1 && digits(numeric[k-2]) >= nearlyWhole {
			continue
		}
		l.Number = number
		if i < k {
			l.Amount = strings.Join(numeric[i:], " ")
		}
		l.Two = k-i > 1
		return
	}
	if k > 1 && isNumber(strings.Join(numeric[1:], " ")) {
		l.Amount, l.Number = numeric[0], strings.Join(numeric[1:], " ")
		return
	}
	l.Number = strings.Join(numeric, " ")
	if last := numeric[k-1]; k > 1 && digits(last) < shortestTry {
		l.Number, l.Amount = strings.Join(numeric[:k-1], " "), last
	}
}

func isNumber(s string) bool {
	_, err := providers.ParseMSISDN(s)
	return err == nil
}

// digits counts the ASCII digits in s.
func digits(s string) int {
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}
