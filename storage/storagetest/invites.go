package storagetest

import (
	"time"

	"rechargebot/storage"
)

func (w *world) newInvite(by storage.PersonID) storage.Keyboard {
	k := w.newKeyboard(0)
	k.Chat, k.By, k.Buttons = 0, by, []storage.Button{{Flow: "access", Action: "invited"}}
	return k
}

// invitesOpenOnce: an invitation is an admin's, whoever opens it first uses it up, and it is no button.
func invitesOpenOnce(w *world) {
	open := func(want ...storage.Keyboard) {
		w.Helper()
		got, err := w.Store.Invites(w.ctx, w.now)
		w.must(err)
		w.equal("open invitations", got, want)
	}
	invite := w.newInvite(owner)
	for _, actor := range []storage.PersonID{agent, stranger, 0} {
		forged := invite
		_, err := w.turn(storage.Turn{Actor: actor, Keyboards: []storage.Keyboard{forged}}) // in the owner's name
		w.refused(err, storage.ErrMayNot)
		forged.By = max(actor, 1)
		_, err = w.turn(storage.Turn{Actor: actor, Keyboards: []storage.Keyboard{forged}})
		w.refused(err, storage.ErrMayNot)
	}
	both := invite
	both.Person = owner
	_, err := w.turn(storage.Turn{Actor: owner, Keyboards: []storage.Keyboard{both}})
	w.refused(err, storage.ErrIllegal)
	buttons := w.newKeyboard(owner)
	w.mustTurn(storage.Turn{Actor: owner, Keyboards: []storage.Keyboard{invite, buttons}})
	open(invite)

	// It is no button, and a button is none.
	for _, actor := range []storage.PersonID{owner, stranger, 0} {
		_, err = w.turn(storage.Turn{Actor: actor, Press: invite.ID})
		w.refused(err, storage.ErrPressed)
		_, err = w.turn(storage.Turn{Actor: actor, Invite: buttons.ID})
		w.refused(err, storage.ErrPressed)
	}
	_, err = w.turn(storage.Turn{Actor: owner, Revoke: buttons.ID})
	w.refused(err, storage.ErrPressed)
	_, err = w.turn(storage.Turn{Now: invite.Expires, Actor: stranger, Invite: invite.ID})
	w.refused(err, storage.ErrPressed)

	wins := 0
	for _, err := range atOnce(50, func(i int) error {
		id := stranger + storage.PersonID(i)
		_, err := w.turn(storage.Turn{Actor: id, Invite: invite.ID, People: []storage.PersonChange{
			{After: storage.Person{ID: id, Request: storage.RequestOpen, Asked: w.now}},
		}})
		return err
	}) {
		if err == nil {
			wins++
			continue
		}
		w.refused(err, storage.ErrPressed)
	}
	w.equal("people who came in by one invitation", wins, 1)
	asking, err := w.Store.PeopleWhere(w.ctx, func(p storage.Person) bool { return p.Request == storage.RequestOpen })
	w.must(err)
	w.equal("people who ask", len(asking), 1)
	open()
}

// invitesAreVoid: when the admin who made it may not admin any more, took it back, or its time is over.
func invitesAreVoid(w *world) {
	before, admin := person(other), person(other)
	admin.Role = storage.RoleAdmin
	w.must(w.change(owner, storage.PersonChange{Before: &before, After: admin, ByAdmin: true}))
	first, second := w.newInvite(other), w.newInvite(other)
	second.Expires = first.Expires.Add(time.Hour)
	w.mustTurn(storage.Turn{Actor: other, Keyboards: []storage.Keyboard{second, first}})

	suspended := admin
	suspended.Suspended = true
	w.must(w.change(owner, storage.PersonChange{Before: &admin, After: suspended, ByAdmin: true}))
	_, err := w.turn(storage.Turn{Actor: stranger, Invite: first.ID})
	w.refused(err, storage.ErrPressed)
	for _, actor := range []storage.PersonID{other, agent, stranger} {
		_, err = w.turn(storage.Turn{Actor: actor, Revoke: first.ID})
		w.refused(err, storage.ErrMayNot)
	}
	w.must(w.change(owner, storage.PersonChange{Before: &suspended, After: before, ByAdmin: true})) // demoted
	_, err = w.turn(storage.Turn{Actor: stranger, Invite: first.ID})
	w.refused(err, storage.ErrPressed)

	got, err := w.Store.Invites(w.ctx, w.now)
	w.must(err)
	w.equal("invitations, the first to expire first", got, []storage.Keyboard{first, second})
	w.mustTurn(storage.Turn{Actor: owner, Revoke: first.ID})
	_, err = w.turn(storage.Turn{Actor: owner, Revoke: first.ID})
	w.refused(err, storage.ErrPressed)
	got, err = w.Store.Invites(w.ctx, second.Expires)
	w.must(err)
	w.equal("invitations when the time of all is over", len(got), 0)
	n, err := w.Store.Sweep(w.ctx, second.Expires, 10)
	w.must(err)
	w.equal("swept", n, 1)
}
