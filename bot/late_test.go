package bot

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/storage"
)

// A machine with other work wakes the schedule late, and calls take their time, at random. Thousands who wait are
// served at the limit all the same, and never are more than thirty in a second where calls arrive. Only where timers
// are late by more than the limit leaves room for, something is lost.
func TestLateTimersNeitherSlowUsDownNorBunchCalls(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		late        time.Duration // at most, each timer
		least, most time.Duration // until a call has arrived, and as long again until its answer is there
		want        int64         // thousandths of 30 a second
	}{
		"a quiet machine":               {0, 5 * time.Millisecond, 6 * time.Millisecond, 950},
		"a busy one":                    {40 * time.Millisecond, time.Millisecond, 20 * time.Millisecond, 950},
		"a very busy one":               {120 * time.Millisecond, time.Millisecond, 25 * time.Millisecond, 910},
		"a busy one, telegram far away": {40 * time.Millisecond, 90 * time.Millisecond, 110 * time.Millisecond, 950},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex // a timer may be set again while it is late
				dice := rand.New(rand.NewPCG(3, 4))
				late := func() time.Duration {
					mu.Lock()
					defer mu.Unlock()
					return time.Duration(dice.Int64N(int64(c.late) + 1))
				}
				s := newSchedule(func(int, time.Duration, time.Duration) time.Duration { return time.Second })
				s.timer = time.AfterFunc(time.Hour, func() {
					time.Sleep(late())
					s.wake()
				})
				const results = 3000
				began := time.Now()
				arrived := make(chan time.Time, results)
				var calls sync.WaitGroup
				for i := range results {
					ticket, way := s.ask(storage.ChatID(i+1), classResult), rand.New(rand.NewPCG(uint64(i), 9))
					travels := func() { time.Sleep(c.least + time.Duration(way.Int64N(int64(c.most-c.least)))) }
					calls.Go(func() {
						if !s.wait(t.Context(), ticket) {
							return
						}
						travels()
						arrived <- time.Now()
						travels()
						s.came(ticket, nil)
						s.done()
					})
				}
				var times []time.Time
				for range results {
					times = append(times, <-arrived)
				}
				slices.SortFunc(times, time.Time.Compare)
				for i := allCalls; i < results; i++ {
					if span := times[i].Sub(times[i-allCalls]); span < time.Second {
						t.Errorf("call %d came %v after the thirtieth before it", i, span)
					}
				}
				took := times[results-1].Sub(began)
				share := int64(results) * 1000 * 1000 / (30 * took.Milliseconds())
				t.Logf("%d calls in %v, %d.%d %% of 30 a second", results, took.Round(time.Millisecond), share/10, share%10)
				if share < c.want {
					t.Errorf("only %d of %d thousandths", share, c.want)
				}
				calls.Wait()
				s.close()
				time.Sleep(2 * c.late) // a last timer may be on its way
			})
		})
	}
}
