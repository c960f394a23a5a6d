package review

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// move is the move that every decision begins with. The store knows whether the job is due any more.
func (t turn) move(j storage.Job, to storage.State) storage.Move {
	return storage.Move{Now: t.Now(), Job: j.ID, Version: j.Version, To: to, Due: j.Due}
}

// askAgain gives the job back to dispatch, which asks at once.
func (t turn) askAgain(j storage.Job) (flows.Step, error) {
	if !t.Askable(j) {
		return t.tell(text.ReviewCannotAsk, nil), nil
	}
	name, err := t.called(t.Person.ID)
	if err != nil {
		return flows.Step{}, err
	}
	m := t.move(j, storage.Unknown)
	m.Due, m.Note, m.Reason = m.Now, "asked again by "+name, j.Reason
	step, err := t.done(t.after(j, m), m, ask, reason{})
	step.Edits = t.edit(t.in.Message, *step.Screen)
	step.Screen, step.Close = nil, false
	step.Answer = flows.Answer{Text: t.Say.Text(text.ReviewDoneAsked, text.Values{"Code": j.ID.Code()})}
	return step, err
}

// decide carries out what was asked about and is now explained.
func (t turn) decide(j storage.Job, q question, r reason) (flows.Step, error) {
	_, four := q.Deed.verdict(j)
	four = four && t.needsTwo(j)
	word, err := t.standing(j)
	switch {
	case err != nil:
		return flows.Step{}, err
	case word != nil && (word.By == t.Person.ID || !q.Deed.says(word, j)):
		word = nil
	}
	if four && word == nil {
		return t.firstOfTwo(j, q, r)
	}
	if r, err = t.together(r, word); err != nil {
		return flows.Step{}, err
	}
	m := t.settle(j, q.Deed, r)
	if to := q.Deed.state(); to != "" {
		m = t.final(j, to, r)
	}
	after := t.after(j, m)
	step, err := t.done(after, m, q.Deed, r)
	if err != nil {
		return flows.Step{}, err
	}
	step.FourEyes = four
	card, err := t.card(t.Say, t.Person, after)
	if err != nil {
		return flows.Step{}, err
	}
	step.Edits = t.edit(q.Card, card)
	if q.Deed == arrived && correctable(j) {
		told, err := t.correction(j)
		step.Send = append(step.Send, told)
		return step, err
	}
	return step, nil
}

// together is a reason with the words of the first person, who has said the same, behind those of the second.
func (t turn) together(r reason, first *storage.Verdict) (reason, error) {
	if first == nil {
		return r, nil
	}
	name, err := t.called(first.By)
	r.why = fmt.Sprintf("%s (%s, person %d: %s)", r.why, name, first.By, first.Why)
	r.serial = cmp.Or(r.serial, first.Serial)
	return r, err
}

// final is the move by which a person ends a job in Review.
func (t turn) final(j storage.Job, to storage.State, r reason) storage.Move {
	m := t.move(j, to)
	m.Close, m.Note, m.Serial, m.Due = storage.ProofPerson, r.why, r.serial, time.Time{}
	if to == storage.Failed {
		m.Reason = j.Reason
	}
	return m
}

// settle is the move by which a person settles an incident, takes a success back without one, or says that there
// is nothing to another's word.
func (t turn) settle(j storage.Job, d deed, r reason) storage.Move {
	m := t.move(j, j.State)
	if j.OpenIncident() != nil || d == nothing {
		m.Settle = &storage.Settle{By: t.Person.ID, Why: r.why, Upheld: d != nothing}
	}
	if d == reverse {
		m.To, m.Note, m.Reason = storage.Reversed, r.why, providers.ReasonRefunded
	}
	if d == arrived && correctable(j) {
		m.Notices = []storage.Notice{{Chat: j.Chat, Person: j.Agent, Kind: storage.NoticeCard, Job: j.ID, State: j.State, Created: m.Now}}
	}
	return m
}

// after is the job as the move leaves it, as far as cards show it.
func (t turn) after(j storage.Job, m storage.Move) storage.Job {
	j.Incidents = slices.Clone(j.Incidents)
	if i := j.OpenIncident(); m.Settle != nil && i != nil {
		i.Settled, i.By, i.Why, i.Upheld = m.Now, m.Settle.By, m.Settle.Why, m.Settle.Upheld
	}
	if m.Verdict != nil || m.Settle != nil {
		j.Verdict = m.Verdict
	}
	if m.Serial != "" {
		j.Serial = m.Serial
	}
	j.Version++
	if m.To == j.State {
		return j
	}
	j.Attempts = slices.Clone(j.Attempts)
	if a := j.OpenAttempt(); m.Close != storage.ProofNone && a != nil {
		a.Closed, a.Proof = m.Now, m.Close
	}
	by := fmt.Sprintf("person %d", t.Person.ID)
	j.History = append(slices.Clone(j.History), storage.Line{At: m.Now, From: j.State, To: m.To, By: by, Note: m.Note})
	j.State, j.Changed, j.Verdict = m.To, m.Now, nil
	return j
}

// done is the step of a decision: the move, the end of the question, a line for the audit log and one for the group.
func (t turn) done(after storage.Job, m storage.Move, d deed, r reason) (flows.Step, error) {
	step := flows.Step{
		Close: true, Job: &m,
		Screen: &flows.Message{Text: t.Say.Say(d.words().done, text.Values{"Code": after.ID.Code()})},
		Audit:  []string{fmt.Sprintf("%s: %s: %s", after.ID, d, r.why)},
	}
	if d == ask {
		step.Audit = []string{fmt.Sprintf("%s: asked again", after.ID)}
		became, err := t.evidence(t.Say, after)
		if err != nil {
			return step, err
		}
		step.Screen = &became
	}
	line, err := t.group(after, d.words().ops)
	step.Send = line
	return step, err
}

// group is the one line that the operations group reads of a decision; the reason may hold a number and stays out.
func (t turn) group(j storage.Job, what text.Key) ([]flows.Outgoing, error) {
	if t.OpsChat == 0 {
		return nil, nil
	}
	name, err := t.called(t.Person.ID)
	say := t.Speak(t.Language)
	return []flows.Outgoing{{Chat: t.OpsChat, Topic: t.OpsTopic, With: flows.Message{Text: say.Say(text.ReviewOps, text.Values{
		"Code": j.ID.Code(), "Number": j.Account.Masked(), "Amount": j.Amount, "What": say.Text(what, nil), "Name": name,
	})}}}, err
}

// firstOfTwo stores one person's word and shows it to those who may agree.
func (t turn) firstOfTwo(j storage.Job, q question, r reason) (flows.Step, error) {
	m := t.move(j, j.State)
	word, _ := q.Deed.verdict(j)
	word.By, word.Why, word.Serial, word.At = t.Person.ID, r.why, r.serial, m.Now
	m.Verdict = &word
	after := t.after(j, m)
	line, err := t.group(after, q.Deed.words().says)
	if err != nil {
		return flows.Step{}, err
	}
	others, err := t.others(j)
	if err != nil {
		return flows.Step{}, err
	}
	said := text.ReviewWaitsForSecond
	if len(others) == 0 {
		said = text.ReviewWaitsAlone
	}
	step := flows.Step{
		Close: true, Job: &m, Send: line,
		Screen: &flows.Message{Text: t.Say.Say(said, text.Values{"Code": j.ID.Code()})},
		Audit:  []string{fmt.Sprintf("%s: says %s, a second person must agree: %s", j.ID, q.Deed, r.why)},
	}
	for _, p := range others {
		card, err := t.card(t.speaks(p), p, after)
		if err != nil {
			return flows.Step{}, err
		}
		step.Send = append(step.Send, flows.Outgoing{Chat: privateChat(p), Person: p.ID, With: card})
	}
	card, err := t.evidence(t.Say, after)
	step.Edits = t.edit(q.Card, card)
	return step, err
}

// privateChat is where the person is written to; a private chat has the person's id.
func privateChat(p storage.Person) storage.ChatID {
	if p.Chat != 0 {
		return p.Chat
	}
	return storage.ChatID(p.ID)
}
