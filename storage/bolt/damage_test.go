package bolt_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// busy makes a store with a record in nearly every bucket, and closes it.
func busy(t *testing.T) (path string) {
	t.Helper()
	path = closed(t)
	s := open(t, path)
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	if _, err := s.Accept(t.Context(), storage.Update{UpdateID: 7, Raw: []byte("{}"), Arrived: now}); err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		j := orderOne(t, s, now)
		m := storage.Move{Now: now, Job: j.ID, Version: 1, To: storage.Sending, Due: now, Open: &storage.Attempt{
			Provider: "ecare-main", Reference: providers.Reference(fmt.Sprintf("R%d", i)),
			Evidence: []providers.Evidence{{Call: "recharge", Body: strings.Repeat("x", 200)}},
		}}
		if _, err := s.Move(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			if _, err := s.Move(t.Context(), storage.Move{Now: now, Job: j.ID, Version: 2, To: storage.Delivered, Close: storage.ProofDelivered}); err != nil {
				t.Fatal(err)
			}
		}
	}
	k := storage.Keyboard{ID: storage.KeyboardID{1}, Person: 1001, Chat: 1001, Expires: now.Add(time.Hour)}
	turn := storage.Turn{
		Now: now, Actor: 1001, Keyboards: []storage.Keyboard{k}, Session: &storage.Session{Chat: 1001},
		Notices: []storage.Notice{{Chat: 1001, Kind: storage.NoticeScreen, Created: now}},
	}
	if _, err := s.Commit(t.Context(), turn); err != nil {
		t.Fatal(err)
	}
	about := storage.Notice{Chat: 1, Kind: storage.NoticeMessage, About: 5, Created: now}
	if err := errors.Join(s.Sent(t.Context(), about, 9), s.SetMemo(t.Context(), "m", []byte("v")), s.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func orderOne(t *testing.T, s *bolt.Store, now time.Time) storage.Job {
	t.Helper()
	j, err := ordered(t.Context(), s, now)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func ordered(ctx context.Context, s *bolt.Store, now time.Time) (storage.Job, error) {
	sum := func(taka int64) providers.Money { return providers.Money{Minor: taka * 100, Currency: providers.BDT} }
	r, err := s.Commit(ctx, storage.Turn{Now: now, Actor: 1001, Order: &storage.NewOrder{
		Order:  providers.Order{Operator: providers.BDRobi, Type: providers.Prepaid, Account: "8801812345678", Amount: sum(50)},
		Newest: ^storage.JobID(0), Chat: 1001, Day: "2026-11-21", Limits: storage.Limits{PerOrder: sum(1000), PerDay: sum(1_000_000)},
	}})
	if err != nil {
		return storage.Job{}, err
	}
	return *r.Job, nil
}

func copyOf(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(out, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

// One flipped bit in any record is found, and named by its bucket and key.
func TestAFlippedBitIsFound(t *testing.T) {
	t.Parallel()
	original := busy(t)
	type place struct {
		bucket string
		key    string
		length int
	}
	firsts := map[string]place{}
	err := bolt.Rewrite(copyOf(t, original), func(bucket string, key, record []byte) []byte {
		if _, known := firsts[bucket]; !known {
			firsts[bucket] = place{bucket, string(key), len(record)}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for bucket, p := range firsts {
		t.Run(bucket, func(t *testing.T) {
			t.Parallel()
			for at := range min(p.length, 12) { // version, checksum and the beginning of the payload
				at = at * p.length / min(p.length, 12)
				path := copyOf(t, original)
				err := bolt.Rewrite(path, func(bucket string, key, record []byte) []byte {
					if bucket != p.bucket || string(key) != p.key {
						return nil
					}
					record[at] ^= 1 << (at % 8)
					return record
				})
				if err != nil {
					t.Fatal(err)
				}
				named := fmt.Sprintf("record %x in bucket %q is damaged", p.key, p.bucket)
				if bucket == "by-account" {
					named = `record of job 1 in bucket "by-account" is damaged`
				}
				s, err := bolt.Open(path, quick())
				if err == nil {
					err = s.Check(t.Context())
					_ = s.Close()
				}
				if err == nil || !strings.Contains(err.Error(), named) {
					t.Fatalf("byte %d: got %v, want %q", at, err, named)
				}
				if hex := fmt.Sprintf("%x", "8801812345678"); strings.Contains(err.Error(), hex) || strings.Contains(err.Error(), "8801812345678") {
					t.Fatalf("byte %d: the number is told: %v", at, err)
				}
			}
		})
	}
	if len(firsts) < 18 {
		t.Errorf("only %d buckets hold a record", len(firsts))
	}
}

// A record under the key of another one is found, although its own checksum would do.
func TestAMisplacedRecordIsFound(t *testing.T) {
	t.Parallel()
	path := busy(t)
	var first []byte
	err := bolt.Rewrite(path, func(bucket string, _, record []byte) []byte {
		if bucket != "archive" {
			return nil
		}
		if first == nil {
			first = bytes.Clone(record)
		}
		return first
	})
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	if _, err := s.Job(t.Context(), 1); err != nil {
		t.Fatalf("the one in its place: %v", err)
	}
	if j, err := s.Job(t.Context(), 3); err == nil {
		t.Fatalf("the one in a wrong place is read as %v", j)
	}
}

// Reading damage stops the store for everybody: what else in the file is right, nobody knows.
func TestDamageIsFailStop(t *testing.T) {
	t.Parallel()
	path := busy(t)
	err := bolt.Rewrite(path, func(bucket string, key, record []byte) []byte {
		if bucket != "live" || key[7] != 2 {
			return nil
		}
		record[len(record)-3] ^= 1
		return record
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, use := range map[string]func(*bolt.Store) error{
		"read": func(s *bolt.Store) error { _, err := s.Job(t.Context(), 2); return err },
		"move": func(s *bolt.Store) error {
			_, err := s.Move(t.Context(), storage.Move{Now: time.Now(), Job: 2, Version: 2, To: storage.Delivered, Close: storage.ProofDelivered})
			return err
		},
	} {
		s := open(t, copyOf(t, path))
		if _, err := s.Job(t.Context(), 4); err != nil {
			t.Fatalf("%s: its neighbour: %v", name, err)
		}
		err := use(s)
		if !errors.Is(err, storage.ErrBroken) || !strings.Contains(err.Error(), `record 0000000000000002 in bucket "live" is damaged`) {
			t.Errorf("%s: %v", name, err)
		}
		<-s.Broken()
		if _, err := s.Job(t.Context(), 4); !errors.Is(err, storage.ErrBroken) {
			t.Errorf("%s: its neighbour afterwards: %v", name, err)
		}
		if err := s.SetMemo(t.Context(), "m", nil); !errors.Is(err, storage.ErrBroken) {
			t.Errorf("%s: a change afterwards: %v", name, err)
		}
	}
}

// everything reads all jobs of a store.
func everything(t *testing.T, s *bolt.Store) ([]storage.Job, error) {
	jobs, err := s.JobsOfAgent(t.Context(), 1001, 0, 1000)
	return jobs, errors.Join(err, s.Check(t.Context()))
}

// A file that was cut off anywhere, or lost any page, is refused or found damaged, or all that it says
// is right. It never ends the process and never lies.
func TestLostPages(t *testing.T) {
	t.Parallel()
	original := busy(t)
	want, err := everything(t, open(t, copyOf(t, original)))
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	path := filepath.Join(t.TempDir(), "damaged.db")
	try := func(what string, damaged []byte) (opened bool) {
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := bolt.Open(path, quick())
		if err != nil {
			return false
		}
		defer func() { _ = s.Close() }()
		got, err := everything(t, s)
		if diff := cmp.Diff(want, got); err == nil && diff != "" {
			t.Errorf("%s: wrong and not noticed:\n%s", what, diff)
		}
		return err == nil
	}
	refused := 0
	for n := range len(content) / page {
		try(fmt.Sprintf("cut off at page %d", n), content[:n*page])
		zeroed := bytes.Clone(content)
		clear(zeroed[n*page : (n+1)*page])
		if !try(fmt.Sprintf("page %d zeroed", n), zeroed) {
			refused++
		}
	}
	if refused < 10 {
		t.Errorf("only %d lost pages of %d were noticed", refused, len(content)/page)
	}
}
