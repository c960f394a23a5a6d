package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/providers"
	"rechargebot/providers/simulated"
)

// supply is one provider of a desktop: an account with the pretend upstream, and the kind's settings.
type supply struct {
	account  simulated.Account
	path     string
	settings string
	kind     string // in the configuration; "" = the account's
}

func newDesktop(t *testing.T) *desktop {
	t.Helper()
	return newDesktopWith(t, supply{
		simulated.Account{Name: account, Kind: simulated.KindECARE, Login: "id", Secret: "canary-pass", Float: providers.Money{Minor: 25_000_00, Currency: providers.BDT}},
		simulated.ECAREPath, `
access_id = "id"
access_pass = "canary-pass"
alert_below = "500.00"
critical_below = "100.00"
`, ""})
}

// newDesktopWith is a desk whose providers have these accounts, in that order of priority.
func newDesktopWith(t *testing.T, supplies ...supply) *desktop {
	t.Helper()
	return newDesktopOf(t, deskPlan{supplies: supplies})
}

// deskPlan is what a desk is made of; zero values mean the usual.
type deskPlan struct {
	supplies []supply
	people   []sandbox.Person // beside admin, agent and stranger
	limits   sandbox.Limits   // Telegram's flood control
	nobody   bool             // the configuration names no owner
	dispatch string           // the table [dispatch], and any other
	settle   time.Duration    // from the provider's acceptance of an order to its end
	hooks    *sandbox.Hooks   // Telegram brings the updates, in this way; nil = the program polls
	// spied wraps what the child talks to: "telegram", or "upstream".
	spied func(side string, h http.Handler) http.Handler
}

// quickDispatch makes everything come to its end soon. A send is waited for long enough that a busy machine comes to it.
const quickDispatch = `
[dispatch]
submit_timeout = "8s"
enquire_after = ["200ms", "300ms", "500ms"]
`

func newDesktopOf(t *testing.T, plan deskPlan) *desktop {
	t.Helper()
	supplies := plan.supplies
	var hooks sandbox.Hooks
	if plan.hooks != nil {
		hooks = *plan.hooks
	}
	d := &desktop{t: t, telegram: sandbox.New(sandbox.Config{
		Token: "4242:test-token-of-nobody-00000000000000", BotName: "recharge_test_bot",
		People: append([]sandbox.Person{
			{ID: admin, FirstName: "Salma", Language: "en"},
			{ID: agent, FirstName: "Rahim <b>", Username: "rahim", Language: "en"},
			{ID: stranger, FirstName: "Karim", Language: "en"},
		}, plan.people...),
		Group:  sandbox.Group{ID: ops, Title: "Operations"},
		Limits: plan.limits, Hooks: hooks,
	})}
	if plan.spied == nil {
		plan.spied = func(_ string, h http.Handler) http.Handler { return h }
	}
	d.http = freeAddress(t)
	var accounts []simulated.Account
	for _, s := range supplies {
		if s.account.Postback != "" {
			s.account.Postback = "http://" + d.http + s.account.Postback
		}
		accounts = append(accounts, s.account)
	}
	var err error
	d.upstream, err = simulated.New(simulated.Config{Accounts: accounts, Settle: cmp.Or(plan.settle, 100*time.Millisecond)})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewUnstartedServer(plan.spied("telegram", d.telegram.Handler()))
	api.Config.ConnState = d.lines.state
	api.Start()
	doors, end := d.openDoors(supplies, plan.spied("upstream", d.upstream.Handler()))
	t.Cleanup(func() { // the child first: it has connections to both
		d.stop()
		d.telegram.Close()
		api.Close()
		if err := d.upstream.Close(); err != nil {
			t.Error(err)
		}
		end()
		if t.Failed() {
			d.mu.Lock()
			t.Logf("the bot said:\n%s", d.log.String())
			d.mu.Unlock()
		}
	})
	d.writeConfig(plan, api.URL, doors)
	return d
}

// writeConfig writes the configuration that leads the child to Telegram's address and to the providers' doors.
func (d *desktop) writeConfig(plan deskPlan, telegram string, doors []string) {
	d.t.Helper()
	dir := d.t.TempDir()
	d.config, d.data = filepath.Join(dir, "rechargebot.toml"), filepath.Join(dir, "data")
	owners := fmt.Sprintf("owners = [%d]", admin)
	if plan.nobody {
		owners = ""
	}
	if plan.hooks != nil {
		door := freeAddress(d.t)
		owners += fmt.Sprintf("\nmode = \"webhook\"\nwebhook_url = %q\nwebhook_listen = %q", "http://"+door, door)
	}
	text := fmt.Sprintf(`
data_dir = %q
[telegram]
token = "4242:test-token-of-nobody-00000000000000"
api_url = %q
%s
ops_chat = %d
[http]
listen = %q
%s`, d.data, telegram, owners, ops, d.http, cmp.Or(plan.dispatch, quickDispatch))
	for i, s := range plan.supplies {
		text += fmt.Sprintf(`
[[providers]]
name = %q
kind = %q
base_url = %q
priority = %d
rate_per_second = 50
allow_insecure_http = true
%s`, s.account.Name, cmp.Or(s.kind, s.account.Kind), "http://"+doors[i]+s.path, i, s.settings)
	}
	if err := os.WriteFile(d.config, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// openDoors gives each provider an address of its own, which is shut while its mood is Down.
func (d *desktop) openDoors(supplies []supply, answers http.Handler) (addresses []string, end func()) {
	var servers []*http.Server
	var serving sync.WaitGroup
	for _, s := range supplies {
		door, err := d.upstream.Listen(s.account.Name, "127.0.0.1:0")
		if err != nil {
			d.t.Fatal(err)
		}
		server := &http.Server{Handler: answers, ReadHeaderTimeout: 10 * time.Second}
		serving.Go(func() { _ = server.Serve(door) }) // ends with ErrServerClosed
		servers, addresses = append(servers, server), append(addresses, door.Addr().String())
	}
	return addresses, func() {
		for _, s := range servers {
			_ = s.Close()
		}
		serving.Wait()
	}
}

// freeAddress is below the ports that the system gives to outgoing connections, so that nobody takes it
// while the program is dead.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000))
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return address
	}
	t.Fatal("no address is free")
	return ""
}
