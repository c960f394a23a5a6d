// Package offers keeps the lists of packs that operators sell at hand, so that nobody who orders ever
// waits for a provider, and no provider is asked more often than lists change.
//
//	Source (a provider that lists packs) ◄── Run, one goroutine, one call at a time
//	                                          │
//	                                          ▼
//	Known, Lists ◄─────────────────────── Book: a list for each source, operator and circle
//
// Known answers at once from what is here and notes that the list is wanted; Run fetches what is wanted
// and not here, what is older than Fresh, and at the start every list that needs no circle. A list of a
// circle is looked after only while people ask for it. The first source in order whose list is here answers.
//
// A source that fails is left alone for a while that doubles each time, up to five minutes, and so is the list;
// after a call a source rests at least as long as the call took, so that a slow one is not asked all the time. There are
// at most as many lists as sources × operators × circles, each of at most MaxOffers packs.
package offers

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"rechargebot/providers"
)

// MaxOffers is how many packs of one list are kept; operators sell far fewer.
const MaxOffers = 300

// Source is a provider that lists packs.
type Source struct {
	Name      string // for the log
	Operators []providers.OperatorID
	Circles   []providers.CircleID // it lists packs only of one of these; nil = it needs none
	// Fetch asks the provider. It ends soon after its context; one that wraps providers.ErrUnsupported
	// says that there is no such list.
	Fetch func(ctx context.Context, q providers.OfferQuery) ([]providers.Offer, error)
}

// Config is what a Book is made of.
type Config struct {
	Sources []Source      // in order of priority
	Fresh   time.Duration // a list is fetched again when it is older; 0 means 30 min
	Keep    time.Duration // an older list is not shown; 0 means 24 h
	Logger  *slog.Logger  // nil means that nothing is logged
}

// Book keeps the lists. Make one with New; it is safe for concurrent use, and blocks nobody but Run.
type Book struct {
	c    Config
	wake chan struct{} // holds one: something is wanted that was not

	mu    sync.Mutex
	lists map[page]*list
	rests map[int]*rest // by source
}

// page names a list: whose it is and what is asked for. There is none but of the sources' own operators and circles.
type page struct {
	source int
	providers.OfferQuery
}

// New makes a book; Run fills it.
func New(c Config) *Book {
	if c.Fresh <= 0 {
		c.Fresh = 30 * time.Minute
	}
	if c.Keep <= 0 {
		c.Keep = 24 * time.Hour
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	b := &Book{c: c, wake: make(chan struct{}, 1), lists: map[page]*list{}, rests: map[int]*rest{}}
	for i, s := range c.Sources {
		b.rests[i] = &rest{}
		for _, operator := range s.Operators {
			if s.Circles == nil {
				b.lists[page{i, providers.OfferQuery{Operator: operator}}] = &list{}
			}
		}
	}
	return b
}

// page is the page on which the source would list what is asked for; false when it has none.
func (b *Book) page(source int, q providers.OfferQuery) (page, bool) {
	s := b.c.Sources[source]
	if s.Circles == nil {
		q.Circle = ""
	}
	return page{source, q}, slices.Contains(s.Operators, q.Operator) && (s.Circles == nil || slices.Contains(s.Circles, q.Circle))
}

// Lists reports whether a source has a list of that, as far as is known. It asks nobody.
func (b *Book) Lists(q providers.OfferQuery) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.c.Sources {
		if p, ok := b.page(i, q); ok && (b.lists[p] == nil || !b.lists[p].unsupported) {
			return true
		}
	}
	return false
}

// Known is the list of the first source that has it here and not older than Keep, in the source's order;
// false when nobody has it here. The lists of the sources before that one are wanted from now on.
func (b *Book) Known(q providers.OfferQuery) ([]providers.Offer, bool) {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.c.Sources {
		p, ok := b.page(i, q)
		if !ok {
			continue
		}
		l := b.lists[p]
		if l == nil {
			l = &list{}
			b.lists[p] = l
		}
		l.asked = now
		if !l.due(b.c.Fresh, b.c.Keep).After(now) {
			select {
			case b.wake <- struct{}{}:
			default:
			}
		}
		if l.here(now, b.c.Keep) {
			return slices.Clone(l.offers), true
		}
	}
	return nil, false
}
