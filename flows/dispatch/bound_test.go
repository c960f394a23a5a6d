package dispatch_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// TestTenThousandDueJobsDoNotTakeAGoroutineEach counts the process's goroutines, so it runs alone.
func TestTenThousandDueJobsDoNotTakeAGoroutineEach(t *testing.T) {
	const jobs, parallel, slack = 10_000, 64, 8
	up := ecareLike("ecare-main").always(plan{answer: saysDelivered})
	inBubble(t, func(w *world) {
		var agents sync.WaitGroup // many at a time, so that they share commits
		for n := range 100 {
			agents.Go(func() {
				for i := range jobs / 100 {
					if _, err := confirm(w.store, n*jobs/100+i); err != nil {
						w.t.Error(err)
					}
				}
			})
		}
		agents.Wait()
		var most, now, atOnce atomic.Int64
		base := int64(runtime.NumGoroutine())
		raise := func(to *atomic.Int64, n int64) {
			for old := to.Load(); n > old && !to.CompareAndSwap(old, n); old = to.Load() {
			}
		}
		up.received = func(context.Context, providers.Request) {
			raise(&atOnce, now.Add(1))
			time.Sleep(time.Second / 2) // the bubble's time goes on only when whoever was on his way out is gone
			raise(&most, int64(runtime.NumGoroutine())-base)
			time.Sleep(time.Second / 2)
			now.Add(-1)
		}
		w.config.Parallel = parallel
		w.start()
		w.wantState(w.after(5*time.Minute, jobs), storage.Delivered)
		if got := most.Load(); got > parallel+slack {
			w.t.Errorf("%d goroutines for %d due jobs, want at most %d", got, jobs, parallel+slack)
		}
		if got := atOnce.Load(); got != parallel {
			w.t.Errorf("%d sends at a time, want %d", got, parallel)
		}
		if idle := int64(runtime.NumGoroutine()) - base; idle > 2 { // Run, and the one that waits for its end
			w.t.Errorf("%d goroutines more than before while nothing is due", idle)
		}
	}, up)
}
