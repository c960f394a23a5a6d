package flows

import (
	"context"
	"fmt"

	"rechargebot/flows/text"
	"rechargebot/storage"
)

// Bounds of what /cancel looks through and offers.
const (
	queuedDepth = 50 // of an agent's newest jobs
	queuedShown = 5
)

// WithdrawButton is the button with which its agent cancels the job, wherever it is shown; false when there
// is none, which is so unless the job is Queued. It is single-use, and nobody else's press of it counts.
func WithdrawButton(say text.Printer, label text.Key, job storage.Job) (Button, bool) {
	if job.State != storage.Queued || job.Withdraw == "" {
		return Button{}, false
	}
	return Button{Label: say.Text(label, text.Values{"Code": job.ID.Code()}), Tone: Danger, Token: job.Withdraw}, true
}

// stillQueued answers /cancel while no dialogue is open: it names the person's orders that were not sent yet, each
// with its button, the newest first.
func (h house) stillQueued(ctx context.Context, v visit) (Step, error) {
	nothing := v.tell(text.EngineNothingOpen, nil)
	if !v.person.MayOrder() {
		return nothing, nil
	}
	jobs, err := h.engine.store.JobsOfAgent(ctx, v.person.ID, 0, queuedDepth)
	if err != nil {
		return Step{}, fmt.Errorf("read the agent's jobs: %w", err)
	}
	var m Message
	lines, more := []text.Rich{v.say.Say(text.JobStoppable, nil)}, 0
	for _, j := range jobs {
		button, ok := WithdrawButton(v.say, text.JobCancelCode, j)
		switch {
		case !ok, v.now.Sub(j.Created) >= ButtonLife: // its button is not alive any more
		case len(m.Rows) == queuedShown:
			more++
		default:
			lines = append(lines, v.say.Say(text.JobStoppableLine, text.Values{
				"Code": j.ID.Code(), "Amount": j.Amount, "Number": j.Account.National(),
			}))
			m.Rows = append(m.Rows, []Button{button})
		}
	}
	if len(m.Rows) == 0 {
		return nothing, nil
	}
	if more > 0 {
		lines = append(lines, v.say.Say(text.JobStoppableMore, text.Values{"Count": more}))
	}
	m.Text = text.Join("\n", lines...)
	return Step{Replies: []Message{m}}, nil
}
