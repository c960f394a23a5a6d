package access

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// usersPage is how many people a page of /users has, a line and a button each.
const usersPage = 8

// users lists the people with access whose id is above after, in order of id.
func (t turn) users(after storage.PersonID) (flows.Step, error) {
	all, err := t.Store.PeopleWhere(t.ctx, func(p storage.Person) bool { return p.Role != storage.RoleNone })
	if err != nil {
		return flows.Step{}, fmt.Errorf("list people: %w", err)
	}
	page := slices.DeleteFunc(slices.Clone(all), func(p storage.Person) bool { return p.ID <= after })
	more := len(page) > usersPage
	page = page[:min(usersPage, len(page))]
	lines := []text.Rich{t.Say.Say(text.AccessUsers, text.Values{"Count": len(all)})}
	var rows [][]flows.Button
	for _, p := range page {
		lines = append(lines, t.Say.Say(text.AccessUsersLine, text.Values{"ID": int64(p.ID), "Name": called(p), "Role": t.standing(p)}))
		rows = append(rows, []flows.Button{{Label: text.Rich{{Text: called(p)}}.Clip(40).String(), Action: action(actUser, p)}})
	}
	var turns []flows.Button
	if after != 0 {
		turns = append(turns, flows.Button{Label: t.Say.Text(text.AccessButtonFirst, nil), Action: actUsers + "0"})
	}
	if more {
		turns = append(turns, flows.Button{Label: t.Say.Text(text.AccessButtonNext, nil), Action: action(actUsers, page[len(page)-1])})
	}
	if len(turns) > 0 {
		rows = append(rows, turns)
	}
	step := t.redraw(flows.Message{Text: text.Join("\n", lines...), Rows: rows})
	step.Keep = true
	return step, nil
}

// standing is the role in the reader's words, with whether it is suspended.
func (t turn) standing(p storage.Person) string {
	key := text.AccessRoleAgent
	switch p.Role {
	case storage.RoleAdmin:
		key = text.AccessRoleAdmin
	case storage.RoleOwner:
		key = text.AccessRoleOwner
	case storage.RoleNone:
		key = text.AccessRoleNone
	}
	words := t.Say.Text(key, nil)
	if p.Suspended {
		words += ", " + t.Say.Text(text.AccessSuspendedWord, nil)
	}
	return words
}

// user answers /user ID.
func (t turn) user() (flows.Step, error) {
	id, err := strconv.ParseInt(providers.FoldDigits(strings.TrimSpace(t.in.Args)), 10, 64)
	switch {
	case t.in.Args == "" && !t.in.Asked:
		return t.askID(text.AccessUserAsk), nil
	case err != nil || id <= 0:
		return t.askID(text.AccessUserHow), nil
	}
	return t.showUser(storage.PersonID(id))
}

// exampleID is what an id looks like.
const exampleID = "123456789"

// askID says a sentence and takes what is typed next as the id.
func (t turn) askID(key text.Key) flows.Step {
	return flows.Step{Replies: []flows.Message{{Text: t.Say.Say(key, nil), Ask: exampleID}}}
}

// showUser shows a person's card.
func (t turn) showUser(id storage.PersonID) (flows.Step, error) {
	p, err := t.stored(id)
	if err != nil {
		return flows.Step{}, err
	}
	if p == nil {
		return t.tell(text.AccessUserUnknown, text.Values{"ID": int64(id)}), nil
	}
	return t.redraw(t.userCard(*p)), nil
}

// userCard is a person with what the reader may change.
func (t turn) userCard(p storage.Person) flows.Message {
	lines := []text.Rich{t.Say.Say(text.AccessUserName, text.Values{"Name": called(p)})}
	if p.Username != "" {
		lines = append(lines, t.Say.Say(text.AccessCardUsername, text.Values{"Username": p.Username}))
	}
	lines = append(lines, t.Say.Say(text.AccessUserCard, text.Values{"ID": int64(p.ID), "Role": t.standing(p)}))
	if !p.Unreachable.IsZero() {
		lines = append(lines, t.Say.Say(text.AccessUserUnreached, text.Values{"Time": t.Say.Time(p.Unreachable, t.Zone), "Count": len(p.Untold) + p.UntoldMore}))
	}
	for _, c := range t.currencies() {
		l := t.limitsOf(p, c)
		lines = append(lines, t.Say.Say(text.AccessUserLimits, text.Values{"Order": l.PerOrder, "Day": l.PerDay}))
	}
	return flows.Message{
		Text: text.Join("\n", lines...),
		Rows: append(t.userButtons(p), []flows.Button{{Label: t.Say.Text(text.AccessButtonUsers, nil), Action: actUsers + "0"}}),
	}
}

func (t turn) userButtons(p storage.Person) [][]flows.Button {
	if p.Role == storage.RoleNone || t.mayNot(p) != "" {
		return nil
	}
	first := flows.Button{Label: t.Say.Text(text.AccessButtonSuspend, nil), Tone: flows.Danger, Action: action(actSuspend, p)}
	if p.Suspended {
		first = flows.Button{Label: t.Say.Text(text.AccessButtonResume, nil), Tone: flows.Good, Action: action(actResume, p)}
	}
	rows := [][]flows.Button{{first, {Label: t.Say.Text(text.AccessButtonLimits, nil), Action: action(actLimits, p)}}}
	if t.Person.Role == storage.RoleOwner && p.Role == storage.RoleAgent {
		rows = append(rows, []flows.Button{{Label: t.Say.Text(text.AccessButtonPromote, nil), Action: action(actPromote, p)}})
	}
	return rows
}

// mayNot says why the reader cannot decide about p; "" when he can.
func (t turn) mayNot(p storage.Person) text.Key {
	switch {
	case p.ID == t.Person.ID:
		return text.AccessNotYourself
	case p.Role == storage.RoleOwner:
		return text.AccessNotOwner
	}
	return ""
}

// change suspends, resumes or promotes.
func (t turn) change(kind string, id storage.PersonID) (flows.Step, error) {
	before, err := t.stored(id)
	if err != nil {
		return flows.Step{}, err
	}
	switch {
	case before == nil, before.Role == storage.RoleNone:
		return t.tell(text.AccessGone, nil), nil
	case t.mayNot(*before) != "":
		return t.tell(t.mayNot(*before), nil), nil
	case t.Refused != nil:
		return t.tell(text.AccessRefused, nil), nil
	}
	p := *before
	var told text.Key
	switch kind {
	case actSuspend:
		p.Suspended, told = true, text.AccessToldSuspended
	case actResume:
		p.Suspended, told = false, text.AccessToldResumed
	case actPromote:
		if t.Person.Role != storage.RoleOwner {
			return t.tell(text.AccessOwnersOnly, nil), nil
		}
		if p.Role == storage.RoleAgent {
			p.Role = storage.RoleAdmin
		}
		told = text.AccessToldAdmin
	default:
		return t.tell(text.AccessGone, nil), nil
	}
	step := t.redraw(t.userCard(p))
	if p.Suspended == before.Suspended && p.Role == before.Role {
		return step, nil // somebody else was faster: the card shows it
	}
	step.People = []storage.PersonChange{{Before: before, After: p, ByAdmin: true}}
	step.Send = []flows.Outgoing{t.to(p, func(say text.Printer) flows.Message { return flows.Message{Text: say.Say(told, nil)} })}
	step.Audit = []string{fmt.Sprintf("%s person %d", strings.TrimSuffix(kind, ":"), id)}
	return step, nil
}
