package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"rechargebot/storage"
)

// A pause outlives the process, however it ends and however soon it is there again: whoever calls before the end of a
// pause is told to wait for longer. Each is written down when it begins, which costs one small commit; refusals are rare.
const (
	mostPauses = 64 // of single chats
	pausesMemo = "telegram/pauses"
)

// pauses is what Telegram has asked us to wait for, and how fast we may be since.
type pauses struct {
	Told  time.Time                    `json:"told"` // when it was written down
	All   time.Time                    `json:"all,omitzero"`
	Chats map[storage.ChatID]time.Time `json:"chats,omitempty"`
	Calls int                          `json:"calls,omitempty"` // as budget.most; 0 = all
	Since time.Time                    `json:"since,omitzero"`
}

// pausing is what outlives the process.
func (s *schedule) pausing() pauses {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	out := pauses{Told: now, Chats: map[storage.ChatID]time.Time{}}
	if s.until.After(now) {
		out.All = s.until
	}
	for id, c := range s.chats {
		if c.until.After(now) && len(out.Chats) < mostPauses {
			out.Chats[id] = c.until
		}
	}
	if calls := s.all.calls(now); calls < allCalls {
		out.Calls, out.Since = calls, s.all.since
	}
	return out
}

func (s *schedule) resume(p pauses) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	back := max(0, p.Told.Sub(now)) // by how much a clock was set back at least: nobody asked us to wait for that as well
	s.until = later(s.until, p.All.Add(-back))
	for id, until := range p.Chats {
		if c := s.chat(id, now); until.Add(-back).After(now) {
			c.until = later(c.until, until.Add(-back))
		}
	}
	if p.Calls > 0 {
		s.all.most, s.all.since = max(fewestCalls, min(p.Calls, allCalls)), p.Since.Add(-back)
	}
}

// keepPauses stores the pauses after a new one.
func (o *outbox) keepPauses() {
	o.moves.saving.Lock() // one writer of memos at a time
	defer o.moves.saving.Unlock()
	raw, err := json.Marshal(o.calls.pausing())
	if err == nil {
		err = o.store.SetMemo(context.WithoutCancel(o.work), pausesMemo, raw)
	}
	if err != nil {
		o.halt(fmt.Errorf("keep a pause: %w", err))
	}
}

// recallPauses obeys what an earlier life of the process was told.
func (o *outbox) recallPauses(ctx context.Context) error {
	raw, err := o.store.Memo(ctx, pausesMemo)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the pauses: %w", err)
	}
	var p pauses
	if err := json.Unmarshal(raw, &p); err != nil {
		o.log.Error("the pauses are unreadable and are forgotten", "cause", err)
		return nil
	}
	o.calls.resume(p)
	return nil
}
