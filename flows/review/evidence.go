package review

import (
	"slices"
	"strings"
	"time"

	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

const (
	maxAnswers = 3 // to enquiries, the newest
	maxEarlier = 2 // attempts beside the one that it is about
)

// attempt tells what was sent, what came back, and what each enquiry said. A provider's words are quoted.
func (t turn) attempt(say text.Printer, a storage.Attempt) text.Rich {
	lines := []text.Rich{say.Say(text.ReviewSent, text.Values{
		"Time": t.moment(a.Opened), "Provider": clip(a.Provider, maxName), "Reference": clip(string(a.Reference), maxName),
	})}
	enquiries := a.Evidence
	if len(enquiries) > 0 && enquiries[0].Call == "recharge" {
		lines = append(lines, t.answer(say, enquiries[0]))
		enquiries = enquiries[1:]
	} else {
		lines = append(lines, say.Say(text.ReviewNoRecord, nil))
	}
	if a.UpstreamID != "" {
		lines = append(lines, say.Say(text.ReviewUpstream, text.Values{"ID": clip(a.UpstreamID, maxName)}))
	}
	return text.Join("\n\n", text.Join("\n", lines...), t.enquiries(say, a, enquiries), t.float(say, a))
}

// answer is what came back at one time, or many times the same.
func (t turn) answer(say text.Printer, e providers.Evidence) text.Rich {
	head := say.Say(text.ReviewAnswer, text.Values{"Time": t.moment(e.At), "HTTP": e.HTTP})
	if e.HTTP == 0 {
		head = say.Say(text.ReviewNoAnswer, text.Values{"Time": t.moment(e.At)})
	}
	said := text.Quoted(strings.TrimSpace(e.Body + " " + e.Err)).Clip(maxSaid)
	if len(said) == 0 {
		said = say.Say(text.ReviewEmpty, nil)
	}
	line := text.Join("", head, said)
	if e.Again > 0 {
		same := say.Say(text.ReviewSame, text.Values{"Count": e.Again, "Time": t.moment(e.Newest())})
		line = text.Join(" ", line, same)
	}
	return line
}

// enquiries tells how often the provider was asked, and what it said last.
func (t turn) enquiries(say text.Printer, a storage.Attempt, answers []providers.Evidence) text.Rich {
	if a.Enquiries == 0 && len(answers) == 0 {
		return say.Say(text.ReviewNeverAsked, nil)
	}
	kept := 0
	for _, e := range answers {
		kept += 1 + e.Again
	}
	lines := []text.Rich{say.Say(text.ReviewAsked, text.Values{"Count": max(a.Enquiries, kept)})} // what a postback caused is not counted
	if a.NotFound > 0 {
		lines = append(lines, say.Say(text.ReviewNotFound, text.Values{"Count": a.NotFound}))
	}
	for _, e := range answers[max(0, len(answers)-maxAnswers):] {
		lines = append(lines, t.answer(say, e))
	}
	return text.Join("\n", lines...)
}

// readSince is our float as it was read last after the answer to the send, nil when it was not: an older reading
// would say that no money moved.
func (t turn) readSince(a storage.Attempt) *storage.Reading {
	answered, after := a.Opened, a.After
	if len(a.Evidence) > 0 {
		answered = a.Evidence[0].At
	}
	if left, at, known := t.Float(a.Provider); known && a.Closed.IsZero() && (after == nil || at.After(after.At)) {
		after = &storage.Reading{Balance: left, At: at}
	}
	if after == nil || !after.At.After(answered) {
		return nil
	}
	return after
}

// float is our float before the send and after it: a hint for people, never a proof.
func (t turn) float(say text.Printer, a storage.Attempt) text.Rich {
	a.After = t.readSince(a)
	var lines []text.Rich
	if a.Before != nil {
		lines = append(lines, say.Say(text.ReviewFloatBefore, text.Values{"Balance": a.Before.Balance, "Time": t.moment(a.Before.At)}))
	}
	if a.After != nil {
		lines = append(lines, say.Say(text.ReviewFloatAfter, text.Values{"Balance": a.After.Balance, "Time": t.moment(a.After.At)}))
	}
	if a.Before != nil && a.After != nil && a.Before.Balance.Currency == a.After.Balance.Currency {
		switch before, after := a.Before.Balance, a.After.Balance; {
		case after.Less(before):
			lines = append(lines, say.Say(text.ReviewFloatLess, text.Values{"Amount": before.Sub(after)}))
		case before.Less(after):
			lines = append(lines, say.Say(text.ReviewFloatMore, text.Values{"Amount": after.Sub(before)}))
		default:
			lines = append(lines, say.Say(text.ReviewFloatSame, nil))
		}
	}
	switch {
	case len(lines) == 0:
		return nil
	case a.After == nil:
		return text.Join("\n", append(lines, say.Say(text.ReviewFloatUnread, nil))...)
	}
	return text.Join("\n", append(lines, say.Say(text.ReviewFloatHint, nil))...)
}

// restored says of a job out of a copy of what time that is, and that what is on record may not be all.
func restored(say text.Printer, j storage.Job, zone *time.Location) text.Rich {
	if j.Restored.IsZero() {
		return nil
	}
	lines := []text.Rich{say.Say(text.ReviewRestored, text.Values{"Time": say.Time(j.Restored, zone)})}
	if j.OpenAttempt() == nil {
		lines = append(lines, say.Say(text.ReviewRestoredUnsent, nil))
	}
	return text.Join(" ", lines...)
}

// earlier names the other attempts and the proofs that closed them.
func earlier(say text.Printer, j storage.Job, but providers.Reference) text.Rich {
	others := slices.DeleteFunc(slices.Clone(j.Attempts), func(a storage.Attempt) bool { return a.Reference == but || a.Closed.IsZero() })
	var lines []text.Rich
	for _, a := range others[max(0, len(others)-maxEarlier):] {
		lines = append(lines, say.Say(text.ReviewEarlier, text.Values{
			"Provider": clip(a.Provider, maxName), "Reference": clip(string(a.Reference), maxName), "Proof": proof(say, a.Proof),
		}))
	}
	return text.Join("\n", lines...)
}

// proof is why an attempt was closed.
func proof(say text.Printer, p storage.Proof) string {
	switch p {
	case storage.ProofNotSent:
		return say.Text(text.HistoryProofNotSent, nil)
	case storage.ProofRefused:
		return say.Text(text.HistoryProofRefused, nil)
	case storage.ProofFailed:
		return say.Text(text.HistoryProofFailed, nil)
	case storage.ProofPerson:
		return say.Text(text.HistoryProofPerson, nil)
	}
	return say.Text(text.HistoryProofDone, nil)
}
