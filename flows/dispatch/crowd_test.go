package dispatch_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/flows/dispatch"
	"rechargebot/providers"
	"rechargebot/storage"
)

// crowd is a store of so many queued orders, all alike, that need no memory of their own; nobody may change them.
type crowd struct {
	*shelf
	reads atomic.Int64
}

func (c *crowd) Job(_ context.Context, id storage.JobID) (storage.Job, error) {
	c.reads.Add(1)
	return storage.Job{
		ID: id, State: storage.Queued, Version: 1, Due: c.start, Created: c.start, Changed: c.start,
		Order: providers.Order{Operator: providers.BDRobi, Type: providers.Prepaid, Account: "8801812345678", Amount: taka(50)},
	}, nil
}

// TestAHundredThousandOrdersWaitForAPausedProvider reads the process's memory, so it runs alone.
func TestAHundredThousandOrdersWaitForAPausedProvider(t *testing.T) {
	const bound = 64 // bytes an order
	synctest.Test(t, func(t *testing.T) {
		s := &crowd{shelf: &shelf{start: time.Now(), number: waitingJobs}}
		up := ecareLike("ecare-main")
		var asked atomic.Int64
		paused := func(context.Context, string) (bool, error) {
			asked.Add(1)
			return true, nil
		}
		before := heap()
		d := dispatch.New(dispatch.Config{Store: s, Upstreams: []dispatch.Upstream{up}, Paused: paused})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.Run(ctx) }()
		time.Sleep(14 * time.Minute)
		synctest.Wait()
		cost := (heap() - before) / waitingJobs
		t.Logf("%d bytes for each waiting order, %d reads, %d looks at the pause", cost, s.reads.Load(), asked.Load())
		if cost > bound {
			t.Errorf("%d bytes for each waiting order, want at most %d", cost, bound)
		}
		if got := s.reads.Load(); got != waitingJobs {
			t.Errorf("%d reads, want one for each of %d orders", got, waitingJobs)
		}
		if got := asked.Load() - waitingJobs; got > 14*30+1 {
			t.Errorf("the pause was looked at %d times in 14 minutes of waiting", got)
		}
		if up.sendCount() != 0 || d.Summaries()[0].Waiting != waitingJobs {
			t.Errorf("%d sends, %d wait", up.sendCount(), d.Summaries()[0].Waiting)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		runtime.KeepAlive(d)
	})
}
