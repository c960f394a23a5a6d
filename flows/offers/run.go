package offers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rechargebot/providers"
)

const (
	// fetchTime is how long one call may take at most.
	fetchTime = time.Minute
	// shortestRest is how long a source rests after each call at least.
	shortestRest = time.Second
)

// Run fetches lists until ctx is over, and then returns nil. It may be called once.
func (b *Book) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		p, at, ok := b.next(time.Now())
		if ok && !at.After(time.Now()) {
			b.fetch(ctx, p)
			continue
		}
		b.sleep(ctx, at, ok)
	}
	return nil
}

// sleep waits until a list is due, or wanted, or ctx is over.
func (b *Book) sleep(ctx context.Context, at time.Time, ok bool) {
	var due <-chan time.Time
	if ok {
		timer := time.NewTimer(time.Until(at))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-due:
	case <-b.wake:
	}
}

// fetch asks the page's source and keeps what it says.
func (b *Book) fetch(ctx context.Context, p page) {
	source := b.c.Sources[p.source]
	begun := time.Now()
	call, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	fetched, err := guarded(call, source, p.OfferQuery)
	if ctx.Err() != nil {
		return // whatever it says, it was cut short by us
	}
	now := time.Now()
	pause := max(shortestRest, now.Sub(begun))
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.lists[p]
	switch {
	case errors.Is(err, providers.ErrUnsupported):
		l.offers, l.fetched, l.unsupported = nil, now, true
		l.worked(now, 0)
		b.rests[p.source].worked(now, pause)
	case err != nil:
		l.failed(now)
		b.rests[p.source].failed(now)
		b.c.Logger.Warn("a list of packs was not fetched", "source", source.Name, "operator", p.Operator, "circle", p.Circle, "cause", err)
	default:
		l.offers, l.fetched, l.unsupported = keep(fetched, p.OfferQuery), now, false
		l.worked(now, 0)
		b.rests[p.source].worked(now, pause)
	}
}

// guarded turns a panic of the source into an error.
func guarded(ctx context.Context, s Source, q providers.OfferQuery) (list []providers.Offer, err error) {
	defer func() {
		if v := recover(); v != nil {
			list, err = nil, fmt.Errorf("fetch panicked: %v", v)
		}
	}()
	return s.Fetch(ctx, q)
}
