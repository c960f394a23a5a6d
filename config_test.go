package main

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rechargebot/providers"
	"rechargebot/providers/builtin"
)

const goodConfig = `
data_dir = "store"
[telegram]
token = "1:canary-token"
owners = [1001]
ops_chat = -1009000000001
[dispatch]
submit_timeout = "5s"
enquire_after = ["1s", "2s"]
[[providers]]
name = "second"
kind = "ecare"
priority = 20
base_url = "https://example.test/api.php"
access_id = "canary-id"
access_pass = "canary-pass"
[[providers]]
name = "first"
kind = "ecare"
priority = 10
operators = ["bd-robi"]
alert_below = "5,000.00"
critical_below = "1000"
base_url = "https://example.test/api.php"
access_id = "canary-id"
access_pass = "canary-pass"
[providers.amounts]
"bd-robi/prepaid" = { min = "20", max = "1000", step = "10" }
`

func load(t *testing.T, text string, over overrides) (config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rechargebot.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return loadConfig(path, over, builtin.Registrations())
}

func TestConfigurationIsReadWithDefaults(t *testing.T) {
	t.Parallel()
	c, err := load(t, goodConfig, overrides{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Timezone != "Asia/Dhaka" || c.Language != "en" || time.Duration(c.Dispatch.ReviewAfter) != 24*time.Hour {
		t.Errorf("defaults are not kept: %s %s %v", c.Timezone, c.Language, c.Dispatch.ReviewAfter)
	}
	if len(c.Dispatch.EnquireAfter) != 2 {
		t.Errorf("a list in the file must replace the default one, got %v", c.Dispatch.EnquireAfter)
	}
	if len(c.Providers) != 2 || c.Providers[0].Name != "first" {
		t.Fatalf("providers are not in order of priority: %v", c.Providers)
	}
	p := c.Providers[0]
	if p.AlertBelow != (providers.Money{Minor: 500000, Currency: providers.BDT}) || p.Critical.Minor != 100000 {
		t.Errorf("alert sums: %v %v", p.AlertBelow, p.Critical)
	}
	for _, s := range p.Services {
		if s.Operator != providers.BDRobi {
			t.Errorf("operators = [bd-robi] serves %v", s)
		}
	}
	rule := p.Amounts[providers.Service{Operator: providers.BDRobi, Type: providers.Prepaid}]
	if rule.Min.Minor != 2000 || rule.Max.Minor != 100000 || rule.Step.Minor != 1000 {
		t.Errorf("amount rule: %v", rule)
	}
}

func TestOverridesBeatTheFile(t *testing.T) {
	t.Parallel()
	off := ""
	c, err := load(t, goodConfig, overrides{DataDir: "elsewhere", HTTPListen: &off, Token: "2:other"})
	if err != nil {
		t.Fatal(err)
	}
	if c.DataDir != "elsewhere" || c.HTTP.Listen != "" || c.Telegram.Token != "2:other" {
		t.Errorf("got %q %q %q", c.DataDir, c.HTTP.Listen, c.Telegram.Token.Reveal())
	}
}

func TestFourEyesHoldInEveryCurrencyAndAreOffByDefault(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]map[providers.Currency]providers.Money{
		"":                                   nil,
		"[review]\nfour_eyes_above = \"\"\n": nil,
		"[review]\nfour_eyes_above = \"1,500\"\n": {providers.BDT: {Minor: 1500_00, Currency: providers.BDT}},
	} {
		c, err := load(t, strings.Replace(goodConfig, "[dispatch]", given+"[dispatch]", 1), overrides{})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.fourEyesAbove(); !maps.Equal(got, want) || (got == nil) != (want == nil) {
			t.Errorf("%q: %v, want %v", given, got, want)
		}
	}
}

func TestAWebhookIsConfigured(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for keys, api := range map[string]string{
		`webhook_url = "https://bot.example.org"`:          "",
		`webhook_url = "https://bot.example.org:8443/in/"`: "",
		`webhook_url = "http://127.0.0.1:5000"`:            "http://127.0.0.1:8081", // a test's Telegram, or one's own Bot API server
		`webhook_url = "http://localhost:5000/x"`:          "http://127.0.0.1:8081",
		`webhook_url = "https://bot.example.org:5000"`:     "http://127.0.0.1:8081",
	} {
		keys = "mode = \"webhook\"\n" + keys + "\nwebhook_secret_file = \"" + file + "\"\n"
		c, err := load(t, strings.Replace(goodConfig, "ops_chat", keys+"ops_chat", 1), overrides{APIURL: api})
		if err != nil {
			t.Errorf("%s: %v", keys, err)
			continue
		}
		if c.Telegram.WebhookSecret.Reveal() != "from-file" || c.Telegram.WebhookListen != "127.0.0.1:8443" {
			t.Errorf("%s: secret %q, listen %q", keys, c.Telegram.WebhookSecret.Reveal(), c.Telegram.WebhookListen)
		}
	}
}

func TestSecretsComeFromFiles(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pass")
	if err := os.WriteFile(file, []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := load(t, strings.ReplaceAll(goodConfig, `access_pass = "canary-pass"`, `access_pass_file = "`+file+`"`), overrides{})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Providers[0].Adapter.Get("access_pass"); got != "from-file" {
		t.Errorf("access_pass = %q", got)
	}
}

func TestConfigurationErrorsNameKeyLineAndExpectation(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		from, to string
		want     []string
	}{
		"unknown key":        {"owners =", "ownres =", []string{"line 5", "telegram.ownres", "not a known key", `"telegram.owners"`}},
		"unknown table":      {"[dispatch]", "[dispach]", []string{"line 7", "dispach", "not a known key"}},
		"wrong type":         {`submit_timeout = "5s"`, `submit_timeout = 5`, []string{"line 8", "dispatch.submit_timeout"}},
		"list, not text":     {`owners = [1001]`, `owners = "1001"`, []string{"line 5", "telegram.owners", "must be a list, not a text in quotes"}},
		"given twice":        {`token = "1:canary-token"`, "token = \"1:canary-token\"\ntoken = \"1:canary-token\"", []string{"line 5", "telegram.token", "second time"}},
		"no token's form":    {`"1:canary-token"`, `"canary token"`, []string{"line 4", "telegram.token", "@BotFather"}},
		"plain http":         {`base_url = "https://example.test/api.php"`, `base_url = "http://example.test/api.php"`, []string{"line 14", "providers[0].base_url", "allow_insecure_http"}},
		"bad duration":       {`"5s"`, `"5 seconds"`, []string{"line 8", "dispatch.submit_timeout"}},
		"four eyes":          {`[dispatch]`, "[review]\nfour_eyes_above = \"৳500 or so\"\n[dispatch]", []string{"line 8", "review.four_eyes_above", "above zero", "off"}},
		"four eyes at zero":  {`[dispatch]`, "[review]\nfour_eyes_above = \"0\"\n[dispatch]", []string{"line 8", "review.four_eyes_above", "above zero"}},
		"too short":          {`"5s"`, `"5ms"`, []string{"line 8", "dispatch.submit_timeout", "at least 1s"}},
		"leading zero":       {`owners = [1001]`, `owners = [017]`, []string{"line 5"}},
		"owner below zero":   {`[1001]`, `[-5]`, []string{"line 5", "telegram.owners", "/id"}},
		"group id above":     {`-1009000000001`, `1009000000001`, []string{"line 6", "telegram.ops_chat"}},
		"unquoted secret":    {`"1:canary-token"`, `1:canary-token`, []string{"line 4", "quotes"}},
		"secret in a table":  {`"1:canary-token"`, "\"1:a\"\nheaders = { Authorization = tcanary }", []string{"line 5", "headers", "quotes"}},
		"secret in a list":   {`[1001]`, "[\n  tcanary]", []string{"line 6", "telegram.owners", "quotes"}},
		"secret in figures":  {`"1:canary-token"`, "\"1:a\"\nheaders = { Pin = 12345678901234567890 }", []string{"line 5", "headers.Pin cannot be read; a text stands in quotes"}},
		"text and table":     {`ops_chat`, "mode = \"poll\"\nmode.x = 1\nops_chat", []string{"line 7", "telegram.mode", "second time"}},
		"secret's file":      {`access_pass = "canary-pass"`, `access_pass_file = "/nowhere/canary"`, []string{"line 16", "access_pass_file", "cannot be read: no such file"}},
		"unknown kind":       {`kind = "ecare"`, `kind = "ecart"`, []string{"line 12", "providers[0].kind", "ecare"}},
		"provider's key":     {`access_id =`, `acces_id =`, []string{"line 15", "providers[0].acces_id", `"access_id"`}},
		"missing secret":     {`access_pass = "canary-pass"`, ``, []string{"line 10", "providers[0].access_pass", "missing"}},
		"bad name":           {`"second"`, `"Second One"`, []string{"line 11", "providers[0].name", "small letters"}},
		"same name":          {`"second"`, `"first"`, []string{"providers[1].name", "differ"}},
		"foreign operator":   {`["bd-robi"]`, `["in-jio"]`, []string{"line 21", "providers[1].operators", "in-jio", "bd-robi"}},
		"bad sum":            {`"5,000.00"`, `"lots"`, []string{"line 22", "providers[1].alert_below"}},
		"critical above low": {`critical_below = "1000"`, `critical_below = "9000"`, []string{"line 23", "critical_below"}},
		"bad rule":           {`min = "20"`, `min = "x"`, []string{"providers[1].amounts", "bd-robi/prepaid"}},
		"zone":               {`data_dir = "store"`, `timezone = "Dhaka"`, []string{"line 2", "timezone", "Asia/Dhaka"}},
		"unknown mode":       {`ops_chat`, "mode = \"push\"\nops_chat", []string{"line 6", "telegram.mode", `"poll" or "webhook"`}},
		"no webhook url":     {`ops_chat`, "mode = \"webhook\"\nops_chat", []string{"telegram.webhook_url", "missing", "https://bot.example.org"}},
		"plain webhook":      {`ops_chat`, "webhook_url = \"http://canary.example.org\"\nops_chat", []string{"line 6", "telegram.webhook_url", "https"}},
		"webhook's port":     {`ops_chat`, "webhook_url = \"https://canary.example.org:9000/x\"\nops_chat", []string{"line 6", "telegram.webhook_url", "443, 80, 88 or 8443"}},
		"webhook at home":    {`ops_chat`, "webhook_url = \"http://127.0.0.1:8443\"\nops_chat", []string{"line 6", "telegram.webhook_url", "must be https"}},
		"webhook's query":    {`ops_chat`, "webhook_url = \"https://example.org/?canary\"\nops_chat", []string{"line 6", "telegram.webhook_url"}},
		"webhook's login":    {`ops_chat`, "webhook_url = \"https://a:canary@example.org\"\nops_chat", []string{"line 6", "telegram.webhook_url"}},
		"webhook's fragment": {`ops_chat`, "webhook_url = \"https://example.org/#canary\"\nops_chat", []string{"line 6", "telegram.webhook_url"}},
		"webhook's secret":   {`ops_chat`, "webhook_secret = \"canary secret!\"\nops_chat", []string{"line 6", "telegram.webhook_secret", "A-Z a-z 0-9 _ -"}},
		"a long secret":      {`ops_chat`, "webhook_secret = \"" + strings.Repeat("canary", 43) + "\"\nops_chat", []string{"line 6", "telegram.webhook_secret", "256"}},
		"webhook's listen":   {`ops_chat`, "mode = \"webhook\"\nwebhook_url = \"https://example.org\"\nwebhook_listen = \"8443\"\nops_chat", []string{"line 8", "telegram.webhook_listen", "HOST:PORT"}},
		"no listen":          {`ops_chat`, "mode = \"webhook\"\nwebhook_url = \"https://example.org\"\nwebhook_listen = \"\"\nops_chat", []string{"line 8", "telegram.webhook_listen", "HOST:PORT"}},
		"listen twice":       {`ops_chat`, "mode = \"webhook\"\nwebhook_url = \"https://example.org\"\nwebhook_listen = \"127.0.0.1:9077\"\nops_chat", []string{"line 8", "telegram.webhook_listen", "http.listen"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, strings.Replace(goodConfig, tc.from, tc.to, 1), overrides{})
			if !errors.As(err, new(configError)) {
				t.Fatalf("got %v, want a configuration error", err)
			}
			for _, w := range tc.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not say %q", err, w)
				}
			}
			if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "12345678901234567890") {
				t.Errorf("%q shows a secret", err)
			}
		})
	}
}

// What is wrong with a flag or the environment is not looked for in the file.
func TestWhatIsGivenElsewhereIsNamedThere(t *testing.T) {
	t.Parallel()
	listen := "9077"
	for want, over := range map[string]overrides{
		"$RECHARGEBOT_TELEGRAM_TOKEN: telegram.token must look like": {Token: "canary token"},
		"--timezone ($RECHARGEBOT_TIMEZONE): timezone must be":       {Timezone: "Dhaka"},
		"--http-listen ($RECHARGEBOT_HTTP_LISTEN): http.listen must": {HTTPListen: &listen},
	} {
		_, err := load(t, goodConfig, over)
		if !errors.As(err, new(configError)) || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestAConfigurationThatIsMissingIsNamedOnce(t *testing.T) {
	t.Parallel()
	_, err := loadConfig("nowhere.toml", overrides{}, nil)
	if !errors.As(err, new(configError)) || strings.Count(err.Error(), "nowhere.toml") != 1 || !strings.Contains(err.Error(), "--config") {
		t.Errorf("got %v", err)
	}
}
