package text_test

import (
	"testing"

	"rechargebot/flows/text"
	"rechargebot/providers"
)

func TestAmountsAreWrittenAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		money providers.Money
		want  string
	}{
		{providers.Money{Minor: 5000, Currency: providers.BDT}, "৳50"},
		{providers.Money{Minor: 5050, Currency: providers.BDT}, "৳50.50"},
		{providers.Money{Minor: 5, Currency: providers.INR}, "₹0.05"},
		{providers.Money{Minor: 100000, Currency: providers.BDT}, "৳1,000"},
		{providers.Money{Minor: 123456789, Currency: providers.INR}, "₹1,234,567.89"},
		{providers.Money{Minor: -250000, Currency: providers.BDT}, "-৳2,500"},
		{providers.Money{Minor: 0, Currency: providers.BDT}, "৳0"},
	} {
		if got := text.Amount(c.money); got != c.want {
			t.Errorf("Amount(%v) = %q, want %q", c.money, got, c.want)
		}
	}
}
