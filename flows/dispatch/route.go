package dispatch

import (
	"slices"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// route chooses the upstream for a job's next attempt: the first in priority order that serves the
// operator, number type and amount and was not tried yet; only the agent's choice where he made one. nil = none.
func (d *Dispatcher) route(job storage.Job) Upstream {
	if job.OpenAttempt() != nil || job.OpenIncident() != nil || len(job.Attempts) >= d.c.MaxProviders {
		return nil
	}
	for _, up := range d.c.Upstreams {
		name := up.Name()
		chosen := job.Provider == "" || job.Provider == name
		tried := slices.ContainsFunc(job.Attempts, func(a storage.Attempt) bool { return a.Provider == name })
		if chosen && !tried && up.Takes(job.Order) {
			return up
		}
	}
	return nil
}

// another reports whether a job whose open attempt is closed as not charged goes to another provider:
// one is left, and the order is not too old to be sent.
func (d *Dispatcher) another(job storage.Job, now time.Time) bool {
	job.Attempts = slices.Clone(job.Attempts)
	if a := job.OpenAttempt(); a != nil {
		a.Closed = now
	}
	return !d.tooOld(job, now) && d.route(job) != nil
}

// sort says which lane a due job waits in, and whether for a send there.
func (d *Dispatcher) sort(job storage.Job, now time.Time) (n *lane, send bool) {
	switch job.State {
	case storage.Queued:
		if up := d.route(job); up != nil && !d.tooOld(job, now) {
			return d.lanes.find(up.Name()), true
		}
	case storage.Pending, storage.Unknown:
		if a := job.OpenAttempt(); a != nil {
			if n := d.lanes.find(a.Provider); n != nil && askable(n.up.Registration().Capabilities, *a, now) {
				return n, false
			}
		}
	}
	return d.lanes.house, false
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
