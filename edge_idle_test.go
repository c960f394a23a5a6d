package main

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
)

// idleGrowth is what the program may keep of memory, in kB, after it has served everybody: caches that are
// bounded, and what the collector never gives back.
const idleGrowth = 48 << 10

// quits ends the program with a dump of all that runs in it, and returns the stacks of our own goroutines.
func (d *desktop) quits() (ours []string) {
	d.t.Helper()
	if err := d.child.Process.Signal(syscall.SIGQUIT); err != nil {
		d.t.Fatal(err)
	}
	err := d.child.Wait()
	d.child = nil
	if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != 2 {
		d.t.Fatalf("the program ended with %v", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	_, dump, found := strings.Cut(d.log.String(), "SIGQUIT: quit")
	if !found {
		d.t.Fatal("the program left no dump")
	}
	d.log.Reset()
	for stack := range strings.SplitSeq(dump, "\n\n") {
		if strings.HasPrefix(stack, "goroutine ") && strings.Contains(stack, "rechargebot/") {
			ours = append(ours, stack)
		}
	}
	return ours
}

// Whoever has been served is forgotten: no goroutine, and no memory to speak of, is left of a crowd.
//
//	go test -run TestNothingIsLeftOfACrowdThatWasServed -v -edgechats 500 -edgeupdates 3000 .
func TestNothingIsLeftOfACrowdThatWasServed(t *testing.T) {
	t.Parallel()
	s := newStorm(t, sandbox.Limits{Off: true}, false, *edgeChats, min(*edgeUpdates, *edgeChats*6), *edgeSeed+20)
	s.env = []string{"GOTRACEBACK=all", "GOGC=30"} // what is kept shall be seen, not the garbage beside it
	settled := func() footprint {
		s.eventually("the program is ready", func() bool { return s.get("/readyz") == 200 })
		return s.footprint()
	}
	s.start()
	small := settled()
	before := s.quits()
	s.start()
	settled()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	close(s.tickets)
	s.works(ctx)()
	s.quiet(ctx)
	s.still()
	after := s.footprint()
	for limit := time.Now().Add(longest); after.anonymous-small.anonymous > idleGrowth && time.Now().Before(limit); after = s.footprint() {
		pauseFor(t.Context().Done(), time.Second) // the runtime collects every two minutes at the latest, and gives back after that
	}
	left := s.quits()
	if len(left) != len(before) {
		t.Errorf("%d goroutines were at work before, and %d are after it:\n%s", len(before), len(left), strings.Join(left, "\n\n"))
	}
	if grown := after.anonymous - small.anonymous; grown > idleGrowth {
		t.Errorf("the program keeps %d kB", grown)
	}
	t.Logf("%d chats, %d updates: %d goroutines of ours before and %d after; before %v; after %v", len(s.people), s.updates.Load(), len(before), len(left), small, after)
}

// still waits until nothing was said to Telegram for a while: cards are brought up to date after the last message.
func (s *storm) still() {
	s.t.Helper()
	for n := -1; ; {
		s.gather()
		if n == len(s.calls) {
			return
		}
		n = len(s.calls)
		pauseFor(s.t.Context().Done(), 2*time.Second)
	}
}
