package recharge

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
)

func TestOneLineIsUnderstoodHoweverItIsTyped(t *testing.T) {
	t.Parallel()
	const gp, bl = providers.BDGrameenphone, providers.BDBanglalink
	for _, c := range []struct {
		typed   string
		account providers.MSISDN
		amount  string
		names   []providers.OperatorID
		types   []providers.NumberType
	}{
		{"01712345678 50", "8801712345678", "50", nil, nil},
		{"  01712345678   50  ", "8801712345678", "50", nil, nil},
		{"01712345678\n50", "8801712345678", "50", nil, nil},
		{"+8801712345678 50", "8801712345678", "50", nil, nil},
		{"8801712345678 50", "8801712345678", "50", nil, nil},
		{"+880 1712 345678 50", "8801712345678", "50", nil, nil},
		{"+880-1712-345678 50", "8801712345678", "50", nil, nil},
		{"0171-2345678 50", "8801712345678", "50", nil, nil},
		{"017 1234 5678 50", "8801712345678", "50", nil, nil},
		{"017 12 34 56 78 100", "8801712345678", "100", nil, nil},
		{"(017) 12345678 50", "8801712345678", "50", nil, nil},
		{"01712345678 - 50", "8801712345678", "50", nil, nil},
		{"01712345678-50", "8801712345678", "50", nil, nil},
		{"01712345678,50", "8801712345678", "50", nil, nil},
		{"01712345678 1,000", "8801712345678", "1,000", nil, nil},
		{"50 01712345678", "8801712345678", "50", nil, nil},
		{"tk 50 01712345678", "8801712345678", "50", nil, nil},
		{"01712345678 50tk", "8801712345678", "50", nil, nil},
		{"01712345678 50 tk.", "8801712345678", "50", nil, nil},
		{"01712345678 Tk50", "8801712345678", "50", nil, nil},
		{"01712345678 ৳50", "8801712345678", "50", nil, nil},
		{"01712345678 50৳", "8801712345678", "50", nil, nil},
		{"01712345678 50/-", "8801712345678", "50", nil, nil},
		{"০১৭১২৩৪৫৬৭৮ ৫০", "8801712345678", "50", nil, nil},
		{"০১৭১২৩৪৫৬৭৮ ৫০ টাকা", "8801712345678", "50", nil, nil},
		{"०१७१२३४५६७८ ५०", "8801712345678", "50", nil, nil},
		{"01712345678\u200e 50", "8801712345678", "50", nil, nil},
		{"01712345678 50 gp postpaid", "8801712345678", "50", []providers.OperatorID{gp}, []providers.NumberType{providers.Postpaid}},
		{"postpaid GP 01712345678 50", "8801712345678", "50", []providers.OperatorID{gp}, []providers.NumberType{providers.Postpaid}},
		{"01912345678 50 Banglalink", "8801912345678", "50", []providers.OperatorID{bl}, nil},
		{"01712345678 50 skitto", "8801712345678", "50", nil, []providers.NumberType{providers.Skitto}},
		{"01712345678 50 power", "8801712345678", "50", nil, []providers.NumberType{providers.Special}},
		{"01712345678 50 power load", "8801712345678", "50", nil, []providers.NumberType{providers.Special}},
		{"01712345678 50 PowerLoad bl", "8801712345678", "50", []providers.OperatorID{bl}, []providers.NumberType{providers.Special}},
		{"01712345678 50 gp gp", "8801712345678", "50", []providers.OperatorID{gp}, nil},
		{"01712345678", "8801712345678", "", nil, nil},
		{"+880 1712-345678", "8801712345678", "", nil, nil},
		{"88 01712345678", "8801712345678", "", nil, nil},
		{"017 12 34 56 78", "8801712345678", "", nil, nil},
		{"01712345678 gp postpaid", "8801712345678", "", []providers.OperatorID{gp}, []providers.NumberType{providers.Postpaid}},
	} {
		l := parseLine(c.typed, providers.Bangladesh)
		account, err := providers.ParseMSISDN(l.Number)
		if err != nil || account != c.account || l.Amount != c.amount || l.Unknown != "" || l.Two {
			t.Errorf("parseLine(%q) = %+v, number %q (%v)", c.typed, l, account, err)
		}
		if diff := cmp.Diff(c.names, l.Operators); diff != "" {
			t.Errorf("parseLine(%q) operators: %s", c.typed, diff)
		}
		if diff := cmp.Diff(c.types, l.Types); diff != "" {
			t.Errorf("parseLine(%q) types: %s", c.typed, diff)
		}
	}
}

func TestLineThatIsWrongSaysWhatWasMeantByIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typed string
		want  line
	}{
		{"0171234567 50", line{Number: "0171234567", Amount: "50"}},
		{"0171234567 8", line{Number: "0171234567", Amount: "8"}},
		{"017123456 78", line{Number: "017123456", Amount: "78"}},
		{"1712345678 50", line{Number: "1712345678", Amount: "50"}},
		{"017123456789 50", line{Number: "017123456789", Amount: "50"}},
		{"01112345678 50", line{Number: "01112345678", Amount: "50"}},
		{"01712345678 -5", line{Number: "01712345678", Amount: "-5"}},
		{"01712345678 0", line{Number: "01712345678", Amount: "0"}},
		{"01712345678 1e3", line{Number: "01712345678", Amount: "1e3"}},
		{"01712345678 50.555", line{Number: "01712345678", Amount: "50.555"}},
		{"01712345678 50rs", line{Number: "01712345678", Amount: "50rs"}},
		{"o1712345678 50", line{Number: "o1712345678", Amount: "50"}},
		{"01712345678 50 60", line{Number: "01712345678", Amount: "50 60", Two: true}},
		{"01712345678 01812345678 50", line{Number: "01712345678 01812345678", Amount: "50", Two: true}},
		{"01712345678 50 please", line{Number: "01712345678", Amount: "50", Unknown: "please"}},
		{"50", line{Number: "50"}},
		{"hello", line{Unknown: "hello"}},
		{"", line{}},
		{"- . ,", line{}},
	} {
		if diff := cmp.Diff(c.want, parseLine(c.typed, providers.Bangladesh)); diff != "" {
			t.Errorf("parseLine(%q): %s", c.typed, diff)
		}
	}
}

func TestIndianLineIsUnderstoodHoweverItIsTyped(t *testing.T) {
	t.Parallel()
	const at, jio = providers.INAirtel, providers.INJio
	rupees := []providers.Currency{providers.INR}
	for _, c := range []struct {
		typed  string
		amount string
		names  []providers.OperatorID
		named  []providers.Currency
	}{
		{"9812345670 199", "199", nil, nil},
		{"09812345670 199", "199", nil, nil},
		{"+919812345670 199", "199", nil, nil},
		{"91 98123 45670 199", "199", nil, nil},
		{"+91-98123-45670,199", "199", nil, nil},
		{"0091 9812345670 199", "199", nil, nil},
		{"98123 45670 199", "199", nil, nil},
		{"9812 345 670 199", "199", nil, nil},
		{"199 98123 45670", "199", nil, nil},
		{"9812345670-199", "199", nil, nil},
		{"9812345670 1,00,000", "1,00,000", nil, nil},
		{"९८१२३४५६७० १९९", "199", nil, nil},
		{"9812345670 rs 199", "199", nil, rupees},
		{"9812345670 Rs. 199", "199", nil, rupees},
		{"9812345670 rs.199/-", "199", nil, rupees},
		{"9812345670 199rs.", "199", nil, rupees},
		{"9812345670 199/-", "199", nil, nil},
		{"₹199 9812345670", "199", nil, rupees},
		{"9812345670 199 INR", "199", nil, rupees},
		{"9812345670 199 रुपये", "199", nil, rupees},
		{"9812345670 199 rupees airtel", "199", []providers.OperatorID{at}, rupees},
		{"jio 9812345670 199", "199", []providers.OperatorID{jio}, nil},
		{"9812345670 199 vodafone idea", "199", []providers.OperatorID{providers.INVi}, nil},
		{"9812345670 airtel", "", []providers.OperatorID{at}, nil},
	} {
		for _, in := range [][]providers.Country{{providers.India}, {providers.Bangladesh, providers.India}} {
			l := parseLine(c.typed, in...)
			account, err := providers.ParseMSISDN(l.Number, in...)
			if err != nil || account != "919812345670" || l.Amount != c.amount || l.Unknown != "" || l.Two {
				t.Errorf("parseLine(%q, %v) = %+v, number %q (%v)", c.typed, in, l, account, err)
			}
			if diff := cmp.Diff(c.names, l.Operators); diff != "" {
				t.Errorf("parseLine(%q, %v) operators: %s", c.typed, in, diff)
			}
			if diff := cmp.Diff(c.named, l.Named); diff != "" {
				t.Errorf("parseLine(%q, %v) currencies: %s", c.typed, in, diff)
			}
		}
	}
}

// What only the other country has is no word here, and what both have is the number's country's.
func TestLineIsReadByItsCountry(t *testing.T) {
	t.Parallel()
	both := []providers.Country{providers.Bangladesh, providers.India}
	taka, rupees := []providers.Currency{providers.BDT}, []providers.Currency{providers.INR}
	for _, c := range []struct {
		typed string
		in    []providers.Country
		want  line
	}{
		{"9812345670 199 gp", []providers.Country{providers.India}, line{Number: "9812345670", Amount: "199", Unknown: "gp"}},
		{"9812345670 ৳50", []providers.Country{providers.India}, line{Number: "9812345670", Amount: "৳50"}},
		{"9812345670 50 tk", []providers.Country{providers.India}, line{Number: "9812345670", Amount: "50", Unknown: "tk"}},
		{"01712345678 50 jio", []providers.Country{providers.Bangladesh}, line{Number: "01712345678", Amount: "50", Unknown: "jio"}},
		{"01712345678 ₹50", []providers.Country{providers.Bangladesh}, line{Number: "01712345678", Amount: "₹50"}},
		{"9812345670 199", []providers.Country{providers.Bangladesh}, line{Number: "9812345670", Amount: "199"}},
		{"01612345678 50 airtel", both, line{Number: "01612345678", Amount: "50", Operators: []providers.OperatorID{providers.BDAirtel}}},
		{"9812345670 50 at", both, line{Number: "9812345670", Amount: "50", Operators: []providers.OperatorID{providers.INAirtel}}},
		{"981234567 50 airtel", both, line{Number: "981234567", Amount: "50", Operators: []providers.OperatorID{providers.INAirtel}}},
		{"0161234567 50 airtel", both, line{Number: "0161234567", Amount: "50", Operators: []providers.OperatorID{providers.BDAirtel}}},
		{"9812345670 50 gp", both, line{Number: "9812345670", Amount: "50", Operators: []providers.OperatorID{providers.BDGrameenphone}}},
		{"9812345670 50 jio robi", both, line{Number: "9812345670", Amount: "50", Operators: []providers.OperatorID{providers.INJio, providers.BDRobi}}},
		{"9812345670 tk50", both, line{Number: "9812345670", Amount: "50", Named: taka}},
		{"01712345678 50rs", both, line{Number: "01712345678", Amount: "50", Named: rupees}},
		{"01712345678 9812345670 50", both, line{Number: "01712345678 9812345670", Amount: "50", Two: true}},
		{"9198123456 70", both, line{Number: "9198123456", Amount: "70", Whole: "9198123456 70"}},
		{"9198123456 rs70", both, line{Number: "9198123456", Amount: "70", Named: rupees}},
		{"8801712345 678", both, line{Number: "8801712345", Amount: "678", Whole: "8801712345 678"}},
		{"88017 12345 678 jio", both, line{Number: "88017 12345", Amount: "678", Operators: []providers.OperatorID{providers.INJio}, Whole: "88017 12345 678"}},
		{"8801712345 678", []providers.Country{providers.India}, line{Number: "8801712345", Amount: "678"}},
		{"+91 8801712345 678", both, line{Number: "+91 8801712345", Amount: "678"}},
		{"8801712345 ₹678", both, line{Number: "8801712345", Amount: "678", Named: rupees}},
		{"8801712345678 50", both, line{Number: "8801712345678", Amount: "50"}},
		{"9812345670 +91", both, line{Number: "9812345670", Amount: "+91"}},
		{"9812345670 + 91", both, line{Number: "9812345670", Amount: "+91"}},
		{"+ 91 9812345670 199", both, line{Number: "+91 9812345670", Amount: "199"}},
		{"+1 9812345670", both, line{Number: "+1 9812345670"}},
		{"+44 7911 123456", both, line{Number: "+44 7911 123456"}},
		{"+44 7911 123456 50", both, line{Number: "+44 7911 123456", Amount: "50"}},
		{"+50 01712345678", both, line{Number: "+50 01712345678"}},
		{"919812345670", both, line{Number: "919812345670"}},
	} {
		if diff := cmp.Diff(c.want, parseLine(c.typed, c.in...)); diff != "" {
			t.Errorf("parseLine(%q, %v): %s", c.typed, c.in, diff)
		}
	}
}

func FuzzLine(f *testing.F) {
	for _, s := range []string{"01712345678 50", "+880 1712 345678 ৳50 gp", "50 01712345678", "০১৭১২৩৪৫৬৭৮ ৫০", "- - 0", "rs.50/- 9812345670 airtel"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		l := parseLine(typed)
		if l.Amount != "" && l.Number == "" {
			t.Errorf("%q: an amount without a number: %+v", typed, l)
		}
		if isNumber(l.Number) && l.Amount != "" && isNumber(l.Amount) && !l.Two {
			t.Errorf("%q: a number was read as an amount: %+v", typed, l)
		}
	})
}
