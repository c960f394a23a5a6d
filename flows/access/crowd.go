package access

import (
	"fmt"
	"slices"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// A chat takes about one message a second, in their order: a card of each of 200 requests would keep an admin's
// own orders waiting for minutes behind strangers. So while many ask, the cards come as they are decided: each
// decision brings that of the request which waits longest without one, and nobody is forgotten.
const (
	cardsHourly = 10 // open requests of an hour that every admin gets a card of unasked
	crowdEvery  = 10 // of those that come on top, so many are told in one sentence
)

// announce tells every admin of the request p, which comes on top of the open ones: with its card while few ask,
// which p is marked with, else now and then with how many wait. A card that comes when many wait says so too.
func (t turn) announce(p *storage.Person, open []storage.Person) ([]flows.Outgoing, error) {
	lately := 0
	for _, o := range open {
		if o.Carded && o.Asked.After(p.Asked.Add(-time.Hour)) {
			lately++
		}
	}
	waiting := len(open) + 1
	p.Carded = lately < cardsHourly || p.InvitedBy != 0 // somebody waits for the invited
	if !p.Carded && waiting%crowdEvery != 0 {
		return nil, nil
	}
	return t.toAdmins(*p, waiting)
}

// next is the card of the request that waits longest without one, now that the one of id is decided.
// It is marked in the commit, so of two decisions at once each brings another one.
func (t turn) next(id storage.PersonID) (send []flows.Outgoing, mark []storage.PersonChange, err error) {
	open, err := t.open()
	if err != nil {
		return nil, nil, err
	}
	open = slices.DeleteFunc(open, func(p storage.Person) bool { return p.ID == id })
	uncarded := slices.DeleteFunc(slices.Clone(open), func(p storage.Person) bool { return p.Carded })
	if len(uncarded) == 0 {
		return nil, nil, nil
	}
	before := slices.MinFunc(uncarded, func(a, b storage.Person) int { return a.Asked.Compare(b.Asked) })
	after := before
	after.Carded = true
	send, err = t.toAdmins(after, len(open))
	return send, []storage.PersonChange{{Before: &before, After: after}}, err
}

// toAdmins is a request's card for each admin when it is marked so, with how many wait when many do; else that
// sentence alone.
func (t turn) toAdmins(p storage.Person, waiting int) ([]flows.Outgoing, error) {
	admins, err := t.Store.PeopleWhere(t.ctx, storage.Person.MayAdmin)
	if err != nil {
		return nil, fmt.Errorf("list admins: %w", err)
	}
	var out []flows.Outgoing
	for _, admin := range admins {
		crowd := t.speaks(admin).Say(text.AccessCrowd, text.Values{"Count": waiting})
		if !p.Carded {
			out = append(out, t.to(admin, func(text.Printer) flows.Message { return flows.Message{Text: crowd} }))
			continue
		}
		card, err := t.requestCard(admin, p)
		if err != nil {
			return nil, err
		}
		if waiting >= cardsHourly {
			card.With.Text = text.Join("\n\n", card.With.Text, crowd)
		}
		out = append(out, card)
	}
	return out, nil
}
