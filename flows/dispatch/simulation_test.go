package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/flows/dispatch"
	"rechargebot/providers"
	"rechargebot/storage"
)

// The simulation: a few hundred orders, at least 30 % of the providers' answers faulty, and a process
// that dies at random commits, before them or after them. A checker joins what the providers
// received with what the store holds (SAFETY.md, section 3, I1, I2, I5, I7, I8). A seed names its run.

// chance draws by what the question is about, so that the order in which goroutines ask changes nothing.
func chance(seed uint64, about ...any) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprint(h, about...)
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// moody draws what an upstream does with a send: about half of the sends go wrong in some way.
func moody(seed uint64, name string) func(providers.Request) plan {
	return func(r providers.Request) plan {
		c := chance(seed, name, r.Reference)
		p := plan{
			answer: []answer{saysPending, saysPending, saysPending, saysDelivered}[c.IntN(4)],
			takes:  time.Duration(c.IntN(300)) * time.Second,
		}
		switch c.IntN(20) {
		case 0:
			p.answer = notSent
		case 1, 2:
			p.answer, p.reason = saysRefused, providers.ReasonFloatShort
		case 3:
			p.answer, p.lost = saysNothing, true
		case 4, 5:
			p.answer, p.lands = saysNothing, time.Duration(c.IntN(540))*time.Second
		case 6:
			p.answer, p.hidden = saysGarbage, time.Duration(c.IntN(400))*time.Second
		case 7:
			p.answer = saysDuplicate
		case 8:
			p.answer = []answer{panics, fails}[c.IntN(2)]
		case 9:
			p.takes = 40 * time.Hour
		}
		if p.answer != saysDelivered && c.IntN(10) == 0 {
			p.ends = providers.Refused
		}
		return p
	}
}

// gated is an upstream as one process sees it: a dead process sends and asks nothing.
type gated struct {
	*upstream
	process *mortal
}

func (g gated) Recharge(ctx context.Context, r providers.Request) (providers.Result, error) {
	if g.process.alive() != nil {
		return providers.Result{}, fmt.Errorf("the process is dead: %w", providers.ErrNotSent)
	}
	return g.upstream.Recharge(ctx, r)
}

// simulation is one run.
type simulation struct {
	*world
	seed    uint64
	ups     []*upstream
	process *mortal
	deaths  int
	jobs    []storage.Job
	arrives func(n int) []func(*storage.NewOrder) // is told of each order and may change it; nil = as it is

	mu     sync.Mutex
	breaks []string
}

const (
	simulatedJobs = 300
	mostDeaths    = 12
)

func TestSimulationKeepsTheInvariants(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			ups := []*upstream{ecareLike("first"), ecareLike("second"), ecareLike("third")}
			story(t, func(w *world) {
				s := &simulation{world: w, seed: seed, ups: ups}
				for _, u := range ups {
					u.plans = moody(seed, u.name)
					u.enquiry = func(n int, r providers.Request) bool { return chance(seed, "enquiry", n, r.Reference).IntN(10) >= 3 }
					u.received = s.watch
				}
				s.live()
				s.judge()
			})
		})
	}
}

// TestSimulationOfAProviderThatGoesSilent has two providers of which the first answers neither sends nor
// enquiries for a third of the orders. Every other order is for the second one and may not wait for the first.
func TestSimulationOfAProviderThatGoesSilent(t *testing.T) {
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			first, second := ecareLike("first"), ecareLike("second")
			story(t, func(w *world) {
				s := &simulation{world: w, seed: seed, ups: []*upstream{first, second}}
				w.config.Parallel = 8
				var silent atomic.Bool
				s.arrives = func(n int) []func(*storage.NewOrder) {
					silent.Store(n >= simulatedJobs/3 && n < simulatedJobs*2/3)
					if n%2 == 0 {
						return nil
					}
					return []func(*storage.NewOrder){at(second)}
				}
				first.plans = func(r providers.Request) plan {
					p := moody(seed, "first")(r)
					if silent.Load() {
						p.answer, p.lost = saysNothing, chance(seed, "lost", r.Reference).IntN(2) == 0
					}
					return p
				}
				first.enquiry = func(n int, r providers.Request) bool {
					if silent.Load() {
						time.Sleep(15 * time.Second)
						return false
					}
					return chance(seed, "enquiry", n, r.Reference).IntN(10) >= 3
				}
				second.plans = moody(seed, "second")
				first.received = s.watch
				second.received = func(ctx context.Context, r providers.Request) {
					s.watch(ctx, r)
					job, err := s.store.ByReference(context.WithoutCancel(ctx), r.Reference)
					if waited := time.Since(job.Created); err == nil && job.Provider == "second" && waited > 30*time.Second {
						s.broken("an order for the second provider waited %v", waited)
					}
				}
				s.live()
				s.judge()
			})
		})
	}
}

// live lets orders arrive and days pass, and starts the process again whenever it has died.
func (s *simulation) live() {
	s.begin()
	c := chance(s.seed, "arrivals")
	for n := range simulatedJobs {
		time.Sleep(time.Duration(c.IntN(4000)) * time.Millisecond)
		s.revive()
		var change []func(*storage.NewOrder)
		if s.arrives != nil {
			change = s.arrives(n)
		}
		s.jobs = append(s.jobs, s.order(change...))
	}
	for range 2 * 60 {
		time.Sleep(time.Minute)
		s.revive()
	}
	for range 60 {
		time.Sleep(time.Hour)
		s.revive()
	}
	synctest.Wait()
}

// begin starts a process whose death, if any is left, is drawn.
func (s *simulation) begin() {
	c := chance(s.seed, "death", s.deaths)
	left, committed := 1+c.IntN(200), c.IntN(2) == 0
	var mu sync.Mutex
	s.process = &mortal{Jobs: s.store, fate: func(storage.Move) (bool, bool) {
		mu.Lock()
		defer mu.Unlock()
		left--
		return left == 0 && s.deaths < mostDeaths, committed
	}}
	s.config.Store = s.process
	s.config.Upstreams = nil
	for _, u := range s.ups {
		s.config.Upstreams = append(s.config.Upstreams, gated{u, s.process})
	}
	var seed [32]byte
	seed[0], seed[1] = byte(s.seed), byte(s.deaths)
	s.config.Rand = rand.NewChaCha8(seed)
	s.start()
}

func (s *simulation) revive() {
	s.t.Helper()
	if s.process.alive() == nil {
		return
	}
	if err := s.stop(); !errors.Is(err, errDied) {
		s.t.Fatalf("Run ended with %v", err)
	}
	if err := s.store.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.open()
	s.deaths++
	s.begin()
}

// watch looks at the store at the moment of a send: its intent is there (I7), it is the only open
// attempt (I8), whatever went before is closed by proof (I5), and it never went before.
func (s *simulation) watch(ctx context.Context, r providers.Request) {
	job, err := s.store.ByReference(context.WithoutCancel(ctx), r.Reference)
	if err != nil {
		s.broken("I7: %s was sent and is not stored: %v", r.Reference, err)
		return
	}
	open := job.OpenAttempt()
	if job.State != storage.Sending || open == nil || open.Reference != r.Reference || job.Order != r.Order {
		s.broken("I7: %s was sent while its job is %+v", r.Reference, job)
	}
	for _, a := range job.Attempts[:len(job.Attempts)-1] {
		if a.Closed.IsZero() || !a.Proof.NotCharged() {
			s.broken("I5, I8: %s was sent after %+v", r.Reference, a)
		}
	}
	for _, u := range s.ups {
		for _, o := range u.sent(r.Account) {
			if o.request.Reference == r.Reference {
				s.broken("I1: %s was sent twice", r.Reference)
			}
		}
	}
}

func (s *simulation) broken(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.breaks = append(s.breaks, fmt.Sprintf(format, args...))
}

var _ dispatch.Upstream = gated{}
