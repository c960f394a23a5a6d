package main

import (
	"testing"

	"rechargebot/bot/sandbox"
	"rechargebot/providers/simulated"
	"rechargebot/storage"
)

// An agent loses access in the middle of things. Before Confirm: nothing is ordered. Between Confirm and sending:
// the order is cancelled, and it is told why. After sending: it runs to its end, and is told.
func TestThreatSuspendedMidFlow(t *testing.T) {
	t.Parallel()
	d, card := ordering(t, deskPlan{})
	d.suspends(true)
	p := d.forges(agent, agent, card.ID, tokens(card)[0])
	if a := d.answersTo([]sandbox.Press{p})[p.Query]; a.Text != "Your access is suspended. Please ask your admin." {
		t.Errorf("Confirm of a suspended agent says %q", a.Text)
	}
	for _, words := range []string{"01812345678 30", "/recharge", "/history", "55"} {
		d.says(agent, words)
	}
	d.sees(agent, "Your access is suspended. Please ask your admin.")
	if totals := d.upstream.Totals("ecare-x"); totals.Accepted != 0 {
		t.Fatalf("a suspended agent ordered: %+v", totals)
	}
	d.suspends(false)
	d.pressesNewest(agent, "01712345678", "Delivered")
	d.wantOneOrder("01712345678", 50)

	// After sending: the provider has the order and does not answer.
	if err := d.upstream.SetMood("ecare-x", simulated.Silent, simulated.When{Next: 1, Calls: []simulated.Call{simulated.CallRecharge}}); err != nil {
		t.Fatal(err)
	}
	d.says(agent, "01912345678 20")
	d.pressesNewest(agent, "01912345678", "Sending")
	d.eventually("the provider has the order", func() bool { return len(d.orders("01912345678", 20)) == 1 })
	d.suspends(true)
	d.sees(agent, "Delivered: #", "01912345678")
	if n := d.upstream.Sends(d.orders("01912345678", 20)[0].Reference); n != 1 {
		t.Errorf("it was sent %d times", n)
	}
}

// The order is confirmed and waits for its turn at a provider that takes few; then access is taken away.
func TestThreatSuspendedBeforeSending(t *testing.T) {
	t.Parallel()
	d := newDesktopOf(t, deskPlan{supplies: []supply{fiveKinds()["ecare"].supply}, limits: sandbox.Limits{Off: true}})
	d.rewrite("rate_per_second = 50", "rate_per_second = 0.1") // the reading of the float takes the first turn
	d.hires(agent)
	d.start()
	d.says(admin, "/start")
	d.sees(admin, "[Recharge")
	d.eventually("the float is read", func() bool { return d.upstream.Totals("ecare-x").Received > 0 })
	d.says(agent, "01712345678 50")
	d.pressesNewest(agent, "01712345678", "Queued")
	d.suspends(true)
	d.sees(agent, "It was not sent, because your access was taken away before. Nothing was charged.")
	if totals := d.upstream.Totals("ecare-x"); totals.Accepted != 0 {
		t.Errorf("a suspended agent's order was sent: %+v", totals)
	}
	d.betweenLives(func(store storage.Store) error {
		jobs, err := store.JobsOfAgent(t.Context(), agent, 0, 10)
		if len(jobs) != 1 || jobs[0].State != storage.Cancelled {
			t.Errorf("the jobs are %+v", jobs)
		}
		return err
	})
}

// suspends has the admin take away the agent's access, or give it back, and waits until the agent is told.
func (d *desktop) suspends(off bool) {
	d.t.Helper()
	label, told := "Resume", "Your access works again"
	if off {
		label, told = "Suspend", "Your access was suspended"
	}
	before := d.count(agent, told)
	d.says(admin, "/user 2001")
	d.eventually(label+" can be pressed", func() bool {
		all := d.telegram.Messages(admin)
		m := all[len(all)-1]
		if !holds(m, "["+label, "2001") {
			return false
		}
		_, err := d.telegram.Press(admin, admin, m.ID, label)
		return err == nil
	})
	d.eventually("the agent is told", func() bool { return d.count(agent, told) > before })
}
