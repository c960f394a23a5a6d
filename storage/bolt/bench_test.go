package bolt

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"rechargebot/providers"
	"rechargebot/storage"
)

// modelledSync is what one sync of a production disk is taken to cost; a bbolt commit makes two.
const modelledSync = time.Millisecond

func modelledCommit() error {
	time.Sleep(modelledSync)
	time.Sleep(modelledSync)
	return nil
}

// contestant is one way of making a change durable, with a store of its own.
type contestant struct {
	store *Store
	lock  sync.Mutex // of the way without group commit
}

func newContestant(b *testing.B) *contestant {
	o := Options{NoSync: true}
	o.hooks.committed = modelledCommit
	s, err := Open(filepath.Join(b.TempDir(), "store.db"), o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return &contestant{store: s}
}

// update makes the change in a transaction of its own, as bbolt's Update does, with the same modelled syncs.
func (c *contestant) update(f change) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	err := c.store.db.Update(func(b *bbolt.Tx) error {
		apply, err := f(&tx{bolt: b})
		if err != nil {
			return err
		}
		return apply()
	})
	if err != nil {
		return err
	}
	return modelledCommit()
}

func (c *contestant) group(f change) error { return c.store.submit(context.Background(), f) }

// race lets so many writers make so many changes each and returns the changes a second.
func race(b *testing.B, writers, each int, way func(change) error, next func() change) float64 {
	var wg sync.WaitGroup
	start := time.Now()
	for range writers {
		wg.Go(func() {
			for range each {
				if err := way(next()); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return float64(writers*each) / time.Since(start).Seconds()
}

// plainChange is the change of the anchors: a record of 500 bytes and two index keys, through the store's
// own sealing.
func plainChange(n *atomic.Uint64) change {
	payload := make([]byte, 500)
	return func(t *tx) (func() error, error) {
		id := n.Add(1)
		return func() error {
			binary.BigEndian.PutUint64(payload, id)
			if err := t.write(bucketLive, unsigned(id), payload); err != nil {
				return err
			}
			if err := t.write(bucketDue, append(unsigned(id*2654435761), unsigned(id)...), nil); err != nil {
				return err
			}
			return t.write(bucketAgent, append(unsigned(id%1000), unsigned(id)...), nil)
		}, nil
	}
}

// BenchmarkDurableChange compares group commit with one Update a change, under a modelled sync of 1 ms,
// both in turns. x-update is the ratio of their rates; the house asks for 0.95 with one writer, 30 with 64
// and 75 with 256.
func BenchmarkDurableChange(b *testing.B) {
	for _, writers := range []int{1, 64, 256} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			var ids [2]atomic.Uint64
			one, many := newContestant(b), newContestant(b)
			var rates [2]float64
			for b.Loop() {
				base := max(1, 256/writers)
				rates[0] += race(b, writers, base, one.update, func() change { return plainChange(&ids[0]) })
				rates[1] += race(b, writers, base*min(writers, 32), many.group, func() change { return plainChange(&ids[1]) })
			}
			b.ReportMetric(rates[1]/rates[0], "x-update")
			b.ReportMetric(rates[1]/float64(b.N), "changes/s")
		})
	}
}

// BenchmarkMove is the same race with whole moves: the touch of a pending job by an enquiry, with its
// version, table, attempt and due index.
func BenchmarkMove(b *testing.B) {
	for _, writers := range []int{1, 64, 256} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			one, many := newContestant(b), newContestant(b)
			fill1, fill2 := pendingJobs(b, one.store, writers), pendingJobs(b, many.store, writers)
			var rates [2]float64
			for b.Loop() {
				base := max(1, 256/writers)
				rates[0] += race(b, writers, base, one.update, fill1)
				rates[1] += race(b, writers, base*min(writers, 32), many.group, fill2)
			}
			b.ReportMetric(rates[1]/rates[0], "x-update")
			b.ReportMetric(rates[1]/float64(b.N), "moves/s")
		})
	}
}

// pendingJobs fills the store with pending jobs and returns a source of moves that touch them in turn.
func pendingJobs(b *testing.B, s *Store, n int) func() change {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	jobs := manyJobs(b, s, n, n, now)
	var turn atomic.Int64
	return func() change {
		at := turn.Add(1)
		id := jobs[int(at)%len(jobs)]
		return func(t *tx) (func() error, error) {
			j, err := t.job(id)
			if err != nil {
				return nil, err
			}
			done, err := t.check(storage.Move{
				Now: now, Job: id, Version: j.Version, To: storage.Pending, Due: now.Add(time.Duration(at) * time.Second), Enquiry: true,
			})
			return func() error { return t.take(done) }, err
		}
	}
}

// manyJobs puts jobs into the store, the last ones of them unfinished, and returns the ids of those.
func manyJobs(b *testing.B, s *Store, all, unfinished int, now time.Time) (ids []storage.JobID) {
	const chunk = 5000
	for from := 0; from < all; from += chunk {
		err := s.submit(context.Background(), func(t *tx) (func() error, error) {
			return func() error {
				for i := from; i < min(from+chunk, all); i++ {
					id, err := t.storeSample(i >= all-unfinished, now.Add(time.Duration(i)*time.Millisecond))
					if err != nil {
						return err
					}
					if i >= all-unfinished {
						ids = append(ids, id)
					}
				}
				return nil
			}, nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return ids
}

// storeSample stores one job as its whole life would leave it.
func (t *tx) storeSample(pending bool, now time.Time) (storage.JobID, error) {
	agent := storage.PersonID(now.UnixMilli() % 1000)
	turn := storage.Turn{Now: now, Actor: agent, Order: &storage.NewOrder{
		Order: providers.Order{
			Operator: providers.BDRobi, Type: providers.Prepaid, Account: "8801812345678",
			Amount: providers.Money{Minor: 5000, Currency: providers.BDT},
		},
		Chat: storage.ChatID(agent), Day: "2026-11-21",
	}}
	j, err := t.createJob(turn)
	if err != nil {
		return 0, err
	}
	for _, m := range []storage.Move{
		{To: storage.Sending, Due: now, Open: &storage.Attempt{Provider: "ecare-main", Reference: providers.Reference(fmt.Sprintf("R%015d", j.ID))}},
		{To: storage.Pending, Due: now, UpstreamID: "U123456", Evidence: &providers.Evidence{Call: "recharge", At: now, HTTP: 200, Body: `{"status":"PROCESSING"}`}},
		{To: storage.Delivered, Close: storage.ProofDelivered, Serial: "BD123456789"},
	} {
		if pending && m.To == storage.Delivered {
			break
		}
		m.Now, m.Job, m.Version, m.By = now, j.ID, j.Version, "dispatch"
		next, err := moved(*j, m)
		if err != nil {
			return 0, err
		}
		if err := t.take(transition{m, *j, next}); err != nil {
			return 0, err
		}
		j = &next
	}
	for _, n := range t.owed {
		if err := t.forget(n); err != nil {
			return 0, err
		}
	}
	t.owed = nil
	return j.ID, nil
}

// BenchmarkRecovery compares Open and Unfinished with opening the same file by bbolt alone and a raw scan of
// the bucket of the due index (x-raw), and of the bucket of the unfinished jobs themselves (x-raw-jobs). The
// house asks for at most 2. The fastest round of each counts: another process can only make one slower.
func BenchmarkRecovery(b *testing.B) {
	all := 1_000_000
	if testing.Short() {
		all = 100_000
	}
	path := filepath.Join(b.TempDir(), "store.db")
	s, err := Open(path, Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	manyJobs(b, s, all, all/10, time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	var ours, index, jobs []time.Duration
	for b.Loop() {
		index = append(index, rawScan(b, path, bucketDue, all/10))
		ours = append(ours, recovery(b, path, all/10))
		jobs = append(jobs, rawScan(b, path, bucketLive, all/10))
	}
	b.ReportMetric(float64(slices.Min(ours))/float64(slices.Min(index)), "x-raw")
	b.ReportMetric(float64(slices.Min(ours))/float64(slices.Min(jobs)), "x-raw-jobs")
	b.ReportMetric(float64(slices.Min(ours).Microseconds())/1000, "ms")
}

func recovery(b *testing.B, path string, want int) time.Duration {
	start := time.Now()
	s, err := Open(path, Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	err = s.Unfinished(context.Background(), func(storage.JobID, time.Time) bool { n++; return true })
	took := time.Since(start)
	if err != nil || n != want {
		b.Fatal(n, err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return took
}

func rawScan(b *testing.B, path, bucket string, want int) time.Duration {
	start := time.Now()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		b.Fatal(err)
	}
	n, size := 0, 0
	err = db.View(func(t *bbolt.Tx) error {
		return t.Bucket([]byte(bucket)).ForEach(func(k, v []byte) error { n, size = n+1, size+len(k)+len(v); return nil })
	})
	took := time.Since(start)
	if err != nil || n != want || size == 0 {
		b.Fatal(n, err)
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	return took
}
