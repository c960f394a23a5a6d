package recharge

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
)

// wide serves several operators, one of them by two providers with different rules.
func wide() []Upstream {
	taka := func(whole int64) providers.Money {
		return providers.Money{Minor: whole * 100, Currency: providers.BDT}
	}
	first := Upstream{Name: "first", Rules: map[providers.Service]providers.AmountRule{}}
	second := Upstream{Name: "second", Rules: map[providers.Service]providers.AmountRule{}}
	for _, o := range providers.Operators() {
		for _, n := range o.Types {
			s := providers.Service{Operator: o.ID, Type: n}
			if o.Country == providers.Bangladesh && o.ID != providers.BDTeletalk && n != providers.Special {
				first.Services = append(first.Services, s)
				first.Rules[s] = providers.AmountRule{Min: taka(20), Max: taka(300), Step: taka(10)}
			}
			if o.ID == providers.BDRobi {
				second.Services = append(second.Services, s)
				second.Rules[s] = providers.AmountRule{Min: taka(50), Max: taka(1000)}
			}
		}
	}
	return []Upstream{first, second}
}

// TestWalk lets a thumb press and type at random. Whatever it does, what is ordered is what stood on the
// card, an upstream would take it, and every open card has Back and Cancel.
func TestWalk(t *testing.T) {
	t.Parallel()
	say := english(t)
	f := newFlow(&ledger{})
	f.Upstreams, f.market = wide(), wide()
	typed := []string{
		"01712345678 50", "01812345678 100", "01912345678", "0171234567", "50", "55.5", "1000", "0", "abc", "৭০",
		"01512345678 50", "01712345678 30 skitto", "01812345678 60 postpaid bl", "01812345678 20 power", "017 1234 5678 5",
	}
	orders := 0
	rapid.Check(t, func(t *rapid.T) {
		w := walker{f: f, say: say}
		for range rapid.IntRange(1, 40).Draw(t, "length") {
			if n := len(w.buttons()); n > 0 && rapid.IntRange(0, 3).Draw(t, "press or type") > 0 {
				w.take(t, w.buttons()[rapid.IntRange(0, n-1).Draw(t, "button")].Action, "")
			} else {
				w.take(t, "", rapid.SampledFrom(typed).Draw(t, "typed"))
			}
		}
		orders += w.orders
	})
	if orders < 20 {
		t.Errorf("only %d orders were made: the walk proves nothing", orders)
	}
}

// walker is a chat with one card.
type walker struct {
	f      *Flow
	say    text.Printer
	state  []byte
	card   *flows.Message
	orders int
}

func (w *walker) buttons() []flows.Button {
	var out []flows.Button
	if w.card != nil {
		for _, row := range w.card.Rows {
			out = append(out, row...)
		}
	}
	return out
}

func (w *walker) take(t *rapid.T, action, typed string) {
	s, err := w.f.Step(t.Context(), flows.Dialogue{Person: agent, State: w.state, Action: action, Say: w.say},
		flows.Input{Chat: 2001, ChatKind: flows.PrivateChat, Message: 77, From: flows.Sender{ID: 2001}, Text: typed})
	if err != nil {
		t.Fatal(err)
	}
	if s.Order != nil {
		w.orders++
		w.ordered(t, s)
	}
	if s.Screen != nil {
		w.card = s.Screen
	}
	switch {
	case s.Close:
		w.state = nil
		if s.Screen == nil {
			w.card = nil
		}
	case s.State != nil:
		w.state = s.State
		w.open(t)
	}
}

// ordered checks an order against the card that was pressed.
func (w *walker) ordered(t *rapid.T, s flows.Step) {
	card := w.card.Text.String()
	operator, _ := providers.FindOperator(s.Order.Operator)
	for _, line := range []string{
		"Operator: " + operator.Name + "\n", "Type: " + s.Order.Type.Label() + "\n",
		"Number: " + s.Order.Account.National() + "\n", "Amount: " + w.say.Money(s.Order.Amount),
	} {
		if !strings.Contains(card+"\n", line) {
			t.Fatalf("ordered %+v, but %q is not on the card:\n%s", s.Order, line, card)
		}
	}
	taken := w.f.market.serving(draft{Operator: s.Order.Operator, Type: s.Order.Type, Amount: s.Order.Amount})
	provider := s.Order.Provider
	if provider != "" && !strings.Contains(card, "Provider: "+provider) && len(taken) > 1 {
		t.Fatalf("ordered from %s, which is not on the card:\n%s", provider, card)
	}
	if len(taken) == 0 || provider != "" && !strings.Contains(strings.Join(taken, " "), provider) {
		t.Fatalf("ordered %+v, which only %v would take", s.Order, taken)
	}
}

// open checks a card whose dialogue is open.
func (w *walker) open(t *rapid.T) {
	o, ok := readDraft(w.state)
	if !ok {
		t.Fatalf("the state %s cannot be read again", w.state)
	}
	labels := map[string]bool{}
	for _, b := range w.buttons() {
		if labels[b.Label] {
			t.Fatalf("two buttons %q on one card", b.Label)
		}
		labels[b.Label] = true
	}
	if !labels["Back"] || !labels["Cancel"] || labels["Confirm"] != (o.At == atConfirm) {
		t.Fatalf("at %s the buttons are %v", o.At, labels)
	}
}
