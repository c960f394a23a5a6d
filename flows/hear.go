package flows

import (
	"slices"

	"rechargebot/flows/text"
	"rechargebot/storage"
)

// heard tells the store that the person can be reached, and the person of results of which there were too many
// to keep: the others are told by the store.
func (b *turnBuilder) heard() {
	v := &b.visit
	if !v.known || v.in.ChatKind != PrivateChat {
		return
	}
	b.turn.Heard = v.in.At
	reached := v.person.BackBy(v.in.At, v.now)
	if reached && v.person.UntoldMore > 0 && b.step.Order == nil && !b.changes(v.person.ID) {
		before, after := v.person, v.person
		after.UntoldMore = 0
		b.turn.People = append(slices.Clip(b.turn.People), storage.PersonChange{Before: &before, After: after})
		more := v.say.Say(text.EngineUntoldMore, text.Values{"Count": before.UntoldMore})
		b.step.Replies = append(slices.Clip(b.step.Replies), Message{Text: more})
	}
}

// changes reports whether the turn changes the person already.
func (b *turnBuilder) changes(id storage.PersonID) bool {
	return slices.ContainsFunc(b.turn.People, func(c storage.PersonChange) bool { return c.After.ID == id })
}

// names keeps a stored person's names as the platform shows them: owners are stored by their id alone
// until they first write. An order waits for nothing of the kind.
func (b *turnBuilder) names() {
	v := b.visit
	if b.step.Order != nil || !v.known || v.in.From.Name == "" || v.person.Name == v.in.From.Name && v.person.Username == v.in.From.Username {
		return
	}
	if b.changes(v.person.ID) {
		return
	}
	before, after := v.person, v.person
	after.Name, after.Username = v.in.From.Name, v.in.From.Username
	b.turn.People = append(slices.Clip(b.turn.People), storage.PersonChange{Before: &before, After: after})
}
