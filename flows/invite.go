package flows

import (
	"context"
	"errors"
	"fmt"

	"rechargebot/storage"
)

// An invitation is a keyboard of one button that nobody can press: its token is in a link, and whoever begins
// the bot with it first uses it up. So it has what buttons have (random, single use, in the commit, swept when
// its time is over), and neither can do the other's work: here and in the store they are told apart by
// storage.Keyboard.By. It only opens the door to the house: what the command's flow does with it is its own affair.

// invitation is the good invitation that the stranger's command has opened; nil when there is none, whatever else
// followed the command. What is no token, unknown, used, revoked, too old, a button's, or an admin's who is
// none any more, is all the same.
func (e *Engine) invitation(ctx context.Context, v *visit, c command) (*storage.Keyboard, error) {
	id, secret, ok := parseToken(v.in.Args)
	if !ok || !c.Invites {
		return nil, nil
	}
	k, err := e.store.Keyboard(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load invitation: %w", err)
	}
	b, ok := findButton(k, secret)
	if !ok || k.By == 0 || b.Flow != c.flow.Name() || !v.now.Before(k.Expires) {
		return nil, nil
	}
	by, err := e.store.Person(ctx, k.By)
	switch {
	case errors.Is(err, storage.ErrNotFound), err == nil && !by.MayAdmin():
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("load who invited: %w", err)
	}
	return &k, nil
}

// invitation makes, uses up or takes back an invitation, as the step says.
func (b *turnBuilder) invitation() error {
	if b.step.Invited && b.route.invite != nil {
		b.turn.Invite = b.route.invite.ID
	}
	if b.step.Revoke != "" {
		id, _, ok := parseToken(b.step.Revoke)
		if !ok {
			return fmt.Errorf("take back an invitation: %w", storage.ErrPressed)
		}
		b.turn.Revoke = id
	}
	if b.step.Invite == nil {
		return nil
	}
	k := storage.Keyboard{By: b.visit.person.ID, Expires: b.visit.now.Add(b.life(b.visit.person.ID))}
	if err := b.engine.random(k.ID[:]); err != nil {
		return err
	}
	button := Button{Action: "invite"}
	if err := b.arm(&k, &button); err != nil {
		return err
	}
	b.turn.Keyboards = append(b.turn.Keyboards, k)
	in := b.visit.in
	return b.message(Outgoing{Chat: in.Chat, Person: owner(in.Chat), With: b.step.Invite(button.Token)})
}

// changed are the people that the changes are about.
func changed(people []storage.PersonChange) (ids []storage.PersonID) {
	for _, c := range people {
		ids = append(ids, c.After.ID)
	}
	return ids
}
