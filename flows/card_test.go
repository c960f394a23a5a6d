package flows_test

import (
	"context"
	"encoding/json"
	"testing"

	"rechargebot/flows"
	"rechargebot/storage"
)

// Telegram has shown the card, and its answer got lost: the store still owes the screen when the press comes.
func TestAPressOnACardThatTheStoreDoesNotKnow(t *testing.T) {
	t.Parallel()
	screens := func(d *desk) (n int) {
		owed, err := d.store.Pending(context.Background())
		d.must(err)
		for _, notice := range owed {
			if notice.Kind == storage.NoticeScreen {
				n++
			}
		}
		return n
	}
	for _, c := range []struct {
		label   string
		card    int64 // of the session, afterwards
		screens int   // still owed
	}{
		{"Buy", 0, 0},  // the card is the job's now, and the screen would only show it once more
		{"More", 7, 1}, // the next screen edits the card
		{"Peek", 0, 1}, // nothing has changed
	} {
		d := openDesk(t, nil)
		d.command("shop")
		d.handle(d.pressing(c.label))
		s, err := d.store.Session(context.Background(), storage.ChatID(rahim))
		d.must(err)
		if got := screens(d); s.Card != c.card || got != c.screens {
			t.Errorf("%s: the card is %d and %d screens are owed, want %d and %d", c.label, s.Card, got, c.card, c.screens)
		}
		if c.label == "Buy" && (len(d.orders) != 1 || d.orders[0].Card != 7) {
			t.Errorf("orders: %+v", d.orders)
		}
	}

	// A button of another message says nothing about the card.
	d := openDesk(t, nil)
	d.command("shop")
	d.command("deal")
	owed, err := d.store.Pending(context.Background())
	d.must(err)
	var deal flows.Message
	d.must(json.Unmarshal(owed[len(owed)-1].Body, &deal))
	in := from(rahim)
	in.Press, in.Message = deal.Rows[0][1].Token, 8
	d.handle(in)
	s, err := d.store.Session(context.Background(), storage.ChatID(rahim))
	d.must(err)
	if s.Card != 0 || d.screen().Text.String() != "Buy 2?" {
		t.Errorf("the card is %d and shows %q", s.Card, d.screen().Text.String())
	}
}
