package flows

import (
	"sync"
	"time"
)

// Bounds of what people who may not order get, per window; those with a role who are not suspended are
// not counted. A flood of new faces is not answered at all
// once the table is full, so neither memory nor the store grows with it.
const (
	strangerWindow = time.Hour
	strangerTalks  = 1    // sentences to a stranger or a group
	strangerAsks   = 30   // /start and /id of a stranger, /id of a group's strangers together, any answer to somebody suspended
	strangersKnown = 4096 // people and groups counted at a time
)

// strangers remembers whom the engine talked to lately. It is lost with the process, which only means one sentence more.
type strangers struct {
	mu    sync.Mutex
	seen  map[int64]*tally
	swept time.Time
}

type tally struct {
	since       time.Time
	talks, asks int
}

// mayTalk counts one sentence to a person or group, and reports whether it may be said.
func (s *strangers) mayTalk(id int64, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tally(id, now)
	if t == nil || t.talks >= strangerTalks {
		return false
	}
	t.talks++
	return true
}

// mayAsk counts one request that is answered without delay, and reports whether it may be.
func (s *strangers) mayAsk(id int64, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tally(id, now)
	if t == nil || t.asks >= strangerAsks {
		return false
	}
	t.asks++
	return true
}

// tally is the running count of id, nil when there is no room for another one.
func (s *strangers) tally(id int64, now time.Time) *tally {
	t := s.seen[id]
	if t != nil && now.Sub(t.since) < strangerWindow {
		return t
	}
	if t == nil && len(s.seen) >= strangersKnown && !s.sweep(now) {
		return nil
	}
	if s.seen == nil {
		s.seen = map[int64]*tally{}
	}
	t = &tally{since: now}
	s.seen[id] = t
	return t
}

// sweep drops what is older than the window, at most once a minute, and reports whether there is room now.
func (s *strangers) sweep(now time.Time) bool {
	if now.Sub(s.swept) < time.Minute {
		return false
	}
	s.swept = now
	for id, t := range s.seen {
		if now.Sub(t.since) >= strangerWindow {
			delete(s.seen, id)
		}
	}
	return len(s.seen) < strangersKnown
}
