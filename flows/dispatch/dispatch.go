// Package dispatch drives jobs from Queued to their end. It is the only caller of Recharge and Enquire.
//
// What waits lies in a heap of 16 bytes a job (its number and when it is due), filled at the start from
// the store's compact index and by Wake after that. One timer runs for the first of them, none when
// nothing waits. A job that is due goes to the lane of the upstream that it needs, where it waits for one of
// Config.Parallel workers, of which each upstream has its share, and for a turn at the upstream's rate; the
// worker reads the job, does the one thing that its state calls for, and what it learnt is one Move:
//
//	Queued   may the agent still order, new reference, Move to Sending (durable), then exactly one Recharge, then settle
//	Sending  nobody else sends, so its send is over and its answer was lost: Unknown
//	Pending  enquire, settle
//	Unknown  enquire, settle
//	Review   remind the operations group
//
// A Queued job goes to the first provider in order of priority that takes it, is not paused, whose sends do not come to
// nothing (breaker) and whose float is not known to be short; where there is none, to one that is short or broken, the
// latter one order at a time; where all are paused it waits, at most until it is too old. What waits so costs 16 bytes
// and is not read again before something has changed (tend). None of it moves an attempt that is open.
//
// A final job is looked at again only while an incident of it is open (the operations group is reminded),
// or when AskSoon wants a closed attempt asked about.
//
// AskSoon (a provider's postback) makes the enquiry about an attempt come sooner, and is believed nothing beside.
//
// Money is kept safe by five rules (SAFETY.md, sections 3 and 4):
//
//   - the attempt with its reference is durable before Recharge is called, and no Recharge is ever
//     repeated: what is found in Sending at the start becomes Unknown;
//   - another provider is tried only after a proof that the last one did not charge: P1 nothing was sent,
//     P2 the first and only send was refused, P3 an enquiry found the send finally failed, where it
//     was once seen accepted or nothing can land late any more;
//   - everything else is Unknown and is asked about with widening gaps; when asking comes to its end, a
//     person decides (Review);
//   - the Move to Sending raises the job's version, and the Move that settles names that version: who
//     lost the job in between settles nothing;
//   - an error of the store that is not a refusal ends Run, and no send begins after it in this process.
//
// Deviation from SAFETY.md, section 4: where an upstream refuses or replays a repeated reference (D1, D2)
// and an enquiry stays without a trace of the send, the table allows one more send of the same
// reference, and asking by sending again (S0 with D2, S4). Dispatch never sends twice: these jobs go to Review.
package dispatch

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// Store is what dispatch needs of storage.Jobs.
type Store interface {
	Job(ctx context.Context, id storage.JobID) (storage.Job, error)
	Move(ctx context.Context, m storage.Move) (storage.Job, error)
	Unfinished(ctx context.Context, yield func(id storage.JobID, due time.Time) bool) error
	RecoverSending(ctx context.Context, now time.Time) (int, error)
}

// Route says what an upstream takes.
type Route interface {
	Name() string
	Registration() providers.Registration
	Takes(o providers.Order) bool
}

// Upstream is one configured account; *providers.Gateway is one.
type Upstream interface {
	Route
	NewReference() (providers.Reference, error)
	// Turn takes a turn at the upstream's rate, for one Recharge or one Enquire, and says 0; when there is
	// none yet it takes nothing and says how long to wait before asking again. It does not block.
	Turn() time.Duration
	// Recharge's error is nil or wraps providers.ErrNotSent; any other one is taken as Unknown.
	Recharge(ctx context.Context, r providers.Request) (providers.Result, error)
	Enquire(ctx context.Context, s providers.Sent) providers.Result
}

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

// Dispatcher drives the jobs of one store. Make one with New; it is safe for concurrent use.
type Dispatcher struct {
	c     Config
	rules rules
	log   *slog.Logger
	poke  chan struct{} // Run's loop should look again

	mu      sync.Mutex
	waiting dueIndex
	lanes   lanes
	asked   map[storage.JobID]wish  // AskSoon was called, and nobody has looked yet
	busy    map[storage.JobID]int64 // at most Parallel, each with one worker; and when it came due meanwhile, or 0
	random  io.Reader

	rechecked map[providers.Reference]time.Time // when a closed attempt was asked about; at most maxRechecked
}

// New makes a dispatcher; Run starts it.
func New(c Config) *Dispatcher {
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
	d := &Dispatcher{
		c:      c,
		log:    c.Logger,
		poke:   make(chan struct{}, 1),
		lanes:  newLanes(c),
		asked:  map[storage.JobID]wish{},
		busy:   map[storage.JobID]int64{},
		random: c.Rand,

		rechecked: map[providers.Reference]time.Time{},
	}
	d.rules = rules{
		sendLimit:    c.SubmitTimeout,
		enquireAfter: c.EnquireAfter,
		reviewAfter:  c.ReviewAfter,
		remindEvery:  c.RemindEvery,
		spread:       d.spread,
		opsNotices:   c.OpsNotices,
		opsIncident:  c.OpsIncident,
		reading:      d.reading,
		opsTrouble:   c.OpsTrouble,
	}
	return d
}

func setDefault[T int | time.Duration](v *T, fallback T) {
	if *v <= 0 {
		*v = fallback
	}
}

// Wake tells that a job was committed outside of dispatch: confirmed, cancelled, decided. It does not
// block, starts nothing, and may be called before Run and after its end.
func (d *Dispatcher) Wake(job storage.Job) {
	if job.Due.IsZero() {
		return
	}
	d.mu.Lock()
	d.waiting.add(firstLook(job.ID, job.Due, time.Now()))
	d.mu.Unlock()
	d.look()
}

func (d *Dispatcher) look() {
	select {
	case d.poke <- struct{}{}:
	default:
	}
}

// Run makes what was found in Sending Unknown, loads what is unfinished and works until ctx is over: then
// it takes nothing new, waits for the sends in flight (at most SubmitTimeout), leaves the rest as it is
// and returns nil. It returns an error only when the store has failed; the process must then end.
// Run may be called once.
func (d *Dispatcher) Run(ctx context.Context) error {
	boot := context.WithoutCancel(ctx) // a store may take an ended context for a failure
	n, err := d.c.Store.RecoverSending(boot, time.Now())
	if err != nil {
		return fmt.Errorf("recover interrupted sends: %w", err)
	}
	if n > 0 {
		d.log.Warn("sends were interrupted; their jobs are unknown and asked about", "jobs", n)
	}
	if err := d.load(boot); err != nil {
		return fmt.Errorf("load unfinished jobs: %w", err)
	}
	return newLoop(ctx, d).run()
}

func (d *Dispatcher) load(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	return d.c.Store.Unfinished(ctx, func(id storage.JobID, due time.Time) bool {
		d.waiting.add(firstLook(id, due, now))
		return true
	})
}
