package recharge

import (
	"fmt"
	"slices"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// Bounds of the search for the job of a pressed Cancel: the agent's newest jobs, a page at a time.
const (
	withdrawPage  = 50
	withdrawDepth = 20 * withdrawPage
)

// withdraw takes a queued order back. The commit decides: when dispatch began to send it in between, the step
// is taken again and tells so. Nothing but a queued job is ever changed here.
func (t turn) withdraw() (flows.Step, error) {
	j, found, err := t.withdrawn()
	if err != nil {
		return flows.Step{}, err
	}
	code := text.Values{"Code": j.ID.Code()}
	switch {
	case !found:
		return t.tell(t.Say.Say(text.RechargeWithdrawLost, nil)), nil
	case j.State.Terminal():
		return t.tell(t.Say.Say(text.RechargeWithdrawEnded, text.Values{"Code": j.ID.Code(), "State": flows.StateWord(t.Say, j.State)})), nil
	case j.State != storage.Queued:
		return t.tell(t.Say.Say(text.RechargeWithdrawSent, code)), nil
	case t.Refused != nil:
		return t.tell(t.Say.Say(text.RechargeWithdrawBusy, code)), nil
	}
	done := text.RechargeWithdrawn
	if flows.ArrivalInDoubt(j) {
		done = text.RechargeWithdrawnDoubted
	}
	return flows.Step{
		Job: &storage.Move{
			Now: t.Now(), Job: j.ID, Version: j.Version, To: withdrawnTo(j), Reason: j.Reason, Note: "the agent cancelled it",
		},
		Answer: flows.Answer{Text: t.Say.Text(done, code)},
	}, nil
}

// withdrawn finds the job whose button was pressed.
func (t turn) withdrawn() (storage.Job, bool, error) {
	before := storage.JobID(0)
	for seen := 0; seen < withdrawDepth && t.in.Press != ""; seen += withdrawPage {
		page, err := t.Jobs.JobsOfAgent(t.ctx, t.Person.ID, before, withdrawPage)
		if err != nil {
			return storage.Job{}, false, fmt.Errorf("read the agent's jobs: %w", err)
		}
		if i := slices.IndexFunc(page, func(j storage.Job) bool { return j.Withdraw == t.in.Press }); i >= 0 {
			return page[i], true, nil
		}
		if len(page) < withdrawPage {
			break
		}
		before = page[len(page)-1].ID
	}
	return storage.Job{}, false, nil
}

// withdrawnTo is what a withdrawn job becomes: Cancelled means that nothing was ever sent (SAFETY.md, section 4).
func withdrawnTo(j storage.Job) storage.State {
	if slices.ContainsFunc(j.Attempts, func(a storage.Attempt) bool { return a.Proof != storage.ProofNotSent }) {
		return storage.Failed
	}
	return storage.Cancelled
}
