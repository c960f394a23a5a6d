package dispatch

import (
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// askApart is how far enquiries that AskSoon caused are apart, for one attempt.
const askApart = 3 * time.Second

// AskSoon tells that somebody, most likely the provider, says that the state of what was sent under a reference
// has changed. Who says so is not known, so nothing is believed: the provider is asked, sooner than planned. What
// cannot be asked about is left alone. About the open attempt of a job that is under way this is an enquiry
// like any other; while its send is under way, it is made when that has ended. About a closed attempt, and
// about one that waits for a person, it is a recheck. However often AskSoon is called, an attempt is asked about
// every few seconds at most, the planned enquiries stay as they are, and what is remembered meanwhile is one entry
// an attempt. It does not block.
func (d *Dispatcher) AskSoon(job storage.Job, ref providers.Reference) {
	a := attemptOf(job, ref)
	if a == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	switch {
	case !a.Closed.IsZero() || job.State == storage.Review:
		d.wantRecheck(job.ID, a, now)
	case d.asked[job.ID]:
		return
	default:
		d.asked[job.ID] = true
		d.waiting.add(entry{due: afterAnswer(*a, now).UnixNano(), id: job.ID})
	}
	d.look()
}

// afterAnswer is the earliest time for an enquiry that AskSoon wants, with the newest answer in mind; one out
// of the future counts for nothing.
func afterAnswer(a storage.Attempt, now time.Time) time.Time {
	if n := len(a.Evidence); n > 0 {
		if next := a.Evidence[n-1].Newest().Add(askApart); next.After(now) && next.Sub(now) <= askApart {
			return next
		}
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

// resting reports whether a job is not due yet, and nobody wants it asked about before.
func (d *Dispatcher) resting(job storage.Job, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.asked[job.ID] && d.rules.resting(job, now)
}

// heard forgets a call of AskSoon about an open attempt, and reports whether there was one.
func (d *Dispatcher) heard(id storage.JobID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.asked[id]
	delete(d.asked, id)
	return was
}
