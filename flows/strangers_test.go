package flows_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

func askingIn(group storage.ChatID, id storage.PersonID) flows.Input {
	in := from(id)
	in.Chat, in.ChatKind, in.Command = group, flows.GroupChat, "id"
	return in
}

func TestStrangersInAGroupCannotFillTheStore(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	d.handle(askingIn(-5, 9001))
	if n := d.sendAll(); n != 1 {
		t.Fatalf("the first /id has %d answers", n)
	}
	for i := range 5000 {
		d.handle(askingIn(-5, storage.PersonID(9001+i%4)))
	}
	if n := d.sendAll(); n == 0 || n > 30 {
		t.Errorf("5000 times /id have %d answers, want at most 30", n)
	}
	d.handle(askingIn(-5, rahim))
	if n := d.sendAll(); n != 1 {
		t.Errorf("an agent's /id in the same group has %d answers", n)
	}
	d.handle(askingIn(-6, 9010))
	if n := d.sendAll(); n != 1 {
		t.Errorf("/id in another group has %d answers", n)
	}
	d.now = d.now.Add(time.Hour)
	d.handle(askingIn(-5, 9001))
	if n := d.sendAll(); n != 1 {
		t.Errorf("an hour later /id has %d answers", n)
	}
	// One stranger who takes the bot into ever new groups is one stranger.
	for i := range 1000 {
		d.handle(askingIn(storage.ChatID(-1000-i), 9020))
	}
	if n := d.sendAll(); n == 0 || n > 30 {
		t.Errorf("1000 groups have %d answers, want at most 30", n)
	}
}

// A stranger who was told how to ask for access hears nothing more of what he says within the hour.
func TestAGreetedStrangerIsNotToldAgainWhatToDo(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	says := func(id storage.PersonID, command, words string) int {
		in := from(id)
		in.Command, in.Text = command, words
		d.handle(in)
		return d.sendAll()
	}
	for _, c := range []struct {
		id      storage.PersonID
		command string
		words   string
		want    int
	}{
		{9001, "start", "", 1}, {9001, "", "hello", 0}, {9001, "order", "", 0}, {9001, "help", "", 0}, {9001, "start", "", 1}, {9001, "id", "", 1},
		{9002, "", "hello", 1}, {9002, "", "hello?", 0}, {9002, "start", "", 1}, {9002, "", "thanks", 0},
		{9003, "id", "", 1}, {9003, "", "what now?", 1}, {9003, "", "please", 0},
	} {
		if n := says(c.id, c.command, c.words); n != c.want {
			t.Errorf("stranger %d who says %q has %d answers, want %d", c.id, c.command+c.words, n, c.want)
		}
	}
	d.now = d.now.Add(time.Hour)
	if n := says(9001, "", "hello"); n != 1 {
		t.Errorf("an hour later he has %d answers", n)
	}
}

// What is always answered is answered when the house is full of strangers, too.
func TestACrowdSilencesNobodyWhoMustBeHeard(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	says := func(id storage.PersonID, command string) {
		in := from(id)
		in.Command = command
		d.handle(in)
	}
	for i := range 5000 {
		says(storage.PersonID(10_000+i), "start")
	}
	if n := d.sendAll(); n != 4096 {
		t.Fatalf("a crowd has %d answers", n)
	}
	says(9001, "start")
	if n := d.sendAll(); n != 0 {
		t.Fatalf("a full house answers %d times", n)
	}
	says(9001, "alarm")
	if n := d.sendAll(); n != 1 {
		t.Errorf("what is always answered has %d answers", n)
	}
}

// An anonymous group admin is nobody to us, but may look up the group's id for the configuration.
func TestAnAnonymousAdminHearsTheGroupsID(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	d.handle(askingIn(-5, 0))
	if n := d.sendAll(); n != 1 {
		t.Errorf("an anonymous /id has %d answers", n)
	}
	for range 1000 {
		d.handle(askingIn(-5, 0))
	}
	if n := d.sendAll(); n > 30 {
		t.Errorf("1000 anonymous /id have %d answers, want at most 30", n)
	}
}

func TestSomebodySuspendedHearsWhyAndCannotFillTheStore(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	d.command("shop")
	press := d.pressing("Buy")
	p, err := d.store.Person(context.Background(), rahim)
	d.must(err)
	after := p
	after.Suspended = true
	_, err = d.store.Commit(context.Background(), storage.Turn{
		Now: d.now, Actor: rahim, People: []storage.PersonChange{{Before: &p, After: after}},
	})
	d.must(err)
	for i := range 9000 { // a crowd of strangers silences nobody who is known
		in := from(storage.PersonID(10_000 + i))
		in.Text = "hello"
		d.handle(in)
	}
	d.sendAll()

	hello := from(rahim)
	hello.Text = "hello"
	for range 3 {
		d.handle(hello)
		owed, err := d.store.Pending(context.Background())
		d.must(err)
		var m flows.Message
		if len(owed) == 1 {
			d.must(json.Unmarshal(owed[0].Body, &m))
		}
		if want := english(t).Text(text.EngineSuspended, nil); m.Text.String() != want {
			t.Errorf("said %q in %d messages, want %q", m.Text.String(), len(owed), want)
		}
		d.sendAll()
	}
	d.command("id")
	if owed, err := d.store.Pending(context.Background()); err != nil || len(owed) != 1 || !strings.Contains(string(owed[0].Body), "2001") {
		t.Errorf("/id is answered with %v, %v", owed, err)
	}
	d.sendAll()
	for range 5000 {
		d.handle(hello)
		d.command("help")
	}
	if n := d.sendAll(); n == 0 || n > 30 {
		t.Errorf("10,000 inputs have %d answers, want at most 30", n)
	}
	if a := d.handle(press); a.Text != english(t).Text(text.EngineSuspended, nil) || len(d.orders) != 0 {
		t.Errorf("a press is answered %q", a.Text)
	}
	d.now = d.now.Add(time.Hour)
	d.handle(hello)
	if n := d.sendAll(); n != 1 {
		t.Errorf("an hour later there are %d answers", n)
	}
}
