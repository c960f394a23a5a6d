package dispatch

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// handle does the one thing that a due job's state calls for and says when the job is due again: zero
// when it never is. An error is the store's.
func (l *loop) handle(e *errand) (time.Time, error) {
	job, err := l.d.c.Store.Job(l.work, e.id)
	if err != nil {
		return time.Time{}, fmt.Errorf("read %s: %w", e.id, err)
	}
	now := time.Now()
	wanted := l.d.heard(e.id) && e.lane.up != nil && e.line == nil
	if job.NeverDue() || !wanted && l.d.rules.resting(job, now) {
		return job.Due, nil
	}
	if n, w, err := l.d.sort(l.work, job, now); err != nil {
		return time.Time{}, err
	} else if n != e.lane || w != e.way() {
		return now, nil // it changed while it waited, and waits in another lane now
	}
	if e.lane.up == nil {
		return l.move(job, l.d.settle(job, now))
	}
	if e.line != nil {
		return l.send(job, e)
	}
	return l.enquire(job, e, wanted)
}

// settle ends or puts off, without an upstream, what waits in the house's lane.
func (d *Dispatcher) settle(job storage.Job, now time.Time) storage.Move {
	switch {
	case job.State.Terminal():
		return d.rules.remindIncident(job, now)
	case job.State == storage.Queued && mayBePaid(job):
		m := giveUp(job, now, providers.ReasonFailed)
		m.Note = "an earlier attempt may have been delivered: nothing more is sent"
		return m
	case job.State == storage.Queued && d.tooOld(job, now):
		return tooOldMove(job, now)
	case job.State == storage.Queued:
		return giveUp(job, now, providers.ReasonUnsupported)
	case job.State == storage.Sending:
		return d.rules.lost(job, now)
	case job.State == storage.Review:
		return d.rules.remind(job, now)
	}
	why := "its provider is not configured"
	if a := job.OpenAttempt(); a == nil {
		why = "no attempt is open"
	} else if d.lanes.find(a.Provider) != nil {
		why = "its provider cannot be asked"
	}
	return d.rules.toReview(job, now, why)
}

// move commits one change and says when the job is due again. The note stays out of the log: it may
// hold a provider's words, and they a customer's number.
func (l *loop) move(job storage.Job, m storage.Move) (time.Time, error) {
	if m.To.Terminal() && m.Due.IsZero() && job.OpenIncident() != nil {
		m.Due = m.Now.Add(l.d.rules.remindEvery)
	}
	after, err := l.d.c.Store.Move(l.work, m)
	if err != nil {
		return time.Time{}, fmt.Errorf("move %s from %s to %s: %w", job.ID, job.State, m.To, err)
	}
	if m.To != job.State {
		l.d.log.Info("job moved", "job", job.ID.String(), "from", job.State, "to", m.To, "reason", m.Reason)
	}
	return after.Due, nil
}

// send sends a queued job, for which a turn was taken: the intent is durable before the one send begins.
func (l *loop) send(job storage.Job, e *errand) (time.Time, error) {
	up := e.lane.up
	may, err := l.d.c.MayOrder(l.work, job.Agent)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return time.Time{}, fmt.Errorf("read the agent of %s: %w", job.ID, err)
	}
	now := time.Now()
	if err != nil || !may {
		return l.move(job, withdraw(job, now))
	}
	if l.d.awaitsRecheck(job.ID, now) {
		return now.Add(recheckEvery), nil
	}
	if paused, err := l.d.isPaused(l.work, e.lane); err != nil || paused {
		return now, err
	}
	ref, err := up.NewReference()
	if err != nil {
		l.d.log.Error("no reference could be made; nothing is sent", "job", job.ID.String(), "provider", up.Name(), "err", err)
		return now.Add(retryAfter), nil
	}
	e.turned = true
	intent := l.d.rules.intend(job, up.Name(), ref, now)
	intent.Open.Before = l.d.reading(up.Name())
	sending, err := l.d.c.Store.Move(l.work, intent)
	if err != nil {
		return time.Time{}, fmt.Errorf("move %s to %s: %w", job.ID, storage.Sending, err)
	}
	if l.work.Err() != nil {
		return time.Time{}, nil // the store has failed meanwhile: the next start finds the job in Sending
	}
	l.d.log.Info("sending", "job", job.ID.String(), "provider", up.Name(), "reference", ref)
	ctx, cancel := context.WithTimeout(l.work, l.d.rules.sendLimit)
	defer cancel()
	result, err := l.recharge(ctx, up, providers.Request{Order: job.Order, Reference: ref})
	begun, now := now, time.Now()
	if err != nil {
		l.d.log.Warn("the send came to nothing", "job", job.ID.String(), "provider", up.Name(), "err", err)
	}
	another := func(j storage.Job) bool { return l.d.another(j, now) }
	m := l.d.rules.afterSend(sending, up.Registration().Capabilities, result, err, now, another)
	m.Notices = append(m.Notices, l.d.learn(e.lane, job.Operator, result, err, begun, now)...)
	return l.move(sending, m)
}

// recharge is the only place that sends. A panic in an adapter is an answer that nobody understood.
func (l *loop) recharge(ctx context.Context, up Upstream, r providers.Request) (result providers.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			result, err = l.panicked("recharge", up, p), nil
		}
	}()
	return up.Recharge(ctx, r)
}

// enquireTimeout is the last net under an enquiry; an upstream's own limit is shorter.
const enquireTimeout = 2 * time.Minute

// enquire asks about a job's open attempt. An enquiry that the end of Run cut short changes nothing; one that
// AskSoon caused puts the planned one off by nothing.
func (l *loop) enquire(job storage.Job, e *errand, wanted bool) (time.Time, error) {
	e.turned = true
	caps := e.lane.up.Registration().Capabilities
	result := l.ask(e.lane.up, job.Order, *job.OpenAttempt())
	if result.Status == providers.Unknown && l.over() {
		return job.Due, nil
	}
	now := time.Now()
	another := func(j storage.Job) bool { return l.d.another(j, now) }
	planned := !wanted || !l.d.rules.resting(job, now)
	m := l.d.rules.afterEnquiry(job, caps, result, planned, now, another)
	if !planned && !m.Due.IsZero() && m.To != storage.Review && job.Due.After(now) && job.Due.Before(m.Due) {
		m.Due = job.Due
	}
	m.Notices = append(m.Notices, l.d.learnEnd(e.lane, job, m, now)...)
	return l.move(job, m)
}

// ask enquires about an attempt; it ends with Run. A panic in an adapter is an answer that nobody understood.
func (l *loop) ask(up Upstream, order providers.Order, a storage.Attempt) (result providers.Result) {
	defer func() {
		if p := recover(); p != nil {
			result = l.panicked("enquire", up, p)
		}
	}()
	ctx, cancel := context.WithTimeout(l.work, enquireTimeout)
	defer cancel()
	defer context.AfterFunc(l.stop, cancel)()
	result = up.Enquire(ctx, providers.Sent{
		Request:    providers.Request{Order: order, Reference: a.Reference},
		UpstreamID: a.UpstreamID,
		At:         a.Opened,
	})
	l.d.doubt(l.d.lanes.find(up.Name()), result, time.Now())
	return result
}

func (l *loop) panicked(call string, up Upstream, p any) providers.Result {
	l.d.log.Error("a provider's adapter panicked", "call", call, "provider", up.Name(), "panic", panicText(p), "stack", string(debug.Stack()))
	return providers.Result{Evidence: providers.Evidence{Call: call, Err: "the adapter panicked"}}
}

// notSent reports whether err proves that nothing left.
func notSent(err error) bool { return errors.Is(err, providers.ErrNotSent) }
