package main

import (
	"strings"
	"testing"

	"rechargebot/providers/simulated"
	"rechargebot/storage"
)

// An agent tries to get above the limits: in one order, over the day, by another number, by pressing twice, after
// a restart. What the provider was asked for stays below them.
func TestThreatInsiderAboveTheLimits(t *testing.T) {
	t.Parallel()
	d, _ := ordering(t, deskPlan{dispatch: "[limits]\nper_order = \"60.00\"\nper_day = \"120.00\"\n" + quickDispatch})
	d.pressesNewest(agent, "01712345678", "Delivered") // 50
	d.says(agent, "01812345678 61")
	d.sees(agent, "Your limit for one order is ৳60. Please send a smaller amount.")
	d.says(agent, "01812345678 55")
	d.pressesNewest(agent, "01812345678", "Delivered")
	d.says(agent, "01912345678 20")
	d.sees(agent, "You have ৳15 left of your ৳120 for today. Please send a smaller amount.")
	d.stopsReady()
	d.start()
	d.says(agent, "01612345678 16")
	d.eventually("it is refused after a restart, too", func() bool { return d.count(agent, "You have ৳15 left", "01612345678") > 0 })
	d.says(agent, "15")
	d.pressesNewest(agent, "01612345678", "Delivered")
	if f := d.upstream.Totals("ecare-x"); f.Accepted != 3 {
		t.Errorf("%d orders were accepted", f.Accepted)
	}
}

// An admin's own order ends in doubt: he can decide nothing about it, nor about himself, whatever he presses.
func TestThreatInsiderDecidesAboutHimself(t *testing.T) {
	t.Parallel()
	d, _ := ordering(t, deskPlan{dispatch: "[dispatch]\nsubmit_timeout = \"8s\"\nenquire_after = [\"200ms\"]\nreview_after = \"2s\"\n"}, second)
	d.betweenLives(func(store storage.Store) error {
		before, err := store.Person(t.Context(), second)
		if err != nil {
			return err
		}
		after := before
		after.Role, after.Request = storage.RoleAdmin, storage.RequestOpen // as one who asked before he was named
		return d.commit(store, storage.PersonChange{Before: &before, After: after})
	})
	d.start()
	if err := d.upstream.SetMood("ecare-x", simulated.Garbled, simulated.When{Calls: []simulated.Call{simulated.CallStatus}}); err != nil {
		t.Fatal(err)
	}
	if err := d.upstream.SetMood("ecare-x", simulated.HTML, simulated.When{Next: 1}); err != nil {
		t.Fatal(err)
	}
	d.says(second, "01712345678 50")
	d.pressesNewest(second, "01712345678", "Under review")
	d.says(second, "/review")
	own := d.sees(second, "Needs a decision", "This is your own order: another admin must decide about it.")
	for _, b := range tokens(own) {
		t.Errorf("his own order has the button %q", b)
	}
	d.says(second, "/pending")
	d.sees(second, "Nobody is waiting for access.")
	for _, id := range []string{"3001", "1001"} { // himself, and an owner
		d.says(second, "/user "+id)
		card := d.sees(second, "Id: "+id)
		for _, label := range []string{"[Suspend", "[Limits", "[Make admin"} {
			if strings.Contains(shown(card), label) {
				t.Errorf("/user %s offers %s", id, label)
			}
		}
	}
	d.says(admin, "/review")
	d.presses(admin, "Mark failed", "01712345678")
	d.sees(admin, "What did you see")
	d.says(admin, "Nothing of it in their panel at 10:42")
	d.sees(second, "Failed: #", "01712345678")
}
