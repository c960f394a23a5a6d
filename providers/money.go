package providers

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// Currency is an ISO 4217 code. Both currencies that the house knows have two decimal places.
type Currency string

const (
	BDT Currency = "BDT" // Bangladeshi taka, 100 poisha
	INR Currency = "INR" // Indian rupee, 100 paise
)

// Known reports whether the house can count in c.
func (c Currency) Known() bool { return c == BDT || c == INR }

// Money is an amount in minor units (poisha, paise) of one currency. It is a plain value:
// compare with ==, add with Add. No float ever touches it.
type Money struct {
	Minor    int64    `json:"minor"`
	Currency Currency `json:"currency"`
}

// Errors of ParseAmount. Callers choose a sentence by them, people never see their text.
var (
	ErrAmountSyntax      = errors.New("not an amount")
	ErrAmountPrecision   = errors.New("more than two decimal places")
	ErrAmountNotPositive = errors.New("not above zero")
	ErrAmountTooLarge    = errors.New("amount too large")
)

// maxMajor bounds what ParseAmount accepts, far above any recharge or float and far below int64.
const maxMajor = 1_000_000_000_000

// ParseMoney reads a decimal text such as "3,500.00" or "-12.5": digits of any script, one optional
// sign, commas that part thousands (or lakhs and crores), at most two decimal places. It refuses exponents, other signs and
// anything else. It is for balances and configuration; for what a person orders use ParseAmount.
func ParseMoney(text string, c Currency) (Money, error) {
	s := strings.TrimSpace(FoldDigits(text))
	if !plainDecimal(s) {
		return Money{}, fmt.Errorf("parse %q: %w", text, ErrAmountSyntax)
	}
	whole, frac, _ := strings.Cut(strings.ReplaceAll(s, ",", ""), ".")
	frac = strings.TrimRight(frac, "0")
	if len(frac) > 2 { // decimal.Parse rounds what has more than 19 digits (measured, by fuzzing)
		return Money{}, fmt.Errorf("parse %q: %w", text, ErrAmountPrecision)
	}
	d, err := decimal.Parse(whole + "." + frac)
	if err != nil {
		return Money{}, fmt.Errorf("parse %q: %w", text, ErrAmountTooLarge)
	}
	major, minor, ok := d.Int64(2)
	if !ok || major > maxMajor || major < -maxMajor {
		return Money{}, fmt.Errorf("parse %q: %w", text, ErrAmountTooLarge)
	}
	return Money{Minor: major*100 + minor, Currency: c}, nil
}

// ParseAmount reads what a person typed as the amount of an order; unlike ParseMoney it also
// refuses zero and negative amounts.
func ParseAmount(text string, c Currency) (Money, error) {
	m, err := ParseMoney(text, c)
	if err != nil {
		return Money{}, err
	}
	if m.Minor <= 0 {
		return Money{}, fmt.Errorf("parse %q: %w", text, ErrAmountNotPositive)
	}
	return m, nil
}

// plainDecimal reports whether s is [+-]digits[.digits] with commas only where thousands, lakhs and
// crores have them: a decimal comma ("50,5") must not become ten times the amount.
func plainDecimal(s string) bool {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	whole, frac, dot := strings.Cut(s, ".")
	if dot && (frac == "" || strings.Trim(frac, "0123456789") != "") {
		return false
	}
	groups := strings.Split(whole, ",")
	for i, group := range groups {
		if group == "" || strings.Trim(group, "0123456789") != "" {
			return false
		}
		first, last := i == 0, i == len(groups)-1
		switch {
		case len(groups) == 1:
		case last && len(group) != 3, !last && len(group) > 3, !first && len(group) < 2:
			return false
		}
	}
	return true
}

// Add returns m+n. Adding two currencies is a programming error and panics: BDT and INR never mix.
func (m Money) Add(n Money) Money {
	m.mustMatch(n)
	return Money{m.Minor + n.Minor, m.Currency}
}

// Sub returns m-n; it panics as Add does.
func (m Money) Sub(n Money) Money {
	m.mustMatch(n)
	return Money{m.Minor - n.Minor, m.Currency}
}

// Less reports whether m is below n; it panics as Add does.
func (m Money) Less(n Money) bool {
	m.mustMatch(n)
	return m.Minor < n.Minor
}

func (m Money) mustMatch(n Money) {
	if m.Currency != n.Currency {
		panic(fmt.Sprintf("providers: %s and %s do not mix", m.Currency, n.Currency))
	}
}

// IsZero reports whether m is the zero value or an amount of nothing.
func (m Money) IsZero() bool { return m.Minor == 0 }

// Whole reports whether m has no minor units, and its number of major units.
func (m Money) Whole() (major int64, ok bool) { return m.Minor / 100, m.Minor%100 == 0 }

// Decimal writes m as a plain decimal with two places, "1050.00": for wires, files and logs.
func (m Money) Decimal() string {
	sign, minor := "", m.Minor
	if minor < 0 {
		sign, minor = "-", -minor
	}
	return sign + strconv.FormatInt(minor/100, 10) + "." + fmt.Sprintf("%02d", minor%100)
}

// String writes m with its currency, "BDT 1050.00".
func (m Money) String() string { return string(m.Currency) + " " + m.Decimal() }
