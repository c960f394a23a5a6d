package recharge

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
)

// arrangeAndShow shows the draft at its first open question, with the sentence about what was dropped.
func (t turn) arrangeAndShow(o draft, fresh bool) (flows.Step, error) {
	problem, err := t.arrange(&o)
	if err != nil {
		return flows.Step{}, err
	}
	return t.show(o, problem, fresh)
}

// show makes the card of the draft's place, and keeps the draft. A problem stands where the question would.
func (t turn) show(o draft, problem text.Rich, fresh bool) (flows.Step, error) {
	if o.At == atConfirm {
		return t.showConfirm(o, problem, fresh)
	}
	if len(t.market.operators()) == 0 {
		step := t.leave(t.Say.Say(text.RechargeNoOperator, nil))
		step.Fresh = fresh
		if t.Action != "" {
			step.Answer.Text = step.Screen.Text.String()
		}
		return step, nil
	}
	if o.At == atAmount && len(t.market.rules(o)) == 0 { // the market has changed since
		return t.arrangeAndShow(o, fresh)
	}
	if o.Packs && problem == nil {
		return t.showPacks(o)
	}
	question, err := t.question(o)
	if err != nil {
		return flows.Step{}, err
	}
	if problem != nil {
		question = t.warning(problem)
	}
	rows, err := t.rows(o)
	if err != nil {
		return flows.Step{}, err
	}
	return t.step(o, flows.Message{
		Text: text.Join("\n\n", text.Join("\n", t.Say.Say(text.RechargeTitle, nil), t.summary(o)), question),
		Rows: append(rows, []flows.Button{t.button(text.RechargeButtonBack, actBack), t.button(text.RechargeButtonCancel, actCancel)}),
	}, fresh)
}

// warning is a sentence about a mistake, after the text that made it: a card that is edited with the same
// sentence twice would look as if the second mistake had not been heard.
func (t turn) warning(problem text.Rich) text.Rich {
	head := t.Say.Say(text.RechargeWarning, nil)
	for _, typed := range []string{t.in.Text, t.in.Args, t.in.Contact} {
		if typed != "" && typed != flows.Unreadable {
			head = t.Say.Say(text.RechargeWarningTyped, text.Values{"Typed": clip(typed)})
		}
	}
	return text.Join("", head, problem)
}

// step keeps the draft as the dialogue's state under the screen.
func (t turn) step(o draft, m flows.Message, fresh bool) (flows.Step, error) {
	state, err := json.Marshal(o)
	if err != nil {
		return flows.Step{}, fmt.Errorf("write draft: %w", err)
	}
	return flows.Step{State: state, Screen: &m, Fresh: fresh}, nil
}

// summary lists what is known already, a line each.
func (t turn) summary(o draft) text.Rich {
	var lines []text.Rich
	add := func(known bool, key text.Key, value any) {
		if known {
			lines = append(lines, t.Say.Say(key, text.Values{"Value": value}))
		}
	}
	operator, _ := providers.FindOperator(o.Operator)
	add(o.Operator != "", text.RechargeLineOperator, operator.Name)
	add(o.Type != "", text.RechargeLineType, o.Type.Label())
	add(o.Account != "", text.RechargeLineNumber, o.Account.National())
	circle, known := providers.FindCircle(o.Circle)
	add(known, text.RechargeLineCircle, circle.Name)
	add(!o.Amount.IsZero(), text.RechargeLineAmount, o.Amount)
	if o.At == atConfirm && t.market.choice(o) {
		add(true, text.RechargeLineProvider, t.upstreamName(o.Provider))
	}
	return text.Join("\n", lines...)
}

func (t turn) upstreamName(name string) string {
	if name == "" {
		return t.Say.Text(text.RechargeAutomatic, nil)
	}
	return name
}

// question is what the card asks.
func (t turn) question(o draft) (text.Rich, error) {
	switch o.At {
	case atOperator:
		hint, err := t.hint(o)
		return text.Join("\n", hint, t.Say.Say(text.RechargeAskOperator, nil)), err
	case atType:
		return t.Say.Say(text.RechargeAskType, nil), nil
	case atNumber:
		return t.askNumber(o), nil
	case atCircle:
		return t.Say.Say(text.RechargeAskCircle, nil), nil
	case atAmount:
		return t.amountQuestion(o)
	}
	return t.askProvider(o), nil
}

// amountQuestion names the amounts that are possible: by the rule, and by the person's limits.
func (t turn) amountQuestion(o draft) (text.Rich, error) {
	low, high := bounds(t.market.rules(o))
	ceiling, err := t.ceiling(low.Currency)
	if err != nil || ceiling.Less(low) {
		sentence, problem := t.limitProblem(o, low)
		return sentence, errors.Join(err, problem)
	}
	if ceiling.Less(high) {
		high = ceiling
	}
	return t.Say.Say(text.RechargeAskAmount, text.Values{"Min": low, "Max": high}), nil
}

// rows are the answers that can be pressed.
func (t turn) rows(o draft) ([][]flows.Button, error) {
	switch o.At {
	case atOperator:
		usual, _, err := t.usual(o.Account)
		return operatorRows(t.operators(o.Account), usual), err
	case atType:
		var out []flows.Button
		for _, n := range t.market.types(o.Operator) {
			out = append(out, flows.Button{Label: n.Label(), Action: actType + string(n)})
		}
		return pairs(out), nil
	case atNumber:
		if o.Account != "" {
			return [][]flows.Button{{{Label: o.Account.National(), Action: actNumber}}}, nil
		}
	case atCircle:
		return t.circleRows(o), nil
	case atAmount:
		return t.amountRows(o)
	case atProvider:
		return t.providerRows(o), nil
	}
	return nil, nil
}

// operators lists those that can be chosen for the number: of its country, and all while there is no number.
func (t turn) operators(account providers.MSISDN) []providers.Operator {
	all := t.market.operators()
	if !slices.Contains(t.market.countries(), account.Country()) {
		return all
	}
	return slices.DeleteFunc(all, func(o providers.Operator) bool { return o.Country != account.Country() })
}

// operatorRows offers operators grouped by country, the one that the number usually has first. With more
// than one country a flag says which.
func operatorRows(ops []providers.Operator, usual providers.OperatorID) [][]flows.Button {
	rank := func(o providers.Operator) int {
		if o.ID == usual {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(ops, func(a, b providers.Operator) int { return rank(a) - rank(b) })
	var countries []providers.Country
	for _, o := range ops {
		if !slices.Contains(countries, o.Country) {
			countries = append(countries, o.Country)
		}
	}
	var out [][]flows.Button
	for _, country := range countries {
		var group []flows.Button
		for _, o := range ops {
			label := o.Name
			if len(countries) > 1 {
				label = flag(country) + " " + label
			}
			if o.Country == country {
				group = append(group, flows.Button{Label: label, Action: actOperator + string(o.ID)})
			}
		}
		out = append(out, pairs(group)...)
	}
	return out
}

// flag is the country's flag: its two letters as regional indicators.
func flag(c providers.Country) string {
	var out []rune
	for _, r := range string(c) {
		out = append(out, r-'A'+'\U0001F1E6')
	}
	return string(out)
}

// amountRows offers amounts that are allowed and within what the person may still order.
func (t turn) amountRows(o draft) ([][]flows.Button, error) {
	rules := t.market.rules(o)
	low, _ := bounds(rules)
	ceiling, err := t.ceiling(low.Currency)
	if err != nil {
		return nil, err
	}
	amounts := presets(rules, ceiling)
	if !o.Amount.IsZero() && !slices.Contains(amounts, o.Amount) {
		amounts = append([]providers.Money{o.Amount}, amounts...)
	}
	var out []flows.Button
	for _, m := range amounts {
		out = append(out, flows.Button{Label: t.Say.Money(m), Action: actAmount + strconv.FormatInt(m.Minor, 10)})
	}
	rows := slices.Collect(slices.Chunk(out, 3))
	if t.Offers != nil && t.Offers.Lists(o.packs()) {
		rows = append(rows, []flows.Button{t.button(text.RechargeButtonPacks, actPacks)})
		t.Offers.Known(o.packs()) // asked for now, it is here when the button is pressed
	}
	return rows, nil
}

func pairs(buttons []flows.Button) [][]flows.Button {
	return slices.Collect(slices.Chunk(buttons, 2))
}

func (t turn) button(key text.Key, action string) flows.Button {
	return flows.Button{Label: t.Say.Text(key, nil), Action: action}
}
