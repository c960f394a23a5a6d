package flows_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
	"rechargebot/storage/bolt/bolttest"
)

func names(lines []flows.MenuLine) string {
	var out []string
	for _, l := range lines {
		out = append(out, l.Command)
	}
	return strings.Join(out, " ")
}

func TestAMenuHasWhatThePersonMayUse(t *testing.T) {
	t.Parallel()
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	e, err := flows.NewEngine(flows.Config{Store: bolttest.Open(t), Catalogue: catalogue}, shop{}, door{})
	if err != nil {
		t.Fatal(err)
	}
	for who, c := range map[string]struct {
		person storage.Person
		want   string
	}{
		"an agent":           {storage.Person{Role: storage.RoleAgent}, "shop cancel help language id"},
		"an admin":           {storage.Person{Role: storage.RoleAdmin}, "shop boss cancel help language id"},
		"an owner":           {storage.Person{Role: storage.RoleOwner}, "shop boss cancel help language id"},
		"a suspended owner":  {storage.Person{Role: storage.RoleOwner, Suspended: true}, "help id"},
		"whoever asks to be": {storage.Person{Request: storage.RequestOpen}, ""},
	} {
		if got := names(e.Menu(c.person)); got != c.want {
			t.Errorf("%s: %q, want %q", who, got, c.want)
		}
	}
	if got := names(e.StrangersMenu("en")); got != "help language id" {
		t.Errorf("strangers: %q", got)
	}
	if got := names(e.GroupsMenu("en")); got != "id" { // /where is for agents only
		t.Errorf("groups: %q", got)
	}
}

// A language is a file more: menus speak it at once, and English where it lacks a word.
func TestAMenuIsInThePersonsLanguage(t *testing.T) {
	t.Parallel()
	catalogue, err := text.LoadFrom(fstest.MapFS{
		"engine.en.toml": {Data: []byte("engine_help_help = \"help here\"\nengine_help_id = \"your id\"")},
		"engine.bn.toml": {Data: []byte("engine_help_help = \"" + strings.Repeat("সাহায্য ", 100) + "\"")},
	})
	if err != nil {
		t.Fatal(err)
	}
	e, err := flows.NewEngine(flows.Config{Store: bolttest.Open(t), Catalogue: catalogue, Language: "bn"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"bn", "en"}, e.Languages()); diff != "" {
		t.Errorf("languages (-want +got):\n%s", diff)
	}
	suspended := storage.Person{Role: storage.RoleAgent, Suspended: true}
	bangla := e.Menu(suspended)
	suspended.Language = "en"
	if english := e.Menu(suspended); english[0].Description != "help here" || english[1] != bangla[1] {
		t.Errorf("in English %v", english)
	}
	if about := bangla[0].Description; !strings.HasPrefix(about, "সাহায্য") || utf8.RuneCountInString(about) > flows.MaxMenu {
		t.Errorf("in Bangla %q", about)
	}
}

func TestWhoHasChangedIsToldAfterTheCommit(t *testing.T) {
	t.Parallel()
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	var told []storage.PersonID
	var refused error
	store := bolttest.Open(t)
	e, err := flows.NewEngine(flows.Config{
		Store: &meddler{Store: store, before: func(int, storage.Turn) error {
			if len(told) > 0 {
				t.Error("told before the commit")
			}
			return refused
		}},
		Catalogue: catalogue, OnPeople: func(ids ...storage.PersonID) { told = append(told, ids...) },
	}, shop{}, door{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Commit(t.Context(), storage.Turn{Now: time.Now(), People: []storage.PersonChange{
		{After: storage.Person{ID: rahim, Chat: storage.ChatID(rahim), Name: "Rahim", Role: storage.RoleAgent}},
	}}); err != nil {
		t.Fatal(err)
	}
	say := func(name string) {
		told = nil
		in := from(rahim)
		in.Command, in.From.Name = "id", name
		if _, err := e.Handle(context.Background(), 0, in); err != nil && !errors.Is(err, storage.ErrBroken) {
			t.Fatal(err)
		}
	}
	if say("Rahim"); len(told) != 0 {
		t.Errorf("nobody has changed, and %v are told", told)
	}
	if say("Rahim Uddin"); len(told) != 1 || told[0] != rahim {
		t.Errorf("Rahim has another name, and %v are told", told)
	}
	refused = storage.ErrBroken
	if say("Rahim Mia"); len(told) != 0 {
		t.Errorf("nothing was stored, and %v are told", told)
	}
}
