package storagetest

import (
	"slices"
	"time"

	"rechargebot/storage"
)

func (w *world) change(actor storage.PersonID, c storage.PersonChange) error {
	_, err := w.turn(storage.Turn{Actor: actor, People: []storage.PersonChange{c}, Audit: []string{"changed somebody"}})
	return err
}

func peopleChange(w *world) {
	asking := storage.Person{ID: stranger, Chat: storage.ChatID(stranger), Name: "রহিম", Request: storage.RequestOpen, Asked: w.now}
	w.must(w.change(stranger, storage.PersonChange{After: asking}))
	w.refused(w.change(stranger, storage.PersonChange{After: asking}), storage.ErrConflict)
	got, err := w.Store.Person(w.ctx, stranger)
	w.must(err)
	w.equal("person", got, asking)
	withRole := func(want ...storage.PersonID) {
		w.Helper()
		with, err := w.Store.WithRole(w.ctx, []storage.PersonID{stranger, 999_999, owner, agent})
		w.must(err)
		w.equal("people with a role", with, want)
	}
	withRole(owner, agent)

	// Two decide at once: one wins.
	approved := got
	approved.Role, approved.Request, approved.DecidedBy, approved.Decided = storage.RoleAgent, storage.RequestApproved, owner, w.now
	elsewhere := got
	elsewhere.Asked = got.Asked.In(time.FixedZone("Dhaka", 6*3600)) // the same instant as read elsewhere
	w.refused(w.change(owner, storage.PersonChange{Before: &approved, After: got, ByAdmin: true}), storage.ErrConflict)
	wins := 0
	for _, err := range atOnce(10, func(int) error {
		return w.change(owner, storage.PersonChange{Before: &got, After: approved, ByAdmin: true})
	}) {
		if err == nil {
			wins++
			continue
		}
		w.refused(err, storage.ErrConflict)
	}
	w.equal("decisions that won", wins, 1)
	withRole(stranger, owner, agent)
	none, err := w.Store.WithRole(w.ctx, nil)
	w.must(err)
	w.equal("people with a role among none", len(none), 0)

	agents, err := w.Store.PeopleWhere(w.ctx, func(p storage.Person) bool { return p.Role == storage.RoleAgent })
	w.must(err)
	var ids []storage.PersonID
	for _, p := range agents {
		ids = append(ids, p.ID)
	}
	w.equal("agents", ids, []storage.PersonID{agent, other, stranger})
}

func adminsDecide(w *world) {
	promoted := person(other)
	promoted.Role = storage.RoleAdmin
	before := person(other)
	for _, actor := range []storage.PersonID{agent, stranger, other, 0} {
		w.refused(w.change(actor, storage.PersonChange{Before: &before, After: promoted, ByAdmin: true}), storage.ErrMayNot)
	}
	w.must(w.change(owner, storage.PersonChange{Before: &before, After: promoted, ByAdmin: true}))

	// An admin decides about others, not about himself, and not once suspended.
	agentBefore, suspendedAgent := person(agent), person(agent)
	suspendedAgent.Suspended = true
	own := promoted
	own.Role = storage.RoleOwner
	w.refused(w.change(other, storage.PersonChange{Before: &promoted, After: own, ByAdmin: true}), storage.ErrMayNot)
	suspended := promoted
	suspended.Suspended = true
	w.must(w.change(owner, storage.PersonChange{Before: &promoted, After: suspended, ByAdmin: true}))
	w.refused(w.change(other, storage.PersonChange{Before: &agentBefore, After: suspendedAgent, ByAdmin: true}), storage.ErrMayNot)
	w.must(w.change(owner, storage.PersonChange{Before: &suspended, After: promoted, ByAdmin: true}))
	w.must(w.change(other, storage.PersonChange{Before: &agentBefore, After: suspendedAgent, ByAdmin: true}))
}

func firstOwner(w *world) {
	claim := storage.Person{ID: stranger, Role: storage.RoleOwner}
	w.refused(w.change(stranger, storage.PersonChange{After: claim, FirstOwner: true}), storage.ErrConflict)

	// In a store without one, a hundred claims make one owner.
	empty := w.open(w.T).Store
	defer func() { w.must(empty.Close()) }()
	wins := 0
	for _, err := range atOnce(100, func(i int) error {
		id := storage.PersonID(100 + i)
		_, err := empty.Commit(w.ctx, storage.Turn{Now: w.now, Actor: id, People: []storage.PersonChange{
			{After: storage.Person{ID: id, Role: storage.RoleOwner}, FirstOwner: true},
		}})
		return err
	}) {
		if err == nil {
			wins++
			continue
		}
		w.refused(err, storage.ErrConflict)
	}
	w.equal("claims that won", wins, 1)
	w.must(empty.Check(w.ctx))
}

func ownersEnsured(w *world) {
	suspended := person(other)
	suspended.Suspended, suspended.Name = true, "kept"
	before := person(other)
	w.must(w.change(owner, storage.PersonChange{Before: &before, After: suspended, ByAdmin: true}))
	later := w.now.Add(time.Hour)
	w.must(w.Store.EnsureOwners(w.ctx, later, stranger, other, owner))
	owners, err := w.Store.PeopleWhere(w.ctx, func(p storage.Person) bool { return p.Role == storage.RoleOwner && p.MayAdmin() })
	w.must(err)
	var ids []storage.PersonID
	for _, p := range owners {
		ids = append(ids, p.ID)
	}
	slices.Sort(ids)
	w.equal("owners", ids, []storage.PersonID{owner, other, stranger})
	w.equal("an owner before", owners[0].Decided, w.now)
	w.equal("the one who was suspended", []any{owners[1].Name, owners[1].Suspended}, []any{"kept", false})
	w.equal("the new one's chat", owners[2].Chat, storage.ChatID(stranger))
}
