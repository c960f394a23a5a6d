package review

import (
	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// incident tells what was settled, what the provider says now, and what the attempt was.
func (t turn) incident(say text.Printer, j storage.Job, i storage.Incident) []text.Rich {
	stands := say.Say(text.ReviewStands, text.Values{"State": flows.StateWord(say, j.State)})
	if j.State.Terminal() {
		stands = say.Say(text.ReviewTold, text.Values{"State": flows.StateWord(say, j.State), "Time": say.Time(j.Changed, t.Zone)})
	}
	var a storage.Attempt
	for _, one := range j.Attempts {
		if one.Reference == i.Reference {
			a = one
		}
	}
	now := say.Say(text.ReviewSaysNow, text.Values{
		"Provider": clip(a.Provider, maxName), "Said": clip(i.Said, maxName), "Time": t.moment(i.At),
	})
	parts := []text.Rich{text.Join("\n", stands, now, t.answer(say, i.Evidence))}
	if j.State == storage.Review && a.Closed.IsZero() {
		return parts // the attempt stands above
	}
	if !a.Closed.IsZero() {
		parts = append(parts, say.Say(text.ReviewHadEnded, text.Values{"Proof": proof(say, a.Proof)}))
	}
	if j.State == storage.Review {
		return parts // two attempts in full would not fit
	}
	if i.Said != "refused" && j.State == storage.Delivered && !paidBy(j, i) {
		parts = append(parts, say.Say(text.ReviewTwice, text.Values{"Provider": clip(a.Provider, maxName)}))
	}
	parts = append(parts, t.attempt(say, a), earlier(say, j, i.Reference))
	if len(deeds(j)) == 0 {
		parts = append(parts, say.Say(text.ReviewUnderWay, nil))
	}
	return parts
}

// lastSettled is the incident that was settled last.
func lastSettled(j storage.Job) (last storage.Incident, ok bool) {
	for _, i := range j.Incidents {
		if !i.Settled.IsZero() && !i.Settled.Before(last.Settled) {
			last, ok = i, true
		}
	}
	return last, ok
}

// settledBy says who settled an incident, how, and why.
func (t turn) settledBy(say text.Printer, i storage.Incident) (text.Rich, error) {
	name, err := t.called(i.By)
	if err != nil {
		return nil, err
	}
	key := text.ReviewSettledNothing
	if i.Upheld {
		key = text.ReviewSettledArrived
	}
	head := say.Say(key, text.Values{"Name": name, "Time": say.Time(i.Settled, t.Zone)})
	return text.Join("", head, text.Quoted(i.Why).Clip(maxReason)), nil
}

// correctable reports whether the agent was told that nothing was charged.
func correctable(j storage.Job) bool {
	return j.State == storage.Failed || j.State == storage.Cancelled
}

// correction tells the agent, in his language, that what he was told as a failure was delivered.
func (t turn) correction(j storage.Job) (flows.Outgoing, error) {
	agent, err := t.person(j.Agent)
	say := t.speaks(agent)
	return flows.Outgoing{Chat: j.Chat, Person: j.Agent, Job: j.ID, With: flows.Message{Text: say.Say(text.ReviewCorrection, text.Values{
		"Code": j.ID.Code(), "Amount": j.Amount, "Number": j.Account.National(), "Line": flows.ServiceLine(j.Order),
	})}}, err
}
