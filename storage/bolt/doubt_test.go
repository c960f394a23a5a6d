package bolt_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// behindItsBack changes a store's file with bbolt alone.
func behindItsBack(t *testing.T, path string, change func(*bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// A job that was given a number is never "not found": whoever asks learns that it is lost.
func TestALostJobIsDamage(t *testing.T) {
	t.Parallel()
	path := busy(t)
	behindItsBack(t, path, func(b *bbolt.Tx) error {
		return b.Bucket([]byte("live")).Delete([]byte{0, 0, 0, 0, 0, 0, 0, 2})
	})
	s := open(t, path)
	if _, err := s.Job(t.Context(), 41); !errors.Is(err, storage.ErrNotFound) {
		t.Fatalf("a job that nobody ordered: %v", err)
	}
	if _, err := s.Job(t.Context(), 2); !errors.Is(err, storage.ErrBroken) || !strings.Contains(err.Error(), "missing") {
		t.Fatalf("a lost job: %v", err)
	}
}

// A job as it was at an earlier time is not moved on from there, because the list of due jobs knows better:
// what was sent would be sent again.
func TestAJobOfAnEarlierTimeIsDamage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	if err := s.EnsureOwners(t.Context(), now, 1001); err != nil {
		t.Fatal(err)
	}
	orderOne(t, s, now)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var earlier []byte
	behindItsBack(t, path, func(b *bbolt.Tx) error {
		_, record := b.Bucket([]byte("live")).Cursor().First()
		earlier = append(earlier, record...)
		return nil
	})
	s = open(t, path)
	send := storage.Move{
		Now: now, Job: 1, Version: 1, To: storage.Sending, Due: now.Add(time.Minute),
		Open: &storage.Attempt{Provider: "ecare-main", Reference: "R1"},
	}
	_, err := s.Move(t.Context(), send)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	behindItsBack(t, path, func(b *bbolt.Tx) error {
		return b.Bucket([]byte("live")).Put([]byte{0, 0, 0, 0, 0, 0, 0, 1}, earlier)
	})
	s = open(t, path)
	send.Open.Reference = "R2"
	if j, err := s.Move(t.Context(), send); !errors.Is(err, storage.ErrBroken) {
		t.Fatalf("it is sent a second time: %s %s, %v", j.ID, j.State, err)
	}
}

// With either of its ends damaged a file is refused: bbolt would open it as it was before the last commit.
func TestAFileWithOneDamagedEndIsRefused(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile(busy(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range []int{0, 4096} {
		path := filepath.Join(t.TempDir(), "store.db")
		damaged := append([]byte(nil), whole...)
		damaged[end+16+48] ^= 1 // in the transaction number
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		refuses(t, path, "one of its two ends is damaged")
	}
}

// A copy that bbolt makes of a store in use has ends of its own kind, and is a store.
func TestACopyIsAStore(t *testing.T) {
	t.Parallel()
	path, backup := busy(t), filepath.Join(t.TempDir(), "backup.db")
	behindItsBack(t, path, func(b *bbolt.Tx) error { return b.CopyFile(backup, 0o600) })
	for n := range 3 {
		s, err := bolt.Open(backup, quick())
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.SetMemo(t.Context(), "m", []byte{byte(n)}), s.Check(t.Context()), s.Close()); err != nil {
			t.Fatal(err)
		}
	}
}
