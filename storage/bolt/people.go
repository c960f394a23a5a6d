package bolt

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"rechargebot/storage"
)

// Person returns one person.
func (s *Store) Person(ctx context.Context, id storage.PersonID) (p storage.Person, err error) {
	err = s.view(ctx, func(t *tx) error {
		found, err := t.get(bucketPeople, personKey(id), &p)
		if err != nil || !found {
			return orNotFound(err)
		}
		return nil
	})
	if err != nil {
		return storage.Person{}, fmt.Errorf("read person %d: %w", id, err)
	}
	return p, nil
}

// WithRole lists those who have a role.
func (s *Store) WithRole(ctx context.Context, ids []storage.PersonID) (with []storage.PersonID, err error) {
	err = s.view(ctx, func(t *tx) error {
		with = nil
		for _, id := range ids {
			var p storage.Person
			if _, err := t.get(bucketPeople, personKey(id), &p); err != nil {
				return err
			}
			if p.Role != storage.RoleNone {
				with = append(with, id)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read who has a role: %w", err)
	}
	return with, nil
}

// PeopleWhere lists the people that match. match runs outside the store.
func (s *Store) PeopleWhere(ctx context.Context, match func(storage.Person) bool) ([]storage.Person, error) {
	var all []storage.Person
	err := s.view(ctx, func(t *tx) (err error) {
		all, err = t.people()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	var out []storage.Person
	for _, p := range all {
		if match(p) {
			out = append(out, p)
		}
	}
	return out, nil
}

// people reads everybody, in order of id.
func (t *tx) people() (all []storage.Person, err error) {
	err = t.each(bucketPeople, nil, func(key, payload []byte) (bool, error) {
		var p storage.Person
		err := decode(bucketPeople, key, payload, &p)
		all = append(all, p)
		return true, err
	})
	return all, err
}

// checkPerson checks one change of a person.
func (t *tx) checkPerson(actor storage.PersonID, c storage.PersonChange) error {
	var stored storage.Person
	found, err := t.get(bucketPeople, personKey(c.After.ID), &stored)
	if err != nil {
		return err
	}
	if found != (c.Before != nil) || found && !equal(stored, *c.Before) {
		return fmt.Errorf("person %d is not as it was read: %w", c.After.ID, storage.ErrConflict)
	}
	if c.ByAdmin {
		if err := t.checkAdmin(actor, c.After.ID); err != nil {
			return err
		}
	}
	if c.FirstOwner {
		return t.checkNoOwner()
	}
	return nil
}

// equal compares people as they are stored, so that neither a time's zone nor an empty list matters.
func equal(a, b storage.Person) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && bytes.Equal(x, y)
}

// checkAdmin checks that the actor may decide about the person now.
func (t *tx) checkAdmin(actor, about storage.PersonID) error {
	var p storage.Person
	found, err := t.get(bucketPeople, personKey(actor), &p)
	if err != nil {
		return err
	}
	if !found || !p.MayAdmin() || actor == about {
		return fmt.Errorf("person %d may not decide (about person %d): %w", actor, about, storage.ErrMayNot)
	}
	return nil
}

// checkNoOwner checks that nobody is an owner yet.
func (t *tx) checkNoOwner() error {
	all, err := t.people()
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.Role == storage.RoleOwner {
			return fmt.Errorf("person %d is the owner: %w", p.ID, storage.ErrConflict)
		}
	}
	return nil
}

// EnsureOwners makes each id an unsuspended owner.
func (s *Store) EnsureOwners(ctx context.Context, now time.Time, ids ...storage.PersonID) error {
	err := s.submit(ctx, func(t *tx) (func() error, error) {
		var changed []storage.Person
		for _, id := range ids {
			p := storage.Person{ID: id, Chat: storage.ChatID(id)}
			if _, err := t.get(bucketPeople, personKey(id), &p); err != nil {
				return nil, err
			}
			if id == 0 {
				return nil, fmt.Errorf("person 0: %w", storage.ErrIllegal)
			}
			if p.Role == storage.RoleOwner && !p.Suspended {
				continue
			}
			p.Role, p.Suspended = storage.RoleOwner, false
			p.Request, p.Decided, p.DecidedBy = storage.RequestApproved, now, 0
			changed = append(changed, p)
		}
		return func() error {
			for _, p := range changed {
				if err := t.put(bucketPeople, personKey(p.ID), p); err != nil {
					return err
				}
				if err := t.audit(now, 0, fmt.Sprintf("person %d is an owner", p.ID)); err != nil {
					return err
				}
			}
			return nil
		}, encodable(now)
	})
	if err != nil {
		return fmt.Errorf("make owners: %w", err)
	}
	return nil
}
