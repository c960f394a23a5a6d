package bot

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// One call that fails may be a connection that was dropped; the next one comes a tenth of a second later.
const (
	failingCalls = 2               // in a row, and
	failingFor   = 3 * time.Second // since the first of them, are no accident
)

// health remembers how the taking of updates is doing.
type health struct {
	limit  time.Duration // how old the last success may be
	what   string        // what succeeds: "poll"
	trying string        // a line for the log, of what does not succeed

	mu       sync.Mutex
	last     time.Time // of the last success
	cause    error     // what has gone wrong since; nil after a success
	failures int       // since the last success
	since    time.Time // of the first of them
}

func (h *health) success(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last, h.cause, h.failures = now, nil, 0
}

func (h *health) trouble(now time.Time, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failures++; h.failures == 1 {
		h.since = now
	}
	h.cause = err
}

// check tells the cause at once where waiting will not help or a call has waited for its answer until its deadline,
// when it has lasted for some seconds otherwise, and at last when nothing has succeeded for a whole round.
func (h *health) check(now time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var call *callError
	isCall, o := errors.As(h.cause, &call), outcomeOf(h.cause)
	lasts := h.failures >= failingCalls && now.Sub(h.since) >= failingFor
	switch {
	case h.cause != nil && (!isCall || o != outcomeTemporary && o != outcomeFlood):
		return h.cause
	case h.cause != nil && (lasts || call.silent || h.last.IsZero()):
		return fmt.Errorf("%s, for %s now: %w", h.trying, now.Sub(h.since).Round(time.Second), h.cause)
	case h.last.IsZero():
		return fmt.Errorf("telegram: no %s has succeeded yet", h.what)
	case now.Sub(h.last) > h.limit:
		return fmt.Errorf("telegram: the last successful %s was %s ago", h.what, now.Sub(h.last).Round(time.Second))
	}
	return nil
}
