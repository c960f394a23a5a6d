package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/providers"
	"rechargebot/providers/simulated"
)

// TestMain lets the test binary be the real program: a child with this variable runs its command line.
func TestMain(m *testing.M) {
	if os.Getenv("RECHARGEBOT_CHILD") == "1" {
		os.Exit(start(os.Args[1:], os.Stdout, os.Stderr))
	}
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given { // most of these tests wait for the clock and for other processes, not for a processor
		if err := flag.Set("test.parallel", "8"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

const (
	admin    = 1001
	agent    = 2001
	stranger = 2002
	ops      = -1009000000001
	account  = "ecare-main"
)

// desktop is one recharge desk: the real program as a child process, between a strict Bot API and a pretend
// upstream that live in the test and survive the child's death.
type desktop struct {
	t        *testing.T
	telegram *sandbox.Server
	lines    lines // to Telegram
	upstream *simulated.Server
	config   string
	data     string   // the child's folder
	http     string   // address of the child's own pages
	env      []string // of the child, beside ours

	mu    sync.Mutex
	child *exec.Cmd
	log   bytes.Buffer
}

// lockedWriter collects what the child says.
type lockedWriter struct{ d *desktop }

func (w lockedWriter) Write(p []byte) (int, error) {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	return w.d.log.Write(p)
}

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

const quickDispatch = `
[dispatch]
submit_timeout = "2s"
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

// command is the real program with these arguments.
func command(ctx context.Context, t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, exe, args...)
	cmd.Env = append(os.Environ(), "RECHARGEBOT_CHILD=1", "RECHARGEBOT_TELEGRAM_TOKEN=", "RECHARGEBOT_CONFIG=")
	return cmd
}

func (d *desktop) start(flags ...string) {
	d.t.Helper()
	d.child = command(context.WithoutCancel(d.t.Context()), d.t, append([]string{"run", "--config", d.config}, flags...)...)
	d.child.Stdout, d.child.Stderr = lockedWriter{d}, lockedWriter{d}
	d.child.Env = append(d.child.Env, d.env...)
	if err := d.child.Start(); err != nil {
		d.t.Fatal(err)
	}
}

// kill ends the child as a power cut would, in the middle of whatever it does.
func (d *desktop) kill() {
	d.t.Helper()
	if err := d.child.Process.Kill(); err != nil {
		d.t.Fatal(err)
	}
	_ = d.child.Wait() // it says "killed"
	d.child = nil
}

// stop asks the child to end, and checks that it ends well.
func (d *desktop) stop() {
	if d.child == nil {
		return
	}
	if err := d.child.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		d.t.Error(err)
	}
	if err := d.child.Wait(); err != nil {
		d.t.Errorf("the bot did not stop gracefully: %v", err)
	}
	d.child = nil
}

func (d *desktop) says(person int64, words string) {
	d.t.Helper()
	if _, err := d.telegram.Send(person, person, words); err != nil {
		d.t.Fatal(err)
	}
}

// sees waits for the newest message of the bot in a chat that holds all of these words, in its text or on its buttons.
func (d *desktop) sees(chat int64, words ...string) sandbox.Message {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 40*time.Second)
	defer cancel()
	m, err := d.telegram.WaitMessage(ctx, chat, func(m sandbox.Message) bool { return holds(m, words...) })
	if err != nil {
		d.t.Fatalf("nobody in chat %d saw %q: %v\n%s", chat, words, err, d.transcript(chat))
	}
	return m
}

func holds(m sandbox.Message, words ...string) bool {
	if m.From == nil || !m.From.IsBot {
		return false
	}
	all := shown(m)
	for _, w := range words {
		if !strings.Contains(all, w) {
			return false
		}
	}
	return true
}

// shown is a message as a person reads it.
func shown(m sandbox.Message) string {
	var b strings.Builder
	b.WriteString(m.Text)
	if m.Keyboard != nil {
		for _, row := range m.Keyboard.Rows {
			b.WriteString("\n")
			for _, button := range row {
				b.WriteString("[" + button.Text + "] ")
			}
		}
	}
	return b.String()
}

func (d *desktop) transcript(chat int64) string {
	var b strings.Builder
	for _, m := range d.telegram.Messages(chat) {
		who := "?"
		if m.From != nil {
			who = m.From.FirstName
		}
		fmt.Fprintf(&b, "%d %s: %s\n", m.ID, who, shown(m))
	}
	return b.String()
}

// presses a button of the newest message that holds the words.
func (d *desktop) presses(person int64, label string, words ...string) {
	d.t.Helper()
	m := d.sees(person, append(words, "["+label)...)
	if _, err := d.telegram.Press(person, m.Chat.ID, m.ID, label); err != nil {
		d.t.Fatalf("press %q: %v\n%s", label, err, d.transcript(person))
	}
}

// count is how many messages of the bot hold all of the words.
func (d *desktop) count(chat int64, words ...string) (n int) {
	for _, m := range d.telegram.Messages(chat) {
		if holds(m, words...) {
			n++
		}
	}
	return n
}

// joined starts the bot and lets the agent be approved.
func (d *desktop) joined() {
	d.t.Helper()
	d.start()
	d.says(admin, "/start")
	d.sees(admin, "[Recharge")
	d.says(agent, "/start")
	d.presses(agent, "Request access")
	d.presses(admin, "Approve", "2001", "Rahim <b>")
	d.sees(agent, "approved")
}

// eventually waits until cond holds; it asks every few milliseconds, because what it asks about is in
// another process.
func (d *desktop) eventually(what string, cond func() bool) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 40*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-ctx.Done():
			d.t.Fatalf("never came true: %s\n%s", what, d.transcript(agent))
		case <-tick.C:
		}
	}
}

// orders are the recharges of a number that the upstream has accepted.
func (d *desktop) orders(number string, taka int64) []simulated.Order {
	return d.upstream.ByNumber(number, providers.Money{Minor: taka * 100, Currency: providers.BDT})
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
