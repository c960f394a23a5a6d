package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// buyer is an agent who orders and waits patiently: the program may be dead for a while, but nothing that
// was typed or pressed may be lost. What the buyer never sees in its time is an error.
type buyer struct {
	*desktop
	id     int64
	ledger *deskLedger
	taps   int // how often Confirm is pressed at once; 0 = once
	again  int // how often Telegram delivers the press once more
}

func taka(n int64) providers.Money { return providers.Money{Minor: n * 100, Currency: providers.BDT} }

// waits for a message of the bot in the buyer's chat, the newest first.
func (b buyer) waits(ctx context.Context, what string, is func(sandbox.Message) bool) (sandbox.Message, error) {
	m, err := b.telegram.WaitMessage(ctx, b.id, func(m sandbox.Message) bool { return m.From != nil && m.From.IsBot && is(m) })
	if err != nil {
		return m, fmt.Errorf("person %d never saw %s: %w", b.id, what, err)
	}
	return m, nil
}

// line orders by a line of text.
func (b buyer) line(ctx context.Context, number string, amount providers.Money) error {
	return b.typed(ctx, fmt.Sprintf("%s %d", number, amount.Minor/100), deskWish{b.id, number, amount})
}

// typed types a line that means the order, and confirms it.
func (b buyer) typed(ctx context.Context, line string, w deskWish) error {
	if _, err := b.telegram.Send(b.id, b.id, line); err != nil {
		return err
	}
	m, err := b.waits(ctx, "the card of "+w.number, func(m sandbox.Message) bool { return holds(m, w.number, "[Confirm") })
	if err != nil {
		return err
	}
	return b.confirms(ctx, m, w)
}

// confirms presses Confirm, and waits until the order shows itself.
func (b buyer) confirms(ctx context.Context, m sandbox.Message, w deskWish) error {
	button, err := m.Button("Confirm")
	if err != nil {
		return err
	}
	for i := range max(1, b.taps) {
		p, err := b.telegram.Forge(b.id, b.id, m.ID, button.Data) // as it was read: the first tap may have changed the card already
		if err != nil {
			return fmt.Errorf("press Confirm for %s: %w", w.number, err)
		}
		b.ledger.add(w, p.Data)
		if err := b.telegram.Redeliver(p.Update, max(1, b.again)); b.again > 0 && err != nil && i == 0 {
			return err
		}
	}
	_, err = b.waits(ctx, "that "+w.number+" is ordered", func(m sandbox.Message) bool {
		return strings.Contains(m.Text, w.number) && jobCode.MatchString(m.Text)
	})
	return err
}

var jobCode = regexp.MustCompile(`#[0-9A-Z]{6}`)

// guided orders step by step: it looks at what is asked and answers that.
func (b buyer) guided(ctx context.Context, number string, amount providers.Money) error {
	sent, err := b.telegram.Send(b.id, b.id, "/recharge")
	if err != nil {
		return err
	}
	met := map[string]bool{}
	for range 30 {
		m, err := b.asked(ctx, sent.Message, met)
		if err != nil {
			return fmt.Errorf("person %d never saw another question than %v: %w\n%s", b.id, met, err, b.transcript(b.id))
		}
		if holds(m, "[Confirm", number) {
			return b.confirms(ctx, m, deskWish{b.id, number, amount})
		}
		if err := b.answers(m, number, amount, met); err != nil {
			return err
		}
	}
	return fmt.Errorf("a guided order of %s %s asks and asks: %s", number, amount, b.transcript(b.id))
}

// asked waits for a question since the message from that was not met before, the newest first. A card may
// be there twice, the older one going on: the program died before it knew that Telegram had it.
func (b buyer) asked(ctx context.Context, from int64, met map[string]bool) (sandbox.Message, error) {
	return b.waits(ctx, "a question", func(m sandbox.Message) bool {
		key := fmt.Sprint(m.ID, " ", shown(m))
		if m.ID <= from || m.Keyboard == nil || question(m) == "" || met[key] {
			return false
		}
		met[key] = true
		return true
	})
}

// insists presses Confirm on every card of the number that still has the button: a crash may have left
// one behind. None of them may order anything more.
func (b buyer) insists(number string) error {
	for _, m := range b.telegram.Messages(b.id) {
		if !holds(m, "[Confirm", number) {
			continue
		}
		if _, err := b.telegram.Press(b.id, b.id, m.ID, "Confirm"); err != nil {
			return err
		}
	}
	return nil
}

// question is what a card of the guided order asks, "" when it asks nothing.
func question(m sandbox.Message) string {
	for _, words := range []string{"Which operator", "Which type", "Send the phone number", "How much", "Which provider", "Please check this order"} {
		if strings.Contains(m.Text, words) {
			return words
		}
	}
	return ""
}

// answers presses, or types, unless the same was typed before: what was typed is never lost.
func (b buyer) answers(m sandbox.Message, number string, amount providers.Money, met map[string]bool) (err error) {
	asked := question(m)
	if asked == "Send the phone number" || asked == "How much" {
		if met[asked] {
			return nil
		}
		met[asked] = true
	}
	switch asked {
	case "Which operator":
		err = b.touches(m, "Grameenphone")
	case "Which type":
		err = b.touches(m, "Prepaid")
	case "Send the phone number":
		_, err = b.telegram.Send(b.id, b.id, number)
	case "How much":
		_, err = b.telegram.Send(b.id, b.id, fmt.Sprint(amount.Minor/100))
	case "Which provider":
		err = b.touches(m, "Automatic")
	default:
		err = fmt.Errorf("nobody would confirm this for %s: %q", number, shown(m))
	}
	return err
}

// touches presses a button of the message as it was read: it may be another one by now, and the button gone.
func (b buyer) touches(m sandbox.Message, label string) error {
	button, err := m.Button(label)
	if err != nil {
		return err
	}
	_, err = b.telegram.Forge(b.id, b.id, m.ID, button.Data)
	return err
}

// told waits until the chat holds a message of its own about how the order ended.
func (b buyer) told(ctx context.Context, number string) error {
	_, err := b.waits(ctx, "the end of "+number, func(m sandbox.Message) bool { return endsOrder(m, number) })
	return err
}

func endsOrder(m sandbox.Message, number string) bool {
	c := pushClaim.FindStringSubmatch(m.Text)
	return c != nil && strings.Contains(m.Text, number) &&
		slices.Contains([]string{"Delivered", "Failed", "Cancelled", "Reversed", "Under review"}, c[1])
}

// untold lists what was confirmed and whose end no chat was told yet.
func (d *desktop) untold(l *deskLedger) []deskWish {
	chats := map[int64][]sandbox.Message{}
	return slices.DeleteFunc(l.wishes(), func(w deskWish) bool {
		if chats[w.agent] == nil {
			chats[w.agent] = d.telegram.Messages(w.agent)
		}
		return slices.ContainsFunc(chats[w.agent], func(m sandbox.Message) bool { return endsOrder(m, w.number) })
	})
}

// hires makes these people agents before the program starts for the first time.
func (d *desktop) hires(ids ...int64) {
	d.t.Helper()
	if err := os.MkdirAll(d.data, 0o700); err != nil {
		d.t.Fatal(err)
	}
	store, err := bolt.Open(filepath.Join(d.data, storeFile), bolt.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	now := time.Now()
	turn := storage.Turn{Now: now}
	for _, id := range ids {
		turn.People = append(turn.People, storage.PersonChange{After: storage.Person{
			ID: storage.PersonID(id), Chat: storage.ChatID(id), Name: fmt.Sprint("Agent ", id), Language: "en",
			Role: storage.RoleAgent, Request: storage.RequestApproved, Asked: now, Decided: now, DecidedBy: admin,
		}})
	}
	if _, err := store.Commit(context.WithoutCancel(d.t.Context()), turn); err != nil {
		d.t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		d.t.Fatal(err)
	}
}
