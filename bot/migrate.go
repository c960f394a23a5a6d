package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"rechargebot/storage"
)

const (
	movesMemo  = "telegram/moves"
	mostMoves  = 8   // of one group that are followed
	othersKept = 256 // moves of groups that are not the configuration's
)

// moves knows which groups have become supergroups, which gives them another id: whatever is kept under an
// old id, in the configuration or in the store, is sent to the newest one. Moves of the configuration's
// groups are kept in the store. Those of others, which anybody can take the bot into, are forgotten with the
// process, and a bounded number of them is known.
type moves struct {
	groups []storage.ChatID // the configuration's

	saving sync.Mutex // one writer of the memo at a time
	mu     sync.Mutex
	to     map[storage.ChatID]storage.ChatID
}

func newMoves(groups []storage.ChatID) *moves {
	return &moves{groups: groups, to: map[storage.ChatID]storage.ChatID{}}
}

// address is where a chat is reached now.
func (m *moves) address(chat storage.ChatID) storage.ChatID {
	if chat > 0 {
		return chat
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.follow(chat)
}

func (m *moves) follow(chat storage.ChatID) storage.ChatID {
	for range mostMoves {
		to, moved := m.to[chat]
		if !moved {
			break
		}
		chat = to
	}
	return chat
}

// ours reports whether a chat is, or was, one of the configuration's groups.
func (m *moves) ours(chat storage.ChatID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.belongs(chat)
}

func (m *moves) belongs(chat storage.ChatID) bool {
	for _, at := range m.groups {
		for range mostMoves {
			if at == chat {
				return true
			}
			to, moved := m.to[at]
			if !moved {
				break
			}
			at = to
		}
	}
	return false
}

// learn keeps a move. fresh is false for one that is known already, that would lead in a circle, or out of the groups:
// what is meant for one is nothing for a person. kept says that it is one to be stored.
func (m *moves) learn(from, to storage.ChatID) (fresh, kept bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if from >= 0 || to >= 0 || m.to[from] == to || m.follow(to) == from || from == to {
		return false, false
	}
	kept = m.belongs(from)
	if _, known := m.to[from]; !kept && !known && len(m.to) >= othersKept {
		for other := range m.to {
			if !m.belongs(other) {
				delete(m.to, other)
				break
			}
		}
	}
	m.to[from] = to
	return true, kept
}

// ofOurs is what is stored.
func (m *moves) ofOurs() map[storage.ChatID]storage.ChatID {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[storage.ChatID]storage.ChatID{}
	for from, to := range m.to {
		if m.belongs(from) {
			out[from] = to
		}
	}
	return out
}

// move follows a group to its new id from now on.
func (o *outbox) move(ctx context.Context, from, to storage.ChatID) error {
	o.moves.saving.Lock()
	defer o.moves.saving.Unlock()
	fresh, kept := o.moves.learn(from, to)
	if !fresh || !kept {
		return nil
	}
	o.log.Warn("a group has become a supergroup: put its new id into the configuration", "chat", int64(from), "new_chat", int64(to))
	raw, err := json.Marshal(o.moves.ofOurs())
	if err == nil {
		err = o.store.SetMemo(context.WithoutCancel(ctx), movesMemo, raw)
	}
	if err != nil {
		return fmt.Errorf("keep the new id of a group: %w", err)
	}
	return nil
}

// recallMoves reads the moves that were stored.
func (o *outbox) recallMoves(ctx context.Context) error {
	raw, err := o.store.Memo(ctx, movesMemo)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the groups' new ids: %w", err)
	}
	stored := map[storage.ChatID]storage.ChatID{}
	if err := json.Unmarshal(raw, &stored); err != nil {
		o.log.Error("the groups' new ids are unreadable and are forgotten", "cause", err)
		return nil
	}
	o.moves.mu.Lock()
	o.moves.to = stored
	o.moves.mu.Unlock()
	for _, g := range o.moves.groups {
		if now := o.moves.address(g); now != g {
			o.log.Warn("a group has become a supergroup: put its new id into the configuration", "chat", int64(g), "new_chat", int64(now))
		}
	}
	return nil
}
