package history

import (
	"encoding/json"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// exportAction is followed by what somebody would type after /export.
const exportAction = "export:"

// recipe says what file is owed.
type recipe struct {
	period
	// Everybody's orders, not only the person's own: an admin asked.
	Everybody bool `json:"everybody,omitempty"`
}

// export answers the command: with the days to choose from, or with the file.
func (v view) export(in flows.Input) flows.Step {
	if in.Args == "" && !in.Asked {
		return v.chooseDays(in)
	}
	p, ok := parsePeriod(in.Args, in.At.In(v.zone))
	if !ok {
		today, values := v.today(in)
		return v.ask(text.HistoryExportBad, values, today)
	}
	if no := v.tooOften(in); no != nil {
		return flows.Step{Replies: []flows.Message{{Text: no}}}
	}
	return flows.Step{Replies: []flows.Message{v.owedFile(p)}}
}

// chooseDays offers what is asked for most.
func (v view) chooseDays(in flows.Input) flows.Step {
	button := func(label text.Key, words string) flows.Button {
		return flows.Button{Label: v.Say.Text(label, nil), Action: exportAction + words}
	}
	_, values := v.today(in)
	return flows.Step{Replies: []flows.Message{{
		Text: v.Say.Say(text.HistoryExportWhich, values),
		Rows: [][]flows.Button{
			{button(text.HistoryExportToday, "today"), button(text.HistoryExportYesterday, "yesterday")},
			{button(text.HistoryExportMonth, "month"), button(text.HistoryExportLastMonth, "last month")},
		},
	}}}
}

// today is an example of what /export may be followed by.
func (v view) today(in flows.Input) (string, text.Values) {
	now := in.At.In(v.zone)
	return now.Format(dayLayout), text.Values{"Day": now.Format(dayLayout), "Month": now.Format(monthLayout)}
}

// exportPressed owes the file of the button, which is used up by that: however often a thumb comes down, it is one file.
func (v view) exportPressed(in flows.Input, words string) flows.Step {
	p, ok := parsePeriod(words, in.At.In(v.zone))
	if !ok || !v.Person.MayOrder() {
		return flows.Step{}
	}
	if no := v.tooOften(in); no != nil {
		return flows.Step{Answer: flows.Answer{Text: no.String(), Alert: true}}
	}
	s := flows.Step{Replies: []flows.Message{v.owedFile(p)}}
	if in.Message != 0 {
		said := flows.Message{Text: v.Say.Say(text.HistoryExportComes, text.Values{"Days": p.said(v.Say)})}
		s.Edits = []flows.Edit{{Chat: in.Chat, Message: in.Message, With: said}}
	}
	return s
}

// owedFile is the message with the file that is owed. Whose orders are in it is decided by what the person is now, and
// looked at again when it is made.
func (v view) owedFile(p period) flows.Message {
	raw, err := json.Marshal(recipe{p, v.Person.MayAdmin()})
	if err != nil {
		panic("history: a recipe of plain values does not encode: " + err.Error())
	}
	return flows.Message{File: &flows.File{Recipe: raw}}
}

// mayHave reports whether a person may have the file that was asked for.
func (r recipe) mayHave(p storage.Person) bool {
	return p.MayOrder() && (!r.Everybody || p.MayAdmin())
}

// tooOften counts a wish for a file; when it is one too many it says why.
func (v view) tooOften(in flows.Input) text.Rich {
	switch again, waits := v.asked.ask(v.Person.ID, in.Update, in.At); {
	case waits:
		return v.Say.Say(text.HistoryExportWaits, nil)
	case !again.IsZero():
		return v.Say.Say(text.HistoryExportOften, text.Values{"Count": filesAnHour, "Time": v.Say.Time(again, v.zone)})
	}
	return nil
}
