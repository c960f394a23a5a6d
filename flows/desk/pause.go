package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"rechargebot/storage"
)

// Pause is what is remembered about one provider: that it is paused, or who resumed it last.
type Pause struct {
	Paused bool             `json:"paused"`
	Since  time.Time        `json:"since,omitzero"`
	By     storage.PersonID `json:"by,omitempty"`   // 0 = the bot itself
	Name   string           `json:"name,omitempty"` // what that person was called then
	Why    string           `json:"why,omitempty"`  // for the record
}

// whyEcho is why the bot itself pauses a provider.
const whyEcho = "two answers within an hour spoke of another order"

// whyUnreadable is why a provider is taken as paused of which nobody knows.
const whyUnreadable = "what was remembered cannot be read"

// Pauses remembers which providers are paused, in one memo each, so that a restart keeps them.
type Pauses struct {
	memos storage.Memos
	tell  func(provider string) []storage.Notice
	now   func() time.Time
	mu    sync.Mutex // one Distrust at a time
}

// NewPauses returns the memory in a store. Tell makes what the operations group is told when the bot itself
// pauses a provider.
func NewPauses(memos storage.Memos, tell func(provider string) []storage.Notice, now func() time.Time) *Pauses {
	return &Pauses{memos: memos, tell: tell, now: now}
}

func memoName(provider string) string { return "desk/provider/" + provider }

// Of is what is remembered about a provider; the zero Pause when nothing is. One that cannot be read counts as
// paused: a person has to look. An error is the store's.
func (p *Pauses) Of(ctx context.Context, provider string) (Pause, error) {
	raw, err := p.memos.Memo(ctx, memoName(provider))
	if errors.Is(err, storage.ErrNotFound) {
		return Pause{}, nil
	}
	if err != nil {
		return Pause{}, fmt.Errorf("read whether %s is paused: %w", provider, err)
	}
	var out Pause
	if err := json.Unmarshal(raw, &out); err != nil {
		return Pause{Paused: true, Why: whyUnreadable}, nil
	}
	return out, nil
}

// Paused reports whether a provider is paused. It is dispatch's Paused.
func (p *Pauses) Paused(ctx context.Context, provider string) (bool, error) {
	is, err := p.Of(ctx, provider)
	return is.Paused, err
}

// Distrust pauses a provider whose answers spoke of other orders, and tells the group in the same commit; one
// that is paused already stays as it is. An error is the store's. It is dispatch's Distrust.
func (p *Pauses) Distrust(ctx context.Context, provider string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	is, err := p.Of(ctx, provider)
	if err != nil || is.Paused {
		return err
	}
	m := memo(provider, Pause{Paused: true, Since: p.now().UTC().Round(0), Why: whyEcho})
	if err := p.memos.SetMemo(ctx, m.Name, m.Value, p.tell(provider)...); err != nil {
		return fmt.Errorf("keep that %s is paused: %w", provider, err)
	}
	return nil
}

func memo(provider string, p Pause) storage.Memo {
	raw, err := json.Marshal(p)
	if err != nil {
		panic("desk: a pause of plain values does not encode: " + err.Error())
	}
	return storage.Memo{Name: memoName(provider), Value: raw}
}
