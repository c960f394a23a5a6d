package providers_test

import (
	"errors"
	"testing"

	"rechargebot/providers"
)

func TestParseMoneyReadsWhatProvidersAndConfigurationsWrite(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "50": 5000, "50.5": 5050, "50.55": 5055, "0.01": 1, "113.55": 11355, " 20 ": 2000, "+7": 700,
		"3,500.00": 350000, "1,234,567": 123456700, "12,34,567.89": 123456789, "-12.5": -1250, "-0.50": -50, "50.550": 5055,
		"৫০": 5000, "५०.५": 5050, "３，５": 0, "999999999999.99": 99999999999999,
	} {
		got, err := providers.ParseMoney(text, providers.BDT)
		if text == "３，５" { // a wide comma is no comma
			if !errors.Is(err, providers.ErrAmountSyntax) {
				t.Errorf("%q: %v, %v; want ErrAmountSyntax", text, got, err)
			}
			continue
		}
		if err != nil || got != (providers.Money{Minor: want, Currency: providers.BDT}) {
			t.Errorf("%q: %v, %v; want %d minor units", text, got, err, want)
		}
	}
}

func TestParseAmountRefusesWhatIsNotClearlyAnAmount(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"": providers.ErrAmountSyntax, " ": providers.ErrAmountSyntax, "abc": providers.ErrAmountSyntax, "50 tk": providers.ErrAmountSyntax,
		"1e3": providers.ErrAmountSyntax, "0x10": providers.ErrAmountSyntax, "1_000": providers.ErrAmountSyntax, "NaN": providers.ErrAmountSyntax, "Inf": providers.ErrAmountSyntax,
		"5 0": providers.ErrAmountSyntax, "--5": providers.ErrAmountSyntax, "5-": providers.ErrAmountSyntax, ".": providers.ErrAmountSyntax, ".5": providers.ErrAmountSyntax, "5.": providers.ErrAmountSyntax, "1.2.3": providers.ErrAmountSyntax,
		",5": providers.ErrAmountSyntax, "5,": providers.ErrAmountSyntax, "1,,000": providers.ErrAmountSyntax, "1.000,00": providers.ErrAmountSyntax,
		// A decimal comma must not become ten or a hundred times the amount.
		"50,5": providers.ErrAmountSyntax, "50,55": providers.ErrAmountSyntax, "1,00": providers.ErrAmountSyntax, "1234,567": providers.ErrAmountSyntax,
		"50.555": providers.ErrAmountPrecision, "0.001": providers.ErrAmountPrecision,
		"0": providers.ErrAmountNotPositive, "0.00": providers.ErrAmountNotPositive, "-5": providers.ErrAmountNotPositive, "-0.01": providers.ErrAmountNotPositive, "০": providers.ErrAmountNotPositive,
		"1000000000001": providers.ErrAmountTooLarge, "99999999999999999999999999": providers.ErrAmountTooLarge, "9223372036854775807": providers.ErrAmountTooLarge,
	} {
		if got, err := providers.ParseAmount(text, providers.BDT); !errors.Is(err, want) {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestMoneyIsWrittenWithTwoPlaces(t *testing.T) {
	t.Parallel()
	for minor, want := range map[int64]string{0: "BDT 0.00", 5: "BDT 0.05", 105000: "BDT 1050.00", -5: "BDT -0.05", -1250: "BDT -12.50"} {
		if got := (providers.Money{Minor: minor, Currency: providers.BDT}).String(); got != want {
			t.Errorf("%d minor units: %q, want %q", minor, got, want)
		}
	}
}

func TestCurrenciesDoNotMix(t *testing.T) {
	t.Parallel()
	taka, rupee := providers.Money{Minor: 1, Currency: providers.BDT}, providers.Money{Minor: 1, Currency: providers.INR}
	for name, mix := range map[string]func(){
		"Add":  func() { taka.Add(rupee) },
		"Sub":  func() { taka.Sub(rupee) },
		"Less": func() { taka.Less(rupee) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s of BDT and INR went through", name)
				}
			}()
			mix()
		}()
	}
	if (providers.AmountRule{Min: taka, Max: taka}).Allows(rupee) {
		t.Error("a rule in BDT allows INR")
	}
}

func TestAmountRuleBoundsAndSteps(t *testing.T) {
	t.Parallel()
	taka := func(minor int64) providers.Money { return providers.Money{Minor: minor, Currency: providers.BDT} }
	whole := providers.AmountRule{Min: taka(2000), Max: taka(100000), Step: taka(100)}
	anything := providers.AmountRule{Min: taka(1), Max: taka(100)}
	for _, c := range []struct {
		rule  providers.AmountRule
		minor int64
		want  bool
	}{
		{whole, 1999, false}, {whole, 2000, true}, {whole, 2050, false}, {whole, 100000, true}, {whole, 100100, false},
		{anything, 0, false}, {anything, 1, true}, {anything, 77, true}, {anything, 101, false},
		{providers.AmountRule{}, 0, false},
	} {
		if got := c.rule.Allows(taka(c.minor)); got != c.want {
			t.Errorf("%v allows %d: %v, want %v", c.rule, c.minor, got, c.want)
		}
	}
}
