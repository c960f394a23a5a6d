package sandbox

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// hook is the bot's webhook and what is on its way there. Its fields but the first are under the server's lock.
type hook struct {
	url, secret string
	most        int // calls at once
	times       Hooks
	client      *http.Client
	end         context.CancelFunc

	queued   int64 // the newest update that is in a line
	lines    map[string]*line
	ready    []*line // whose first update may go
	asleep   []*line // whose first update has failed
	flying   int
	repeats  bool      // one of queue.again is on its way
	repeatAt time.Time // not before
	failed   time.Time // the last failure
	why      string
}

// line is a queue of updates of which each waits for the one before it.
type line struct {
	name    string
	updates []*update
	fails   int
	delay   time.Duration
	wake    time.Time
}

// deliverAll calls the webhook with whatever waits, until ctx ends, and returns when the last call has ended.
func (s *Server) deliverAll(ctx context.Context, h *hook) {
	var flights sync.WaitGroup
	defer h.client.CloseIdleConnections()
	defer flights.Wait()
	for ctx.Err() == nil {
		s.mu.Lock()
		flight := s.nextFlight(h, time.Now())
		changed, due := s.changed, h.due()
		s.mu.Unlock()
		if flight != nil {
			flights.Go(func() { flight(ctx) })
			continue
		}
		var alarm <-chan time.Time // none when nothing happens by itself
		if !due.IsZero() {
			alarm = time.After(time.Until(due))
		}
		select {
		case <-changed:
		case <-alarm:
		case <-ctx.Done():
		}
	}
}

// nextFlight is a call that can be made now; nil when there is none. The lock is held.
func (s *Server) nextFlight(h *hook, now time.Time) func(context.Context) {
	q := &s.updates
	q.expire(now)
	from, _ := slices.BinarySearchFunc(q.waiting, h.queued+1, func(u *update, id int64) int { return int(u.id - id) })
	for _, u := range q.waiting[from:] {
		h.queue(u)
	}
	h.asleep = slices.DeleteFunc(h.asleep, func(l *line) bool {
		awake := !now.Before(l.wake)
		if awake {
			h.ready = append(h.ready, l)
		}
		return awake
	})
	if h.flying >= h.most {
		return nil
	}
	if len(q.again) > 0 && !h.repeats && !now.Before(h.repeatAt) {
		h.repeats, h.flying = true, h.flying+1
		u := q.again[0]
		return func(ctx context.Context) { s.repeat(ctx, h, u) }
	}
	for len(h.ready) > 0 {
		l := h.ready[0]
		h.ready = h.ready[1:]
		l.updates = slices.DeleteFunc(l.updates, func(u *update) bool { return !q.has(u) })
		if len(l.updates) == 0 {
			delete(h.lines, l.name)
			continue
		}
		h.flying++
		u := l.updates[0]
		return func(ctx context.Context) { s.fly(ctx, h, l, u) }
	}
	return nil
}

// has reports whether the update still waits: it may have expired.
func (q *queue) has(u *update) bool {
	i, there := slices.BinarySearchFunc(q.waiting, u.id, func(u *update, id int64) int { return int(u.id - id) })
	return there && q.waiting[i] == u
}

func (h *hook) queue(u *update) {
	h.queued = u.id
	name := queueOf(u)
	l := h.lines[name]
	if l == nil {
		l = &line{name: name, delay: h.times.FirstDelay}
		h.lines[name] = l
		h.ready = append(h.ready, l)
	}
	l.updates = append(l.updates, u)
}

// due is when something is to be tried again; zero = nothing is.
func (h *hook) due() (first time.Time) {
	if h.repeatAt.After(time.Now()) {
		first = h.repeatAt
	}
	for _, l := range h.asleep {
		if first.IsZero() || l.wake.Before(first) {
			first = l.wake
		}
	}
	return first
}

// fly delivers the first update of a line, u.
func (s *Server) fly(ctx context.Context, h *hook, l *line, u *update) {
	after, err := s.call(ctx, h, u)
	s.mu.Lock()
	defer s.mu.Unlock()
	h.flying--
	if ctx.Err() != nil {
		return // of another webhook, or of none, now
	}
	if err == nil {
		s.arrived(u)
		l.updates, l.fails, l.delay = l.updates[1:], 0, h.times.FirstDelay
		h.ready = append(h.ready, l)
		s.touch()
		return
	}
	wait := after
	if after == 0 && l.fails > 0 {
		l.delay = min(h.times.MaxDelay+h.times.Spread(h.times.MaxDelay), 2*l.delay)
		wait = l.delay
	}
	now := time.Now()
	l.fails, l.wake = l.fails+1, now.Add(wait)
	h.failed, h.why = now, err.Error()
	h.asleep = append(h.asleep, l)
	if l.wake.After(u.expires) {
		s.forget(u)
		l.fails, l.delay, l.wake = 0, h.times.FirstDelay, now
	}
	s.touch()
}

// repeat delivers an update that was delivered before.
func (s *Server) repeat(ctx context.Context, h *hook, u *update) {
	_, err := s.call(ctx, h, u)
	s.mu.Lock()
	defer s.mu.Unlock()
	h.flying--
	h.repeats = false
	if err != nil {
		h.repeatAt = time.Now().Add(h.times.FirstDelay)
	} else if len(s.updates.again) > 0 && ctx.Err() == nil {
		s.updates.again = s.updates.again[1:]
	}
	s.touch()
}

// arrived takes a delivered update out of what waits.
func (s *Server) arrived(u *update) {
	if u.message != nil {
		u.message.seen = true
		s.touchMessage(u.message)
	}
	s.forget(u)
	q := &s.updates
	q.past = append(q.past, u)
	q.past = slices.Clone(q.past[max(0, len(q.past)-pastKept):])
}

func (s *Server) forget(u *update) {
	s.updates.waiting = slices.DeleteFunc(s.updates.waiting, func(w *update) bool { return w == u })
}
