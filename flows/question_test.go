package flows_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
	"rechargebot/storage/bolt/bolttest"
)

// clerk asks for what its command lacks; it has buttons, long hints and hints in places where none can be.
type clerk struct{}

func (clerk) Name() string { return "clerk" }

func (clerk) Commands() []flows.Command {
	return []flows.Command{{Name: "what", Who: flows.Agents, Groups: true}, {Name: "chief", Who: flows.Admins}}
}

func (clerk) Step(_ context.Context, d flows.Dialogue, in flows.Input) (flows.Step, error) {
	m := flows.Message{Text: text.Rich{{Text: "What?"}}, Ask: strings.Repeat("ক্ষ ", 40)}
	switch {
	case in.Asked:
		return reply("You answered " + in.Args + " with " + in.Text + in.Contact), nil
	case in.Args == "buttons":
		m.Rows = [][]flows.Button{{{Label: "This", Action: "this"}}}
	case in.Args == "screen":
		return flows.Step{Screen: &m}, nil
	case in.Args == "elsewhere":
		return flows.Step{Send: []flows.Outgoing{{Chat: 2002, Person: 2002, With: m}}, Edits: []flows.Edit{{Chat: 2001, Message: 5, With: m}}}, nil
	}
	return flows.Step{Replies: []flows.Message{m}}, nil
}

// office is an engine with the clerk in it.
type office struct {
	*testing.T
	store  storage.Store
	engine *flows.Engine
	now    time.Time
}

func openOffice(t *testing.T) *office {
	o := &office{T: t, store: bolttest.Open(t), now: time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC)}
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	o.engine, err = flows.NewEngine(flows.Config{
		Store: o.store, Catalogue: catalogue, Now: func() time.Time { return o.now }, Rand: rand.NewChaCha8([32]byte{2}),
	}, shop{perDay: 100000}, clerk{})
	if err != nil {
		t.Fatal(err)
	}
	o.becomes(storage.RoleAdmin, nil)
	return o
}

func (o *office) becomes(role storage.Role, before *storage.Person) {
	o.Helper()
	_, err := o.store.Commit(o.Context(), storage.Turn{Now: o.now, People: []storage.PersonChange{{
		Before: before, After: storage.Person{ID: rahim, Chat: storage.ChatID(rahim), Role: role, Name: "Somebody"},
	}}})
	if err != nil {
		o.Fatal(err)
	}
}

// hears handles an input and returns what is said because of it.
func (o *office) hears(in flows.Input) (said []flows.Message) {
	o.Helper()
	if _, err := o.engine.Handle(o.Context(), 0, in); err != nil {
		o.Fatal(err)
	}
	owed, err := o.store.Pending(o.Context())
	if err != nil {
		o.Fatal(err)
	}
	for _, n := range owed {
		var m flows.Message
		if err := json.Unmarshal(n.Body, &m); err != nil {
			o.Fatal(err)
		}
		said = append(said, m)
		if err := o.store.Sent(o.Context(), n, 5); err != nil {
			o.Fatal(err)
		}
	}
	return said
}

func typed(command, args string) flows.Input {
	in := from(rahim)
	in.Command, in.Args = command, args
	return in
}

func TestAHintStandsOnlyWhereThePlatformTakesOne(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	said := o.hears(typed("what", ""))
	if len(said) != 1 || said[0].Ask == "" || utf8.RuneCountInString(said[0].Ask) > flows.MaxAsk {
		t.Errorf("asked in private: %+v", said)
	}
	group := typed("what", "")
	group.Chat, group.ChatKind = -100900, flows.GroupChat
	for _, in := range []flows.Input{group, typed("what", "buttons"), typed("what", "screen"), typed("what", "elsewhere")} {
		for _, m := range o.hears(in) {
			if m.Ask != "" || m.Text.String() != "What?" {
				t.Errorf("/what %s in chat %d: %+v", in.Args, in.Chat, m)
			}
		}
	}
}

func TestAQuestionIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	answer := from(rahim)
	answer.Text = " 42 "
	shared := from(rahim)
	shared.Contact = "8801712345678"
	press := from(rahim)
	press.Press, press.Message = "forged", 5
	for name, c := range map[string]struct {
		before []flows.Input
		wait   time.Duration
		want   string
	}{
		"at once":                   {[]flows.Input{typed("what", "")}, 0, "You answered 42 with "},
		"after a while":             {[]flows.Input{typed("what", "")}, flows.AskLife, "You answered 42 with "},
		"too late":                  {[]flows.Input{typed("what", "")}, flows.AskLife + 1, "Heard:  42 "},
		"a second time":             {[]flows.Input{typed("what", ""), answer}, 0, "Heard:  42 "},
		"after another command":     {[]flows.Input{typed("what", ""), typed("id", "")}, 0, "Heard:  42 "},
		"after an unknown one":      {[]flows.Input{typed("what", ""), typed("nonsense", "")}, 0, "Heard:  42 "},
		"after it was stopped":      {[]flows.Input{typed("what", ""), typed("cancel", "")}, 0, "Heard:  42 "},
		"after a screen":            {[]flows.Input{typed("what", ""), typed("shop", "")}, 0, "Buy 42?"},
		"after a contact":           {[]flows.Input{typed("what", ""), shared}, 0, "Heard:  42 "},
		"after a dead button":       {[]flows.Input{typed("what", ""), press}, 0, "You answered 42 with "},
		"with an order open":        {[]flows.Input{typed("shop", ""), typed("what", "")}, 0, "You answered 42 with "},
		"where nothing was asked":   {[]flows.Input{typed("what", "buttons")}, 0, "Heard:  42 "},
		"of a command asked before": {[]flows.Input{typed("chief", ""), typed("what", "")}, 0, "You answered 42 with "},
	} {
		o := openOffice(t)
		for _, in := range c.before {
			o.hears(in)
		}
		o.now = o.now.Add(c.wait)
		in := answer
		if name == "after a screen" {
			in.Text = "42"
		}
		said := o.hears(in)
		if len(said) == 0 || said[len(said)-1].Text.String() != c.want {
			t.Errorf("%s: %+v", name, said)
		}
	}
}

// The question of a command that the person may not use any more is nobody's.
func TestAQuestionEndsWithTheRole(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hears(typed("chief", ""))
	before, err := o.store.Person(t.Context(), rahim)
	if err != nil {
		t.Fatal(err)
	}
	o.becomes(storage.RoleAgent, &before)
	in := from(rahim)
	in.Text = "42"
	if said := o.hears(in); len(said) != 1 || said[0].Text.String() != "Heard: 42" {
		t.Errorf("it is answered: %+v", said)
	}
}
