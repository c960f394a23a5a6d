package main

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"

	"rechargebot/providers"
	"rechargebot/providers/simulated"
)

// customer is somebody whose number a kind recharges: what the agent types, and what he then reads.
type customer struct {
	supply
	line   string // number, amount and words of an order
	number string
	taps   []string // after the line, before Confirm
	amount providers.Money
	float  string // what check says after six orders
}

// described is the table of the ECARE document in the manual's sample, for kind custom.
func described(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("providers/custom/testdata/panel.toml")
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.LastIndex(text, []byte("[providers.api]"))
	if i < 0 {
		t.Fatal("the sample describes nothing")
	}
	return string(text[i:])
}

// everyKind is the five, and a sixth that the configuration describes.
func everyKind(t *testing.T) map[string]customer {
	t.Helper()
	kinds := fiveKinds()
	sixth := kinds["ecare"]
	sixth.account.Name = "described-x"
	sixth.kind = "custom"
	sixth.settings += described(t)
	kinds["custom"] = sixth
	return kinds
}

func fiveKinds() map[string]customer {
	taka, rupees := providers.Money{Minor: 25_000_00, Currency: providers.BDT}, providers.Money{Minor: 25_000_00, Currency: providers.INR}
	fifty := func(c providers.Currency) providers.Money { return providers.Money{Minor: 50_00, Currency: c} }
	return map[string]customer{
		"ecare": {
			supply{simulated.Account{Name: "ecare-x", Kind: simulated.KindECARE, Login: "id", Secret: "canary-pass", Float: taka}, simulated.ECAREPath, `
access_id = "id"
access_pass = "canary-pass"
`, ""}, "01712345678 50", "01712345678", nil, fifty(providers.BDT), "float BDT 24700.00"},
		"sendapi": {
			supply{simulated.Account{Name: "sendapi-x", Kind: simulated.KindSendapi, Login: "canary-user", Secret: "canary-key", Float: taka}, simulated.SendapiPath, `
user = "canary-user"
key = "canary-key"
`, ""}, "01812345678 50", "01812345678", nil, fifty(providers.BDT), "float BDT 24700.00"},
		"rechargkit": {
			supply{simulated.Account{Name: "rechargkit-x", Kind: simulated.KindRechargkit, Secret: "canary-token", Float: rupees}, simulated.RechargkitPath, `
token = "canary-token"
[providers.operator_codes]
"in-jio" = "5"
[providers.circle_codes]
"in-dl" = "5"
"in-mu" = "15"
`, ""}, "9812345670 50 jio", "9812345670", []string{"Delhi NCR"}, fifty(providers.INR), "float INR 24700.00"},
		"deeperweb": {
			supply{simulated.Account{Name: "deeperweb-x", Kind: simulated.KindDeeperWeb, Login: "canary-username", Secret: "canary-token", Float: rupees}, simulated.DeeperWebPath, `
username = "canary-username"
api_token = "canary-token"
[providers.operator_codes]
"in-airtel" = "AT"
`, ""}, "+91 98123-45670 50 airtel", "9812345670", nil, fifty(providers.INR), "float INR 24700.00"},
		"bos": {
			supply{simulated.Account{Name: "bos-x", Kind: simulated.KindBOS, Login: "canary-554", Secret: "canary-token", Float: rupees}, simulated.BOSPath, `
register_id = "canary-554"
token = "canary-token"
[providers.operator_codes]
"in-vi" = "311"
`, ""}, "९८१२३४५६७० 50 vi", "9812345670", nil, fifty(providers.INR), "no call tells the float"},
	}
}

// orders50 types the customer's order and presses Confirm, or Send again.
func (d *desktop) orders50(c customer, confirm string) {
	d.t.Helper()
	d.says(agent, c.line)
	for _, tap := range c.taps {
		d.presses(agent, tap, c.number)
	}
	d.presses(agent, confirm, c.number, "50")
}

// wantRecharges waits until card and push of the nth order say so, and checks what reached the number.
func (d *desktop) wantRecharges(c customer, n int) {
	d.t.Helper()
	d.eventually("the order is said to be delivered, on its card and in a message", func() bool {
		return d.count(agent, "Delivered", c.number) >= 2*n
	})
	o := d.upstream.ByNumber(c.number, c.amount)
	if len(o) != n {
		d.t.Fatalf("%d recharges reached the number, want %d: %+v", len(o), n, o)
	}
	for _, order := range o {
		if sends := d.upstream.Sends(order.Reference); sends != 1 {
			d.t.Errorf("reference %s was sent %d times", order.Reference, sends)
		}
	}
}

// Each provider recharges, is asked, tells its float, times out, garbles its answers, says that it has the
// order already, is killed on the way, and comes back: through the real program.
func TestEachProviderThroughTheRealProgram(t *testing.T) {
	t.Parallel()
	for kind, c := range everyKind(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			d := newDesktopWith(t, c.supply)
			d.joined()
			d.orders50(c, "Confirm")
			d.wantRecharges(c, 1)
			c.taps = nil // a circle is remembered
			n := 1
			for _, mood := range []simulated.Mood{simulated.Silent, simulated.Garbled, simulated.Duplicate} {
				d.mood(c, mood)
				d.orders50(c, "Send again")
				n++
				d.wantRecharges(c, n)
			}
			d.mood(c, simulated.Silent)
			d.orders50(c, "Send again")
			n++
			d.eventually("the provider has taken the order", func() bool { return len(d.upstream.ByNumber(c.number, c.amount)) == n })
			d.kill()
			d.start()
			d.wantRecharges(c, n)

			// The provider is not there: nothing is sent, and the agent is told so; then it is there again.
			if err := d.upstream.SetMood(c.account.Name, simulated.Down, simulated.When{}); err != nil {
				t.Fatal(err)
			}
			d.orders50(c, "Send again")
			d.sees(agent, "Failed", c.number)
			if err := d.upstream.SetMood(c.account.Name, simulated.Normal, simulated.When{}); err != nil {
				t.Fatal(err)
			}
			d.orders50(c, "Send again")
			n++
			d.wantRecharges(c, n)
			d.stop()
			d.checks(c)
		})
	}
}

func (d *desktop) mood(c customer, m simulated.Mood) {
	d.t.Helper()
	if err := d.upstream.SetMood(c.account.Name, m, simulated.When{Next: 1, Calls: []simulated.Call{simulated.CallRecharge}}); err != nil {
		d.t.Fatal(err)
	}
}

// checks runs "check": one line about the provider, which moves no money.
func (d *desktop) checks(c customer) {
	d.t.Helper()
	before := d.upstream.Totals(c.account.Name)
	_, said := d.runs("check")
	line := ""
	for l := range strings.Lines(said) {
		if strings.Contains(l, "provider "+c.account.Name) {
			line = l
		}
	}
	if !strings.HasPrefix(line, "ok ") || !strings.Contains(line, c.float) || !strings.Contains(line, "enquiry") {
		d.t.Errorf("check says:\n%s", said)
	}
	if after := d.upstream.Totals(c.account.Name); after.Accepted != before.Accepted {
		d.t.Errorf("check moved money: %+v, then %+v", before, after)
	}
}

// The provider calls us when an order has ended: the agent hears of it long before we would have asked.
// Anybody else who calls, or calls wrongly, changes nothing.
func TestAPostbackBringsTheNewsSooner(t *testing.T) {
	t.Parallel()
	const secret = "canary_Secret-0123456789"
	for _, kind := range []string{"rechargkit", "deeperweb"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			c := fiveKinds()[kind]
			c.account.Postback = "/postback/" + c.account.Name + "/" + secret
			c.settings = "postback_secret = \"" + secret + "\"" + c.settings
			d := newDesktopWith(t, c.supply)
			d.rewrite(`enquire_after = ["200ms", "300ms", "500ms"]`, `enquire_after = ["30m"]`)
			d.joined()
			for _, wrong := range []string{
				"/postback/" + c.account.Name + "/wrong", "/postback/" + c.account.Name, "/postback/nobody/" + secret,
				c.account.Postback, c.account.Postback + "?refId=ABC&pid=ABC", c.account.Postback + "?refId=%00%ff",
			} {
				if got := d.get(wrong); got != 404 && got != 400 {
					t.Errorf("GET %s says %d", wrong, got)
				}
			}
			d.orders50(c, "Confirm")
			d.wantRecharges(c, 1)
			d.stop()
			d.mu.Lock()
			defer d.mu.Unlock()
			if log := d.log.String(); strings.Contains(log, "canary") || strings.Contains(log, "9812345670") {
				t.Errorf("a secret or a number is in the log:\n%s", log)
			}
		})
	}
}

// rewrite changes the configuration before the start.
func (d *desktop) rewrite(from, to string) {
	d.t.Helper()
	text, err := os.ReadFile(d.config)
	if err != nil || !bytes.Contains(text, []byte(from)) {
		d.t.Fatalf("the configuration does not hold %q (%v)", from, err)
	}
	if err := os.WriteFile(d.config, bytes.Replace(text, []byte(from), []byte(to), 1), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// get asks the child's own pages and says the status, 0 when nobody answers.
func (d *desktop) get(path string) int {
	resp, err := http.Get("http://" + d.http + path)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}
