// Package alerts tells the operations group what needs a person: floats that run low, providers that do
// not answer, jobs under review.
//
// Each provider's float is read by a goroutine of its own, so that a slow provider delays nobody; the
// first readings are spread over one interval. What a reading means is decided by a pure function of
// what the group was told last (judge.go). That memory changes in the same commit that owes the alert,
// so a restart neither repeats an alert nor forgets one.
//
// A level is left only by a margin of 5 %, so that a float that hovers at its limit does not ring with
// every order: low is left at or above Low plus 5 %, critical at or above Critical plus 5 % (then low
// holds again, which is not told once more). While a float is below its limit, or a provider is down,
// the group is reminded every RemindEvery.
package alerts

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// Float is our balance with one provider, and its limits. A limit of zero is none; both have the
// currency of the balance.
type Float struct {
	Name    string
	Balance func(ctx context.Context) (providers.Money, error)

	Low, Critical providers.Money
}

// Store keeps what the group was told.
type Store interface {
	Memo(ctx context.Context, name string) ([]byte, error)
	SetMemo(ctx context.Context, name string, value []byte, notices ...storage.Notice) error
}

// Config says what to watch and whom to tell.
type Config struct {
	Store  Store
	Agents Agents // nil = nobody is told of results that agents cannot be told
	Floats []Float

	OpsChat  storage.ChatID // 0 = of floats nobody is told, though they are read; of jobs Admins are
	OpsTopic int64

	// Admins are the private chats of those who are told about jobs that wait for a person when there is no
	// group. nil = nobody. It may read the store.
	Admins func() []storage.ChatID

	CheckEvery  time.Duration // between two readings of one float, and the limit of one reading; 1 min
	RemindEvery time.Duration // 3 h

	Catalogue *text.Catalogue
	Language  string
	Logger    *slog.Logger
}

// Reading is what is known of one float.
type Reading struct {
	Name    string
	Balance providers.Money
	At      time.Time // of the last good reading; zero = none yet
	Down    bool      // the provider did not answer lately, or refused us
}

// Watch watches floats. Make one with New; it is safe for concurrent use.
type Watch struct {
	c   Config
	log *slog.Logger

	mu       sync.Mutex
	readings []Reading            // one a float, in the order of Config.Floats
	troubles map[string]time.Time // when Trouble told of a provider and a reason last
	broken   map[string]toldBroken
	untold   chan struct{} // holds one token when somebody was not told a result
}

// New makes a watch; Run starts it.
func New(c Config) *Watch {
	if c.CheckEvery <= 0 {
		c.CheckEvery = time.Minute
	}
	if c.RemindEvery <= 0 {
		c.RemindEvery = 3 * time.Hour
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	w := &Watch{c: c, log: c.Logger, troubles: map[string]time.Time{}, broken: map[string]toldBroken{}, untold: make(chan struct{}, 1)}
	for _, f := range c.Floats {
		w.readings = append(w.readings, Reading{Name: f.Name})
	}
	return w
}

// Run reads the floats, and tells of results that agents cannot be told, until ctx is over and then returns nil. It returns an error only when the store
// has failed; the process must then end.
func (w *Watch) Run(ctx context.Context) error {
	watching, stop := context.WithCancel(ctx)
	defer stop()
	failed := make(chan error, len(w.c.Floats)+1)
	var group sync.WaitGroup
	if w.c.Agents != nil {
		group.Go(func() {
			if err := w.tellUntold(watching); err != nil {
				failed <- err
				stop()
			}
		})
	}
	for i := range w.c.Floats {
		first := time.Second + time.Duration(i)*w.c.CheckEvery/time.Duration(len(w.c.Floats))
		group.Go(func() {
			if err := w.watch(watching, i, first); err != nil {
				failed <- err
				stop()
			}
		})
	}
	<-watching.Done()
	group.Wait()
	close(failed)
	return <-failed // nil when nothing failed
}

// Readings is what is known of each float, in the order of Config.Floats. It asks nobody.
func (w *Watch) Readings() []Reading {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Reading(nil), w.readings...)
}
