package access

import (
	"fmt"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// A chat takes about one message a second, in their order: a card of each of 200 requests would keep an admin's
// own orders waiting for minutes behind strangers.
const (
	cardsHourly = 10 // requests of an hour that every admin gets a card of
	crowdEvery  = 10 // of those that come on top, so many are told in one sentence
)

// announce tells every admin of the request p, which comes on top of the open ones: with its card while few ask,
// else now and then with how many wait. A card that comes when many wait says so too.
func (t turn) announce(p storage.Person, open []storage.Person) ([]flows.Outgoing, error) {
	lately := 0
	for _, o := range open {
		if o.Asked.After(p.Asked.Add(-time.Hour)) {
			lately++
		}
	}
	waiting := len(open) + 1
	if p.InvitedBy != 0 { // somebody waits for this one
		lately = 0
	}
	if lately >= cardsHourly && waiting%crowdEvery != 0 {
		return nil, nil
	}
	admins, err := t.Store.PeopleWhere(t.ctx, storage.Person.MayAdmin)
	if err != nil {
		return nil, fmt.Errorf("list admins: %w", err)
	}
	var out []flows.Outgoing
	for _, admin := range admins {
		crowd := t.speaks(admin).Say(text.AccessCrowd, text.Values{"Count": waiting})
		card, err := t.requestCard(admin, p)
		if err != nil {
			return nil, err
		}
		switch {
		case lately >= cardsHourly:
			card = t.to(admin, func(text.Printer) flows.Message { return flows.Message{Text: crowd} })
		case waiting >= cardsHourly:
			card.With.Text = text.Join("\n\n", card.With.Text, crowd)
		}
		out = append(out, card)
	}
	return out, nil
}
