package flows_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// album is a flow whose button puts a message in the place of the one that was pressed.
type album struct{}

func (album) Name() string { return "album" }

func (album) Commands() []flows.Command { return []flows.Command{{Name: "album", Who: flows.Agents}} }

func (album) Step(_ context.Context, d flows.Dialogue, in flows.Input) (flows.Step, error) {
	m := flows.Message{Text: text.Rich{{Text: "A picture."}}, Rows: [][]flows.Button{{{Label: "Turn", Action: "turn"}}}}
	if d.Action == "" {
		return flows.Step{Replies: []flows.Message{m}, Keep: true}, nil
	}
	return flows.Step{Edits: []flows.Edit{{Chat: in.Chat, Message: in.Message, With: m}}, Keep: true}, nil
}

// buys has the agent order from the screen that is owed, as pressed under that message.
func (d *desk) buys(message int64) storage.Job {
	d.Helper()
	in := d.pressing("Buy")
	in.Message = message
	d.handle(in)
	return d.orders[len(d.orders)-1]
}

// shows sends the screen that is owed, as that message.
func (d *desk) shows(message int64) {
	d.Helper()
	owed, err := d.store.Pending(context.Background())
	d.must(err)
	i := slices.IndexFunc(owed, func(n storage.Notice) bool { return n.Kind == storage.NoticeScreen })
	d.must(d.store.Sent(context.Background(), owed[i], message))
}

// A client presses Confirm and names another message of its chat: the card of an order that is under way.
func TestAnOrderDoesNotTakeAnotherOrdersCard(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	d.command("shop")
	if first := d.buys(7); first.Card != 7 {
		t.Fatalf("the first order has the card %d", first.Card)
	}
	d.command("shop")
	in := d.pressing("Buy")
	d.shows(8)
	in.Message = 7
	d.handle(in)
	if second := d.orders[1]; second.Card != 8 {
		t.Errorf("pressed under the first order's card, the second order has the card %d, want its own, 8", second.Card)
	}

	// The answer to the sending of the third one's card was lost, so the store does not know it.
	d.command("shop")
	if third := d.buys(8); third.Card != 0 {
		t.Errorf("the third order takes the second one's card: %d", third.Card)
	}
	d.command("shop")
	if fourth := d.buys(9); fourth.Card != 9 {
		t.Errorf("the fourth order has the card %d, want the message that was pressed", fourth.Card)
	}
}

// The answer to the sending of a screen was lost, so it was sent twice: the order takes the card that the store knows,
// and the other message, under which it was confirmed, does not go on asking.
func TestAScreenThatWasSentTwiceAsksOnce(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	d.command("shop")
	in := d.pressing("Buy")
	d.shows(8)
	in.Message = 7 // which nobody knows of
	d.handle(in)
	owed, err := d.store.Pending(context.Background())
	d.must(err)
	var edited []int64
	for _, n := range owed {
		var m flows.Message
		if n.Kind == storage.NoticeEdit {
			d.must(json.Unmarshal(n.Body, &m))
			edited = append(edited, n.Message)
			if len(m.Rows) != 0 || m.Text.String() != "Closed." {
				t.Errorf("message %d is to say %q with %d rows of buttons", n.Message, m.Text, len(m.Rows))
			}
		}
	}
	if !slices.Equal(edited, []int64{7}) || d.orders[0].Card != 8 {
		t.Errorf("messages %v are brought up to date, and the order has the card %d", edited, d.orders[0].Card)
	}
	d.handle(in) // the second tap
	if again, err := d.store.Pending(context.Background()); err != nil || len(again) != len(owed) {
		t.Errorf("a second tap under it owes %d more (%v)", len(again)-len(owed), err)
	}
}

// The same with a button that only goes on: the dialogue does not move into a job's card.
func TestADialogueDoesNotMoveIntoAJobsCard(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	d.command("shop")
	d.buys(7)
	d.command("shop")
	d.handle(d.pressing("More")) // under message 7
	s, err := d.store.Session(context.Background(), storage.ChatID(rahim))
	d.must(err)
	if s.Card != 0 {
		t.Errorf("the dialogue goes on in message %d, which is a job's card", s.Card)
	}
}

// A list is pressed as if its button stood under other messages: only its own may give way to the next page.
func TestALookDoesNotReplaceAnOrderOrAnOpenCard(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil, album{})
	d.command("shop")
	d.buys(7)
	d.command("shop")
	d.shows(8)
	d.command("album")
	owed, err := d.store.Pending(context.Background())
	d.must(err)
	var list flows.Message
	d.must(json.Unmarshal(owed[len(owed)-1].Body, &list))
	for _, c := range []struct {
		message int64
		kind    storage.NoticeKind
	}{
		{7, storage.NoticeMessage}, // the order's card
		{8, storage.NoticeMessage}, // the open dialogue's
		{9, storage.NoticeEdit},
	} {
		in := from(rahim)
		in.Press, in.Message = list.Rows[0][0].Token, c.message
		d.handle(in)
		owed, err := d.store.Pending(context.Background())
		d.must(err)
		if n := owed[len(owed)-1]; n.Kind != c.kind || n.Kind == storage.NoticeEdit && n.Message != c.message {
			t.Errorf("pressed under message %d: %s of message %d, want %s", c.message, n.Kind, n.Message, c.kind)
		}
	}
}
