package review

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// page is how many cards are sent at a time: more at once would only hit the platform's pace.
const page = 5

// Actions of buttons that are no deeds.
const (
	actMore = "more" // ":" and the id of the last job shown
	actBack = "back" // in the question for the reason
)

// list sends a card for each job that waits, the oldest first.
func (t turn) list(after storage.JobID) (flows.Step, error) {
	jobs, err := t.Store.AtDesk(t.ctx, after, page+1)
	if err != nil {
		return flows.Step{}, fmt.Errorf("list jobs at the desk: %w", err)
	}
	if len(jobs) == 0 {
		return t.tell(text.ReviewNone, nil), nil
	}
	var step flows.Step
	for _, j := range jobs[:min(page, len(jobs))] {
		card, err := t.card(t.Say, t.Person, j)
		if err != nil {
			return flows.Step{}, err
		}
		step.Replies = append(step.Replies, card)
	}
	if len(jobs) > page {
		more := flows.Button{Label: t.Say.Text(text.ReviewButtonMore, nil), Action: fmt.Sprintf("%s:%d", actMore, jobs[page-1].ID)}
		step.Replies = append(step.Replies, flows.Message{Text: t.Say.Say(text.ReviewMore, nil), Rows: [][]flows.Button{{more}}})
	}
	if t.Action != "" && t.in.Message != 0 {
		step.Edits = []flows.Edit{{Chat: t.in.Chat, Message: t.in.Message, With: flows.Message{Text: t.Say.Say(text.ReviewMoreBelow, nil)}}}
	}
	return step, nil
}

// one shows one job by its code.
func (t turn) one(code string) (flows.Step, error) {
	id, ok := storage.ParseCode(code)
	if !ok {
		return t.tell(text.ReviewBadCode, nil), nil
	}
	j, err := t.job(id)
	if err != nil {
		return flows.Step{}, err
	}
	if j == nil {
		return t.tell(text.ReviewNoJob, text.Values{"Code": id.Code()}), nil
	}
	card, err := t.card(t.Say, t.Person, *j)
	if err != nil {
		return flows.Step{}, err
	}
	if takesBack(*j) && j.Verdict == nil && mayDecide(t.Person, *j) {
		w := reverse.words()
		card.Rows = [][]flows.Button{{{Label: t.Say.Text(w.button, nil), Tone: w.tone, Action: order{reverse, j.ID, seen(*j)}.action()}}}
		if t.needsTwo(*j) {
			card.Text = text.Join("\n\n", card.Text, t.Say.Say(text.ReviewTwo, text.Values{"Limit": t.FourEyesAbove[j.Amount.Currency]}))
		}
	}
	return flows.Step{Replies: []flows.Message{card}}, nil
}

// order is what a button of a card carries: what to do about which job, and what the card showed.
type order struct {
	Deed deed          `json:"deed"`
	Job  storage.JobID `json:"job"`
	Seen string        `json:"seen"`
}

func (o order) action() string { return fmt.Sprintf("%s:%d:%s", o.Deed, o.Job, o.Seen) }

// parseAction reads what a button carries.
func parseAction(action string) (o order, ok bool) {
	words := strings.Split(action, ":")
	if len(words) < 2 {
		return order{}, false
	}
	id, err := strconv.ParseUint(words[1], 10, 64)
	o = order{Deed: deed(words[0]), Job: storage.JobID(id)}
	if len(words) == 3 {
		o.Seen = words[2]
	}
	return o, err == nil
}

// seen tells apart what cards show: it changes with anything that people decide by, and not with a reminder.
func seen(j storage.Job) string {
	shown, err := json.Marshal([]any{j.State, j.Attempts, j.History, j.Verdict, j.Incidents})
	if err != nil {
		panic("review: a stored job does not encode: " + err.Error())
	}
	h := fnv.New64a()
	h.Write(shown) // never fails
	return strconv.FormatUint(h.Sum64(), 36)
}

// press answers a button of a card.
func (t turn) press() (flows.Step, error) {
	o, ok := parseAction(t.Action)
	if !ok {
		return t.tell(text.ReviewGone, nil), nil
	}
	if o.Deed == actMore {
		return t.list(o.Job)
	}
	j, err := t.job(o.Job)
	if err != nil {
		return flows.Step{}, err
	}
	if j == nil {
		return t.tell(text.ReviewGone, nil), nil
	}
	stop, err := t.hindered(*j, o)
	switch {
	case err != nil:
		return flows.Step{}, err
	case stop != nil && stop.stale:
		return t.redrawn(*j, stop.words)
	case stop != nil:
		return flows.Step{Answer: flows.Answer{Text: stop.words.String(), Alert: true}}, nil
	case o.Deed == ask:
		return t.askAgain(*j)
	}
	return t.openQuestion(*j, question{order: o, Card: t.in.Message, At: t.Now()})
}

// hindrance is why an order cannot be carried out.
type hindrance struct {
	words text.Rich
	stale bool // the card shows what is no more
}

// hindered says why the order cannot be carried out, nil when it can.
func (t turn) hindered(j storage.Job, o order) (*hindrance, error) {
	stop := func(stale bool, key text.Key, values text.Values) (*hindrance, error) {
		return &hindrance{words: t.Say.Say(key, values), stale: stale}, nil
	}
	code := text.Values{"Code": j.ID.Code()}
	word, err := t.standing(j)
	if err != nil {
		return nil, err
	}
	switch {
	case !mayDecide(t.Person, j):
		return stop(false, text.ReviewOwn, nil)
	case !offers(j, o.Deed):
		words, err := t.became(t.Say, j)
		return &hindrance{words: text.Join(" ", t.Say.Say(text.ReviewLate, code), words), stale: true}, err
	case o.Seen != seen(j):
		return stop(true, text.ReviewChanged, code)
	case word != nil && word.By == t.Person.ID && o.Deed.says(word, j):
		return t.alone(j)
	case t.Refused != nil:
		return stop(false, text.ReviewRefused, nil)
	}
	return nil, nil
}

// alone tells somebody whose word stands already that another person must agree.
func (t turn) alone(j storage.Job) (*hindrance, error) {
	others, err := t.others(j)
	if err != nil {
		return nil, err
	}
	key := text.ReviewSaidSo
	if len(others) == 0 {
		key = text.ReviewSaidSoAlone
	}
	return &hindrance{words: t.Say.Say(key, nil)}, nil
}

// others are the people beside this one who may decide about the job.
func (t turn) others(j storage.Job) ([]storage.Person, error) {
	people, err := t.Store.PeopleWhere(t.ctx, func(p storage.Person) bool { return p.ID != t.Person.ID && mayDecide(p, j) })
	if err != nil {
		return nil, fmt.Errorf("list admins: %w", err)
	}
	return people, nil
}

// redrawn brings the pressed card up to date and says why nothing was done.
func (t turn) redrawn(j storage.Job, why text.Rich) (flows.Step, error) {
	card, err := t.card(t.Say, t.Person, j)
	if err != nil {
		return flows.Step{}, err
	}
	return flows.Step{Edits: t.edit(t.in.Message, card), Answer: flows.Answer{Text: why.String(), Alert: true}}, nil
}

// edit puts m in the place of a message of this chat; nothing where the platform did not tell which.
func (t turn) edit(message int64, m flows.Message) []flows.Edit {
	if message == 0 {
		return nil
	}
	return []flows.Edit{{Chat: t.in.Chat, Message: message, With: m}}
}
