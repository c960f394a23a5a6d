package dispatch_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/flows/dispatch"
	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

const waitingJobs = 100_000

// shelf is a store of so many jobs in Pending, all alike, that need no memory of their own.
type shelf struct {
	due    time.Duration // from the start, of each job
	start  time.Time
	number int

	mu    sync.Mutex
	moves int
}

func (s *shelf) Job(_ context.Context, id storage.JobID) (storage.Job, error) {
	return storage.Job{
		ID: id, State: storage.Pending, Version: 3, Due: s.start.Add(s.due), Created: s.start, Changed: s.start,
		Order:    providers.Order{Operator: providers.BDRobi, Type: providers.Prepaid, Account: "8801812345678", Amount: taka(50)},
		Attempts: []storage.Attempt{{Provider: "ecare-main", Reference: providers.Reference(fmt.Sprint("R", id)), Opened: s.start}},
	}, nil
}

func (s *shelf) Move(ctx context.Context, m storage.Move) (storage.Job, error) {
	s.mu.Lock()
	s.moves++
	s.mu.Unlock()
	j, err := s.Job(ctx, m.Job)
	j.Due = m.Due
	return j, err
}

func (s *shelf) Unfinished(_ context.Context, yield func(storage.JobID, time.Time) bool) error {
	for id := range s.number {
		if !yield(storage.JobID(id+1), s.start.Add(s.due)) {
			break
		}
	}
	return nil
}

func (s *shelf) RecoverSending(context.Context, time.Time) (int, error) { return 0, nil }

// heap is what is in use after everything that is not was freed.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestAWaitingJobCostsNextToNothing reads the process's memory, so it runs alone.
func TestAWaitingJobCostsNextToNothing(t *testing.T) {
	const bound = 64 // bytes a job
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{due: 50 * time.Minute, start: time.Now(), number: waitingJobs}
		up := ecareLike("ecare-main")
		before := heap()
		d := dispatch.New(dispatch.Config{Store: s, Upstreams: []dispatch.Upstream{up}})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.Run(ctx) }()
		time.Sleep(2 * time.Minute) // each was looked at once
		synctest.Wait()
		if cost := (heap() - before) / waitingJobs; cost > bound {
			t.Errorf("%d bytes for each waiting job, want at most %d", cost, bound)
		} else {
			t.Logf("%d bytes for each waiting job", cost)
		}
		if up.asked() != 0 {
			t.Errorf("%d jobs were asked about before they were due", up.asked())
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		runtime.KeepAlive(d)
	})
}

// After an outage everything is due at once: the first enquiry goes out at once, and the rest at the provider's rate.
func TestAfterAnOutageEnquiriesGoAtTheProvidersRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{due: -time.Hour, start: time.Now(), number: waitingJobs}
		up := ecareLike("ecare-main")
		up.every = 200 * time.Millisecond
		d := dispatch.New(dispatch.Config{Store: s, Upstreams: []dispatch.Upstream{up}})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.Run(ctx) }()
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if got := up.asked(); got != 1 {
			t.Errorf("%d enquiries within the first 100 ms, want one", got)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := up.asked(); got < 295 || got > 302 {
			t.Errorf("%d enquiries in a minute at 5 a second", got)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// BenchmarkRestart opens a store with 100,000 unfinished jobs and runs dispatch until the first enquiry, beside
// what the opening and a bare walk over the same index take.
func BenchmarkRestart(b *testing.B) {
	number := waitingJobs
	if testing.Short() {
		number = 1000
	}
	path := filepath.Join(b.TempDir(), "data", "rechargebot.db")
	shelve(b, path, number)
	var opening, asking time.Duration
	for b.Loop() {
		began := time.Now()
		s, err := bolt.Open(path, bolt.Options{})
		if err != nil {
			b.Fatal(err)
		}
		found := 0
		if err := s.Unfinished(b.Context(), func(storage.JobID, time.Time) bool { found++; return true }); err != nil || found != number {
			b.Fatal(found, err)
		}
		opening += time.Since(began)
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		asking += untilAsked(b, path)
	}
	b.ReportMetric(float64(opening.Milliseconds())/float64(b.N), "ms-open+walk")
	b.ReportMetric(float64(asking.Milliseconds())/float64(b.N), "ms-open+first-enquiry")
}

// untilAsked opens the store and dispatches until the provider is asked for the first time.
func untilAsked(b *testing.B, path string) time.Duration {
	began := time.Now()
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		b.Fatal(err)
	}
	asked := make(chan time.Duration, 1)
	up := ecareLike("ecare-main")
	up.enquiry = func(int, providers.Request) bool {
		select {
		case asked <- time.Since(began):
		default:
		}
		return false
	}
	ctx, cancel := context.WithCancel(b.Context())
	d := dispatch.New(dispatch.Config{Store: s, Upstreams: []dispatch.Upstream{up}})
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	took := <-asked
	cancel()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return took
}

// shelve fills a store with jobs in Pending that were due long ago.
func shelve(b *testing.B, path string, number int) {
	s, err := bolt.Open(path, bolt.Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.EnsureOwners(b.Context(), time.Now(), agent); err != nil {
		b.Fatal(err)
	}
	var writers sync.WaitGroup
	const many = 100
	for w := range many {
		writers.Go(func() {
			for i := w; i < number; i += many {
				if err := pend(b.Context(), s, i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	writers.Wait()
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

func pend(ctx context.Context, s *bolt.Store, n int) error {
	j, err := confirm(s, n)
	for _, to := range []storage.State{storage.Sending, storage.Pending} {
		m := storage.Move{Now: time.Now(), Job: j.ID, Version: j.Version, To: to, Due: time.Now().Add(-time.Hour), By: "test"}
		if to == storage.Sending {
			m.Open = &storage.Attempt{Provider: "ecare-main", Reference: providers.Reference(fmt.Sprintf("R%06d", n))}
		}
		if err == nil {
			j, err = s.Move(ctx, m)
		}
	}
	return err
}
