package bot

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// health remembers how the taking of updates is doing.
type health struct {
	limit  time.Duration // how old the last success may be
	what   string        // what succeeds: "poll"
	trying string        // a line for the log, of what does not succeed

	mu    sync.Mutex
	last  time.Time // of the last success
	cause error     // what has gone wrong since; nil after a success
}

func (h *health) success(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last, h.cause = now, nil
}

func (h *health) trouble(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cause = err
}

// check tells the cause at once where waiting will not help, and otherwise only when it lasts.
func (h *health) check(now time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	lasting := h.cause != nil && outcomeOf(h.cause) != outcomeTemporary && outcomeOf(h.cause) != outcomeFlood
	var call *callError
	switch {
	case h.cause != nil && (lasting || !errors.As(h.cause, &call)):
		return h.cause
	case !h.last.IsZero() && now.Sub(h.last) <= h.limit:
		return nil
	case h.cause != nil:
		return h.cause
	case h.last.IsZero():
		return fmt.Errorf("telegram: no %s has succeeded yet", h.what)
	}
	return fmt.Errorf("telegram: the last successful %s was %s ago", h.what, now.Sub(h.last).Round(time.Second))
}
