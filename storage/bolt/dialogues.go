package bolt

import (
	"context"
	"fmt"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// session is a session with what the store alone knows of it.
type session struct {
	storage.Session
	Fresh storage.NoticeID `json:"fresh,omitempty"` // screens up to this one belong to a card that the dialogue has left behind
}

// outdates reports whether the notice belongs to a card that the dialogue has left behind.
func (s *session) outdates(n storage.Notice) bool { return n.ID != 0 && n.ID <= s.Fresh }

// Session returns the dialogue of a chat; ErrNotFound when there was none yet.
func (s *Store) Session(ctx context.Context, chat storage.ChatID) (storage.Session, error) {
	var out session
	err := s.view(ctx, func(t *tx) error {
		found, err := t.get(bucketSessions, chatKey(chat), &out)
		if err != nil || !found {
			return orNotFound(err)
		}
		return nil
	})
	if err != nil {
		return storage.Session{}, fmt.Errorf("read session of chat %d: %w", chat, err)
	}
	if string(out.State) == "null" { // JSON's word for no state
		out.State = nil
	}
	return out.Session, nil
}

// Keyboard returns the buttons under one message, ErrNotFound when they are used up or swept.
func (s *Store) Keyboard(ctx context.Context, id storage.KeyboardID) (k storage.Keyboard, err error) {
	err = s.view(ctx, func(t *tx) error {
		found, err := t.get(bucketKeyboards, id[:], &k)
		if err != nil || !found {
			return orNotFound(err)
		}
		return nil
	})
	if err != nil {
		return storage.Keyboard{}, fmt.Errorf("read keyboard: %w", err)
	}
	return k, nil
}

// removeKeyboard removes a keyboard, if it is there.
func (t *tx) removeKeyboard(id storage.KeyboardID) error {
	var k storage.Keyboard
	found, err := t.get(bucketKeyboards, id[:], &k)
	if err != nil || !found {
		return err
	}
	if err := t.remove(bucketExpiry, expiryKey(k)); err != nil {
		return err
	}
	return t.remove(bucketKeyboards, id[:])
}

// addKeyboard stores a new keyboard.
func (t *tx) addKeyboard(k storage.Keyboard) error {
	var mark []byte
	if k.By != 0 {
		mark = []byte(markInvite)
	}
	if err := t.write(bucketExpiry, expiryKey(k), mark); err != nil {
		return err
	}
	return t.put(bucketKeyboards, k.ID[:], k)
}

// Sweep removes expired keyboards, the oldest first.
func (s *Store) Sweep(ctx context.Context, now time.Time, limit int) (n int, err error) {
	if !indexable(now) {
		return 0, fmt.Errorf("sweep at %v: %w", now, storage.ErrIllegal)
	}
	err = s.submit(ctx, func(t *tx) (func() error, error) {
		var ids []storage.KeyboardID
		err := t.each(bucketExpiry, nil, func(key, _ []byte) (bool, error) {
			if len(ids) >= limit || readSigned(key) > now.UnixNano() {
				return false, nil
			}
			ids = append(ids, storage.KeyboardID(key[8:]))
			return true, nil
		})
		if err != nil {
			return nil, err
		}
		n = len(ids)
		return func() error {
			for _, id := range ids {
				if err := t.removeKeyboard(id); err != nil {
					return err
				}
			}
			return nil
		}, nil
	})
	if err != nil {
		return 0, fmt.Errorf("sweep keyboards: %w", err)
	}
	return n, nil
}

// SpentOn is the day's sum of an agent's orders that count against the limit.
func (s *Store) SpentOn(ctx context.Context, agent storage.PersonID, day string, c providers.Currency) (providers.Money, error) {
	sum := providers.Money{Currency: c}
	err := s.view(ctx, func(t *tx) (err error) {
		sum.Minor, err = t.spent(agent, c, day)
		return err
	})
	if err != nil {
		return providers.Money{}, fmt.Errorf("read the sum of person %d on %s: %w", agent, day, err)
	}
	return sum, nil
}
