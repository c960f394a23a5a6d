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
	atCircle   place = "circle"
	atAmount   place = "amount"
	atProvider place = "provider"
	atConfirm  place = "confirm"
)

func places() []place {
	return []place{atOperator, atType, atNumber, atCircle, atAmount, atProvider, atConfirm}
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
	Like     storage.JobID        `json:"like,omitempty"`     // the newest like this one at that time, shown or not
	Unsafe   bool                 `json:"unsafe,omitempty"`   // the card warned that Earlier, told as a failure, may have been none or was none
	Doubt    doubt                `json:"doubt,omitzero"`     // what else it asked about
	Slow     bool                 `json:"slow,omitempty"`     // it said that the order may take longer

	Circle   providers.CircleID `json:"circle,omitempty"`          // of the number; empty = not known
	Recalled bool               `json:"circle_recalled,omitempty"` // the circle is an earlier order's and was not asked for
	Unsure   bool               `json:"unsure,omitempty"`          // the agent does not know the circle either
	Circling bool               `json:"changing_circle,omitempty"` // Change circle was pressed: Back returns to the confirm card

	Packs bool                `json:"packs,omitempty"` // the amount's card shows the operator's packs
	Kind  providers.OfferKind `json:"kind,omitempty"`  // those of this kind; empty = all
	Page  int                 `json:"page,omitempty"`  // from 0
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
	return providers.Order{Operator: o.Operator, Type: o.Type, Account: o.Account, Amount: o.Amount, Circle: o.Circle}
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
	case atCircle:
		return m.wantsCircle(o)
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

// goTo puts the draft at a question, with nothing open there.
func (o *draft) goTo(p place) {
	o.At, o.Changing, o.Circling = p, false, false
	o.Packs, o.Kind, o.Page = false, "", 0
}

// withNumber is the draft for another number: what was said about the old one does not count any more.
func (o draft) withNumber(m providers.MSISDN) draft {
	if m != o.Account {
		o.Account, o.Circle, o.Recalled, o.Unsure = m, "", false, false
	}
	return o
}

// back goes to the question before the present one; false at the first one.
func (o *draft) back(m market) bool {
	switch {
	case o.Packs:
		o.goTo(o.At)
		return true
	case o.Changing && o.At == atOperator, o.Circling && o.At == atCircle:
		o.goTo(o.next(m))
		return true
	case o.At == atOperator:
		return false
	}
	all := places()
	for i := slices.Index(all, o.At) - 1; ; i-- {
		switch p := all[i]; {
		case p == atProvider && !m.choice(*o), p == atCircle && !m.asksCircle(*o),
			p == atType && o.Operator != "" && len(m.types(o.Operator)) < 2:
			continue
		case p == atProvider:
			o.Provider, o.Decided = "", false
		case p == atType, p == atOperator:
			o.Type = ""
		}
		o.goTo(all[i])
		return true
	}
}
