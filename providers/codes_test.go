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

// A line that was copied and not changed would recharge another network.
func TestNoTwoServicesShareACode(t *testing.T) {
	t.Parallel()
	airtel, jio := providers.Service{Operator: providers.INAirtel, Type: providers.Prepaid}, providers.Service{Operator: providers.INJio, Type: providers.Prepaid}
	later := providers.Service{Operator: providers.INAirtel, Type: providers.Postpaid}
	gp, skitto := providers.Service{Operator: providers.BDGrameenphone, Type: providers.Skitto}, providers.Service{Operator: providers.BDSkitto, Type: providers.Skitto}
	for name, c := range map[string]struct {
		services []providers.Service
		same     bool // all have one code
		typed    bool
		fine     bool
	}{
		"codes of their own":                 {[]providers.Service{airtel, jio, later}, false, false, true},
		"two networks":                       {[]providers.Service{airtel, jio}, true, true, false},
		"two types, told by the code alone":  {[]providers.Service{airtel, later}, true, false, false},
		"two types, told beside the code":    {[]providers.Service{airtel, later}, true, true, true},
		"Skitto is Grameenphone's, the same": {[]providers.Service{gp, skitto}, true, true, true},
	} {
		err := providers.DistinctCodes(c.services, func(s providers.Service) string {
			if c.same {
				return "7"
			}
			return s.String()
		}, c.typed)
		if (err == nil) != c.fine || err != nil && !strings.Contains(err.Error(), "setting operator_codes: \"in-") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What people type for an operator means one of its country, in any script.
func TestAWordMeansOneOperatorOfACountry(t *testing.T) {
	t.Parallel()
	seen := map[string]providers.OperatorID{}
	for _, o := range providers.Operators() {
		for _, w := range append([]string{strings.ToLower(o.Name)}, o.Words...) {
			key := string(o.Country) + " " + w
			if other, double := seen[key]; double || w != strings.ToLower(w) || strings.ContainsAny(w, " \u200c\u200d") {
				t.Errorf("%q of %s: also %q, or not as it is compared", w, o.ID, other)
			}
			seen[key] = o.ID
		}
	}
	if seen["BD রবি"] != providers.BDRobi || seen["IN जियो"] != providers.INJio || seen["BD airtel"] != providers.BDAirtel || seen["IN airtel"] != providers.INAirtel {
		t.Error("words in Bangla and Hindi are missing")
	}
}
