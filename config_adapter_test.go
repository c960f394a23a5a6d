package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
)

// panelKinds are a kind without codes of its own, and one that is only described.
func panelKinds() []providers.Registration {
	rupees := func(n int64) providers.Money { return providers.Money{Minor: n * 100, Currency: providers.INR} }
	panel := providers.Registration{
		Kind: "panel", Title: "Panel, India", Country: providers.India, NeedsCodes: true, NeedsCircle: true,
		Settings: []providers.Setting{
			{Key: "headers", Form: providers.TableSetting, Secret: true},
			{Key: "token_command", Form: providers.ListSetting},
			{Key: "token", Secret: true},
			{Key: "encoding", Default: "json", OneOf: []string{"json", "form"}},
		},
		Services: []providers.Service{
			{Operator: providers.INJio, Type: providers.Prepaid}, {Operator: providers.INJio, Type: providers.Postpaid}, {Operator: providers.INVi, Type: providers.Prepaid},
		},
		Amount: providers.AmountRule{Min: rupees(10), Max: rupees(500), Step: rupees(1)},
	}
	panel.New = func(c providers.Config) (providers.Provider, error) { return caller{}, panel.Require(c) }
	return []providers.Registration{panel, {Kind: "described", Describe: func(d map[string]any) (providers.Registration, error) {
		if d["title"] != "Uncle" {
			return providers.Registration{}, &providers.DescriptionError{Key: "recharge.when", Why: "is ambiguous"}
		}
		r := panel
		r.Kind, r.NeedsCodes, r.NeedsCircle = "described", false, false
		return r, nil
	}}}
}

const panelConfig = `[telegram]
token = "1:canary-token"
owners = [1]
[[providers]]
name = "p"
kind = "panel"
token_command = ["prog", "arg"]
headers = { "api-key" = "canary-header" }
postback_secret = "canary-0123456789abc"
[providers.operator_codes]
"in-jio" = "5"
[providers.circle_codes]
"in-dl" = "7"
`

func loadPanel(t *testing.T, text string) (config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rechargebot.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return loadConfig(path, overrides{}, panelKinds())
}

// Whatever has a code is served, and nothing else; lists, tables and the secret of postbacks reach the adapter.
func TestAProviderServesWhatItHasCodesFor(t *testing.T) {
	t.Parallel()
	c, err := loadPanel(t, panelConfig)
	if err != nil {
		t.Fatal(err)
	}
	p := c.Providers[0]
	if diff := cmp.Diff([]providers.Service{{Operator: providers.INJio, Type: providers.Prepaid}}, p.Services); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"prog", "arg"}, p.Adapter.Lists["token_command"]); diff != "" {
		t.Error(diff)
	}
	if p.Adapter.Tables["headers"]["api-key"] != "canary-header" || p.Postback != "canary-0123456789abc" || p.Adapter.Get("encoding") != "json" {
		t.Errorf("%+v", p)
	}
	if n := len(p.Registration.Secrets(p.Adapter)); n != 1 {
		t.Errorf("%d secrets, want the header's", n)
	}
	gateways, _, err := openProviders(c, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	order := providers.Order{Operator: providers.INJio, Type: providers.Prepaid, Account: "919812345670", Amount: providers.Money{Minor: 50_00, Currency: providers.INR}, Circle: "in-dl"}
	if !gateways[0].Takes(order) {
		t.Error("an order in a circle that has a code is not taken")
	}
	for _, circle := range []providers.CircleID{"in-mu", ""} {
		if order.Circle = circle; gateways[0].Takes(order) {
			t.Errorf("an order in circle %q is taken", circle)
		}
	}
	if _, err := gateways[0].Recharge(context.Background(), providers.Request{Order: order}); err == nil || !strings.Contains(err.Error(), "circle") {
		t.Errorf("an order without a circle: %v", err)
	}
}

func TestADescribedKindIsWhatItsTableSays(t *testing.T) {
	t.Parallel()
	text := strings.Replace(panelConfig, `"panel"`, `"described"`, 1)
	text = strings.Split(text, "[providers.circle_codes]")[0] + "[providers.api]\ntitle = \"Uncle\"\n[providers.api.recharge]\nwhen = 1\n"
	c, err := loadPanel(t, text)
	if err != nil {
		t.Fatal(err)
	}
	if p := c.Providers[0]; p.Registration.Kind != "described" || len(p.Services) != 3 {
		t.Errorf("%+v", p)
	}
	_, err = loadPanel(t, strings.Replace(text, "Uncle", "Aunt", 1))
	if err == nil || !strings.Contains(err.Error(), "line 15: providers[0].api.recharge.when is ambiguous") {
		t.Errorf("%v", err)
	}
}

func TestWhatIsWrongWithAnAdaptersSettingIsNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ from, to, want string }{
		"no codes":                    {"[providers.operator_codes]\n\"in-jio\" = \"5\"\n", "", `line 4: providers[0].operator_codes is missing: no document lists the operator codes of Panel, India; ask them, then write lines such as "in-jio" = "5"`},
		"an operator without a code":  {`name = "p"`, "name = \"p\"\noperators = [\"in-vi\"]", `holds "in-vi", which the provider, for want of a code in operator_codes, does not serve (it serves: in-jio)`},
		"no circles":                  {"[providers.circle_codes]\n\"in-dl\" = \"7\"\n", "", "providers[0].circle_codes is missing"},
		"no such circle":              {`"in-dl"`, `"in-xx"`, "line 13: providers[0].circle_codes.in-xx is no circle id"},
		"no such operator":            {`"in-jio"`, `"in-aircel"`, "line 11: providers[0].operator_codes.in-aircel is no operator id"},
		"an operator of nobody here":  {"\"in-jio\" = \"5\"", "\"in-jio\" = \"5\"\n\"bd-robi\" = \"1\"", "line 12: providers[0].operator_codes.bd-robi want a code of one of the operators of Panel, India"},
		"a step that cannot be sent":  {`name = "p"`, "name = \"p\"\namounts = { in-jio = { step = \"0.5\" } }", "amounts.in-jio step must be a multiple of 1.00"},
		"no amount at all":            {`name = "p"`, "name = \"p\"\namounts = { in-jio = { min = \"10\", max = \"11\", step = \"7\" } }", "amounts.in-jio allows no amount at all"},
		"a rate that is no number":    {`name = "p"`, "name = \"p\"\nrate_per_second = nan", "rate_per_second must be above zero"},
		"a code of a number":          {`= "5"`, "= 5", "line 11: providers[0].operator_codes.in-jio must be a text in quotes"},
		"a list that is a text":       {`["prog", "arg"]`, `"prog arg"`, "line 7: providers[0].token_command must be a list of texts"},
		"a list of numbers":           {`["prog", "arg"]`, `[1]`, "token_command must hold texts in quotes"},
		"a table that is a text":      {`{ "api-key" = "canary-header" }`, `"canary"`, "line 8: providers[0].headers must be a table of texts"},
		"another word":                {`name = "p"`, "name = \"p\"\nencoding = \"xml\"", "encoding cannot be used: want one of: json, form"},
		"a short secret":              {"canary-0123456789abc", "canary", "postback_secret must be at least 16"},
		"a secret that ends the path": {"canary-0123456789abc", "canary-0123456789/..", "postback_secret must be at least 16"},
		"a description of no use":     {`name = "p"`, "name = \"p\"\napi = { title = \"Uncle\" }", "api is not a key of kind panel"},
		"no description":              {`"panel"`, `"described"`, "api is missing"},
	} {
		text := strings.Replace(panelConfig, c.from, c.to, 1)
		if text == panelConfig {
			t.Fatalf("%s: nothing was changed", name)
		}
		_, err := loadPanel(t, text)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v; want %q and no secret", name, err, c.want)
		}
	}
}
