package recharge

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
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
	rupees := func(whole int64) providers.Money {
		return providers.Money{Minor: whole * 100, Currency: providers.INR}
	}
	circled := Upstream{Name: "circled", Circles: []providers.CircleID{"in-dl", "in-mu"}, Rules: map[providers.Service]providers.AmountRule{}}
	other := Upstream{Name: "other", Circles: []providers.CircleID{"in-mu", "in-ka"}, Rules: map[providers.Service]providers.AmountRule{}}
	plain := Upstream{Name: "plain", Rules: map[providers.Service]providers.AmountRule{}}
	serve := func(u *Upstream, id providers.OperatorID, low, high int64) {
		s := providers.Service{Operator: id, Type: providers.Prepaid}
		u.Services = append(u.Services, s)
		u.Rules[s] = providers.AmountRule{Min: rupees(low), Max: rupees(high), Step: rupees(1)}
	}
	serve(&circled, providers.INJio, 10, 500)
	serve(&circled, providers.INVi, 10, 500)
	serve(&other, providers.INJio, 300, 2000)
	serve(&plain, providers.INJio, 10, 100)
	serve(&plain, providers.INAirtel, 10, 1000)
	serve(&circled, providers.INAirtel, 10, 5000)
	return []Upstream{first, second, plainFor(plain, providers.INAirtel), circled, other, plainFor(plain, providers.INJio)}
}

// plainFor is the upstream with one operator only, under a name of its own.
func plainFor(u Upstream, id providers.OperatorID) Upstream {
	u.Name += "-" + string(id)
	u.Services = slices.DeleteFunc(slices.Clone(u.Services), func(s providers.Service) bool { return s.Operator != id })
	return u
}

// shelf is packs whose list comes and goes.
type shelf struct{ looks int }

func (s *shelf) Lists(q providers.OfferQuery) bool {
	return q.Operator == providers.BDRobi || q.Operator == providers.INJio && q.Circle == "in-mu"
}

func (s *shelf) Known(q providers.OfferQuery) ([]providers.Offer, bool) {
	s.looks++
	operator, _ := providers.FindOperator(q.Operator)
	var out []providers.Offer
	for i := range int64(20) {
		out = append(out, providers.Offer{
			Operator: q.Operator, Type: providers.Prepaid, Kind: []providers.OfferKind{providers.OfferData, providers.OfferVoice, "odd"}[i%3],
			Price: providers.Money{Minor: i / 2 * 4000, Currency: operator.Currency}, Validity: "7 days", Details: strings.Repeat("*_`<b> ", int(i)*20),
		})
	}
	return out, s.looks%3 != 0
}

// TestWalk lets a thumb press and type at random. Whatever it does, what is ordered is what stood on the
// card, an upstream would take it, and every open card has Back and Cancel.
func TestWalk(t *testing.T) {
	t.Parallel()
	say := english(t)
	past := func(id storage.JobID, operator providers.OperatorID, circle providers.CircleID) storage.Job {
		return storage.Job{ID: id, Agent: 2002, State: storage.Delivered, Created: noon.Add(-time.Hour), Order: providers.Order{
			Operator: operator, Type: providers.Prepaid, Account: "919812345671", Circle: circle, Amount: providers.Money{Minor: 1, Currency: providers.INR},
		}}
	}
	f := newFlow(&ledger{jobs: []storage.Job{past(2, providers.INJio, "in-ka"), past(1, providers.INVi, "in-mu")}})
	f.Upstreams, f.market, f.Offers = wide(), wide(), &shelf{}
	f.Limits[providers.INR] = storage.Limits{PerOrder: providers.Money{Minor: 150_000, Currency: providers.INR}, PerDay: providers.Money{Minor: 150_000, Currency: providers.INR}}
	typed := []string{
		"01712345678 50", "01812345678 100", "01912345678", "0171234567", "50", "55.5", "1000", "0", "abc", "৭০",
		"01512345678 50", "01712345678 30 skitto", "01812345678 robi prepaid", "01812345679 robi prepaid", "01812345678 60 postpaid bl", "01812345678 20 power", "017 1234 5678 5",
		"9812345670 199 jio", "9812345671 60", "9812345672", "9812345670 400 jio", "1200", "9812345670 50 airtel", "981234567 50 gp", "9812345673 50 vi tk", "9812345670 50 gp",
	}
	orders, circled, packs := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		w := walker{f: f, say: say}
		for range rapid.IntRange(10, 60).Draw(t, "length") {
			far := slices.IndexFunc(w.buttons(), func(b flows.Button) bool { return b.Action == actPacks || b.Action == actConfirm })
			if far >= 0 && rapid.Bool().Draw(t, "go on") {
				w.take(t, w.buttons()[far].Action, "")
			} else if n := len(w.buttons()); n > 0 && rapid.IntRange(0, 3).Draw(t, "press or type") > 0 {
				w.take(t, w.buttons()[rapid.IntRange(0, n-1).Draw(t, "button")].Action, "")
			} else {
				w.take(t, "", rapid.SampledFrom(typed).Draw(t, "typed"))
			}
		}
		orders, circled, packs = orders+w.orders, circled+w.circled, packs+w.packs
	})
	if orders < 20 || circled < 1 || packs < 1 {
		t.Errorf("only %d orders were made, %d with a circle, and packs were seen %d times: the walk proves nothing", orders, circled, packs)
	}
}

// walker is a chat with one card.
type walker struct {
	f      *Flow
	say    text.Printer
	state  []byte
	card   *flows.Message
	orders int

	circled, packs int
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
	if circle, ok := providers.FindCircle(s.Order.Circle); s.Order.Circle != "" && (!ok || !strings.Contains(card, "Circle: "+circle.Name+"\n")) {
		t.Fatalf("ordered %+v, but the circle is not on the card:\n%s", s.Order, card)
	}
	if operator.Country != s.Order.Account.Country() || operator.Currency != s.Order.Amount.Currency {
		t.Fatalf("ordered %+v: two countries in one order", s.Order)
	}
	taken := w.f.market.serving(draft{Operator: s.Order.Operator, Type: s.Order.Type, Amount: s.Order.Amount, Circle: s.Order.Circle})
	if s.Order.Circle != "" {
		w.circled++
	}
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
	if o.Packs {
		w.packs++
	}
	if n := w.card.Text.Length(); n > flows.MaxText {
		t.Fatalf("a card of %d units", n)
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
