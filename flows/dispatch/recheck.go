package dispatch

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// A recheck asks about an attempt that no planned enquiry is about: one that is closed, or that waits for a
// person. It has nothing to do with when its job is due, so that a hint about one attempt holds up nothing
// of another; it only takes a turn at the rate of its provider, of which rechecks get one a second at most.
// What waits is in memory alone: a provider that is not heard calls again.
type recheck struct {
	job   storage.JobID
	ref   providers.Reference
	since time.Time // somebody wanted it; zero = it was made, and is remembered so that the next one is apart
	next  time.Time
	last  time.Time // a worker was at it
	tries int       // without an answer
	stale int       // answers that said nothing new
	busy  bool      // a worker is at it
}

const (
	maxRechecks   = 1024        // waiting or remembered; more are refused
	recheckEvery  = time.Second // of one provider
	recheckStale  = 3           // a provider may call before its own status has changed
	recheckTries  = 8           // an answer that says nothing is no answer
	recheckBefore = time.Minute // a send waits that long for the first answer about another attempt of its job
)

// wantRecheck notes that an attempt shall be asked about; the lock is held.
func (d *Dispatcher) wantRecheck(id storage.JobID, a *storage.Attempt, now time.Time) {
	i := slices.IndexFunc(d.rechecks, func(r *recheck) bool { return r.ref == a.Reference })
	switch {
	case i >= 0:
		r := d.rechecks[i]
		if r.since.IsZero() {
			r.since, r.tries = now, 0
		}
		if soon := r.last.Add(askApart); !r.busy && soon.Before(r.next) {
			r.next = soon
		}
		r.stale = 0
	case len(d.rechecks) >= maxRechecks:
		d.log.Warn("too many finished orders are to be asked about; one is left alone", "job", id.String(), "provider", a.Provider)
	default:
		d.rechecks = append(d.rechecks, &recheck{job: id, ref: a.Reference, since: now, next: afterAnswer(*a, now)})
	}
}

// awaitsRecheck reports whether the first answer about another attempt of the job is still to come, and may
// come soon: to send now could pay twice what is known by then.
func (d *Dispatcher) awaitsRecheck(id storage.JobID, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.ContainsFunc(d.rechecks, func(r *recheck) bool {
		return r.job == id && !r.since.IsZero() && r.tries+r.stale == 0 && now.Sub(r.since) < recheckBefore
	})
}

// startRechecks starts a worker for each recheck that is due, and says when to look again; zero = when somebody wants one.
func (l *loop) startRechecks() (next time.Time) {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	now := time.Now()
	l.d.rechecks = slices.DeleteFunc(l.d.rechecks, func(r *recheck) bool { return r.since.IsZero() && !r.busy && !now.Before(r.next) })
	for _, r := range l.d.rechecks {
		if r.busy || l.over() {
			continue
		}
		if !r.since.IsZero() && !now.Before(r.next) {
			r.busy = true
			l.workers.Go(func() { l.recheck(r) })
			continue
		}
		if next.IsZero() || r.next.Before(next) {
			next = r.next
		}
	}
	return next
}

// recheck is a worker: it makes one recheck once, and says when to make it again.
func (l *loop) recheck(r *recheck) {
	var again time.Duration
	due := l.guard(r.job, func() (time.Time, error) {
		var err error
		var due time.Time
		again, due, err = l.askAbout(r)
		return due, err
	})
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	r.busy, r.last = false, time.Now()
	r.next = r.last.Add(again)
	if again == 0 {
		r.since, r.next = time.Time{}, r.last.Add(askApart)
	}
	l.d.waitUntil(r.job, due)
	l.d.look()
}

// askAbout asks once, when it is its turn, and stores what the answer calls for. It says how long to wait before
// trying again, 0 when it is done, and when the job is due if that has changed.
func (l *loop) askAbout(r *recheck) (again time.Duration, due time.Time, err error) {
	job, err := l.d.c.Store.Job(l.work, r.job)
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("read %s: %w", r.job, err)
	}
	now := time.Now()
	a := attemptOf(job, r.ref)
	if a == nil || a.Closed.IsZero() && job.State != storage.Review {
		return 0, time.Time{}, nil // its enquiries are planned again
	}
	n := l.d.lanes.find(a.Provider)
	if n == nil || !askable(n.up.Registration().Capabilities, *a, now) {
		return 0, time.Time{}, nil
	}
	if wait := l.recheckTurn(n, now); wait > 0 {
		return wait, time.Time{}, nil
	}
	result := l.ask(n.up, job.Order, *a)
	if result.Status == providers.Unknown {
		l.d.mu.Lock()
		r.tries++
		tries := r.tries
		l.d.mu.Unlock()
		if tries >= recheckTries || result.Reason == providers.ReasonEcho {
			return 0, time.Time{}, nil
		}
		return l.d.rules.gap(tries - 1), time.Time{}, nil
	}
	return l.believe(r, job, result)
}

// recheckTurn takes a turn for a recheck, or says how long to wait for one.
func (l *loop) recheckTurn(n *lane, now time.Time) time.Duration {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	if wait := n.rechecked.Add(recheckEvery).Sub(now); wait > 0 && wait <= recheckEvery {
		return wait
	}
	if wait := n.up.Turn(); wait > 0 {
		return wait
	}
	n.rechecked = now
	return 0
}

// believe stores what an answer calls for. Who changed the job while the answer was on its way changes
// nothing of what the provider has said: it is held against the job as it is then.
func (l *loop) believe(r *recheck, job storage.Job, result providers.Result) (again time.Duration, due time.Time, err error) {
	for {
		if job.State == storage.Sending { // its answer finds the version that it knows
			return askApart, time.Time{}, nil
		}
		a := attemptOf(job, r.ref)
		if a == nil {
			return 0, time.Time{}, nil
		}
		m, tells := l.d.rules.afterRecheck(job, *a, result, time.Now())
		if !tells {
			return l.nothingNew(r), time.Time{}, nil
		}
		due, err := l.move(job, m)
		if err == nil {
			l.d.log.Warn("a provider has said more about an order", "job", job.ID.String(), "state", m.To, "provider", a.Provider, "reference", a.Reference)
		}
		if !errors.Is(err, storage.ErrConflict) {
			return 0, due, err
		}
		if job, err = l.d.c.Store.Job(l.work, r.job); err != nil {
			return 0, time.Time{}, fmt.Errorf("read %s: %w", r.job, err)
		}
	}
}

// nothingNew says when to ask again after an answer that says nothing new.
func (l *loop) nothingNew(r *recheck) time.Duration {
	l.d.mu.Lock()
	r.stale++
	stale := r.stale
	l.d.mu.Unlock()
	if stale >= recheckStale {
		return 0
	}
	return l.d.rules.gap(stale - 1)
}
