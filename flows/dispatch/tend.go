package dispatch

import (
	"fmt"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// What waits in a lane for more than a worker and a turn waits there until something happens: it turns
// too old, a breaker breaks or mends, a provider is resumed. Then it goes back among what is due, to be
// sorted anew. Meanwhile nothing of it is read again; only the pauses are, while anything waits for one to end.

// resumedAfter is how soon a resumed provider is noticed.
const resumedAfter = 2 * time.Second

// tend puts back what is too old, and what waits for a provider that is paused no more.
func (l *loop) tend() {
	if l.watching() && !l.over() {
		if err := l.lookAtPauses(); err != nil {
			l.d.log.Error("the store has failed; nothing more is sent", "err", err)
			l.fail(err)
			return
		}
	}
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	now := time.Now()
	for at, w := range l.d.lanes.waits {
		if l.d.lanes.resumed && (at.line == nil || at.line.breaker.broken()) {
			l.d.release(w, now)
			continue
		}
		for len(*w) > 0 && (*w)[0].due <= now.UnixNano() {
			l.d.waiting.add(entry{due: now.UnixNano(), id: w.take().id})
		}
	}
	l.d.lanes.resumed = false
}

// watching reports whether it is time to look at the pauses.
func (l *loop) watching() bool {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	now := time.Now()
	if !l.d.lanes.stuck() || now.Before(l.looked.Add(resumedAfter)) {
		return false
	}
	l.looked = now
	return true
}

func (l *loop) lookAtPauses() error {
	for _, n := range l.d.lanes.of[:len(l.d.c.Upstreams)] {
		if _, err := l.d.isPaused(l.work, n); err != nil {
			return err
		}
	}
	return nil
}

// nextTend is when tend has something to do; false when only an event can bring it. The lock is held.
func (l *loop) nextTend() (time.Time, bool) {
	var first int64
	for _, w := range l.d.lanes.waits {
		if len(*w) > 0 && (first == 0 || (*w)[0].due < first) {
			first = (*w)[0].due
		}
	}
	if first == 0 {
		return time.Time{}, false
	}
	next := time.Unix(0, first)
	if look := l.looked.Add(resumedAfter); l.d.lanes.stuck() && look.Before(next) {
		next = look
	}
	return next, true
}

// berth is where orders wait in a lane: in an operator's line, or parked when line is nil.
type berth struct {
	op   providers.OperatorID
	line *line
}

// waits goes through every berth, and what waits in it.
func (l *lanes) waits(yield func(berth, *dueIndex) bool) {
	for _, n := range l.of {
		if !yield(berth{}, &n.parked) {
			return
		}
		for op, line := range n.lines {
			if !yield(berth{op, line}, &line.waiting) {
				return
			}
		}
	}
}

// stuck reports whether a provider is paused, and something waits that might go there when it is resumed.
func (l *lanes) stuck() bool {
	paused, waits := false, false
	for _, n := range l.of {
		paused = paused || n.paused
	}
	for at, w := range l.waits {
		waits = waits || len(*w) > 0 && (at.line == nil || at.line.breaker.broken())
	}
	return paused && waits
}

// advance makes everything that waits for its send too old that much earlier.
func (l *lanes) advance(by time.Duration) {
	for _, w := range l.waits {
		w.advance(by)
	}
}

// release lets everything in w be sorted anew; the lock is held.
func (d *Dispatcher) release(w *dueIndex, now time.Time) {
	for _, e := range *w {
		d.waiting.add(entry{due: now.UnixNano(), id: e.id})
	}
	*w = nil
}

// learn takes what a send says of its provider, and makes what the operations group is told of it.
func (d *Dispatcher) learn(n *lane, op providers.OperatorID, result providers.Result, err error, begun, now time.Time) []storage.Notice {
	d.doubt(n, result, now)
	failed, known := outcome(result, err)
	if !known {
		return nil
	}
	taken := err == nil && result.Status == providers.Pending // how it ends is told later
	broke, mended := d.record(n, op, failed, taken, func(b *breaker) (bool, bool) {
		broke, mended := b.record(failed, begun, now)
		if err == nil && result.Status == providers.Delivered {
			_, also := b.ended(false, now)
			mended = mended || also
		}
		return broke, mended
	}, now)
	return d.steer(n, op, broke, mended)
}

// learnEnd takes what the end of an order that was sent says of its provider, like learn.
func (d *Dispatcher) learnEnd(n *lane, job storage.Job, m storage.Move, now time.Time) []storage.Notice {
	failed := m.Close == storage.ProofFailed
	if !failed && m.To != storage.Delivered {
		return nil
	}
	broke, mended := d.record(n, job.Operator, failed, job.State != storage.Pending, func(b *breaker) (bool, bool) {
		return b.ended(failed, now)
	}, now)
	return d.steer(n, job.Operator, broke, mended)
}

// steer says that new orders are steered otherwise from now on.
func (d *Dispatcher) steer(n *lane, op providers.OperatorID, broke, mended bool) []storage.Notice {
	switch {
	case broke:
		d.log.Warn("sends come to nothing; other providers are preferred", "provider", n.up.Name(), "operator", op)
	case mended:
		d.log.Info("sends succeed again", "provider", n.up.Name(), "operator", op)
	default:
		return nil
	}
	return d.c.OpsBreaker(n.up.Name(), op, broke)
}

// record keeps an outcome, in the tally unless it counts there at another time. What waits in the line that broke may rather go elsewhere now; what waits
// in others that are broken may go to the one that mended.
func (d *Dispatcher) record(n *lane, op providers.OperatorID, failed, elsewhere bool, tell func(*breaker) (broke, mended bool), now time.Time) (broke, mended bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !elsewhere {
		n.tally.add(failed, tallyOf)
	}
	own := n.line(op)
	broke, mended = tell(&own.breaker)
	if broke && len(d.c.Upstreams) > 1 {
		d.release(&own.waiting, now)
	}
	for at, w := range d.lanes.waits {
		if mended && at.op == op && at.line != nil && at.line.breaker.broken() {
			d.release(w, now)
		}
	}
	return broke, mended
}

// doubtFor is how close together two answers that speak of another order must be for their provider to be
// paused (SAFETY.md, section 4). A restart forgets the first one.
const doubtFor = time.Hour

// doubt takes note of an answer that speaks of another order (I11), to a send or an enquiry.
func (d *Dispatcher) doubt(n *lane, result providers.Result, now time.Time) {
	if result.Reason != providers.ReasonEcho {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !n.echo.IsZero() && now.Sub(n.echo) <= doubtFor {
		n.distrusted, n.echo = true, time.Time{}
		return
	}
	n.echo = now
}

// distrust has a provider paused whose answers broke I11 twice.
func (l *loop) distrust(n *lane) {
	l.d.mu.Lock()
	is := n.distrusted
	n.distrusted = false
	l.d.mu.Unlock()
	if !is {
		return
	}
	l.d.log.Error("two answers spoke of another order; the provider is paused", "provider", n.up.Name())
	if err := l.d.c.Distrust(l.work, n.up.Name()); err != nil {
		l.d.log.Error("the store has failed; nothing more is sent", "provider", n.up.Name(), "err", err)
		l.fail(fmt.Errorf("pause %s: %w", n.up.Name(), err))
	}
}
