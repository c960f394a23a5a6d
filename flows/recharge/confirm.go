package recharge

import (
	"rechargebot/flows"
	"rechargebot/flows/text"
)

// showConfirm makes the confirm card: the whole order, what should be noticed about it, an earlier order like
// it, and what looks like a slip. What it showed is pinned in the draft, and Confirm orders nothing else.
func (t turn) showConfirm(o draft, problem text.Rich, fresh bool) (flows.Step, error) {
	outlook := t.outlook(o)
	o.Changing, o.Slow, o.Earlier, o.Like, o.Unsafe, o.Doubt = false, outlook == Troubled, 0, 0, false, doubt{}
	if outlook == Paused {
		return t.showBlocked(o, problem, fresh)
	}
	earlier, err := t.earlier(o)
	if err != nil {
		return flows.Step{}, err
	}
	o.Earlier, o.Like, o.Unsafe = earlier.twin.ID, earlier.like, t.mayBePaid(earlier.twin)
	if o.Doubt, err = t.doubt(o, earlier.known); err != nil {
		return flows.Step{}, err
	}
	warning, err := t.secondQuestion(o, earlier)
	if err != nil {
		return flows.Step{}, err
	}
	if problem != nil {
		problem = t.warning(problem)
	}
	hint, err := t.hint(o)
	if err != nil {
		return flows.Step{}, err
	}
	var slow text.Rich
	if o.Slow {
		slow = t.Say.Say(text.RechargeTroubled, nil)
	}
	step, err := t.step(o, flows.Message{
		Text: text.Join("\n\n", text.Join("\n", t.Say.Say(text.RechargeCheck, nil), t.summary(o)), text.Join("\n", hint, t.circleHint(o)), t.packWarning(o), slow, warning, problem),
		Rows: t.confirmRows(o),
	}, fresh)
	step.Expires = ConfirmTerm
	return step, err
}

// secondQuestion lists every reason to ask a second time, and what to press; nil when there is none.
func (t turn) secondQuestion(o draft, e earlier) (text.Rich, error) {
	words := t.doubtWords(o)
	switch {
	case e.twin.ID != 0:
		twin, err := t.twinWords(e.twin)
		if err != nil {
			return nil, err
		}
		words = append(words, twin)
	case len(words) > 0:
		words = append(words, t.Say.Say(text.RechargeAnywayAsk, nil))
	default:
		return nil, nil
	}
	return text.Join("", t.Say.Say(text.RechargeWarning, nil), text.Join("\n\n", words...)), nil
}

// confirmRows are the confirm card's buttons. The first one orders, whatever it is called.
func (t turn) confirmRows(o draft) [][]flows.Button {
	press := t.button(text.RechargeButtonConfirm, actConfirm)
	press.Tone = flows.Good
	switch {
	case o.Earlier != 0:
		press = t.button(text.RechargeButtonAgain, actConfirm)
		press.Tone = flows.Danger
	case o.Doubt != doubt{}:
		press = t.button(text.RechargeButtonAnyway, actConfirm)
		press.Tone = flows.Danger
	}
	rows := [][]flows.Button{{press, t.button(text.RechargeButtonCancel, actCancel)}}
	if near := o.Doubt.Near; near != "" {
		label := t.Say.Text(text.RechargeButtonUsual, text.Values{"Number": near.National()})
		rows = append(rows, []flows.Button{{Label: label, Action: actUsual}})
	}
	change, back := t.button(text.RechargeButtonChange, actChange), t.button(text.RechargeButtonBack, actBack)
	if o.Circle != "" {
		return append(rows, []flows.Button{change, t.button(text.RechargeButtonCircle, actRecircle)}, []flows.Button{back})
	}
	return append(rows, []flows.Button{change, back})
}

// takeUsual puts the usual number in the place of the one that looks like it, with the operator that was chosen for it.
func (t turn) takeUsual(o draft) (flows.Step, error) {
	if o.Doubt.Near != "" {
		o = o.withNumber(o.Doubt.Near)
		p, err := t.remember(o.Account)
		if err != nil {
			return flows.Step{}, err
		}
		usual := o
		if usual.Operator = p.operator; t.market.serves(usual.service()) {
			o = usual
		}
	}
	return t.arrangeAndShow(o, false)
}
