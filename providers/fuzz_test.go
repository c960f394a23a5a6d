package providers_test

import (
	"strings"
	"testing"

	"rechargebot/providers"
)

// A number that is understood has one form, which is understood again as itself, and keeps every digit that was typed.
func FuzzParseMSISDN(f *testing.F) {
	for _, text := range []string{
		"01712345678", "+8801712-345678", "০১৭১২ ৩৪৫৬৭৮", "880 1712 345678", "9812345678", "+91 98123 45678", "०९८१२३४५६७८", "1712345678",
		"00880171234567", "017123456789", "+1 555 0100", "", "०", "(017) 12345678", "01712345678 01812345678", "\u200e01712345678",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		both := []providers.Country{providers.Bangladesh, providers.India}
		for _, in := range [][]providers.Country{both, both[:1], both[1:]} {
			m, err := providers.ParseMSISDN(text, in...)
			if err != nil {
				if m != "" {
					t.Fatalf("%q is %q and wrong at once: %v", text, m, err)
				}
				continue
			}
			if strings.Trim(string(m), "0123456789") != "" || len(m) < 12 || len(m) > 13 {
				t.Fatalf("%q becomes %q", text, m)
			}
			if again, err := providers.ParseMSISDN("+"+string(m), in...); err != nil || again != m {
				t.Fatalf("%q becomes %q, and that %q (%v)", text, m, again, err)
			}
			if again, err := providers.ParseMSISDN(m.National(), m.Country()); err != nil || again != m {
				t.Fatalf("%q is shown as %q, which is %q (%v)", m, m.National(), again, err)
			}
			typed := strings.Map(func(r rune) rune {
				if r < '0' || r > '9' {
					return -1
				}
				return r
			}, providers.FoldDigits(text))
			if !strings.HasSuffix(typed, string(m)[len(m)-10:]) {
				t.Fatalf("%q, of the digits %s, becomes %q", text, typed, m)
			}
			if shown := m.Masked(); strings.Contains(shown, string(m)[len(m)-8:]) {
				t.Fatalf("%q is masked as %q", m, shown)
			}
		}
	})
}

// An amount that is understood is above zero and exact, and its own words mean itself.
func FuzzParseAmount(f *testing.F) {
	for _, text := range []string{
		"50", "৫০", "५०.५०", "1,000", "1,00,000.25", "0", "-5", "+5", "50,5", "1e3", "0x10", "9999999999999", "1000000000000.99", "5.", ".5", "5.001", "5.10000",
		"৳50", "50 taka", "", " 7 ", "1,0000", "00017",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := providers.ParseAmount(text, providers.BDT)
		if err != nil {
			if m != (providers.Money{}) {
				t.Fatalf("%q is %v and wrong at once: %v", text, m, err)
			}
			return
		}
		if m.Minor <= 0 || m.Currency != providers.BDT {
			t.Fatalf("%q becomes %+v", text, m)
		}
		if again, err := providers.ParseAmount(m.Decimal(), m.Currency); err != nil || again != m {
			t.Fatalf("%q becomes %s, and that %v (%v)", text, m.Decimal(), again, err)
		}
		plain := strings.NewReplacer(",", "", "+", "").Replace(strings.TrimSpace(providers.FoldDigits(text)))
		if whole, frac, dot := strings.Cut(plain, "."); trimmed(whole, frac, dot) != trimmed(strings.Cut(m.Decimal(), ".")) {
			t.Fatalf("%q becomes %s", text, m.Decimal())
		}
	})
}

// trimmed is a decimal without what does not count.
func trimmed(whole, frac string, _ bool) string {
	return strings.TrimLeft(whole, "0") + "." + strings.TrimRight(frac, "0")
}
