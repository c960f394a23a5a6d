package main

import (
	"fmt"
	"strings"
	"testing"

	"rechargebot/providers"
	"rechargebot/providers/builtin"
)

// A line of operator_codes that was copied and not changed would recharge another network, at every kind.
func TestNoKindTakesOneCodeForTwoNetworks(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, r := range builtin.Registrations() {
		if r.Describe != nil {
			continue // what it describes has a check of its own
		}
		a, b := r.Services[0].Operator, r.Services[len(r.Services)-1].Operator
		for _, s := range r.Services {
			if s.Operator != providers.BDSkitto { // Grameenphone's, under another name
				b = s.Operator
			}
		}
		c := providers.Config{
			Settings: map[string]providers.Secret{"base_url": "https://panel.test/api"}, CircleCodes: map[providers.CircleID]string{},
			OperatorCodes: map[providers.Service]string{{Operator: a}: "7", {Operator: b}: "7"},
		}
		for _, s := range r.Settings {
			if s.Form == providers.TextSetting && c.Settings[s.Key] == "" {
				c.Settings[s.Key] = providers.Secret(s.Default + strings.Repeat("x", 8*max(0, 1-len(s.Default))))
			}
		}
		_, err := r.New(c)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("has the code of \"%s", a)) {
			t.Errorf("%s with one code for %s and %s: %v", r.Kind, a, b, err)
		}
		c.OperatorCodes = map[providers.Service]string{{Operator: a}: "71", {Operator: b}: "72"}
		if _, err := r.New(c); err != nil {
			t.Errorf("%s with a code for each: %v", r.Kind, err)
		}
		tried++
	}
	if tried < 5 {
		t.Errorf("only %d kinds were tried", tried)
	}
}
