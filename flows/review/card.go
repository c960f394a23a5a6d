package review

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// Bounds that keep a card below flows.MaxText.
const (
	maxName = 48  // of a person, a provider, a reference, an id of theirs
	maxNote = 200 // of why a job waits
	maxSaid = 300 // of one answer of a provider
)

// card is the job as reader should see it now: with the evidence and buttons while it waits for a person,
// else with what became of it.
func (t turn) card(say text.Printer, reader storage.Person, j storage.Job) (flows.Message, error) {
	m, err := t.evidence(say, j)
	if err != nil || !j.WaitsForPerson() {
		return m, err
	}
	m.Text = text.Join("\n\n", m.Text, say.Say(text.ReviewStory, text.Values{"Code": j.ID.Code()}))
	if !mayDecide(reader, j) {
		m.Text = text.Join("\n\n", m.Text, say.Say(text.ReviewOwnCard, nil))
		return m, nil
	}
	m.Rows = t.buttons(say, j)
	return m, nil
}

// buttons are what can be done about the job. What decides stands alone in a row with its opposite.
func (t turn) buttons(say text.Printer, j storage.Job) [][]flows.Button {
	var judge, other []flows.Button
	shown := seen(j)
	for _, d := range deeds(j) {
		if d == ask && !t.Askable(j) {
			continue
		}
		b := flows.Button{Label: say.Text(d.words().button, nil), Tone: d.words().tone, Action: order{d, j.ID, shown}.action()}
		if d == deliver || d == fail {
			judge = append(judge, b)
		} else {
			other = append(other, b)
		}
	}
	return slices.DeleteFunc([][]flows.Button{judge, other}, func(row []flows.Button) bool { return len(row) == 0 })
}

// evidence is the card without buttons.
func (t turn) evidence(say text.Printer, j storage.Job) (flows.Message, error) {
	head, err := t.head(say, j)
	if err != nil {
		return flows.Message{}, err
	}
	var parts []text.Rich
	switch {
	case j.State == storage.Review:
		parts, err = t.reviewParts(say, j)
	case j.OpenIncident() == nil:
		var end text.Rich
		end, err = t.became(say, j)
		parts = []text.Rich{end}
	}
	if err != nil {
		return flows.Message{}, err
	}
	if i := j.OpenIncident(); i != nil {
		parts = append(parts, t.incident(say, j, *i)...)
	}
	if j.State != storage.Review && j.WaitsForPerson() {
		two, err := t.twoParts(say, j)
		if err != nil {
			return flows.Message{}, err
		}
		parts = append(parts, two...)
	}
	return flows.Message{Text: text.Join("\n\n", append([]text.Rich{head}, parts...)...)}, nil
}

// head names the order, whose it is, and how long it waits.
func (t turn) head(say text.Printer, j storage.Job) (text.Rich, error) {
	agent, err := t.called(j.Agent)
	if err != nil {
		return nil, err
	}
	key, since := text.ReviewCardDone, time.Time{}
	switch i := j.OpenIncident(); {
	case j.State == storage.Review:
		key, since = text.ReviewCard, j.Changed
	case i != nil:
		key, since = text.ReviewCardIncident, i.At
	case j.Verdict != nil:
		key, since = text.ReviewCardIncident, j.Verdict.At
	}
	lines := []text.Rich{
		say.Say(key, text.Values{"Code": j.ID.Code()}),
		say.Say(text.ReviewOrder, text.Values{"Amount": j.Amount, "Number": j.Account.National(), "Line": flows.ServiceLine(j.Order)}),
		say.Say(text.ReviewAgent, text.Values{"Agent": agent, "ID": int64(j.Agent), "Time": say.Time(j.Created, t.Zone)}),
	}
	if !since.IsZero() {
		lines = append(lines, waits(say, t.Now().Sub(since)))
	}
	return text.Join("\n", lines...), nil
}

// waits says how long a job waits, in the unit that people would take.
func waits(say text.Printer, d time.Duration) text.Rich {
	switch {
	case d < time.Minute:
		return say.Say(text.ReviewWaitsNow, nil)
	case d < 2*time.Hour:
		return say.Say(text.ReviewWaitsMinutes, text.Values{"Count": int(d / time.Minute)})
	case d < 48*time.Hour:
		return say.Say(text.ReviewWaitsHours, text.Values{"Count": int(d / time.Hour)})
	}
	return say.Say(text.ReviewWaitsDays, text.Values{"Count": int(d / (24 * time.Hour))})
}

// reviewParts is why a job in Review waits, what was said of it already, and what was sent.
func (t turn) reviewParts(say text.Printer, j storage.Job) ([]text.Rich, error) {
	var why text.Rich
	if n := len(j.History); n > 0 && j.History[n-1].Note != "" {
		why = text.Join("", say.Say(text.ReviewWhy, nil), text.Quoted(j.History[n-1].Note).Clip(maxNote))
	}
	parts := []text.Rich{why, restored(say, j, t.Zone)}
	if a := j.OpenAttempt(); a != nil {
		parts = append(parts, t.attempt(say, *a), earlier(say, j, a.Reference))
	}
	if !t.Askable(j) {
		parts = append(parts, say.Say(text.ReviewNotAskable, nil))
	}
	two, err := t.twoParts(say, j)
	return append(parts, two...), err
}

// twoParts is what one person has said of a job of which two must say the same.
func (t turn) twoParts(say text.Printer, j storage.Job) ([]text.Rich, error) {
	if !t.needsTwo(j) {
		return nil, nil
	}
	word, err := t.standing(j)
	if err != nil {
		return nil, err
	}
	if word == nil {
		return []text.Rich{say.Say(text.ReviewTwo, text.Values{"Limit": t.FourEyesAbove[j.Amount.Currency]})}, nil
	}
	var serial text.Rich
	if word.Serial != "" {
		serial = say.Say(text.ReviewSerial, text.Values{"Serial": clip(word.Serial, maxName)})
	}
	name, err := t.called(word.By)
	key := text.ReviewVerdict
	if arrived.says(word, j) {
		key = text.ReviewVerdictArrived
	}
	said := text.Join("", say.Say(key, text.Values{
		"Name": name, "State": flows.StateWord(say, word.To), "Time": say.Time(word.At, t.Zone),
	}), text.Quoted(word.Why).Clip(maxReason))
	return []text.Rich{serial, text.Join("\n", said, say.Say(text.ReviewVerdictWaits, nil))}, err
}

// became is what has become of a job that waits no more: who decided what, and why.
func (t turn) became(say text.Printer, j storage.Job) (text.Rich, error) {
	line, found := decision(j)
	end, err := t.decidedBy(say, j, line)
	if err != nil {
		return nil, err
	}
	i, settled := lastSettled(j)
	reversed := found && line.To == storage.Reversed && line.By == fmt.Sprintf("person %d", i.By) && i.Settled.Equal(line.At)
	if !settled || reversed { // the decision settled it, too
		return end, nil
	}
	about, err := t.settledBy(say, i)
	if !found {
		return about, err
	}
	return text.Join("\n", end, about), err
}

// decidedBy is one person's decision as the history has it; else the state alone.
func (t turn) decidedBy(say text.Printer, j storage.Job, line storage.Line) (text.Rich, error) {
	by, person := strings.CutPrefix(line.By, "person ")
	id, err := strconv.ParseInt(by, 10, 64)
	if !person || err != nil {
		return say.Say(text.ReviewNow, text.Values{"State": flows.StateWord(say, j.State)}), nil
	}
	name, err := t.called(storage.PersonID(id))
	if err != nil {
		return nil, err
	}
	if line.To == storage.Unknown {
		asked := say.Say(text.ReviewDecidedAsked, text.Values{"Name": name, "Time": say.Time(line.At, t.Zone)})
		return text.Join(" ", asked, sinceAsked(say, j)), nil
	}
	return text.Join("", say.Say(text.ReviewDecided, text.Values{
		"State": flows.StateWord(say, line.To), "Name": name, "Time": say.Time(line.At, t.Zone),
	}), text.Quoted(line.Note).Clip(2*maxReason)), nil
}

// sinceAsked is what has become of a job that the provider was asked about again.
func sinceAsked(say text.Printer, j storage.Job) text.Rich {
	if j.State == storage.Pending || j.State == storage.Unknown {
		return say.Say(text.ReviewAsking, nil)
	}
	return say.Say(text.ReviewNow, text.Values{"State": flows.StateWord(say, j.State)})
}

// decision is the newest line of the history that leads out of Review, or reverses a success.
func decision(j storage.Job) (storage.Line, bool) {
	for _, l := range slices.Backward(j.History) {
		if l.From == storage.Review || l.To == storage.Reversed {
			return l, true
		}
	}
	return storage.Line{}, false
}
