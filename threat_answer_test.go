package main

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers/simulated"
	"rechargebot/storage"
)

// A press is answered first and worked after: before its card changes, and without waiting for a provider that
// holds the order for as long as it may, or for a hundred messages that are owed to the same chat.
func TestThreatPressAnsweredFirst(t *testing.T) {
	t.Parallel()
	d, card := ordering(t, deskPlan{dispatch: "[dispatch]\nsubmit_timeout = \"30s\"\n"})
	if err := d.upstream.SetMood("ecare-x", simulated.Silent, simulated.When{}); err != nil {
		t.Fatal(err)
	}
	d.owesMessages(agent, 100)
	d.start()
	d.eventually("the chat is being filled", func() bool { return d.count(agent, "Notice") > 0 })

	p := d.forges(agent, agent, card.ID, tokens(card)[0])
	if a := d.answersTo([]sandbox.Press{p})[p.Query]; a.Text != "Order accepted." {
		t.Errorf("Confirm says %q", a.Text)
	}
	if n := d.count(agent, "Notice"); n == 100 {
		t.Error("the answer waited for all that was owed")
	}
	d.eventually("the provider has the order", func() bool { return len(d.orders("01712345678", 50)) == 1 })
	next := d.forges(agent, agent, card.ID, tokens(card)[0]) // while the provider still holds the first one
	if a := d.answersTo([]sandbox.Press{next})[next.Query]; a.Text != saidStale {
		t.Errorf("the second Confirm says %q", a.Text)
	}
	if d.count(agent, "Delivered") > 0 {
		t.Error("the provider was not silent")
	}
	d.wantAnswersBeforeCards(card.ID)
	d.kill() // nobody waits for the silent provider
}

// Each step of a guided order: the press is answered, then the card changes.
func TestThreatAnswersComeBeforeCards(t *testing.T) {
	t.Parallel()
	d, _ := ordering(t, deskPlan{})
	d.says(agent, "/recharge")
	card := d.sees(agent, "Which operator")
	for _, tap := range []struct{ label, leads string }{
		{"Grameenphone", "Which type"}, {"Prepaid", "Send the phone number"}, {"Back", "Which type"}, {"Cancel", "Cancelled"},
	} {
		d.presses(agent, tap.label)
		d.sees(agent, tap.leads)
	}
	d.wantAnswersBeforeCards(card.ID)
}

// owesMessages leaves messages in the store between two lives, which the next one has to send.
func (d *desktop) owesMessages(chat int64, n int) {
	d.t.Helper()
	d.betweenLives(func(store storage.Store) error {
		for i := range n {
			body, err := json.Marshal(flows.Message{Text: text.Rich{{Text: fmt.Sprint("Notice ", i)}}})
			if err != nil {
				return err
			}
			notice := storage.Notice{Chat: storage.ChatID(chat), Person: storage.PersonID(chat), Kind: storage.NoticeMessage, Body: body, Created: time.Now()}
			if err := store.Owe(d.t.Context(), notice); err != nil {
				return err
			}
		}
		return nil
	})
}

// wantAnswersBeforeCards looks at the bot's calls in their order: whoever pressed on the message was answered
// before it was edited next.
func (d *desktop) wantAnswersBeforeCards(message int64) {
	d.t.Helper()
	answers, edits := 0, 0
	for _, c := range d.telegram.Calls() {
		switch {
		case c.Method == "answerCallbackQuery":
			answers++
		case c.Method == "editMessageText" && fmt.Sprint(c.Params["message_id"]) == fmt.Sprint(message):
			if edits++; edits > answers {
				d.t.Errorf("edit %d of the card came after %d answers", edits, answers)
			}
		}
	}
	if answers == 0 {
		d.t.Error("nothing was answered")
	}
}
