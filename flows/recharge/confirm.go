package recharge

import (
	"rechargebot/flows"
	"rechargebot/flows/text"
)

// showConfirm makes the confirm card: the whole order, what should be noticed about it, and an earlier
// order like it. What it showed is pinned in the draft, and Confirm orders nothing else.
func (t turn) showConfirm(o draft, problem text.Rich, fresh bool) (flows.Step, error) {
	earlier, err := t.earlier(o)
	if err != nil {
		return flows.Step{}, err
	}
	o.Earlier, o.Changing = earlier.twin.ID, false
	press := t.button(text.RechargeButtonConfirm, actConfirm)
	press.Tone = flows.Good
	var warning text.Rich
	if o.Earlier != 0 {
		words, err := t.twinWords(earlier.twin)
		if err != nil {
			return flows.Step{}, err
		}
		warning = text.Join("", t.Say.Say(text.RechargeWarning, nil), words)
		press = t.button(text.RechargeButtonAgain, actConfirm)
		press.Tone = flows.Danger
	}
	if problem != nil {
		problem = t.warning(problem)
	}
	hint, err := t.hint(o)
	if err != nil {
		return flows.Step{}, err
	}
	change := [][]flows.Button{{t.button(text.RechargeButtonChange, actChange), t.button(text.RechargeButtonBack, actBack)}}
	if o.Circle != "" {
		change = [][]flows.Button{
			{t.button(text.RechargeButtonChange, actChange), t.button(text.RechargeButtonCircle, actRecircle)},
			{t.button(text.RechargeButtonBack, actBack)},
		}
	}
	step, err := t.step(o, flows.Message{
		Text: text.Join("\n\n", text.Join("\n", t.Say.Say(text.RechargeCheck, nil), t.summary(o)), text.Join("\n", hint, t.circleHint(o)), t.packWarning(o), warning, problem),
		Rows: append([][]flows.Button{{press, t.button(text.RechargeButtonCancel, actCancel)}}, change...),
	}, fresh)
	step.Expires = ConfirmTerm
	return step, err
}
