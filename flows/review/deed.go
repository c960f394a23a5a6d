package review

import (
	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// deed is what a person can do about a job at the desk.
type deed string

const (
	deliver deed = "deliver" // Review: it was delivered
	fail    deed = "fail"    // Review: no money moved
	ask     deed = "ask"     // Review: ask the provider once more
	arrived deed = "arrived" // incident: the provider is right, it was delivered
	reverse deed = "reverse" // the provider took a success back: it says so in an incident, or an admin has read it elsewhere
	nothing deed = "nothing" // incident: what is settled is right
)

// state is what a decision about a job in Review makes of it.
func (d deed) state() storage.State {
	switch d {
	case deliver:
		return storage.Delivered
	case fail:
		return storage.Failed
	case ask:
		return storage.Unknown
	}
	return ""
}

// verdict is what the deed is as one person's word, where two must say the same; false for what one person may
// always do, since it moves no money and tells the agent nothing.
func (d deed) verdict(j storage.Job) (storage.Verdict, bool) {
	switch d {
	case deliver, fail:
		return storage.Verdict{To: d.state()}, true
	case arrived:
		return storage.Verdict{To: storage.Delivered, Incident: true}, true
	case reverse:
		return storage.Verdict{To: storage.Reversed, Incident: j.OpenIncident() != nil}, true
	}
	return storage.Verdict{}, false
}

// says reports whether the word is the one that the deed would be.
func (d deed) says(v *storage.Verdict, j storage.Job) bool {
	own, ok := d.verdict(j)
	return ok && v != nil && own.To == v.To && own.Incident == v.Incident
}

// deeds lists what can be done about the job now.
func deeds(j storage.Job) []deed {
	var out []deed
	if j.State == storage.Review {
		out = append(out, deliver, fail, ask)
	}
	i := j.OpenIncident()
	if i == nil && j.State == storage.Delivered && j.Verdict != nil {
		return append(out, reverse, nothing)
	}
	if i == nil || j.State == storage.Queued || j.State == storage.Sending { // dispatch is at it
		return out
	}
	switch {
	case i.Said == "refused" && j.State == storage.Delivered && paidBy(j, *i):
		out = append(out, reverse)
	case i.Said != "refused":
		out = append(out, arrived)
	}
	return append(out, nothing)
}

// takesBack reports whether the job is one that an admin may mark reversed without the provider's word.
func takesBack(j storage.Job) bool { return j.State == storage.Delivered && j.OpenIncident() == nil }

// paidBy reports whether the incident is about the attempt by which the job was delivered.
func paidBy(j storage.Job, i storage.Incident) bool {
	n := len(j.Attempts)
	return n > 0 && j.Attempts[n-1].Reference == i.Reference
}

// offers reports whether the deed can be done now.
func offers(j storage.Job, d deed) bool {
	if d == reverse && takesBack(j) {
		return true
	}
	for _, one := range deeds(j) {
		if one == d {
			return true
		}
	}
	return false
}

// words are the sentences of a deed.
type words struct {
	button   text.Key
	tone     flows.Tone
	question text.Key // Code
	hint     text.Key
	done     text.Key // Code
	ops      text.Key
	says     text.Key // to the group, of the first of two
}

func (d deed) words() words {
	switch d {
	case deliver:
		return words{text.ReviewButtonDelivered, flows.Good, text.ReviewQuestionDelivered, text.ReviewHintDelivered, text.ReviewDoneDelivered, text.ReviewOpsDelivered, text.ReviewOpsSaysDelivered}
	case fail:
		return words{text.ReviewButtonFailed, flows.Danger, text.ReviewQuestionFailed, text.ReviewHintFailed, text.ReviewDoneFailed, text.ReviewOpsFailed, text.ReviewOpsSaysFailed}
	case ask:
		return words{button: text.ReviewButtonAsk, done: text.ReviewDoneAsked, ops: text.ReviewOpsAsked}
	case arrived:
		return words{text.ReviewButtonArrived, flows.Good, text.ReviewQuestionArrived, text.ReviewHintArrived, text.ReviewDoneArrived, text.ReviewOpsArrived, text.ReviewOpsSaysArrived}
	case reverse:
		return words{text.ReviewButtonReversed, flows.Danger, text.ReviewQuestionReversed, text.ReviewHintReversed, text.ReviewDoneReversed, text.ReviewOpsReversed, text.ReviewOpsSaysReversed}
	}
	return words{
		button: text.ReviewButtonNothing, question: text.ReviewQuestionNothing, hint: text.ReviewHintNothing,
		done: text.ReviewDoneNothing, ops: text.ReviewOpsNothing,
	}
}
