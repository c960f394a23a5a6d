package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/storage"
)

// A hundred thumbs press one Confirm at once, from as many clients of the same person.
func TestThreatReplayedConfirm(t *testing.T) {
	t.Parallel()
	d, card := ordering(t, deskPlan{})
	presses := make([]sandbox.Press, 100)
	var thumbs sync.WaitGroup
	for i := range presses {
		thumbs.Go(func() {
			var err error
			if presses[i], err = d.telegram.Forge(agent, agent, card.ID, tokens(card)[0]); err != nil {
				t.Error(err)
			}
		})
	}
	thumbs.Wait()
	said := map[string]int{}
	for _, a := range d.answersTo(presses) {
		said[a.Text]++
	}
	if said["Order accepted."] != 1 || said[saidStale] != 99 {
		t.Errorf("the presses were answered %v", said)
	}
	d.sees(agent, "Delivered", "01712345678")
	d.wantOneOrder("01712345678", 50)
}

// One update comes fifty times, over five lives that end in different ways, and so does the order's line.
func TestThreatRedeliveredUpdateAcrossRestarts(t *testing.T) {
	t.Parallel()
	d, card := ordering(t, deskPlan{})
	line := d.telegram.LastUpdate()
	press := d.forges(agent, agent, card.ID, tokens(card)[0])
	for life := range 5 {
		for _, update := range []int64{press.Update, line} {
			if err := d.telegram.Redeliver(update, 10); err != nil {
				t.Fatal(err)
			}
		}
		if life%2 == 0 {
			d.kill()
		} else {
			d.eventually("all of it is fetched", d.telegram.Confirmed)
			d.stopsReady()
		}
		d.start()
	}
	d.eventually("all of it is fetched", d.telegram.Confirmed)
	d.sees(agent, "Delivered", "01712345678")
	d.says(agent, "/help")
	d.sees(agent, "What you can do here")
	d.wantOneOrder("01712345678", 50)
	if n := d.count(agent, "Please check this order"); n > 1 { // a crash may show a card once more
		t.Errorf("%d cards:\n%s", n, d.transcript(agent))
	}
}

// Confirm is pressed on cards that are not so any more: another amount was typed, the order was left, the limit
// was lowered, a quarter of an hour has gone by. Each press is told so, and none orders what was not on the card.
func TestThreatStaleConfirm(t *testing.T) {
	t.Parallel()
	d, old := ordering(t, deskPlan{})
	d.says(agent, "01712345678 70")
	newer := d.sees(agent, "[Confirm", "70")
	stale := []sandbox.Press{d.forges(agent, agent, old.ID, tokens(old)[0]), d.forges(agent, agent, newer.ID, tokens(old)[0])}
	said := d.answersTo(stale)
	if a := said[stale[0].Query]; a.Text != saidStale {
		t.Errorf("the old card's Confirm says %q", a.Text)
	}
	if a := said[stale[1].Query]; a.Text != saidRedrawn {
		t.Errorf("the old Confirm on the new card says %q", a.Text)
	}
	if n := d.upstream.Totals("ecare-x").Accepted; n != 0 {
		t.Fatalf("%d orders of an amount that was changed", n)
	}

	// An admin lowers the limit while the card is open.
	d.says(admin, "/user 2001")
	d.presses(admin, "Limits", "2001")
	d.says(admin, "60 5000")
	d.sees(admin, "new limits are set")
	d.pressesNewest(agent, "70", "limit for one order")
	if n := d.upstream.Totals("ecare-x").Accepted; n != 0 {
		t.Fatalf("%d orders above the limit", n)
	}
	d.says(agent, "55")
	d.pressesNewest(agent, "55", "Delivered")
	d.wantOneOrder("01712345678", 55)

	// A cancelled order's Confirm, and one whose time is over.
	d.says(agent, "01712345678 20")
	left := d.sees(agent, "[Confirm", "20")
	d.presses(agent, "Cancel", "20")
	d.sees(agent, "Cancelled. Nothing was sent.")
	d.answersTo([]sandbox.Press{d.forges(agent, agent, left.ID, tokens(left)[0])})
	d.says(agent, "01812345678 30")
	late := d.sees(agent, "[Confirm", "01812345678")
	d.ages()
	d.start()
	p := d.forges(agent, agent, late.ID, tokens(late)[0])
	if a := d.answersTo([]sandbox.Press{p})[p.Query]; a.Text != saidRedrawn {
		t.Errorf("a late Confirm says %q", a.Text)
	}
	d.pressesNewest(agent, "01812345678", "Delivered")
	if n := d.upstream.Totals("ecare-x").Accepted; n != 2 {
		t.Errorf("%d orders", n)
	}
}

func (d *desktop) wantOneOrder(number string, taka int64) {
	d.t.Helper()
	o := d.orders(number, taka)
	if len(o) != 1 || d.upstream.Sends(o[0].Reference) != 1 || d.upstream.Totals("ecare-x").Accepted != 1 {
		d.t.Errorf("want one order, there are %+v, and %+v in all", o, d.upstream.Totals("ecare-x"))
	}
}

// pressesNewest presses the newest Confirm of a card that holds the words, and again when the card changes under
// the thumb, until the chat says so.
func (d *desktop) pressesNewest(person int64, card, until string) {
	d.t.Helper()
	pressed := map[string]bool{}
	d.eventually(fmt.Sprintf("Confirm of %s leads to %q", card, until), func() bool {
		for _, m := range d.telegram.Messages(person) {
			if holds(m, "[Confirm", card) && !pressed[tokens(m)[0]] {
				pressed[tokens(m)[0]] = true
				d.forges(person, person, m.ID, tokens(m)[0])
			}
		}
		for _, m := range d.telegram.Messages(person) {
			if strings.Contains(m.Text, until) && strings.Contains(m.Text, card) || until == "limit for one order" && strings.Contains(m.Text, until) {
				return true
			}
		}
		return false
	})
}

// ages lets the quarter of an hour go by in which an order's buttons live, and ends the bot's life meanwhile.
func (d *desktop) ages() {
	d.t.Helper()
	d.betweenLives(func(store storage.Store) error {
		n, err := store.Sweep(d.t.Context(), time.Now().Add(20*time.Minute), 1000)
		if n == 0 {
			d.t.Error("no buttons are over after twenty minutes")
		}
		return err
	})
}
