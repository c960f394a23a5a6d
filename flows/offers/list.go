package offers

import (
	"cmp"
	"slices"
	"time"

	"rechargebot/providers"
)

// How long a list, and its source, is left alone after a failure: it doubles with each one.
const (
	firstRest   = 30 * time.Second
	longestRest = 5 * time.Minute // longer than a person waits, but not after the provider is well again
)

// list is what one page holds. The zero list was never fetched, and nobody has asked for it.
type list struct {
	offers      []providers.Offer
	fetched     time.Time // zero = never
	asked       time.Time // by Known, zero = never
	unsupported bool      // the source says that there is no such list
	rest
}

// rest is how long something that fails is left alone.
type rest struct {
	failures int
	until    time.Time
}

func (r *rest) failed(now time.Time) {
	r.until = now.Add(min(longestRest, firstRest<<min(r.failures, 10)))
	r.failures++
}

// worked ends the failures; pause is how long to leave it alone all the same.
func (r *rest) worked(now time.Time, pause time.Duration) {
	r.failures, r.until = 0, now.Add(pause)
}

// here reports whether the list can be shown.
func (l *list) here(now time.Time, keep time.Duration) bool {
	return !l.fetched.IsZero() && !l.unsupported && now.Sub(l.fetched) <= keep
}

// due is when the list should be fetched, as far as it goes by the list alone.
func (l *list) due(fresh, keep time.Duration) time.Time {
	at := l.until
	switch {
	case l.fetched.IsZero():
	case l.unsupported:
		at = later(at, l.fetched.Add(keep))
	default:
		at = later(at, l.fetched.Add(fresh))
	}
	return at
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// next is the page to fetch next, and when. It forgets the circles' lists that nobody has asked for lately.
// Of those that are due, one that somebody waits for comes first, then the one that is due longest.
func (b *Book) next(now time.Time) (p page, at time.Time, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	waits := false
	for candidate, l := range b.lists {
		if candidate.Circle != "" && now.Sub(l.asked) > b.c.Keep {
			delete(b.lists, candidate)
			continue
		}
		due := later(l.due(b.c.Fresh, b.c.Keep), b.rests[candidate.source].until)
		waited := !due.After(now) && !l.asked.IsZero() && !l.here(now, b.c.Keep)
		if !ok || before(waited, waits, due, at, candidate, p) {
			p, at, waits, ok = candidate, due, waited, true
		}
	}
	return p, at, ok
}

// before orders pages: waited for, then due first, then by their names, so that equal ones have an order too.
func before(waited, waits bool, due, at time.Time, p, q page) bool {
	if waited != waits {
		return waited
	}
	return cmp.Or(due.Compare(at), cmp.Compare(p.source, q.source), cmp.Compare(p.Operator, q.Operator), cmp.Compare(p.Circle, q.Circle)) < 0
}

// keep is what of a fetched list is kept: packs of that operator with a price, in the source's order.
func keep(fetched []providers.Offer, q providers.OfferQuery) []providers.Offer {
	operator, _ := providers.FindOperator(q.Operator)
	out := slices.DeleteFunc(slices.Clone(fetched), func(o providers.Offer) bool {
		return o.Operator != q.Operator || o.Price.Currency != operator.Currency || o.Price.Minor <= 0
	})
	return slices.Clip(out[:min(len(out), MaxOffers)])
}
