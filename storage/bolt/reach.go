package bolt

import (
	"context"
	"fmt"
	"slices"
	"time"

	"rechargebot/storage"
)

// hearings is when stored people were heard of last, in this opening of the store.
type hearings map[storage.PersonID]time.Time

// Undeliverable forgets a notice that was refused for good, and keeps whom it was for as out of reach.
func (s *Store) Undeliverable(ctx context.Context, n storage.Notice, at time.Time, alerts ...storage.Notice) error {
	err := encodable(alerts)
	if err == nil {
		err = encodable(at)
	}
	if err == nil {
		err = s.submit(ctx, func(t *tx) (func() error, error) {
			var stored storage.Notice
			found, err := t.get(bucketNotices, noticeKey(n.ID), &stored)
			if err == nil && found && !at.IsZero() {
				err = t.stillShut(stored.Person, at)
			}
			if err != nil {
				return nil, err
			}
			return func() error {
				n := n
				if found {
					n = stored
					if err := t.forget(n); err != nil {
						return err
					}
				}
				if !at.IsZero() {
					if err := t.shut(n, found, at); err != nil {
						return err
					}
				}
				return t.oweAll(alerts)
			}, t.checkNotices(alerts)
		})
	}
	if err != nil {
		return fmt.Errorf("give notice %d up: %w", n.ID, err)
	}
	return nil
}

// stillShut refuses what was found out before the person was heard of. It believes each word once, so that one with a
// time that is still to come, of a clock that was set back, does not keep a closed chat open.
func (t *tx) stillShut(id storage.PersonID, at time.Time) error {
	heard, known := t.lately[id]
	if !known || at.After(heard) {
		return nil
	}
	delete(t.lately, id)
	return fmt.Errorf("person %d was heard of meanwhile: %w", id, storage.ErrConflict)
}

// shut notes that the notice's person cannot be reached, and the result that he is not told.
func (t *tx) shut(n storage.Notice, owed bool, at time.Time) error {
	var p storage.Person
	found, err := t.get(bucketPeople, personKey(n.Person), &p)
	if err != nil || !found {
		return err
	}
	if p.Unreachable.IsZero() {
		p.Unreachable = at
	}
	known := slices.IndexFunc(p.Untold, func(u storage.Untold) bool { return u.Job == n.Job })
	switch {
	case owed && n.Kind == storage.NoticeCard && !slices.Contains(p.Stale, n.Job):
		p.Stale = append(p.Stale, n.Job)
		p.Stale = p.Stale[max(0, len(p.Stale)-storage.MaxUntold):]
	case owed && n.Kind == storage.NoticeMessage && n.Alert != "":
		p.Missed = slices.DeleteFunc(p.Missed, func(m storage.Missed) bool { return m.Alert == n.Alert })
		p.Missed = append(p.Missed, storage.Missed{Alert: n.Alert, Body: n.Body, Created: n.Created})
		p.Missed = p.Missed[max(0, len(p.Missed)-storage.MaxMissed):]
	case !owed || !n.Result():
	case known >= 0:
		p.Untold[known].Alerted = false // it came to something new
	default:
		p.Untold = append(p.Untold, storage.Untold{Job: n.Job})
		if extra := len(p.Untold) - storage.MaxUntold; extra > 0 {
			p.Untold, p.UntoldMore = p.Untold[extra:], p.UntoldMore+extra
		}
	}
	return t.put(bucketPeople, personKey(p.ID), p)
}

// heard makes a person reachable who was heard of at that time.
func (t *tx) heard(id storage.PersonID, at, now time.Time) error {
	if at.IsZero() {
		return nil
	}
	var p storage.Person
	found, err := t.get(bucketPeople, personKey(id), &p)
	if err != nil || !found {
		return err
	}
	t.lately[id] = at
	if p.Unreachable.IsZero() || !p.BackBy(at, now) {
		return nil
	}
	return t.tell(p, 0)
}

// reached makes a person reachable whom a message has reached.
func (t *tx) reached(n storage.Notice) error {
	if n.Person == 0 {
		return nil
	}
	var p storage.Person
	found, err := t.get(bucketPeople, personKey(n.Person), &p)
	if err != nil || !found || p.Unreachable.IsZero() {
		return err
	}
	if !n.Result() {
		n.Job = 0
	}
	return t.tell(p, n.Job)
}

// tell owes a person what he was not told, and cards that show what has become of their orders. Of the order told,
// the message that reached him has told already.
func (t *tx) tell(p storage.Person, told storage.JobID) error {
	untold, stale, missed, since := p.Untold, p.Stale, p.Missed, p.Unreachable
	p.Untold, p.Stale, p.Missed, p.Unreachable = nil, nil, nil, time.Time{}
	if err := t.put(bucketPeople, personKey(p.ID), p); err != nil {
		return err
	}
	for _, id := range stale {
		if !slices.ContainsFunc(untold, func(u storage.Untold) bool { return u.Job == id }) {
			if err := t.retell(id, since, t.oweCard); err != nil {
				return err
			}
		}
	}
	for _, u := range untold {
		owe := t.oweMove
		if u.Job == told {
			owe = t.oweCard
		}
		if err := t.retell(u.Job, since, owe); err != nil {
			return err
		}
	}
	return t.oweMissed(p, missed)
}

// oweMissed owes a person the alerts that he was not told and that concern him still.
func (t *tx) oweMissed(p storage.Person, missed []storage.Missed) error {
	for _, m := range missed {
		own := m.Alert == storage.AlertOrders
		if own && !p.MayOrder() || !own && !p.MayAdmin() {
			continue
		}
		err := t.owe(storage.Notice{
			Chat: p.Chat, Person: p.ID, Kind: storage.NoticeMessage, Alert: m.Alert, Late: !own, Body: m.Body, Created: m.Created,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// retell owes what says how an order stands now. One that is gone has nothing to say.
func (t *tx) retell(id storage.JobID, since time.Time, owe func(storage.Job, storage.Move) error) error {
	j, err := t.job(id)
	if refusal(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return owe(j, storage.Move{Now: since})
}
