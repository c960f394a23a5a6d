package main

import (
	"encoding/base64"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"rechargebot/bot/sandbox"
)

// Sentences of the engine, as CONTRACT's people read them.
const (
	saidStale    = "This button was used already or is too old."
	saidRedrawn  = "That button is too old. The message now shows where we are."
	saidOthers   = "This button belongs to somebody else."
	forgedAgents = 40
	forgedNoise  = 10_000
)

// ordering is a desk whose agents are hired, one of them with the card of an order open.
func ordering(t *testing.T, plan deskPlan, more ...int64) (d *desktop, card sandbox.Message) {
	t.Helper()
	plan.limits = sandbox.Limits{Off: true}
	if plan.supplies == nil {
		plan.supplies = []supply{fiveKinds()["ecare"].supply}
	}
	for _, id := range more {
		plan.people = append(plan.people, sandbox.Person{ID: id, FirstName: "Agent", Language: "en", Started: true})
	}
	d = newDesktopOf(t, plan)
	d.hires(append(more, agent)...)
	d.start()
	for _, id := range []int64{admin, agent} {
		d.says(id, "/start")
		d.sees(id, "[Recharge")
	}
	d.says(agent, "01712345678 50")
	return d, d.sees(agent, "[Confirm", "01712345678")
}

// Whoever knows no token, or half of one, or somebody else's, changes nothing, and is told so each time; the true
// button works afterwards.
func TestThreatForgedPress(t *testing.T) {
	t.Parallel()
	var more []int64
	for i := range int64(forgedAgents) {
		more = append(more, firstAgent+i)
	}
	d, card := ordering(t, deskPlan{}, more...)
	for _, id := range more {
		d.says(id, "/start")
		d.sees(id, "[Recharge")
	}
	d.says(stranger, "/start")
	d.presses(stranger, "Request access")
	request := d.sees(admin, "[Approve")
	d.sees(stranger, "was sent")
	before := d.vault()
	d.start()

	// Every token that there is, from everybody whose it is not. A stranger is heard a few times at once.
	var foreign []sandbox.Press
	for i, token := range append(tokens(card), tokens(request)...) {
		for _, id := range []int64{admin, agent, more[0]} {
			if id != map[bool]int64{true: agent, false: admin}[i < len(tokens(card))] {
				foreign = append(foreign, d.sends(id, token))
			}
		}
	}
	for _, token := range tokens(card)[:3] {
		foreign = append(foreign, d.sends(stranger, token))
	}
	for _, a := range d.answersTo(foreign) {
		if a.Text != saidOthers {
			t.Errorf("somebody else's button says %q", a.Text)
		}
	}

	// Its owner's client sends what is nearly a token, or anything, or only noise. Telegram takes no answer to what was
	// pressed long ago, so a few come at once.
	const atOnce = 200
	told := func(forged []sandbox.Press) {
		t.Helper()
		for _, a := range d.answersTo(forged) {
			if a.Text != saidStale || a.Alert {
				t.Errorf("a forged button says %q", a.Text)
			}
		}
	}
	for some := range slices.Chunk(nearlyTokens(t, tokens(card)[0]), atOnce) {
		var forged []sandbox.Press
		for _, data := range some {
			forged = append(forged, d.sends(agent, data))
		}
		told(forged)
	}
	for range forgedNoise / atOnce {
		var forged []sandbox.Press
		for n := range atOnce {
			forged = append(forged, d.sends(more[n%len(more)], noise()))
		}
		told(forged)
	}
	after := d.vault()
	after.wantSame(t, before)

	d.start()
	d.presses(agent, "Confirm", "01712345678")
	d.sees(agent, "Delivered", "01712345678")
	d.presses(admin, "Approve", "2002")
	if o := d.orders("01712345678", 50); len(o) != 1 || d.upstream.Totals("ecare-x").Accepted != 1 {
		t.Errorf("the true button ordered %+v", o)
	}
}

// A forged press on the card itself shows the card anew, and orders nothing.
func TestThreatForgedPressOnTheCard(t *testing.T) {
	t.Parallel()
	d, card := ordering(t, deskPlan{})
	var forged []sandbox.Press
	for _, data := range nearlyTokens(t, tokens(card)[0])[:60] {
		forged = append(forged, d.forges(agent, agent, card.ID, data))
	}
	for _, a := range d.answersTo(forged) {
		if a.Text != saidStale && a.Text != saidRedrawn {
			t.Errorf("a forged button says %q", a.Text)
		}
	}
	if len(d.orders("01712345678", 50)) > 0 {
		t.Error("a forged press ordered")
	}
	pressed := tokens(card)[0]
	d.eventually("a press of the newest Confirm orders", func() bool { // the card may still be on its way to its newest state
		for _, m := range d.telegram.Messages(agent) {
			if holds(m, "[Confirm") && tokens(m)[0] != pressed {
				pressed = tokens(m)[0]
				d.forges(agent, agent, m.ID, pressed)
			}
		}
		return d.count(agent, "Delivered", "01712345678") > 0
	})
	if n := d.upstream.Totals("ecare-x").Accepted; n != 1 {
		t.Errorf("%d orders", n)
	}
}

// sends presses a button that need not exist, under the first message of the bot in the person's chat.
func (d *desktop) sends(person int64, data string) sandbox.Press {
	d.t.Helper()
	for _, m := range d.telegram.Messages(person) {
		if m.From.IsBot {
			return d.forges(person, person, m.ID, data)
		}
	}
	d.t.Fatalf("the bot has not written to %d", person)
	return sandbox.Press{}
}

func (d *desktop) forges(person, chat, message int64, data string) sandbox.Press {
	d.t.Helper()
	p, err := d.telegram.Forge(person, chat, message, data)
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

// nearlyTokens are a token with each of its 144 bits turned, and others that are as long, longer or shorter.
func nearlyTokens(t *testing.T, token string) (out []string) {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != 18 {
		t.Fatalf("token %q has %d bytes (%v)", token, len(raw), err)
	}
	for bit := range 8 * len(raw) {
		turned := slices.Clone(raw)
		turned[bit/8] ^= 1 << (bit % 8)
		out = append(out, base64.RawURLEncoding.EncodeToString(turned))
	}
	return append(out, token[:23], token+"A", token[:1], token+token, " "+token[1:], token+"=", token[:12]+"\n"+token[12:],
		strings.ToUpper(token)+".", strings.Repeat("A", 64), "confirm", "approve:2002", `{"action":"confirm"}`, "-", "\x00", "০১৭")
}

// noise is a token that nobody was given.
func noise() string {
	raw := make([]byte, 18)
	for i := range raw {
		raw[i] = byte(rand.Uint32())
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}
