package providers

import (
	"errors"
	"slices"
	"strings"
	"unicode"
)

// Country is an ISO 3166 code of a country whose numbers the house recharges.
type Country string

const (
	Bangladesh Country = "BD"
	India      Country = "IN"
)

// MSISDN is a valid mobile number: country code and subscriber number, digits only, no plus
// ("8801712345678"). The zero value is no number. Make one with ParseMSISDN.
type MSISDN string

// Errors of ParseMSISDN. Callers choose a sentence by them.
var (
	ErrNumberLetters  = errors.New("number holds something other than digits")
	ErrNumberLength   = errors.New("number has the wrong number of digits")
	ErrNumberPrefix   = errors.New("no operator has numbers that begin like this")
	ErrNumberClosed   = errors.New("the operator of this prefix is closed")
	ErrNumberNoNumber = errors.New("no number")
)

// ParseMSISDN reads a mobile number as people type it, with blanks, hyphens, dots, brackets and digits of
// any script. Of Bangladesh: 01712345678, +8801712345678, 8801712345678, 008801712345678; one without its
// leading zero is refused, not guessed. Of India: 9812345670, 09812345670, +919812345670, 919812345670,
// 00919812345670 (numbers.md). No text is a number of both. Only numbers of the countries in are read; none
// means any. The error is about the country that the text looks most like.
func ParseMSISDN(text string, in ...Country) (MSISDN, error) {
	digits, err := numberDigits(text)
	if err != nil {
		return "", err
	}
	wanted := func(c Country) bool { return len(in) == 0 || slices.Contains(in, c) }
	bangladeshi, notBD := parseBangladeshi(digits)
	indian, notIN := parseIndian(digits, strings.HasPrefix(visible(text), "+"))
	switch {
	case notBD == nil && wanted(Bangladesh):
		return bangladeshi, nil
	case notIN == nil && wanted(India):
		return indian, nil
	case LikelyCountry(text, in...) == India:
		return "", notIN
	}
	return "", notBD
}

// LikelyCountry is the country of which a text that is no number was most likely meant to be one: the
// error of ParseMSISDN is about it. Only the countries in are thought of; none means any.
func LikelyCountry(text string, in ...Country) Country {
	wanted := func(c Country) bool { return len(in) == 0 || slices.Contains(in, c) }
	digits, err := numberDigits(text)
	if err != nil {
		digits = ""
	}
	if wanted(India) && (!wanted(Bangladesh) || looksIndian(digits)) {
		return India
	}
	return Bangladesh
}

func parseBangladeshi(digits string) (MSISDN, error) {
	national := digits
	for _, code := range []string{"00880", "880"} {
		if rest, ok := strings.CutPrefix(digits, code); ok && len(rest) >= 10 {
			national = "0" + strings.TrimPrefix(rest, "0")
			break
		}
	}
	switch {
	case len(national) != 11:
		return "", ErrNumberLength
	case strings.HasPrefix(national, "011"):
		return "", ErrNumberClosed
	case national[:2] != "01" || national[2] < '3':
		return "", ErrNumberPrefix
	}
	return MSISDN("88" + national), nil
}

// parseIndian reads ten digits from 6 to 9, with the country's code or a trunk zero before them. After a
// plus there must be the country's code.
func parseIndian(digits string, plus bool) (MSISDN, error) {
	national, coded := digits, false
	for _, code := range []string{"0091", "91"} {
		if rest, ok := strings.CutPrefix(digits, code); ok && len(rest) >= 10 {
			national, coded = rest, true
			break
		}
	}
	national = strings.TrimPrefix(national, "0")
	switch {
	case len(national) != 10:
		return "", ErrNumberLength
	case national[0] < '6' || plus && !coded:
		return "", ErrNumberPrefix
	}
	return MSISDN("91" + national), nil
}

// looksIndian reports whether digits that are no number were meant as an Indian one.
func looksIndian(digits string) bool {
	s := strings.TrimPrefix(strings.TrimPrefix(digits, "00"), "0")
	return s != "" && s[0] >= '6' && !strings.HasPrefix(s, "880")
}

// numberDigits drops the separators that people put into numbers and folds digits to ASCII.
func numberDigits(text string) (string, error) {
	var b strings.Builder
	for i, r := range visible(FoldDigits(text)) {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == '+' && i == 0, strings.ContainsRune("-‐‑–—.()/", r), unicode.IsSpace(r):
		default:
			return "", ErrNumberLetters
		}
	}
	if b.Len() == 0 {
		return "", ErrNumberNoNumber
	}
	return b.String(), nil
}

// visible is text without format characters, which a contact's number has around it when it is pasted, and
// without blanks at its ends.
func visible(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text))
}

// Country is the country of m's code; "" of the zero value.
func (m MSISDN) Country() Country {
	switch {
	case strings.HasPrefix(string(m), "880"):
		return Bangladesh
	case strings.HasPrefix(string(m), "91"):
		return India
	}
	return ""
}

// National is m as people of its country write it: "01712345678", "9812345670".
func (m MSISDN) National() string {
	if rest, ok := strings.CutPrefix(string(m), "880"); ok {
		return "0" + rest
	}
	return strings.TrimPrefix(string(m), "91")
}

// Masked is m for logs, groups and alerts: "017****5678".
func (m MSISDN) Masked() string {
	n := m.National()
	if len(n) < 8 {
		return "****"
	}
	return n[:3] + "****" + n[len(n)-4:]
}

// FoldDigits turns decimal digits of every script into ASCII ones ("০১৭" becomes "017") and leaves
// everything else alone. Unicode keeps the ten digits of a script together, in order, and each run of
// the table begins with a zero (a test walks them all).
func FoldDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= unicode.MaxASCII {
			return r
		}
		for _, run := range unicode.Nd.R16 {
			if r >= rune(run.Lo) && r <= rune(run.Hi) {
				return '0' + (r-rune(run.Lo))%10
			}
		}
		for _, run := range unicode.Nd.R32 {
			if r >= rune(run.Lo) && r <= rune(run.Hi) {
				return '0' + (r-rune(run.Lo))%10
			}
		}
		return r
	}, s)
}
