package wire

import (
	"testing"

	"rechargebot/providers"
)

func TestAnEchoIsTheOrdersHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		theirs, ours string
		in           providers.Country
		want         bool
	}{
		{"01712345678", "01712345678", providers.Bangladesh, true},
		{"+880 1712-345678", "01712345678", providers.Bangladesh, true},
		{"1712345678", "01712345678", providers.Bangladesh, true}, // a JSON number
		{"", "01712345678", providers.Bangladesh, true},
		{"01712345678", "", providers.Bangladesh, true},
		{"01712345679", "01712345678", providers.Bangladesh, false},
		{"017****5678", "01712345678", providers.Bangladesh, false},
		{"919812345670", "9812345670", providers.India, true},
		{"812345670", "9812345670", providers.India, false},
	} {
		if got := SameNumber(c.theirs, c.ours, c.in); got != c.want {
			t.Errorf("number %q of %q: %v", c.theirs, c.ours, got)
		}
	}
	for theirs, want := range map[string]bool{
		"1050": true, "1050.00": true, "1,050.0": true, "": true, "105": false, "1050.01": false, "-1050": false, "10500": false, "1.05e3": false, "x": false,
	} {
		if got := SameAmount(theirs, "1050", providers.INR); got != want {
			t.Errorf("amount %q: %v", theirs, got)
		}
	}
	if !SameAmount("7", "", providers.INR) || Same("a", "b") || !Same("a", "a") {
		t.Error("what is not known contradicts, or what differs does not")
	}
}
