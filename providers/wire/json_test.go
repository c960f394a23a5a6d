package wire_test

import (
	"encoding/json"
	"testing"

	"rechargebot/providers/wire"
)

func TestANumberIsWrittenAsItStandsInTheVendorsList(t *testing.T) {
	t.Parallel()
	got := string(wire.JSON(map[string]any{"operator": json.Number("17"), "number": "09812345670", "name": `a"b`}))
	if want := `{"name":"a\"b","number":"09812345670","operator":17}`; got != want {
		t.Errorf("wrote %s, want %s", got, want)
	}
	for s, want := range map[string]bool{
		"0": true, "7": true, "999999999": true,
		"": false, "07": false, "00": false, "-1": false, "+1": false, "1.0": false, "1e3": false, " 1": false, "1234567890": false, "১": false,
	} {
		if wire.IsNumber(s) != want {
			t.Errorf("IsNumber(%q) is %v", s, !want)
		}
		if want && !json.Valid([]byte(s)) {
			t.Errorf("%q is no JSON", s)
		}
	}
}
