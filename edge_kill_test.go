package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

var (
	edgeKills   = flag.Int("edgekills", 6, "how often TestNothingBetweenThumbAndStoreIsLostOrDoubled kills the program")
	edgeUpdates = flag.Int("edgeupdates", 400, "how many updates its agents cause")
	edgeChats   = flag.Int("edgechats", 40, "and how many agents they are")
	edgeSeed    = flag.Uint64("edgeseed", 1, "the seed of the edge's tests")
)

// storm is a crowd whose program is killed while it types.
type storm struct {
	*crowd
	reaper
	fate    *rand.Rand
	calls   []sandbox.Call        // all of them; Telegram's own record forgets the old ones
	weather func(context.Context) // on the way of the updates, while the program is killed; nil = fair
}

// newStorm is a desk that polls, or whose updates Telegram brings.
func newStorm(t *testing.T, limits sandbox.Limits, hooked bool, chats, updates int, seed uint64) *storm {
	t.Helper()
	s := &storm{crowd: newCrowd(chats, updates, seed), reaper: reaper{seed: seed}, fate: rand.New(rand.NewPCG(seed, 1))}
	faces, ids := s.faces()
	ecare := fiveKinds()["ecare"].supply
	ecare.account.Float = taka(100_000_000)
	var hooks *sandbox.Hooks
	if s.apart = hooked; hooked {
		line := &http.Transport{MaxIdleConnsPerHost: 40}
		t.Cleanup(line.CloseIdleConnections)
		hooks = &sandbox.Hooks{FirstDelay: 20 * time.Millisecond, MaxDelay: 200 * time.Millisecond, Transport: hookLine{line, &s.reaper}}
	}
	s.desktop = newDesktopOf(t, deskPlan{
		supplies: []supply{ecare}, people: faces, limits: limits, hooks: hooks, spied: s.hears, settle: 50 * time.Millisecond,
		dispatch: `
[limits]
per_day = "10000000.00"
[dispatch]
submit_timeout = "2s"
enquire_after = ["100ms", "200ms", "300ms"]
review_after = "4s"
`,
	})
	s.hires(ids...)
	return s
}

// draw says how a life ends: at any instant, or at one at which something has just become durable, or was said
// and is not known to have been.
func (s *storm) draw() end {
	c := s.fate
	latest := 200*time.Millisecond + time.Duration(c.IntN(2800))*time.Millisecond
	e := end{latest: latest, how: fmt.Sprint("killed after ", latest)}
	if c.IntN(4) == 0 {
		return e
	}
	t := &trap{side: "telegram", during: c.IntN(2) == 0, sprung: make(chan struct{})}
	// A poll that comes again: its batch is on the disk. One that is answered: its batch is not. A message that
	// comes: what causes it is on the disk. One that is answered: it is not known there.
	t.method = []string{"getUpdates", "getUpdates", "sendMessage", "editMessageText", "answerCallbackQuery"}[c.IntN(5)]
	if s.apart && t.method == "getUpdates" {
		t.side, t.method = "webhook", "" // before the update is on the disk, or after its 200
	}
	nth := 2 + c.IntN(40)
	t.left.Store(int64(nth))
	e.trap, e.how = t, fmt.Sprintf("killed when %s %d %s", cmp.Or(t.method, t.side), nth, map[bool]string{false: "comes", true: "is answered"}[t.during])
	return e
}

// gather keeps the calls that came since the last time.
func (s *storm) gather() {
	last := time.Time{}
	if n := len(s.calls); n > 0 {
		last = s.calls[n-1].At
	}
	for _, c := range s.telegram.Calls() {
		if c.At.After(last) && c.Method != "getUpdates" {
			s.calls = append(s.calls, c)
		}
	}
}

// Each update takes effect once and in its place, however often the program dies over full lanes.
//
//	go test -run TestNothingBetweenThumbAndStoreIsLostOrDoubled -edgekills 100 -edgeupdates 10000 -edgechats 500 -timeout 30m .
func TestNothingBetweenThumbAndStoreIsLostOrDoubled(t *testing.T) {
	t.Parallel()
	t.Run("at full speed", func(t *testing.T) {
		t.Parallel()
		newStorm(t, sandbox.Limits{Off: true}, false, *edgeChats, *edgeUpdates, *edgeSeed).run(*edgeKills)
	})
	t.Run("by webhook", func(t *testing.T) {
		t.Parallel()
		newStorm(t, sandbox.Limits{Off: true}, true, *edgeChats/2, *edgeUpdates/2, *edgeSeed+2).run(max(1, *edgeKills/2))
	})
	t.Run("with flood control", func(t *testing.T) {
		t.Parallel()
		newStorm(t, sandbox.Limits{}, false, max(1, *edgeChats/10), *edgeUpdates/10, *edgeSeed+1).run(max(1, *edgeKills/4))
	})
}

func (s *storm) run(kills int) {
	t := s.t
	began := time.Now()
	total := 0
	for _, p := range s.people {
		total += p.left
	}
	ctx, cancel := context.WithTimeout(t.Context(), longest+time.Duration(kills)*5*time.Second+time.Duration(total)*100*time.Millisecond)
	defer cancel()
	wait := s.works(ctx)
	foul, fair := context.WithCancel(ctx)
	defer fair()
	var weather sync.WaitGroup
	if s.weather != nil {
		weather.Go(func() { s.weather(foul) })
	}
	for range kills {
		for range cmp.Or(total/kills/6, 1) {
			s.tickets <- struct{}{}
		}
		s.live(s.desktop, s.draw())
		s.gather()
	}
	took := time.Since(began)
	during := s.updates.Load()
	fair()
	weather.Wait()
	close(s.tickets)
	s.births = append(s.births, time.Now())
	s.start()
	wait()
	s.quiet(ctx)
	s.stopsReady()
	s.gather()
	v := s.judgeCalls(t, fmt.Sprint("seed ", s.seed), s.ledger, s.deaths, s.calls)
	again := s.judgeOnce()
	orders, lines, lookups := 0, 0, 0
	for _, p := range s.people {
		orders, lines, lookups = orders+len(p.orders), lines+p.lines, lookups+len(p.lookups)
	}
	t.Logf("seed %d: %d kills in %.1fs, %.1fs in all; %d updates in %d chats (%d of them put in between kills): %d lines, %d orders, %d lookups; %d jobs; %d of %d messages twice",
		s.seed, kills, took.Seconds(), time.Since(began).Seconds(), s.updates.Load(), len(s.people), during, lines, orders, lookups, v.jobs, again, s.sends())
}

// quiet waits until every order's end is told and every lookup answered; the oracle says what is missing.
func (s *storm) quiet(ctx context.Context) {
	for _, p := range s.people {
		for _, w := range p.orders {
			if err := (buyer{desktop: s.desktop, id: p.id}).told(ctx, w.number); err != nil {
				s.t.Error(err)
			}
		}
		if n := len(p.lookups); n > 0 {
			last := "#" + string(p.lookups[n-1])
			if _, err := s.telegram.WaitMessage(ctx, p.id, func(m sandbox.Message) bool { return holds(m, last) }); err != nil {
				s.t.Errorf("person %d was never told that there is no %s: %v", p.id, last, err)
			}
		}
	}
}

func (s *storm) sends() (n int) {
	for _, c := range s.calls {
		if c.Method == "sendMessage" && c.Effect {
			n++
		}
	}
	return n
}

var nobodysOrder = regexp.MustCompile(`^There is no order #([0-9A-Z]{6}) of yours`)

// judgeOnce holds what each agent did against what came of it, and returns how many messages came twice.
func (s *storm) judgeOnce() (again int) {
	s.t.Helper()
	store, err := bolt.Open(filepath.Join(s.data, storeFile), bolt.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			s.t.Error(err)
		}
	}()
	if waiting, err := store.Waiting(s.t.Context()); err != nil || len(waiting) > 0 {
		s.t.Errorf("%d updates still wait in the inbox: %v", len(waiting), err)
	}
	for _, p := range s.people {
		p.judge(store)
	}
	return s.judgeRepeats()
}

// judge: as many steps as lines and presses, the orders of the presses in their order, each lookup answered in its place.
func (p *talker) judge(store *bolt.Store) {
	t := p.t
	jobs, err := store.JobsOfAgent(t.Context(), storage.PersonID(p.id), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if got := ordered(jobs); !slices.Equal(got, p.orders) {
		t.Errorf("person %d confirmed %v\nand ordered %v\n%s", p.id, p.orders, got, p.transcript(p.id))
	}
	if len(jobs) == 0 && p.lines == 0 {
		return
	}
	session, err := store.Session(t.Context(), storage.ChatID(p.id))
	if err != nil {
		t.Fatal(err)
	}
	if want := uint64(p.lines + len(p.orders)); session.Version != want {
		t.Errorf("person %d took %d steps, and the session counts %d\n%s", p.id, want, session.Version, p.transcript(p.id))
	}
	var answers []storage.Code
	for _, m := range p.telegram.Messages(p.id) {
		if found := nobodysOrder.FindStringSubmatch(m.Text); found != nil && !slices.Contains(answers, storage.Code(found[1])) {
			answers = append(answers, storage.Code(found[1]))
		}
	}
	if !slices.Equal(answers, p.lookups) {
		t.Errorf("person %d looked for %v\nand was answered %v\n%s", p.id, p.lookups, answers, p.transcript(p.id))
	}
}

// maxUnderWay is how many calls the program may have under way when it dies (maxSends in bot/schedule.go).
const maxUnderWay = 64

// judgeRepeats: a message came twice only when the program died before it knew of the first one, which is then
// the last thing that its chat was told in that life.
func (s *storm) judgeRepeats() (again int) {
	type said struct {
		chat int64
		text string
	}
	life := func(at time.Time) int {
		n, _ := slices.BinarySearchFunc(s.births, at, func(birth, at time.Time) int { return birth.Compare(at) })
		return n
	}
	first := map[said]int{}
	last := map[[2]int64]int{} // by life and chat: the last call that Telegram carried out
	for i, c := range s.calls {
		if c.Effect && c.Chat != 0 {
			last[[2]int64{int64(life(c.At)), c.Chat}] = i
		}
	}
	swallowed := map[int]int{}
	for i, c := range s.calls {
		text, _ := c.Params["text"].(string)
		if c.Method != "sendMessage" || !c.Effect {
			continue
		}
		before, twice := first[said{c.Chat, text}]
		first[said{c.Chat, text}] = i
		if !twice {
			continue
		}
		again++
		died := life(s.calls[before].At)
		swallowed[died]++
		if died == life(c.At) || last[[2]int64{int64(died), c.Chat}] != before {
			s.t.Errorf("chat %d was told twice, in lives %d and %d, and not because an answer was lost: %q", c.Chat, died, life(c.At), text)
		}
	}
	for n, times := range swallowed {
		if times > maxUnderWay {
			s.t.Errorf("life %d left %d messages unrecorded, more than can be under way", n, times)
		}
	}
	return again
}
