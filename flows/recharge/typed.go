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
	o.Packs = false
	l := t.parse(typed)
	if t.isNumber(l.Number) && l.Amount != "" {
		return t.line(l)
	}
	named := len(l.Operators)+len(l.Types) > 0
	switch {
	case o.At == atNumber && l.order() && l.Unknown == "" && named && l.Amount != "":
		return t.line(l) // a whole line again, of which the number is wrong
	case o.At == atNumber && l.order() && l.Unknown == "" && !named:
		return t.number(o, l.Number)
	case o.At == atNumber:
		return t.number(o, typed)
	case (o.At == atCircle || o.At == atAmount || o.At == atConfirm) && l.Unknown == "" && t.isNumber(l.Number):
		return t.line(l) // the next customer's number
	case o.At == atAmount && (!l.order() || l.Amount == ""):
		return t.amount(o, typed)
	case o.At == atCircle && !l.order() && l.Number != "" && l.Unknown == "":
		return t.amount(o, typed) // the circle is asked for all the same
	case o.At == atOperator && t.isNumber(l.Number) && named:
		return t.line(l)
	case o.At == atOperator && t.isNumber(l.Number) && l.Unknown == "":
		return t.begin(o, l.Number)
	case l.order() && l.Unknown == "":
		if _, problem := t.typedNumber(o, l.Number); problem != nil {
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

// parse reads a line as one of the market's countries.
func (t turn) parse(typed string) line { return parseLine(typed, t.market.countries()...) }

// isNumber reports whether the words are a valid number that the market serves.
func (t turn) isNumber(number string) bool { return isNumber(number, t.market.countries()...) }

// contact answers a shared contact: its number counts wherever a number may be typed.
func (t turn) contact(number string) (flows.Step, error) {
	o, open := readDraft(t.State)
	switch {
	case !open:
		m, problem := t.typedNumber(draft{}, number)
		o := draft{Account: m}
		if problem != nil {
			o.At = atNumber
			return t.show(o, problem, true)
		}
		return t.arrangeAndShow(o, true)
	case o.At == atOperator && t.isNumber(number):
		return t.begin(o, number)
	case o.At == atOperator, o.At == atNumber:
		return t.number(o, number)
	case (o.At == atCircle || o.At == atAmount || o.At == atConfirm) && t.isNumber(number):
		return t.line(line{Number: number}) // the next customer's
	}
	return t.complain(o, t.Say.Say(text.RechargePressButton, nil))
}

// idle answers a text while no order is open.
func (t turn) idle(typed string) (flows.Step, error) {
	l := t.parse(typed)
	if !l.order() {
		return t.tell(t.notUnderstood()), nil
	}
	return t.line(l)
}

// unclear says why a line cannot be one order; nil when it can.
func (t turn) unclear(l line) text.Rich {
	example := t.typedExample(l.Number)
	switch {
	case l.Two:
		return t.Say.Say(text.RechargeBadTwo, text.Values{"Example": example})
	case l.Whole != "":
		return t.twoReadings(l)
	case l.Unknown != "":
		return t.Say.Say(text.RechargeBadWord, text.Values{"Word": clip(l.Unknown), "Example": example})
	case len(l.Operators) > 1, len(l.Types) > 1:
		word := "gp"
		if countryOf(l.Number, t.market.countries()) == providers.India {
			word = "airtel"
		}
		return t.Say.Say(text.RechargeBadWords, text.Values{"Example": example + " " + word + " postpaid"})
	}
	return nil
}

// twoReadings names both numbers that a line can hold, and how either is written so that only it is meant.
func (t turn) twoReadings(l line) text.Rich {
	whole, err := providers.ParseMSISDN(l.Whole, t.market.countries()...)
	number, errShort := providers.ParseMSISDN(l.Number, t.market.countries()...)
	if err != nil || errShort != nil {
		return nil
	}
	word := "tk"
	if number.Country() == providers.India {
		word = "rs"
	}
	return t.Say.Say(text.RechargeBadReadings, text.Values{
		"Whole": whole.National(), "Number": number.National(), "Amount": l.Amount, "Example": number.National() + " " + word + l.Amount,
	})
}

// clip keeps quoted words short enough for one sentence.
func clip(words string) string { return text.Rich{{Text: words}}.Clip(30).String() }

// line begins an order with what a line says. Whatever is wrong in it becomes the card's one sentence.
func (t turn) line(l line) (flows.Step, error) {
	if problem := t.unclear(l); problem != nil {
		return t.keep(problem)
	}
	o := draft{OneLine: l.Amount != ""}
	if len(l.Operators) > 0 {
		o.Operator = l.Operators[0]
	}
	if len(l.Types) > 0 {
		o.Type = l.Types[0]
	}
	account, badNumber := t.typedNumber(o, l.Number)
	o.Account = account
	if o.OneLine && badNumber == nil {
		if err := t.suggest(&o); err != nil {
			return flows.Step{}, err
		}
	}
	var badAmount text.Rich
	if l.Amount != "" {
		want := t.currency(o)
		if o.Operator == "" && o.Account == "" {
			want = currencyOf(countryOf(l.Number, t.market.countries()))
		}
		o.Amount, badAmount = t.readAmount(o, l.Amount, l.Named, want)
	}
	problem, err := t.arrange(&o)
	if err != nil {
		return flows.Step{}, err
	}
	if badNumber != nil {
		o.goTo(atNumber)
	}
	if badNumber == nil && problem == nil && badAmount != nil {
		return t.amountAgain(o, badAmount, true)
	}
	return t.show(o, first(badNumber, problem), true)
}

// amountAgain says what is wrong with an amount, and asks for another one. Where that cannot be asked yet,
// the question that comes before it stands with the sentence.
func (t turn) amountAgain(o draft, problem text.Rich, fresh bool) (flows.Step, error) {
	if o.At == atCircle {
		o.goTo(atAmount) // the circle comes after it, this once
	}
	if o.At == atAmount {
		return t.show(o, problem, fresh)
	}
	question, err := t.question(o)
	if err != nil {
		return flows.Step{}, err
	}
	return t.show(o, text.Join("\n", problem, question), fresh)
}

// keep says one sentence and leaves the order as it is.
func (t turn) keep(sentence text.Rich) (flows.Step, error) {
	if o, open := readDraft(t.State); open {
		return t.complain(o, sentence)
	}
	return t.tell(sentence), nil
}

// suggest fills in what a one-line order does not say: the operator that was chosen for the number before
// or that its digits suggest, and prepaid. Skitto shares Grameenphone's prefixes and is meant only when it
// is named, or was chosen before. What was chosen before does not count where it contradicts a named type.
func (t turn) suggest(o *draft) error {
	o.Decided = true
	if o.Operator == "" && o.Type == providers.Skitto && o.Account.Country() == providers.Bangladesh && len(t.market.types(providers.BDSkitto)) > 0 {
		o.Operator = providers.BDSkitto
	}
	if o.Operator == "" {
		usual, remembered, err := t.usual(o.Account)
		if err != nil {
			return err
		}
		if o.Operator = usual; remembered && o.Type != "" && !t.market.serves(o.service()) {
			o.Operator, _ = providers.SuggestOperator(o.Account)
		}
	}
	if o.Type == "" && t.market.serves(providers.Service{Operator: o.Operator, Type: providers.Prepaid}) {
		o.Type = providers.Prepaid
	}
	return nil
}

// begin takes a number where the operator is asked for: one of another country than the operator's so far
// begins with the operators of its own.
func (t turn) begin(o draft, number string) (flows.Step, error) {
	m, err := providers.ParseMSISDN(number, t.market.countries()...)
	if operator, ok := providers.FindOperator(o.Operator); ok && err == nil && m.Country() != operator.Country {
		o.Operator, o.Type, o.Amount = "", "", providers.Money{}
	}
	return t.number(o, number)
}

// number takes the answer to the number's question.
func (t turn) number(o draft, typed string) (flows.Step, error) {
	m, problem := t.typedNumber(o, typed)
	if problem != nil {
		return t.show(o, problem, false)
	}
	o = o.withNumber(m)
	if o.OneLine {
		if err := t.suggest(&o); err != nil {
			return flows.Step{}, err
		}
	}
	t.in.Text, t.in.Contact = "", "" // what is wrong from here on is not in the number
	return t.arrangeAndShow(o, false)
}

// amount takes the answer to the amount's question.
func (t turn) amount(o draft, typed string) (flows.Step, error) {
	m, problem := t.typedAmount(o, typed)
	if problem != nil {
		return t.amountAgain(o, problem, false)
	}
	o.Amount = m
	return t.arrangeAndShow(o, false)
}
