package dispatch

import (
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// What is stored is dated by the wall clock, and that may be set back by hours (SAFETY.md, section 4: an
// order is sent soon after it was confirmed or never). So a due time is believed only as far as it can be
// true, an order out of the future is not sent, and what waits in memory keeps its distance to now.

// clockSlack is how far the wall clock may go back without being noticed: no order is a minute older or
// younger in a way that matters.
const clockSlack = time.Minute

// clock notices that the wall clock was set back.
type clock struct {
	wall, steady time.Time // the same moment without and with Go's monotonic reading
}

func newClock(now time.Time) clock { return clock{wall: now.Round(0), steady: now} }

// back says how far the wall clock was set back since the last call, 0 when by no more than clockSlack.
func (c *clock) back(now time.Time) time.Duration {
	back := now.Sub(c.steady) - now.Round(0).Sub(c.wall)
	*c = newClock(now)
	if back <= clockSlack {
		return 0
	}
	return back
}

// firstLook is the entry of a job that dispatch is told of: it is looked at within a minute, whatever its
// due time says, since only the job itself shows whether that can be true. The looks of many are spread.
func firstLook(id storage.JobID, due, now time.Time) entry {
	soon := now.Add(time.Duration(1+id%60) * time.Second)
	if due.After(soon) {
		due = soon
	}
	return entry{due: due.UnixNano(), id: id}
}

// resting reports whether a job is not due yet. A due time further away than any that dispatch gives in
// that state was made by a clock that has been set back: the job is due.
func (r rules) resting(job storage.Job, now time.Time) bool {
	left := job.Due.Sub(now)
	return left > 0 && left <= r.longestRest(job.State)
}

func (r rules) longestRest(s storage.State) time.Duration {
	switch s {
	case storage.Queued:
		return clockSlack
	case storage.Sending:
		return r.sendLimit + retryAfter
	case storage.Review:
		return withSpread(r.remindEvery)
	case storage.Delivered, storage.Failed, storage.Cancelled, storage.Reversed: // of an incident; a person's decision leaves an hour
		return max(time.Hour, withSpread(r.remindEvery))
	}
	longest := time.Duration(0)
	for _, gap := range r.enquireAfter {
		longest = max(longest, withSpread(gap))
	}
	return longest
}

// withSpread is the longest that spread makes of a gap.
func withSpread(gap time.Duration) time.Duration { return gap + gap/10 }

// tooOld reports whether an order may not be sent any more: it waited too long, or its age is not known
// because it comes out of the future.
func (d *Dispatcher) tooOld(job storage.Job, now time.Time) bool {
	age := now.Sub(job.Created)
	return age > d.c.QueueMaxAge || age < -clockSlack
}

// expires is when an order becomes too old.
func (d *Dispatcher) expires(job storage.Job) time.Time {
	return job.Created.Add(d.c.QueueMaxAge + 1)
}

// tooOldMove fails a queued job that may not be sent any more.
func tooOldMove(job storage.Job, now time.Time) storage.Move {
	m := giveUp(job, now, providers.ReasonTooOld)
	if job.Created.After(now) {
		m.Note = "it comes out of the future: the clock was set back"
	}
	return m
}
