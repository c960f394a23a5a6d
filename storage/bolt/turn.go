package bolt

import (
	"context"
	"fmt"

	"rechargebot/storage"
)

// Commit stores everything that handling one update changes.
func (s *Store) Commit(ctx context.Context, turn storage.Turn) (storage.TurnResult, error) {
	if err := wellFormed(turn); err != nil {
		return storage.TurnResult{}, fmt.Errorf("commit turn: %w", err)
	}
	var made *storage.Job
	err := s.submit(ctx, func(t *tx) (func() error, error) {
		checked, err := t.checkTurn(turn)
		if err != nil {
			return nil, err
		}
		return func() error {
			made, err = t.applyTurn(turn, checked)
			return err
		}, nil
	})
	if err != nil {
		return storage.TurnResult{}, fmt.Errorf("commit turn: %w", err)
	}
	return storage.TurnResult{Job: made}, nil
}

// wellFormed refuses turns that are wrong whatever the store holds.
func wellFormed(turn storage.Turn) error {
	if turn.Now.IsZero() {
		return fmt.Errorf("a turn without a time: %w", storage.ErrIllegal)
	}
	if (turn.FreshCard || turn.Card != 0) && turn.Session == nil {
		return fmt.Errorf("a card without a session: %w", storage.ErrIllegal)
	}
	if turn.FreshCard && turn.Card != 0 {
		return fmt.Errorf("a card that is learnt and left behind: %w", storage.ErrIllegal)
	}
	if turn.Session != nil && turn.Session.Chat == 0 {
		return fmt.Errorf("a session without a chat: %w", storage.ErrIllegal)
	}
	seen := map[storage.KeyboardID]bool{{}: true}
	for _, k := range turn.Keyboards {
		if seen[k.ID] || !indexable(k.Expires) {
			return fmt.Errorf("a keyboard without an id or expiry of its own: %w", storage.ErrIllegal)
		}
		seen[k.ID] = true
		if k.By != 0 && (k.Person != 0 || k.Chat != 0 || k.Keep || len(k.Buttons) != 1) {
			return fmt.Errorf("an invitation that is a message's buttons as well: %w", storage.ErrIllegal)
		}
	}
	people := map[storage.PersonID]bool{0: true}
	for _, c := range turn.People {
		if people[c.After.ID] || c.Before != nil && c.Before.ID != c.After.ID {
			return fmt.Errorf("a change of no person, of two at once, or twice of one: %w", storage.ErrIllegal)
		}
		people[c.After.ID] = true
	}
	if turn.Order != nil {
		if err := orderable(turn); err != nil {
			return err
		}
	}
	if turn.Order != nil && turn.Job != nil {
		return fmt.Errorf("a turn that orders and decides: %w", storage.ErrIllegal)
	}
	for _, m := range turn.Memos {
		if m.Name == "" || len(m.Name) > maxMemoName {
			return errMemoName()
		}
	}
	return encodable(turn)
}

// checkedTurn is what the check phase found.
type checkedTurn struct {
	session  session     // as it is stored
	decision *transition // of Turn.Job
}

// checkTurn is the turn's check phase.
func (t *tx) checkTurn(turn storage.Turn) (c checkedTurn, err error) {
	if turn.Inbox != 0 {
		found, err := t.has(bucketInbox, inboxKey(turn.Inbox))
		if err != nil {
			return c, err
		}
		if !found {
			return c, storage.ErrHandled
		}
	}
	if err := t.checkPress(turn); err != nil {
		return c, err
	}
	if err := t.checkInvites(turn); err != nil {
		return c, err
	}
	if turn.Session != nil {
		if _, err := t.get(bucketSessions, chatKey(turn.Session.Chat), &c.session); err != nil {
			return c, err
		}
		if c.session.Version != turn.Session.Version {
			return c, fmt.Errorf("session has version %d, not %d: %w", c.session.Version, turn.Session.Version, storage.ErrConflict)
		}
	}
	for _, k := range turn.Keyboards {
		found, err := t.has(bucketKeyboards, k.ID[:])
		if err != nil {
			return c, err
		}
		if found {
			return c, fmt.Errorf("keyboard exists already: %w", storage.ErrConflict)
		}
	}
	return c, t.checkDeeds(turn, &c)
}

// checkDeeds checks what the actor does beside talking.
func (t *tx) checkDeeds(turn storage.Turn, c *checkedTurn) error {
	for _, change := range turn.People {
		if err := t.checkPerson(turn.Actor, change); err != nil {
			return err
		}
	}
	if turn.Order != nil {
		if err := t.checkOrder(turn); err != nil {
			return err
		}
	}
	if turn.Job != nil {
		decision, err := t.checkDecision(turn)
		if err != nil {
			return err
		}
		c.decision = &decision
	}
	if len(turn.Memos) > 0 {
		if err := t.checkAdmin(turn.Actor, 0); err != nil {
			return err
		}
	}
	return t.checkNotices(turn.Notices)
}

// checkPress checks that the pressed keyboard is there, alive, and the actor's.
func (t *tx) checkPress(turn storage.Turn) error {
	if turn.Press == (storage.KeyboardID{}) {
		return nil
	}
	var k storage.Keyboard
	found, err := t.get(bucketKeyboards, turn.Press[:], &k)
	switch {
	case err != nil:
		return err
	case !found || k.By != 0 || !turn.Now.Before(k.Expires):
		return storage.ErrPressed
	case k.Person != turn.Actor:
		return fmt.Errorf("the button is somebody else's: %w", storage.ErrMayNot)
	}
	return nil
}

// applyTurn is the turn's apply phase.
func (t *tx) applyTurn(turn storage.Turn, checked checkedTurn) (*storage.Job, error) {
	if turn.Inbox != 0 {
		if err := t.remove(bucketInbox, inboxKey(turn.Inbox)); err != nil {
			return nil, err
		}
	}
	if err := t.consume(turn.Press); err != nil {
		return nil, err
	}
	for _, id := range []storage.KeyboardID{turn.Invite, turn.Revoke} {
		if err := t.removeKeyboard(id); err != nil {
			return nil, err
		}
	}
	if turn.Session != nil {
		if err := t.storeSession(turn, checked.session); err != nil {
			return nil, err
		}
	}
	for _, c := range turn.People {
		if err := t.put(bucketPeople, personKey(c.After.ID), c.After); err != nil {
			return nil, err
		}
	}
	made, err := t.applyDeed(turn, checked)
	if err != nil {
		return nil, err
	}
	for _, k := range turn.Keyboards {
		if err := t.addKeyboard(k); err != nil {
			return nil, err
		}
	}
	if turn.ForgetCards != 0 {
		if err := t.remove(bucketAbout, personKey(turn.ForgetCards)); err != nil {
			return nil, err
		}
	}
	if err := t.oweAll(turn.Notices); err != nil {
		return nil, err
	}
	if err := t.heard(turn.Actor, turn.Heard, turn.Now); err != nil {
		return nil, err
	}
	return made, t.audit(turn.Now, turn.Actor, turn.Audit...)
}

// applyDeed is the part of the apply phase that changes a job or what is remembered. It returns the job.
func (t *tx) applyDeed(turn storage.Turn, checked checkedTurn) (*storage.Job, error) {
	for _, m := range turn.Memos {
		if err := t.write(bucketMemos, []byte(m.Name), m.Value); err != nil {
			return nil, err
		}
	}
	switch d := checked.decision; {
	case turn.Order != nil:
		return t.createJob(turn)
	case d != nil:
		return &d.after, t.take(*d)
	}
	return nil, nil
}

// consume removes the pressed keyboard, unless it is one for looking.
func (t *tx) consume(id storage.KeyboardID) error {
	var k storage.Keyboard
	found, err := t.get(bucketKeyboards, id[:], &k)
	if err != nil || !found || k.Keep {
		return err
	}
	return t.removeKeyboard(id)
}

// storeSession stores the turn's session over the one that was read. The card is the outbox's, unless a
// press has told it. A screen that is still owed to a card left behind would only show what is over.
func (t *tx) storeSession(turn storage.Turn, stored session) error {
	next := session{Session: *turn.Session, Fresh: stored.Fresh}
	next.Version = stored.Version + 1
	next.Card = stored.Card
	if next.Card == 0 {
		next.Card = turn.Card
	}
	if turn.FreshCard {
		next.Card, next.Fresh = 0, storage.NoticeID(t.bucket(bucketNotices).Sequence())
		if err := t.disown(bucketScreens, chatKey(next.Chat)); err != nil {
			return err
		}
	}
	if stored.Keyboard != next.Keyboard {
		if err := t.removeKeyboard(stored.Keyboard); err != nil {
			return err
		}
	}
	return t.put(bucketSessions, chatKey(next.Chat), next)
}
