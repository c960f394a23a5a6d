package bot

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

const (
	overdue    = 5 * time.Second // how long after its deadline a call is given up
	maxHanging = 10              // calls that do not come back at all; more are a leak that only a new process mends
)

// errHanging ends Run: a supervisor starts the process anew.
var errHanging = errors.New("calls to telegram hang and cannot be ended; the process has to begin anew")

// attend makes one of the calls without which the bot is deaf. Every call has a deadline of its own, limit;
// one that does not keep to it, because something below ignores its context, is given up: its answer, if it
// ever comes, is used for nothing, so it confirms nothing either. This is the one goroutine of the bot that is
// not always waited for.
func attend[T any](stop context.Context, b *Bot, method string, limit time.Duration, call func(context.Context) (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	ctx, cancel := context.WithCancel(stop)
	defer cancel()
	ended := make(chan result, 1)
	if b.hanging.begin() > maxHanging {
		var none T
		b.hanging.end()
		return none, errHanging
	}
	go func() {
		defer b.hanging.end()
		value, err := call(ctx)
		ended <- result{value, err}
	}()
	timer := time.NewTimer(limit + overdue)
	defer timer.Stop()
	stopping := stop.Done()
	for {
		select {
		case r := <-ended:
			return r.value, r.err
		case <-stopping: // it should come back at once
			stopping = nil
			timer.Reset(min(overdue, b.config.Grace))
		case <-timer.C:
			cancel()
			b.api.client.http.CloseIdleConnections()
			var none T
			e := &callError{method: method, outcome: outcomeTemporary, silent: true, text: fmt.Sprintf("no answer for %s, and the call does not end; it is given up", limit+overdue)}
			if stop.Err() == nil {
				b.log.Error("a call to telegram hangs and is given up; the next one begins anew", "method", method, "after", (limit + overdue).String(), "hanging", b.hanging.count())
			}
			return none, e
		}
	}
}

// hanging counts the calls that are under way, the given up ones among them.
type hanging struct{ n atomic.Int64 }

func (h *hanging) begin() int64 { return h.n.Add(1) }
func (h *hanging) end()         { h.n.Add(-1) }
func (h *hanging) count() int64 { return h.n.Load() }
