package recharge

import (
	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
)

// typed answers a text. A whole order in one line counts everywhere and takes the place of the draft.
func (t turn) typed(typed string) (flows.Step, error) {
	o, open := readDraft(t.State)
	if !open {
		return t.idle(typed)
	}
	l := parseLine(typed)
	if isNumber(l.Number) && l.Amount != "" {
		return t.line(l)
	}
	named := len(l.Operators)+len(l.Types) > 0
	switch {
	case o.At == atNumber && l.order() && l.Unknown == "" && !named:
		return t.number(o, l.Number)
	case o.At == atNumber:
		return t.number(o, typed)
	case (o.At == atAmount || o.At == atConfirm) && l.Unknown == "" && t.isWhole(l.Number):
		return t.line(l) // the next customer's number
	case o.At == atAmount && (!l.order() || l.Amount == ""):
		return t.amount(o, typed)
	case o.At == atOperator && isNumber(l.Number) && named:
		return t.line(l)
	case o.At == atOperator && isNumber(l.Number) && l.Unknown == "":
		return t.number(o, l.Number)
	case l.order() && l.Unknown == "":
		if _, problem := t.typedNumber(l.Number); problem != nil {
			return t.complain(o, problem)
		}
	}
	return t.complain(o, t.Say.Say(text.RechargePressButton, nil))
}

// complain says what is wrong with a text where a button is asked for. A card that asks for Confirm comes
// again below the text: the old one's buttons, which are for another order than the text, are dead then.
func (t turn) complain(o draft, problem text.Rich) (flows.Step, error) {
	return t.show(o, problem, o.At == atConfirm)
}

// isWhole reports whether the words are a valid number.
func (t turn) isWhole(number string) bool {
	_, err := providers.ParseMSISDN(number)
	return err == nil
}

// contact answers a shared contact: its number counts wherever a number may be typed.
func (t turn) contact(number string) (flows.Step, error) {
	o, open := readDraft(t.State)
	switch {
	case !open:
		m, problem := t.typedNumber(number)
		o := draft{Account: m}
		if problem != nil {
			o.At = atNumber
			return t.show(o, problem, true)
		}
		return t.arrangeAndShow(o, true)
	case o.At == atOperator, o.At == atNumber:
		return t.number(o, number)
	}
	return t.complain(o, t.Say.Say(text.RechargePressButton, nil))
}

// idle answers a text while no order is open.
func (t turn) idle(typed string) (flows.Step, error) {
	l := parseLine(typed)
	switch {
	case !l.order():
		return t.tell(t.Say.Say(text.RechargeHint, nil)), nil
	case l.Two:
		return t.tell(t.Say.Say(text.RechargeBadTwo, nil)), nil
	case l.Unknown != "":
		return t.tell(t.Say.Say(text.RechargeBadWord, text.Values{"Word": clip(l.Unknown)})), nil
	case len(l.Operators) > 1, len(l.Types) > 1:
		return t.tell(t.Say.Say(text.RechargeBadWords, nil)), nil
	}
	return t.line(l)
}

// clip keeps quoted words short enough for one sentence.
func clip(words string) string { return text.Rich{{Text: words}}.Clip(30).String() }

// line begins an order with what a line says. Whatever is wrong in it becomes the card's one sentence.
func (t turn) line(l line) (flows.Step, error) {
	switch {
	case l.Two:
		return t.keep(text.RechargeBadTwo, nil)
	case l.Unknown != "":
		return t.keep(text.RechargeBadWord, text.Values{"Word": clip(l.Unknown)})
	case len(l.Operators) > 1, len(l.Types) > 1:
		return t.keep(text.RechargeBadWords, nil)
	}
	o := draft{OneLine: l.Amount != ""}
	if len(l.Operators) > 0 {
		o.Operator = l.Operators[0]
	}
	if len(l.Types) > 0 {
		o.Type = l.Types[0]
	}
	account, badNumber := t.typedNumber(l.Number)
	o.Account = account
	if o.OneLine && badNumber == nil {
		t.suggest(&o)
	}
	var badAmount text.Rich
	if l.Amount != "" {
		o.Amount, badAmount = t.typedAmount(o, l.Amount)
	}
	problem, err := t.arrange(&o)
	if err != nil {
		return flows.Step{}, err
	}
	if badNumber != nil {
		o.At = atNumber
	}
	return t.show(o, first(badNumber, problem, badAmount), true)
}

// keep says one sentence and leaves the order as it is.
func (t turn) keep(key text.Key, values text.Values) (flows.Step, error) {
	sentence := t.Say.Say(key, values)
	if o, open := readDraft(t.State); open {
		return t.complain(o, sentence)
	}
	return t.tell(sentence), nil
}

// suggest fills in what a one-line order does not say: the operator that the number's prefix was first
// allotted to, and prepaid. Skitto shares Grameenphone's prefixes and is meant only when it is named.
func (t turn) suggest(o *draft) {
	o.Decided = true
	if o.Operator == "" && o.Type == providers.Skitto && len(t.market.types(providers.BDSkitto)) > 0 {
		o.Operator = providers.BDSkitto
	}
	if o.Operator == "" {
		o.Operator, _ = providers.SuggestOperator(o.Account)
	}
	prepaid := providers.Service{Operator: o.Operator, Type: providers.Prepaid}
	if o.Type == "" && len(t.market.rules(prepaid, "")) > 0 {
		o.Type = providers.Prepaid
	}
}

// number takes the answer to the number's question.
func (t turn) number(o draft, typed string) (flows.Step, error) {
	m, problem := t.typedNumber(typed)
	if problem != nil {
		return t.show(o, problem, false)
	}
	o.Account = m
	if o.OneLine {
		t.suggest(&o)
	}
	t.in.Text, t.in.Contact = "", "" // what is wrong from here on is not in the number
	return t.arrangeAndShow(o, false)
}

// amount takes the answer to the amount's question.
func (t turn) amount(o draft, typed string) (flows.Step, error) {
	m, problem := t.typedAmount(o, typed)
	if problem != nil {
		return t.show(o, problem, false)
	}
	o.Amount = m
	return t.arrangeAndShow(o, false)
}
