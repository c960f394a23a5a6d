package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
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

// longest ends a wait for what never comes. It says nothing of speed: a busy machine may take its time.
const longest = 4 * time.Minute

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
	ctx, cancel := context.WithTimeout(d.t.Context(), longest)
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

// ordersInSilence has the agent order from a provider that takes the order, and keeps silent about it.
func (d *desktop) ordersInSilence(number string, taka int64) {
	d.t.Helper()
	if err := d.upstream.SetMood(account, simulated.Silent, simulated.When{Next: 1}); err != nil {
		d.t.Fatal(err)
	}
	d.says(agent, fmt.Sprint(number, " ", taka))
	d.presses(agent, "Confirm", number)
	d.eventually("the provider has taken the order", func() bool { return len(d.orders(number, taka)) == 1 })
}

// eventually waits until cond holds; it asks every few milliseconds, because what it asks about is in
// another process.
func (d *desktop) eventually(what string, cond func() bool) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), longest)
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
