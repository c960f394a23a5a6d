package providers_test

import (
	"errors"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"rechargebot/providers"
)

func TestParseMSISDNReadsNumbersAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"01712345678", "+8801712345678", "8801712345678", "008801712345678", " 01712-345678 ", "01712 345 678", "+880 1712-345678",
		"+880 (0) 1712 345678", "017.1234.5678", "017/12345678", "০১৭১২৩৪৫৬৭৮", "०१७१२३४५६७८", "+৮৮০১৭১২৩৪৫৬৭৮", "\u200e01712345678\u200f", "\u202a+8801712345678\u202c", "\u2066 \u200e+880 1712-345678\u2069", "0171\u00a02345678", "01712\u2013345678",
	} {
		if got, err := providers.ParseMSISDN(text); err != nil || got != "8801712345678" {
			t.Errorf("%q: %q, %v; want 8801712345678", text, got, err)
		}
	}
}

func TestParseMSISDNRefusesWithTheReason(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"": providers.ErrNumberNoNumber, "  ": providers.ErrNumberNoNumber, "+": providers.ErrNumberNoNumber, "-": providers.ErrNumberNoNumber,
		"abc": providers.ErrNumberLetters, "01712345678x": providers.ErrNumberLetters, "0171234567O": providers.ErrNumberLetters, "01712+345678": providers.ErrNumberLetters, "017,12345678": providers.ErrNumberLetters,
		"0171234567": providers.ErrNumberLength, "017123456789": providers.ErrNumberLength, "1712345678": providers.ErrNumberLength, "88017": providers.ErrNumberLength, "+88017123456789": providers.ErrNumberLength,
		"02123456789": providers.ErrNumberPrefix, "01012345678": providers.ErrNumberPrefix, "01212345678": providers.ErrNumberPrefix, "12345678901": providers.ErrNumberPrefix, "+8802123456789": providers.ErrNumberPrefix,
		"01112345678": providers.ErrNumberClosed, "+8801112345678": providers.ErrNumberClosed,
		"981234567": providers.ErrNumberLength, "98123456701": providers.ErrNumberLength, "+9198123456701": providers.ErrNumberLength, "+915123456789": providers.ErrNumberPrefix, "+9812345670": providers.ErrNumberPrefix, "\u202a+9812345670\u202c": providers.ErrNumberPrefix,
		"\u202a++8801712345678": providers.ErrNumberLetters, "0\u202a+1712345678": providers.ErrNumberLetters,
	} {
		if got, err := providers.ParseMSISDN(text); !errors.Is(err, want) {
			t.Errorf("%q: %q, %v; want %v", text, got, err, want)
		}
	}
}

func TestParseMSISDNReadsIndianNumbers(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"9812345670", "09812345670", "+919812345670", "919812345670", "00919812345670", "+91 (0) 98123-45670", "\u202a+919812345670\u202c", "98123 45670", "९८१२३४५६७०", "+९१ ९८१२३ ४५६७०",
	} {
		if got, err := providers.ParseMSISDN(text); err != nil || got != "919812345670" || got.Country() != providers.India || got.National() != "9812345670" || got.Masked() != "981****5670" {
			t.Errorf("%q: %q, %v; want 919812345670", text, got, err)
		}
	}
	// Ten digits that begin like a country's code are still a number.
	for text, want := range map[string]providers.MSISDN{"9112345678": "919112345678", "8801234567": "918801234567", "919112345678": "919112345678"} {
		if got, err := providers.ParseMSISDN(text); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
}

// Whoever recharges in one country only is told what is wrong there.
func TestParseMSISDNReadsOnlyTheCountriesAskedFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		in   providers.Country
		want error
	}{
		{"9812345670", providers.Bangladesh, providers.ErrNumberLength},
		{"+919812345670", providers.Bangladesh, providers.ErrNumberLength},
		{"01712345678", providers.India, providers.ErrNumberPrefix},
		{"+8801712345678", providers.India, providers.ErrNumberLength},
		{"01712345678", providers.Bangladesh, nil},
		{"9812345670", providers.India, nil},
	} {
		if got, err := providers.ParseMSISDN(c.text, c.in); !errors.Is(err, c.want) || (err == nil) != (got != "") {
			t.Errorf("%q in %s: %q, %v; want %v", c.text, c.in, got, err, c.want)
		}
	}
}

func TestSuggestOperatorKnowsIndiasCarriers(t *testing.T) {
	t.Parallel()
	for m, want := range map[providers.MSISDN]providers.OperatorID{
		"916289123456": providers.INJio, "919599123456": providers.INAirtel, "917282123456": providers.INVi, "918606123456": providers.INVi, "918275123456": providers.INBSNL,
	} {
		if got, ok := providers.SuggestOperator(m); !ok || got != want {
			t.Errorf("%s: %q, %v; want %q", m, got, ok, want)
		}
	}
}

func TestCirclesAreFoundByTheirID(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range providers.Circles() {
		if got, ok := providers.FindCircle(c.ID); !ok || got != c || seen[c.Name] {
			t.Errorf("%s: %+v, %v", c.ID, got, ok)
		}
		seen[c.Name] = true
	}
	if _, ok := providers.FindCircle("in-xx"); ok || len(seen) != 23 {
		t.Errorf("%d circles, want 23, and no in-xx", len(seen))
	}
}

func TestMSISDNIsShownNationalAndMasked(t *testing.T) {
	t.Parallel()
	m := providers.MSISDN("8801712345678")
	if m.National() != "01712345678" || m.Masked() != "017****5678" || m.Country() != providers.Bangladesh {
		t.Errorf("national %s, masked %s, country %s", m.National(), m.Masked(), m.Country())
	}
	if got := providers.MSISDN("").Masked(); got != "****" {
		t.Errorf("no number masked: %s", got)
	}
}

// Unicode keeps a script's ten digits together and in order. The table's runs are walked, and what
// normalisation knows of digits is asked as a second opinion.
func TestFoldDigitsKnowsEveryScript(t *testing.T) {
	t.Parallel()
	walked, agreed := 0, 0
	run := func(lo, hi rune, stride int) {
		if stride != 1 || (hi-lo+1)%10 != 0 {
			t.Errorf("run %U to %U (stride %d) is not whole sets of ten", lo, hi, stride)
		}
		for r := lo; r <= hi; r++ {
			want := string('0' + (r-lo)%10)
			if got := providers.FoldDigits(string(r)); got != want {
				t.Errorf("%U folds to %q, want %q", r, got, want)
			}
			if ascii := norm.NFKC.String(string(r)); len(ascii) == 1 {
				agreed++
				if ascii != want {
					t.Errorf("%U is %q by normalisation, %q by us", r, ascii, want)
				}
			}
			walked++
		}
	}
	for _, r := range unicode.Nd.R16 {
		run(rune(r.Lo), rune(r.Hi), int(r.Stride))
	}
	for _, r := range unicode.Nd.R32 {
		run(rune(r.Lo), rune(r.Hi), int(r.Stride))
	}
	if walked < 600 || agreed < 60 {
		t.Errorf("only %d digits walked and %d confirmed", walked, agreed)
	}
	if got := providers.FoldDigits("টাকা ৫০ Tk½²⑤"); got != "টাকা 50 Tk½²⑤" {
		t.Errorf("other characters changed: %q", got)
	}
}

func TestSuggestOperatorFollowsTheOriginalPrefixes(t *testing.T) {
	t.Parallel()
	for prefix, want := range map[string]providers.OperatorID{
		"013": providers.BDGrameenphone, "017": providers.BDGrameenphone, "014": providers.BDBanglalink, "019": providers.BDBanglalink,
		"015": providers.BDTeletalk, "016": providers.BDAirtel, "018": providers.BDRobi,
	} {
		m, err := providers.ParseMSISDN(prefix + "12345678")
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := providers.SuggestOperator(m); !ok || got != want {
			t.Errorf("%s: %q, %v; want %q", prefix, got, ok, want)
		}
	}
	for _, m := range []providers.MSISDN{"", "8801012345678", "915912345678"} {
		if got, ok := providers.SuggestOperator(m); ok {
			t.Errorf("%q: suggested %q", m, got)
		}
	}
}

func TestOperatorsAreFoundByTheirID(t *testing.T) {
	t.Parallel()
	for _, o := range providers.Operators() {
		if got, ok := providers.FindOperator(o.ID); !ok || got.Name != o.Name || len(o.Types) == 0 || !o.Currency.Known() {
			t.Errorf("%s: %+v, %v", o.ID, got, ok)
		}
		for _, kind := range o.Types {
			if !o.Has(kind) || kind.Label() == string(kind) {
				t.Errorf("%s/%s: no such type or no label", o.ID, kind)
			}
		}
	}
	if _, ok := providers.FindOperator("bd-citycell"); ok {
		t.Error("Citycell closed in 2016")
	}
}
