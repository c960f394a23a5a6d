package main

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"time"

	"rechargebot/providers"
	"rechargebot/providers/simulated"
)

// demoProvider is one of the demo's providers: an account with the pretend upstream, and how the real
// configuration names it. The passwords are worth nothing anywhere.
type demoProvider struct {
	account  simulated.Account
	path     string // of the kind's base_url
	priority int
	settings string // beside those that every kind has
}

// demoPostback is the secret end of the address at which those providers call that do.
const demoPostback = "demo-postback-secret"

func demoProviders() []demoProvider {
	taka, rupees := providers.Money{Minor: 25_000_00, Currency: providers.BDT}, providers.Money{Minor: 25_000_00, Currency: providers.INR}
	return []demoProvider{
		{simulated.Account{Name: "ecare-demo", Kind: simulated.KindECARE, Login: "demo-id", Secret: "demo-pass", Float: taka}, simulated.ECAREPath, 10, `
access_id = "demo-id"
access_pass = "demo-pass"
`},
		{simulated.Account{Name: "sendapi-demo", Kind: simulated.KindSendapi, Login: "demo-user", Secret: "demo-key", Float: taka}, simulated.SendapiPath, 20, `
user = "demo-user"
key = "demo-key"
`},
		{simulated.Account{Name: "rechargkit-demo", Kind: simulated.KindRechargkit, Secret: "demo-token", Float: rupees}, simulated.RechargkitPath, 10, `
token = "demo-token"
postback_secret = "` + demoPostback + `"
[providers.operator_codes]
"in-airtel" = "1"
"in-jio" = "5"
[providers.circle_codes]
"in-dl" = "5"
"in-mu" = "15"
"in-wb" = "23"
`},
		{simulated.Account{Name: "deeperweb-demo", Kind: simulated.KindDeeperWeb, Login: "9000000000", Secret: "demo-api-token", Float: rupees}, simulated.DeeperWebPath, 20, `
username = "9000000000"
api_token = "demo-api-token"
postback_secret = "` + demoPostback + `"
[providers.operator_codes]
"in-airtel" = "AT"
"in-airtel/postpaid" = "PA"
"in-jio" = "JIO"
"in-vi" = "VI"
"in-bsnl" = "BT"
`},
		{simulated.Account{Name: "bos-demo", Kind: simulated.KindBOS, Login: "BOS-554", Secret: "demo-bearer", Float: rupees}, simulated.BOSPath, 30, `
register_id = "BOS-554"
token = "demo-bearer"
[providers.operator_codes]
"in-vi" = "311"
"in-bsnl" = "312"
`},
	}
}

// table is the provider's part of the configuration.
func (p demoProvider) table(address string) string {
	alert := `alert_below = "5000.00"
critical_below = "1000.00"`
	if p.account.Kind == simulated.KindBOS {
		alert = "# no call of this kind tells the float"
	}
	return fmt.Sprintf(`
[[providers]]
name = %q
kind = %q
priority = %d
base_url = %q
allow_insecure_http = true           # loopback only
%s%s`, p.account.Name, p.account.Kind, p.priority, address+p.path, alert, p.settings)
}

// demoUpstream makes the pretend upstream with all accounts. own is the bot's own address, where it is called back.
func demoUpstream(dir, own string) (*simulated.Server, error) {
	c := simulated.Config{
		Record:  filepath.Join(dir, "upstream.jsonl"),
		Latency: 150 * time.Millisecond,
		Settle:  3 * time.Second,
	}
	for _, p := range demoProviders() {
		if strings.Contains(p.settings, "postback_secret") {
			p.account.Postback = "http://" + own + "/postback/" + p.account.Name + "/" + demoPostback
		}
		c.Accounts = append(c.Accounts, p.account)
	}
	return simulated.New(c)
}

// demoDoors gives each provider an address of its own, so that each may be down alone, and writes their
// tables of the configuration.
func demoDoors(upstream *simulated.Server) (doors []net.Listener, tables string, err error) {
	for _, p := range demoProviders() {
		door, err := upstream.Listen(p.account.Name, "127.0.0.1:0")
		if err != nil {
			return nil, "", fmt.Errorf("open the simulated provider %s: %w", p.account.Name, err)
		}
		doors = append(doors, door)
		tables += p.table("http://" + door.Addr().String())
	}
	return doors, tables, nil
}

// freePort is an address on loopback that nobody uses at the moment.
func freePort(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}
