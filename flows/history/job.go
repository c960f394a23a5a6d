package history

import (
	"fmt"
	"strings"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// Bounds that keep one job in full below flows.MaxText.
const (
	maxSaid     = 120 // of one answer of a provider
	maxNote     = 60  // of one line of the timeline
	maxAttempts = 3   // the newest
	maxMoments  = 8   // the newest
)

// job shows one job in full.
func (v view) job(args string) (flows.Step, error) {
	if args == "" {
		return v.tell(text.HistoryAskCode, nil), nil
	}
	id, ok := storage.ParseCode(args)
	if !ok {
		return v.tell(text.HistoryBadCode, nil), nil
	}
	j, err := v.store.Job(v.ctx, id)
	if err != nil && !notFound(err) {
		return flows.Step{}, fmt.Errorf("read job: %w", err)
	}
	if err != nil || !v.maySee(j) {
		key := text.HistoryNoJob
		if v.Person.MayAdmin() {
			key = text.HistoryNoJobAdmin
		}
		return v.tell(key, text.Values{"Code": id.Code()}), nil
	}
	if j.Agent != v.Person.ID {
		j.Withdraw = "" // the button is the agent's own
	}
	m := flows.JobCard(v.Say, j)
	m.Text = text.Join("\n", m.Text, v.Say.Say(text.HistoryTimes, text.Values{
		"Created": v.Say.Time(j.Created, v.zone), "Changed": v.Say.Time(j.Changed, v.zone),
	}))
	if v.Person.MayAdmin() {
		details, err := v.details(j)
		if err != nil {
			return flows.Step{}, err
		}
		m.Text = text.Join("\n", m.Text, details)
	}
	return reply(m), nil
}

// details is what admins see beside the card.
func (v view) details(j storage.Job) (text.Rich, error) {
	agent, err := v.called(j.Agent)
	if err != nil {
		return nil, fmt.Errorf("read agent: %w", err)
	}
	parts := []text.Rich{v.Say.Say(text.HistoryAgent, text.Values{"Agent": agent, "Person": j.Agent})}
	if j.Provider != "" {
		parts = append(parts, v.Say.Say(text.HistoryChosen, text.Values{"Provider": j.Provider}))
	}
	if j.Reason != providers.ReasonNone {
		parts = append(parts, v.Say.Say(text.HistoryReason, text.Values{"Reason": j.Reason}))
	}
	for i := max(0, len(j.Attempts)-maxAttempts); i < len(j.Attempts); i++ {
		parts = append(parts, v.attempt(i+1, j.Attempts[i]))
	}
	return text.Join("\n", append(parts, v.timeline(j.History))...), nil
}

func (v view) attempt(number int, a storage.Attempt) text.Rich {
	parts := []text.Rich{v.Say.Say(text.HistoryAttempt, text.Values{
		"Number": number, "Provider": a.Provider, "Reference": a.Reference,
	})}
	if a.UpstreamID != "" {
		parts = append(parts, v.Say.Say(text.HistoryAttemptUpstream, text.Values{"ID": a.UpstreamID}))
	}
	if a.Closed.IsZero() {
		parts = append(parts, v.Say.Say(text.HistoryAttemptOpen, text.Values{"Opened": v.moment(a.Opened)}))
	} else {
		parts = append(parts, v.Say.Say(text.HistoryAttemptClosed, text.Values{
			"Opened": v.moment(a.Opened), "Closed": v.moment(a.Closed), "Proof": v.Say.Text(proofKey(a.Proof), nil),
		}))
	}
	if a.Enquiries > 0 {
		parts = append(parts, v.Say.Say(text.HistoryAttemptEnquiries, text.Values{
			"Count": a.Enquiries, "NotFound": a.NotFound,
		}))
	}
	if n := len(a.Evidence); n > 0 {
		parts = append(parts, v.evidence(a.Evidence[0]))
		if n > 1 {
			parts = append(parts, v.evidence(a.Evidence[n-1]))
		}
	}
	return text.Join("\n", parts...)
}

// evidence quotes what came over the wire, or says why nothing came.
func (v view) evidence(e providers.Evidence) text.Rich {
	said := e.Body
	if e.Err != "" {
		said = strings.TrimSpace(said + " " + e.Err)
	}
	head := v.Say.Say(text.HistoryEvidence, text.Values{"Call": e.Call, "Time": v.moment(e.At), "HTTP": e.HTTP})
	if e.HTTP == 0 {
		head = v.Say.Say(text.HistoryNoAnswer, text.Values{"Call": e.Call, "Time": v.moment(e.At)})
	}
	return text.Join("", head, text.Quoted(said).Clip(maxSaid))
}

func (v view) timeline(history []storage.Line) text.Rich {
	parts := []text.Rich{v.Say.Say(text.HistoryTimeline, nil)}
	for _, l := range history[max(0, len(history)-maxMoments):] {
		key, values := text.HistoryMoment, text.Values{"Time": v.moment(l.At), "State": l.To, "By": l.By}
		if l.Note != "" {
			key, values["Note"] = text.HistoryMomentNote, text.Quoted(l.Note).Clip(maxNote)
		}
		parts = append(parts, v.Say.Say(key, values))
	}
	return text.Join("\n", parts...)
}

// moment is a time to the second, for comparing with a provider's own list.
func (v view) moment(t time.Time) string { return t.In(v.zone).Format("02.01. 15:04:05") }

func proofKey(p storage.Proof) text.Key {
	switch p {
	case storage.ProofNotSent:
		return text.HistoryProofNotSent
	case storage.ProofRefused:
		return text.HistoryProofRefused
	case storage.ProofFailed:
		return text.HistoryProofFailed
	case storage.ProofPerson:
		return text.HistoryProofPerson
	}
	return text.HistoryProofDone
}
