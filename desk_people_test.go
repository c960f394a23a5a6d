package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"rechargebot/bot/sandbox"
	"rechargebot/providers"
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
		p, err := b.telegram.Press(b.id, b.id, m.ID, button.Data)
		if err != nil && i > 0 {
			break // the first tap has changed the card already
		}
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
	asked, before := "", sandbox.Message{}
	for range 30 {
		m, err := b.asked(ctx, sent.Message, before)
		if err != nil {
			return fmt.Errorf("person %d never saw the question after %q: %w", b.id, asked, err)
		}
		if holds(m, "[Confirm", number) {
			return b.confirms(ctx, m, deskWish{b.id, number, amount})
		}
		asked, before = question(m), m
		if err := b.answers(m, number, amount); err != nil {
			return err
		}
	}
	return fmt.Errorf("a guided order of %s %s asks and asks: %s", number, amount, b.transcript(b.id))
}

// asked waits until the newest question since the message from is another than before. A card may be there
// twice: the program died before it knew that Telegram had the first.
func (b buyer) asked(ctx context.Context, from int64, before sandbox.Message) (newest sandbox.Message, err error) {
	err = b.telegram.Wait(ctx, func() bool {
		for _, m := range slices.Backward(b.telegram.Messages(b.id)) {
			if m.ID > from && m.Keyboard != nil && question(m) != "" {
				newest = m
				return shown(m) != shown(before)
			}
		}
		return false
	})
	return newest, err
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

func (b buyer) answers(m sandbox.Message, number string, amount providers.Money) error {
	var err error
	switch question(m) {
	case "Which operator":
		_, err = b.telegram.Press(b.id, b.id, m.ID, "Grameenphone")
	case "Which type":
		_, err = b.telegram.Press(b.id, b.id, m.ID, "Prepaid")
	case "Send the phone number":
		_, err = b.telegram.Send(b.id, b.id, number)
	case "How much":
		_, err = b.telegram.Send(b.id, b.id, fmt.Sprint(amount.Minor/100))
	case "Which provider":
		_, err = b.telegram.Press(b.id, b.id, m.ID, "Automatic")
	default:
		err = fmt.Errorf("nobody would confirm this for %s: %q", number, shown(m))
	}
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
