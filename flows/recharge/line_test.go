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

func FuzzLine(f *testing.F) {
	for _, s := range []string{"01712345678 50", "+880 1712 345678 ৳50 gp", "50 01712345678", "০১৭১২৩৪৫৬৭৮ ৫০", "- - 0"} {
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
