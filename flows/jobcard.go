package flows

import (
	"slices"
	"strings"

	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// JobCard is a job's card: its code, exactly one state word, what it is for, and what the state means
// for the agent. Its buttons copy the serial or, while the job is Queued, cancel it: that one is the agent's
// own, and whoever shows the card to somebody else empties Withdraw first.
func JobCard(say text.Printer, job storage.Job) Message {
	m := jobMessage(say, text.JobCard, job, job.State)
	if button, ok := WithdrawButton(say, text.JobCancel, job); ok {
		m.Rows = append(m.Rows, []Button{button})
	}
	return m
}

// JobPush tells in a message of its own that the job has reached state, whatever it has become since.
func JobPush(say text.Printer, job storage.Job, state storage.State) Message {
	return jobMessage(say, text.JobPush, job, state)
}

func jobMessage(say text.Printer, frame text.Key, job storage.Job, state storage.State) Message {
	head := say.Say(frame, text.Values{
		"Code":   job.ID.Code(),
		"State":  StateWord(say, state),
		"Amount": job.Amount,
		"Number": job.Account.National(),
		"Line":   ServiceLine(job.Order),
	})
	m := Message{}
	var serial text.Rich
	if shown := ShownSerial(say, job); shown != "" && state == storage.Delivered {
		serial = say.Say(text.JobSerial, text.Values{"Serial": shown})
		m.Rows = [][]Button{{{Label: say.Text(text.JobCopySerial, nil), Copy: shown}}}
	}
	m.Text = text.Join("\n", head, serial, stateMeans(say, job, state))
	return m
}

// StateWord is the state as people see it. Whether a provider has an order or nobody knows is one word to them.
func StateWord(say text.Printer, s storage.State) string { return say.Text(stateKey(s), nil) }

func stateKey(s storage.State) text.Key {
	switch s {
	case storage.Queued:
		return text.StateQueued
	case storage.Sending:
		return text.StateSending
	case storage.Review:
		return text.StateUnderReview
	case storage.Delivered:
		return text.StateDelivered
	case storage.Failed:
		return text.StateFailed
	case storage.Cancelled:
		return text.StateCancelled
	case storage.Reversed:
		return text.StateReversed
	}
	return text.StateInProgress
}

// ServiceLine is operator and number type as people know them: "Grameenphone Prepaid", "Skitto".
func ServiceLine(o providers.Order) string {
	name := string(o.Operator)
	if op, ok := providers.FindOperator(o.Operator); ok {
		name = op.Name
	}
	if label := o.Type.Label(); label != name {
		return name + " " + label
	}
	return name
}

// MayHaveArrived reports whether the job was told as a failure, and an open incident says that it was none:
// a person has to find out, and meanwhile nobody can say that nothing was charged.
func MayHaveArrived(job storage.Job) bool {
	return (job.State == storage.Failed || job.State == storage.Cancelled) && !job.Corrected() && ArrivalInDoubt(job)
}

// ArrivalInDoubt reports whether an open incident speaks for an attempt of the job that came to nothing for us.
func ArrivalInDoubt(job storage.Job) bool {
	return slices.ContainsFunc(job.Incidents, func(i storage.Incident) bool {
		return i.Settled.IsZero() && i.Said != providers.Refused.String()
	})
}

// stateMeans is what the agent should know or do, nil when the state word says it all.
func stateMeans(say text.Printer, job storage.Job, state storage.State) text.Rich {
	if job.Corrected() && state == job.State {
		return say.Say(text.JobCorrected, nil)
	}
	if MayHaveArrived(job) && state == job.State {
		return say.Say(text.JobDoubted, nil)
	}
	switch state {
	case storage.Pending:
		return say.Say(text.JobWaits, nil)
	case storage.Unknown:
		return say.Say(text.JobUnknown, nil)
	case storage.Review:
		if !job.Restored.IsZero() {
			return say.Say(text.JobRestored, nil)
		}
		return say.Say(text.JobChecked, nil)
	case storage.Reversed:
		return say.Say(text.JobTakenBack, nil)
	case storage.Cancelled:
		return say.Say(whyCancelled(job), nil)
	case storage.Failed:
		return say.Say(whyFailed(job), nil)
	}
	return nil
}

// whyCancelled says who took the order back before it was sent.
func whyCancelled(job storage.Job) text.Key {
	switch by := endedBy(job); {
	case by == ByAgent:
		return text.JobWithdrawn
	case strings.HasPrefix(by, ByPerson):
		return text.JobWithdrawnAdmin
	case by == "":
		return text.JobWithdrawnSomehow
	}
	return text.JobWithdrawnAccess
}

// endedBy is who moved the job from the queue to its end; "" when it did not end so.
func endedBy(job storage.Job) string {
	if n := len(job.History); n > 0 {
		if l := job.History[n-1]; l.From == storage.Queued && (l.To == storage.Cancelled || l.To == storage.Failed) {
			return l.By
		}
	}
	return ""
}

// Who moves jobs, as storage writes it into Line.By. A person's id follows ByPerson. Everything else is the machine's own.
const (
	ByAgent  = "agent"
	ByPerson = "person "
)

// whyFailed chooses our own words; a provider's are never shown as ours.
func whyFailed(job storage.Job) text.Key {
	switch by := endedBy(job); { // after an attempt that came to nothing: else it would be cancelled
	case by == ByAgent:
		return text.JobWhyWithdrawn
	case strings.HasPrefix(by, ByPerson):
		return text.JobWhyWithdrawnAdmin
	}
	if n := len(job.Attempts); !job.Restored.IsZero() || n > 0 && job.Attempts[n-1].Proof == storage.ProofPerson {
		return text.JobWhyPerson
	}
	switch job.Reason {
	case providers.ReasonFloatShort:
		return text.JobWhyFloat
	case providers.ReasonRejected:
		return text.JobWhyRejected
	case providers.ReasonFailed:
		return text.JobWhyFailed
	case providers.ReasonCredentials:
		return text.JobWhyCredentials
	case providers.ReasonMaintenance:
		return text.JobWhyMaintenance
	case providers.ReasonUnsupported:
		return text.JobWhyUnsupported
	case providers.ReasonUnreachable:
		return text.JobWhyUnreachable
	}
	for _, a := range job.Attempts {
		if a.Proof != storage.ProofNotSent {
			return text.JobWhyOther
		}
	}
	return text.JobWhyLate
}

// ShownSerial is the job's serial when it looks like one. It comes from a provider: what is not a plain
// word of ASCII, or reads like a state, is not shown to agents.
func ShownSerial(say text.Printer, job storage.Job) string { return ShownID(say, job.Serial) }

// ShownID is ShownSerial of any id that a provider gave.
func ShownID(say text.Printer, s string) string {
	if s == "" || len(s) > maxSerial {
		return ""
	}
	for _, r := range s {
		if r <= ' ' || r > '~' {
			return ""
		}
	}
	for _, state := range storage.States() {
		if strings.Contains(strings.ToLower(s), strings.ToLower(StateWord(say, state))) {
			return ""
		}
	}
	return s
}

// maxSerial is far above the serials that networks give, and below what Telegram lets a button copy (256).
const maxSerial = 64
