//go:build linux && amd64

package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

var (
	crashPoints = flag.String("crashpoints", "", "which crash points are taken: all, or N for every Nth; empty = every 11th of two scenarios, each of a backup, and every other one of a start after a restore")
	onlyScene   = flag.String("scenario", "", "the only scenario of TestCrashPoints")
	crashAtOnce = flag.Int("crashatonce", 3, "how many crash points TestCrashPoints tries at the same time")
)

// scene is a scripted scenario. It is played to its end whatever happens to the program on the way.
type scene struct {
	name   string
	plan   func(*deskPlan) // changes the usual plan
	before func(*stage)    // leaves the program ended
	play   func(context.Context, *stage) error
	check  func(*stage, *bolt.Store) // what must hold in the end beside the oracle's laws
}

// stage is one run of a scene, with one crash at most.
type stage struct {
	*desktop
	ledger   *deskLedger
	deaths   []deskDeath
	traced   *traced
	stopping atomic.Bool
	revived  chan struct{} // closed when the traced program has ended, and another one runs if it was killed
	killed   bool
	said     string // the file of what the traced program says
}

// crashDispatch makes everything come to its end soon.
const crashDispatch = `
[dispatch]
submit_timeout = "1s"
enquire_after = ["100ms", "200ms"]
review_after = "2s"
`

func newStage(t *testing.T, sc scene) *stage {
	t.Helper()
	kinds := fiveKinds()
	plan := deskPlan{
		supplies: []supply{kinds["ecare"].supply, kinds["sendapi"].supply}, limits: sandbox.Limits{Off: true}, dispatch: crashDispatch,
	}
	for i := range int64(3) {
		plan.people = append(plan.people, sandbox.Person{ID: firstAgent + i, FirstName: fmt.Sprint("Agent ", i), Language: "en", Started: true})
	}
	if sc.plan != nil {
		sc.plan(&plan)
	}
	s := &stage{desktop: newDesktopOf(t, plan), ledger: newDeskLedger(), revived: make(chan struct{})}
	if sc.before != nil {
		sc.before(s)
	}
	return s
}

// begins starts the program so that it dies right before its nth effect; then it is started again.
func (s *stage) begins(n int) {
	s.t.Helper()
	s.said = filepath.Join(s.t.TempDir(), "log")
	file, err := os.Create(s.said)
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := command(context.WithoutCancel(s.t.Context()), s.t, "run", "--config", s.config)
	s.traced, err = startTraced(cmd.Args[1:], cmd.Env, file, s.data, n)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		s.stopping.Store(true)
		_ = s.traced.Kill() // it may have ended
		<-s.revived
		if raw, err := os.ReadFile(s.said); err == nil && s.t.Failed() {
			s.t.Logf("the traced program said:\n%s", raw)
		}
	})
	go func() {
		defer close(s.revived)
		defer file.Close()
		killed, code, err := s.traced.ended()
		s.killed = killed
		switch {
		case err != nil:
			s.t.Error(err)
		case killed:
			trail := s.traced.trail()
			s.deaths = append(s.deaths, deskDeath{time.Now(), fmt.Sprintf("killed before effect %d, %s", n, trail[len(trail)-1])})
			if !s.stopping.Load() {
				s.start()
			}
		case code != exitFine:
			s.t.Errorf("the traced program ended with code %d", code)
		}
	}()
}

// ends stops the program, and lets another one finish what a crash, or the stop itself, has left unfinished.
func (s *stage) ends(ctx context.Context) {
	s.t.Helper()
	s.stopping.Store(true)
	select {
	case <-s.revived:
	default:
		_ = s.traced.Signal(syscall.SIGTERM) // it may have ended meanwhile
		<-s.revived
	}
	raw, err := os.ReadFile(s.said)
	if err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	s.desktop.log.Write(raw)
	s.mu.Unlock()
	if s.desktop.child == nil && (s.killed || len(s.untold(s.ledger)) > 0) {
		s.start()
	}
	if s.desktop.child == nil {
		return
	}
	s.settlesFor(ctx, s.ledger)
	s.stopsReady()
}

// crash plays a scene once, with a crash before effect n, and asks the oracle.
func crash(t *testing.T, sc scene, n int) (killed bool, trail []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	s := newStage(t, sc)
	s.begins(n)
	if err := sc.play(ctx, s); err != nil {
		t.Errorf("%s, effect %d: %v", sc.name, n, err)
	}
	if !t.Failed() && sc.name != "stop under load" {
		s.settlesFor(ctx, s.ledger)
	}
	s.ends(ctx)
	trail = s.traced.trail()
	s.judge(t, fmt.Sprintf("%s, effect %d of %v", sc.name, n, trail), s.ledger, s.deaths)
	if sc.check != nil {
		store, err := bolt.Open(filepath.Join(s.data, storeFile), bolt.Options{})
		if err != nil {
			t.Fatal(err)
		}
		sc.check(s, store)
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
	return s.killed, trail
}

// TestCrashPoints plays scenarios with the real program and kills it right before each of its effects in
// turn, the first, the second, …, until a run ends without a crash. After each it is started again, the
// scenario is played to its end, and the oracle judges.
//
//	go test -run TestCrashPoints -crashpoints all -timeout 3h .
//	go test -run TestCrashPoints -crashpoints 1 -scenario 'time-out' .
func TestCrashPoints(t *testing.T) {
	t.Parallel()
	mayTrace(t)
	step, wanted := everyNth(t, 11), []string{"time-out", "recovery"}
	if *crashPoints != "" {
		wanted = nil
	}
	if *onlyScene != "" {
		wanted = []string{*onlyScene}
	}
	found := false
	for _, sc := range scenes() {
		if wanted == nil || slices.Contains(wanted, sc.name) {
			found = true
			if !t.Run(sc.name, func(t *testing.T) { enumerate(t, sc, step) }) && *crashPoints != "" {
				t.Logf("%s has violations", sc.name)
			}
		}
	}
	if !found {
		t.Fatalf("there is no scenario %q", *onlyScene)
	}
}

// everyNth is which crash points are taken: each of them, every Nth as the flag says, or as many as usual.
func everyNth(t *testing.T, usual int) int {
	t.Helper()
	switch n, err := strconv.Atoi(*crashPoints); {
	case *crashPoints == "":
		return usual
	case *crashPoints == "all":
		return 1
	case err != nil || n < 1:
		t.Fatalf("-crashpoints %q is neither all nor a number", *crashPoints)
		return 0
	default:
		return n
	}
}

// mayTrace skips the test where the system does not let us trace; in continuous integration that is a failure.
func mayTrace(t *testing.T) {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd := command(t.Context(), t, "version")
	child, err := startTraced(cmd.Args[1:], cmd.Env, file, t.TempDir(), 0)
	if err == nil {
		_, _, err = child.ended()
	}
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("the crash points are not tested: %v", err)
	}
	if err != nil {
		t.Skipf("the crash points are not tested: %v", err)
	}
}

// unkilledEnough is how many runs must end without a crash before there are no more points: the number of
// effects is not the same in every run.
const unkilledEnough = 2

// enumerate tries every step'th crash point of a scene, a few at a time.
func enumerate(t *testing.T, sc scene, step int) {
	began := time.Now()
	var next, points, whole atomic.Int64
	var mu sync.Mutex
	kinds := map[string]int{}
	var workers sync.WaitGroup
	for range *crashAtOnce {
		workers.Go(func() {
			for whole.Load() < unkilledEnough && !t.Failed() {
				n := 1 + int(next.Add(1)-1)*step
				t.Run(fmt.Sprint(n), func(t *testing.T) {
					killed, trail := crash(t, sc, n)
					if !killed {
						whole.Add(1)
						return
					}
					points.Add(1)
					mu.Lock()
					defer mu.Unlock()
					kinds[trail[len(trail)-1]]++
					if len(trail) != n {
						t.Errorf("killed after %d effects, not before %d", len(trail), n)
					}
				})
			}
		})
	}
	workers.Wait()
	if points.Load() == 0 {
		t.Errorf("no crash point was reached")
	}
	var words []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		words = append(words, fmt.Sprintf("%s %d", kind, kinds[kind]))
	}
	took := time.Since(began).Seconds()
	t.Logf("%s: %d crash points in %.1fs (%.1f/s): %s", sc.name, points.Load(), took, float64(points.Load())/took, strings.Join(words, ", "))
}

// person reads somebody from the store.
func (s *stage) person(store *bolt.Store, id storage.PersonID) storage.Person {
	s.t.Helper()
	p, err := store.Person(context.WithoutCancel(s.t.Context()), id)
	if err != nil {
		s.t.Errorf("read person %d: %v", id, err)
	}
	return p
}
