package flows

import (
	"fmt"
	"slices"

	"rechargebot/flows/text"
	"rechargebot/storage"
)

// cardsLooked is how many of a person's newest jobs are asked whether a message is their card.
const cardsLooked = 50

// The message under which a button was pressed is named by the person's own client, and a bad one may name any
// message of the chat (SAFETY.md, finding 7). What the store knows goes before it: the session's card is the
// store's, and a job's card shows that job until the end.

// learnt is the message that the press says shows the newest screen, where the store does not know it: 0 when
// there is none, or when it is a job's card.
func (b *turnBuilder) learnt() (int64, error) {
	v, press := b.visit, b.route.press
	if press == nil || !v.hasSession() || press.ID != v.session.Keyboard || v.session.Card != 0 || v.in.Message == 0 {
		return 0, nil
	}
	taken, err := b.isJobCard(v.in.Message)
	if err != nil || taken {
		return 0, err
	}
	return v.in.Message, nil
}

// closeTwin takes the buttons off a second message that shows the same screen as the card: the platform's answer to
// the first sending was lost, it was sent once more, and the button was pressed under the one that is not the card.
func (b *turnBuilder) closeTwin() error {
	v, press, twin := b.visit, b.route.press, b.visit.in.Message
	if b.turn.Press == (storage.KeyboardID{}) || !v.hasSession() || press.ID != v.session.Keyboard || v.session.Card == 0 || twin == 0 || twin == v.session.Card {
		return nil
	}
	if slices.ContainsFunc(b.step.Edits, func(e Edit) bool { return e.Chat == v.in.Chat && e.Message == twin }) {
		return nil
	}
	taken, err := b.isJobCard(twin)
	if err != nil || taken {
		return err
	}
	body, _, err := b.body(Message{Text: v.say.Say(text.EngineClosed, nil)}, v.in.Chat, v.person.ID)
	if err != nil {
		return err
	}
	b.owe(storage.Notice{Chat: v.in.Chat, Person: v.person.ID, Kind: storage.NoticeEdit, Message: twin, Body: body})
	return nil
}

// misaimed reports whether an edit would put something else in the place of a job's card, or of the session's
// without going on from it.
func (b *turnBuilder) misaimed(e Edit) (bool, error) {
	v, press := b.visit, b.route.press
	switch {
	case v.in.Press == "" || e.Chat != v.in.Chat || e.Message != v.in.Message:
		return false, nil
	case v.hasSession() && e.Message == v.session.Card && (press == nil || press.ID != v.session.Keyboard):
		return true, nil
	}
	return b.isJobCard(e.Message)
}

// isJobCard reports whether the message shows one of the person's jobs here.
func (b *turnBuilder) isJobCard(message int64) (bool, error) {
	v := b.visit
	if !v.known || message == 0 {
		return false, nil
	}
	jobs, err := b.engine.store.JobsOfAgent(b.ctx, v.person.ID, 0, cardsLooked)
	if err != nil {
		return false, fmt.Errorf("read the person's jobs: %w", err)
	}
	return slices.ContainsFunc(jobs, func(j storage.Job) bool { return j.Chat == v.in.Chat && j.Card == message }), nil
}
