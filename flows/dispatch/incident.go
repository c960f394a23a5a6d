package dispatch

import (
	"slices"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// afterRecheck is what an answer about a closed attempt calls for; false when it says nothing new.
//
// A success that the provider says it has given the money back for is Reversed. Any other answer that speaks
// against the proof that closed the attempt (a success that failed, a failure that is under way or was
// delivered) becomes an incident once: the state stays, and a person decides (SAFETY.md, I4 and section 4).
func (r rules) afterRecheck(job storage.Job, a storage.Attempt, result providers.Result, now time.Time) (storage.Move, bool) {
	m := r.learnt(job, "enquire", result, now)
	m.Reason, m.UpstreamID, m.Due = providers.ReasonNone, "", job.Due
	paid := a.Proof == storage.ProofDelivered || a.Proof == storage.ProofPerson && succeeded(job, a)
	switch {
	case result.Reason == providers.ReasonEcho:
		return m, false // it speaks of another order
	case paid && job.State == storage.Delivered && result.Status == providers.Refused && result.Reason == providers.ReasonRefunded:
		m.To, m.Reason = storage.Reversed, providers.ReasonRefunded
		after := job
		after.State = storage.Reversed
		m.Notices = r.opsIncident(after, false)
		return m, true
	case paid && (job.State != storage.Delivered || result.Status != providers.Refused):
		return m, false
	case !paid && result.Status != providers.Delivered && result.Status != providers.Pending:
		return m, false
	}
	return r.incident(job, m, a, result)
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
