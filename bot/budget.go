package bot

import (
	"slices"
	"time"
)

// How fast we send over all chats. Telegram publishes no exact limit (its FAQ, "My bot is hitting limits": about 30 a
// second in all); nothing says what it counts from, so we take the strictest reading: 30 in any second, by the
// moments at which they arrive.
//
// A call has arrived when it is answered, and it left when it was granted, so what is not known of its arrival is
// only by how much its answer came later than the quickest one does. It keeps its place for a second and that
// much. In steady state the calls that nobody waits for are evenDistance apart, which is 95.2 % of 30 a second;
// what somebody waits for may use the rest.
const (
	allCalls     = 30                     // in any allSpan, by Telegram's word
	allSpan      = time.Second            // by the moments of arrival
	allMargin    = 10 * time.Millisecond  // beyond it, as the quickest answer of late is not the quickest that can be
	mostUnsure   = 200 * time.Millisecond // and no more than that much for an answer that is late or did not come
	evenDistance = 35 * time.Millisecond  // between two calls that nobody waits for, so that one that somebody waits for soon finds room
	mostBehind   = 250 * time.Millisecond // what a timer was late by is made up for, up to here

	fewestCalls = allCalls / 4
	slowerBy    = 8               // a refusal takes this part of the calls
	fasterEvery = 2 * time.Minute // one more call in each span, until it is allCalls again
)

// budget is what all chats together may be sent. When Telegram refuses a call though we kept to the limit, its limit
// is lower than we think: the next stretch has an eighth fewer calls, never less than a quarter of allCalls, and every
// two minutes one more is tried again. So a Telegram with a lower limit refuses one call in some minutes.
type budget struct {
	most   int         // calls in any allSpan; allCalls, or fewer after a refusal
	since  time.Time   // when most changed last
	places []*place    // that are not free again, by their time
	even   time.Time   // when the next call is due that nobody waits for
	quick  [2]quickest // answers: of the present set, and of the one before
}

// place is one call's.
type place struct {
	at   time.Time // when the call was granted
	free time.Time
}

// quickest is the shortest time to an answer in a set of them.
type quickest struct {
	n    int
	took time.Duration
}

const (
	quickSet = 64 // answers in a set; what is known of the way to Telegram is forgotten after twice as many
	quickFew = 16 // are too few to know it
)

func newBudget() budget { return budget{most: allCalls} }

// wait is how long until fewer than most places are taken.
func (b *budget) wait(now time.Time, most int) time.Duration {
	b.places = slices.DeleteFunc(b.places, func(p *place) bool { return !p.free.After(now) })
	over := len(b.places) - most
	if over < 0 {
		return 0
	}
	free := make([]time.Time, 0, len(b.places))
	for _, p := range b.places {
		free = append(free, p.free)
	}
	slices.SortFunc(free, time.Time.Compare)
	return free[over].Sub(now)
}

// calls is how many there may be in any span now.
func (b *budget) calls(now time.Time) int {
	if steps := int(now.Sub(b.since) / fasterEvery); b.most < allCalls && steps > 0 {
		b.most = min(allCalls, b.most+steps)
		b.since = b.since.Add(time.Duration(steps) * fasterEvery)
	}
	return b.most
}

// slower obeys a refusal.
func (b *budget) slower(now time.Time) {
	b.most, b.since = max(fewestCalls, b.calls(now)-max(1, b.most/slowerBy)), now
}

// used reports whether so many calls were made lately that they may have been too many.
func (b *budget) used(now time.Time) bool { return b.wait(now, b.calls(now)/2) > 0 }

// take gives a call its place. Until it is answered it may be anywhere.
func (b *budget) take(now time.Time) *place {
	p := &place{at: now, free: now.Add(allSpan + mostUnsure)}
	b.places = append(b.places, p)
	return p
}

// plan says when the next call is due that nobody waits for, after one that is made now and was ready then: counted
// from when it was due and not from now, so that what timers are late by is not summed.
func (b *budget) plan(ready, now time.Time) {
	due := later(later(b.even, ready), now.Add(-mostBehind))
	b.even = due.Add(evenDistance * allCalls / time.Duration(b.calls(now)))
}

// came notes that a call was answered; sample says that its time tells how quick an answer can be.
func (b *budget) came(p *place, now time.Time, sample bool) {
	took := now.Sub(p.at)
	if sample {
		if q := &b.quick[0]; q.n == 0 || took < q.took {
			q.took = took
		}
		if b.quick[0].n++; b.quick[0].n == quickSet {
			b.quick[0], b.quick[1] = quickest{}, b.quick[0]
		}
	}
	p.free = p.at.Add(allSpan + min(allMargin+max(0, took-b.least()), mostUnsure))
}

// least is how quick an answer can be, as far as that is known.
func (b *budget) least() time.Duration {
	now, before := b.quick[0], b.quick[1]
	switch {
	case now.n+before.n < quickFew:
		return 0
	case now.n == 0:
		return before.took
	case before.n == 0:
		return now.took
	}
	return min(now.took, before.took)
}

// giveBack frees the place of a call that was not made.
func (b *budget) giveBack(p *place) {
	b.places = slices.DeleteFunc(b.places, func(other *place) bool { return other == p })
}
