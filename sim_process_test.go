package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// process is one life of the bot.
type process struct {
	w      *world
	cancel context.CancelFunc
	dead   atomic.Bool // killed: nothing of it reaches the outside any more

	mu     sync.Mutex
	conns  map[*hooked]bool
	due    time.Time // its fate comes at this instant, or with the first commit after it
	fate   string    // "" = none
	aimed  bool      // it comes with one of the commits that follow somebody's Confirm
	left   int       // of these; 0 = nobody has pressed it yet
	met    bool
	failed time.Time
}

func (p *process) hold(c *hooked) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead.Load() {
		return false
	}
	p.conns[c] = true
	return true
}

func (p *process) drop(c *hooked) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// die is what SIGKILL is to a process: connections break, and nothing of what it goes on to do is seen.
func (p *process) die() {
	p.dead.Store(true)
	p.mu.Lock()
	conns := p.conns
	p.conns = map[*hooked]bool{}
	p.mu.Unlock()
	for c := range conns {
		_ = c.Conn.Close()
	}
	p.cancel()
}

var (
	errDead = errors.New("the process is dead")
	errDisk = errors.New("input/output error")
)

// before and after stand around each commit: the process may die there, or the disk fail.
func (p *process) before() error { return p.commit(true) }
func (p *process) after() error  { return p.commit(false) }

func (p *process) commit(before bool) error {
	if p.dead.Load() {
		return errDead
	}
	p.mu.Lock()
	due := !p.met && p.fate != "" && time.Now().After(p.due) && !p.w.calm.Load()
	if due && p.aimed {
		if before && p.left > 1 {
			p.left--
			due = false
		}
		due = due && p.left == 1
	}
	fate := p.fate
	p.mu.Unlock()
	switch {
	case !due:
		return nil
	case fate == "death before a commit" && before, fate == "death after a commit" && !before:
		p.fail(false)
		p.die()
		return errDead
	case fate == "commit failed" && before, fate == "commit failed but happened" && !before:
		p.fail(true)
		return errDisk
	}
	return nil
}

// confirms lets an aimed fate come soon: it falls on the commits that store the press, make the order, and begin
// to send it.
func (p *process) confirms(d dice) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.aimed && p.left == 0 && time.Now().After(p.due) {
		p.left = 2 + d.n(4)
	}
}

// fail notes that the fate has come; a process whose disk failed lives on, and may not send any more.
func (p *process) fail(disk bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.met = true
	if disk {
		p.failed = time.Now()
	}
}

// end is the fate that the process came to, "" when it ended otherwise.
func (p *process) end() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.met {
		return p.fate
	}
	return ""
}

// failedAt is when its store failed; zero = it did not.
func (p *process) failedAt() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed
}

// fates are what processes end of. "kill" and "stop" come at an instant of their own, the others at a commit.
func fates() []weight {
	return []weight{{"death before a commit", 3}, {"death after a commit", 3}, {"commit failed", 2}, {"commit failed but happened", 2}, {"kill", 3}, {"stop", 1}}
}
