package dispatch

import (
	"slices"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// mayBePaid reports whether a provider says, or a person has found, that an attempt that we had closed as not
// charged was delivered: nothing more is sent for the job.
func mayBePaid(job storage.Job) bool {
	return slices.ContainsFunc(job.Incidents, func(i storage.Incident) bool { return i.Settled.IsZero() || i.Upheld })
}

// afterRecheck is what an answer about an attempt that is closed, or waits for a person, calls for; false when it
// says nothing new.
//
// A success that the provider says it has given the money back for is Reversed. Any other answer that speaks
// against what is settled (a success that failed, a failure that is under way or was delivered, a reversal that
// was none) becomes an incident once: the state stays, and a person decides (SAFETY.md, I4 and section 4). In
// Review, what is new is kept for the person who decides, and he is told.
func (r rules) afterRecheck(job storage.Job, a storage.Attempt, result providers.Result, now time.Time) (storage.Move, bool) {
	m := r.learnt(job, "enquire", result, now)
	m.Due = job.Due
	if a.Closed.IsZero() {
		if n := len(a.Evidence); job.State != storage.Review || n > 0 && a.Evidence[n-1].Same(*m.Evidence) {
			return m, false
		}
		m.Notices, m.After = r.opsNotices(job, true), r.readSince(a)
		return m, true
	}
	m.Reason, m.UpstreamID = providers.ReasonNone, ""
	paid := a.Proof == storage.ProofDelivered || a.Proof == storage.ProofPerson && succeeded(job, a)
	told := storage.Failed // about this attempt
	if paid {
		told = job.State
	}
	switch said := result.Status; {
	case result.Reason == providers.ReasonEcho:
		return m, false // it speaks of another order
	case told == storage.Delivered && said == providers.Refused && result.Reason == providers.ReasonRefunded:
		m.To, m.Reason = storage.Reversed, providers.ReasonRefunded
		after := job
		after.State = storage.Reversed
		m.Notices = r.opsIncident(after, false)
		return m, true
	case told == storage.Delivered && said == providers.Refused,
		told == storage.Failed && (said == providers.Delivered || said == providers.Pending),
		told == storage.Reversed && said == providers.Delivered:
		return r.incident(job, m, a, result)
	}
	return m, false
}

// succeeded reports whether the attempt is the one that the job was delivered by.
func succeeded(job storage.Job, a storage.Attempt) bool {
	last := job.Attempts[len(job.Attempts)-1]
	return (job.State == storage.Delivered || job.State == storage.Reversed) && last.Reference == a.Reference
}

// incident records an answer, unless the same was recorded about the attempt before.
func (r rules) incident(job storage.Job, m storage.Move, a storage.Attempt, result providers.Result) (storage.Move, bool) {
	said := result.Status.String()
	if slices.ContainsFunc(job.Incidents, func(i storage.Incident) bool { return i.Reference == a.Reference && i.Said == said }) {
		return m, false
	}
	m.Incident = &storage.Incident{At: m.Now, Reference: a.Reference, Said: said, Evidence: *m.Evidence}
	m.Evidence = nil
	if m.Due.IsZero() {
		m.Due = m.Now.Add(r.remindEvery)
	}
	job.Incidents = append(slices.Clone(job.Incidents), *m.Incident)
	m.Notices = r.opsIncident(job, false)
	return m, true
}

// remindIncident tells the operations group again about a final job with an open incident.
func (r rules) remindIncident(job storage.Job, now time.Time) storage.Move {
	m := begin(job, now, job.State)
	m.Due = now.Add(r.remindEvery)
	m.Notices = r.opsIncident(job, true)
	return m
}
