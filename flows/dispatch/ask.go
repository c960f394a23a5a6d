package dispatch

import (
	"time"

	"rechargebot/storage"
)

// askApart is how far enquiries that Ask caused are apart, for one job.
const askApart = 3 * time.Second

// AskSoon tells that somebody, most likely the provider, says that a job's state has changed. Who says so is not
// known, so nothing is believed: the provider is asked, sooner than planned. A job that cannot be asked
// about is left alone; one whose send is under way is asked about when that has ended. However often it is called, a job is asked about every few seconds at most, the
// planned enquiries stay as they are, and what is remembered meanwhile is one entry a job. It does not block.
func (d *Dispatcher) AskSoon(job storage.Job) {
	a := job.OpenAttempt()
	switch {
	case a == nil:
		return
	case job.State != storage.Sending && job.State != storage.Pending && job.State != storage.Unknown:
		return
	}
	at := time.Now()
	if n := len(a.Evidence); n > 0 {
		if next := a.Evidence[n-1].Newest().Add(askApart); next.After(at) && next.Sub(at) <= askApart {
			at = next
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.asked[job.ID] {
		return
	}
	d.asked[job.ID] = true
	d.waiting.add(entry{due: at.UnixNano(), id: job.ID})
	d.look()
}

// resting reports whether a job is not due yet, and nobody wants it asked about before.
func (d *Dispatcher) resting(job storage.Job, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.asked[job.ID] && d.rules.resting(job, now)
}

// heard forgets a call of AskSoon and reports whether there was one.
func (d *Dispatcher) heard(id storage.JobID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.asked[id]
	delete(d.asked, id)
	return was
}
