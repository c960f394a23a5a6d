package main

import (
	"errors"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// reaper ends the program's lives one after the other, and remembers when each began and how it ended.
type reaper struct {
	seed   uint64
	births []time.Time
	deaths []deskDeath
	trap   atomic.Pointer[trap]
	cry    atomic.Pointer[firstCry]
}

// end is how a life is to end.
type end struct {
	how    string
	early  bool          // the time counts from the start, not from the first call to Telegram
	latest time.Duration // when nothing has sprung
	trap   *trap
	term   bool          // ask it to stop first
	kill   time.Duration // and kill it this long after; 0 = let it stop
}

// live is one life of the desk's program, from its start to this end.
func (r *reaper) live(d *desktop, e end) {
	d.t.Helper()
	cry := &firstCry{heard: make(chan struct{})}
	r.cry.Store(cry)
	r.births = append(r.births, time.Now())
	d.start()
	var sprung chan struct{}
	if e.trap != nil {
		e.trap.victim, sprung = d.child.Process, e.trap.sprung
		r.trap.Store(e.trap)
	}
	if !e.early {
		select {
		case <-cry.heard:
		case <-sprung:
		case <-time.After(longest):
			d.t.Errorf("seed %d, life %d: the program does not call Telegram", r.seed, len(r.deaths)+1)
		}
	}
	select {
	case <-sprung:
	case <-time.After(e.latest):
	}
	r.trap.Store(nil)
	booted := false
	select {
	case <-cry.heard:
		booted = true
	default:
	}
	if e.term {
		_ = d.child.Process.Signal(syscall.SIGTERM)
		if e.kill > 0 {
			<-time.After(e.kill)
		}
	}
	if !e.term || e.kill > 0 {
		_ = d.child.Process.Kill() // a trap, or its own stop, may have been faster
	}
	err := d.child.Wait()
	d.lines.hung(d.t)
	r.deaths = append(r.deaths, deskDeath{time.Now(), e.how})
	d.child = nil
	var exit *exec.ExitError
	switch {
	case err == nil && e.term:
	case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL && (!e.term || e.kill > 0):
	case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGTERM && e.term && !booted: // it did not listen yet
	default:
		d.t.Errorf("seed %d, life %d, %s: the program ended with %v", r.seed, len(r.deaths), e.how, err)
	}
}

// hears puts the present life's trap on one of its lines, and listens for its first cry to Telegram.
func (r *reaper) hears(side string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if side == "telegram" {
			r.cry.Load().hear()
		}
		switch t := r.trap.Load(); {
		case !t.meant(side, q):
		case t.during:
			w = lastWords{w, t}
		default:
			t.spring()
		}
		h.ServeHTTP(w, q)
	})
}

// hookLine is the line on which Telegram calls the program's webhook, with the present life's trap on it.
type hookLine struct {
	http.RoundTripper
	reaper *reaper
}

func (l hookLine) RoundTrip(r *http.Request) (*http.Response, error) {
	t := l.reaper.trap.Load()
	meant := t.meant("webhook", r)
	if meant && !t.during {
		t.spring()
	}
	resp, err := l.RoundTripper.RoundTrip(r)
	if meant && t.during {
		t.spring()
	}
	return resp, err
}

// lines counts the open connections of a server.
type lines struct {
	mu   sync.Mutex
	open int
	none chan struct{} // closed when there are none; nil when nobody waits for that
}

func (l *lines) state(_ net.Conn, to http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch to {
	case http.StateNew:
		l.open++
	case http.StateClosed, http.StateHijacked:
		l.open--
	}
	if l.open == 0 && l.none != nil {
		close(l.none)
		l.none = nil
	}
}

// hung waits until all are closed. What a dead program has sent is read, and done, before that.
func (l *lines) hung(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	if l.open > 0 && l.none == nil {
		l.none = make(chan struct{})
	}
	none := l.none
	l.mu.Unlock()
	if none == nil {
		return
	}
	select {
	case <-none:
	case <-time.After(longest):
		t.Error("a dead program's lines to Telegram stay open")
	}
}
