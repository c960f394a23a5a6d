package recharge

import (
	"errors"
	"strconv"
	"strings"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// press answers a button.
func (t turn) press() (flows.Step, error) {
	if t.Action == actStart {
		return t.show(draft{At: atOperator}, nil, false)
	}
	if t.Action == actWithdraw {
		return t.withdraw()
	}
	o, open := readDraft(t.State)
	if !open {
		step := t.tell(t.Say.Say(text.RechargeClosed, nil))
		step.Close = t.State != nil
		return step, nil
	}
	switch t.Action {
	case flows.ActionRedraw:
		return t.show(o, nil, false)
	case actConfirm:
		return t.confirm(o)
	case actCancel:
		return t.leave(t.Say.Say(text.RechargeCancelled, nil)), nil
	case actBack:
		if !o.back(t.market) {
			return t.leave(t.hello()), nil
		}
		return t.show(o, nil, false)
	case actChange:
		o.goTo(atOperator)
		o.Changing = true
		return t.show(o, nil, false)
	case actRecircle:
		o.goTo(atCircle)
		o.Circling = true
		return t.show(o, nil, false)
	case actPacks:
		return t.openPacks(o)
	case actUsual:
		return t.takeUsual(o)
	case actNumber, actRetry:
		return t.arrangeAndShow(o, false)
	}
	return t.answer(o)
}

// answer takes the answer that a button carries.
func (t turn) answer(o draft) (flows.Step, error) {
	kind, value, _ := strings.Cut(t.Action, ":")
	switch kind + ":" {
	case actOperator:
		o.Operator = providers.OperatorID(value)
	case actType:
		o.Type = providers.NumberType(value)
	case actAmount:
		operator, _ := providers.FindOperator(o.Operator)
		minor, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			minor = 0 // asked again
		}
		o.Amount = providers.Money{Minor: minor, Currency: operator.Currency}
	case actCircle:
		o.Circle, o.Recalled, o.Unsure = providers.CircleID(value), false, value == ""
	case actProvider:
		o.Provider, o.Decided = value, true
	case actKind:
		o.Kind, o.Page = providers.OfferKind(value), 0
		return t.show(o, nil, false)
	case actPage:
		o.Page, _ = strconv.Atoi(value) // packs shows one that there is
		return t.show(o, nil, false)
	}
	return t.arrangeAndShow(o, false)
}

// leave ends the dialogue without an order. The card offers to begin again.
func (t turn) leave(sentence text.Rich) flows.Step {
	return flows.Step{Close: true, Screen: &flows.Message{Text: sentence, Rows: [][]flows.Button{{StartButton(t.Say)}}}}
}

// confirm orders exactly what the card showed, or shows it again when it is not so any more.
func (t turn) confirm(o draft) (flows.Step, error) {
	if o.At != atConfirm {
		return t.show(o, t.Say.Say(text.RechargeChanged, nil), false)
	}
	if t.Refused != nil {
		return t.refused(o)
	}
	shown := o
	problem, err := t.arrange(&o)
	if err != nil {
		return flows.Step{}, err
	}
	if problem != nil || o != shown {
		return t.show(o, first(problem, t.Say.Say(text.RechargeChanged, nil)), false)
	}
	if outlook := t.outlook(o); outlook == Paused || outlook == Troubled && !o.Slow {
		return t.show(o, nil, false) // the card did not say so
	}
	earlier, err := t.earlier(o)
	if err != nil {
		return flows.Step{}, err
	}
	if earlier.twin.ID != 0 && (earlier.twin.ID != o.Earlier || earlier.like != o.Like || t.mayBePaid(earlier.twin) && !o.Unsafe) {
		return t.show(o, nil, false) // somebody ordered the same since the card was shown, or what it said is not so any more
	}
	return flows.Step{
		Close: true,
		Order: &storage.NewOrder{
			Order:    o.order(),
			Newest:   earlier.newest,
			Provider: o.Provider,
			Chat:     t.in.Chat,
			Card:     t.in.Message,
			Day:      t.day(),
			Limits:   t.configured(o.Amount.Currency),
		},
		Withdraw: actWithdraw,
		Answer:   flows.Answer{Text: t.Say.Text(text.RechargeAccepted, nil)},
	}, nil
}

// refused tells why the store did not take the order. Nothing was ordered, and the draft is kept.
func (t turn) refused(o draft) (flows.Step, error) {
	switch {
	case errors.Is(t.Refused, storage.ErrMayNot):
		return t.dismiss(), nil
	case errors.Is(t.Refused, storage.ErrPerOrder), errors.Is(t.Refused, storage.ErrPerDay):
		problem, err := t.limitProblem(o, o.Amount)
		if err != nil {
			return flows.Step{}, err
		}
		o.Amount = providers.Money{}
		o.goTo(atAmount)
		return t.show(o, first(problem, t.Say.Say(text.RechargeOverLimit, nil)), false)
	}
	return t.show(o, t.Say.Say(text.RechargeChanged, nil), false)
}
