package desk

import (
	"fmt"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
)

// perPage is how many providers a page of the list tells of.
const perPage = 6

// list shows the page of the provider at that place, in the place of the pressed message. Changed is what is now
// remembered of that provider, when it is not stored yet.
func (t turn) list(at int, changed *Pause) (flows.Step, error) {
	if at < 0 || at >= len(t.accounts) {
		at = 0
	}
	first := at / perPage * perPage
	last := min(first+perPage, len(t.accounts))
	parts := []text.Rich{t.Say.Say(text.DeskTitle, nil)}
	var rows [][]flows.Button
	for i, a := range t.accounts[first:last] {
		p, err := t.Pauses.Of(t.ctx, a.Name)
		if err != nil {
			return flows.Step{}, err
		}
		if changed != nil && first+i == at {
			p = *changed
		}
		parts = append(parts, t.account(a, p))
		if !a.Disabled {
			rows = append(rows, []flows.Button{t.button(a, p)})
		}
	}
	waits, err := t.atDesk()
	if err != nil {
		return flows.Step{}, err
	}
	m := flows.Message{Text: text.Join("\n\n", append(parts, waits...)...), Rows: append(rows, t.turns(first, last))}
	if t.Action == "" || t.in.Message == 0 {
		return flows.Step{Replies: []flows.Message{m}}, nil
	}
	return flows.Step{Edits: []flows.Edit{{Chat: t.in.Chat, Message: t.in.Message, With: m}}}, nil
}

// turns are the buttons to other pages, and to this one anew.
func (t turn) turns(first, last int) []flows.Button {
	button := func(key text.Key, to int) flows.Button {
		return flows.Button{Label: t.Say.Text(key, nil), Action: fmt.Sprint(actPage, to)}
	}
	var out []flows.Button
	if first > 0 {
		out = append(out, button(text.DeskButtonBefore, first-perPage))
	}
	out = append(out, button(text.DeskButtonAgain, first))
	if last < len(t.accounts) {
		out = append(out, button(text.DeskButtonNext, last))
	}
	return out
}

func (t turn) button(a Account, p Pause) flows.Button {
	named := text.Values{"Provider": a.Name}
	if p.Paused {
		return flows.Button{Label: t.Say.Text(text.DeskButtonResume, named), Tone: flows.Good, Action: actResume + a.Name}
	}
	return flows.Button{Label: t.Say.Text(text.DeskButtonPause, named), Tone: flows.Danger, Action: actPause + a.Name}
}

// account is what the list says of one provider.
func (t turn) account(a Account, p Pause) text.Rich {
	lines := []text.Rich{t.Say.Say(text.DeskName, text.Values{"Provider": a.Name}), t.state(a, p)}
	lines = append(lines, t.float(a))
	if a.Sends > 0 {
		lines = append(lines, t.Say.Say(text.DeskSends, text.Values{"Count": a.Sends, "Percent": a.Good * 100 / a.Sends}))
	} else if !a.Disabled {
		lines = append(lines, t.Say.Say(text.DeskSendsNone, nil))
	}
	if a.Waiting > 0 {
		lines = append(lines, t.Say.Say(text.DeskWaiting, text.Values{"Count": a.Waiting}))
	}
	for _, b := range a.Breaks {
		lines = append(lines, t.broken(b))
	}
	return text.Join("\n", lines...)
}

// state says whether the provider gets new orders, and if not since when and by whose decision.
func (t turn) state(a Account, p Pause) text.Rich {
	switch {
	case a.Disabled:
		return t.Say.Say(text.DeskDisabled, nil)
	case !p.Paused:
		return t.Say.Say(text.DeskEnabled, nil)
	case p.Why == whyUnreadable:
		return t.Say.Say(text.DeskUnreadable, nil)
	case p.By == 0:
		return t.Say.Say(text.DeskStateSelf, text.Values{"Time": t.Say.Time(p.Since, t.Zone)})
	}
	return t.Say.Say(text.DeskState, text.Values{"Time": t.Say.Time(p.Since, t.Zone), "Name": p.Name})
}

// float says what is known of our float, and how old that is.
func (t turn) float(a Account) text.Rich {
	if a.FloatAt.IsZero() {
		key := text.DeskFloatNone
		if a.Mute {
			key = text.DeskFloatMute
		}
		return t.Say.Say(key, nil)
	}
	minutes := max(0, int(t.Now().Sub(a.FloatAt)/time.Minute))
	values := text.Values{"Balance": a.Float, "Count": minutes}
	if a.Mute {
		return t.Say.Say(text.DeskFloatOld, values)
	}
	return t.Say.Say(text.DeskFloat, values)
}

// broken says since when an operator's orders come to nothing, and what becomes of new ones.
func (t turn) broken(b Break) text.Rich {
	name := string(b.Operator)
	if o, ok := providers.FindOperator(b.Operator); ok {
		name = o.Name
	}
	if b.Trying || !b.Trial.After(t.Now()) {
		key := text.DeskBrokenDue
		if b.Trying {
			key = text.DeskBrokenTrying
		}
		return t.Say.Say(key, text.Values{"Operator": name, "Time": t.Say.Time(b.Since, t.Zone)})
	}
	return t.Say.Say(text.DeskBroken, text.Values{
		"Operator": name, "Time": t.Say.Time(b.Since, t.Zone), "Count": int((b.Trial.Sub(t.Now()) + time.Second - 1) / time.Second),
	})
}

// mostAtDesk is how many jobs are looked through to say how many wait for a person.
const mostAtDesk = 100

// atDesk says how many jobs wait for a person; nothing when none does.
func (t turn) atDesk() ([]text.Rich, error) {
	jobs, err := t.AtDesk(t.ctx, 0, mostAtDesk)
	switch n := len(jobs); {
	case err != nil:
		return nil, fmt.Errorf("list jobs at the desk: %w", err)
	case n == 0:
		return nil, nil
	case n == mostAtDesk:
		return []text.Rich{t.Say.Say(text.DeskReviewMany, text.Values{"Count": n})}, nil
	default:
		return []text.Rich{t.Say.Say(text.DeskReview, text.Values{"Count": n})}, nil
	}
}
