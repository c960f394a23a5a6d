package access_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/access"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// saysTo are the messages owed to a person.
func (o *office) saysTo(who storage.PersonID) (out []string) {
	o.Helper()
	notices, err := o.store.Pending(o.Context())
	if err != nil {
		o.Fatal(err)
	}
	for _, n := range notices {
		var m flows.Message
		if err := json.Unmarshal(n.Body, &m); err != nil {
			o.Fatal(err)
		}
		if n.Person == who {
			out = append(out, m.Text.String())
		}
	}
	return out
}

// asks lets people ask for access, so many at the same time.
func (o *office) asks(from, to storage.PersonID, together int) {
	o.Helper()
	var all []storage.PersonID
	for id := from; id < to; id++ {
		all = append(all, id)
	}
	for some := range slices.Chunk(all, 25) {
		o.together(some, slices.Repeat([]flows.Input{{Command: "start"}}, len(some)))
	}
	tokens := o.buttons("Request access")
	for some := range slices.Chunk(all, together) {
		presses := make([]flows.Input, len(some))
		for i, id := range some {
			presses[i] = flows.Input{Press: tokens[id], Message: 5, From: flows.Sender{Name: fmt.Sprint("Asker ", id)}}
		}
		o.together(some, presses)
	}
}

// Five hundred people ask. The store keeps as many requests as are allowed, and an admin's chat is not buried:
// ten cards, and now and then how many wait.
func TestACrowdOfAskersDoesNotBuryTheAdmins(t *testing.T) {
	t.Parallel()
	for _, together := range []int{1, 25} {
		o := newOffice(t, nil)
		if err := o.store.EnsureOwners(t.Context(), time.Now(), 1001, 1002); err != nil {
			t.Fatal(err)
		}
		o.asks(5000, 5500, together)
		open, err := o.store.PeopleWhere(t.Context(), func(p storage.Person) bool { return p.Request == storage.RequestOpen })
		if err != nil {
			t.Fatal(err)
		}
		if len(open) < access.MaxOpen || len(open) >= access.MaxOpen+together {
			t.Errorf("%d at a time: %d requests are open, the cap is %d", together, len(open), access.MaxOpen)
		}
		for _, admin := range []storage.PersonID{1001, 1002} {
			cards, sums := 0, 0
			said := o.saysTo(admin)
			for _, m := range said {
				switch {
				case strings.Contains(m, "asks for access"):
					cards++
				case strings.Contains(m, "people wait for access now. While so many ask, I do not send a card of each: /pending shows them, a few at a time."):
					sums++
				default:
					t.Errorf("admin %d reads %q", admin, m)
				}
			}
			if together == 1 && (cards != 10 || sums != 19) || cards < 10 || cards+sums > 60 {
				t.Errorf("%d at a time: admin %d gets %d cards and %d sums", together, admin, cards, sums)
			}
			if !strings.Contains(said[0], "Asker 5000") && together == 1 || strings.Contains(said[0], "/pending") {
				t.Errorf("the first card reads %q", said[0])
			}
			if last := said[9]; together == 1 && !strings.Contains(last, "10 people wait") {
				t.Errorf("the last card does not say that more may come: %q", last)
			}
		}
		if err := o.store.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// Whoever asks in a crowd is decided about as quickly as the admins press: each decision brings the card of the
// one who waits longest without one, also when two admins decide at once.
func TestEachDecisionBringsTheNextCard(t *testing.T) {
	t.Parallel()
	for _, deciding := range [][]storage.PersonID{{1001}, {1001, 1002}} {
		o := newOffice(t, nil)
		if err := o.store.EnsureOwners(t.Context(), time.Now(), 1001, 1002); err != nil {
			t.Fatal(err)
		}
		const crowd = 37
		o.asks(5000, 5000+crowd, 1)
		for pressed := 0; pressed < crowd; {
			var who []storage.PersonID
			var ins []flows.Input
			taken := map[storage.PersonID]bool{}
			for _, admin := range deciding {
				if card := o.undecided(admin, taken); card.About != 0 {
					taken[card.About] = true
					who, ins = append(who, admin), append(ins, flows.Input{Press: card.token, Message: int64(card.ID)})
				}
			}
			if len(who) == 0 {
				t.Fatalf("%d admins: after %d decisions nobody has a card to press", len(deciding), pressed)
			}
			o.together(who, ins)
			pressed += len(who)
		}
		in, err := o.store.PeopleWhere(t.Context(), func(p storage.Person) bool { return p.Role == storage.RoleAgent })
		if err != nil || len(in) != crowd {
			t.Errorf("%d admins: %d of %d are in, %v", len(deciding), len(in), crowd, err)
		}
		cards := 0
		for _, m := range o.saysTo(1002) {
			if strings.Contains(m, "asks for access") && !strings.Contains(m, "Approved by") {
				cards++
			}
		}
		if cards != crowd {
			t.Errorf("%d admins: %d cards of %d requests", len(deciding), cards, crowd)
		}
		if err := o.store.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// undecidedCard is a request's card that an admin was sent.
type undecidedCard struct {
	storage.Notice
	token string
}

// undecided is the first of an admin's cards whose request is open and not among the taken.
func (o *office) undecided(admin storage.PersonID, taken map[storage.PersonID]bool) undecidedCard {
	o.Helper()
	notices, err := o.store.Pending(o.Context())
	if err != nil {
		o.Fatal(err)
	}
	for _, n := range notices {
		var m flows.Message
		if err := json.Unmarshal(n.Body, &m); err != nil {
			o.Fatal(err)
		}
		if n.Person != admin || n.About == 0 || len(m.Rows) == 0 || taken[n.About] {
			continue
		}
		p, err := o.store.Person(o.Context(), n.About)
		if err != nil {
			o.Fatal(err)
		}
		if p.Request == storage.RequestOpen {
			return undecidedCard{n, m.Rows[0][0].Token}
		}
	}
	return undecidedCard{}
}

// A request that comes an hour after a crowd has its card again, which says that others wait.
func TestTheCardsComeAgainAfterTheCrowd(t *testing.T) {
	t.Parallel()
	b := people()
	for i := range storage.PersonID(30) {
		b[10_000+i] = storage.Person{ID: 10_000 + i, Request: storage.RequestOpen, Asked: time.Now().Add(-2 * time.Hour)}
	}
	s := step(t, b, 9001, "ask", nil, flows.Input{})
	if len(s.Send) == 0 || s.Send[0].About != 9001 || len(s.Send[0].With.Rows) == 0 || !strings.Contains(s.Send[0].With.Text.String(), "people wait for access") {
		t.Errorf("the admins are told %+v", s.Send)
	}
}

// stepIn takes a text's step in the open dialogue.
func stepIn(t *testing.T, b book, who storage.PersonID, state []byte, in flows.Input) flows.Step {
	t.Helper()
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	in.Chat, in.ChatKind, in.From.ID = storage.ChatID(who), flows.PrivateChat, who
	s, err := access.New(config(t, b)).Step(t.Context(), flows.Dialogue{Person: b[who], State: state, Say: catalogue.In("en")}, in)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What somebody else wrote sets no limits, though an admin passed it on.
func TestForwardedWordsSetNoLimits(t *testing.T) {
	t.Parallel()
	state := []byte(`{"limits_of":2001}`)
	s := stepIn(t, people(), 1001, state, flows.Input{Text: "500000 5000000", Forwarded: true})
	if len(s.People) != 0 || s.Screen == nil || !strings.Contains(s.Screen.Text.String(), "forwarded") {
		t.Errorf("a forwarded line makes %+v", s)
	}
	if s := stepIn(t, people(), 1001, state, flows.Input{Text: "500 5000"}); len(s.People) != 1 {
		t.Errorf("a typed line makes %+v", s)
	}
}
