package dispatch

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// Config says how to dispatch. Zero values stand for the defaults, but Store and Upstreams.
type Config struct {
	Store     Store
	Upstreams []Upstream // in order of priority, the first one first; names are unique
	Retired   []Upstream // asked about what they were sent once, and never sent to; no name of Upstreams

	// MayOrder says whether an agent may still order; it is asked right before his order is sent, and
	// what may not be sent any more is cancelled. storage.ErrNotFound means no, any other error is one of
	// the store. nil = always.
	MayOrder func(ctx context.Context, agent storage.PersonID) (bool, error)

	SubmitTimeout time.Duration   // one send, connect to last byte; 30 s
	EnquireAfter  []time.Duration // the gaps before each enquiry, the last one repeats; 10 s … 1 h
	ReviewAfter   time.Duration   // a send unfinished this long goes to a person; 24 h
	RemindEvery   time.Duration   // the person is reminded; 3 h
	QueueMaxAge   time.Duration   // an order not sent within this is too old; 15 min
	MaxProviders  int             // attempts per job, each at another provider; 2
	Parallel      int             // jobs worked on at a time, of several upstreams at most half for one; 64

	Rand   io.Reader // spreads enquiries by ±10 %; read by one goroutine at a time; nil = crypto/rand
	Logger *slog.Logger

	// OpsNotices makes what the operations group is told when a job waits for a person, in the commit that
	// makes it wait, and again as a reminder. nil = nobody is told. It must not block.
	OpsNotices func(job storage.Job, reminder bool) []storage.Notice

	// OpsIncident makes what the operations group is told when an incident is recorded (as a reminder: while it
	// is open), or a provider took a success back (the job is Reversed), in that commit. nil = nobody is told. It must not block.
	OpsIncident func(job storage.Job, reminder bool) []storage.Notice

	// OpsTrouble makes what the operations group is told when a provider answers a send with a reason that
	// the owner should know of (float short, credentials refused, an echo of another order), in the commit
	// that settles the send. It is asked with every reason, also with none. nil = nobody is told. It must not block.
	OpsTrouble func(provider string, why providers.Reason) []storage.Notice

	// OpsBreaker makes what the operations group is told when the sends of an operator's orders to a provider
	// come to nothing in a row (broken), and when one succeeds again, in the commit that settles that send.
	// nil = nobody is told. It must not block.
	OpsBreaker func(provider string, op providers.OperatorID, broken bool) []storage.Notice

	// Paused says whether a person, or Distrust, has paused a provider: it gets no new sends, and is asked
	// about its open orders as before. It is asked when an order is routed and again right before an intent
	// is committed. An error is the store's. nil = never.
	Paused func(ctx context.Context, provider string) (bool, error)

	// Distrust pauses a provider of which two answers within an hour spoke of another order (SAFETY.md,
	// section 4). An error is the store's. nil = nobody is paused so.
	Distrust func(ctx context.Context, provider string) error

	// Float is our float with a provider as it was read last, and when; false when it is not known. It steers new
	// orders and is kept with an attempt as a hint for people. It must not block. nil = nothing is known.
	Float func(provider string) (providers.Money, time.Time, bool)
}

// fill puts the defaults where nothing is said.
func (c *Config) fill() {
	setDefault(&c.SubmitTimeout, 30*time.Second)
	setDefault(&c.ReviewAfter, 24*time.Hour)
	setDefault(&c.RemindEvery, 3*time.Hour)
	setDefault(&c.QueueMaxAge, 15*time.Minute)
	setDefault(&c.MaxProviders, 2)
	setDefault(&c.Parallel, 64)
	if len(c.EnquireAfter) == 0 {
		const s, m = time.Second, time.Minute
		c.EnquireAfter = []time.Duration{10 * s, 30 * s, 1 * m, 2 * m, 5 * m, 15 * m, 30 * m, time.Hour}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	c.fillQuestions()
}

// fillQuestions answers what nobody is there to be asked: everything is allowed, nothing is known, nobody is told.
func (c *Config) fillQuestions() {
	if c.MayOrder == nil {
		c.MayOrder = func(context.Context, storage.PersonID) (bool, error) { return true, nil }
	}
	if c.OpsNotices == nil {
		c.OpsNotices = func(storage.Job, bool) []storage.Notice { return nil }
	}
	if c.OpsIncident == nil {
		c.OpsIncident = func(storage.Job, bool) []storage.Notice { return nil }
	}
	if c.OpsTrouble == nil {
		c.OpsTrouble = func(string, providers.Reason) []storage.Notice { return nil }
	}
	if c.OpsBreaker == nil {
		c.OpsBreaker = func(string, providers.OperatorID, bool) []storage.Notice { return nil }
	}
	if c.Paused == nil {
		c.Paused = func(context.Context, string) (bool, error) { return false, nil }
	}
	if c.Distrust == nil {
		c.Distrust = func(context.Context, string) error { return nil }
	}
	if c.Float == nil {
		c.Float = func(string) (providers.Money, time.Time, bool) { return providers.Money{}, time.Time{}, false }
	}
}

func setDefault[T int | time.Duration](v *T, fallback T) {
	if *v <= 0 {
		*v = fallback
	}
}
