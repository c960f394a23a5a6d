package providers_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
)

func coded() providers.Registration {
	return providers.Registration{
		Title: "Panel", NeedsCodes: true, NeedsCircle: true,
		Services: []providers.Service{
			{Operator: providers.INAirtel, Type: providers.Prepaid}, {Operator: providers.INAirtel, Type: providers.Postpaid},
			{Operator: providers.INJio, Type: providers.Prepaid}, {Operator: providers.INJio, Type: providers.Postpaid},
		},
	}
}

// A plain code is that of prepaid numbers; what has no code is not served.
func TestCodedIsWhatHasACode(t *testing.T) {
	t.Parallel()
	c := providers.Config{OperatorCodes: map[providers.Service]string{
		{Operator: providers.INAirtel}: " AT ", {Operator: providers.INJio, Type: providers.Postpaid}: "PJIO",
	}}
	want := []providers.Service{{Operator: providers.INAirtel, Type: providers.Prepaid}, {Operator: providers.INJio, Type: providers.Postpaid}}
	if diff := cmp.Diff(want, coded().Coded(c)); diff != "" {
		t.Error(diff)
	}
	if code, ok := c.OperatorCode(want[0]); !ok || code != "AT" {
		t.Errorf("code %q, %v", code, ok)
	}
	if err := coded().Require(c); err != nil {
		t.Error(err)
	}
	free := coded()
	free.NeedsCodes = false
	if got := free.Coded(providers.Config{}); len(got) != 4 {
		t.Errorf("a kind with codes of its own serves %v", got)
	}
}

func TestRequireNamesACodeThatFitsNothing(t *testing.T) {
	t.Parallel()
	for key, c := range map[string]providers.Config{
		"operator_codes: \"bd-robi\"":          {OperatorCodes: map[providers.Service]string{{Operator: providers.BDRobi}: "1"}},
		"operator_codes: \"in-airtel/skitto\"": {OperatorCodes: map[providers.Service]string{{Operator: providers.INAirtel, Type: providers.Skitto}: "1"}},
		"operator_codes: \"in-jio\"":           {OperatorCodes: map[providers.Service]string{{Operator: providers.INJio}: " "}},
		"circle_codes: \"in-xx\"":              {CircleCodes: map[providers.CircleID]string{"in-xx": "1"}},
		"circle_codes: \"in-dl\"":              {CircleCodes: map[providers.CircleID]string{"in-dl": ""}},
	} {
		if err := coded().Require(c); err == nil || !strings.Contains(err.Error(), "setting "+key) {
			t.Errorf("%v; want an error about %s", err, key)
		}
	}
}

func TestServicesAreReadAndWritten(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"in-jio": true, "in-jio/postpaid": true, "bd-skitto/skitto": true, "in-jio/skitto": false, "in-aircel": false, "in-jio/": false, "": false,
	} {
		s, got := providers.ParseService(text)
		if got != ok || ok && s.String() != text {
			t.Errorf("%q: %v, %v; want %v", text, s, got, ok)
		}
	}
}
