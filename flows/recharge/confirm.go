package recharge

import (
	"rechargebot/flows"
	"rechargebot/flows/text"
)

// showConfirm makes the confirm card: the whole order, what should be noticed about it, and an earlier
// order like it. What it showed is pinned in the draft, and Confirm orders nothing else.
func (t turn) showConfirm(o draft, problem text.Rich, fresh bool) (flows.Step, error) {
	twin, err := t.twin(o)
	if err != nil {
		return flows.Step{}, err
	}
	o.Earlier, o.Changing = twin.ID, false
	press := t.button(text.RechargeButtonConfirm, actConfirm)
	press.Tone = flows.Good
	var earlier text.Rich
	if twin.ID != 0 {
		if earlier, err = t.twinWords(twin); err != nil {
			return flows.Step{}, err
		}
		earlier = text.Join("", t.Say.Say(text.RechargeWarning, nil), earlier)
		press = t.button(text.RechargeButtonAgain, actConfirm)
		press.Tone = flows.Danger
	}
	if problem != nil {
		problem = t.warning(problem)
	}
	step, err := t.step(o, flows.Message{
		Text: text.Join("\n\n", text.Join("\n", t.Say.Say(text.RechargeCheck, nil), t.summary(o)), t.prefixHint(o), earlier, problem),
		Rows: [][]flows.Button{
			{press, t.button(text.RechargeButtonCancel, actCancel)},
			{t.button(text.RechargeButtonChange, actChange), t.button(text.RechargeButtonBack, actBack)},
		},
	}, fresh)
	step.Expires = ConfirmTerm
	return step, err
}
