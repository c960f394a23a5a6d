package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/providers/simulated"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

var (
	kills    = flag.Int("kills", 24, "how often TestKillLoop kills the program")
	killSeed = flag.Uint64("killseed", 1, "the first seed of TestKillLoop; each desk of killsPerDesk kills has the next one")
)

const (
	killsPerDesk = 150
	killAgents   = 12
	firstAgent   = 3001
	nasty        = 0.6 // how often a call finds its provider in a mood, most of which spoil sends alone
)

// killer is a desk under load whose program dies again and again. The seed decides moods, orders and
// instants; when they meet is up to the machine.
type killer struct {
	*desktop
	reaper
	ledger  *deskLedger
	calm    atomic.Bool
	orders  atomic.Int64
	fate    *rand.Rand // the killer's own
	moodsMu sync.Mutex
	moods   *rand.Rand
}

// newKiller is a desk with two kinds of providers and a dozen agents.
func newKiller(t *testing.T, seed uint64) *killer {
	t.Helper()
	k := &killer{
		reaper: reaper{seed: seed}, ledger: newDeskLedger(),
		fate: rand.New(rand.NewPCG(seed, 1)), moods: rand.New(rand.NewPCG(seed, 2)),
	}
	kinds := fiveKinds()
	plan := deskPlan{
		supplies: []supply{kinds["ecare"].supply, kinds["sendapi"].supply}, spied: k.spied, limits: sandbox.Limits{Off: true}, settle: 150 * time.Millisecond,
		dispatch: `
[limits]
per_day = "10000000.00"
[dispatch]
submit_timeout = "1s"
enquire_after = ["100ms", "200ms", "300ms"]
review_after = "4s"
`,
	}
	for i := range plan.supplies {
		plan.supplies[i].account.Float = taka(100_000_000)
	}
	var ids []int64
	for i := range int64(killAgents) {
		ids = append(ids, firstAgent+i)
		plan.people = append(plan.people, sandbox.Person{ID: firstAgent + i, FirstName: fmt.Sprint("Agent ", i), Language: "en", Started: true})
	}
	k.desktop = newDesktopOf(t, plan)
	k.hires(ids...)
	return k
}

// works orders until enough is closed, and finishes what is begun.
func (k *killer) works(ctx context.Context, enough <-chan struct{}, i int64) error {
	c := rand.New(rand.NewPCG(k.seed, uint64(100+i)))
	b := buyer{desktop: k.desktop, id: firstAgent + i, ledger: k.ledger}
	for n := int64(0); ; n++ {
		select {
		case <-enough:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
		number, amount := fmt.Sprintf("017%02d%06d", i, n*7+1), taka(int64(10+c.IntN(490)))
		b.taps, b.again = 1+c.IntN(3), c.IntN(2)*c.IntN(3)
		order := b.line
		if c.IntN(4) == 0 {
			order = b.guided
		}
		if err := order(ctx, number, amount); err != nil {
			return err
		}
		k.orders.Add(1)
		if c.IntN(3) == 0 {
			_ = b.insists(number) // a card may change under the finger
		}
		if c.IntN(3) > 0 {
			continue
		}
		if err := b.told(ctx, number); err != nil {
			return err
		}
	}
}

func (k *killer) draw() end {
	c := k.fate
	within := func(ms int) time.Duration { return time.Duration(c.IntN(ms*1000)) * time.Microsecond }
	t := &trap{during: c.IntN(2) == 0, sprung: make(chan struct{})}
	when := map[bool]string{false: "comes", true: "is answered"}[t.during]
	switch n := c.IntN(20); {
	case n < 5:
		e := end{latest: within(400)}
		e.how = fmt.Sprint("killed after ", e.latest)
		return e
	case n < 7:
		e := end{latest: within(60), early: true}
		e.how = fmt.Sprint("killed while starting, after ", e.latest)
		return e
	case n < 12:
		nth := 1 + c.IntN(8)
		t.side = "upstream"
		t.left.Store(int64(nth))
		return end{how: fmt.Sprintf("killed when the providers' request %d %s", nth, when), latest: 300*time.Millisecond + within(300), trap: t}
	case n < 18:
		nth := 1 + c.IntN(6)
		t.side, t.method = "telegram", []string{"sendMessage", "editMessageText", "answerCallbackQuery", "getUpdates"}[c.IntN(4)]
		t.left.Store(int64(nth))
		return end{how: fmt.Sprintf("killed when %s %d %s", t.method, nth, when), latest: 300*time.Millisecond + within(300), trap: t}
	case n < 19:
		e := end{latest: within(400), term: true, early: c.IntN(2) == 0}
		e.how = fmt.Sprint("asked to stop after ", e.latest)
		return e
	}
	e := end{latest: within(400), term: true, kill: time.Microsecond + within(40)}
	e.how = fmt.Sprint("asked to stop after ", e.latest, ", killed ", e.kill, " later")
	return e
}

// resumes does between two lives what an admin would do: the bot pauses a provider of which two answers spoke of
// another order, and here such answers come all the time, so that soon nothing would be sent any more.
func (k *killer) resumes() {
	k.t.Helper()
	store, err := bolt.Open(filepath.Join(k.data, storeFile), bolt.Options{})
	if err != nil {
		k.t.Fatal(err)
	}
	for _, name := range []string{"ecare-x", "sendapi-x"} {
		if err := store.SetMemo(k.t.Context(), "desk/provider/"+name, []byte(`{"paused":false}`)); err != nil {
			k.t.Fatal(err)
		}
	}
	if err := store.Close(); err != nil {
		k.t.Fatal(err)
	}
}

// TestKillLoop kills the real program at seeded random instants while a dozen agents order and the
// providers misbehave, starts it again, and asks the oracle in the end.
//
//	go test -run TestKillLoop -kills 2000 -killseed 7 -timeout 30m .
func TestKillLoop(t *testing.T) {
	t.Parallel()
	for done, seed := 0, *killSeed; done < *kills; done, seed = done+killsPerDesk, seed+1 {
		n := min(killsPerDesk, *kills-done)
		if !t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { newKiller(t, seed).run(n) }) {
			return
		}
	}
}

func (k *killer) run(n int) {
	t := k.t
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n)*4*time.Second+longest)
	defer cancel()
	enough := make(chan struct{})
	var people, weather sync.WaitGroup
	for i := range int64(killAgents) {
		people.Go(func() {
			if err := k.works(ctx, enough, i); err != nil {
				t.Errorf("seed %d: %v", k.seed, err)
			}
		})
	}
	storm, calm := context.WithCancel(ctx)
	defer calm()
	weather.Go(func() { k.outages(storm, rand.New(rand.NewPCG(k.seed, 3))) })
	for range n {
		k.resumes()
		k.live(k.desktop, k.draw())
	}
	took := time.Since(began)

	close(enough)
	calm()
	weather.Wait()
	k.calm.Store(true)
	for _, name := range []string{"ecare-x", "sendapi-x"} {
		if err := k.upstream.SetMood(name, simulated.Normal, simulated.When{}); err != nil {
			t.Error(err)
		}
	}
	k.resumes()
	k.start()
	people.Wait()
	k.settles(ctx)
	k.stopsReady()
	v := k.judge(t, fmt.Sprint("seed ", k.seed), k.ledger, k.deaths)
	calls, spoiled := k.spoiled()
	t.Logf("seed %d: %d kills in %.1fs (%.1f/s), %.1fs in all; %d orders confirmed, %d jobs %v, %d attempts; %d of %d sends and enquiries in a mood (%d %%)",
		k.seed, n, took.Seconds(), float64(n)/took.Seconds(), time.Since(began).Seconds(), k.orders.Load(), v.jobs, counts(v.states), v.attempts,
		spoiled, calls, 100*spoiled/max(1, calls))
}

// stopsReady stops the program gracefully, once it listens.
func (d *desktop) stopsReady() {
	d.t.Helper()
	d.eventually("the program is ready", func() bool { return d.get("/readyz") == 200 })
	d.stop()
}

// settlesFor waits until every confirmed order's end was told; the oracle says what is missing.
func (d *desktop) settlesFor(ctx context.Context, l *deskLedger) {
	for len(d.untold(l)) > 0 {
		select {
		case <-ctx.Done():
			d.t.Errorf("nobody was told the end of %+v", d.untold(l))
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (k *killer) settles(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	k.settlesFor(ctx, k.ledger)
}

// spoiled counts the providers' sends and enquiries, and those in a mood.
func (d *desktop) spoiled() (calls, spoiled int) {
	for _, e := range d.upstream.Events() {
		if e.Kind == simulated.EventReceived && (e.Call == simulated.CallRecharge || e.Call == simulated.CallStatus) {
			calls++
			if e.Mood != "" {
				spoiled++
			}
		}
	}
	return calls, spoiled
}

func counts(states map[storage.State]int) string {
	var out []string
	for _, s := range slices.Sorted(maps.Keys(states)) {
		out = append(out, fmt.Sprintf("%s %d", s, states[s]))
	}
	return "(" + strings.Join(out, ", ") + ")"
}
