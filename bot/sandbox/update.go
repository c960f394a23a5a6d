package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

const (
	firstUpdateID = 730_000_001

	keepMessage = 24 * time.Hour    // an update nobody fetches is forgotten after this (telegram-bot-api, Client.cpp)
	keepPress   = 150 * time.Second // a press much sooner (same place)
	longestPoll = 50 * time.Second  // longer timeouts are cut (telegram-bot-api, Client.h)
)

// update is one waiting update, with its JSON as it was when it happened.
type update struct {
	id      int64
	kind    string
	body    json.RawMessage
	expires time.Time
	message *stored // the message that it carries, to be marked as seen
}

// queue holds the updates for the bot.
type queue struct {
	next    int64
	waiting []*update
	ripe    time.Time       // before this nothing that waits expires
	past    []*update       // confirmed, for Redeliver; the last pastKept
	again   []*update       // handed out once more whatever the offset
	kinds   []string        // allowed_updates as last set; nil = the usual ones
	wanted  map[string]bool // the same as a set
	poll    chan struct{}
	polled  time.Time
}

const pastKept = 1000

// offer queues an update unless the bot has not asked for its kind. The lock is held.
func (s *Server) offer(kind string, payload any, keep time.Duration, m *stored) int64 {
	if !s.updates.wanted[kind] {
		return 0
	}
	id := s.updates.next
	s.updates.next++
	what, err := json.Marshal(payload)
	if err != nil {
		panic(fmt.Sprintf("sandbox: encode an update: %v", err)) // the payload is one of our own types
	}
	body := fmt.Appendf(make([]byte, 0, len(what)+len(kind)+40), `{"update_id":%d,%q:%s}`, id, kind, what)
	u := &update{id: id, kind: kind, body: body, expires: time.Now().Add(keep), message: m}
	if m != nil {
		m.update = id
	}
	if len(s.updates.waiting) == 0 || u.expires.Before(s.updates.ripe) {
		s.updates.ripe = u.expires
	}
	s.updates.waiting = append(s.updates.waiting, u)
	s.touch()
	return id
}

// getUpdates hands out what waits from the offset on, and waits itself when nothing does. A newer call
// ends an older one that still waits.
func (s *Server) getUpdates(ctx context.Context, p params) (any, *apiError) {
	var asked struct {
		Offset  int64     `json:"offset"`
		Limit   int       `json:"limit"`
		Timeout int64     `json:"timeout"`
		Kinds   *[]string `json:"allowed_updates"`
	}
	asked.Limit = 100
	if err := p.into(&asked); err != nil {
		return nil, err
	}
	s.mu.Lock()
	if err := s.pollRefused(false); err != nil {
		s.mu.Unlock()
		return nil, err
	}
	s.updates.begin(asked.Kinds)
	mine := s.updates.poll
	s.confirm(asked.Offset)
	s.mu.Unlock()
	timeout := min(max(0, time.Duration(asked.Timeout)*time.Second), longestPoll)
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for late := timeout == 0; ; {
		s.mu.Lock()
		if err := s.pollRefused(true); err != nil {
			s.mu.Unlock()
			return nil, err
		}
		found := s.updates.take(time.Now(), asked.Limit)
		changed := s.changed
		s.mu.Unlock()
		if len(found) > 0 || late {
			return found, nil
		}
		select {
		case <-changed:
		case <-timer.C:
			late = true
		case <-mine:
			if s.hooked() {
				continue // and say so
			}
			return nil, &apiError{code: 409, description: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"}
		case <-s.done:
			return nil, &apiError{code: 502, description: "Bad Gateway"}
		case <-ctx.Done():
			return []json.RawMessage{}, nil
		}
	}
}

// begin makes the caller the only poller, and keeps the kinds when they are named.
func (q *queue) begin(kinds *[]string) {
	if q.poll != nil {
		close(q.poll)
	}
	q.poll = make(chan struct{})
	q.polled = time.Now()
	if kinds != nil {
		q.want(*kinds)
	}
}

// want sets the kinds of updates to be offered; none means the usual ones.
func (q *queue) want(kinds []string) {
	q.kinds, q.wanted = kinds, map[string]bool{}
	if len(kinds) == 0 {
		q.kinds, kinds = nil, usualUpdates()
	}
	for _, k := range kinds {
		q.wanted[k] = true
	}
}

// confirm forgets every update below the offset. A negative one keeps only so many from the end. The
// lock is held.
func (s *Server) confirm(offset int64) {
	q := &s.updates
	n := 0
	switch {
	case offset < 0:
		n = max(0, len(q.waiting)+int(max(offset, int64(-len(q.waiting)))))
	case offset > 0 && offset <= q.next+maxFuture:
		for n < len(q.waiting) && q.waiting[n].id < offset {
			n++
		}
	}
	if n == 0 {
		return
	}
	s.touch()
	for _, u := range q.waiting[:n] {
		if u.message != nil {
			u.message.seen = true
			s.touchMessage(u.message)
		}
	}
	q.past = append(q.past, q.waiting[:n]...)
	q.past = slices.Clone(q.past[max(0, len(q.past)-pastKept):])
	q.waiting = q.waiting[n:]
}

// take lists what a poll gets now: one of the repeats, then what waits.
func (q *queue) take(now time.Time, limit int) []json.RawMessage {
	q.expire(now)
	found := []json.RawMessage{}
	if len(q.again) > 0 {
		found = append(found, q.again[0].body)
		q.again = q.again[1:]
	}
	for _, u := range q.waiting {
		if len(found) == limit {
			break
		}
		found = append(found, u.body)
	}
	return found
}

// expire forgets what nobody has fetched in time.
func (q *queue) expire(now time.Time) {
	if len(q.waiting) == 0 || now.Before(q.ripe) {
		return
	}
	q.waiting = slices.DeleteFunc(q.waiting, func(u *update) bool { return !now.Before(u.expires) })
	for i, u := range q.waiting {
		if i == 0 || u.expires.Before(q.ripe) {
			q.ripe = u.expires
		}
	}
}

// Redeliver hands an update out again, in each of the next n answers to getUpdates, whatever their
// offset: Telegram promises each update at least once, not once.
func (s *Server) Redeliver(id int64, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range slices.Concat(s.updates.past, s.updates.waiting) {
		if u.id == id {
			for range n {
				s.updates.again = append(s.updates.again, u)
			}
			s.touch()
			return nil
		}
	}
	return fmt.Errorf("redeliver: no update %d among the last ones", id)
}

// LastUpdate is the number of the newest update, 0 when there was none.
func (s *Server) LastUpdate() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.updates.next == firstUpdateID {
		return 0
	}
	return s.updates.next - 1
}

// Confirmed reports whether the bot has fetched everything so far and said so with a higher offset.
func (s *Server) Confirmed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.updates.waiting) == 0 && len(s.updates.again) == 0
}
