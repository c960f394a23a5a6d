package bolt_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// copies writes a store that is open to a new file.
func copies(ctx context.Context, s *bolt.Store, to string) (err error) {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return s.Copy(ctx, f, func(int64) {})
}

// replaced makes a backup of the store, closes it, and puts the backup in its place.
func replaced(t *testing.T, s *bolt.Store, path string, copied time.Time) error {
	t.Helper()
	prepared := path + ".new-test"
	if err := copies(t.Context(), s, prepared); err != nil {
		return err
	}
	if _, err := bolt.Seal(t.Context(), prepared, "the copy", bolt.Mark{At: copied, Bot: "4242"}); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	accept := func(c bolt.Contents) error {
		if diff := cmp.Diff(bolt.Mark{At: copied, Bot: "4242"}, c.Mark); diff != "" {
			t.Errorf("the mark of the copy (-want +got):\n%s", diff)
		}
		return nil
	}
	if _, err := bolt.Unseal(t.Context(), prepared, "the copy", copied.Add(time.Minute), accept); err != nil {
		return err
	}
	kept := filepath.Join(t.TempDir(), "kept.db")
	_, err := bolt.Replace(prepared, path, kept)
	return err
}

// sealed is a backup of a store with something of everything.
func sealed(t *testing.T) (path string) {
	t.Helper()
	path = copyOf(t, busy(t))
	if _, err := bolt.Seal(t.Context(), path, "the copy", bolt.Mark{At: time.Now(), Bot: "4242"}); err != nil {
		t.Fatal(err)
	}
	return path
}

func anything(bolt.Contents) error { return nil }

// Copies are made while orders come in as fast as the disk takes them: every order that was acknowledged before a copy
// began is in it, each copy is whole, and orders go on meanwhile.
func TestACopyOfABusyStoreIsWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "store.db"))
	defer s.Close()
	now := time.Now()
	if err := s.EnsureOwners(t.Context(), now, 1001); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var acknowledged atomic.Uint64
	var writers sync.WaitGroup
	writers.Go(func() {
		for ctx.Err() == nil {
			j, err := ordered(t.Context(), s, now)
			if err != nil {
				t.Error(err)
				return
			}
			acknowledged.Store(uint64(j.ID))
		}
	})
	defer writers.Wait()
	defer stop()
	for i := range 5 {
		for before := acknowledged.Load(); acknowledged.Load() < before+50 && !t.Failed(); {
			runtime.Gosched()
		}
		path, known := filepath.Join(dir, fmt.Sprint("copy", i)), acknowledged.Load()
		if err := copies(t.Context(), s, path); err != nil {
			t.Fatal(err)
		}
		if _, err := bolt.Seal(t.Context(), path, "the copy", bolt.Mark{At: now}); err != nil {
			t.Fatal(err)
		}
		if _, err := bolt.Unseal(t.Context(), path, "the copy", now, anything); err != nil {
			t.Fatal(err)
		}
		restored := open(t, path)
		for id := storage.JobID(1); uint64(id) <= known; id++ {
			if _, err := restored.Job(t.Context(), id); err != nil {
				t.Fatalf("copy %d has not order %d of %d: %v", i, id, known, err)
			}
		}
		if err := restored.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// fullDisk takes so many bytes.
type fullDisk int

func (d *fullDisk) Write(p []byte) (int, error) {
	if *d -= fullDisk(len(p)); *d < 0 {
		return 0, syscall.ENOSPC
	}
	return len(p), nil
}

func TestACopyThatCannotBeWrittenBreaksNothing(t *testing.T) {
	t.Parallel()
	s := open(t, busy(t))
	defer s.Close()
	for _, room := range []int{0, 4096, 10_000, 40_000} {
		disk := fullDisk(room)
		if err := s.Copy(t.Context(), &disk, func(int64) {}); !errors.Is(err, syscall.ENOSPC) || errors.Is(err, storage.ErrBroken) {
			t.Errorf("with room for %d bytes: %v", room, err)
		}
	}
	over, cancel := context.WithCancel(t.Context())
	if err := s.Copy(over, io.Discard, func(int64) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	orderOne(t, s, time.Now())
}

// What a bad disk or a broken download makes of a backup is refused with a sentence, or nobody misses it.
func TestDamagedCopiesAreRefused(t *testing.T) {
	t.Parallel()
	path := sealed(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := bolt.Unseal(t.Context(), copyOf(t, path), "the copy", time.Now(), anything)
	if err != nil {
		t.Fatal(err)
	}
	random, refused := rand.New(rand.NewPCG(1, 2)), 0
	for i := range 150 {
		bad := bytes.Clone(whole)
		what := "a bit"
		switch at := random.IntN(len(bad)); i % 3 {
		case 0:
			bad[at] ^= 1 << random.IntN(8)
		case 1:
			bad, what = bad[:at], "cut off"
		case 2:
			what = "a lost page"
			clear(bad[at&^4095 : min(at&^4095+4096, len(bad))])
		}
		file := filepath.Join(t.TempDir(), "bad.db")
		if err := os.WriteFile(file, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := bolt.Unseal(t.Context(), file, "the copy", time.Now(), anything)
		if err == nil && (what == "cut off" || got != want) {
			t.Errorf("%d, %s: it holds %+v, and is taken", i, what, got)
		}
		if err != nil {
			refused++
		}
		if err != nil && !strings.Contains(err.Error(), "the copy") {
			t.Errorf("%d, %s: %v", i, what, err)
		}
	}
	if refused < 80 { // the others are in free pages and gaps
		t.Errorf("only %d of 150 were refused", refused)
	}
}

// A backup is no store, and what is no backup of ours does not become one.
func TestWhatIsNoStoreIsNotUnsealed(t *testing.T) {
	t.Parallel()
	if _, err := bolt.Open(sealed(t), bolt.Options{}); err == nil || !strings.Contains(err.Error(), "rechargebot restore") {
		t.Errorf("a backup is opened as a store: %v", err)
	}
	for name, content := range map[string]string{"empty": "", "a text": "hello\n", "a long one": strings.Repeat("0123456789abcdef", 1<<12)} {
		file := filepath.Join(t.TempDir(), "no.db")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := bolt.Unseal(t.Context(), file, "the copy", time.Now(), anything); err == nil || strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refusal := errors.New("not mine")
	file := sealed(t)
	if _, err := bolt.Unseal(t.Context(), file, "the copy", time.Now(), func(bolt.Contents) error { return refusal }); !errors.Is(err, refusal) {
		t.Errorf("nobody accepts it: %v", err)
	}
	if _, err := bolt.Open(file, bolt.Options{}); err == nil {
		t.Error("what nobody accepted is a store")
	}
}

// A store that was never sealed, such as the one that a restore has kept, is of the time of the newest thing in it.
func TestAKeptStoreIsAsOldAsTheNewestThingInIt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kept.db")
	s := open(t, path)
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	if err := s.EnsureOwners(t.Context(), at.Add(-time.Hour), 1001); err != nil {
		t.Fatal(err)
	}
	orderOne(t, s, at)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it was restored, and has done no work since
		c, err := bolt.Unseal(t.Context(), path, "the copy", at.Add(time.Hour), anything)
		if err != nil || !c.At.Equal(at) {
			t.Fatalf("it is of %v (%v), want %v", c.At, err, at)
		}
	}
}

// After a restore, the list of everybody's orders steps over the numbers that were left out.
func TestEverybodysOrdersAfterARestore(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	s, now := open(t, path), time.Now()
	if err := s.EnsureOwners(t.Context(), now, 1001); err != nil {
		t.Fatal(err)
	}
	var want []storage.JobID
	for range 3 {
		for range 2 {
			want = append(want, orderOne(t, s, now).ID)
		}
		if err := replaced(t, s, path, now); err != nil {
			t.Fatal(err)
		}
		s = open(t, path)
		if _, err := s.Quarantine(t.Context(), storage.Quarantine{Now: now, Due: now.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	slices.Reverse(want)
	var got []storage.JobID
	for before := storage.JobID(0); ; before = got[len(got)-1] {
		page, err := s.JobsOfAll(t.Context(), before, 4)
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range page {
			got = append(got, j.ID)
		}
		if len(page) == 0 {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
	if err := errors.Join(s.Check(t.Context()), s.Close()); err != nil {
		t.Error(err)
	}
}
