package access_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/access"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

func (o *office) handle(who storage.PersonID, in flows.Input) flows.Answer {
	o.Helper()
	id, in := o.input(who, in)
	answer, err := o.engine.Handle(o.Context(), id, in)
	if err != nil {
		o.Fatal(err)
	}
	return answer
}

// said lists what is owed to a chat, as it reads.
func (o *office) said(chat storage.ChatID) []string {
	o.Helper()
	notices, err := o.store.Pending(o.Context())
	if err != nil {
		o.Fatal(err)
	}
	composer := flows.NewComposer(o.store, english(o.T), "en")
	var out []string
	for _, n := range notices {
		if n.Chat == chat {
			m, err := composer.Compose(o.Context(), n)
			if err != nil {
				o.Fatal(err)
			}
			out = append(out, m.Text.String())
		}
	}
	return out
}

func english(t *testing.T) *text.Catalogue {
	t.Helper()
	c, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// invitation lets an owner make one, and returns its token.
func (o *office) invitation(by storage.PersonID) string {
	o.Helper()
	if err := o.store.EnsureOwners(o.Context(), time.Now(), by); err != nil {
		o.Fatal(err)
	}
	o.handle(by, flows.Input{Command: "invite"})
	said := o.said(storage.ChatID(by))
	token := regexp.MustCompile(`\?start=([A-Za-z0-9_-]{24})\n`).FindStringSubmatch(said[len(said)-1])
	if token == nil {
		o.Fatalf("the invitation reads %q", said)
	}
	return token[1]
}

func (o *office) asking() []storage.Person {
	o.Helper()
	people, err := o.store.PeopleWhere(o.Context(), func(p storage.Person) bool { return p.Request == storage.RequestOpen })
	if err != nil {
		o.Fatal(err)
	}
	return people
}

func TestOfManyWhoOpenOneLinkOneAsks(t *testing.T) {
	t.Parallel()
	o := newOffice(t, nil)
	token := o.invitation(1001)
	var who []storage.PersonID
	var ins []flows.Input
	for i := range 40 {
		who = append(who, storage.PersonID(3001+i))
		ins = append(ins, flows.Input{Command: "start", Args: token, From: flows.Sender{Name: "N"}})
	}
	o.together(who, ins)
	if asking := o.asking(); len(asking) != 1 || asking[0].InvitedBy != 1001 || asking[0].Role != storage.RoleNone {
		t.Errorf("these ask: %+v", asking)
	}
	if got := len(o.buttons("Request access")); got != 39 {
		t.Errorf("%d of the others are greeted as strangers are", got)
	}
}

func TestAnInvitationIsNoButtonAndAButtonIsNoInvitation(t *testing.T) {
	t.Parallel()
	o := newOffice(t, nil)
	token := o.invitation(1001)
	for _, who := range []storage.PersonID{1001, 3001} {
		if a := o.handle(who, flows.Input{Press: token, Message: 7}); a.Text == "" || len(o.asking()) > 0 {
			t.Errorf("pressed by %d: %q, %v ask", who, a.Text, o.asking())
		}
	}
	o.handle(3001, flows.Input{Command: "start"})
	buttons := []string{o.buttons("Request access")[3001], o.buttons("Cancel the invitation")[1001], o.buttons("Recharge")[1001]}
	for _, button := range buttons {
		for _, command := range []string{"start", "claim", "help", "invite"} {
			o.handle(3002, flows.Input{Command: command, Args: button})
		}
	}
	flipped := "A" + token[1:]
	if flipped == token {
		flipped = "B" + token[1:]
	}
	for _, args := range []string{flipped, token[:23], token + "A", token + "=", strings.ToUpper(token), strings.Repeat(token, 4)} {
		o.handle(3002, flows.Input{Command: "start", Args: args})
	}
	for _, command := range []string{"claim", "help", "id", "invite", "recharge"} {
		o.handle(3002, flows.Input{Command: command, Args: token})
	}
	if len(o.asking()) > 0 {
		t.Errorf("these ask: %v", o.asking())
	}
	// All of it left the invitation, and the button, as they were.
	o.handle(3001, flows.Input{Press: buttons[0], Message: 9})
	o.handle(3003, flows.Input{Command: "start", Args: token})
	asking := o.asking()
	if len(asking) != 2 || asking[0].InvitedBy != 0 || asking[1].InvitedBy != 1001 {
		t.Errorf("these ask: %+v", asking)
	}
}

func TestWhoeverIsInvitedIsHeardAmongStrangers(t *testing.T) {
	t.Parallel()
	o := newOffice(t, nil)
	token := o.invitation(1001)
	for range 100 {
		o.handle(3001, flows.Input{Command: "start"})
	}
	if n := len(o.said(3001)); n > 40 {
		t.Errorf("a stranger is answered %d times", n)
	}
	for i := range 5000 {
		o.handle(storage.PersonID(10_000+i), flows.Input{Command: "help"})
	}
	o.handle(3001, flows.Input{Command: "start", Args: token})
	if asking := o.asking(); len(asking) != 1 || asking[0].ID != 3001 {
		t.Errorf("these ask: %+v", asking)
	}
}

func TestInvitationsAreBounded(t *testing.T) {
	t.Parallel()
	o := newOffice(t, nil)
	o.invitation(1001)
	for range access.MaxInvites + 5 {
		o.handle(1001, flows.Input{Command: "invite"})
	}
	open, err := o.store.Invites(t.Context(), time.Now())
	if err != nil || len(open) != access.MaxInvites {
		t.Errorf("%d invitations are open (%v)", len(open), err)
	}
	said := o.said(1001)
	if last := said[len(said)-1]; !strings.HasPrefix(last, fmt.Sprintf("%d invitations are open", access.MaxInvites)) {
		t.Errorf("the last one is answered with %q", last)
	}
}

func TestACrowdOfAskersDoesNotShutTheInvitedOut(t *testing.T) {
	t.Parallel()
	b := people()
	for i := range access.MaxOpen {
		id := storage.PersonID(10_000 + i)
		b[id] = storage.Person{ID: id, Request: storage.RequestOpen, Asked: asked}
	}
	s, err := access.New(config(t, b)).Step(t.Context(), flows.Dialogue{
		Person: storage.Person{ID: 3002, Chat: 3002}, Inviter: 1001, Say: english(t).In("en"),
	}, flows.Input{Chat: 3002, ChatKind: flows.PrivateChat, Command: "start", From: flows.Sender{ID: 3002}})
	if err != nil {
		t.Fatal(err)
	}
	if !s.Invited || len(s.People) != 1 || s.People[0].After.InvitedBy != 1001 {
		t.Errorf("the step is %+v", s)
	}
}

func TestBeforeTheBotKnowsItsNameNobodyIsInvited(t *testing.T) {
	t.Parallel()
	c := config(t, people())
	c.Username = nil
	s, err := access.New(c).Step(t.Context(), flows.Dialogue{Person: people()[1001], Say: english(t).In("en")},
		flows.Input{Chat: 1001, ChatKind: flows.PrivateChat, Command: "invite", From: flows.Sender{ID: 1001}})
	if err != nil || s.Invite != nil || len(s.Replies) != 1 || !strings.Contains(s.Replies[0].Text.String(), "try again in a moment") {
		t.Errorf("the step is %+v (%v)", s, err)
	}
}

func TestWhatRefusesARevocationIsTold(t *testing.T) {
	t.Parallel()
	for refused, want := range map[error]string{
		storage.ErrPressed:  "used already, or its time is over",
		storage.ErrConflict: "nothing was done",
	} {
		s := step(t, people(), 1001, "uninvite:x", refused, flows.Input{})
		if s.Revoke != "" || !strings.Contains(s.Answer.Text, want) {
			t.Errorf("%v: %+v", refused, s)
		}
	}
	if told := onlyTells(t, step(t, people(), 2001, "uninvite:x", nil, flows.Input{})); told != "Only admins can do this." {
		t.Errorf("an agent's: %q", told)
	}
}
