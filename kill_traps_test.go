package main

import (
	"context"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"rechargebot/providers/simulated"
)

// What goes on around a program that shall be killed: traps on its lines, and moods of its providers.

// trap kills the program at the nth request of its kind: before it is handled, or when its answer would leave.
type trap struct {
	side, method string // of Telegram; "" = any
	during       bool
	left         atomic.Int64
	victim       *os.Process
	sprung       chan struct{}
	once         sync.Once
}

func (t *trap) spring() {
	t.once.Do(func() {
		_ = t.victim.Kill() // it may be dead already
		close(t.sprung)
	})
}

func (t *trap) meant(side string, r *http.Request) bool {
	return t != nil && t.side == side && strings.HasSuffix(r.URL.Path, t.method) && t.left.Add(-1) == 0
}

// firstCry says that a life of the program has called Telegram.
type firstCry struct {
	once  sync.Once
	heard chan struct{}
}

func (c *firstCry) hear() {
	if c != nil {
		c.once.Do(func() { close(c.heard) })
	}
}

// lastWords springs a trap when an answer begins.
type lastWords struct {
	http.ResponseWriter
	trap *trap
}

func (w lastWords) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w lastWords) WriteHeader(code int) {
	w.trap.spring()
	w.ResponseWriter.WriteHeader(code)
}

func (w lastWords) Write(p []byte) (int, error) {
	w.trap.spring()
	return w.ResponseWriter.Write(p)
}

// spied puts the traps and the moods on the lines.
func (k *killer) spied(side string, h http.Handler) http.Handler {
	trapped := k.hears(side, h)
	if side != "upstream" {
		return trapped
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !k.calm.Load() {
			k.changeMood(r)
		}
		trapped.ServeHTTP(w, r)
	})
}

// changeMood gives the provider that is called a mood for this request and those that follow.
func (k *killer) changeMood(r *http.Request) {
	name := "ecare-x"
	if strings.HasPrefix(r.URL.Path, simulated.SendapiPath) {
		name = "sendapi-x"
	}
	k.moodsMu.Lock()
	m, when := simulated.Normal, simulated.When{}
	if k.moods.Float64() < nasty {
		spoils := []simulated.Mood{simulated.Silent, simulated.Slow, simulated.Garbled, simulated.Cut, simulated.HTML, simulated.Error500, simulated.Drip}
		sends := []simulated.Mood{
			simulated.Late, simulated.Duplicate, simulated.WrongEcho, simulated.Forget, simulated.Refuse, simulated.Repeat,
			simulated.Low, simulated.Maintenance, simulated.Redirect, simulated.FailLater,
		}
		when = simulated.When{Delay: time.Duration(100+k.moods.IntN(900)) * time.Millisecond}
		if m = append(spoils, sends...)[k.moods.IntN(len(spoils)+len(sends))]; slices.Contains(spoils, m) {
			when.Calls = []simulated.Call{simulated.CallRecharge, simulated.CallStatus}
		}
	}
	k.moodsMu.Unlock()
	if err := k.upstream.SetMood(name, m, when); err != nil {
		k.t.Errorf("mood %s: %v", m, err)
	}
}

// outages shuts one provider's door now and then.
func (k *killer) outages(ctx context.Context, c *rand.Rand) {
	for ctx.Err() == nil {
		name := []string{"ecare-x", "sendapi-x"}[c.IntN(2)]
		for _, m := range []simulated.Mood{simulated.Down, simulated.Normal} {
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(100+c.IntN(700)) * time.Millisecond):
			}
			if err := k.upstream.SetMood(name, m, simulated.When{}); err != nil {
				k.t.Errorf("mood %s: %v", m, err)
			}
		}
	}
}
