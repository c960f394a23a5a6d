package recharge

import (
	"errors"
	"fmt"
	"strings"

	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// arrange drops the answers that contradict what can be done, fills in what has only one answer, and
// puts the draft at the first open question. The sentence says what was dropped and why; nil = nothing.
func (t turn) arrange(o *draft) (text.Rich, error) {
	problem := t.fitService(o)
	if o.Operator != "" && o.Type != "" && !o.Amount.IsZero() {
		sentence, err := t.amountProblem(*o)
		if err != nil {
			return nil, err
		}
		if sentence != nil {
			o.Amount = providers.Money{}
			problem = first(problem, sentence)
		}
	}
	if o.Provider != "" && !o.Amount.IsZero() && !t.takes(*o) { // also one that was chosen before Back
		o.Provider, o.Decided = "", false
	}
	o.At = o.next(t.market)
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
	if o.Type != "" && len(t.market.rules(o.service(), "")) == 0 {
		problem = t.Say.Say(text.RechargeBadType, text.Values{"Operator": operator.Name, "Type": o.Type.Label()})
		o.Type = ""
	}
	if o.Type == "" && len(types) == 1 && problem == nil {
		o.Type = types[0]
	}
	return problem
}

// takes reports whether the chosen upstream would take the order as it is.
func (t turn) takes(o draft) bool {
	for _, name := range t.market.serving(o) {
		if name == o.Provider {
			return true
		}
	}
	return false
}

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
	rules := t.market.rules(o.service(), "")
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

// typedAmount reads an amount as typed; the sentence says why it is none. The currency is the operator's
// or, before there is one, the number's.
func (t turn) typedAmount(o draft, typed string) (providers.Money, text.Rich) {
	currency := providers.BDT
	if op, ok := providers.FindOperator(o.Operator); ok {
		currency = op.Currency
	}
	typed = strings.Join(words(typed), " ")
	for _, w := range takaWords() {
		typed = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(typed, w+" "), " "+w))
	}
	m, err := providers.ParseAmount(typed, currency)
	rules := t.market.rules(o.service(), "")
	switch {
	case err == nil:
		return m, nil
	case errors.Is(err, providers.ErrAmountNotPositive):
		return m, t.Say.Say(text.RechargeBadPositive, nil)
	case errors.Is(err, providers.ErrAmountPrecision) && len(rules) > 0 && rules[0].Step.Minor%100 == 0 && !rules[0].Step.IsZero():
		return m, t.wholeProblem(rules[0].Min)
	case errors.Is(err, providers.ErrAmountPrecision):
		return m, t.Say.Say(text.RechargeBadPrecision, nil)
	case errors.Is(err, providers.ErrAmountTooLarge) && len(rules) > 0:
		low, high := bounds(rules)
		return m, t.Say.Say(text.RechargeBadBounds, t.boundValues(o, low, high))
	}
	return m, t.Say.Say(text.RechargeBadAmount, nil)
}

// typedNumber reads a number as typed; the sentence says why it is none.
func (t turn) typedNumber(typed string) (providers.MSISDN, text.Rich) {
	m, err := providers.ParseMSISDN(typed)
	national := nationalDigits(typed)
	switch {
	case err == nil:
		return m, nil
	case errors.Is(err, providers.ErrNumberClosed):
		return "", t.Say.Say(text.RechargeBadClosed, nil)
	case errors.Is(err, providers.ErrNumberPrefix):
		return "", t.Say.Say(text.RechargeBadPrefix, text.Values{"Prefix": national[:min(3, len(national))]})
	case errors.Is(err, providers.ErrNumberLength) && len(national) == 10 && national[0] == '1':
		return "", t.Say.Say(text.RechargeBadZero, nil)
	case errors.Is(err, providers.ErrNumberLength):
		return "", t.Say.Say(text.RechargeBadLength, text.Values{"Digits": len(national)})
	}
	return "", t.Say.Say(text.RechargeBadNumber, nil)
}

// nationalDigits are a wrong number's digits without the country's code, for the sentence about it.
func nationalDigits(typed string) string {
	s := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, providers.FoldDigits(typed))
	for _, code := range []string{"00880", "880"} {
		if rest, ok := strings.CutPrefix(s, code); ok {
			return "0" + strings.TrimPrefix(rest, "0")
		}
	}
	return s
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
	if rules := t.market.rules(o.service(), ""); len(rules) > 0 {
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
