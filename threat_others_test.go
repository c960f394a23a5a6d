package main

import (
	"strings"
	"testing"

	"rechargebot/bot/sandbox"
)

// Buttons are pressed where they do not belong: in the group, on a forwarded copy, under an inline message, on a
// message that is gone. Nothing happens anywhere, everybody is told one sentence, and the owner's press counts.
func TestThreatOtherPeoplesButtons(t *testing.T) {
	t.Parallel()
	d, card := ordering(t, deskPlan{}, firstAgent)
	d.says(firstAgent, "/start")
	d.sees(firstAgent, "[Recharge")
	sent, err := d.telegram.Send(agent, ops, "/id")
	if err != nil {
		t.Fatal(err)
	}
	d.sees(ops, "This chat")
	gone := d.sees(agent, "[Recharge")
	before := d.vault()
	if err := d.telegram.Delete(agent, agent, gone.ID); err != nil {
		t.Fatal(err)
	}
	d.start()

	confirm := tokens(card)[0]
	copied := map[string]any{
		"message_id": card.ID, "date": 1, "text": card.Text, "chat": map[string]any{"id": agent, "type": "private"},
		"forward_origin": map[string]any{"type": "user", "date": 1, "sender_user": map[string]any{"id": agent, "first_name": "Rahim"}},
	}
	inline, err := d.telegram.PressInline(agent, "AAAA", confirm)
	if err != nil {
		t.Fatal(err)
	}
	forwarded := d.telegram.Inject("callback_query", map[string]any{
		"id": "forwarded", "from": map[string]any{"id": agent, "first_name": "Rahim"}, "chat_instance": "1", "message": copied, "data": confirm,
	})
	for what, c := range map[string]struct {
		press sandbox.Press
		says  string
	}{
		"somebody else, in the owner's private chat": {d.forges(firstAgent, agent, card.ID, confirm), saidOthers},
		"somebody else, in the own private chat":     {d.sends(firstAgent, confirm), saidOthers},
		"somebody else, in the group":                {d.forges(firstAgent, ops, sent.Message, confirm), saidOthers},
		"a stranger, in the group":                   {d.forges(stranger, ops, sent.Message, confirm), saidOthers},
		"the owner, in the group":                    {d.forges(agent, ops, sent.Message, confirm), saidOthers},
		"the owner, under a message that is gone":    {d.forges(agent, agent, gone.ID, confirm), saidStale},
		"the owner, under no message":                {d.forges(agent, agent, 1_000_000, confirm), saidStale},
		"the owner, under an inline message":         {inline, saidStale},
		"the owner, under a forwarded copy":          {sandbox.Press{Query: "forwarded", Update: forwarded}, saidStale},
	} {
		if a := d.answersTo([]sandbox.Press{c.press})[c.press.Query]; a.Text != c.says {
			t.Errorf("%s: %q, want %q", what, a.Text, c.says)
		}
	}
	d.vault().wantSame(t, before)
	d.start()
	d.presses(agent, "Confirm", "01712345678")
	d.sees(agent, "Delivered", "01712345678")
	if n := d.upstream.Totals("ecare-x").Accepted; n != 1 {
		t.Errorf("%d orders", n)
	}
}

// What moves money in a private chat does nothing in a group, and points to the private chat once an hour at most.
func TestThreatMoneyWordsInAGroup(t *testing.T) {
	t.Parallel()
	d, _ := ordering(t, deskPlan{})
	d.says(agent, "/cancel")
	d.sees(agent, "Stopped")
	before := d.vault()
	d.start()
	for range 3 {
		for _, words := range []string{"01712345678 50", "/recharge", "/recharge@recharge_test_bot 01712345678 50", "Confirm", "/history", "/find 01712345678", "/users", "/pending"} {
			if _, err := d.telegram.Send(agent, ops, words); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := d.telegram.Send(agent, ops, "/id"); err != nil { // what comes after it all is answered, so it all was
		t.Fatal(err)
	}
	d.sees(ops, "This chat")
	var said []string
	for _, m := range d.telegram.Messages(ops) {
		if m.From.IsBot && !strings.Contains(m.Text, "This chat") {
			said = append(said, m.Text)
		}
	}
	if len(said) != 1 || said[0] != "I do that only in our private chat. Please send /recharge to me there." {
		t.Errorf("in the group it said %q", said)
	}
	d.vault().wantSame(t, before)
}
