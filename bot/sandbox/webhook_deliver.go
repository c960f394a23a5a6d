package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
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

// Delivery is one call of the webhook.
type Delivery struct {
	At     time.Time
	Update int64
	Status int    // of the bot's answer; 0 when there was none
	Fault  string // "dropped before" or "dropped after" when FailDeliveries came over it
}

const maxDeliveries = 20_000 // older ones are forgotten

// Deliveries lists the calls of webhooks, in the order in which they ended.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.delivered)
}

// FailDeliveries drops the connections of the next calls of the webhook: before anything is sent or, with
// after set, when the bot has taken the update and its answer is on the way. Such updates come again. Below 0
// times forgets all that have not come yet.
func (s *Server) FailDeliveries(times int, after bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if times < 0 {
		s.drops, times = nil, 0
	}
	for range times {
		s.drops = append(s.drops, after)
	}
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
		return func(ctx context.Context) { s.fly(ctx, h, l) }
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

// fly delivers the first update of a line.
func (s *Server) fly(ctx context.Context, h *hook, l *line) {
	u := l.updates[0]
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

// hookFailure is why a call failed, in Telegram's words.
type hookFailure string

func (f hookFailure) Error() string { return string(f) }

const hangup = hookFailure("Webhook connection closed")

// call makes one call. A number of seconds after which to come again may be beside the error.
func (s *Server) call(ctx context.Context, h *hook, u *update) (after time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, h.times.Patience)
	defer cancel()
	d := Delivery{Update: u.id}
	defer func() { s.logDelivery(d) }()
	dropped, late := s.takeDrop()
	if dropped && !late {
		d.Fault = "dropped before"
		return 0, hangup
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(u.body))
	if err != nil {
		return 0, hookFailure("invalid webhook URL specified")
	}
	r.Header.Set("Content-Type", "application/json")
	if h.secret != "" {
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", h.secret)
	}
	resp, err := h.client.Do(r)
	if errors.Is(err, context.DeadlineExceeded) {
		return 0, hookFailure("Read timeout expired")
	}
	if err != nil {
		return 0, hangup
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody)) // so that the connection serves again
	_ = resp.Body.Close()
	if dropped {
		d.Fault = "dropped after"
		return 0, hangup
	}
	if d.Status = resp.StatusCode; d.Status/100 == 2 {
		return 0, nil
	}
	seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
	return time.Duration(min(max(0, seconds), 3600)) * time.Second,
		hookFailure(fmt.Sprintf("Wrong response from the webhook: %d %s", d.Status, http.StatusText(d.Status)))
}

func (s *Server) takeDrop() (dropped, after bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.drops) == 0 {
		return false, false
	}
	after, s.drops = s.drops[0], s.drops[1:]
	return true, after
}

func (s *Server) logDelivery(d Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.At = time.Now()
	if len(s.delivered) >= maxDeliveries {
		s.delivered = append(s.delivered[:0], s.delivered[maxDeliveries/2:]...)
	}
	s.delivered = append(s.delivered, d)
	s.touch()
}
