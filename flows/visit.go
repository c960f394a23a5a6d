package flows

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rechargebot/flows/text"
	"rechargebot/storage"
)

// visit is one input with what the store knows of who did it and where.
type visit struct {
	inbox   storage.InboxID
	in      Input
	now     time.Time
	person  storage.Person // synthesised for a stranger
	known   bool           // the person is stored
	session storage.Session
	say     text.Printer
}

func (e *Engine) visit(ctx context.Context, id storage.InboxID, in Input) (visit, error) {
	v := visit{inbox: id, in: in, now: e.now()}
	if v.in.At.IsZero() {
		v.in.At = v.now
	}
	var err error
	if in.From.ID != 0 {
		v.person, err = e.store.Person(ctx, in.From.ID)
		v.known = err == nil
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return visit{}, fmt.Errorf("load person: %w", err)
		}
	}
	if !v.known {
		v.person = storage.Person{
			ID: in.From.ID, Chat: storage.ChatID(in.From.ID), Name: in.From.Name, Username: in.From.Username,
		}
	}
	v.say = e.catalogue.In(spoken(v.person, e.language))
	if !v.hasSession() {
		return v, nil
	}
	v.session, err = e.store.Session(ctx, in.Chat)
	if errors.Is(err, storage.ErrNotFound) {
		v.session = storage.Session{Chat: in.Chat, Person: v.person.ID}
	} else if err != nil {
		return visit{}, fmt.Errorf("load session: %w", err)
	}
	return v, nil
}

// hasSession reports whether the visit keeps a dialogue: people with a role do, in their private chat.
func (v visit) hasSession() bool { return v.in.ChatKind == PrivateChat && !v.stranger() }

// stranger reports whether the person has no role.
func (v visit) stranger() bool { return v.person.Role == storage.RoleNone }

// may reports whether the person is in the audience.
func (v visit) may(who Audience) bool {
	switch who {
	case Anyone:
		return true
	case Agents:
		return v.person.MayOrder()
	case Admins:
		return v.person.MayAdmin()
	}
	return false
}

// tell is a step that says one sentence and changes nothing: over the chat for a press, else in it.
func (v visit) tell(key text.Key, values text.Values) Step {
	if v.in.Press != "" {
		return Step{Answer: Answer{Text: v.say.Text(key, values), Alert: true}}
	}
	return Step{Replies: []Message{{Text: v.say.Say(key, values)}}}
}
