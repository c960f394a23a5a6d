package dispatch

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"rechargebot/storage"
)

// loop is one Run: it starts workers for due jobs and knows when to stop.
type loop struct {
	d       *Dispatcher
	stop    context.Context // over: take nothing new
	work    context.Context // outlives stop; over when the store has failed
	fail    context.CancelCauseFunc
	workers sync.WaitGroup
	clock   clock
}

func newLoop(ctx context.Context, d *Dispatcher) *loop {
	l := &loop{d: d, stop: ctx, clock: newClock(time.Now())}
	l.work, l.fail = context.WithCancelCause(context.WithoutCancel(ctx))
	return l
}

func (l *loop) run() error {
	defer l.fail(nil)
	timer := time.NewTimer(0)
	timer.Stop()
	for {
		if next, ok := l.startDue(); ok {
			timer.Reset(time.Until(next))
		} else {
			timer.Stop()
		}
		select {
		case <-l.stop.Done():
			l.workers.Wait()
			return context.Cause(l.work)
		case <-l.work.Done():
			l.workers.Wait()
			return context.Cause(l.work)
		case <-l.d.poke:
		case <-timer.C:
		}
	}
}

// startDue starts a worker for each due job while there is room, and says when to look again; false
// when nothing waits, or when a worker's end will say it.
func (l *loop) startDue() (time.Time, bool) {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	now := time.Now()
	l.d.waiting.advance(l.clock.back(now))
	for len(l.d.busy) < l.d.c.Parallel {
		next, ok := l.d.waiting.next()
		if !ok || next.After(now) || l.over() {
			return next, ok
		}
		e := l.d.waiting.take()
		if _, taken := l.d.busy[e.id]; taken {
			l.d.busy[e.id] = e.due // its worker puts it back
			continue
		}
		l.d.busy[e.id] = 0
		l.workers.Go(func() { l.one(e.id) })
	}
	return time.Time{}, false
}

func (l *loop) over() bool { return l.stop.Err() != nil || l.work.Err() != nil }

// retryAfter is how long a job rests after a fault of our own.
const retryAfter = time.Minute

// one is a worker: it handles one job once and puts it back as it then stands.
func (l *loop) one(id storage.JobID) {
	due := time.Now().Add(retryAfter) // for the case that handling panics
	defer func() {
		if p := recover(); p != nil {
			l.d.log.Error("handling a job panicked", "job", id.String(), "panic", panicText(p), "stack", string(debug.Stack()))
		}
		l.d.putBack(id, due)
	}()
	due = l.after(id)
}

// after handles a job once and says when it is due again, zero for never.
func (l *loop) after(id storage.JobID) time.Time {
	due, err := l.handle(id)
	switch {
	case err == nil:
		return due
	case errors.Is(err, storage.ErrNotFound):
		l.d.log.Error("a job is not in the store", "job", id.String())
		return time.Time{}
	case errors.Is(err, storage.ErrConflict):
		l.d.log.Warn("somebody else changed the job; left as it is", "job", id.String(), "err", err)
		return l.reread(id)
	case errors.Is(err, storage.ErrIllegal):
		l.d.log.Error("the store does not allow the move", "job", id.String(), "err", err)
		return time.Now().Add(retryAfter)
	}
	l.d.log.Error("the store has failed; nothing more is sent", "job", id.String(), "err", err)
	l.fail(err)
	return time.Time{}
}

// putBack ends a worker's hold on a job.
func (d *Dispatcher) putBack(id storage.JobID, due time.Time) {
	d.mu.Lock()
	if missed := d.busy[id]; missed != 0 {
		d.waiting.add(entry{due: missed, id: id})
	}
	delete(d.busy, id)
	if !due.IsZero() {
		d.waiting.add(entry{due: due.UnixNano(), id: id})
	}
	d.mu.Unlock()
	d.look()
}

// reread finds out when a job is due after somebody else changed it.
func (l *loop) reread(id storage.JobID) time.Time {
	job, err := l.d.c.Store.Job(l.work, id)
	if err != nil {
		return time.Now().Add(retryAfter)
	}
	if now := time.Now(); !job.Due.IsZero() && job.Due.Before(now) {
		return now.Add(time.Second) // a change that is refused again and again must not spin
	}
	return job.Due
}

// panicText is what may be logged of a panic: a runtime error's text, otherwise only the type, since the
// value may hold a secret or a number.
func panicText(p any) string {
	if err, ok := p.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", p)
}
