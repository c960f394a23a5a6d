package recharge

import (
	"errors"
	"slices"
	"strings"
	"unicode"

	"rechargebot/flows/text"
	"rechargebot/providers"
)

// words splits a line at blanks, with ASCII digits and in lower case. The words and signs of the countries'
// currencies are taken out, and the currencies that they name are returned.
func words(typed string, in []providers.Country) (out []string, named []providers.Currency) {
	s := strings.ToLower(providers.FoldDigits(typed))
	for _, c := range in {
		if strings.Contains(s, sign(c)) {
			s = strings.ReplaceAll(s, sign(c), " ")
			named = append(named, currencyOf(c))
		}
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
	for _, w := range strings.Fields(s) {
		bare, currency := trimCurrency(w, in)
		if currency != "" && !slices.Contains(named, currency) {
			named = append(named, currency)
		}
		if bare != "" {
			out = append(out, bare)
		}
	}
	return out, named
}

func sign(c providers.Country) string {
	if c == providers.India {
		return "₹"
	}
	return "৳"
}

// currencyWords are what people of the country write beside an amount. The longer of two that begin alike comes first.
func currencyWords(c providers.Country) []string {
	if c == providers.India {
		return []string{"rupees", "rupee", "inr", "rs.", "rs", "रुपये", "रुपए", "रुपया"}
	}
	return []string{"taka", "bdt", "tk.", "tk", "টাকা"}
}

// trimCurrency takes the currency off an amount: "tk50", "rs.50", "50tk.", "50/-". What is only a
// currency's word becomes "".
func trimCurrency(word string, in []providers.Country) (string, providers.Currency) {
	for _, c := range in {
		for _, t := range currencyWords(c) {
			if word == t {
				return "", currencyOf(c)
			}
			if digits(word) == 0 {
				continue
			}
			if rest, ok := strings.CutPrefix(word, t); ok {
				return trimDash(rest), currencyOf(c)
			}
			if rest, ok := strings.CutSuffix(strings.TrimSuffix(word, "."), t); ok {
				return rest, currencyOf(c)
			}
		}
	}
	if digits(word) == 0 {
		return word, ""
	}
	return trimDash(word), ""
}

func trimDash(word string) string {
	return strings.TrimSuffix(strings.TrimSuffix(word, "/-"), "/=")
}

// currencyOf is what orders of the country are paid in.
func currencyOf(c providers.Country) providers.Currency {
	if c == providers.India {
		return providers.INR
	}
	return providers.BDT
}

// currency is what the draft is paid in: the operator's or, before there is one, the number's.
func (t turn) currency(o draft) providers.Currency {
	if operator, ok := providers.FindOperator(o.Operator); ok {
		return operator.Currency
	}
	if o.Account != "" {
		return currencyOf(o.Account.Country())
	}
	return currencyOf(t.home(o))
}

func (t turn) currencyName(c providers.Currency) string {
	if c == providers.INR {
		return t.Say.Text(text.RechargeCurrencyInr, nil)
	}
	return t.Say.Text(text.RechargeCurrencyBdt, nil)
}

// typedAmount reads an amount as typed; the sentence says why it is none.
func (t turn) typedAmount(o draft, typed string) (providers.Money, text.Rich) {
	some, named := words(typed, t.market.countries())
	return t.readAmount(o, strings.Join(some, " "), named, t.currency(o))
}

// readAmount reads an amount from which the words of the named currencies were taken off. One with a plus
// before it is none, as nobody orders an amount like this.
func (t turn) readAmount(o draft, typed string, named []providers.Currency, want providers.Currency) (providers.Money, text.Rich) {
	for _, c := range named {
		if c != want {
			return providers.Money{}, t.Say.Say(text.RechargeBadCurrency, text.Values{"Want": t.currencyName(want), "Named": t.currencyName(c)})
		}
	}
	if strings.HasPrefix(typed, "+") { // a country's code, or the next number's beginning
		return providers.Money{}, t.Say.Say(text.RechargeBadAmount, nil)
	}
	m, err := providers.ParseAmount(typed, want)
	rules := t.market.rules(o)
	switch {
	case err == nil:
		return m, nil
	case errors.Is(err, providers.ErrAmountNotPositive):
		return m, t.Say.Say(text.RechargeBadPositive, nil)
	case errors.Is(err, providers.ErrAmountPrecision) && len(rules) > 0 && rules[0].Step.Minor%100 == 0 && !rules[0].Step.IsZero():
		return m, t.wholeProblem(rules[0].Min)
	case errors.Is(err, providers.ErrAmountPrecision):
		return m, t.Say.Say(text.RechargeBadPrecision, nil)
	case errors.Is(err, providers.ErrAmountTooLarge) && len(rules) > 0:
		low, high := bounds(rules)
		return m, t.Say.Say(text.RechargeBadBounds, t.boundValues(o, low, high))
	}
	return m, t.Say.Say(text.RechargeBadAmount, nil)
}
