package bolt

import (
	"context"
	"fmt"
	"time"

	"rechargebot/storage"
)

// Invites lists the invitations whose time is not over, in order of expiry.
func (s *Store) Invites(ctx context.Context, now time.Time) (out []storage.Keyboard, err error) {
	err = s.view(ctx, func(t *tx) error {
		return t.each(bucketExpiry, nil, func(key, mark []byte) (bool, error) {
			if string(mark) != markInvite || readSigned(key) <= now.UnixNano() {
				return true, nil
			}
			var k storage.Keyboard
			found, err := t.get(bucketKeyboards, key[8:], &k)
			if found {
				out = append(out, k)
			}
			return true, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	return out, nil
}

// checkInvites checks what the turn does to invitations: admins make and revoke them, and one is opened
// once, in time, and while whoever made it may still admin.
func (t *tx) checkInvites(turn storage.Turn) error {
	for _, k := range turn.Keyboards {
		if k.By == 0 {
			continue
		}
		if k.By != turn.Actor {
			return fmt.Errorf("an invitation in the name of person %d: %w", k.By, storage.ErrMayNot)
		}
		if err := t.checkAdmin(turn.Actor, 0); err != nil {
			return err
		}
	}
	if turn.Revoke != (storage.KeyboardID{}) {
		if err := t.checkAdmin(turn.Actor, 0); err != nil {
			return err
		}
		if _, err := t.invitation(turn.Revoke); err != nil {
			return err
		}
	}
	if turn.Invite == (storage.KeyboardID{}) {
		return nil
	}
	k, err := t.invitation(turn.Invite)
	if err != nil {
		return err
	}
	var by storage.Person
	if _, err := t.get(bucketPeople, personKey(k.By), &by); err != nil {
		return err
	}
	if !turn.Now.Before(k.Expires) || !by.MayAdmin() {
		return storage.ErrPressed
	}
	return nil
}

// invitation reads an invitation that is there, expired or not.
func (t *tx) invitation(id storage.KeyboardID) (k storage.Keyboard, err error) {
	found, err := t.get(bucketKeyboards, id[:], &k)
	if err == nil && (!found || k.By == 0) {
		err = storage.ErrPressed
	}
	return k, err
}
