package recharge

import (
	"errors"
	"slices"
	"strings"

	"rechargebot/flows/text"
	"rechargebot/providers"
)

// countries lists those whose numbers fit the draft: the operator's once there is one, else the market's.
func (t turn) countries(o draft) []providers.Country {
	if operator, ok := providers.FindOperator(o.Operator); ok {
		return []providers.Country{operator.Country}
	}
	return t.market.countries()
}

// typedNumber reads a number as typed; the sentence says why it is none for the draft.
func (t turn) typedNumber(o draft, typed string) (providers.MSISDN, text.Rich) {
	home := t.countries(o)
	m, err := providers.ParseMSISDN(typed, home...)
	if err == nil {
		return m, nil
	}
	if other, wrong := providers.ParseMSISDN(typed, t.market.countries()...); wrong == nil {
		return "", t.foreign(o, other.Country())
	}
	if errors.Is(err, providers.ErrNumberLetters) || errors.Is(err, providers.ErrNumberNoNumber) {
		return "", t.noNumber(o)
	}
	country, known := t.meant(typed, home)
	if !known {
		return "", t.elsewhere()
	}
	_, err = providers.ParseMSISDN(typed, country)
	if country == providers.India {
		return "", t.badIndian(typed, err)
	}
	return "", t.badBangladeshi(typed, err)
}

// meant is the country of which a text, which is no number, was meant to be one: by the country's code after
// a plus, by the eleven digits from 01 that only Bangladesh has, else what it looks most like among the
// draft's countries. False when the code is none of the market's.
func (t turn) meant(typed string, home []providers.Country) (providers.Country, bool) {
	market := t.market.countries()
	digits, national := digitsOf(typed), bangladeshiDigits(typed)
	if hasPlus(typed) && !strings.HasPrefix(digits, "0") {
		i := slices.IndexFunc(market, func(c providers.Country) bool { return strings.HasPrefix(digits, callingCode(c)) })
		if i < 0 {
			return "", false
		}
		return market[i], true
	}
	if len(national) == 11 && strings.HasPrefix(national, "01") && slices.Contains(market, providers.Bangladesh) {
		return providers.Bangladesh, true
	}
	return providers.LikelyCountry(typed, home...), true
}

// elsewhere says that a number with another country's code cannot be recharged here.
func (t turn) elsewhere() text.Rich {
	market := t.market.countries()
	if len(market) > 1 {
		return t.Say.Say(text.RechargeBadCodes, text.Values{
			"Country": t.countryName(market[0]), "Other": t.countryName(market[1]),
			"Example": numberExample(market[0]), "OtherExample": numberExample(market[1]),
		})
	}
	home := t.market.home()
	return t.Say.Say(text.RechargeBadCode, text.Values{"Country": t.countryName(home), "Example": numberExample(home)})
}

// callingCode is what stands after the plus in the country's numbers.
func callingCode(c providers.Country) string {
	if c == providers.India {
		return "91"
	}
	return "880"
}

func (t turn) badBangladeshi(typed string, err error) text.Rich {
	national := bangladeshiDigits(typed)
	switch {
	case errors.Is(err, providers.ErrNumberClosed):
		return t.Say.Say(text.RechargeBadClosed, nil)
	case errors.Is(err, providers.ErrNumberPrefix):
		return t.Say.Say(text.RechargeBadPrefix, text.Values{"Prefix": national[:min(3, len(national))]})
	case len(national) == 10 && national[0] == '1':
		return t.Say.Say(text.RechargeBadZero, nil)
	}
	return t.badLength(providers.Bangladesh, len(national))
}

func (t turn) badIndian(typed string, err error) text.Rich {
	national := indianDigits(typed)
	switch {
	case errors.Is(err, providers.ErrNumberLength):
		return t.badLength(providers.India, len(national))
	case national != "" && national[0] >= '6': // a plus without the country's code after it
		return t.Say.Say(text.RechargeBadNumber, text.Values{"Example": numberExample(providers.India)})
	}
	return t.Say.Say(text.RechargeBadStart, text.Values{"Example": numberExample(providers.India)})
}

// badLength names the country only where there is more than one.
func (t turn) badLength(c providers.Country, digits int) text.Rich {
	want := len(numberExample(c))
	if len(t.market.countries()) > 1 {
		return t.Say.Say(text.RechargeBadLengthOf, text.Values{
			"Country": t.countryName(c), "Want": want, "Digits": digits, "Example": numberExample(c),
		})
	}
	return t.Say.Say(text.RechargeBadLength, text.Values{"Want": want, "Digits": digits, "Example": numberExample(c)})
}

// foreign says that a number of that country does not fit the draft.
func (t turn) foreign(o draft, c providers.Country) text.Rich {
	operator, ok := providers.FindOperator(o.Operator)
	if !ok {
		return t.Say.Say(text.RechargeBadMarket, text.Values{"Country": t.countryName(c)})
	}
	return t.Say.Say(text.RechargeBadCountry, text.Values{
		"Country": t.countryName(c), "Operator": operator.Name, "Home": t.countryName(operator.Country),
	})
}

func (t turn) countryName(c providers.Country) string {
	if c == providers.India {
		return t.Say.Text(text.RechargeCountryIn, nil)
	}
	return t.Say.Text(text.RechargeCountryBd, nil)
}

// bangladeshiDigits are a wrong number's digits without the country's code, for the sentence about it.
func bangladeshiDigits(typed string) string {
	s := digitsOf(typed)
	for _, code := range []string{"00880", "880"} {
		if rest, ok := strings.CutPrefix(s, code); ok {
			return "0" + strings.TrimPrefix(rest, "0")
		}
	}
	return s
}

// indianDigits are the same without a zero before them. Ten digits may begin with 91, too.
func indianDigits(typed string) string {
	s := digitsOf(typed)
	if rest, ok := strings.CutPrefix(s, "0091"); ok {
		s = rest
	} else if rest, ok := strings.CutPrefix(s, "91"); ok && (hasPlus(typed) || len(rest) >= 10) {
		s = rest
	}
	return strings.TrimPrefix(s, "0")
}

// hasPlus reports whether a plus stands before the first digit.
func hasPlus(typed string) bool {
	before, _, _ := strings.Cut(typed, "+")
	return before != typed && digitsOf(before) == ""
}

// digitsOf are the digits of a text, in ASCII.
func digitsOf(typed string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, providers.FoldDigits(typed))
}

// countryOf is the country of a number among those, or the one that it was most likely meant to be of.
func countryOf(number string, in []providers.Country) providers.Country {
	if m, err := providers.ParseMSISDN(number, in...); err == nil {
		return m.Country()
	}
	return providers.LikelyCountry(number, in...)
}

// isNumber reports whether the text is a number of one of the countries; none means any.
func isNumber(s string, in ...providers.Country) bool {
	_, err := providers.ParseMSISDN(s, in...)
	return err == nil
}
