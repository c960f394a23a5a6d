package bolt

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"rechargebot/storage"
)

// change is an operation's check phase: it reads, and either refuses, having written nothing, or returns
// the apply phase, whose error is fatal.
type change func(*tx) (apply func() error, err error)

// operation is a change on its way to the writer.
type operation struct {
	change  change
	refused error      // by the check phase
	verdict chan error // one slot, so that the writer never waits for a caller
}

// maxBatch bounds the operations of one commit, and with it a transaction's memory.
const maxBatch = 1024

// errClosed is what operations get after Close.
var errClosed = fmt.Errorf("the store is closed: %w", storage.ErrBroken)

// submit hands the change to the writer and waits until its fate is known.
func (s *Store) submit(ctx context.Context, c change) error {
	if s.restored.Load() {
		return errQuarantine
	}
	return s.enqueue(ctx, c)
}

// enqueue is submit also before a restored store's quarantine.
func (s *Store) enqueue(ctx context.Context, c change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	op := &operation{change: c, verdict: make(chan error, 1)}
	select {
	case s.queue <- op:
		return <-op.verdict
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return errClosed
	}
}

// write is the writer goroutine: it commits whatever has gathered when the last commit has returned.
func (s *Store) write() {
	defer close(s.written)
	debug.SetPanicOnFault(true)
	batch := make([]*operation, 0, maxBatch)
	for {
		select {
		case op := <-s.queue:
			batch = s.gather(append(batch[:0], op))
		case f := <-s.between:
			f()
			continue
		case <-s.closing:
			return
		}
		s.commit(batch)
		clear(batch)
	}
}

// gather takes the operations that wait. It steps aside once before it stops, so that callers whom the
// last commit has just woken can join this one.
func (s *Store) gather(batch []*operation) []*operation {
	aside := false
	for len(batch) < maxBatch {
		select {
		case op := <-s.queue:
			batch, aside = append(batch, op), false
		default:
			if aside {
				return batch
			}
			runtime.Gosched()
			aside = true
		}
	}
	return batch
}

// commit runs the batch in one transaction and answers everybody after its sync.
func (s *Store) commit(batch []*operation) {
	err := s.brokenError()
	var owed []storage.Notice
	if err == nil {
		if owed, err = s.transact(batch); err != nil {
			err = s.fail(err)
		}
	}
	if err == nil && len(owed) > 0 {
		s.tellOwed(owed)
	}
	for _, op := range batch {
		if err != nil {
			op.verdict <- err
			continue
		}
		op.verdict <- op.refused
	}
}

// transact runs and commits the batch. After an error the store is broken.
func (s *Store) transact(batch []*operation) (owed []storage.Notice, err error) {
	b, err := s.db.Begin(true)
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a commit: %v", p)
		}
		if err != nil {
			rollback(b)
		}
	}()
	t := &tx{bolt: b, step: s.hooks.step, lately: s.lately}
	for _, op := range batch {
		if op.refused, err = run(t, op); err != nil {
			return nil, err
		}
	}
	if !t.wrote {
		return nil, b.Rollback()
	}
	if !s.counted {
		if err := t.put(bucketMeta, []byte(metaEpoch), s.epoch); err != nil {
			return nil, err
		}
	}
	id := uint64(b.ID())
	if err := s.hooks.before(); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	began := time.Now()
	if err := b.Commit(); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	took := time.Since(began)
	if err := s.hooks.after(); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	s.counted = true
	s.horizon.reach(id)
	s.tellCommitted(took, t.moved)
	return t.owed, nil
}

// run does one operation. What it returns first is for its caller alone, what second ends the store.
func run(t *tx, op *operation) (refused, fatal error) {
	apply, err := op.change(t)
	if refusal(err) {
		return err, nil
	}
	if err == nil && apply != nil {
		err = apply()
	}
	return nil, err
}

// refusal reports whether the error is one of those that have changed nothing.
func refusal(err error) bool {
	for _, sentinel := range []error{
		storage.ErrNotFound, storage.ErrConflict, storage.ErrPressed, storage.ErrHandled, storage.ErrMayNot,
		storage.ErrPerOrder, storage.ErrPerDay, storage.ErrIllegal,
	} {
		if errors.Is(err, sentinel) {
			return true
		}
	}
	return false
}

// rollback frees the lock of a transaction that failed. It may itself run into what failed it.
func rollback(b interface{ Rollback() error }) {
	defer func() { _ = recover() }()
	_ = b.Rollback() // the first error says more
}
