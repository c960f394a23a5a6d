package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
)

// page asks the program for a page of its own. Status 0 means that nobody answers.
func (d *desktop) page(path string) (status int, body string) {
	resp, err := http.Get("http://" + d.http + path)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, strings.TrimSpace(string(text))
}

// hooksAt is where Telegram calls the program.
func (d *desktop) hooksAt() (address string) {
	for _, c := range d.telegram.Calls() {
		if c.Method == "setWebhook" && c.Effect {
			address = fmt.Sprint(c.Params["url"])
		}
	}
	return address
}

// brings is a call of Telegram's own, at the address and with the secret that it was told.
func (d *desktop) brings(address string) (status int, again string) {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, address, strings.NewReader(`{"update_id":987654321}`))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("X-Telegram-Bot-Api-Secret-Token", hookCanary)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	_ = resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("Retry-After")
}

// hold is what one request of the program to a neighbour waits for, until the test lets it go on.
type hold struct {
	armed   atomic.Bool
	arrived chan time.Time
	release chan struct{}
	free    func()
}

func newHold() *hold {
	h := &hold{arrived: make(chan time.Time, 100), release: make(chan struct{})}
	h.free = sync.OnceFunc(func() { close(h.release) })
	return h
}

// wait holds a request that fits, once armed.
func (h *hold) wait(fits bool) {
	if fits && h.armed.Load() {
		h.arrived <- time.Now()
		<-h.release
	}
}

// saysItStops checks that the program says on all its ports that it is stopping.
func (d *desktop) saysItStops(address string) (wrong []string) {
	if status, body := d.page("/healthz"); status != http.StatusOK {
		wrong = append(wrong, fmt.Sprintf("/healthz while it stops: %d %s", status, body))
	}
	if status, body := d.page("/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "stopping") {
		wrong = append(wrong, fmt.Sprintf("/readyz while it stops: %d %s", status, body))
	}
	if status, body := d.page("/postback/nobody/nothing"); status != http.StatusServiceUnavailable {
		wrong = append(wrong, fmt.Sprintf("a postback while it stops: %d %s", status, body))
	}
	if status, again := d.brings(address); status != http.StatusServiceUnavailable || again == "" {
		wrong = append(wrong, fmt.Sprintf("telegram's call while it stops: %d, Retry-After %q", status, again))
	}
	return wrong
}

// asksToStop sends the signal, and waits until the program has taken notice of it. Only one is sent: a second one
// would end it at once.
func (d *desktop) asksToStop() {
	d.t.Helper()
	if err := d.child.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Fatal(err)
	}
	d.eventually("/readyz says that it is stopping, or nobody answers", func() bool {
		status, body := d.page("/readyz")
		return status == 0 || status == http.StatusServiceUnavailable && strings.Contains(body, "stopping")
	})
}

// ends waits for a program that was asked to stop.
func (d *desktop) ends() {
	d.t.Helper()
	if err := d.child.Wait(); err != nil {
		d.t.Errorf("the bot did not stop gracefully: %v", err)
	}
	d.child = nil
}

// While the real program ends what is under way, its ports are open and say so: Telegram is asked to come again, a
// load balancer sends nobody here, and nobody takes the process for dead. Then it ends well, and they are closed.
func TestAStoppingProgramSaysSoOnItsPortsUntilItHasEnded(t *testing.T) {
	t.Parallel()
	sends := newHold()
	defer sends.free()
	d := newHookedDesktopOf(t, deskPlan{spied: func(side string, h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sends.wait(side == "telegram" && strings.HasSuffix(r.URL.Path, "/sendMessage"))
			h.ServeHTTP(w, r)
		})
	}})
	d.joined()
	d.eventually("the program is ready", func() bool { return d.get("/readyz") == http.StatusOK })
	address := d.hooksAt()
	if status, _ := d.brings(address); status != http.StatusOK {
		t.Errorf("before the stop a call is answered %d", status)
	}
	sends.armed.Store(true)
	d.says(agent, "/help")
	since := <-sends.arrived // the answer is under way
	d.asksToStop()
	wrong := d.saysItStops(address)
	const patience = 8 * time.Second // the program waits for Telegram's answer for ten, and may end then
	if took := time.Since(since); took < patience {
		for _, w := range wrong {
			t.Error(w)
		}
	} else {
		t.Logf("nothing was learnt: the machine took %v", took)
	}
	sends.free()
	d.ends()
	d.sees(agent, "/history") // it was sent
	if status, _ := d.page("/healthz"); status != 0 {
		t.Errorf("/healthz after the end: %d", status)
	}
	if status, _ := d.brings(address); status != 0 {
		t.Errorf("telegram's call after the end: %d", status)
	}
	d.says(agent, "while it is down")
	d.start()
	d.eventually("everything has been brought", d.telegram.Confirmed)
}

// An order is on its way to its provider when the stop comes: the process waits for the answer, and says on all its
// ports that it is stopping although the bot has nothing to send any more.
func TestAStoppingProgramSaysSoWhileAProviderTakesItsTime(t *testing.T) {
	t.Parallel()
	money := newHold()
	defer money.free()
	money.armed.Store(true)
	d := newHookedDesktopOf(t, deskPlan{
		dispatch: fmt.Sprintf("[dispatch]\nsubmit_timeout = %q\n", longest),
		spied: func(side string, h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				money.wait(side == "upstream" && strings.Contains(r.URL.RawQuery, "01712345671"))
				h.ServeHTTP(w, r)
			})
		}})
	d.joined()
	d.eventually("the program is ready", func() bool { return d.get("/readyz") == http.StatusOK })
	address := d.hooksAt()
	d.says(agent, "01712345671 50")
	d.presses(agent, "Confirm", "01712345671")
	<-money.arrived
	d.asksToStop()
	for range 20 {
		if wrong := d.saysItStops(address); len(wrong) != 0 {
			t.Fatalf("while an order is under way: %s", strings.Join(wrong, "\n"))
		}
	}
	money.free()
	d.ends()
	d.start()
	d.sees(agent, "Delivered", "01712345671")
	if o := d.orders("01712345671", 50); len(o) != 1 || d.upstream.Sends(o[0].Reference) != 1 {
		t.Errorf("recharged: %+v", o)
	}
}

// A program that is killed while Telegram has asked it to wait, and is there again at once, waits for the end.
func TestAPauseIsObeyedAcrossKills(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	d.says(agent, "/help")
	d.sees(agent, "/history")
	const pause = 4
	if err := d.telegram.Fail(sandbox.Fault{Kind: sandbox.Flood, Chat: agent, Method: "sendMessage", RetryAfter: pause}); err != nil {
		t.Fatal(err)
	}
	d.says(agent, "nonsense")
	var refused time.Time
	d.eventually("a message is refused", func() bool {
		for _, c := range d.telegram.Calls() {
			if c.Status == http.StatusTooManyRequests {
				refused = c.At
			}
		}
		return !refused.IsZero()
	})
	d.eventually("the pause is written down", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return strings.Contains(d.log.String(), "telegram asks us to slow down")
	})
	for range 2 {
		d.kill()
		d.start()
		d.eventually("the program is ready", func() bool { return d.get("/readyz") == http.StatusOK })
	}
	tried := func() (at time.Time) {
		for _, c := range d.telegram.Calls() {
			if c.Chat == agent && c.At.After(refused) && (c.Method == "sendMessage" || c.Method == "editMessageText") {
				return c.At
			}
		}
		return at
	}
	d.eventually("the message is sent", func() bool { return !tried().IsZero() })
	if waited := tried().Sub(refused); waited < pause*time.Second {
		t.Errorf("the first call after the refusal came %v later, want %d s", waited, pause)
	}
}

// A Telegram that hangs up on every poll is told on /readyz within seconds, without a secret, and so is its return.
func TestReadyzTellsOfATelegramThatHangsUpWithinSeconds(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	d.eventually("the program is ready", func() bool { return d.get("/readyz") == http.StatusOK })
	if err := d.telegram.Fail(sandbox.Fault{Kind: sandbox.Drop, Method: "getUpdates", Times: 1_000_000}); err != nil {
		t.Fatal(err)
	}
	d.says(agent, "/help") // ends the poll that is held
	var why string
	d.eventually("/readyz says why not", func() bool {
		var status int
		status, why = d.page("/readyz")
		return status == http.StatusServiceUnavailable
	})
	if !strings.Contains(why, "telegram cannot be polled, for ") || strings.Contains(why, "test-token") {
		t.Errorf("/readyz says %q", why)
	}
	if got := d.get("/healthz"); got != http.StatusOK {
		t.Errorf("/healthz says %d", got)
	}
	d.telegram.Heal()
	d.eventually("the program is ready again", func() bool { return d.get("/readyz") == http.StatusOK })
	t.Logf("it said: %s", why)
}
