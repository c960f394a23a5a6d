package history

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// story lists, a line each, what admins see beside the card: every attempt with every exchange that is kept,
// what people said, what contradicts it, and what happened when.
func (v view) story(j storage.Job, c cut) ([]text.Rich, error) {
	agent, err := v.called(j.Agent)
	if err != nil {
		return nil, fmt.Errorf("read agent: %w", err)
	}
	lines := []text.Rich{v.Say.Say(text.HistoryAgent, text.Values{"Agent": agent, "Person": j.Agent})}
	if j.Provider != "" {
		lines = append(lines, v.Say.Say(text.HistoryChosen, text.Values{"Provider": j.Provider}))
	}
	if j.Reason != providers.ReasonNone {
		lines = append(lines, v.Say.Say(text.HistoryReason, text.Values{"Reason": j.Reason}))
	}
	for i, a := range j.Attempts {
		lines = append(lines, v.attempt(i+1, a, c)...)
	}
	desk, err := v.desk(j, c)
	if err != nil {
		return nil, fmt.Errorf("read who decided: %w", err)
	}
	return append(append(lines, desk...), v.timeline(j.History, c)...), nil
}

func (v view) attempt(number int, a storage.Attempt, c cut) []text.Rich {
	lines := []text.Rich{v.Say.Say(text.HistoryAttempt, text.Values{
		"Number": number, "Provider": a.Provider, "Reference": a.Reference,
	})}
	if a.UpstreamID != "" {
		lines = append(lines, v.Say.Say(text.HistoryAttemptUpstream, text.Values{"ID": a.UpstreamID}))
	}
	if a.Closed.IsZero() {
		lines = append(lines, v.Say.Say(text.HistoryAttemptOpen, text.Values{"Opened": v.moment(a.Opened)}))
	} else {
		lines = append(lines, v.Say.Say(text.HistoryAttemptClosed, text.Values{
			"Opened": v.moment(a.Opened), "Closed": v.moment(a.Closed), "Proof": v.Say.Text(proofKey(a.Proof), nil),
		}))
	}
	if a.Enquiries > 0 {
		lines = append(lines, v.Say.Say(text.HistoryAttemptEnquiries, text.Values{
			"Count": a.Enquiries, "NotFound": a.NotFound,
		}))
	}
	if a.Before != nil {
		lines = append(lines, v.Say.Say(text.HistoryFloatBefore, text.Values{"Balance": a.Before.Balance, "Time": v.moment(a.Before.At)}))
	}
	if a.After != nil {
		lines = append(lines, v.Say.Say(text.HistoryFloatAfter, text.Values{"Balance": a.After.Balance, "Time": v.moment(a.After.At)}))
	}
	for _, e := range a.Evidence {
		lines = append(lines, v.evidence(e, c)...)
	}
	if len(a.Evidence) == storage.MaxEvidence {
		lines = append(lines, v.Say.Say(text.HistoryEvidenceFull, text.Values{"Max": storage.MaxEvidence}))
	}
	return lines
}

// evidence quotes what came over the wire, or says why nothing came, and how often the same came again.
func (v view) evidence(e providers.Evidence, c cut) []text.Rich {
	head := v.Say.Say(text.HistoryEvidence, text.Values{"Call": e.Call, "Time": v.moment(e.At), "HTTP": e.HTTP})
	if e.HTTP == 0 {
		head = v.Say.Say(text.HistoryNoAnswer, text.Values{"Call": e.Call, "Time": v.moment(e.At)})
	}
	lines := []text.Rich{text.Join("", head, quote(strings.TrimSpace(e.Body+" "+e.Err), c.said))}
	if e.Again > 0 {
		lines = append(lines, v.Say.Say(text.HistoryAgain, text.Values{"Times": e.Again + 1, "Until": v.moment(e.Newest())}))
	}
	return lines
}

// desk tells what waits for a second person, and what speaks against what was settled.
func (v view) desk(j storage.Job, c cut) (lines []text.Rich, err error) {
	if d := j.Verdict; d != nil {
		by, err := v.called(d.By)
		if err != nil {
			return nil, err
		}
		lines = append(lines, text.Join("", v.Say.Say(text.HistoryVerdict, text.Values{
			"Time": v.moment(d.At), "By": by, "Person": d.By, "State": flows.StateWord(v.Say, d.To),
		}), quote(d.Why, c.note)))
	}
	for _, i := range j.Incidents {
		lines = append(lines, v.Say.Say(text.HistoryIncident, text.Values{"Time": v.moment(i.At), "Reference": i.Reference, "Said": i.Said}))
		lines = append(lines, v.evidence(i.Evidence, c)...)
		if i.Settled.IsZero() {
			lines = append(lines, v.Say.Say(text.HistoryIncidentOpen, nil))
			continue
		}
		by, err := v.called(i.By)
		if err != nil {
			return nil, err
		}
		lines = append(lines, text.Join("", v.Say.Say(text.HistoryIncidentSettled, text.Values{
			"Time": v.moment(i.Settled), "By": by, "Person": i.By,
		}), quote(i.Why, c.note)))
	}
	if len(j.Incidents) == storage.MaxIncidents {
		lines = append(lines, v.Say.Say(text.HistoryIncidentsFull, text.Values{"Max": storage.MaxIncidents}))
	}
	return lines, nil
}

func (v view) timeline(history []storage.Line, c cut) []text.Rich {
	lines := []text.Rich{v.Say.Say(text.HistoryTimeline, nil)}
	for _, l := range history {
		key, values := text.HistoryMoment, text.Values{"Time": v.moment(l.At), "State": l.To, "By": cmp.Or(l.By, "–")}
		if l.Note != "" {
			key, values["Note"] = text.HistoryMomentNote, quote(l.Note, c.note)
		}
		lines = append(lines, v.Say.Say(key, values))
	}
	return lines
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
