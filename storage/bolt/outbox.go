package bolt

import (
	"context"
	"fmt"
	"slices"

	"rechargebot/storage"
)

// maxCardsAbout bounds the messages kept about a person.
const maxCardsAbout = 32

// Pending lists the notices that are owed, oldest first.
func (s *Store) Pending(ctx context.Context) ([]storage.Notice, error) {
	var out []storage.Notice
	err := s.view(ctx, func(t *tx) error {
		return t.each(bucketNotices, nil, func(key, payload []byte) (bool, error) {
			var n storage.Notice
			err := decode(bucketNotices, key, payload, &n)
			out = append(out, n)
			return true, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	return out, nil
}

// Owed reports whether the notice is still owed.
func (s *Store) Owed(ctx context.Context, id storage.NoticeID) (owed bool, err error) {
	err = s.view(ctx, func(t *tx) error {
		owed, err = t.has(bucketNotices, noticeKey(id))
		return err
	})
	if err != nil {
		return false, fmt.Errorf("read notice %d: %w", id, err)
	}
	return owed, nil
}

// Owe stores notices that no turn or move causes.
func (s *Store) Owe(ctx context.Context, notices ...storage.Notice) error {
	if err := encodable(notices); err != nil {
		return fmt.Errorf("owe notices: %w", err)
	}
	err := s.submit(ctx, func(t *tx) (func() error, error) {
		return func() error { return t.oweAll(notices) }, t.checkNotices(notices)
	})
	if err != nil {
		return fmt.Errorf("owe notices: %w", err)
	}
	return nil
}

// Sent forgets the notice and keeps what message it became. A notice that has given way to a newer one
// was sent all the same, so its message counts, and the newer one is still owed.
func (s *Store) Sent(ctx context.Context, n storage.Notice, message int64) error {
	err := s.submit(ctx, func(t *tx) (func() error, error) {
		var stored storage.Notice
		found, err := t.get(bucketNotices, noticeKey(n.ID), &stored)
		if err != nil {
			return nil, err
		}
		return func() error {
			if found {
				n = stored
				if err := t.forget(n); err != nil {
					return err
				}
			}
			if message != 0 {
				if err := t.reached(n); err != nil {
					return err
				}
			}
			return t.became(n, message)
		}, nil
	})
	if err != nil {
		return fmt.Errorf("note notice %d as sent: %w", n.ID, err)
	}
	return nil
}

// became keeps the message that a notice has become, where something wants to know it.
func (t *tx) became(n storage.Notice, message int64) error {
	switch {
	case message == 0:
		return nil
	case n.Kind == storage.NoticeScreen:
		return t.changeSession(n.Chat, func(s *session) bool {
			if s.Card != 0 || s.outdates(n) {
				return false
			}
			s.Card = message
			return true
		})
	case n.Kind == storage.NoticeCard:
		return t.changeCard(n.Job, func(j *storage.Job) bool {
			if j.Card != 0 {
				return false
			}
			j.Card = message
			return true
		})
	case n.Kind == storage.NoticeMessage && n.About != 0:
		return t.keepAbout(n.About, storage.CardRef{Chat: n.Chat, Message: message})
	}
	return nil
}

// DropCard forgets a card that cannot be edited any more.
func (s *Store) DropCard(ctx context.Context, n storage.Notice) error {
	err := s.submit(ctx, func(t *tx) (func() error, error) {
		return func() error {
			switch n.Kind {
			case storage.NoticeScreen:
				return t.changeSession(n.Chat, func(s *session) bool {
					if s.outdates(n) {
						return false
					}
					changed := s.Card != 0
					s.Card = 0
					return changed
				})
			case storage.NoticeCard:
				return t.changeCard(n.Job, func(j *storage.Job) bool {
					changed := j.Card != 0
					j.Card = 0
					return changed
				})
			}
			return nil
		}, nil
	})
	if err != nil {
		return fmt.Errorf("drop card: %w", err)
	}
	return nil
}

// changeSession stores a chat's session if there is one and f has changed it. The version stays, so that
// a dialogue under way does not conflict with its own screen.
func (t *tx) changeSession(chat storage.ChatID, f func(*session) bool) error {
	var s session
	found, err := t.get(bucketSessions, chatKey(chat), &s)
	if err != nil || !found || !f(&s) {
		return err
	}
	return t.put(bucketSessions, chatKey(chat), s)
}

// changeCard stores a job if there is one and f has changed it. The version stays, so that a send under
// way does not conflict with the job's own card.
func (t *tx) changeCard(id storage.JobID, f func(*storage.Job) bool) error {
	j, err := t.job(id)
	if refusal(err) {
		return nil
	}
	if err != nil || !f(&j) {
		return err
	}
	bucket := bucketLive
	if j.State.Terminal() {
		bucket = bucketArchive
	}
	return t.put(bucket, jobKey(id), j)
}

// keepAbout adds a card to those about a person.
func (t *tx) keepAbout(about storage.PersonID, ref storage.CardRef) error {
	var cards []storage.CardRef
	if _, err := t.get(bucketAbout, personKey(about), &cards); err != nil {
		return err
	}
	if slices.Contains(cards, ref) {
		return nil
	}
	cards = append(cards, ref)
	if extra := len(cards) - maxCardsAbout; extra > 0 {
		cards = cards[extra:]
	}
	return t.put(bucketAbout, personKey(about), cards)
}

// CardsAbout lists the messages kept about a person, oldest first.
func (s *Store) CardsAbout(ctx context.Context, about storage.PersonID) (cards []storage.CardRef, err error) {
	err = s.view(ctx, func(t *tx) error {
		_, err := t.get(bucketAbout, personKey(about), &cards)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list cards about person %d: %w", about, err)
	}
	return cards, nil
}
