package recharge

import (
	"encoding/json"
	"slices"

	"rechargebot/providers"
	"rechargebot/storage"
)

// place is the question that the card asks.
type place string

const (
	atOperator place = "operator"
	atType     place = "type"
	atNumber   place = "number"
	atAmount   place = "amount"
	atProvider place = "provider"
	atConfirm  place = "confirm"
)

func places() []place {
	return []place{atOperator, atType, atNumber, atAmount, atProvider, atConfirm}
}

// draft is the order so far, and the dialogue's whole state. It is stored as JSON by the names of its
// fields: a field may be added, none may change its meaning.
type draft struct {
	At       place                `json:"at"`
	Operator providers.OperatorID `json:"operator,omitempty"`
	Type     providers.NumberType `json:"type,omitempty"`
	Account  providers.MSISDN     `json:"account,omitempty"`
	Amount   providers.Money      `json:"amount,omitzero"`
	Provider string               `json:"provider,omitempty"` // empty = automatic
	Decided  bool                 `json:"decided,omitempty"`  // the provider needs not be asked for
	OneLine  bool                 `json:"one_line,omitempty"` // what is not said is suggested, not asked
	Changing bool                 `json:"changing,omitempty"` // Change operator was pressed: Back returns to the confirm card
	Earlier  storage.JobID        `json:"earlier,omitempty"`  // the order like this one that the confirm card showed
}

// readDraft reads a stored state. One that cannot be read is no order any more.
func readDraft(state []byte) (draft, bool) {
	var o draft
	if state == nil || json.Unmarshal(state, &o) != nil || !slices.Contains(places(), o.At) {
		return draft{}, false
	}
	return o, true
}

func (o draft) service() providers.Service {
	return providers.Service{Operator: o.Operator, Type: o.Type}
}

func (o draft) order() providers.Order {
	return providers.Order{Operator: o.Operator, Type: o.Type, Account: o.Account, Amount: o.Amount}
}

// missing reports whether the question at p has no answer yet.
func (o draft) missing(p place, m market) bool {
	switch p {
	case atOperator:
		return o.Operator == ""
	case atType:
		return o.Type == ""
	case atNumber:
		return o.Account == ""
	case atAmount:
		return o.Amount.IsZero()
	case atProvider:
		return !o.Decided && m.choice(o)
	}
	return true
}

// next is the first question without an answer.
func (o draft) next(m market) place {
	all := places()
	return all[slices.IndexFunc(all, func(p place) bool { return o.missing(p, m) })]
}

// back goes to the question before the present one; false at the first one.
func (o *draft) back(m market) bool {
	if o.At == atOperator {
		if o.Changing {
			o.Changing, o.At = false, o.next(m)
			return true
		}
		return false
	}
	all := places()
	for i := slices.Index(all, o.At) - 1; ; i-- {
		switch p := all[i]; {
		case p == atProvider && !m.choice(*o), p == atType && o.Operator != "" && len(m.types(o.Operator)) < 2:
			continue
		case p == atProvider:
			o.Decided = false
		case p == atType, p == atOperator:
			o.Type = ""
		}
		o.At = all[i]
		return true
	}
}
