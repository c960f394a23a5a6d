package flows_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
	"rechargebot/storage/bolt/bolttest"
)

// archive is a flow that owes papers: /paper to who asks, /poster to a group, as the screen and in an edit, /forgery
// that another flow is to make.
type archive struct{}

func (archive) Name() string { return "archive" }

func (archive) Commands() []flows.Command {
	return []flows.Command{{Name: "paper", Who: flows.Agents}, {Name: "poster", Who: flows.Agents}, {Name: "forgery", Who: flows.Agents}}
}

func (archive) Step(_ context.Context, _ flows.Dialogue, in flows.Input) (flows.Step, error) {
	m := flows.Message{Text: text.Rich{{Text: "A paper."}}, File: &flows.File{
		Recipe: json.RawMessage(`"` + in.Args + `"`), Name: "not-yet", Content: []byte("not yet"), Otherwise: text.Rich{{Text: "not yet"}},
	}}
	switch in.Command {
	case "poster":
		return flows.Step{Screen: &m, Send: []flows.Outgoing{{Chat: -100, With: m}}, Edits: []flows.Edit{{Chat: in.Chat, Message: 9, With: m}}}, nil
	case "forgery":
		m.File.Flow = "shop"
	}
	return flows.Step{Replies: []flows.Message{m}}, nil
}

func (archive) File(_ context.Context, d flows.Dialogue, recipe json.RawMessage) (flows.Message, error) {
	if string(recipe) == `"fire"` {
		return flows.Message{}, errors.New("the archive burns")
	}
	return flows.Message{
		Text: text.Rich{{Text: strings.Repeat("For "+d.Person.Name+". ", 200)}},
		File: &flows.File{Name: "paper.csv", Content: append([]byte("of "), recipe...)},
	}, nil
}

// A file is owed as a recipe, and made when it is sent, for who the person is then. No other message has one.
func TestAFileIsMadeWhenItIsSent(t *testing.T) {
	t.Parallel()
	store := bolttest.Open(t)
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	e, err := flows.NewEngine(flows.Config{Store: store, Catalogue: catalogue}, archive{}, shop{})
	if err != nil {
		t.Fatal(err)
	}
	commit := func(turn storage.Turn) {
		t.Helper()
		turn.Now = time.Now()
		if _, err := store.Commit(t.Context(), turn); err != nil {
			t.Fatal(err)
		}
	}
	ann := storage.Person{ID: 5, Chat: 5, Name: "Ann", Role: storage.RoleAgent}
	commit(storage.Turn{People: []storage.PersonChange{{After: ann}}})
	says := func(command, args string) error {
		_, err := e.Handle(t.Context(), 0, flows.Input{
			Chat: 5, ChatKind: flows.PrivateChat, From: flows.Sender{ID: 5, Name: "Ann"}, Command: command, Args: args, At: time.Now(),
		})
		return err
	}
	for _, command := range []string{"paper", "poster"} {
		if err := says(command, "today"); err != nil {
			t.Fatal(err)
		}
	}
	if err := says("forgery", ""); err == nil {
		t.Error("a flow that makes no files is to make one")
	}
	bea := ann
	bea.Name = "Bea"
	commit(storage.Turn{People: []storage.PersonChange{{Before: &ann, After: bea}}})

	owed, err := store.Pending(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := flows.NewComposer(store, catalogue, "en", archive{}, shop{})
	kinds := map[storage.NoticeKind]int{}
	for _, n := range owed {
		kinds[n.Kind]++
		if strings.Contains(string(n.Body), "not yet") {
			t.Errorf("what is owed holds more than the recipe: %s", n.Body)
		}
		m, err := c.Compose(t.Context(), n)
		switch {
		case err != nil:
			t.Errorf("compose %s: %v", n.Kind, err)
		case n.Kind != storage.NoticeFile:
			if m.File != nil || m.Text.String() != "A paper." {
				t.Errorf("a %s notice is %q with the file %v", n.Kind, m.Text, m.File)
			}
		case m.File == nil || string(m.File.Content) != `of "today"` || !strings.HasPrefix(m.Text.String(), "For Bea.") || m.Text.Length() != flows.MaxCaption:
			t.Errorf("the file is %+v, told as %q", m.File, m.Text)
		}
	}
	if kinds[storage.NoticeFile] != 1 || len(owed) != 4 {
		t.Errorf("owed: %v", kinds)
	}

	file := storage.Notice{ID: 1, Chat: 5, Person: 5, Kind: storage.NoticeFile, Body: json.RawMessage(`{"file":{"flow":"archive","recipe":"fire"}}`)}
	if _, err := c.Compose(t.Context(), file); err == nil || errors.Is(err, storage.ErrNotFound) {
		t.Errorf("a file that cannot be made now is %v", err)
	}
	for name, body := range map[string]string{"no file": `{}`, "nobody's": `{"file":{"flow":"shop","recipe":1}}`, "a flow that is no more": `{"file":{"flow":"x","recipe":1}}`} {
		file.Body = json.RawMessage(body)
		if _, err := c.Compose(t.Context(), file); !errors.Is(err, storage.ErrNotFound) { // so that it is not owed for ever
			t.Errorf("%s: %v", name, err)
		}
	}
}
