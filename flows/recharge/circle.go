package recharge

import (
	"slices"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
)

// The circle of an Indian number stands between the number and the amount. It is asked for when any upstream
// that may get the order needs it: an order without a circle could never be handed on to that one when the
// others are down. It is not asked for when an earlier order of the number tells it. Where somebody serves
// the order without, the agent may not know it.

// in reports whether the upstream takes orders of the circle; "" = not known.
func (u Upstream) in(c providers.CircleID) bool {
	return u.Circles == nil || slices.Contains(u.Circles, c)
}

// may reports whether the upstream would take the draft's circle, or one that can still be asked for.
func (u Upstream) may(o draft) bool {
	return u.in(o.Circle) || o.Circle == "" && !o.Unsure && len(u.Circles) > 0
}

// wantsCircle reports whether the draft needs a circle and has none: the chosen upstream needs one or,
// with Automatic, any that serves it.
func (m market) wantsCircle(o draft) bool {
	return o.Circle == "" && !o.Unsure && slices.ContainsFunc(m.able(o), func(u Upstream) bool { return u.Circles != nil })
}

// asksCircle reports whether the circle is one of the draft's questions, answered or not.
func (m market) asksCircle(o draft) bool {
	return o.Circle != "" || o.Unsure || m.wantsCircle(o)
}

// circles lists the circles of those who serve the draft and need one, in the order of the buttons.
func (m market) circles(o draft) []providers.Circle {
	able := m.able(o)
	return slices.DeleteFunc(providers.Circles(), func(c providers.Circle) bool {
		return !slices.ContainsFunc(able, func(u Upstream) bool { return slices.Contains(u.Circles, c.ID) })
	})
}

// withoutCircle reports whether somebody serves the draft without a circle.
func (m market) withoutCircle(o draft) bool {
	return slices.ContainsFunc(m.able(o), func(u Upstream) bool { return u.Circles == nil })
}

// fitCircle keeps the circle only where somebody takes it, and takes it from an earlier order of the
// number where it helps and nobody has said anything.
func (t turn) fitCircle(o *draft) (text.Rich, error) {
	if o.Operator == "" || o.Type == "" || o.Account == "" {
		return nil, nil
	}
	circle, known := providers.FindCircle(o.Circle)
	if !known {
		o.Circle, o.Recalled = "", false
	}
	whole := *o // but for what may still be changed to fit the circle
	whole.Amount, whole.Provider = providers.Money{}, ""
	if o.Circle == "" && !o.Unsure && len(t.market.circles(whole)) > 0 {
		past, err := t.remember(o.Account)
		if err != nil {
			return nil, err
		}
		if whole.Circle = past.circle; past.circle != "" && len(t.market.rules(whole)) > 0 {
			o.Circle, o.Recalled = past.circle, true
		}
		return nil, nil
	}
	if o.Circle == "" && !o.Unsure || len(t.market.rules(whole)) > 0 {
		return nil, nil
	}
	operator, _ := providers.FindOperator(o.Operator)
	o.Circle, o.Recalled, o.Unsure = "", false, false
	if !known {
		return nil, nil
	}
	return t.Say.Say(text.RechargeBadCircle, text.Values{"Operator": operator.Name, "Circle": circle.Name}), nil
}

// circleRows offers the circles, the one that is known first.
func (t turn) circleRows(o draft) [][]flows.Button {
	asked := o
	asked.Circle, asked.Unsure = "", false
	var out []flows.Button
	for _, c := range t.market.circles(asked) {
		b := flows.Button{Label: c.Name, Action: actCircle + string(c.ID)}
		if c.ID == o.Circle {
			out = append([]flows.Button{b}, out...)
		} else {
			out = append(out, b)
		}
	}
	rows := pairs(out)
	if t.market.withoutCircle(asked) {
		rows = append(rows, []flows.Button{t.button(text.RechargeButtonUnsure, actCircle)})
	}
	return rows
}
