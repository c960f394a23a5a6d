package providers

import (
	"errors"
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

// ParseMSISDN reads a Bangladeshi mobile number as people type it: 01712345678, +8801712345678,
// 8801712345678, 008801712345678, with blanks, hyphens, dots, brackets and digits of any script.
// A number without its leading zero is refused, not guessed (numbers.md, "Bangladesh").
func ParseMSISDN(text string) (MSISDN, error) {
	digits, err := numberDigits(text)
	if err != nil {
		return "", err
	}
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

// numberDigits drops the separators that people put into numbers and folds digits to ASCII.
func numberDigits(text string) (string, error) {
	var b strings.Builder
	for i, r := range strings.TrimSpace(FoldDigits(text)) {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == '+' && i == 0, strings.ContainsRune("-‐‑–—.()/", r), unicode.IsSpace(r), unicode.Is(unicode.Cf, r):
		default:
			return "", ErrNumberLetters
		}
	}
	if b.Len() == 0 {
		return "", ErrNumberNoNumber
	}
	return b.String(), nil
}

// Country is the country of m's code.
func (m MSISDN) Country() Country {
	if strings.HasPrefix(string(m), "880") {
		return Bangladesh
	}
	return India
}

// National is m as people of its country write it: "01712345678".
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
