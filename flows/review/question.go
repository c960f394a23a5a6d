package review

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

const (
	minReason = 3 // characters
	maxReason = 300
	maxTyped  = 30 // of what was typed and is wrong, in the sentence that says so

	// QuestionLife is how long a question for the reason is answered by what is typed: what somebody types
	// hours later is meant for something else.
	QuestionLife = 30 * time.Minute
)

// question is the dialogue in which the reason for a decision is typed.
type question struct {
	order
	Card int64     `json:"card"` // the message whose button was pressed; 0 = not known
	At   time.Time `json:"at"`
}

// openQuestion asks for the reason. The buttons of the card are used up, and leave it.
func (t turn) openQuestion(j storage.Job, q question) (flows.Step, error) {
	step, err := t.ask(j, q, nil)
	if err != nil {
		return flows.Step{}, err
	}
	card, err := t.evidence(t.Say, j)
	step.Edits = t.edit(q.Card, card)
	return step, err
}

// ask is the question's screen; a problem is said before the question.
func (t turn) ask(j storage.Job, q question, problem text.Rich) (flows.Step, error) {
	state, err := json.Marshal(q)
	if err != nil {
		return flows.Step{}, fmt.Errorf("write dialogue: %w", err)
	}
	w := q.Deed.words()
	switch {
	case q.Deed == arrived && j.State == storage.Reversed:
		w.hint = text.ReviewHintNotedReversed
	case q.Deed == arrived && !correctable(j):
		w.hint = text.ReviewHintNoted
	}
	lines := []text.Rich{
		t.Say.Say(w.question, text.Values{"Code": j.ID.Code()}),
		t.Say.Say(text.ReviewOrder, text.Values{"Amount": j.Amount, "Number": j.Account.National(), "Line": flows.ServiceLine(j.Order)}),
	}
	back := flows.Button{Label: t.Say.Text(text.ReviewButtonBack, nil), Action: actBack}
	return flows.Step{State: state, Screen: &flows.Message{
		Text: text.Join("\n\n", text.Join("\n", lines...), t.Say.Say(w.hint, nil), problem, t.Say.Say(text.ReviewAskReason, nil)),
		Rows: [][]flows.Button{{back}},
	}}, nil
}

// dialogue answers what happens while a question is open: the reason, Back, or a stale button.
func (t turn) dialogue() (flows.Step, error) {
	var q question
	if t.State == nil || json.Unmarshal(t.State, &q) != nil {
		step := t.tell(text.ReviewGone, nil)
		step.Close = t.State != nil
		return step, nil
	}
	j, err := t.job(q.Job)
	if err != nil {
		return flows.Step{}, err
	}
	if j == nil {
		return flows.Step{Close: true, Screen: &flows.Message{Text: t.Say.Say(text.ReviewGone, nil)}}, nil
	}
	code := text.Values{"Code": j.ID.Code()}
	switch {
	case t.Action == flows.ActionRedraw:
		return t.ask(*j, q, nil)
	case t.Action == actBack:
		return t.leave(*j, q, t.Say.Say(text.ReviewLeft, code))
	case t.Now().Sub(q.At) > QuestionLife:
		return t.leave(*j, q, t.Say.Say(text.ReviewTooLate, code))
	}
	stop, err := t.hindered(*j, q.order)
	if err != nil {
		return flows.Step{}, err
	}
	if stop != nil {
		return t.leave(*j, q, text.Join("\n\n", stop.words, t.Say.Say(text.ReviewNothingDone, nil)))
	}
	said, problem := t.readReason(*j, q.Deed)
	if problem != nil {
		typed := text.Values{"Typed": clip(t.in.Text, maxTyped)}
		return t.ask(*j, q, text.Join("", t.Say.Say(text.ReviewWarning, typed), problem))
	}
	return t.decide(*j, q, said)
}

// leave ends the question without a decision, says why, and brings the card up to date.
func (t turn) leave(j storage.Job, q question, why text.Rich) (flows.Step, error) {
	card, err := t.card(t.Say, t.Person, j)
	if err != nil {
		return flows.Step{}, err
	}
	return flows.Step{Close: true, Screen: &flows.Message{Text: why}, Edits: t.edit(q.Card, card)}, nil
}

// reason is what was typed.
type reason struct {
	why    string
	serial string
}

// readReason reads the reason, and before it the serial where one may stand; else it says what is wrong. What
// somebody else wrote is nobody's reason (SAFETY.md, section 5: never act on forwards), nor is an order.
func (t turn) readReason(j storage.Job, d deed) (r reason, problem text.Rich) {
	typed := t.in.Text
	if t.in.Forwarded {
		return reason{}, t.Say.Say(text.ReviewForwarded, nil)
	}
	if first, rest, _ := strings.Cut(typed, "\n"); d == deliver && strings.HasPrefix(strings.ToLower(strings.TrimSpace(first)), "serial:") {
		_, serial, _ := strings.Cut(first, ":")
		r.serial, typed = strings.TrimSpace(serial), rest
		if flows.ShownSerial(t.Say, storage.Job{Serial: r.serial}) == "" {
			return reason{}, t.Say.Say(text.ReviewBadSerial, nil)
		}
	}
	r.why = strings.Join(strings.Fields(text.Quoted(typed).String()), " ")
	switch n := utf8.RuneCountInString(r.why); {
	case n < minReason:
		return reason{}, t.Say.Say(text.ReviewTooShort, nil)
	case n > maxReason:
		return reason{}, t.Say.Say(text.ReviewTooLong, text.Values{"Count": n})
	case holdsNumber(r.why, j.Account.Country()):
		return reason{}, t.Say.Say(text.ReviewNoNumber, nil)
	case !strings.ContainsFunc(r.why, unicode.IsLetter):
		return reason{}, t.Say.Say(text.ReviewNoWords, nil)
	}
	return r, nil
}
