package dispatch

import (
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// by is dispatch's name in a job's history.
const by = "dispatch"

// rules turn what was learnt about a job into the move that it calls for (SAFETY.md, section 4). They
// read no clock and no store.
type rules struct {
	sendLimit    time.Duration // when a send has ended for certain, since its intent was committed
	enquireAfter []time.Duration
	reviewAfter  time.Duration
	remindEvery  time.Duration
	spread       func(time.Duration) time.Duration
	opsNotices   func(storage.Job, bool) []storage.Notice
	opsIncident  func(storage.Job, bool) []storage.Notice
	reading      func(provider string) *storage.Reading
	opsTrouble   func(provider string, why providers.Reason) []storage.Notice
}

// another says whether a job goes to another provider once its open attempt is closed as not charged.
type another func(storage.Job) bool

func begin(job storage.Job, now time.Time, to storage.State) storage.Move {
	return storage.Move{Now: now, Job: job.ID, Version: job.Version, To: to, By: by, Reason: job.Reason}
}

// giveUp fails a queued job. The reason of an earlier attempt, closed by proof, says more than that
// nobody else serves it.
func giveUp(job storage.Job, now time.Time, why providers.Reason) storage.Move {
	m := begin(job, now, storage.Failed)
	if why == providers.ReasonTooOld || m.Reason == providers.ReasonNone {
		m.Reason = why
	}
	return m
}

// withdraw ends a queued job whose agent may not order any more: it is cancelled where nothing was ever
// sent, and failed where an earlier attempt was sent and refused.
func withdraw(job storage.Job, now time.Time) storage.Move {
	m := begin(job, now, storage.Cancelled)
	if slices.ContainsFunc(job.Attempts, func(a storage.Attempt) bool { return a.Proof != storage.ProofNotSent }) {
		m.To = storage.Failed
	}
	m.Note = "the agent may not order any more"
	return m
}

// intend makes the next attempt durable. Its due time is when, at the latest, its own worker is gone.
func (r rules) intend(job storage.Job, provider string, ref providers.Reference, now time.Time) storage.Move {
	m := begin(job, now, storage.Sending)
	m.Note, m.Reason = provider, providers.ReasonNone
	m.Due = now.Add(r.sendLimit + retryAfter)
	m.Open = &storage.Attempt{Provider: provider, Reference: ref, Opened: now}
	return m
}

// lost is for a job in Sending that nobody is sending: whoever sent it could not settle it.
func (r rules) lost(job storage.Job, now time.Time) storage.Move {
	m := begin(job, now, storage.Unknown)
	m.Note, m.Due = "the send's answer was lost", now.Add(r.gap(0))
	return m
}

// afterSend settles the answer to the one send of an attempt.
func (r rules) afterSend(job storage.Job, c providers.Capabilities, result providers.Result, err error, now time.Time, next another) storage.Move {
	m := r.learnt(job, "recharge", result, now)
	if err == nil {
		m.Notices = r.opsTrouble(job.OpenAttempt().Provider, result.Reason)
	}
	switch {
	case notSent(err) && result.Status == providers.Unknown:
		why := cmp.Or(result.Reason, providers.ReasonUnreachable)
		switch {
		case errors.Is(err, providers.ErrUnsupported):
			why = providers.ReasonUnsupported
		case errors.Is(err, providers.ErrCredentials): // none could be had to send with
			why = providers.ReasonCredentials
			m.Notices = r.opsTrouble(job.OpenAttempt().Provider, why)
		}
		return notCharged(job, m, storage.ProofNotSent, why, next)
	case err != nil:
		m.To = storage.Unknown
	case result.Status == providers.Refused && result.Reason != providers.ReasonDuplicate && result.Reason != providers.ReasonEcho:
		why := result.Reason
		if why == providers.ReasonRefunded {
			why = providers.ReasonFailed
		}
		return notCharged(job, m, storage.ProofRefused, why, next)
	case result.Status == providers.Delivered:
		return delivered(m, result)
	case result.Status == providers.Pending:
		m.To = storage.Pending
	default:
		m.To = storage.Unknown
	}
	m.Due = now
	a := *job.OpenAttempt()
	a.UpstreamID = cmp.Or(result.UpstreamID, a.UpstreamID)
	if askable(c, a, now) {
		m.Due = now.Add(r.gap(0))
	}
	return m
}

// afterEnquiry settles the answer to an enquiry about the open attempt. One that was not planned is not
// counted, so that it neither widens the gaps nor brings a person in sooner.
func (r rules) afterEnquiry(job storage.Job, c providers.Capabilities, result providers.Result, planned bool, now time.Time, next another) storage.Move {
	a := *job.OpenAttempt()
	m := r.learnt(job, "enquire", result, now)
	m.To, m.Enquiry = job.State, planned
	landed := a.Opened.Add(r.sendLimit + c.LateArrival) // after this, no send can land any more
	if planned {
		a.Enquiries++
	}
	wait := r.gap(a.Enquiries)
	if wait > landed.Sub(now) && now.Before(landed) && (result.Status == providers.Refused || result.Status == providers.NotFound) {
		wait = landed.Sub(now) // the same answer means more then
	}
	ended := result.Status == providers.Delivered || result.Status == providers.Refused
	if ended && m.Reason == providers.ReasonEcho { // I11: what ended may be another order than ours
		return r.review(job, m, "an answer spoke of another order")
	}
	switch result.Status {
	case providers.Delivered:
		return delivered(m, result)
	case providers.Refused:
		if accepted(job) || !now.Before(landed) {
			if !job.Restored.IsZero() {
				return r.review(job, m, "this send came to nothing, and a later one may be missing in the copy")
			}
			return notCharged(job, m, storage.ProofFailed, endReason(result.Reason), next)
		}
	case providers.Pending:
		m.To = storage.Pending
	case providers.NotFound:
		m.NotFound = planned
		if planned && c.Status == providers.StatusMeaningful && a.NotFound+1 >= c.NotFoundPolls && !now.Before(landed) {
			return r.review(job, m, "the provider does not know it")
		}
	}
	deadline := a.Opened.Add(r.reviewAfter)
	if !now.Before(deadline) {
		return r.review(job, m, "unfinished for too long")
	}
	m.Due = now.Add(min(wait, deadline.Sub(now)))
	return m
}

// learnt carries what an answer says, whatever it is worth: the evidence is always kept.
func (r rules) learnt(job storage.Job, call string, result providers.Result, now time.Time) storage.Move {
	m := begin(job, now, job.State)
	if m.Reason != providers.ReasonEcho { // once an answer did not fit, no later one makes it fit
		m.Reason = cmp.Or(result.Reason, job.Reason)
	}
	m.Note = note(job, result)
	m.UpstreamID = result.UpstreamID
	e := result.Evidence
	e.Call = cmp.Or(e.Call, call)
	if e.At.IsZero() {
		e.At = now
	}
	m.Evidence = &e
	return m
}

// note is the line for admins in the history: who said what.
func note(job storage.Job, result providers.Result) string {
	said := cmp.Or(result.Code, result.Evidence.Err, result.Status.String())
	if n := len(job.Attempts); n > 0 {
		return job.Attempts[n-1].Provider + ": " + said
	}
	return said
}

func delivered(m storage.Move, result providers.Result) storage.Move {
	m.To, m.Close, m.Serial, m.Reason, m.Due = storage.Delivered, storage.ProofDelivered, result.Serial, providers.ReasonNone, time.Time{}
	return m
}

// notCharged closes the attempt by proof, the only door to another provider.
func notCharged(job storage.Job, m storage.Move, proof storage.Proof, why providers.Reason, next another) storage.Move {
	m.Close, m.Reason = proof, why
	if next(job) {
		m.To, m.Due = storage.Queued, m.Now
		return m
	}
	m.To, m.Due = storage.Failed, time.Time{}
	return m
}

// endReason is why an order that was taken failed in the end: what is a refusal at the door is none any more.
func endReason(why providers.Reason) providers.Reason {
	if why == providers.ReasonNone || why == providers.ReasonRejected || why == providers.ReasonRefunded {
		return providers.ReasonFailed
	}
	return why
}

// accepted reports whether the upstream once said that it has the open attempt: in an answer that was
// Pending, stored since its send, and before the present one. An id of theirs proves nothing, since a failure
// may carry one too. Lines are taken in their order, not by their times: a clock may have been set back.
func accepted(job storage.Job) bool {
	if job.State == storage.Pending {
		return true
	}
	for _, l := range slices.Backward(job.History) {
		switch l.To {
		case storage.Pending:
			return true
		case storage.Sending:
			return false
		}
	}
	return false
}

// toReview ends asking without another question.
func (r rules) toReview(job storage.Job, now time.Time, why string) storage.Move {
	return r.review(job, begin(job, now, storage.Review), why)
}

// review hands the job to a person, and tells the operations group in the same commit.
func (r rules) review(job storage.Job, m storage.Move, why string) storage.Move {
	if m.Note != "" {
		why += " (" + m.Note + ")"
	}
	m.To, m.Note, m.Due = storage.Review, why, m.Now.Add(r.remindEvery)
	if a := job.OpenAttempt(); a != nil {
		m.After = r.readSince(*a)
	}
	job.State, job.Reason = storage.Review, m.Reason
	m.Notices = r.opsNotices(job, false)
	return m
}

// readSince is our float as it was read after the answer to the send, nil when it was not: an older reading
// would say that no money moved.
func (r rules) readSince(a storage.Attempt) *storage.Reading {
	answered := a.Opened
	if len(a.Evidence) > 0 {
		answered = a.Evidence[0].At
	}
	if read := r.reading(a.Provider); read != nil && read.At.After(answered) {
		return read
	}
	return nil
}

// remind tells the operations group again about a job that still waits for a person. Nothing that people decide
// by changes with it, so that it spoils no decision that is being made.
func (r rules) remind(job storage.Job, now time.Time) storage.Move {
	m := begin(job, now, storage.Review)
	m.Due = now.Add(r.remindEvery)
	m.Notices = r.opsNotices(job, true)
	return m
}

// gap is the time until the enquiry that follows n others.
func (r rules) gap(n int) time.Duration {
	return r.spread(r.enquireAfter[min(n, len(r.enquireAfter)-1)])
}

// spread moves a gap by up to ±10 %, so that jobs that failed together do not ask together.
func (d *Dispatcher) spread(gap time.Duration) time.Duration {
	tenth := int64(gap / 10)
	if tenth <= 0 {
		return gap
	}
	var b [8]byte
	d.mu.Lock()
	_, err := io.ReadFull(d.random, b[:])
	d.mu.Unlock()
	if err != nil {
		return gap // the spread is a courtesy to the provider
	}
	n := int64(binary.BigEndian.Uint64(b[:]) >> 1)
	return gap - time.Duration(tenth) + time.Duration(n%(2*tenth+1))
}
