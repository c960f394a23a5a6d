package flows_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// Whoever could not be reached is reachable once he says something in his private chat, whatever it is, and hears
// of the results that were too many to keep. What he says elsewhere, or said before, proves nothing.
func TestWhoeverWritesInPrivateCanBeReachedAgain(t *testing.T) {
	t.Parallel()
	d, _ := meddled(t, func(*desk, int) error { return nil })
	d.sendAll()
	person := func() storage.Person {
		p, err := d.store.Person(context.Background(), rahim)
		d.must(err)
		return p
	}
	before := person()
	away := before
	away.Unreachable, away.UntoldMore = d.now.Add(-time.Hour), 3
	_, err := d.store.Commit(context.Background(), storage.Turn{Now: d.now, Actor: rahim, People: []storage.PersonChange{{Before: &before, After: away}}})
	d.must(err)

	inGroup, early := from(rahim), from(rahim)
	inGroup.Chat, inGroup.ChatKind, inGroup.Command, inGroup.From.Name = -5, flows.GroupChat, "id", before.Name
	early.Text, early.At, early.From.Name = "hello", d.now.Add(-2*time.Hour), before.Name
	for _, in := range []flows.Input{inGroup, early} {
		d.handle(in)
		if p := person(); p.Unreachable.IsZero() {
			t.Fatalf("%+v made him reachable", in)
		}
	}
	in := from(rahim)
	in.Text, in.From.Name = "nonsense", "Rahim Uddin III"
	d.handle(in)
	d.handle(in)
	owed, err := d.store.Pending(context.Background())
	d.must(err)
	told := 0
	for _, n := range owed {
		if strings.Contains(string(n.Body), "3 more orders came to an end") {
			told++
		}
	}
	if p := person(); !p.Unreachable.IsZero() || p.UntoldMore != 0 || p.Name != "Rahim Uddin III" || told != 1 {
		t.Errorf("told %d times; the person: %+v", told, p)
	}
	catalogue, err := text.Load()
	d.must(err)
	say := catalogue.In("en")
	for count, want := range map[int]string{1: ", 1 more order came", 2: ", 2 more orders came"} {
		if got := say.Text(text.EngineUntoldMore, text.Values{"Count": count}); !strings.Contains(got, want) {
			t.Errorf("told of %d more: %q", count, got)
		}
	}
}
