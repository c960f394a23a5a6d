package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"rechargebot/flows/text"
	"rechargebot/storage"
)

// strangerLife is how long a stranger's buttons are kept: strangers must not make the store grow.
const strangerLife = time.Hour

// commit stores everything that the step means in one turn, and tells of a new job afterwards.
func (e *Engine) commit(ctx context.Context, v visit, r route, s Step) error {
	b := turnBuilder{ctx: ctx, engine: e, visit: v, route: r, step: s}
	turn, err := b.build()
	if err != nil {
		return err
	}
	if b.empty(turn) {
		return nil
	}
	result, err := e.store.Commit(ctx, turn)
	if err != nil {
		return err
	}
	if result.Job != nil {
		e.onOrder(*result.Job)
	}
	if ids := changed(turn.People); len(ids) > 0 {
		e.onPeople(ids...)
	}
	return nil
}

// turnBuilder turns a step into a turn.
type turnBuilder struct {
	ctx    context.Context
	engine *Engine
	visit  visit
	route  route
	step   Step
	turn   storage.Turn
	hint   string // Message.Ask of the reply that is being written
}

// empty reports whether the turn would change nothing at all, not even the inbox.
func (b *turnBuilder) empty(t storage.Turn) bool {
	none := storage.KeyboardID{}
	return t.Inbox == 0 && t.Press == none && t.Invite == none && t.Revoke == none && t.Session == nil && t.Order == nil &&
		t.Job == nil && len(t.People)+len(t.Notices)+len(t.Keyboards)+len(t.Audit)+len(t.Memos) == 0
}

func (b *turnBuilder) build() (storage.Turn, error) {
	v, s := b.visit, b.step
	b.turn = storage.Turn{
		Now: v.now, Actor: v.person.ID, Inbox: v.inbox, People: s.People, ForgetCards: s.ForgetCards, Audit: s.Audit,
		Job: s.Job, FourEyes: s.FourEyes, Memos: s.Memos,
	}
	b.heard()
	b.names()
	if k := b.route.press; k != nil && b.consumes(*k) {
		b.turn.Press = k.ID
	}
	for _, add := range []func() error{b.edits, b.replies, b.screen, b.sends, b.closeTwin, b.invitation} {
		if err := add(); err != nil {
			return storage.Turn{}, err
		}
	}
	if err := b.order(); err != nil {
		return storage.Turn{}, err
	}
	b.asks()
	return b.turn, b.card()
}

// consumes reports whether the press uses up the buttons. Looking does not, and neither does a press
// that only gets an answer over the chat.
func (b *turnBuilder) consumes(k storage.Keyboard) bool {
	s := b.step
	does := s.Order != nil || s.Job != nil || s.State != nil || s.Close || s.Screen != nil || s.Invite != nil || s.Revoke != "" ||
		len(s.Replies)+len(s.Edits)+len(s.Send)+len(s.People)+len(s.Audit)+len(s.Memos) > 0
	return does && !k.Keep
}

// order hands the card over to the job: from now on it shows the job, and the next screen is a new message.
// Which message it is the store says; where it does not know, the press does.
func (b *turnBuilder) order() error {
	if b.step.Order == nil {
		return nil
	}
	o := *b.step.Order
	o.Chat, o.Card = b.visit.in.Chat, b.visit.session.Card
	if o.Card == 0 {
		var err error
		if o.Card, err = b.learnt(); err != nil {
			return err
		}
	}
	if b.step.Withdraw != "" {
		button := Button{Action: b.step.Withdraw}
		k := storage.Keyboard{Person: b.visit.person.ID, Chat: o.Chat, Expires: b.visit.now.Add(ButtonLife)}
		if err := b.engine.random(k.ID[:]); err != nil {
			return err
		}
		if err := b.arm(&k, &button); err != nil {
			return err
		}
		b.turn.Keyboards, o.Withdraw = append(b.turn.Keyboards, k), button.Token
	}
	b.turn.Order, b.turn.FreshCard = &o, true
	b.session() // so that an order always rests on the session that it was read from
	return nil
}

// card tells the store which message the card is, when the press knows and the store does not: the
// message was sent, and the platform's answer got lost. So it is edited along and not sent once more.
func (b *turnBuilder) card() error {
	if b.turn.FreshCard || b.turn.Session == nil && b.turn.Press == (storage.KeyboardID{}) { // nothing has changed
		return nil
	}
	card, err := b.learnt()
	if err != nil || card == 0 {
		return err
	}
	b.session()
	b.turn.Card = card
	return nil
}

// session stores the session as it was read, unless it is stored already.
func (b *turnBuilder) session() {
	if b.turn.Session == nil {
		session := b.visit.session
		session.Changed = b.visit.now
		b.turn.Session = &session
	}
}

// screen owes the chat its screen and stores the session that goes with it. Without a session, the
// screen is a message like any other.
func (b *turnBuilder) screen() error {
	v, s := b.visit, b.step
	if !v.hasSession() {
		if s.Screen == nil {
			return nil
		}
		return b.message(Outgoing{Chat: v.in.Chat, Person: v.person.ID, Topic: v.in.Topic, With: *s.Screen})
	}
	next := v.session
	changed := b.dialogue(&next)
	if s.Screen != nil {
		body, keyboard, err := b.body(*s.Screen, v.in.Chat, v.person.ID)
		if err != nil {
			return err
		}
		next.Keyboard, changed = keyboard, true
		b.turn.FreshCard = s.Fresh || b.elsewhere()
		if err := b.leaveCard(); err != nil {
			return err
		}
		b.owe(storage.Notice{Chat: v.in.Chat, Person: v.person.ID, Kind: storage.NoticeScreen, Body: body})
	}
	if changed {
		next.Changed = v.now
		b.turn.Session = &next
	}
	return nil
}

// leaveCard takes the dead buttons off a card with an open dialogue that a new message takes the place of,
// unless the step itself says what shall stand there.
func (b *turnBuilder) leaveCard() error {
	v := b.visit
	if !b.turn.FreshCard || v.session.Card == 0 || v.session.Flow == "" {
		return nil
	}
	said := func(e Edit) bool { return e.Chat == v.in.Chat && e.Message == v.session.Card }
	if slices.ContainsFunc(b.step.Edits, said) {
		return nil
	}
	body, _, err := b.body(Message{Text: v.say.Say(text.EngineReplaced, nil)}, v.in.Chat, v.person.ID)
	if err != nil {
		return err
	}
	b.owe(storage.Notice{Chat: v.in.Chat, Person: v.person.ID, Kind: storage.NoticeEdit, Message: v.session.Card, Body: body})
	return nil
}

// elsewhere reports whether the person looks elsewhere than at the card: a button of another message
// was pressed, or something was typed below it that does not go on with its dialogue.
func (b *turnBuilder) elsewhere() bool {
	v := b.visit
	switch {
	case v.session.Card == 0:
		return false
	case v.in.Press != "":
		return v.in.Message != v.session.Card
	}
	return v.in.Command != "" || b.route.flow == nil || v.session.Flow != b.route.flow.Name()
}

// dialogue opens, keeps or closes the flow's dialogue. Buttons of a dialogue that is not open any more are removed.
func (b *turnBuilder) dialogue(next *storage.Session) bool {
	if b.route.flow == nil {
		return b.closeAll(next)
	}
	name := b.route.flow.Name()
	switch {
	case b.step.Close && (next.Flow == name || name == houseName):
		return b.closeAll(next)
	case b.step.State != nil && !b.step.Close:
		if next.Flow != name {
			next.Keyboard = storage.KeyboardID{}
		}
		next.Flow, next.State = name, b.step.State
		return true
	case b.step.Screen != nil && next.Flow != name: // another flow takes the card: nobody could answer there any more
		next.Flow, next.State = "", nil
		return true
	}
	return false
}

func (b *turnBuilder) closeAll(next *storage.Session) bool {
	if !b.step.Close || next.Flow == "" {
		return false
	}
	next.Flow, next.State, next.Keyboard = "", nil, storage.KeyboardID{}
	return true
}

// edits brings messages elsewhere up to date. What a press aims at a message that is something else is said below.
func (b *turnBuilder) edits() error {
	for _, edit := range b.step.Edits {
		other, err := b.misaimed(edit)
		if err != nil {
			return err
		}
		if other {
			if err := b.message(Outgoing{Chat: edit.Chat, Person: owner(edit.Chat), With: edit.With}); err != nil {
				return err
			}
			continue
		}
		body, _, err := b.body(edit.With, edit.Chat, owner(edit.Chat))
		if err != nil {
			return err
		}
		b.owe(storage.Notice{
			Chat: edit.Chat, Person: owner(edit.Chat), Kind: storage.NoticeEdit, Message: edit.Message, Body: body,
		})
	}
	return nil
}

func (b *turnBuilder) replies() error {
	defer func() { b.hint = "" }()
	for _, m := range b.step.Replies {
		in := b.visit.in
		b.hint = b.hintOf(m)
		if err := b.message(Outgoing{Chat: in.Chat, Person: owner(in.Chat), Topic: in.Topic, With: m}); err != nil {
			return err
		}
	}
	return nil
}

func (b *turnBuilder) sends() error {
	for _, o := range b.step.Send {
		if err := b.message(o); err != nil {
			return err
		}
	}
	return nil
}

// owner is whose private chat it is; a group (its id is negative) is nobody's.
func owner(chat storage.ChatID) storage.PersonID {
	if chat < 0 {
		return 0
	}
	return storage.PersonID(chat)
}

func (b *turnBuilder) message(o Outgoing) (err error) {
	kind := storage.NoticeMessage
	if o.With.File, err = b.file(o); err != nil {
		return err
	}
	if o.With.File != nil {
		kind = storage.NoticeFile
	}
	body, _, err := b.body(o.With, o.Chat, o.Person)
	if err != nil {
		return err
	}
	b.owe(storage.Notice{
		Chat: o.Chat, Person: o.Person, Topic: o.Topic, Kind: kind, About: o.About, Job: o.Job, Body: body,
	})
	return nil
}

func (b *turnBuilder) owe(n storage.Notice) {
	n.Created = b.visit.now
	b.turn.Notices = append(b.turn.Notices, n)
}

// body is the message as it is stored, with tokens on its buttons and their keyboard in the turn.
// Buttons that act are for one person: in a group they would be nobody's, and are left out. One that has its
// token already (storage.Job.Withdraw) keeps it.
func (b *turnBuilder) body(m Message, chat storage.ChatID, person storage.PersonID) (json.RawMessage, storage.KeyboardID, error) {
	k := storage.Keyboard{Person: person, Chat: chat, Keep: b.step.Keep, Expires: b.visit.now.Add(b.life(person))}
	if err := b.engine.random(k.ID[:]); err != nil {
		return nil, storage.KeyboardID{}, err
	}
	out := Message{Text: m.Text.Clip(MaxText), Ask: b.hint, File: m.File}
	for _, row := range m.Rows {
		var shown []Button
		for _, button := range row {
			if button.Copy == "" && person == 0 {
				continue
			}
			if button.Copy == "" && button.Token == "" {
				if err := b.arm(&k, &button); err != nil {
					return nil, storage.KeyboardID{}, err
				}
			}
			shown = append(shown, button)
		}
		if len(shown) > 0 {
			out.Rows = append(out.Rows, shown)
		}
	}
	body, err := json.Marshal(out)
	if err != nil {
		return nil, storage.KeyboardID{}, fmt.Errorf("write message: %w", err)
	}
	if len(k.Buttons) == 0 {
		return body, storage.KeyboardID{}, nil
	}
	b.turn.Keyboards = append(b.turn.Keyboards, k)
	return body, k.ID, nil
}

// arm gives a button its token, and the keyboard what the token means.
func (b *turnBuilder) arm(k *storage.Keyboard, button *Button) error {
	flow := button.Flow
	if flow == "" && b.route.flow != nil {
		flow = b.route.flow.Name()
	}
	if b.engine.flows[flow] == nil || button.Action == "" {
		return fmt.Errorf("write message: button %q has no action or the unknown flow %q", button.Label, flow)
	}
	secret := storage.PressSecret{}
	if err := b.engine.random(secret[:]); err != nil {
		return err
	}
	k.Buttons = append(k.Buttons, storage.Button{Secret: secret, Flow: flow, Action: button.Action})
	button.Token = token(k.ID, secret)
	return nil
}

// life is how long the step's buttons may be pressed.
func (b *turnBuilder) life(person storage.PersonID) time.Duration {
	life := ButtonLife
	if b.step.Expires > 0 {
		life = b.step.Expires
	}
	if b.visit.stranger() && person == b.visit.person.ID {
		life = min(life, strangerLife)
	}
	return life
}
