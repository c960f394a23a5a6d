package recharge

import (
	"fmt"
	"slices"

	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// arrange drops the answers that contradict what can be done, fills in what has only one answer, and
// puts the draft at the first open question. The sentence says what was dropped and why; nil = nothing.
// One that asks for another amount stands where the amount is asked for, and the circle comes after it.
func (t turn) arrange(o *draft) (text.Rich, error) {
	again := false // the sentence asks for another amount
	problem := t.fitService(o)
	problem = first(problem, t.fitNumber(o))
	sentence, err := t.fitCircle(o)
	if err != nil {
		return nil, err
	}
	problem = first(problem, sentence)
	if o.Operator != "" && o.Type != "" && !o.Amount.IsZero() {
		sentence, err := t.amountProblem(*o)
		if err != nil {
			return nil, err
		}
		if sentence != nil {
			o.Amount = providers.Money{}
			again = problem == nil
			problem = first(problem, sentence)
		}
	}
	if o.Provider != "" && !o.Amount.IsZero() && !t.takes(*o) { // also one that was chosen before Back
		o.Provider, o.Decided = "", false
	}
	o.goTo(o.next(t.market))
	if again && o.At == atCircle {
		o.goTo(atAmount)
	}
	return problem, nil
}

// fitService keeps operator and type only where an upstream serves them.
func (t turn) fitService(o *draft) text.Rich {
	if o.Operator == "" {
		return nil
	}
	types := t.market.types(o.Operator)
	operator, _ := providers.FindOperator(o.Operator)
	if len(types) == 0 {
		o.Operator = ""
		return t.Say.Say(text.RechargeBadOperator, text.Values{"Operator": operator.Name})
	}
	var problem text.Rich
	if o.Type != "" && !t.market.serves(o.service()) {
		problem = t.Say.Say(text.RechargeBadType, text.Values{"Operator": operator.Name, "Type": o.Type.Label()})
		o.Type = ""
	}
	if o.Type == "" && len(types) == 1 && problem == nil {
		o.Type = types[0]
	}
	return problem
}

// fitNumber keeps the number only where the operator's country, or else the market, has it.
func (t turn) fitNumber(o *draft) text.Rich {
	home := t.countries(*o)
	if o.Account == "" || len(home) == 0 || slices.Contains(home, o.Account.Country()) {
		return nil
	}
	problem := t.foreign(*o, o.Account.Country())
	*o = o.withNumber("")
	return problem
}

// takes reports whether the chosen upstream would take the order, once it knows the circle.
func (t turn) takes(o draft) bool { return slices.Contains(t.market.offered(o), o.Provider) }

func first(sentences ...text.Rich) text.Rich {
	for _, s := range sentences {
		if s != nil {
			return s
		}
	}
	return nil
}

// amountProblem says why the draft's amount cannot be ordered; nil when it can. Operator and type are known.
func (t turn) amountProblem(o draft) (text.Rich, error) {
	rules := t.market.rules(o)
	if allowed(rules, o.Amount) {
		return t.limitProblem(o, o.Amount)
	}
	low, high := bounds(rules)
	step := rules[0].Step
	switch {
	case o.Amount.Currency != low.Currency, o.Amount.Less(low), high.Less(o.Amount):
		return t.Say.Say(text.RechargeBadBounds, t.boundValues(o, low, high)), nil
	case step.Minor == 100:
		return t.wholeProblem(low), nil
	case step.Minor > 0:
		return t.Say.Say(text.RechargeBadStep, text.Values{"Step": step}), nil
	}
	return t.Say.Say(text.RechargeBadBounds, t.boundValues(o, low, high)), nil
}

func (t turn) wholeProblem(example providers.Money) text.Rich {
	return t.Say.Say(text.RechargeBadWhole, text.Values{"Example": example.Minor / 100})
}

func (t turn) boundValues(o draft, low, high providers.Money) text.Values {
	operator, _ := providers.FindOperator(o.Operator)
	return text.Values{"Operator": operator.Name, "Type": o.Type.Label(), "Min": low, "Max": high}
}

// configured is the configuration's limits; nothing at all in a currency that it does not name.
func (t turn) configured(c providers.Currency) storage.Limits {
	if l, ok := t.Limits[c]; ok {
		return l
	}
	return storage.Limits{PerOrder: providers.Money{Currency: c}, PerDay: providers.Money{Currency: c}}
}

// limits are the person's own, else the configuration's.
func (t turn) limits(c providers.Currency) storage.Limits {
	l := t.configured(c)
	for _, m := range t.Person.PerOrder {
		if m.Currency == c {
			l.PerOrder = m
		}
	}
	for _, m := range t.Person.PerDay {
		if m.Currency == c {
			l.PerDay = m
		}
	}
	return l
}

// left is what the person may still order today; it may be below zero after a limit was lowered.
func (t turn) left(l storage.Limits) (providers.Money, error) {
	spent, err := t.Jobs.SpentOn(t.ctx, t.Person.ID, t.day(), l.PerDay.Currency)
	if err != nil {
		return providers.Money{}, fmt.Errorf("read the day's sum: %w", err)
	}
	if spent.Currency == "" { // nothing yet
		return l.PerDay, nil
	}
	return l.PerDay.Sub(spent), nil
}

// ceiling is the most that the person may order now in the currency.
func (t turn) ceiling(c providers.Currency) (providers.Money, error) {
	l := t.limits(c)
	left, err := t.left(l)
	if err == nil && l.PerOrder.Less(left) {
		left = l.PerOrder
	}
	return left, err
}

func (t turn) day() string { return t.Now().In(t.Zone).Format("2006-01-02") }

// limitProblem says which limit of the person the amount breaks. The store decides again when the order
// is made; here the person learns it early.
func (t turn) limitProblem(o draft, m providers.Money) (text.Rich, error) {
	l := t.limits(m.Currency)
	left, err := t.left(l)
	if err != nil {
		return nil, err
	}
	low := m
	if rules := t.market.rules(o); len(rules) > 0 {
		low, _ = bounds(rules)
	}
	switch {
	case l.PerOrder.Less(m):
		return t.Say.Say(text.RechargeOverOrder, text.Values{"Limit": l.PerOrder}), nil
	case left.Minor <= 0:
		return t.Say.Say(text.RechargeDayUsed, text.Values{"Limit": l.PerDay}), nil
	case left.Less(low):
		return t.Say.Say(text.RechargeDayRest, text.Values{"Left": left, "Limit": l.PerDay, "Min": low}), nil
	case left.Less(m):
		return t.Say.Say(text.RechargeOverDay, text.Values{"Left": left, "Limit": l.PerDay}), nil
	}
	return nil, nil
}
