package flows

import (
	"context"
	"strings"

	"rechargebot/flows/text"
	"rechargebot/storage"
)

// houseName is the name of the engine's own flow.
const houseName = "house"

// house is the engine's own flow: what everybody may do everywhere.
type house struct{ engine *Engine }

// Name is the flow's word in sessions and buttons.
func (h house) Name() string { return houseName }

// Commands are those that need no flow.
func (h house) Commands() []Command {
	return []Command{
		{Name: "cancel", Inside: true, Help: text.EngineHelpCancel},
		{Name: "help", Help: text.EngineHelpHelp},
		{Name: "language", Help: text.EngineHelpLanguage},
		{Name: "id", Groups: true, Help: text.EngineHelpID},
	}
}

// Step answers a command or the press of a language.
func (h house) Step(ctx context.Context, d Dialogue, in Input) (Step, error) {
	if lang, ok := strings.CutPrefix(d.Action, "language:"); ok {
		return h.choose(d, in, lang), nil
	}
	switch in.Command {
	case "help":
		return h.help(d), nil
	case "cancel":
		return h.cancel(ctx, d, in)
	case "id":
		say := d.Say.Say(text.EngineID, text.Values{"Person": d.Person.ID, "Chat": in.Chat})
		return Step{Replies: []Message{{Text: say}}}, nil
	case "language":
		return h.language(d, in), nil
	}
	return Step{}, nil
}

// help lists what the person may use.
func (h house) help(d Dialogue) Step {
	lines := []text.Rich{d.Say.Say(text.EngineHelp, nil)}
	for _, c := range h.engine.Commands() {
		if told(d.Person, c) {
			lines = append(lines, d.Say.Say(text.EngineHelpLine, text.Values{
				"Command": c.Name, "Help": d.Say.Text(c.Help, nil),
			}))
		}
	}
	return Step{Replies: []Message{{Text: text.Join("\n", lines...)}}}
}

// cancel ends a command's question, else it closes the open dialogue, whosever it is. The card loses its buttons and the end is said below it.
// While nothing is open, it lists the orders that can still be cancelled.
func (h house) cancel(ctx context.Context, d Dialogue, in Input) (Step, error) {
	v, err := h.engine.visit(ctx, 0, in)
	if err != nil {
		return Step{}, err
	}
	_, asking := h.engine.asking(v)
	switch {
	case asking && v.session.Flow == "":
		return Step{Replies: []Message{{Text: d.Say.Say(text.EngineStopped, nil)}}}, nil
	case asking:
		return Step{Replies: []Message{{Text: d.Say.Say(text.EngineAskStopped, nil)}}}, nil
	case v.session.Flow == "":
		return h.stillQueued(ctx, v)
	}
	stopped := Message{Text: d.Say.Say(text.EngineStopped, nil)}
	s := Step{Close: true, Screen: &stopped, Fresh: true}
	if v.session.Card != 0 {
		closed := Message{Text: d.Say.Say(text.EngineClosed, nil)}
		s.Edits = []Edit{{Chat: in.Chat, Message: v.session.Card, With: closed}}
	}
	return s, nil
}

// language says which languages there are, or takes the one that was typed.
func (h house) language(d Dialogue, in Input) Step {
	if lang := strings.ToLower(in.Args); h.engine.catalogue.Has(lang) {
		return h.choose(d, in, lang)
	}
	own := text.Values{"Language": d.Say.Text(text.LanguageName, nil)}
	languages := h.engine.catalogue.Languages()
	if len(languages) == 1 {
		return Step{Replies: []Message{{Text: d.Say.Say(text.EngineLanguageOnly, own)}}}
	}
	m := Message{Text: d.Say.Say(text.EngineLanguageChoose, own)}
	for _, lang := range languages {
		name := h.engine.catalogue.In(lang).Text(text.LanguageName, nil)
		m.Rows = append(m.Rows, []Button{{Label: name, Action: "language:" + lang}})
	}
	return Step{Replies: []Message{m}}
}

// choose keeps the person's language. A stranger is not stored and keeps none.
func (h house) choose(d Dialogue, in Input, lang string) Step {
	values := text.Values{"Language": h.engine.catalogue.In(lang).Text(text.LanguageName, nil)}
	if d.Person.Role == storage.RoleNone {
		values["Language"] = d.Say.Text(text.LanguageName, nil)
		return Step{Replies: []Message{{Text: d.Say.Say(text.EngineLanguageLater, values)}}}
	}
	before, after := d.Person, d.Person
	after.Language = lang
	s := Step{People: []storage.PersonChange{{Before: &before, After: after}}}
	m := Message{Text: h.engine.catalogue.In(lang).Say(text.EngineLanguageChosen, values)}
	if in.Press != "" && in.Message != 0 {
		s.Edits = []Edit{{Chat: in.Chat, Message: in.Message, With: m}}
	} else {
		s.Replies = []Message{m}
	}
	return s
}
