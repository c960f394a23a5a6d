package bolt_test

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// counted opens a store whose commits take a millisecond of the bubble's time each, and counts them.
func counted(t *testing.T, commits *int) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(filepath.Join(t.TempDir(), "store.db"), bolt.WithCommitted(quick(), func() {
		*commits++
		time.Sleep(time.Millisecond)
	}))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// While one commit is on its way to the disk, the next one gathers: with n writers at work a change costs
// about 2/n of a commit, and a lone writer's one.
func TestWritersShareCommits(t *testing.T) {
	t.Parallel()
	for writers, most := range map[int]int{1: 20, 16: 2*20 + 1, 64: 2*20 + 1} {
		synctest.Test(t, func(t *testing.T) {
			commits := 0
			s := counted(t, &commits)
			var wg sync.WaitGroup
			for range writers {
				wg.Go(func() {
					for range 20 {
						if err := s.SetMemo(t.Context(), "m", []byte("v")); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			if commits < 20 || commits > most {
				t.Errorf("%d writers made %d changes in %d commits, want at most %d", writers, 20*writers, commits, most)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// What changes nothing costs no commit: refusals, and what is already as it shall be.
func TestNoChangeNoCommit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		commits := 0
		s := counted(t, &commits)
		if err := s.EnsureOwners(t.Context(), time.Now(), 1001); err != nil {
			t.Fatal(err)
		}
		_, err := s.Commit(t.Context(), storage.Turn{Now: time.Now(), Press: storage.KeyboardID{1}})
		if !errors.Is(err, storage.ErrPressed) {
			t.Error(err)
		}
		_, sweep := s.Sweep(t.Context(), time.Now(), 10)
		_, recover := s.RecoverSending(t.Context(), time.Now())
		for _, err := range []error{
			s.EnsureOwners(t.Context(), time.Now(), 1001), s.Handled(t.Context(), 5), sweep, recover,
			s.DropCard(t.Context(), storage.Notice{Kind: storage.NoticeCard, Job: 5}),
		} {
			if err != nil {
				t.Error(err)
			}
		}
		if commits != 1 {
			t.Errorf("%d commits for one change", commits)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// bbolt shows a commit to readers before its last sync has returned. Nobody may be told of it earlier.
func TestReadersDoNotSeeWhatIsNotYetOnTheDisk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		syncing, release := make(chan struct{}, 1), make(chan struct{})
		s, err := bolt.Open(filepath.Join(t.TempDir(), "store.db"), bolt.WithCommitted(quick(), func() {
			syncing <- struct{}{}
			<-release
		}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Memo(t.Context(), "m"); !errors.Is(err, storage.ErrNotFound) {
			t.Fatal(err)
		}
		written, read := make(chan error, 1), make(chan error, 1)
		go func() { written <- s.SetMemo(t.Context(), "m", []byte("v")) }()
		<-syncing
		go func() {
			v, err := s.Memo(t.Context(), "m")
			if err == nil && string(v) != "v" {
				err = errors.New("read " + string(v))
			}
			read <- err
		}()
		synctest.Wait()
		if len(read) > 0 || len(written) > 0 {
			t.Error("somebody was told about a commit whose sync is under way")
		}
		close(release)
		if err := errors.Join(<-written, <-read, s.Close()); err != nil {
			t.Error(err)
		}
	})
}

// The writer ends with Close, and with a Close after a failure.
func TestCloseLeavesNothingBehind(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	for _, fail := range []bool{false, true} {
		faults := new(bolt.Faults)
		s, err := bolt.Open(filepath.Join(t.TempDir(), "store.db"), bolt.WithFaults(quick(), faults))
		if err != nil {
			t.Fatal(err)
		}
		if fail {
			faults.Commit(true)
		}
		err = s.SetMemo(t.Context(), "m", nil)
		if errors.Is(err, storage.ErrBroken) != fail {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.SetMemo(t.Context(), "m", nil); !errors.Is(err, storage.ErrBroken) {
			t.Errorf("a closed store says %v", err)
		}
	}
	goleak.VerifyNone(t, ignore)
}
