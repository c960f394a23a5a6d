package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

var (
	floodUpdates   = flag.Int("floodupdates", 3000, "how many updates strangers send in TestAFloodOfStrangersCostsAgentsNothing")
	floodStrangers = flag.Int("floodstrangers", 1500, "and how many strangers they are")
	floodRate      = flag.Int("floodrate", 2000, "how many of the updates come in a second; 0 = a hundred are always ahead of whatever an agent does")
	floodAgents    = flag.Int("floodagents", 10, "how many agents press meanwhile")
	floodRounds    = flag.Int("floodrounds", 1, "into how many parts the flood is cut, with as long a quiet time before each")
	floodFor       = flag.Duration("floodfor", 0, "how long each part and each quiet time is, however many updates that makes; 0 = what the updates take at the rate, or at 2000 a second")
)

const firstStranger = 5_000_000

// flood is a desk whose agents press buttons all the time, and a crowd outside.
type flood struct {
	*desktop
	witness *witness
	phase   atomic.Pointer[spell]
	sent    atomic.Int64
	screens atomic.Int64
}

// spell is a stretch of time, quiet or not, and how long the presses in it waited.
type spell struct {
	answers waits // until the press was answered
	screens waits // until the screen that it asked for was there
}

type waits struct {
	mu    sync.Mutex
	waits []time.Duration
}

func (s *waits) add(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waits = append(s.waits, d)
}

// at is the wait that this share of the presses did not exceed.
func (s *waits) at(share float64) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waits) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s.waits))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

func (s *waits) String() string {
	return fmt.Sprintf("%d presses, p50 %v, p99 %v, longest %v", len(s.waits), s.at(.5).Round(10*time.Microsecond), s.at(.99).Round(10*time.Microsecond), s.at(1).Round(10*time.Microsecond))
}

func newFlood(t *testing.T, agents int) *flood {
	t.Helper()
	f := &flood{witness: newWitness()}
	plan := deskPlan{limits: sandbox.Limits{Off: true}, spied: f.witness.hears, supplies: []supply{fiveKinds()["ecare"].supply}}
	var ids []int64
	for i := range int64(agents) {
		ids = append(ids, firstAgent+i)
		plan.people = append(plan.people, sandbox.Person{ID: firstAgent + i, FirstName: fmt.Sprint("Agent ", i), Language: "en", Started: true})
	}
	f.desktop = newDesktopOf(t, plan)
	f.hires(ids...)
	return f
}

// thinks is how long an agent looks at a screen: all of them together stay below what Telegram lets a bot edit in
// a second, so that none of them waits for that.
func (f *flood) thinks(c *rand.Rand, agents int) time.Duration {
	mean := time.Duration(agents) * time.Second / 20
	return mean/2 + time.Duration(c.Int64N(int64(mean)))
}

// works walks to and fro in a guided order until ctx ends: a press, its answer, the next screen.
func (f *flood) works(ctx context.Context, i, agents int) error {
	id := firstAgent + int64(i)
	c := rand.New(rand.NewPCG(*edgeSeed, uint64(i)))
	news := f.witness.watches(id)
	if _, err := f.telegram.Send(id, id, "/recharge"); err != nil {
		return err
	}
	asked, at, phase := "", time.Now(), &spell{}
	for {
		m, err := f.screen(ctx, id, news, asked)
		if err != nil {
			return err
		}
		phase.screens.add(time.Since(at))
		f.screens.Add(1)
		asked = question(m)
		if !pauseFor(ctx.Done(), f.thinks(c, agents)) {
			return nil
		}
		label := map[string]string{"Which operator": "Grameenphone", "Which type": "Back"}[asked]
		at, phase = time.Now(), f.phase.Load()
		p, err := f.telegram.Press(id, id, m.ID, label)
		if err != nil {
			return err
		}
		select {
		case came := <-f.witness.expects(p.Query):
			phase.answers.add(came.Sub(at))
		case <-time.After(longest):
			return fmt.Errorf("agent %d pressed %q and was not answered\n%s", id, label, f.transcript(id))
		}
	}
}

// screen waits for a question other than the one asked before.
func (f *flood) screen(ctx context.Context, id int64, news <-chan struct{}, before string) (sandbox.Message, error) {
	for {
		all := f.telegram.Messages(id)
		if m := all[len(all)-1]; m.Keyboard != nil && question(m) != "" && question(m) != before {
			return m, nil
		}
		select {
		case <-news:
		case <-time.After(longest):
			return sandbox.Message{}, fmt.Errorf("agent %d never saw another question than %q (%v)\n%s", id, before, ctx.Err(), f.transcript(id))
		}
	}
}

// tidies clears the garbage of the pretend Telegram, with its fifty thousand chats, now and not while presses are
// timed: it would take both processors for a third of a second, and the real one is on no machine of ours.
func (f *flood) tidies() {
	if *floodFor > 0 {
		runtime.GC()
	}
}

// untidy keeps the garbage until tidies is called, or there is too much of it.
func (f *flood) untidy() {
	if *floodFor > 0 {
		percent, limit := debug.SetGCPercent(-1), debug.SetMemoryLimit(6<<30)
		f.t.Cleanup(func() {
			debug.SetGCPercent(percent)
			debug.SetMemoryLimit(limit)
		})
	}
}

// knocks is one update of a stranger: a command, a text, or a button that was never there.
func (f *flood) knocks() error {
	n := f.sent.Add(1)
	id := firstStranger + n%int64(*floodStrangers)
	if n <= int64(*floodStrangers) {
		if err := f.telegram.Meet(sandbox.Person{ID: id, FirstName: fmt.Sprint("Stranger ", id), Language: "en"}); err != nil {
			return err
		}
		_, err := f.telegram.Send(id, id, "/start")
		return err
	}
	if n%5 == 0 {
		_, err := f.telegram.Forge(id, id, 1, "forged-forged-forged-fo")
		return err
	}
	_, err := f.telegram.Send(id, id, "Recharge 01712345678 with 50 please, and "+strconv.FormatInt(n, 10))
	return err
}

// pours lets so many updates of strangers come, or as many as there is time for, and returns how many those were: at
// the flag's rate, or so that a hundred are always waiting.
func (f *flood) pours(ctx context.Context, updates int) (i int, err error) {
	began := time.Now()
	if *floodFor > 0 {
		updates = math.MaxInt
	}
	for i < updates && (*floodFor == 0 || time.Since(began) < *floodFor) {
		due := i + max(0, 150-f.waiting())
		if *floodRate > 0 {
			due = int(time.Since(began).Seconds() * float64(*floodRate))
		}
		for ; i < min(updates, due); i++ {
			if err := f.knocks(); err != nil {
				return i, err
			}
		}
		select {
		case <-ctx.Done():
			return i, ctx.Err()
		case <-f.witness.polls:
		case <-time.After(2 * time.Millisecond):
		}
	}
	return i, nil
}

// waiting is how many updates Telegram holds that the program has not confirmed.
func (f *flood) waiting() int {
	f.witness.mu.Lock()
	defer f.witness.mu.Unlock()
	return int(f.telegram.LastUpdate() + 1 - f.witness.confirmed)
}

// footprint is what the program takes of the machine.
type footprint struct {
	resident, anonymous, most int64 // kB: now, without mapped files, and the most so far
	file                      int64 // bytes of the store
	cpu                       time.Duration
}

func (f footprint) String() string {
	return fmt.Sprintf("resident %d kB (anonymous %d, at most %d), store %d kB, %.2fs of processor", f.resident, f.anonymous, f.most, f.file>>10, f.cpu.Seconds())
}

// footprint reads it from the system; on one without /proc the memory is 0.
func (d *desktop) footprint() (f footprint) {
	d.t.Helper()
	info, err := os.Stat(filepath.Join(d.data, storeFile))
	if err != nil {
		d.t.Fatal(err)
	}
	f.file = info.Size()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.child.Process.Pid))
	if err != nil {
		return f
	}
	for name, to := range map[string]*int64{"VmRSS": &f.resident, "RssAnon": &f.anonymous, "VmHWM": &f.most} {
		_, rest, _ := strings.Cut(string(status), name+":")
		number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
		*to, _ = strconv.ParseInt(number, 10, 64)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.child.Process.Pid))
	if err != nil {
		return f
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	if fields := strings.Fields(after); len(fields) > 12 {
		user, _ := strconv.ParseInt(fields[11], 10, 64)
		system, _ := strconv.ParseInt(fields[12], 10, 64)
		f.cpu = time.Duration(user+system) * time.Second / 100 // USER_HZ is 100 everywhere that we run
	}
	return f
}

// round is a quiet time, and a part of the flood after it.
func (f *flood) round(ctx context.Context, round int, quiet, loud *spell) {
	f.tidies()
	f.phase.Store(quiet)
	at := f.footprint()
	spent := time.Duration(max(1, *floodUpdates / *floodRounds / max(*floodRate, 2000))) * time.Second
	pauseFor(f.t.Context().Done(), cmp.Or(*floodFor, spent))
	still := f.footprint()
	f.phase.Store(&spell{})
	f.tidies()
	f.phase.Store(loud)
	began := time.Now()
	poured, err := f.pours(ctx, *floodUpdates / *floodRounds)
	if err != nil {
		f.t.Fatal(err)
	}
	f.eventually("the flood is over", func() bool { return f.waiting() < 100 })
	took := time.Since(began)
	after := f.footprint()
	f.t.Logf("round %d: %d updates in %.1fs (%.0f/s), processor %.0f %% (quiet: %.2fs of it); then %s",
		round+1, poured, took.Seconds(), float64(poured)/took.Seconds(),
		100*(after.cpu-still.cpu).Seconds()/took.Seconds(), (still.cpu - at.cpu).Seconds(), after)
}

// Agents at work are answered while tens of thousands of strangers write, and nothing of that is kept. Whether
// they are answered as fast as otherwise is printed, and no condition: that depends on the machine.
//
//	go test -run TestAFloodOfStrangersCostsAgentsNothing -v -floodupdates 100000 -floodstrangers 50000 -floodagents 50 -floodrounds 4 -timeout 20m .
//
// and, the most that one machine can do to itself, with the six hundred presses that make a p99 of each:
//
//	go test -run TestAFloodOfStrangersCostsAgentsNothing -v -floodrate 0 -floodfor 15s -floodstrangers 50000 -floodagents 50 -floodrounds 2 -timeout 20m .
func TestAFloodOfStrangersCostsAgentsNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("a flood is long")
	}
	t.Parallel()
	f := newFlood(t, *floodAgents)
	f.start()
	ctx, end := context.WithCancel(t.Context())
	defer end()
	quiet, loud := &spell{}, &spell{}
	f.phase.Store(&spell{})
	var agents sync.WaitGroup
	for i := range *floodAgents {
		agents.Go(func() {
			if err := f.works(ctx, i, *floodAgents); err != nil {
				t.Error(err)
			}
		})
	}
	f.eventually("everybody has a screen", func() bool { return f.screens.Load() >= int64(*floodAgents) })
	before := f.footprint()
	f.untidy()
	for round := range *floodRounds {
		f.round(ctx, round, quiet, loud)
	}
	f.phase.Store(&spell{})
	f.eventually("Telegram has delivered everything", f.telegram.Confirmed)
	pauseFor(t.Context().Done(), time.Second) // what was taken last and not begun at the stop would be the next life's
	end()
	agents.Wait()
	after := f.footprint()
	for what, pair := range map[string][2]*waits{"answers": {&quiet.answers, &loud.answers}, "screens": {&quiet.screens, &loud.screens}} {
		t.Logf("%s, quiet: %v", what, pair[0])
		t.Logf("%s, flood: %v: p50 is %.2f of the quiet one, p99 %.2f", what, pair[1],
			float64(pair[1].at(.5))/float64(max(1, pair[0].at(.5))), float64(pair[1].at(.99))/float64(max(1, pair[0].at(.99))))
	}
	t.Logf("before: %v", before)
	t.Logf("after:  %v", after)
	f.stopsReady()
	if grown := after.file - before.file; grown > floodGrowth {
		t.Errorf("the store grew by %d bytes", grown)
	}
	f.judge()
}

// floodGrowth is what a flood may add to the store's file, however large it is: the numbers of updates that were
// seen, and the buttons of those strangers who were greeted, which are swept within the hour.
const floodGrowth = 8 << 20

// judge: nobody new is in the store, no stranger has a dialogue, and nothing waits.
func (f *flood) judge() {
	t := f.t
	store, err := bolt.Open(filepath.Join(f.data, storeFile), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	people, err := store.PeopleWhere(t.Context(), func(storage.Person) bool { return true })
	if err != nil || len(people) != *floodAgents+1 {
		t.Errorf("the store holds %d people, and should the agents and the owner (%v)", len(people), err)
	}
	if waiting, err := store.Waiting(t.Context()); err != nil || len(waiting) > 0 {
		t.Errorf("%d updates wait (%v)", len(waiting), err)
	}
	for id := int64(firstStranger); id < firstStranger+100; id++ {
		if _, err := store.Session(t.Context(), storage.ChatID(id)); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("stranger %d has a dialogue (%v)", id, err)
		}
	}
	if err := store.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
