package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rechargebot/bot/sandbox"
	"rechargebot/providers/simulated"
	"rechargebot/storage"
)

// backsUp writes a copy of the desk's store with the real program, and says what that printed.
func (d *desktop) backsUp(flags ...string) (file, said string) {
	d.t.Helper()
	file = filepath.Join(d.t.TempDir(), "copy.db")
	code, said := d.runs(append([]string{"backup", file}, flags...)...)
	if code != exitFine {
		d.t.Fatalf("backup ends with %d and says:\n%s", code, said)
	}
	return file, said
}

// restores puts a copy in place with the real program, and says what that printed.
func (d *desktop) restores(file string, flags ...string) (said string) {
	d.t.Helper()
	code, said := d.runs(append([]string{"restore", file}, flags...)...)
	if code != exitFine {
		d.t.Fatalf("restore ends with %d and says:\n%s", code, said)
	}
	return said
}

// sendsOf is how often the provider was sent anything.
func (d *desktop) sendsOf(name string) (n int) {
	for _, o := range d.upstream.Orders() {
		if o.Account == name {
			n += d.upstream.Sends(o.Reference)
		}
	}
	return n
}

// Row "backups, at rest": the store is an hour old and the provider is ahead. The copy has an order that was sent and
// never answered, one that waits to be sent, a Confirm that nobody has pressed, and an invitation; since then all of it
// has happened, and an order more. Nothing is sent again.
func TestThreatBackups(t *testing.T) {
	t.Parallel()
	const asked, queued, open, later = "01712345602", "01712345603", "01712345604", "01712345605"
	d, _ := ordering(t, deskPlan{})
	d.pressesNewest(agent, "01712345678", "Delivered")
	silence := simulated.When{Calls: []simulated.Call{simulated.CallRecharge, simulated.CallStatus}}
	if err := d.upstream.SetMood("ecare-x", simulated.Silent, silence); err != nil {
		t.Fatal(err)
	}
	d.says(agent, asked+" 50")
	d.pressesNewest(agent, asked, "In progress")
	d.stopsReady()
	d.rewrite("rate_per_second = 50", "rate_per_second = 0.002") // what is ordered now waits for its turn
	d.start()
	d.says(agent, queued+" 50")
	d.pressesNewest(agent, queued, "Queued")
	d.says(admin, "/invite")
	invitation := linked.FindStringSubmatch(d.sees(admin, "You are invited").Text)[1]
	d.says(agent, open+" 50")
	confirm := d.sees(agent, "[Confirm", open)
	copied, said := d.backsUp()
	if !strings.Contains(said, "3 orders, of which 2 unfinished") || !strings.Contains(said, "not encrypted, and holds customers' numbers") {
		t.Errorf("backup says:\n%s", said)
	}

	d.stopsReady() // and the hour goes by
	d.rewrite("rate_per_second = 0.002", "rate_per_second = 50")
	if err := d.upstream.SetMood("ecare-x", simulated.Normal, simulated.When{}); err != nil {
		t.Fatal(err)
	}
	d.start()
	press := d.forges(agent, agent, confirm.ID, tokens(confirm)[0])
	for _, number := range []string{asked, queued, open} {
		d.sees(agent, "Delivered: #", number)
	}
	d.says(agent, later+" 50")
	d.pressesNewest(agent, later, "Delivered")
	d.says(stranger, "/start "+invitation)
	d.sees(stranger, "Your request was sent")
	sent, lost := d.sendsOf("ecare-x"), d.sees(agent, "Delivered: #", later)
	if code, said := d.runs("restore", copied); code != exitFailed || !strings.Contains(said, "stop it first") {
		t.Errorf("restore under a running bot ends with %d and says:\n%s", code, said)
	}
	d.kill()

	if said := d.restores(copied); !strings.Contains(said, "3 orders, of which 2 unfinished") || !strings.Contains(said, storeFile+".before-") {
		t.Errorf("restore says:\n%s", said)
	}
	d.start()
	d.sees(ops, "Restored", "2 orders were unfinished in the copy", "/review")
	d.sees(agent, "Do not order any of them again before your admin has looked")
	for _, number := range []string{asked, queued} {
		d.sees(agent, "Under review: #", number, "restored from a copy")
	}
	stale := d.forges(agent, agent, confirm.ID, tokens(confirm)[0])
	if a := d.answersTo([]sandbox.Press{stale})[stale.Query]; a.Text != saidStale {
		t.Errorf("the Confirm of before is answered %q", a.Text)
	}
	if err := d.telegram.Redeliver(press.Update, 3); err != nil {
		t.Fatal(err)
	}
	d.says(stranger, "/start "+invitation)
	d.sees(stranger, "[Request access") // an invitation of before opens nothing
	d.decides(t, asked, queued)
	d.says(agent, "01712345606 50") // it works on
	d.pressesNewest(agent, "01712345606", "Delivered")
	if n := d.sendsOf("ecare-x"); n != sent+1 {
		t.Errorf("%d sends after the restore, want 1, of the new order:\n%s", n-sent, d.transcript(agent))
	}
	for _, words := range [][]string{{"Under review: #", asked}, {"Under review: #", queued}, {"Orders that you made after that"}} {
		if n := d.count(agent, words...); n != 1 {
			t.Errorf("the agent reads %q %d times", words, n)
		}
	}
	if n := d.count(ops, "Restored") + d.count(ops, "Needs review"); n != 1 && n != 2 { // both words are in one message
		t.Errorf("the group is told %d times", n)
	}
	if again := d.sees(agent, "Delivered: #", "01712345606"); codeOf(again) == codeOf(lost) {
		t.Errorf("a new order has the code of one that is not in the copy: %s", codeOf(lost))
	}
	d.betweenLives(func(store storage.Store) error { return store.Check(t.Context()) })
}

// codeOf is the job code in a message.
func codeOf(m sandbox.Message) string {
	_, after, _ := strings.Cut(m.Text, "#")
	return after[:min(6, len(after))]
}

// decides has the admin decide about what came out of the copy: one order is asked about, of the other nothing
// was sent as far as the copy knows, so only a person can say.
func (d *desktop) decides(t *testing.T, asked, queued string) {
	t.Helper()
	d.says(admin, "/review")
	card := d.sees(admin, "Needs a decision", queued, "It comes out of a copy", "In the copy it was not sent yet")
	if strings.Contains(shown(card), "[Ask again") {
		t.Errorf("nobody can be asked about %s", queued)
	}
	d.presses(admin, "Ask again", "Needs a decision", asked, "It comes out of a copy")
	d.eventually("the provider's word is told", func() bool { return d.count(agent, "Delivered: #", asked) == 2 })
	d.presses(admin, "Mark delivered", "Needs a decision", queued)
	d.sees(admin, "What did you see")
	d.says(admin, "It is in their panel")
	d.eventually("the decision is told", func() bool { return d.count(agent, "Delivered: #", queued) == 2 })
}

// A backup is no store: whoever copies it into a store's place by hand is told what to do instead.
func TestThreatBackupPutInPlaceByHand(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	copied, _ := d.backsUp()
	d.stopsReady()
	file, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.store(), file, 0o600); err != nil {
		t.Fatal(err)
	}
	d.refused("put it in place with: rechargebot restore FILE")
	if after, err := os.ReadFile(d.store()); err != nil || string(after) != string(file) {
		t.Errorf("it was written to (%v)", err)
	}
	d.restores(copied)
	d.start()
	d.says(agent, "/history")
	d.sees(agent, "not ordered anything")
	d.sees(ops, "Restored", "copy of")
	if n := d.count(ops, "Needs review"); n != 0 {
		t.Error("the group is told of orders, and none was unfinished")
	}
}
