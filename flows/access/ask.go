package access

import (
	"errors"
	"fmt"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// maxName bounds a stored name, in the units that the platform counts in; names there are shorter.
const maxName = 128

// start greets: people with access with a way to order, strangers with a way to ask.
func (t turn) start() (flows.Step, error) {
	switch {
	case t.Inviter != 0:
		return t.ask()
	case t.Person.Role == storage.RoleNone:
		return t.greetStranger(), nil
	}
	hello := t.Say.Say(text.AccessHello, text.Values{"Example": t.Example})
	if t.Person.Role.Admin() {
		hello = text.Join("\n", hello, t.Say.Say(text.AccessHelloAdmin, nil))
	}
	step := flows.Step{
		Replies: []flows.Message{{Text: hello, Rows: [][]flows.Button{{t.Start(t.Say)}}}},
		Keep:    true,
	}
	if after := t.renamed(t.Person); t.Refused == nil && (after.Name != t.Person.Name || after.Username != t.Person.Username || after.Chat != t.Person.Chat) {
		before := t.Person
		step.People = []storage.PersonChange{{Before: &before, After: after}}
	}
	return step, nil
}

// renamed is the person with the names and the chat of now.
func (t turn) renamed(p storage.Person) storage.Person {
	p.Chat = t.in.Chat
	p.Name = text.Rich{{Text: t.in.From.Name}}.Clip(maxName).String()
	p.Username = text.Rich{{Text: t.in.From.Username}}.Clip(maxName).String()
	return p
}

func (t turn) greetStranger() flows.Step {
	if sentence := t.waits(t.Person); sentence != nil {
		return flows.Step{Replies: []flows.Message{{Text: sentence}}}
	}
	ask := flows.Button{Label: t.Say.Text(text.AccessButtonAsk, nil), Tone: flows.Main, Action: actAsk}
	return flows.Step{Replies: []flows.Message{{Text: t.Say.Say(text.AccessStranger, nil), Rows: [][]flows.Button{{ask}}}}}
}

// waits says why somebody cannot ask for access now; nil when it is possible.
func (t turn) waits(p storage.Person) text.Rich {
	again := p.Decided.Add(RetryAfter)
	switch {
	case p.Request == storage.RequestOpen:
		return t.Say.Say(text.AccessOpen, nil)
	case p.Request == storage.RequestRejected && t.Now().Before(again):
		return t.Say.Say(text.AccessRetry, text.Values{"Time": t.Say.Time(again, t.Zone)})
	}
	return nil
}

// ask stores the request and tells the admins. Whoever comes by an invitation asks with it, also when he was
// rejected a moment ago: an admin wants to see him.
func (t turn) ask() (flows.Step, error) {
	before, err := t.stored(t.in.From.ID)
	if err != nil {
		return flows.Step{}, err
	}
	p := storage.Person{ID: t.in.From.ID, Language: t.Person.Language}
	if before != nil {
		p = *before
	}
	if p.Role != storage.RoleNone {
		step := t.redraw(flows.Message{Text: t.Say.Say(text.AccessHave, nil), Rows: [][]flows.Button{{t.Start(t.Say)}}})
		return step, nil
	}
	if sentence := t.waits(p); sentence != nil && (t.Inviter == 0 || p.Request == storage.RequestOpen) {
		return t.redraw(flows.Message{Text: sentence}), nil
	}
	open, err := t.open()
	if err != nil {
		return flows.Step{}, err
	}
	if t.Refused != nil || len(open) >= MaxOpen && t.Inviter == 0 {
		return t.tell(text.AccessTooMany, nil), nil
	}
	p = t.renamed(p)
	p.Request, p.Asked, p.Decided, p.DecidedBy, p.InvitedBy = storage.RequestOpen, t.Now(), time.Time{}, 0, t.Inviter
	step := t.redraw(flows.Message{Text: t.Say.Say(text.AccessAsked, nil)})
	if step.Send, err = t.announce(&p, open); err != nil {
		return flows.Step{}, err
	}
	step.People = []storage.PersonChange{{Before: before, After: p}}
	step.Audit = []string{fmt.Sprintf("person %d asked for access", p.ID)}
	if step.Invited = t.Inviter != 0; step.Invited {
		step.Audit[0] += fmt.Sprintf(", invited by person %d", t.Inviter)
	}
	return step, nil
}

// stored reads a person; nil when there is none.
func (t turn) stored(id storage.PersonID) (*storage.Person, error) {
	p, err := t.Store.Person(t.ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read person: %w", err)
	}
	return &p, nil
}

// open lists the people whose request is open.
func (t turn) open() ([]storage.Person, error) {
	open, err := t.Store.PeopleWhere(t.ctx, func(p storage.Person) bool { return p.Request == storage.RequestOpen })
	if err != nil {
		return nil, fmt.Errorf("list open requests: %w", err)
	}
	return open, nil
}
