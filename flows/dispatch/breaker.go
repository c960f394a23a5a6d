package dispatch

import (
	"errors"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// breaker notices that the sends of one operator's orders to one provider come to nothing, and that they
// succeed again. It steers orders that are not sent yet, and touches nothing else (SAFETY.md, section 4).
//
// While it is broken, an order that another provider takes goes there; but after every gap, which doubles, one such
// order is a trial. An order that nobody else takes goes to the broken one, one at a time: an outage of
// the only provider makes few doubtful orders, and its end is noticed by the very next order. The first
// success mends it.
//
// It lives in memory: after a restart every provider is believed to work until it has failed anew. It is
// our own and none of failsafe-go's, because a trial here belongs to an order, which may be cancelled or turn too
// old before it is sent and then gives its right back without a verdict; because an order without a
// choice is a trial whenever none is under way, whatever the gap; and because both a row of failures and a
// share of them break it.
type breaker struct {
	row    int // failures in a row
	lost   int // orders in a row that it took, and that failed in the end
	recent tally
	since  time.Time     // it has been broken since; zero = it works
	gap    time.Duration // between two trials of orders that others take
	next   time.Time     // when the next of them may be
	trial  storage.JobID // the last of them
}

const (
	breakInRow  = 5  // that many failures in a row break
	breakFailed = 12 // and so do that many
	breakOf     = 20 // of the last that many
	trialAfter  = 30 * time.Second
	trialMost   = 5 * time.Minute
)

func (b *breaker) broken() bool { return !b.since.IsZero() }

// record takes the outcome of a send that began at begun. The failure of one that was under way already
// when it broke says nothing new, and puts no trial off.
func (b *breaker) record(failed bool, begun, now time.Time) (broke, mended bool) {
	if !failed && b.broken() {
		if b.lost >= breakInRow {
			return false, false // it took the others as well
		}
		*b = breaker{}
		return false, true
	}
	b.recent.add(failed, breakOf)
	if !failed {
		b.row = 0
		return false, false
	}
	b.row++
	switch of, good := b.recent.count(); {
	case b.broken() && begun.Before(b.since):
		return false, false
	case b.broken():
		b.gap = min(2*b.gap, trialMost)
	case b.row >= breakInRow, of == breakOf && of-good >= breakFailed:
		b.since, b.gap, broke = now, trialAfter, true
	default:
		return false, false
	}
	b.next = now.Add(b.gap)
	return broke, false
}

// ended takes the end of an order that was taken: delivered, or failed after all. As many failures in a row break as of
// sends; what is broken so is mended only by a delivery, and a delivery mends nothing else: one that has no answer to
// a send makes doubtful orders, although they arrive.
func (b *breaker) ended(failed bool, now time.Time) (broke, mended bool) {
	switch {
	case !failed && b.lost >= breakInRow:
		*b = breaker{}
		return false, true
	case !failed:
		b.lost = 0
		return false, false
	}
	b.lost++
	switch {
	case b.broken():
		b.gap = min(2*b.gap, trialMost)
	case b.lost >= breakInRow:
		b.since, b.gap, broke = now, trialAfter, true
	default:
		return false, false
	}
	b.next = now.Add(b.gap)
	return broke, false
}

// mayTry reports whether an order that others take is the trial, and makes it that when it is time for one
// and the line is free: an order without a choice, on its way or waiting, is a trial itself.
func (b *breaker) mayTry(id storage.JobID, free bool, now time.Time) bool {
	if b.trial == id {
		return true
	}
	if !free || now.Before(b.next) {
		return false
	}
	b.trial, b.next = id, now.Add(b.gap)
	return true
}

// outcome is what a send says of the provider: whether it failed us. known is false when it says nothing of it:
// our own side could not make the order up. A refusal of the order itself, and a duplicate, are answers of
// a provider that works.
func outcome(result providers.Result, err error) (failed, known bool) {
	if err != nil {
		return true, !errors.Is(err, providers.ErrUnsupported)
	}
	switch result.Reason {
	case providers.ReasonFloatShort, providers.ReasonCredentials, providers.ReasonMaintenance, providers.ReasonEcho:
		return true, true
	case providers.ReasonDuplicate:
		return false, true
	}
	return result.Status == providers.Unknown || result.Status == providers.NotFound, true
}

// tally is the outcomes of the last sends.
type tally struct {
	failed []bool
	at     int // the oldest, once there are most of them
}

// add takes one more outcome; when there are most of them already, the oldest is forgotten.
func (t *tally) add(failed bool, most int) {
	if len(t.failed) < most {
		t.failed = append(t.failed, failed)
		return
	}
	t.failed[t.at] = failed
	t.at = (t.at + 1) % most
}

// count says how many there are, and how many of them did not fail.
func (t *tally) count() (of, good int) {
	for _, failed := range t.failed {
		if !failed {
			good++
		}
	}
	return len(t.failed), good
}
