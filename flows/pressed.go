package flows

import (
	"fmt"
	"slices"

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
