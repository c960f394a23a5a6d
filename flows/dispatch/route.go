package dispatch

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// way is what a due job waits for in its lane.
type way int

const (
	toAsk  way = iota // an enquiry; in the house's lane whatever needs no upstream
	toSend            // its one send
	toWait            // that a person resumes the provider
)

// takers are the lanes of the upstreams that may get a job's next attempt, in order of priority: those
// that serve the operator, number type and amount and were not tried yet; only the agent's choice where he
// made one. What may be paid already, or came out of a copy, has none.
func (d *Dispatcher) takers(job storage.Job) iter.Seq[*lane] {
	return func(yield func(*lane) bool) {
		if job.OpenAttempt() != nil || mayBePaid(job) || !job.Restored.IsZero() || len(job.Attempts) >= d.c.MaxProviders {
			return
		}
		for _, n := range d.lanes.of[:len(d.c.Upstreams)] {
			name := n.up.Name()
			chosen := job.Provider == "" || job.Provider == name
			tried := slices.ContainsFunc(job.Attempts, func(a storage.Attempt) bool { return a.Provider == name })
			if chosen && !tried && n.up.Takes(job.Order) && !yield(n) {
				return
			}
		}
	}
}

// route chooses the lane for a job's next attempt: the first taker that is neither paused nor broken nor
// short of float, or before it a broken one whose trial the job is. Where there is none, one that is short
// (its refusal would be a proof, and what is known of its float may be old), else one that is broken (one order
// at a time); where all are paused, the job waits at the first of them. nil = nobody takes it at all.
func (d *Dispatcher) route(ctx context.Context, job storage.Job, now time.Time) (*lane, way, error) {
	var open, short []*lane
	var paused *lane
	for n := range d.takers(job) {
		is, err := d.isPaused(ctx, n)
		switch {
		case err != nil:
			return nil, toAsk, err
		case is && paused == nil:
			paused = n
		case !is && d.short(n.up, job.Amount, now):
			short = append(short, n)
		case !is:
			open = append(open, n)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, n := range open {
		l := n.line(job.Operator)
		if !l.breaker.broken() || l.breaker.mayTry(job.ID, l.free(), now) {
			return n, toSend, nil
		}
	}
	for _, n := range short {
		if !n.line(job.Operator).breaker.broken() {
			return n, toSend, nil
		}
	}
	if broken := append(open, short...); len(broken) > 0 {
		return broken[0], toSend, nil
	}
	return paused, toWait, nil
}

// isPaused asks whether an upstream is paused, and has what waits looked at when it is so no more.
func (d *Dispatcher) isPaused(ctx context.Context, n *lane) (bool, error) {
	is, err := d.c.Paused(ctx, n.up.Name())
	if err != nil {
		return false, fmt.Errorf("ask whether %s is paused: %w", n.up.Name(), err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if n.paused && !is {
		d.lanes.resumed = true
		d.look()
	}
	n.paused = is
	return is, nil
}

// floatAge is how long a reading of our float steers orders.
const floatAge = 10 * time.Minute

// short reports whether our float with an upstream is known to be less than the amount.
func (d *Dispatcher) short(up Upstream, amount providers.Money, now time.Time) bool {
	left, at, known := d.c.Float(up.Name())
	age := now.Sub(at)
	return known && age <= floatAge && age >= -clockSlack && left.Currency == amount.Currency && left.Less(amount)
}

// reading is our float with an upstream for the record of an attempt, nil when it is not known.
func (d *Dispatcher) reading(provider string) *storage.Reading {
	left, at, known := d.c.Float(provider)
	if !known {
		return nil
	}
	return &storage.Reading{Balance: left, At: at.UTC().Round(0)}
}

// another reports whether a job whose open attempt is closed as not charged goes to another provider:
// one is left, be it paused or broken at present, and the order is not too old to be sent.
func (d *Dispatcher) another(job storage.Job, now time.Time) bool {
	job.Attempts = slices.Clone(job.Attempts)
	if a := job.OpenAttempt(); a != nil {
		a.Closed = now
	}
	for range d.takers(job) {
		return !d.tooOld(job, now)
	}
	return false
}

// sort says which lane a due job waits in, and for what. An error is the store's.
func (d *Dispatcher) sort(ctx context.Context, job storage.Job, now time.Time) (*lane, way, error) {
	switch job.State {
	case storage.Queued:
		if d.tooOld(job, now) {
			break
		}
		if n, w, err := d.route(ctx, job, now); n != nil || err != nil {
			return n, w, err
		}
	case storage.Pending, storage.Unknown:
		if a := job.OpenAttempt(); a != nil {
			if n := d.lanes.find(a.Provider); n != nil && askable(n.up.Registration().Capabilities, *a, now) {
				return n, toAsk, nil
			}
		}
	}
	return d.lanes.house, toAsk, nil
}

// askable reports whether an enquiry about an attempt is possible, and is a pure read.
func askable(c providers.Capabilities, a storage.Attempt, now time.Time) bool {
	if c.StatusMaxAge > 0 && now.Sub(a.Opened) > c.StatusMaxAge {
		return false
	}
	switch c.Status {
	case providers.StatusMeaningful, providers.StatusReadOnly:
		return true
	case providers.StatusByTheirID:
		return a.UpstreamID != ""
	}
	return false
}
