package text

import (
	"strings"

	"rechargebot/providers"
)

// Amount writes money for people, the same in every language: "৳50", "৳1,050.50". Whole sums have no decimals.
func Amount(m providers.Money) string {
	s := strings.TrimSuffix(m.Decimal(), ".00")
	sign := ""
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		sign, s = "-", rest
	}
	whole, fraction, dot := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if dot {
		whole += "." + fraction
	}
	return sign + symbol(m.Currency) + whole
}

func symbol(c providers.Currency) string {
	switch c {
	case providers.BDT:
		return "৳"
	case providers.INR:
		return "₹"
	}
	return string(c) + " "
}
