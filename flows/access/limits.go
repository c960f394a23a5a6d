package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// limitsState is the dialogue in which an admin types somebody's limits.
type limitsState struct {
	Of storage.PersonID `json:"limits_of"`
}

// currencies are those that may be ordered in.
func (t turn) currencies() []providers.Currency { return slices.Sorted(maps.Keys(t.Limits)) }

// limitsOf are the person's own limits, else the configuration's.
func (t turn) limitsOf(p storage.Person, c providers.Currency) storage.Limits {
	l := t.Limits[c]
	for _, m := range p.PerOrder {
		if m.Currency == c {
			l.PerOrder = m
		}
	}
	for _, m := range p.PerDay {
		if m.Currency == c {
			l.PerDay = m
		}
	}
	return l
}

// askLimits opens the dialogue.
func (t turn) askLimits(id storage.PersonID) (flows.Step, error) {
	p, refusal, err := t.limitable(id)
	if err != nil || refusal != "" {
		return t.tell(refusal, nil), err
	}
	return t.limitsScreen(p, nil)
}

// limitable reads the person whose limits shall be changed, or says why they cannot be.
func (t turn) limitable(id storage.PersonID) (storage.Person, text.Key, error) {
	p, err := t.stored(id)
	switch {
	case err != nil:
		return storage.Person{}, "", err
	case !t.Person.MayAdmin():
		return storage.Person{}, text.AccessAdminsOnly, nil
	case p == nil, p.Role == storage.RoleNone:
		return storage.Person{}, text.AccessGone, nil
	}
	return *p, t.mayNot(*p), nil
}

// limitsScreen asks for the limits; a problem is said before the question.
func (t turn) limitsScreen(p storage.Person, problem text.Rich) (flows.Step, error) {
	state, err := json.Marshal(limitsState{p.ID})
	if err != nil {
		return flows.Step{}, fmt.Errorf("write dialogue: %w", err)
	}
	lines := []text.Rich{t.Say.Say(text.AccessLimitsTitle, text.Values{"Name": called(p)})}
	for _, c := range t.currencies() {
		l := t.limitsOf(p, c)
		lines = append(lines, t.Say.Say(text.AccessUserLimits, text.Values{"Order": l.PerOrder, "Day": l.PerDay}))
	}
	question := t.Say.Say(text.AccessLimitsAsk, text.Values{"Example": t.example()})
	return flows.Step{State: state, Screen: &flows.Message{
		Text: text.Join("\n\n", text.Join("\n", lines...), problem, question),
		Rows: [][]flows.Button{{
			{Label: t.Say.Text(text.AccessButtonDefault, nil), Action: actDefault},
			{Label: t.Say.Text(text.AccessButtonCancel, nil), Action: actCancel},
		}},
	}}, nil
}

// example is what to type. With more than one currency, its name belongs to it.
func (t turn) example() string {
	if c := t.currencies(); len(c) > 1 {
		return "500 5000 " + string(c[0])
	}
	return "500 5000"
}

// dialogue answers the buttons of the open dialogue.
func (t turn) dialogue() (flows.Step, error) {
	p, step, err := t.opened()
	if step != nil || err != nil {
		return *step, err
	}
	switch t.Action {
	case flows.ActionRedraw:
		return t.limitsScreen(p, nil)
	case actDefault:
		after := p
		after.PerOrder, after.PerDay = nil, nil
		return t.setLimits(p, after)
	}
	return flows.Step{Close: true, Screen: &flows.Message{Text: t.Say.Say(text.AccessLimitsKept, nil)}}, nil
}

// opened is the person whom the dialogue is about; else the step that ends it, which is nil only then.
func (t turn) opened() (storage.Person, *flows.Step, error) {
	var s limitsState
	if t.State == nil || json.Unmarshal(t.State, &s) != nil {
		step := t.tell(text.AccessGone, nil)
		step.Close = t.State != nil
		return storage.Person{}, &step, nil
	}
	p, refusal, err := t.limitable(s.Of)
	if err != nil {
		return storage.Person{}, &flows.Step{}, err
	}
	if refusal != "" {
		return storage.Person{}, &flows.Step{Close: true, Screen: &flows.Message{Text: t.Say.Say(refusal, nil)}}, nil
	}
	return p, nil, nil
}

// typed takes the limits that were typed: per order, per day, and the currency where there are several.
func (t turn) typed() (flows.Step, error) {
	p, step, err := t.opened()
	if step != nil || err != nil {
		return *step, err
	}
	l, problem := t.readLimits(t.in.Text)
	if problem != nil {
		typed := text.Rich{{Text: t.in.Text}}.Clip(30)
		return t.limitsScreen(p, text.Join("", t.Say.Say(text.AccessLimitsWarning, text.Values{"Typed": typed}), problem))
	}
	after := p
	after.PerOrder = replace(p.PerOrder, l.PerOrder)
	after.PerDay = replace(p.PerDay, l.PerDay)
	return t.setLimits(p, after)
}

// replace puts m in the place of the sum of the same currency.
func replace(sums []providers.Money, m providers.Money) []providers.Money {
	others := slices.DeleteFunc(slices.Clone(sums), func(o providers.Money) bool { return o.Currency == m.Currency })
	return append(others, m)
}

func (t turn) readLimits(typed string) (storage.Limits, text.Rich) {
	if t.in.Forwarded { // somebody else's words
		return storage.Limits{}, t.Say.Say(text.AccessLimitsForwarded, nil)
	}
	words := strings.Fields(typed)
	currencies := t.currencies()
	currency := currencies[0]
	switch {
	case len(words) == 3 && slices.Contains(currencies, providers.Currency(strings.ToUpper(words[2]))):
		currency = providers.Currency(strings.ToUpper(words[2]))
	case len(words) != 2, len(currencies) > 1:
		return storage.Limits{}, t.Say.Say(text.AccessLimitsTwo, nil)
	}
	order, errOrder := providers.ParseAmount(words[0], currency)
	day, errDay := providers.ParseAmount(words[1], currency)
	switch {
	case errOrder != nil || errDay != nil:
		if errors.Is(errOrder, providers.ErrAmountNotPositive) || errors.Is(errDay, providers.ErrAmountNotPositive) {
			return storage.Limits{}, t.Say.Say(text.AccessLimitsZero, nil)
		}
		return storage.Limits{}, t.Say.Say(text.AccessLimitsTwo, nil)
	case day.Less(order):
		return storage.Limits{}, t.Say.Say(text.AccessLimitsOrder, nil)
	}
	return storage.Limits{PerOrder: order, PerDay: day}, nil
}

// setLimits ends the dialogue and stores the limits.
func (t turn) setLimits(before, after storage.Person) (flows.Step, error) {
	if t.Refused != nil {
		return t.limitsScreen(before, t.Say.Say(text.AccessRefused, nil))
	}
	card := t.userCard(after)
	step := flows.Step{
		Close:  true,
		Screen: &flows.Message{Text: text.Join("\n\n", t.Say.Say(text.AccessLimitsSet, nil), card.Text)},
		People: []storage.PersonChange{{Before: &before, After: after, ByAdmin: true}},
		Audit:  []string{fmt.Sprintf("limits of person %d: %v per order, %v per day", after.ID, after.PerOrder, after.PerDay)},
	}
	return step, nil
}
