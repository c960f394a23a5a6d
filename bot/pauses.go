package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"rechargebot/storage"
)

// A pause of a minute or more outlives the process: whoever calls before its end is told to wait for longer.
// Shorter ones are over before a start has come to its first call, or cost one refusal.
const (
	longPause  = time.Minute
	mostPauses = 64
	pausesMemo = "telegram/pauses"
)

// pauses is what Telegram has asked us to wait for.
type pauses struct {
	Told  time.Time                    `json:"told"` // when it was written down
	All   time.Time                    `json:"all,omitzero"`
	Chats map[storage.ChatID]time.Time `json:"chats,omitempty"`
}

// longPauses are those that outlive the process.
func (s *schedule) longPauses() pauses {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	soon, out := now.Add(longPause/2), pauses{Told: now, Chats: map[storage.ChatID]time.Time{}}
	if s.until.After(soon) {
		out.All = s.until
	}
	for id, c := range s.chats {
		if c.until.After(soon) && len(out.Chats) < mostPauses {
			out.Chats[id] = c.until
		}
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
}

// keepPauses stores the long pauses after a new one.
func (o *outbox) keepPauses(d time.Duration) {
	if d < longPause {
		return
	}
	o.moves.saving.Lock() // one writer of memos at a time
	defer o.moves.saving.Unlock()
	raw, err := json.Marshal(o.calls.longPauses())
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
