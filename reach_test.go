package main

import (
	"strings"
	"testing"
)

// An agent blocks the bot while his order is under way, the bot is started anew, and he comes back: the admins heard that he
// was not told, the desk shows since when, and he is told then, once.
func TestAnAgentWhoComesBackIsToldWhatHeMissed(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	d.ordersInSilence("01712345678", 50)
	if err := d.telegram.Block(agent, true); err != nil {
		t.Fatal(err)
	}
	d.sees(ops, "Not told", "017****5678", "Delivered", "2001")
	d.stop()
	d.start()
	d.says(admin, "/user 2001")
	d.sees(admin, "Cannot be reached since", "were not told: 1")
	if err := d.telegram.Block(agent, false); err != nil {
		t.Fatal(err)
	}
	d.sees(agent, "Delivered: #", "01712345678")
	d.says(agent, "/history")
	d.sees(agent, "Your orders")
	d.says(admin, "/user 2001")
	d.eventually("the desk knows that he is back", func() bool {
		all := d.telegram.Messages(admin)
		return !strings.Contains(all[len(all)-1].Text, "Cannot be reached") && strings.Contains(all[len(all)-1].Text, "2001")
	})
	if group, told := d.count(ops, "Not told"), d.count(agent, "Delivered: #"); group != 1 || told != 1 {
		t.Errorf("the group was told %d times, he %d times:\n%s\n%s", group, told, d.transcript(ops), d.transcript(agent))
	}
}

// The group throws the bot out: what it would have read, the admins read in their own chats.
func TestAlertsOfAClosedGroupReachTheAdmins(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	if err := d.telegram.Kick(ops, true); err != nil {
		t.Fatal(err)
	}
	d.ordersInSilence("01712345678", 50)
	if err := d.telegram.Block(agent, true); err != nil {
		t.Fatal(err)
	}
	told := d.sees(admin, "group is closed to me", "Not told", "Delivered", "2001")
	if strings.Contains(told.Text, "01712345678") {
		t.Errorf("a whole number in an alert: %q", told.Text)
	}
}
