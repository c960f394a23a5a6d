package recharge

import (
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// memoryDepth is how many of a number's newest orders are looked through for what was chosen for it.
const memoryDepth = 5 * twinPage

// past is what was chosen for a number before; "" = not known.
type past struct {
	operator providers.OperatorID
	circle   providers.CircleID
}

// remember reads from one of the number's orders what was chosen for it: numbers are ported, and then only
// people know the operator (numbers.md, "MNP"). The newest order that was delivered proves the choice,
// whoever made it. Without one the agent's own newest that was not refused is the best guess: what another
// agent chose and nothing has proved is not taken over.
func (t turn) remember(account providers.MSISDN) (past, error) {
	var own past
	before := storage.JobID(0)
	for seen := 0; seen < memoryDepth; seen += twinPage {
		page, err := t.page(draft{Account: account}, before)
		if err != nil {
			return past{}, err
		}
		for _, j := range page {
			switch {
			case j.State == storage.Delivered:
				return past{j.Operator, j.Circle}, nil
			case own.operator == "" && j.Agent == t.Person.ID && !refusedChoice(j):
				own = past{j.Operator, j.Circle}
			}
		}
		if len(page) < twinPage {
			break
		}
		before = page[len(page)-1].ID
	}
	return own, nil
}

// refusedChoice reports whether the job speaks against what was chosen for it: it was withdrawn, taken back,
// or failed for a reason that may lie in the choice.
func refusedChoice(j storage.Job) bool {
	switch j.State {
	case storage.Cancelled, storage.Reversed:
		return true
	case storage.Failed:
		switch j.Reason {
		case providers.ReasonFloatShort, providers.ReasonCredentials, providers.ReasonMaintenance,
			providers.ReasonUnreachable, providers.ReasonTooOld:
			return false
		}
		return true
	}
	return false
}

// usual is the operator that a number most likely has: the remembered one where it is offered, else the
// one to which its prefix was first allotted. "" = nobody knows.
func (t turn) usual(account providers.MSISDN) (id providers.OperatorID, remembered bool, err error) {
	p, err := t.remember(account)
	if err != nil {
		return "", false, err
	}
	if p.operator != "" && len(t.market.types(p.operator)) > 0 {
		return p.operator, true, nil
	}
	id, _ = providers.SuggestOperator(account)
	return id, false, nil
}

// hint says which operator the number usually has, when that is not the one chosen or not what its
// digits say.
func (t turn) hint(o draft) (text.Rich, error) {
	if o.Account == "" {
		return nil, nil
	}
	id, remembered, err := t.usual(o.Account)
	first, _ := providers.SuggestOperator(o.Account)
	if err != nil || id == "" || !remembered || id == first {
		return t.prefixHint(o, first), err
	}
	usual, _ := providers.FindOperator(id)
	chosen, ok := providers.FindOperator(o.Operator)
	if !ok || chosen.ID == id {
		return t.Say.Say(text.RechargeLast, text.Values{"Operator": usual.Name}), nil
	}
	return t.Say.Say(text.RechargeLastOther, text.Values{"Operator": usual.Name, "Chosen": chosen.Name}), nil
}

// circleHint says of a circle that nobody was asked for where it comes from.
func (t turn) circleHint(o draft) text.Rich {
	circle, known := providers.FindCircle(o.Circle)
	if !known || !o.Recalled {
		return nil
	}
	return t.Say.Say(text.RechargeLastCircle, text.Values{"Circle": circle.Name})
}

// prefixHint says to which operator the number's prefix was first allotted, when that is not the one
// chosen. India's prefixes have no fixed length, so they are not shown.
func (t turn) prefixHint(o draft, id providers.OperatorID) text.Rich {
	usual, ok := providers.FindOperator(id)
	if !ok || id == o.Operator || o.Operator == providers.BDSkitto && id == providers.BDGrameenphone {
		return nil
	}
	chosen, ok := providers.FindOperator(o.Operator)
	prefix := o.Account.National()[:3]
	switch indian := usual.Country == providers.India; {
	case !ok && indian:
		return t.Say.Say(text.RechargeUsual, text.Values{"Operator": usual.Name})
	case !ok:
		return t.Say.Say(text.RechargePrefix, text.Values{"Prefix": prefix, "Operator": usual.Name})
	case indian:
		return t.Say.Say(text.RechargeUsualOther, text.Values{"Operator": usual.Name, "Chosen": chosen.Name})
	}
	return t.Say.Say(text.RechargePorted, text.Values{"Prefix": prefix, "Operator": usual.Name, "Chosen": chosen.Name})
}
