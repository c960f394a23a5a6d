package dispatch

import (
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// askApart is how far enquiries that AskSoon caused are apart, for one job.
const askApart = 3 * time.Second

// wish is what AskSoon wants of one job.
type wish struct {
	open   bool                // an enquiry about the open attempt
	closed providers.Reference // one about that attempt, which is closed; "" = none
}

// AskSoon tells that somebody, most likely the provider, says that the state of what was sent under a reference
// has changed. Who says so is not known, so nothing is believed: the provider is asked, sooner than planned. What cannot be asked
// about is left alone; while a send of the job is under way, it is asked when that has ended. About an open
// attempt this is an enquiry like any other. About a closed one, whatever has become of the job, the answer
// can make a Delivered job Reversed, or become an incident, and nothing else. However often
// it is called, a job is asked about every few seconds at most, the planned enquiries stay as they are, and what
// is remembered meanwhile is one entry a job. It does not block.
func (d *Dispatcher) AskSoon(job storage.Job, ref providers.Reference) {
	a := attemptOf(job, ref)
	if a == nil || !a.Closed.IsZero() && a.Proof == storage.ProofNone {
		return
	}
	open := a.Closed.IsZero()
	if open && job.State != storage.Sending && job.State != storage.Pending && job.State != storage.Unknown {
		return
	}
	now := time.Now()
	at := now
	if n := len(a.Evidence); n > 0 {
		at = apart(a.Evidence[n-1].Newest(), now)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	w := d.asked[job.ID]
	switch {
	case open && !w.open:
		w.open = true
	case !open && w.closed == "":
		w.closed = ref
		if next := apart(d.rechecked[ref], now); next.After(at) {
			at = next
		}
	default:
		return
	}
	d.asked[job.ID] = w
	d.waiting.add(entry{due: at.UnixNano(), id: job.ID})
	d.look()
}

// apart is the earliest time for an enquiry after the last one; a time out of the future counts for nothing.
func apart(last, now time.Time) time.Time {
	if next := last.Add(askApart); next.After(now) && next.Sub(now) <= askApart {
		return next
	}
	return now
}

// attemptOf is the job's attempt under a reference, nil when there is none.
func attemptOf(job storage.Job, ref providers.Reference) *storage.Attempt {
	for i := range job.Attempts {
		if job.Attempts[i].Reference == ref {
			return &job.Attempts[i]
		}
	}
	return nil
}

// resting reports whether a job is not due yet, and nobody wants its open attempt asked about before.
func (d *Dispatcher) resting(job storage.Job, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.asked[job.ID].open && d.rules.resting(job, now)
}

// heard forgets that the open attempt is wanted to be asked about, and reports whether it was.
func (d *Dispatcher) heard(id storage.JobID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := d.asked[id]
	was := w.open
	w.open = false
	d.remember(id, w)
	return was
}

// remember keeps what is wanted of a job; the lock is held.
func (d *Dispatcher) remember(id storage.JobID, w wish) {
	if w == (wish{}) {
		delete(d.asked, id)
		return
	}
	d.asked[id] = w
}

// recheckLane is the lane of the closed attempt that somebody wants asked about, nil when there is none or
// not now.
func (d *Dispatcher) recheckLane(job storage.Job, now time.Time) *lane {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := d.asked[job.ID]
	if w.closed == "" || job.State == storage.Sending {
		return nil
	}
	if a := attemptOf(job, w.closed); a != nil && !a.Closed.IsZero() {
		if n := d.lanes.find(a.Provider); n != nil && askable(n.up.Registration().Capabilities, *a, now) {
			return n
		}
	}
	w.closed = ""
	d.remember(job.ID, w)
	return nil
}

// maxRechecked bounds how many references are remembered as asked about just now.
const maxRechecked = 4096

// recheck takes the wish to ask about a closed attempt that the errand is for, nil when it is for none.
func (d *Dispatcher) recheck(job storage.Job, e *errand, now time.Time) *storage.Attempt {
	if e.line != nil || e.lane.up == nil || d.recheckLane(job, now) != e.lane {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	w := d.asked[job.ID]
	a := attemptOf(job, w.closed)
	w.closed = ""
	d.remember(job.ID, w)
	if len(d.rechecked) >= maxRechecked {
		clear(d.rechecked)
	}
	d.rechecked[a.Reference] = now
	return a
}
