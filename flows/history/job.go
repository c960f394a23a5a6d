package history

import (
	"fmt"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// exampleCode is what an order's code looks like.
const exampleCode = "7K3M9Q"

// job shows one job in full: to its agent the card and its times, to admins the whole story.
func (v view) job(in flows.Input) (flows.Step, error) {
	if in.Args == "" && !in.Asked {
		return v.ask(text.HistoryAskCode, nil, exampleCode), nil
	}
	id, ok := storage.ParseCode(in.Args)
	if !ok {
		return v.ask(text.HistoryBadCode, nil, exampleCode), nil
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
	if !v.Person.MayAdmin() {
		return reply(m), nil
	}
	pages, err := v.pages(j, m.Text)
	if err != nil {
		return flows.Step{}, err
	}
	step := flows.Step{Keep: true}
	for i, page := range pages {
		out := flows.Message{Text: page}
		if i == 0 {
			out.Rows = m.Rows
		}
		step.Replies = append(step.Replies, out)
	}
	return step, nil
}
