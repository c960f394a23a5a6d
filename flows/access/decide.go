package access

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// pendingPage is how many cards /pending sends: more at once would only hit the platform's pace.
const pendingPage = 5

// requestCard is an admin's card about an open request. Its buttons are for this request only: they
// hold the second in which it was made.
func (t turn) requestCard(admin, p storage.Person) (flows.Outgoing, error) {
	about, err := t.about(t.speaks(admin), p)
	out := t.to(admin, func(say text.Printer) flows.Message {
		request := ":" + strconv.FormatInt(p.Asked.Unix(), 10)
		return flows.Message{Text: about, Rows: [][]flows.Button{{
			{Label: say.Text(text.AccessButtonApprove, nil), Tone: flows.Good, Action: action(actApprove, p) + request},
			{Label: say.Text(text.AccessButtonReject, nil), Tone: flows.Danger, Action: action(actReject, p) + request},
		}}}
	})
	out.About = p.ID
	return out, err
}

// about names the person who asks: the id is what counts, the names may be anybody's.
func (t turn) about(say text.Printer, p storage.Person) (text.Rich, error) {
	lines := []text.Rich{say.Say(text.AccessCard, text.Values{"Name": called(p)})}
	if p.Username != "" {
		lines = append(lines, say.Say(text.AccessCardUsername, text.Values{"Username": p.Username}))
	}
	lines = append(lines, say.Say(text.AccessCardID, text.Values{"ID": int64(p.ID), "Time": say.Time(p.Asked, t.Zone)}))
	if p.InvitedBy != 0 {
		by, err := t.stored(p.InvitedBy)
		if err != nil {
			return nil, err
		}
		if by == nil {
			by = &storage.Person{ID: p.InvitedBy}
		}
		lines = append(lines, say.Say(text.AccessCardInvited, text.Values{"Name": called(*by)}))
	}
	return text.Join("\n", lines...), nil
}

// decide approves or rejects. The first decision wins; whoever comes later sees whose it was.
func (t turn) decide(id storage.PersonID) (flows.Step, error) {
	before, err := t.stored(id)
	if err != nil {
		return flows.Step{}, err
	}
	kind, value, _ := strings.Cut(t.Action, ":")
	_, request, _ := strings.Cut(value, ":")
	switch {
	case before == nil, request != strconv.FormatInt(before.Asked.Unix(), 10):
		return t.tell(text.AccessGone, nil), nil
	case before.Request != storage.RequestOpen:
		return t.decided(*before)
	case t.Refused != nil:
		return t.tell(text.AccessRefused, nil), nil
	case id == t.Person.ID:
		return t.tell(text.AccessNotYourself, nil), nil
	}
	p := *before
	p.Decided, p.DecidedBy, p.Carded = t.Now(), t.Person.ID, false
	answer, told := text.AccessDoneRejected, t.tellRejected
	if p.Request = storage.RequestRejected; kind+":" == actApprove {
		p.Role, p.Request = storage.RoleAgent, storage.RequestApproved
		answer, told = text.AccessDoneApproved, t.tellApproved
	}
	cards, err := t.closeCards(p)
	if err != nil {
		return flows.Step{}, err
	}
	next, mark, err := t.next(id)
	return flows.Step{
		Edits:       cards,
		Send:        append([]flows.Outgoing{t.to(p, told)}, next...),
		Answer:      flows.Answer{Text: t.Say.Text(answer, nil)},
		People:      append([]storage.PersonChange{{Before: before, After: p, ByAdmin: true}}, mark...),
		ForgetCards: id,
		Audit:       []string{fmt.Sprintf("%s person %d", p.Request, id)},
	}, err
}

func (t turn) tellApproved(say text.Printer) flows.Message {
	return flows.Message{Text: say.Say(text.AccessApproved, text.Values{"Example": t.Example}), Rows: [][]flows.Button{{t.Start(say)}}}
}

func (t turn) tellRejected(say text.Printer) flows.Message {
	return flows.Message{Text: say.Say(text.AccessRejected, text.Values{"Time": say.Time(t.Now().Add(RetryAfter), t.Zone)})}
}

// closeCards takes the buttons off every card about the person and says who decided, each in its reader's language.
func (t turn) closeCards(p storage.Person) ([]flows.Edit, error) {
	refs, err := t.Store.CardsAbout(t.ctx, p.ID)
	if err != nil {
		return nil, fmt.Errorf("list cards: %w", err)
	}
	if pressed := (storage.CardRef{Chat: t.in.Chat, Message: t.in.Message}); pressed.Message != 0 && !slices.Contains(refs, pressed) {
		refs = append(refs, pressed)
	}
	var out []flows.Edit
	for _, ref := range refs {
		reader, err := t.stored(storage.PersonID(ref.Chat))
		if err != nil {
			return nil, err
		}
		say := t.Say
		if reader != nil {
			say = t.speaks(*reader)
		}
		m, err := t.decidedCard(say, p)
		if err != nil {
			return nil, err
		}
		out = append(out, flows.Edit{Chat: ref.Chat, Message: ref.Message, With: m})
	}
	return out, nil
}

// decidedCard is the card of a request that is not open any more.
func (t turn) decidedCard(say text.Printer, p storage.Person) (flows.Message, error) {
	admin := t.Person
	admin.Name = cmp.Or(admin.Name, t.in.From.Name)
	if p.DecidedBy != admin.ID {
		stored, err := t.stored(p.DecidedBy)
		if err != nil {
			return flows.Message{}, err
		}
		admin = storage.Person{ID: p.DecidedBy}
		if stored != nil {
			admin = *stored
		}
	}
	key := text.AccessCardApproved
	if p.Request == storage.RequestRejected {
		key = text.AccessCardRejected
	}
	verdict := say.Say(key, text.Values{"Name": called(admin), "Time": say.Time(p.Decided, t.Zone)})
	about, err := t.about(say, p)
	return flows.Message{Text: text.Join("\n", about, verdict)}, err
}

// decided tells somebody who pressed too late, and brings the card up to date.
func (t turn) decided(p storage.Person) (flows.Step, error) {
	card, err := t.decidedCard(t.Say, p)
	if err != nil {
		return flows.Step{}, err
	}
	step := t.redraw(card)
	step.Answer = flows.Answer{Text: t.Say.Text(text.AccessLate, nil)}
	return step, nil
}

// pending sends the open requests again, the oldest first, with buttons that work: a press made while
// the bot was down too long never arrives (telegram/dossier.md, 1.9).
func (t turn) pending() (flows.Step, error) {
	open, err := t.open()
	if err != nil {
		return flows.Step{}, err
	}
	open = slices.DeleteFunc(open, func(p storage.Person) bool { return p.ID == t.Person.ID })
	if len(open) == 0 {
		return t.tell(text.AccessPendingNone, nil), nil
	}
	slices.SortStableFunc(open, func(a, b storage.Person) int { return a.Asked.Compare(b.Asked) })
	var step flows.Step
	if len(open) > pendingPage {
		step = t.tell(text.AccessPendingMore, text.Values{"Count": len(open), "Shown": pendingPage})
		open = open[:pendingPage]
	}
	for _, p := range open {
		card, err := t.requestCard(t.Person, p)
		if err != nil {
			return flows.Step{}, err
		}
		step.Send = append(step.Send, card)
	}
	return step, nil
}
