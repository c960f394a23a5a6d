package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"rechargebot/providers/simulated"
)

// One agent, one admin, one group, one day: the real program from a stranger's first word to deliveries.
func TestADayAtTheDesk(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()

	// Guided: at most six taps and one number typed; one message is edited along.
	d.says(agent, "/start")
	before := len(d.telegram.Messages(agent))
	d.presses(agent, "Recharge")
	d.presses(agent, "Grameenphone")
	d.presses(agent, "Prepaid")
	d.sees(agent, "umber")
	d.says(agent, "০১৭১২-৩৪৫৬৭৮")
	d.presses(agent, "৳50")
	d.presses(agent, "Confirm", "01712345678", "Grameenphone", "Prepaid", "50")
	push := d.sees(agent, "Delivered: #", "01712345678", "50")
	if got := len(d.telegram.Messages(agent)) - before; got > 4 {
		t.Errorf("a guided order made %d messages, typed number and push included:\n%s", got, d.transcript(agent))
	}
	if o := d.orders("01712345678", 50); len(o) != 1 || !strings.Contains(push.Text, o[0].Serial) {
		t.Errorf("upstream orders %+v, push %q", o, push.Text)
	}

	// One line of text and one tap. Calls from Confirm to Delivered are few.
	d.says(agent, "+880 1812-345678 100")
	d.sees(agent, "[Confirm", "01812345678", "Robi", "100")
	calls := len(d.telegram.Calls())
	d.presses(agent, "Confirm", "01812345678")
	d.eventually("two messages that say Delivered for 01812345678", func() bool {
		return d.count(agent, "Delivered", "01812345678") == 2 // the card and the push
	})
	if made := d.callsSince(calls); len(made) > 4 {
		t.Errorf("%d Bot API calls from Confirm to Delivered, want at most 4: %q", len(made), made)
	}

	// The provider takes the order and never answers: the agent is told the truth meanwhile.
	if err := d.upstream.SetMood(account, simulated.Silent, simulated.When{Next: 1}); err != nil {
		t.Fatal(err)
	}
	d.says(agent, "01912345678 20")
	d.presses(agent, "Confirm", "01912345678")
	d.sees(agent, "In progress", "01912345678")
	d.sees(agent, "Delivered", "01912345678")
	if o := d.orders("01912345678", 20); len(o) != 1 || d.upstream.Sends(o[0].Reference) != 1 {
		t.Errorf("a silent provider was asked more than once: %+v", o)
	}

	d.says(agent, "/history")
	d.sees(agent, "Your orders", "01712345678", "01812345678", "01912345678")
	d.stop()
}

// callsSince lists what the bot asked of Telegram, polls aside.
func (d *desktop) callsSince(n int) (out []string) {
	for _, c := range d.telegram.Calls()[n:] {
		if c.Method != "getUpdates" {
			out = append(out, c.Method)
		}
	}
	return out
}

// The power goes while a recharge is on its way: one recharge, one final push, nothing sent again.
func TestKilledWhileSending(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	d.ordersInSilence("01712345678", 50)
	d.kill()
	d.start()
	d.sees(agent, "Delivered", "01712345678")
	d.eventually("card and push say Delivered", func() bool { return d.count(agent, "Delivered") == 2 })
	o := d.orders("01712345678", 50)
	if len(o) != 1 || d.upstream.Sends(o[0].Reference) != 1 {
		t.Errorf("want exactly one recharge and one send, got %+v", o)
	}
	d.stop()
	d.start() // nothing is told again after another start
	d.says(agent, "/history")
	d.sees(agent, "Your orders", "01712345678")
	if n := d.count(agent, "Delivered", "01712345678", "50"); n > 3 { // card, push, history
		t.Errorf("Delivered was told again:\n%s", d.transcript(agent))
	}
}

// A thumb that slips, and a platform that delivers the press fifty times over.
func TestOnePressIsOneOrder(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	d.says(agent, "01712345678 50")
	card := d.sees(agent, "[Confirm")
	var thumbs sync.WaitGroup
	for range 2 {
		thumbs.Go(func() {
			if _, err := d.telegram.Press(agent, agent, card.ID, "Confirm"); err != nil && !strings.Contains(err.Error(), "no button") {
				t.Error(err)
			}
		})
	}
	thumbs.Wait()
	if err := d.telegram.Redeliver(d.telegram.LastUpdate(), 50); err != nil {
		t.Fatal(err)
	}
	d.sees(agent, "Delivered", "01712345678")
	d.kill()
	d.start()
	if err := d.telegram.Redeliver(d.telegram.LastUpdate(), 50); err != nil {
		t.Fatal(err)
	}
	d.says(agent, "/help") // what comes after them is handled, so they were
	d.sees(agent, "/history")
	if o := d.orders("01712345678", 50); len(o) != 1 {
		t.Errorf("one button made %d recharges: %+v", len(o), o)
	}
	if totals := d.upstream.Totals(account); totals.Accepted != 1 {
		t.Errorf("the upstream accepted %d orders, want 1", totals.Accepted)
	}
}

// Wrong input gets one sentence, and the order so far is kept.
func TestWrongInputKeepsTheOrder(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	d.says(agent, "/recharge")
	d.presses(agent, "Robi")
	d.says(agent, "hello")
	d.presses(agent, "Prepaid", "button")
	for _, wrong := range []string{"no number", "1712345678", "01112345678", "0171234567890"} {
		d.says(agent, wrong)
	}
	d.says(agent, "01812345678")
	d.sees(agent, "01812345678", "mount")
	for _, wrong := range []string{"0", "-5", "1e3", "50.555", "1", "999999"} {
		d.says(agent, wrong)
	}
	d.says(agent, "৫০")
	d.presses(agent, "Confirm", "Robi", "Prepaid", "01812345678", "50")
	d.sees(agent, "Delivered", "01812345678")
	d.says(agent, "01812345678 50")
	d.sees(agent, "[Send again", "[Cancel") // somebody did this a moment ago
	d.says(agent, "/cancel")
	d.says(stranger, "01712345678 50")
	d.sees(stranger, "/start")
	if totals := d.upstream.Totals(account); totals.Accepted != 1 {
		t.Errorf("the upstream accepted %d orders, want 1", totals.Accepted)
	}
}

// The float runs dry, and the operations group hears of it.
func TestTheGroupHearsOfALowFloat(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	m := d.upstream.Float(account)
	m.Minor = 300_00
	if err := d.upstream.SetFloat(account, m); err != nil {
		t.Fatal(err)
	}
	d.joined()
	d.sees(ops, "Low balance", account)
}

func TestCommandsOfTheProgram(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	for name, tc := range map[string]struct {
		args []string
		code int
		want string
	}{
		"version":       {[]string{"version"}, 0, "rechargebot"},
		"help":          {nil, 0, "demo"},
		"unknown":       {[]string{"rum"}, 2, "run"},
		"missing file":  {[]string{"run", "--config", "/nowhere/x.toml"}, 2, "/nowhere/x.toml"},
		"check":         {[]string{"check", "--config", d.config}, 0, "25000.00"},
		"check no bot":  {[]string{"check", "--config", d.config, "--api-url", "http://127.0.0.1:1"}, 1, "FAIL  telegram"},
		"check no file": {[]string{"check", "--config", d.config + ".none"}, 2, "--config"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), longest)
			defer cancel()
			cmd := command(ctx, t, tc.args...)
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			_ = cmd.Run()
			if got := cmd.ProcessState.ExitCode(); got != tc.code || !strings.Contains(out.String(), tc.want) {
				t.Errorf("exit code %d, want %d and %q; it said:\n%s", got, tc.code, tc.want, out.String())
			}
			if strings.Contains(out.String(), "canary") || strings.Contains(out.String(), "test-token") {
				t.Errorf("it shows a secret:\n%s", out.String())
			}
		})
	}
}

func TestReadinessFollowsTheBot(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	address := "http://" + freeAddress(t)
	d.start("--http-listen", strings.TrimPrefix(address, "http://"))
	status := func(path string) int {
		resp, err := http.Get(address + path)
		if err != nil {
			return 0
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	d.eventually("/readyz says 200", func() bool { return status("/readyz") == http.StatusOK })
	if got := status("/healthz"); got != http.StatusOK {
		t.Errorf("/healthz says %d", got)
	}
	second := command(t.Context(), t, "run", "--config", d.config)
	out, err := second.CombinedOutput()
	if second.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "another rechargebot uses") {
		t.Errorf("a second bot on the same store: %v, it said:\n%s", err, out)
	}
}

// Without owners in the configuration, whoever reads the host's console becomes the first one, once.
func TestTheFirstOwnerClaimsTheBot(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	text, err := os.ReadFile(d.config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.config, bytes.Replace(text, []byte("owners = [1001]"), nil, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	d.start()
	var code string
	d.eventually("the code is printed", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		code = regexp.MustCompile(`/claim [A-Z2-7-]{26,}`).FindString(d.log.String())
		return code != ""
	})
	d.says(stranger, "/claim AAAAAAAAAAAAAAAAAAAAAAAAAA")
	d.sees(stranger, "code")
	d.says(admin, code)
	d.sees(admin, "owner")
	d.says(stranger, code)
	d.sees(stranger, "has an owner already")
	d.says(stranger, "/users")
	d.says(admin, "/users")
	d.sees(admin, "1001", "wner")
	if d.count(stranger, "1001") != 0 {
		t.Errorf("the code worked twice:\n%s", d.transcript(stranger))
	}
}

// An agent who blocks the bot cannot be told; the group hears of the result instead.
func TestTheGroupHearsWhatABlockedAgentCannot(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	d.ordersInSilence("01712345678", 50)
	if err := d.telegram.Block(agent, true); err != nil {
		t.Fatal(err)
	}
	told := d.sees(ops, "Not told", "Delivered", "2001")
	if strings.Contains(told.Text, "01712345678") {
		t.Errorf("a whole number in the group: %q", told.Text)
	}
}

// An owner switches a provider off while an order is in doubt there: it is still asked, and the agent is told.
func TestADisabledProviderIsStillAsked(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	d.ordersInSilence("01712345678", 50)
	d.kill()
	text, err := os.ReadFile(d.config)
	if err != nil {
		t.Fatal(err)
	}
	head, table, _ := strings.Cut(string(text), "[[providers]]")
	other := "[[providers]]" + strings.Replace(table, account, "ecare-other", 1)
	if err := os.WriteFile(d.config, []byte(head+"[[providers]]\nenabled = false"+table+other), 0o600); err != nil {
		t.Fatal(err)
	}
	d.start()
	d.sees(agent, "Delivered", "01712345678")
	if o := d.orders("01712345678", 50); len(o) != 1 || d.upstream.Sends(o[0].Reference) != 1 {
		t.Errorf("want exactly one recharge and one send, got %+v", o)
	}
}
