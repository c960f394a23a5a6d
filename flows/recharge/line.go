package recharge

import (
	"slices"
	"strings"

	"rechargebot/providers"
)

// line is what somebody typed, taken apart. The number and the amount are still the person's text, with
// ASCII digits; "" = there was none.
type line struct {
	Number    string
	Amount    string
	Operators []providers.OperatorID // named by words, in their order, each once
	Types     []providers.NumberType
	Named     []providers.Currency // by words and signs, each once
	Unknown   string               // the first word that is not known
	Two       bool                 // two numbers, or two amounts
	Whole     string               // a number, too, that Number and Amount are together: there are two ways to read the line
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
// inside the number too, as long as there is only one way to read it. Numbers, names and currencies are
// those of the countries in; none means any. A name that operators of two countries have is the one of
// the number's country.
func parseLine(typed string, in ...providers.Country) line {
	if len(in) == 0 {
		in = []providers.Country{providers.Bangladesh, providers.India}
	}
	var l line
	var numeric []string
	var operators [][]providers.OperatorID
	previous, plus := "", ""
	all, named := words(typed, in)
	l.Named = named
	for _, word := range all {
		switch {
		case word == "+":
			plus = word
		case digits(word) > 0:
			numeric = append(numeric, pair(plus+word, in)...)
			plus = ""
		case strings.Trim(word, "+-–—.,:;=()/*") == "", word == "load" && previous == "power":
		default:
			if some := l.name(word, in); some != nil {
				operators = append(operators, some)
			}
		}
		previous = word
	}
	l.split(numeric, in)
	l.choose(operators, countryOf(l.Number, in))
	return l
}

// pair splits "01712345678,50" and the like; everything else stays as it is.
func pair(word string, in []providers.Country) []string {
	i := strings.LastIndexAny(word, ",:;=/*-")
	if i <= 0 || i == len(word)-1 {
		return []string{word}
	}
	if isNumber(word, in...) || !isNumber(word[:i], in...) {
		return []string{word}
	}
	return []string{word[:i], word[i+1:]}
}

// name files a word as a type's, or returns the operators that it names: one of each country at most.
// "skitto" may be both; suggest decides.
func (l *line) name(word string, in []providers.Country) []providers.OperatorID {
	if t, ok := typeWords()[word]; ok {
		if !slices.Contains(l.Types, t) {
			l.Types = append(l.Types, t)
		}
		return nil
	}
	var out []providers.OperatorID
	for _, o := range providers.Operators() {
		if slices.Contains(in, o.Country) && (word == strings.ToLower(o.Name) || slices.Contains(o.Words, word)) {
			out = append(out, o.ID)
		}
	}
	if out == nil && l.Unknown == "" {
		l.Unknown = word
	}
	return out
}

// choose takes of each word's operators the country's, or the first when it has none there.
func (l *line) choose(named [][]providers.OperatorID, country providers.Country) {
	for _, some := range named {
		i := slices.IndexFunc(some, func(id providers.OperatorID) bool {
			o, _ := providers.FindOperator(id)
			return o.Country == country
		})
		if id := some[max(i, 0)]; !slices.Contains(l.Operators, id) {
			l.Operators = append(l.Operators, id)
		}
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
func (l *line) split(numeric []string, in []providers.Country) {
	k := len(numeric)
	if k == 0 {
		return
	}
	valid := slices.DeleteFunc(slices.Clone(numeric), func(w string) bool { return !isNumber(w, in...) })
	l.Two = len(valid) > 1
	if l.twofold(numeric, in) {
		return
	}
	for i := k; i > 0 && !l.Two; i-- { // all of it is the number, or all but the last word, …
		number := strings.Join(numeric[:i], " ")
		if !isNumber(number, in...) || i == k && k > 1 && digits(numeric[k-2]) >= nearlyWhole {
			continue
		}
		l.Number = number
		if i < k {
			l.Amount = strings.Join(numeric[i:], " ")
		}
		l.Two = k-i > 1
		return
	}
	coded := strings.HasPrefix(numeric[0], "+") // with a country's code, which is no amount
	if k > 1 && !coded && isNumber(strings.Join(numeric[1:], " "), in...) {
		l.Amount, l.Number = numeric[0], strings.Join(numeric[1:], " ")
		return
	}
	l.Number = strings.Join(numeric, " ")
	if k > 1 && digits(numeric[k-1]) < shortestTry {
		number := strings.Join(numeric[:k-1], " ")
		if !coded || digits(number) >= shortestTry {
			l.Number, l.Amount = number, numeric[k-1]
		}
	}
}

// twofold finds that all numeric words together are a number, and that those before the last one are a number
// as well: "8801712345 678" is one of Bangladesh with a blank in it, or one of India and an amount. Where a
// currency is named there is an amount, and the line has one reading.
func (l *line) twofold(numeric []string, in []providers.Country) bool {
	last := len(numeric) - 1
	if l.Two || last < 1 || len(l.Named) > 0 {
		return false
	}
	whole, number := strings.Join(numeric, " "), strings.Join(numeric[:last], " ")
	if !isNumber(whole, in...) || !isNumber(number, in...) {
		return false
	}
	l.Whole, l.Number, l.Amount = whole, number, numeric[last]
	return true
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
