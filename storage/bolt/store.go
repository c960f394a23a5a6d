package bolt

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"rechargebot/storage"
)

// Store is a storage.Store in one bbolt file. Make it with Open. It is safe for use by many goroutines.
type Store struct {
	db    *bbolt.DB
	log   *slog.Logger
	hooks hooks
	path  string

	restored atomic.Bool // from a copy, and its quarantine is to come

	epoch   uint64   // the number of this opening
	counted bool     // it is stored; the writer's own
	lately  hearings // the writer's own

	queue   chan *operation
	between chan func()   // run by the writer between two commits
	closing chan struct{} // closed by Close
	written chan struct{} // closed when the writer has ended
	horizon *horizon
	closed  sync.Once

	broken   chan struct{}
	mu       sync.Mutex
	cause    error // why it is broken
	onOwed   []func([]storage.Notice)
	onCommit []func(took time.Duration, moves []Moved)
}

var _ storage.Store = (*Store)(nil)

// Broken is closed when the store has failed.
func (s *Store) Broken() <-chan struct{} { return s.broken }

// Close waits for the operations under way, refuses all later ones and frees the file. It may be called twice.
func (s *Store) Close() error {
	var err error
	s.closed.Do(func() {
		close(s.closing)
		<-s.written
		if err = s.db.Close(); err != nil {
			err = fmt.Errorf("close %s: %w", s.path, err)
		}
	})
	return err
}

// fail breaks the store, once, and returns what everybody is told.
func (s *Store) fail(cause error) error {
	s.mu.Lock()
	first := s.cause == nil
	if first {
		s.cause = cause
		close(s.broken)
	}
	s.mu.Unlock()
	if first {
		s.log.Error("the store has failed and accepts nothing more", "file", s.path, "error", cause)
	}
	return s.brokenError()
}

// brokenError is nil while the store works.
func (s *Store) brokenError() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", storage.ErrBroken, s.cause)
}

// view runs f in a snapshot and returns when all that f saw is on the disk.
func (s *Store) view(ctx context.Context, f func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.brokenError(); err != nil {
		return err
	}
	seen, err := s.snapshot(f)
	if errors.Is(err, errClosed) {
		return err
	}
	if err != nil && !refusal(err) {
		return s.fail(err)
	}
	if !s.horizon.await(seen, s.broken) {
		return s.brokenError()
	}
	return err
}

// snapshot runs f in a read transaction; a damaged page that bbolt trips over becomes an error.
func (s *Store) snapshot(f func(*tx) error) (seen uint64, err error) {
	fault := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(fault)
	b, err := s.db.Begin(false)
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return 0, errClosed
	}
	if err != nil {
		return 0, fmt.Errorf("begin reading: %w", err)
	}
	defer rollback(b)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the file is damaged, restore a backup: %v", p)
		}
	}()
	return uint64(b.ID()), f(&tx{bolt: b})
}

// OnOwed registers f to be called after each commit that owes notices.
func (s *Store) OnOwed(f func([]storage.Notice)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onOwed = append(s.onOwed, f)
}

// tellOwed calls everybody who registered, each with notices of their own.
func (s *Store) tellOwed(owed []storage.Notice) {
	s.mu.Lock()
	callbacks := slices.Clone(s.onOwed)
	s.mu.Unlock()
	for _, f := range callbacks {
		own := slices.Clone(owed)
		for i := range own {
			own[i].Body = slices.Clone(own[i].Body)
		}
		f(own)
	}
}
