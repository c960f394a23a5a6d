package recharge_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/dispatch"
	"rechargebot/providers"
	"rechargebot/storage"
)

// till is an upstream that carries out whatever it is sent, and counts it.
type till struct {
	dispatch.Upstream // what is not asked here
	mu                sync.Mutex
	references        int
	sends             map[providers.MSISDN]int
}

func (u *till) Name() string                         { return "ecare-main" }
func (u *till) Registration() providers.Registration { return providers.Registration{Kind: "till"} }
func (u *till) Takes(providers.Order) bool           { return true }
func (u *till) Turn() time.Duration                  { return 0 }

func (u *till) NewReference() (providers.Reference, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.references++
	return providers.Reference(fmt.Sprintf("TILL%08d", u.references)), nil
}

func (u *till) Recharge(_ context.Context, r providers.Request) (providers.Result, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.sends[r.Account]++
	return providers.Result{Status: providers.Delivered, Serial: "BD77"}, nil
}

// Orders are cancelled while dispatch really sends: what the agent was told, what the store says and what the
// provider was sent are the same story for each of them.
func TestACancelledOrderIsNeverSentAndASentOneNeverCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := counterOn(t, stage().Open(t))
		c.hire(2001)
		up := &till{sends: map[providers.MSISDN]int{}}
		d := dispatch.New(dispatch.Config{Store: c.store, Upstreams: []dispatch.Upstream{up}, Logger: slog.New(slog.DiscardHandler)})
		c.engine = c.newEngine(d.Wake)
		ctx, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() {
			if err := d.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		ends := map[storage.State]int{}
		for n := range 80 {
			ends[c.raceDispatch(up, fmt.Sprintf("017%08d", n*137), n%4)]++
		}
		stop()
		run.Wait()
		if ends[storage.Cancelled] == 0 || ends[storage.Delivered] == 0 {
			t.Errorf("one of both never came first: %v", ends)
		}
		c.must(c.store.Check(context.Background()))
	})
}

// raceDispatch orders for the number and cancels at once: before dispatch hears of the order (0), while it does, or
// when it has done its work (3). It returns how the job ended.
func (c *counter) raceDispatch(up *till, number string, when int) storage.State {
	c.Helper()
	var answer flows.Answer
	cancel := func() {
		jobs, err := c.store.JobsOfAgent(c.Context(), 2001, 0, 1)
		c.must(err)
		answer = c.cancels(2001, jobs[0])
	}
	c.ordered = nil
	if when == 0 {
		c.ordered = cancel
	}
	c.types(2001, number+" 20")
	c.presses(2001)
	if when == 3 {
		synctest.Wait()
	}
	if when > 0 {
		cancel()
	}
	synctest.Wait()
	jobs, err := c.store.JobsOfAgent(c.Context(), 2001, 0, 1)
	c.must(err)
	j := jobs[0]
	up.mu.Lock()
	sent := up.sends[j.Account]
	up.mu.Unlock()
	told := strings.Contains(answer.Text, "is stopped")
	if cancelled := j.State == storage.Cancelled && sent == 0; cancelled != told || !cancelled && (j.State != storage.Delivered || sent != 1) {
		c.Errorf("%s is %s after %d sends, and the agent reads %q", j.ID, j.State, sent, answer.Text)
	}
	return j.State
}
