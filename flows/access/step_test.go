package access_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
	"rechargebot/flows/access"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// book is a store of people in memory.
type book map[storage.PersonID]storage.Person

func (b book) Person(_ context.Context, id storage.PersonID) (storage.Person, error) {
	p, ok := b[id]
	if !ok {
		return storage.Person{}, storage.ErrNotFound
	}
	return p, nil
}

func (b book) PeopleWhere(_ context.Context, match func(storage.Person) bool) ([]storage.Person, error) {
	var out []storage.Person
	for _, p := range b {
		if match(p) {
			out = append(out, p)
		}
	}
	return out, nil
}

func (b book) Invites(context.Context, time.Time) ([]storage.Keyboard, error) { return nil, nil }

func (b book) CardsAbout(context.Context, storage.PersonID) ([]storage.CardRef, error) {
	return nil, nil
}

var asked = time.Unix(1_790_000_000, 0)

func people() book {
	return book{
		1001: {ID: 1001, Chat: 1001, Name: "Asma", Role: storage.RoleOwner},
		1002: {ID: 1002, Chat: 1002, Name: "Karim", Role: storage.RoleAdmin},
		2001: {ID: 2001, Chat: 2001, Name: "Rahim", Role: storage.RoleAgent},
		3001: {ID: 3001, Chat: 3001, Name: "Salma", Request: storage.RequestOpen, Asked: asked},
	}
}

// step takes one step of who over the people of b.
func step(t *testing.T, b book, who storage.PersonID, action string, refused error, in flows.Input) flows.Step {
	t.Helper()
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	person, ok := b[who]
	if !ok {
		person = storage.Person{ID: who, Chat: storage.ChatID(who)}
	}
	in.Chat, in.From.ID = storage.ChatID(who), who
	if in.ChatKind == "" {
		in.ChatKind = flows.PrivateChat
	}
	if action != "" {
		in.Press, in.Message = "token", 7
	}
	s, err := access.New(config(t, b)).Step(t.Context(), flows.Dialogue{
		Person: person, Action: action, Say: catalogue.In("en"), Refused: refused,
	}, in)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// onlyTells reports what a step says that must change nothing.
func onlyTells(t *testing.T, s flows.Step) string {
	t.Helper()
	if len(s.People)+len(s.Send)+len(s.Edits)+len(s.Audit) > 0 || s.ForgetCards != 0 || s.State != nil {
		t.Errorf("a step that may only tell changes something: %+v", s)
	}
	return s.Answer.Text
}

func approve(id storage.PersonID) string { return fmt.Sprintf("approve:%d:%d", id, asked.Unix()) }

func TestOldButtonsOfADemotedAdminOnlyTell(t *testing.T) {
	t.Parallel()
	for _, action := range []string{approve(3001), "suspend:2001", "promote:2001", "limits:2001", "users:0", "user:2001"} {
		if told := onlyTells(t, step(t, people(), 2001, action, nil, flows.Input{})); told != "Only admins can do this." {
			t.Errorf("%s: %q", action, told)
		}
	}
}

func TestNobodyDecidesAboutHimselfOrAnOwner(t *testing.T) {
	t.Parallel()
	own := people()
	admin := own[1002]
	admin.Request, admin.Asked = storage.RequestOpen, asked
	own[1002] = admin
	const himself, owner = "You cannot decide about yourself. Please ask another admin.", "An owner cannot be changed here."
	for _, c := range []struct {
		action, want string
	}{
		{approve(1002), himself},
		{"suspend:1002", himself},
		{"limits:1002", himself},
		{"suspend:1001", owner},
		{"promote:1001", owner},
		{"limits:1001", owner},
		{"promote:2001", "Only owners can make admins."},
		{"suspend:4711", "This is not open any more."},
		{"suspend:3001", "This is not open any more."},
		{"unheard-of:2001", "This is not open any more."},
		{"default", "This is not open any more."},
	} {
		if told := onlyTells(t, step(t, own, 1002, c.action, nil, flows.Input{})); told != c.want {
			t.Errorf("%s: %q, want %q", c.action, told, c.want)
		}
	}
}

func TestRefusedDecisionIsToldAndNotTriedAgain(t *testing.T) {
	t.Parallel()
	for _, refused := range []error{storage.ErrMayNot, storage.ErrConflict} {
		for _, action := range []string{approve(3001), "suspend:2001"} {
			told := onlyTells(t, step(t, people(), 1002, action, refused, flows.Input{}))
			if !strings.Contains(told, "nothing was done") {
				t.Errorf("%s after %v: %q", action, refused, told)
			}
		}
	}
}

func TestButtonOfAnEarlierRequestDecidesNothing(t *testing.T) {
	t.Parallel()
	old := fmt.Sprintf("approve:3001:%d", asked.Add(-25*time.Hour).Unix())
	if told := onlyTells(t, step(t, people(), 1002, old, nil, flows.Input{})); told != "This is not open any more." {
		t.Error(told)
	}
}

func TestApprovalChangesExactlyTheRequest(t *testing.T) {
	t.Parallel()
	s := step(t, people(), 1002, approve(3001), nil, flows.Input{})
	if len(s.People) != 1 || !s.People[0].ByAdmin || s.ForgetCards != 3001 {
		t.Fatalf("people %+v, cards forgotten %d", s.People, s.ForgetCards)
	}
	before, after := people()[3001], s.People[0].After
	if diff := cmp.Diff(&before, s.People[0].Before); diff != "" {
		t.Error(diff)
	}
	want := before
	want.Role, want.Request, want.Decided, want.DecidedBy = storage.RoleAgent, storage.RequestApproved, after.Decided, 1002
	if diff := cmp.Diff(want, after); diff != "" || after.Decided.IsZero() {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"approved person 3001"}, s.Audit); diff != "" {
		t.Error(diff)
	}
}

func TestOpenRequestsAreCapped(t *testing.T) {
	t.Parallel()
	b := people()
	for i := range storage.PersonID(access.MaxOpen - 2) {
		b[10_000+i] = storage.Person{ID: 10_000 + i, Request: storage.RequestOpen, Asked: asked}
	}
	if s := step(t, b, 9001, "ask", nil, flows.Input{}); len(s.People) != 1 || s.People[0].Before != nil {
		t.Fatalf("the last free place is not taken: %+v", s)
	}
	b[9001] = storage.Person{ID: 9001, Request: storage.RequestOpen, Asked: asked}
	if told := onlyTells(t, step(t, b, 9002, "ask", nil, flows.Input{})); told != "Too many people are waiting now. Please ask again tomorrow." {
		t.Error(told)
	}
}

func TestEveryAdminGetsTheCardButNoSuspendedOne(t *testing.T) {
	t.Parallel()
	b := people()
	b[1003] = storage.Person{ID: 1003, Role: storage.RoleAdmin, Suspended: true}
	b[1004] = storage.Person{ID: 1004, Role: storage.RoleOwner} // of the configuration: it never wrote to the bot
	s := step(t, b, 9001, "ask", nil, flows.Input{From: flows.Sender{Name: strings.Repeat("x", 500), Username: "ann"}})
	told := map[storage.ChatID]storage.PersonID{}
	for _, out := range s.Send {
		told[out.Chat] = out.About
	}
	if diff := cmp.Diff(map[storage.ChatID]storage.PersonID{1001: 9001, 1002: 9001, 1004: 9001}, told); diff != "" {
		t.Error(diff)
	}
	if n := len(s.People[0].After.Name); n > 200 {
		t.Errorf("a name of %d bytes is stored", n)
	}
}

func TestNothingIsDecidedInGroups(t *testing.T) {
	t.Parallel()
	for _, in := range []flows.Input{{Command: "start"}, {Command: "claim", Args: "x"}, {Command: "users"}, {Text: "500 5000"}} {
		in.ChatKind = flows.GroupChat
		if diff := cmp.Diff(flows.Step{}, step(t, people(), 1001, "", nil, in)); diff != "" {
			t.Errorf("%+v: %s", in, diff)
		}
	}
}

// broken is a store that fails.
type broken struct{ book }

var errBroken = errors.New("broken")

func (broken) Person(context.Context, storage.PersonID) (storage.Person, error) {
	return storage.Person{}, errBroken
}
func (broken) PeopleWhere(context.Context, func(storage.Person) bool) ([]storage.Person, error) {
	return nil, errBroken
}

func TestFailingStoreIsAnErrorAndNoAnswer(t *testing.T) {
	t.Parallel()
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	f := access.New(config(t, broken{}))
	for _, c := range []struct{ action, command string }{
		{approve(3001), ""}, {"suspend:2001", ""}, {"limits:2001", ""}, {"users:0", ""}, {"user:2001", ""}, {"ask", ""},
		{"", "pending"}, {"", "users"}, {"", "user"},
	} {
		_, err := f.Step(t.Context(), flows.Dialogue{Person: people()[1001], Action: c.action, Say: catalogue.In("en")},
			flows.Input{Chat: 1001, ChatKind: flows.PrivateChat, From: flows.Sender{ID: 1001}, Command: c.command, Args: "2001"})
		if !errors.Is(err, errBroken) {
			t.Errorf("%+v: error %v", c, err)
		}
	}
}

func TestThePersonsCardSaysSinceWhenNobodyIsReached(t *testing.T) {
	t.Parallel()
	b := people()
	card := func() string {
		return step(t, b, 1001, "", nil, flows.Input{Command: "user", Args: "2001"}).Replies[0].Text.String()
	}
	if text := card(); strings.Contains(text, "reached") {
		t.Errorf("a reachable agent's card: %q", text)
	}
	p := b[2001]
	p.Unreachable, p.Untold, p.UntoldMore = asked, []storage.Untold{{Job: 1}, {Job: 2}}, 5
	b[2001] = p
	if text := card(); !strings.Contains(text, "Cannot be reached since") || !strings.Contains(text, "were not told: 7") {
		t.Errorf("an unreachable agent's card: %q", text)
	}
}
