package review_test

import (
	"strings"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/storage"
)

// says is one admin who opens the desk, presses a button, and writes a reason when one is asked for.
func (o *office) says(who storage.PersonID, press, reason string) {
	o.Helper()
	alone := []storage.PersonID{who}
	o.together(alone, func(storage.PersonID) flows.Input { return flows.Input{Command: "review"} })
	o.together(alone, func(p storage.PersonID) flows.Input { return flows.Input{Press: o.token(p, press), Message: 7} })
	if reason != "" {
		o.together(alone, func(storage.PersonID) flows.Input { return flows.Input{Text: reason} })
	}
}

// suspend takes the admin's right to decide.
func (o *office) suspend(who storage.PersonID) {
	o.Helper()
	before, err := o.store.Person(o.Context(), who)
	if err != nil {
		o.Fatal(err)
	}
	after := before
	after.Suspended, after.Role = true, storage.RoleAgent
	change := storage.PersonChange{Before: &before, After: after, ByAdmin: true}
	if _, err := o.store.Commit(o.Context(), storage.Turn{Now: time.Now(), Actor: anyAgent, People: []storage.PersonChange{change}}); err != nil {
		o.Fatal(err)
	}
}

// Whoever was removed since he spoke counts for nothing: the next one is the first.
func TestTheWordOfARemovedAdminCountsForNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.inReview(600)
	o.says(o.who[0], "Mark failed", "nothing in their panel")
	o.suspend(o.who[0])
	o.says(o.who[1], "Mark failed", "I do agree")
	if j := o.job(id); j.State != storage.Review || j.Verdict == nil || j.Verdict.By != o.who[1] {
		t.Fatalf("%s after the word of one who may decide: %+v", j.State, j.Verdict)
	}
	o.says(o.who[2], "Mark failed", "I see it too")
	j := o.job(id)
	note := j.History[len(j.History)-1].Note
	if j.State != storage.Failed || !strings.Contains(note, "person 1002: I do agree") || strings.Contains(note, "nothing in their panel") {
		t.Errorf("%s: %q", j.State, note)
	}
}

// What one person writes as the operator's serial is told when a second one has agreed, and not before.
func TestASerialIsToldWithTheSecondWord(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.inReview(600)
	o.says(o.who[0], "Mark delivered", "serial: BD1111111\nseen in their panel")
	if j := o.job(id); j.Serial != "" || j.Verdict == nil || j.Verdict.Serial != "BD1111111" {
		t.Fatalf("after one word: %q, %+v", j.Serial, j.Verdict)
	}
	o.says(o.who[1], "Ask again", "")
	j := o.job(id)
	if j.State != storage.Unknown || j.Serial != "" || j.Verdict != nil {
		t.Fatalf("asked again: %s, %q, %+v", j.State, j.Serial, j.Verdict)
	}
	back := storage.Move{Now: time.Now(), Job: id, Version: j.Version, To: storage.Review, By: "dispatch", Due: time.Now().Add(time.Hour)}
	if _, err := o.store.Move(t.Context(), back); err != nil {
		t.Fatal(err)
	}
	o.says(o.who[0], "Mark delivered", "serial: BD2222222\nseen in their panel")
	o.says(o.who[1], "Mark delivered", "the customer has it")
	if j = o.job(id); j.State != storage.Delivered || j.Serial != "BD2222222" {
		t.Errorf("%s with serial %q", j.State, j.Serial)
	}
}

// The second person's own serial wins over that of the first.
func TestTheSerialIsTheSecondPersons(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.inReview(600)
	o.says(o.who[0], "Mark delivered", "serial: BD3333333\nseen in their panel")
	o.says(o.who[1], "Mark delivered", "serial: BD4444444\nwith another serial")
	if j := o.job(id); j.State != storage.Delivered || j.Serial != "BD4444444" {
		t.Errorf("%s with serial %q", j.State, j.Serial)
	}
}

// Of many who take a success back at once above the sum, two do, and the money comes back once.
func TestOfManyAdminsAtOnceTwoReverse(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.inReview(600)
	j := o.job(id)
	m := storage.Move{Now: time.Now(), Job: id, Version: j.Version, To: storage.Delivered, By: "dispatch", Close: storage.ProofDelivered}
	if _, err := o.store.Move(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	for round, want := range []storage.State{storage.Delivered, storage.Reversed} {
		o.together(o.who, func(storage.PersonID) flows.Input { return flows.Input{Command: "review", Args: string(id.Code())} })
		o.together(o.who, func(p storage.PersonID) flows.Input {
			return flows.Input{Press: o.token(p, "Mark reversed"), Message: 7}
		})
		o.together(o.who, func(p storage.PersonID) flows.Input { return flows.Input{Text: reasonOf(p)} })
		if j = o.job(id); j.State != want || (want == storage.Delivered) != (j.Verdict != nil) {
			t.Fatalf("round %d: %s, %+v", round, j.State, j.Verdict)
		}
	}
	if err := o.store.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
