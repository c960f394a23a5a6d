package bolt

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"rechargebot/storage"
)

// Accept stores the updates that were not seen before.
func (s *Store) Accept(ctx context.Context, updates ...storage.Update) ([]storage.Update, error) {
	if err := encodable(updates); err != nil {
		return nil, fmt.Errorf("accept updates: %w", err)
	}
	var fresh []storage.Update
	err := s.submit(ctx, func(t *tx) (func() error, error) {
		here := map[int64]bool{} // numbers of this call
		for _, u := range updates {
			seen, err := t.seen(u)
			if err != nil {
				return nil, err
			}
			if seen || here[u.UpdateID] {
				continue
			}
			here[u.UpdateID] = true
			u.Raw = append([]byte(nil), u.Raw...)
			fresh = append(fresh, u)
		}
		return func() error {
			for i := range fresh {
				if err := t.accept(&fresh[i]); err != nil {
					return err
				}
			}
			return nil
		}, nil
	})
	if err != nil {
		return nil, fmt.Errorf("accept updates: %w", err)
	}
	return fresh, nil
}

// seen reports whether the update itself was seen, and not only another one with its number, long ago.
func (t *tx) seen(u storage.Update) (bool, error) {
	place, found, err := t.number(bucketSeen, signed(u.UpdateID))
	if err != nil || !found {
		return false, err
	}
	number, at, err := t.place(unsigned(place))
	if err != nil {
		return false, err
	}
	if !bytes.Equal(number, signed(u.UpdateID)) {
		return false, &damage{bucketRing, unsigned(place), errOrder}
	}
	return at.IsZero() || u.Arrived.Sub(at) < storage.SeenFor, nil
}

// place reads a place of the ring: the number, and when its update came, zero when that is not known. No number means
// that the place was given up.
func (t *tx) place(key []byte) (number []byte, at time.Time, err error) {
	payload, found, err := t.read(bucketRing, key)
	if err != nil {
		return nil, at, err
	}
	return readPlace(key, payload, found)
}

func readPlace(key, payload []byte, found bool) (number []byte, at time.Time, err error) {
	switch {
	case found && len(payload) == 0:
		return nil, at, nil
	case len(payload) != 16:
		return nil, at, &damage{bucketRing, key, errShort}
	}
	if seconds := readSigned(payload[8:]); seconds != 0 {
		at = time.Unix(seconds, 0)
	}
	return payload[:8], at, nil
}

// accept stores one update under the next id and remembers its number in the ring.
func (t *tx) accept(u *storage.Update) error {
	id, err := t.next(bucketInbox)
	if err != nil {
		return err
	}
	u.ID = storage.InboxID(id)
	if err := t.put(bucketInbox, inboxKey(u.ID), u); err != nil {
		return err
	}
	number := signed(u.UpdateID)
	if old, found, err := t.number(bucketSeen, number); err != nil {
		return err
	} else if found { // it was another update's, and its place is given up
		if err := t.write(bucketRing, unsigned(old), nil); err != nil {
			return err
		}
	}
	place, err := t.next(bucketRing)
	if err != nil {
		return err
	}
	if err := t.write(bucketRing, unsigned(place), append(slices.Clip(number), signed(u.Arrived.Unix())...)); err != nil {
		return err
	}
	if err := t.write(bucketSeen, number, unsigned(place)); err != nil {
		return err
	}
	if place <= storage.SeenUpdates {
		return nil
	}
	return t.freePlace(unsigned(place - storage.SeenUpdates))
}

// freePlace frees the oldest place of the ring.
func (t *tx) freePlace(oldest []byte) error {
	number, _, err := t.place(oldest)
	if err != nil {
		return err
	}
	if number != nil {
		if err := t.remove(bucketSeen, bytes.Clone(number)); err != nil {
			return err
		}
	}
	return t.remove(bucketRing, oldest)
}

// Waiting lists what is not handled, oldest first.
func (s *Store) Waiting(ctx context.Context) ([]storage.Update, error) {
	var out []storage.Update
	err := s.view(ctx, func(t *tx) error {
		return t.each(bucketInbox, nil, func(key, payload []byte) (bool, error) {
			var u storage.Update
			err := decode(bucketInbox, key, payload, &u)
			out = append(out, u)
			return true, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list waiting updates: %w", err)
	}
	return out, nil
}

// WaitingFrom lists some of what is not handled, from an id on, oldest first.
func (s *Store) WaitingFrom(ctx context.Context, from storage.InboxID, limit int) ([]storage.Update, error) {
	var out []storage.Update
	err := s.view(ctx, func(t *tx) error {
		out = nil
		return t.eachFrom(bucketInbox, nil, inboxKey(from), func(key, payload []byte) (bool, error) {
			if len(out) >= limit {
				return false, nil
			}
			var u storage.Update
			err := decode(bucketInbox, key, payload, &u)
			out = append(out, u)
			return true, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list some waiting updates: %w", err)
	}
	return out, nil
}

// Handled forgets updates that change nothing. One that is not there any more is handled already.
func (s *Store) Handled(ctx context.Context, ids ...storage.InboxID) error {
	err := s.submit(ctx, func(t *tx) (func() error, error) {
		var there []storage.InboxID
		for _, id := range ids {
			found, err := t.has(bucketInbox, inboxKey(id))
			if err != nil {
				return nil, err
			}
			if found {
				there = append(there, id)
			}
		}
		return func() error {
			for _, id := range there {
				if err := t.remove(bucketInbox, inboxKey(id)); err != nil {
					return err
				}
			}
			return nil
		}, nil
	})
	if err != nil {
		return fmt.Errorf("forget handled updates: %w", err)
	}
	return nil
}
