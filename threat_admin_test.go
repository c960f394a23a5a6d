package main

import (
	"strings"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/storage"
)

const twin, second = 9001, 3001 // whoever looks like the admin, and a second admin

// Somebody has the admin's name and username, hides behind the group, writes as a channel, passes on an admin's
// words, presses an admin's button: a name is nothing, and nobody but the numeric id decides.
func TestThreatAdminImpersonation(t *testing.T) {
	t.Parallel()
	d, _ := ordering(t, deskPlan{})
	for _, p := range []sandbox.Person{{ID: admin, FirstName: "Salma", Username: "salma"}, {ID: twin, FirstName: "Salma", Username: "salma", Language: "en"}} {
		if err := d.telegram.Meet(p); err != nil {
			t.Fatal(err)
		}
	}
	d.says(stranger, "/start")
	d.presses(stranger, "Request access")
	request := d.sees(admin, "[Approve", "2002")
	d.sees(stranger, "was sent")
	d.says(admin, "/user 2002")
	d.sees(admin, "no access")
	before := d.vault()
	d.start()

	orders := []string{"/pending", "/approve 2002", "/users", "/user 2001", "/review", "/providers", "/invite", "approve 2002", "01712345678 50"}
	d.says(twin, "/pending")
	d.sees(twin, "I work only for people who have access. Send /start to ask for it.")
	for _, token := range tokens(request) {
		p := d.sends(twin, token)
		if a := d.answersTo([]sandbox.Press{p})[p.Query]; a.Text != saidOthers {
			t.Errorf("the admin's button says %q to the twin", a.Text)
		}
	}
	for _, words := range orders {
		d.says(twin, words)
	}
	d.hidden(orders, tokens(request))
	d.says(admin, "/id")
	d.sees(admin, "Your id")
	if n := d.count(twin); n != 1 {
		t.Errorf("the twin was told %d times:\n%s", n, d.transcript(twin))
	}
	for _, m := range d.telegram.Messages(ops) {
		if m.From.IsBot && m.From.Username == "recharge_test_bot" {
			t.Errorf("whoever hides was told %q in the group", m.Text)
		}
	}
	d.vault().wantSame(t, before, "people") // the admin was given a username
}

// hidden sends the words and presses the buttons in the group as everybody who hides there.
func (d *desktop) hidden(orders, buttons []string) {
	d.t.Helper()
	group := map[string]any{"id": ops, "type": "supergroup", "title": "Operations"}
	for i, hider := range []int64{1087968824, 136817688, 777000} {
		query := []string{"anonymous", "channel", "linked"}[i]
		d.telegram.Inject("callback_query", map[string]any{
			"id": query, "from": map[string]any{"id": hider, "is_bot": true, "first_name": "Group"}, "chat_instance": "1", "data": buttons[0],
			"message": map[string]any{"message_id": 1, "date": 1, "chat": group, "text": "x"},
		})
		if a := d.answersTo([]sandbox.Press{{Query: query}})[query]; a.Text != saidOthers {
			d.t.Errorf("the admin's button says %q to whoever hides", a.Text)
		}
	}
	for _, as := range []sandbox.Guise{sandbox.Anonymously, sandbox.AsChannel, sandbox.FromTheBoard} {
		for _, words := range orders {
			if _, err := d.telegram.Post(admin, ops, sandbox.Posting{Text: words, As: as}); err != nil {
				d.t.Fatal(err)
			}
		}
	}
}

// An admin passes on what somebody wrote: as a command it is nothing, as limits it sets none, and as an order it is
// a card that orders only what is confirmed.
func TestThreatForwardedOrders(t *testing.T) {
	t.Parallel()
	d, _ := ordering(t, deskPlan{})
	d.says(agent, "/cancel")
	d.sees(agent, "Stopped")
	forwards := func(person int64, words string) {
		origin := &sandbox.Origin{Type: "hidden_user", Date: 1, HiddenName: "Salma"}
		if _, err := d.telegram.Post(person, person, sandbox.Posting{Text: words, Origin: origin}); err != nil {
			t.Fatal(err)
		}
	}
	before := d.vault()
	d.start()
	for _, words := range []string{"/approve 2002", "/pending", "/users", "/user 2001", "/cancel", "Confirm"} {
		forwards(admin, words)
	}
	d.eventually("each is told not to be understood", func() bool { return d.count(admin, "I did not understand that.") == 6 })
	d.vault().wantSame(t, before)

	d.start()
	d.says(admin, "/user 2001")
	d.presses(admin, "Limits", "2001")
	d.sees(admin, "Send two amounts")
	forwards(admin, "500000 5000000")
	d.sees(admin, "That is forwarded. Please type the two amounts yourself.")
	d.presses(admin, "Cancel", "forwarded")
	forwards(agent, "01712345678 50")
	d.sees(agent, "[Confirm", "01712345678")
	forwards(agent, "Confirm")
	d.sees(agent, "Please press a button. Your order is kept.")
	if n := d.upstream.Totals("ecare-x").Accepted; n != 0 {
		t.Errorf("%d orders by what was passed on", n)
	}
	after := d.vault()
	if p := "people"; after.count(p) != before.count(p) {
		t.Errorf("%d people, there were %d", after.count(p), before.count(p))
	}
}

// An admin is one no more, and has a card left whose Approve was good.
func TestThreatDemotedAdmin(t *testing.T) {
	t.Parallel()
	d, _ := ordering(t, deskPlan{}, second)
	d.says(second, "/start")
	d.sees(second, "[Recharge")
	makes := func(role storage.Role, suspended bool) {
		d.betweenLives(func(store storage.Store) error {
			before, err := store.Person(t.Context(), second)
			if err != nil {
				return err
			}
			after := before
			after.Role, after.Suspended = role, suspended
			return d.commit(store, storage.PersonChange{Before: &before, After: after})
		})
		d.start()
	}
	makes(storage.RoleAdmin, false)
	d.says(stranger, "/start")
	d.presses(stranger, "Request access")
	card := d.sees(second, "[Approve", "2002")
	for _, c := range []struct {
		role      storage.Role
		suspended bool
		says      string
	}{
		{storage.RoleAgent, false, "Only admins can do this."},
		{storage.RoleAdmin, true, "Your access is suspended. Please ask your admin."},
		{storage.RoleNone, false, "Only admins can do this."},
	} {
		makes(c.role, c.suspended)
		for _, token := range tokens(card) {
			p := d.forges(second, second, card.ID, token)
			if a := d.answersTo([]sandbox.Press{p})[p.Query]; a.Text != c.says {
				t.Errorf("as %q, suspended %v: %q, want %q", c.role, c.suspended, a.Text, c.says)
			}
		}
	}
	d.says(admin, "/pending")
	d.presses(admin, "Approve", "2002")
	d.sees(stranger, "approved")
	if text := d.transcript(stranger); strings.Contains(text, "rejected") {
		t.Errorf("a demoted admin decided:\n%s", text)
	}
}

// commit changes people behind the bot's back, as a configuration does.
func (d *desktop) commit(store storage.Store, changes ...storage.PersonChange) error {
	_, err := store.Commit(d.t.Context(), storage.Turn{Now: time.Now(), People: changes})
	return err
}
