package recharge

import (
	"slices"

	"rechargebot/flows"
	"rechargebot/flows/text"
)

// Standing is how a provider does at present with an operator's orders.
type Standing int

const (
	Fine     Standing = iota // nothing is known against it
	Troubled                 // it takes orders, and they may take longer
	Paused                   // it is sent nothing for now; an order for it would only wait
)

// standing is how the upstream does with the draft's operator.
func (t turn) standing(name string, o draft) Standing {
	if t.Standing == nil {
		return Fine
	}
	return t.Standing(t.ctx, name, o.Operator)
}

// outlook is the best standing of the upstreams that could take the order: what is to be expected of it.
func (t turn) outlook(o draft) Standing {
	able := t.market.serving(o)
	if o.Provider != "" {
		able = []string{o.Provider}
	}
	best := Paused
	for _, name := range able {
		best = min(best, t.standing(name, o))
	}
	if len(able) == 0 {
		return Fine // arrange speaks of it
	}
	return best
}

// providerRows offers the upstreams to choose from, those in trouble with a mark. A paused one is none.
func (t turn) providerRows(o draft) [][]flows.Button {
	out := [][]flows.Button{{{Label: t.upstreamName(""), Tone: flows.Main, Action: actProvider}}}
	for _, name := range t.market.offered(o) {
		label := name
		switch t.standing(name, o) {
		case Paused:
			continue
		case Troubled:
			label = t.Say.Text(text.RechargeTroubledButton, text.Values{"Provider": name})
		}
		out = append(out, []flows.Button{{Label: label, Action: actProvider + name}})
	}
	return out
}

// askProvider is the question for the upstream, with the names of the paused ones.
func (t turn) askProvider(o draft) text.Rich {
	lines := []text.Rich{t.Say.Say(text.RechargeAskProvider, nil)}
	for _, name := range t.market.offered(o) {
		if t.standing(name, o) == Paused {
			lines = append(lines, t.Say.Say(text.RechargePausedProvider, text.Values{"Provider": name}))
		}
	}
	return text.Join("\n", lines...)
}

// showBlocked stands in the place of the confirm card while every upstream that could take the order is paused.
// The draft is kept; nothing of it can be ordered from here.
func (t turn) showBlocked(o draft, problem text.Rich, fresh bool) (flows.Step, error) {
	why := t.Say.Say(text.RechargePausedAll, nil)
	if o.Provider != "" && slices.ContainsFunc(t.market.offered(o), func(name string) bool { return t.standing(name, o) != Paused }) {
		why = t.Say.Say(text.RechargePausedChosen, text.Values{"Provider": o.Provider})
	}
	if problem != nil {
		problem = t.warning(problem)
	}
	retry := t.button(text.RechargeButtonRetry, actRetry)
	retry.Tone = flows.Main
	step, err := t.step(o, flows.Message{
		Text: text.Join("\n\n", text.Join("\n", t.Say.Say(text.RechargeTitle, nil), t.summary(o)), text.Join("", t.Say.Say(text.RechargeWarning, nil), why), problem),
		Rows: [][]flows.Button{
			{retry, t.button(text.RechargeButtonCancel, actCancel)},
			{t.button(text.RechargeButtonChange, actChange), t.button(text.RechargeButtonBack, actBack)},
		},
	}, fresh)
	if t.Action == actRetry {
		step.Answer.Text = t.Say.Text(text.RechargePausedStill, nil) // the card does not change
	}
	return step, err
}
