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
	looked  time.Time // at what is paused, while something waits for that
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

// startDue starts a worker for each due job as far as there is room, and says when to look again; false
// when nothing waits, or when only a worker's end can change anything.
func (l *loop) startDue() (time.Time, bool) {
	l.tend()
	for l.sortDue() {
		l.start()
	}
	recheck := l.startRechecks()
	now := time.Now() // before start: whatever start refuses because its turn is yet to come is later than this
	l.start()
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	next, ok := l.d.waiting.next()
	if turn, waits := l.d.lanes.next(now); waits && (!ok || turn.Before(next)) {
		next, ok = turn, true
	}
	if !recheck.IsZero() && (!ok || recheck.Before(next)) {
		next, ok = recheck, true
	}
	if tend, waits := l.nextTend(); waits && (!ok || tend.Before(next)) {
		next, ok = tend, true
	}
	return next, ok
}

// sortAtOnce is how many due jobs are read before workers are started again.
const sortAtOnce = 256

// sortDue puts due jobs into the lanes that they need, and says whether more may be due.
func (l *loop) sortDue() bool {
	for range sortAtOnce {
		id, ok := l.takeDue()
		if !ok {
			return false
		}
		l.toLane(id)
	}
	return true
}

// takeDue takes the next job that is due and that no worker holds.
func (l *loop) takeDue() (storage.JobID, bool) {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	now := time.Now()
	if back := l.clock.back(now); back != 0 {
		l.d.waiting.advance(back)
		l.d.lanes.advance(back)
	}
	for {
		next, ok := l.d.waiting.next()
		if !ok || next.After(now) || l.over() {
			return 0, false
		}
		e := l.d.waiting.take()
		if _, held := l.d.busy[e.id]; !held {
			return e.id, true
		}
		l.d.busy[e.id] = e.due // its worker puts it back
	}
}

// toLane reads a due job and puts it into its lane, or back when it is not due.
func (l *loop) toLane(id storage.JobID) {
	due := l.guard(id, func() (time.Time, error) {
		job, err := l.d.c.Store.Job(l.work, id)
		if err != nil {
			return time.Time{}, fmt.Errorf("read %s: %w", id, err)
		}
		now := time.Now()
		if job.NeverDue() || l.d.resting(job, now) {
			l.d.heard(id)
			return job.Due, nil
		}
		n, w, err := l.d.sort(l.work, job, now)
		if err != nil {
			return time.Time{}, err
		}
		if n == l.d.lanes.house && l.d.heard(id) && l.d.rules.resting(job, now) {
			return job.Due, nil // nobody can be asked
		}
		l.d.mu.Lock()
		defer l.d.mu.Unlock()
		n.add(job, w, l.d.expires(job))
		return time.Time{}, nil
	})
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	l.d.waitUntil(id, due)
}

// start starts workers as long as a lane has a job for one; the lanes take turns.
func (l *loop) start() {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	for started := true; started; {
		started = l.startOne(l.d.lanes.house)
		for _, n := range l.d.lanes.of {
			started = l.startOne(n) || started
		}
	}
	for _, n := range l.d.lanes.of {
		n.turn = n.turn && !n.idle() // one that nobody waits for is not kept for later
	}
}

func (l *loop) startOne(n *lane) bool {
	if l.over() {
		return false
	}
	e, ok := l.d.lanes.begin(n, time.Now())
	if !ok {
		return false
	}
	if _, held := l.d.busy[e.id]; held { // it came into the lane twice
		l.d.busy[e.id] = time.Now().UnixNano()
		e.end()
		return true
	}
	l.d.busy[e.id] = 0
	l.workers.Go(func() { l.one(e) })
	return true
}

func (l *loop) over() bool { return l.stop.Err() != nil || l.work.Err() != nil }

// retryAfter is how long a job rests after a fault of our own.
const retryAfter = time.Minute

// one is a worker: it handles one job once and puts it back as it then stands.
func (l *loop) one(e errand) {
	due := l.guard(e.id, func() (time.Time, error) { return l.handle(&e) })
	l.distrust(e.lane)
	l.d.mu.Lock()
	e.end()
	if missed := l.d.busy[e.id]; missed != 0 {
		l.d.waiting.add(entry{due: missed, id: e.id})
	}
	delete(l.d.busy, e.id)
	l.d.waitUntil(e.id, due)
	l.d.mu.Unlock()
	l.d.look()
}

// guard does something with a job and says when the job is due again, zero for never: after a panic or
// an error as well.
func (l *loop) guard(id storage.JobID, do func() (time.Time, error)) (due time.Time) {
	defer func() {
		if p := recover(); p != nil {
			l.d.log.Error("handling a job panicked", "job", id.String(), "panic", panicText(p), "stack", string(debug.Stack()))
			due = time.Now().Add(retryAfter)
		}
	}()
	due, err := do()
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

// waitUntil puts a job among those that wait, unless due is zero; the lock is held.
func (d *Dispatcher) waitUntil(id storage.JobID, due time.Time) {
	if !due.IsZero() {
		d.waiting.add(entry{due: due.UnixNano(), id: id})
	}
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
