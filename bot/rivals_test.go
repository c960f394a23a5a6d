package bot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/bot"
)

// rivals are two bots with one token, each with a store and a desk of its own, before one strict Telegram.
type rivals struct {
	*hooked
	desks [2]*desk
	bots  [2]*bot.Bot
	ended [2]chan error
	stop  [2]context.CancelFunc
}

func newRivals(t *testing.T) *rivals {
	t.Helper()
	r := &rivals{hooked: newHooked(t)}
	for i := range r.desks {
		r.desks[i] = newDesk(newStore(1, 2, 3))
	}
	return r
}

func (r *rivals) start(i int, hooked bool) {
	r.t.Helper()
	c := r.config
	c.Store, c.Handler, c.Composer = r.desks[i].store, r.desks[i], composer{r.desks[i].store}
	if !hooked {
		c.Webhook = nil
	}
	b, err := bot.New(c)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	r.bots[i], r.ended[i], r.stop[i] = b, make(chan error, 1), cancel
	go func() { r.ended[i] <- b.Run(ctx) }()
	synctest.Wait()
}

// heard is how often each number was handled by both together.
func (r *rivals) heard() map[int64]int {
	out := map[int64]int{}
	for _, d := range r.desks {
		d.mu.Lock()
		for id, times := range d.effects {
			out[id] += times
		}
		d.mu.Unlock()
	}
	return out
}

// quarrel lets people talk for three minutes, and returns which of the two have given up and why.
func (r *rivals) quarrel() (gaveUp map[int]error, unready [2]bool) {
	gaveUp = map[int]error{}
	for i := range 180 {
		r.says(int64(1+i%3), fmt.Sprint(i))
		pass(time.Second + time.Duration(i*7919%1000)*time.Millisecond)
		for n := range r.bots {
			select {
			case err := <-r.ended[n]:
				gaveUp[n] = err
			default:
			}
			unready[n] = unready[n] || r.bots[n].Healthy() != nil
		}
	}
	return gaveUp, unready
}

func TestOfTwoBotsThatPollOneGivesUpAndNothingIsHandledTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRivals(t)
		defer r.end()
		r.start(0, false)
		pass(10 * time.Minute)
		r.start(1, false)
		gaveUp, unready := r.quarrel()
		if len(gaveUp) != 1 || gaveUp[0] == nil {
			t.Fatalf("given up: %v, want the first one alone", gaveUp)
		}
		for _, words := range []string{"another instance polls with the same bot token", "stop the other one, or give this one a token of its own", "onflict"} {
			if !strings.Contains(gaveUp[0].Error(), words) {
				t.Errorf("%q does not say %q", gaveUp[0], words)
			}
		}
		if !unready[0] || !unready[1] {
			t.Errorf("unready in the meantime: %v, want both", unready)
		}
		pass(2 * time.Minute)
		if err := r.bots[1].Healthy(); err != nil {
			t.Errorf("the other one is not healthy again: %v", err)
		}
		want := map[int64]int{}
		for id := range int64(180) {
			want[r.telegram.LastUpdate()-id] = 1
		}
		if diff := cmp.Diff(want, r.heard()); diff != "" {
			t.Errorf("handled by both together (-want +got):\n%s", diff)
		}
		r.stop[1]()
		if err := <-r.ended[1]; err != nil {
			t.Errorf("the other one ended with %v", err)
		}
	})
}

func TestAPollerGivesWayToAWebhookThatWillNotGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRivals(t)
		defer r.end()
		r.start(0, false)
		pass(10 * time.Minute)
		r.start(1, true)
		gaveUp, _ := r.quarrel()
		if len(gaveUp) != 1 || gaveUp[0] == nil || !strings.Contains(gaveUp[0].Error(), "another instance has set a webhook") {
			t.Fatalf("given up: %v, want the poller alone", gaveUp)
		}
		pass(5 * time.Minute)
		if err := r.bots[1].Healthy(); err != nil {
			t.Errorf("the webhook is not healthy: %v", err)
		}
		for id, times := range r.heard() {
			if times != 1 {
				t.Errorf("update %d was handled %d times", id, times)
			}
		}
		if n := len(r.heard()); n != 180 || !r.telegram.Confirmed() {
			t.Errorf("%d of 180 handled", n)
		}
		r.stop[1]()
		if err := <-r.ended[1]; err != nil {
			t.Errorf("the webhook ended with %v", err)
		}
	})
}

func TestOneStrayPollIsNoRival(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHooked(t)
		defer h.end()
		h.config.Webhook = nil
		b, stop := running(t, h.config)
		for range 5 { // somebody looks what is there, each ten minutes
			pass(10 * time.Minute)
			h.api("getUpdates", `{}`)
			pass(time.Second)
			if err := b.Healthy(); err == nil || !strings.Contains(err.Error(), "getUpdates") {
				t.Errorf("healthy says %v", err)
			}
		}
		h.says(1, "hello")
		pass(2 * time.Minute)
		if n, _ := h.desk.total(); n != 1 || b.Healthy() != nil {
			t.Errorf("%d handled, healthy: %v", n, b.Healthy())
		}
		stopped(t, stop)
	})
}
