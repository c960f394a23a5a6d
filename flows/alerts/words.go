package alerts

import (
	"encoding/json"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// words makes an alert's message.
func (w *Watch) words(f Float, a alert) flows.Message {
	values := text.Values{"Provider": f.Name, "Balance": a.balance, "Limit": f.Low}
	switch a.kind {
	case isCritical, stillCritical:
		values["Limit"] = f.Critical
	case isDown:
		values["Count"] = a.failures
	}
	return flows.Message{Text: w.c.Catalogue.In(w.c.Language).Say(a.kind.key(), values)}
}

// about is what a newer alert takes the place of: what was told of a provider's balance, or of whether it answers.
func (k kind) about() string {
	switch k {
	case isDown, stillDown, isRefused, stillRefused, isUp:
		return "reach"
	}
	return "balance"
}

func (k kind) key() text.Key {
	switch k {
	case isLow:
		return text.AlertsLow
	case stillLow:
		return text.AlertsStillLow
	case isCritical:
		return text.AlertsCritical
	case stillCritical:
		return text.AlertsStillCrit
	case recovered:
		return text.AlertsRecovered
	case isRefused:
		return text.AlertsDownRefused
	case stillRefused:
		return text.AlertsStillRefused
	case stillDown:
		return text.AlertsStillDown
	case isUp:
		return text.AlertsUp
	}
	return text.AlertsDown
}

// NeedsReview is what the group, or else each admin, is told about a job that waits for a person, as notices to
// be owed in the commit that makes it wait. It is dispatch's OpsNotices.
func (w *Watch) NeedsReview(job storage.Job, reminder bool) []storage.Notice {
	if reminder && !job.Restored.IsZero() {
		return w.stillRestored(job.Restored)
	}
	return w.toAll("review "+job.ID.String(), ReviewMessage(w.c.Catalogue.In(w.c.Language), job, reminder))
}

// Incident is what the group, or else each admin, is told about evidence against what is settled, as long as an
// incident is open, or about a success that was taken back. It is dispatch's OpsIncident.
func (w *Watch) Incident(job storage.Job, reminder bool) []storage.Notice {
	return w.toAll("incident "+job.ID.String(), IncidentMessage(w.c.Catalogue.In(w.c.Language), job, reminder))
}

// IncidentMessage tells a group about the job's oldest open incident; without one, that one person's word about a
// success waits for a second one, or that it is Reversed.
// The number is masked.
func IncidentMessage(say text.Printer, job storage.Job, reminder bool) flows.Message {
	var last storage.Attempt
	if n := len(job.Attempts); n > 0 {
		last = job.Attempts[n-1]
	}
	values := text.Values{
		"Code": "#" + string(job.ID.Code()), "Number": job.Account.Masked(), "Amount": job.Amount,
		"State": flows.StateWord(say, job.State), "Provider": last.Provider, "Reference": string(last.Reference),
	}
	i := job.OpenIncident()
	if i == nil && job.State == storage.Delivered && job.Verdict != nil {
		values["Said"] = flows.StateWord(say, job.Verdict.To)
		return flows.Message{Text: text.Join(" ", say.Say(text.AlertsIncidentAgain, values), say.Say(text.AlertsWordWaits, values))}
	}
	if i == nil {
		return flows.Message{Text: say.Say(text.AlertsReversed, values)}
	}
	values["Said"], values["Reference"], values["Provider"] = i.Said, string(i.Reference), ""
	values["Second"] = last.Provider
	for _, a := range job.Attempts {
		if a.Reference == i.Reference {
			values["Provider"] = a.Provider
		}
	}
	head := text.AlertsIncident
	if reminder {
		head = text.AlertsIncidentAgain
	}
	return flows.Message{Text: text.Join(" ", say.Say(head, values), say.Say(incidentMeans(job, *i, reminder), values))}
}

// incidentMeans says what was settled against the incident, and what shall be done.
func incidentMeans(job storage.Job, i storage.Incident, reminder bool) text.Key {
	open := job.OpenAttempt()
	switch {
	case job.State == storage.Delivered && i.Said != providers.Refused.String():
		return text.AlertsIncidentBoth
	case job.State.Terminal() && reminder:
		return text.AlertsIncidentToldAgain
	case job.State.Terminal():
		return text.AlertsIncidentTold
	case open != nil && open.Reference != i.Reference:
		return text.AlertsIncidentTwice
	case open != nil: // of the very attempt, which a person had asked about once more
		return text.AlertsIncidentOpen
	}
	return text.AlertsIncidentQueued
}

// toAll addresses a message that somebody must act on to the group, or where there is none to each admin.
func (w *Watch) toAll(about string, m flows.Message) (out []storage.Notice) {
	if w.c.OpsChat != 0 {
		return []storage.Notice{w.notice(about, m)}
	}
	if w.c.Admins == nil {
		return nil
	}
	for _, chat := range w.c.Admins() {
		n := w.notice(about, m)
		n.Chat, n.Topic, n.Person = chat, 0, storage.PersonID(chat)
		out = append(out, n)
	}
	return out
}

// ReviewMessage tells a group about a job that waits for a person. The number is masked.
func ReviewMessage(say text.Printer, job storage.Job, reminder bool) flows.Message {
	var a storage.Attempt
	if n := len(job.Attempts); n > 0 {
		a = job.Attempts[n-1]
	}
	key, sentence := text.AlertsReview, text.AlertsReviewUnknown
	if reminder {
		key = text.AlertsReviewAgain
	}
	switch {
	case job.Reason == providers.ReasonEcho:
		sentence = text.AlertsReviewEcho
	case a.UpstreamID != "":
		sentence = text.AlertsReviewAccepted
	}
	head := say.Say(key, text.Values{
		"Code":     "#" + string(job.ID.Code()),
		"Number":   job.Account.Masked(),
		"Amount":   job.Amount,
		"Provider": a.Provider,
	})
	body := say.Say(sentence, text.Values{"Reference": string(a.Reference), "UpstreamID": a.UpstreamID})
	return flows.Message{Text: append(append(head, text.Span{Text: "\n"}), body...)}
}

// Trouble is what the group is told when a provider answers an order with something that the owner should
// know of: our float is short there, our credentials are wrong, or the answer speaks of another order
// (providers/ecare.md). It is told at most once every RemindEvery for each provider and reason, since an
// order may come every minute; a restart forgets that. It is dispatch's OpsTrouble; none for other reasons,
// and none without a group.
func (w *Watch) Trouble(provider string, why providers.Reason) []storage.Notice {
	var key text.Key
	switch why {
	case providers.ReasonFloatShort:
		key = text.AlertsRefusedShort
	case providers.ReasonCredentials:
		key = text.AlertsDownRefused
	case providers.ReasonEcho:
		key = text.AlertsEcho
	default:
		return nil
	}
	if w.c.OpsChat == 0 || !w.due(provider+" "+string(why)) {
		return nil
	}
	say := w.c.Catalogue.In(w.c.Language)
	return []storage.Notice{w.notice("trouble "+provider+" "+string(why), flows.Message{Text: say.Say(key, text.Values{"Provider": provider})})}
}

// due reports whether what was named was not told within RemindEvery, and that it is told now.
func (w *Watch) due(what string) bool { return w.dueAfter(what, w.c.RemindEvery) }

// dueAfter is due with a time of its own.
func (w *Watch) dueAfter(what string, pause time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if last, told := w.troubles[what]; told && now.Sub(last) < pause {
		return false
	}
	w.troubles[what] = now
	return true
}

// Untold is what the group is told about a result, or the correction of one, that its agent cannot be told, because
// the platform refuses messages to that chat for good (SAFETY.md, I3); none for other notices.
func (w *Watch) Untold(n storage.Notice) []storage.Notice {
	say := w.c.Catalogue.In(w.c.Language)
	switch {
	case n.Kind == storage.NoticeMessage && n.Job != 0:
		return w.toAll("untold "+n.Job.String(), flows.Message{Text: say.Say(text.AlertsUntoldCorrection, text.Values{
			"Code": "#" + string(n.Job.Code()), "ID": int64(n.Person),
		})})
	case n.Kind != storage.NoticePush:
		return nil
	}
	return w.toAll("untold "+n.Job.String(), flows.Message{Text: say.Say(text.AlertsUntold, text.Values{
		"Code":  "#" + string(n.Job.Code()),
		"State": flows.StateWord(say, n.State),
		"ID":    int64(n.Person),
	})})
}

// notice addresses a message to the group. What it is about makes it take the place of an older one where it waits for
// an admin who cannot be reached (storage.Person.Missed).
func (w *Watch) notice(about string, m flows.Message) storage.Notice {
	body, err := json.Marshal(m)
	if err != nil {
		panic("alerts: a message of plain values does not encode: " + err.Error())
	}
	return storage.Notice{Chat: w.c.OpsChat, Topic: w.c.OpsTopic, Kind: storage.NoticeMessage, Alert: about, Body: body}
}
