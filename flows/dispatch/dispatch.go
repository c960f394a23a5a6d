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
// and an attempt that is closed, or waits for a person, only when AskSoon wants it asked about (recheck.go).
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

// Dispatcher drives the jobs of one store. Make one with New; it is safe for concurrent use.
type Dispatcher struct {
	c     Config
	rules rules
	log   *slog.Logger
	poke  chan struct{} // Run's loop should look again

	mu      sync.Mutex
	waiting dueIndex
	lanes   lanes
	asked   map[storage.JobID]bool  // AskSoon was called about the open attempt, and nobody has looked yet
	busy    map[storage.JobID]int64 // at most Parallel, each with one worker; and when it came due meanwhile, or 0
	random  io.Reader

	rechecks []*recheck // at most maxRechecks, in the order in which they were wanted
}

// New makes a dispatcher; Run starts it.
func New(c Config) *Dispatcher {
	c.fill()
	d := &Dispatcher{
		c:      c,
		log:    c.Logger,
		poke:   make(chan struct{}, 1),
		lanes:  newLanes(c),
		asked:  map[storage.JobID]bool{},
		busy:   map[storage.JobID]int64{},
		random: c.Rand,
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
