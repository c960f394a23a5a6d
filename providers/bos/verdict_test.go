package bos

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"rechargebot/providers"
)

// Taking a code out of the configuration does not take the order out of the comparison.
func TestAnEnquiryComparesAlsoWithoutCodes(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]providers.Status{
		`{"status":1,"refid":"482915037761204","canumber":"9679833706","amount":10}`: providers.Delivered,
		`{"status":1,"canumber":"9679833706","amount":10}`:                           providers.Delivered,
		`{"status":1,"refid":"482915037761204","canumber":"9679833707"}`:             providers.Unknown,
		`{"status":1,"refid":"482915037761204","amount":100}`:                        providers.Unknown,
		`{"status":1,"canumber":"9679833706","amount":100}`:                          providers.Unknown,
	} {
		v := always(200, fmt.Sprintf(`{"status":true,"responsecode":1,"data":%s}`, data))
		req := request()
		req.Operator = providers.INVi
		got, err := desk(t, v, &program{prints: numbered}).Enquire(t.Context(), providers.Sent{Request: req})
		if err != nil || got.Status != want {
			t.Errorf("%s: %v (%s), %v; want %v", data, got.Status, got.Reason, err, want)
		}
	}
}

// A reference comes back unchanged also from a vendor who makes a number, or a floating one, of it; and there are
// enough of them.
func TestReferencesSurviveAsNumbers(t *testing.T) {
	t.Parallel()
	format, random := Registration().Reference, rand.NewChaCha8([32]byte{3})
	for range 1000 {
		ref, err := format.New(random)
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.ParseFloat(string(ref), 64)
		if got := strconv.FormatFloat(n, 'f', -1, 64); err != nil || got != string(ref) || n >= 1<<53 {
			t.Errorf("%s comes back as %s, %v", ref, got, err)
		}
	}
	many := uint64(len(format.First))
	for range format.Length - 1 {
		many *= uint64(len(format.Alphabet))
	}
	if many < 1<<48 {
		t.Errorf("there are only %d references", many)
	}
}
