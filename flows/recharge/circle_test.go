package recharge

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
	"rechargebot/providers"
	"rechargebot/storage"
)

func inr(whole int64) providers.Money {
	return providers.Money{Minor: whole * 100, Currency: providers.INR}
}

// jioBy serves Jio Prepaid.
func jioBy(name string, circles []providers.CircleID) Upstream {
	jio := providers.Service{Operator: providers.INJio, Type: providers.Prepaid}
	return Upstream{
		Name: name, Services: []providers.Service{jio}, Circles: circles,
		Rules: map[providers.Service]providers.AmountRule{jio: {Min: inr(10), Max: inr(1000), Step: inr(1)}},
	}
}

// jioOrder is a draft on its confirm card.
func jioOrder(circle providers.CircleID) draft {
	return draft{
		At: atConfirm, Operator: providers.INJio, Type: providers.Prepaid, Account: "919812345670", Amount: inr(199),
		Circle: circle, OneLine: true, Decided: true,
	}
}

func jioFlow(l *ledger, upstreams ...Upstream) *Flow {
	f := newFlow(l)
	f.Upstreams, f.market = upstreams, upstreams
	f.Limits = map[providers.Currency]storage.Limits{providers.INR: {PerOrder: inr(2000), PerDay: inr(9000)}}
	return f
}

func TestUpstreamTakesAnOrderOnlyWithOneOfItsCircles(t *testing.T) {
	t.Parallel()
	m := market{jioBy("delhi", []providers.CircleID{"in-dl"}), jioBy("any", nil), jioBy("none", []providers.CircleID{}), jioBy("west", []providers.CircleID{"in-mu", "in-dl"})}
	unsure := jioOrder("")
	unsure.Unsure = true
	for _, c := range []struct {
		o                draft
		serving, offered []string
	}{
		{jioOrder(""), []string{"any"}, []string{"delhi", "any", "west"}},
		{unsure, []string{"any"}, []string{"any"}},
		{jioOrder("in-dl"), []string{"delhi", "any", "west"}, []string{"delhi", "any", "west"}},
		{jioOrder("in-mu"), []string{"any", "west"}, []string{"any", "west"}},
		{jioOrder("in-tn"), []string{"any"}, []string{"any"}},
	} {
		if diff := cmp.Diff(c.serving, m.serving(c.o)); diff != "" {
			t.Errorf("circle %q, unsure %v: serving: %s", c.o.Circle, c.o.Unsure, diff)
		}
		if diff := cmp.Diff(c.offered, m.offered(c.o)); diff != "" {
			t.Errorf("circle %q, unsure %v: offered: %s", c.o.Circle, c.o.Unsure, diff)
		}
	}
}

func TestCircleIsAskedForWhenSomebodyWhoMayGetTheOrderNeedsIt(t *testing.T) {
	t.Parallel()
	delhi := []providers.CircleID{"in-dl"}
	both, large := market{jioBy("any", nil), jioBy("delhi", delhi)}, jioOrder("")
	large.Amount = inr(5000)
	by := func(provider string) draft {
		o := jioOrder("")
		o.Provider = provider
		return o
	}
	unsure := jioOrder("")
	unsure.Unsure = true
	for _, c := range []struct {
		name string
		m    market
		o    draft
		want bool
	}{
		{"the second one needs it", both, jioOrder(""), true},
		{"the first one needs it", market{both[1], both[0]}, jioOrder(""), true},
		{"nobody needs it", market{jioBy("any", nil), jioBy("other", nil)}, jioOrder(""), false},
		{"who needs it knows none", market{jioBy("any", nil), jioBy("none", []providers.CircleID{})}, jioOrder(""), false},
		{"who needs it does not take the amount", both, large, false},
		{"the chosen one needs it", both, by("delhi"), true},
		{"the chosen one does not", both, by("any"), false},
		{"it is known", both, jioOrder("in-dl"), false},
		{"the agent does not know it", both, unsure, false},
	} {
		if got := c.m.wantsCircle(c.o); got != c.want {
			t.Errorf("%s: asked: %v", c.name, got)
		}
	}
}

func TestUpstreamThatNeedsACircleAndKnowsNoneServesNothing(t *testing.T) {
	t.Parallel()
	f := jioFlow(&ledger{}, jioBy("none", []providers.CircleID{}))
	for _, at := range places() {
		o := jioOrder("")
		o.At = at
		if s := step(t, f, o, actConfirm, ""); s.Order != nil || s.Screen == nil {
			t.Errorf("at %s: %+v", at, s)
		}
	}
	if ops := f.market.operators(); len(ops) != 0 {
		t.Errorf("it offers %v", ops)
	}
}

func TestConfirmOrdersTheCircleThatTheCardShowed(t *testing.T) {
	t.Parallel()
	f := jioFlow(&ledger{}, jioBy("delhi", []providers.CircleID{"in-dl"}), jioBy("any", nil))
	s := step(t, f, jioOrder("in-dl"), actConfirm, "")
	if s.Order == nil || s.Order.Circle != "in-dl" {
		t.Errorf("%+v", s.Order)
	}
	for name, o := range map[string]draft{
		"a circle that nobody has": jioOrder("in-xx"), "no circle where one is needed": jioOrder(""),
	} {
		if s := step(t, f, o, actConfirm, ""); s.Order != nil || s.Screen == nil {
			t.Errorf("%s: %+v", name, s)
		}
	}
	f = jioFlow(&ledger{}, jioBy("delhi", []providers.CircleID{"in-dl"}))
	if s := step(t, f, jioOrder("in-mu"), actConfirm, ""); s.Order != nil || !strings.Contains(s.Screen.Text.String(), "Jio cannot be recharged in Mumbai now") {
		t.Errorf("a circle that is not served any more: %+v", s)
	}
}

func TestACircleThatIsLearntMeanwhileIsShownBeforeItIsOrdered(t *testing.T) {
	t.Parallel()
	l := &ledger{}
	f := jioFlow(l, jioBy("any", nil), jioBy("delhi", []providers.CircleID{"in-dl"}))
	served := jioOrder("")
	served.Provider = "any"
	if s := step(t, f, served, actConfirm, ""); s.Order == nil || s.Order.Circle != "" {
		t.Fatalf("%+v", s)
	}
	other := jioOrder("in-dl")
	other.Amount = inr(50)
	l.jobs = []storage.Job{{ID: 1, Agent: 2002, Order: other.order(), State: storage.Delivered, Created: noon.Add(-time.Hour)}}
	s := step(t, f, served, actConfirm, "")
	if s.Order != nil || !strings.Contains(s.Screen.Text.String(), "Circle: Delhi NCR") {
		t.Errorf("%+v", s)
	}
}

// step is one press, or one text, by an agent whose draft is o.
func step(t *testing.T, f *Flow, o draft, action, typed string) flows.Step {
	t.Helper()
	kept, err := (turn{}).step(o, flows.Message{}, false)
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.Step(t.Context(), flows.Dialogue{Person: agent, State: kept.State, Action: action, Say: english(t)},
		flows.Input{Chat: 2001, ChatKind: flows.PrivateChat, Message: 77, From: flows.Sender{ID: 2001}, Text: typed})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatWasChosenBeforeIsReadFromTheOrders(t *testing.T) {
	t.Parallel()
	job := func(id storage.JobID, state storage.State, operator providers.OperatorID, circle providers.CircleID) storage.Job {
		o := jioOrder(circle).order()
		o.Operator = operator
		return storage.Job{ID: id, Agent: agent.ID, Order: o, State: state}
	}
	byAnother := func(j storage.Job) storage.Job {
		j.Agent = 2002
		return j
	}
	because := func(j storage.Job, r providers.Reason) storage.Job {
		j.Reason = r
		return j
	}
	const jio, vi, airtel = providers.INJio, providers.INVi, providers.INAirtel
	var many []storage.Job
	for id := storage.JobID(200); id > 0; id-- {
		many = append(many, job(id, storage.Cancelled, jio, "in-dl"))
	}
	deep := slices.Clone(many)
	deep[50] = job(150, storage.Delivered, vi, "in-mu")
	buried := slices.Clone(many)
	buried[150] = job(50, storage.Delivered, vi, "in-mu")
	for _, c := range []struct {
		name string
		jobs []storage.Job
		want past
	}{
		{"nothing", nil, past{}},
		{"the newest delivered one", []storage.Job{job(3, storage.Queued, airtel, ""), job(2, storage.Delivered, jio, "in-dl"), job(1, storage.Delivered, vi, "in-mu")}, past{jio, "in-dl"}},
		{"another agent's delivered one", []storage.Job{job(2, storage.Queued, airtel, "in-ka"), byAnother(job(1, storage.Delivered, vi, "in-mu"))}, past{vi, "in-mu"}},
		{"none delivered", []storage.Job{job(3, storage.Unknown, airtel, "in-ka"), job(2, storage.Review, jio, "in-dl")}, past{airtel, "in-ka"}},
		{"another agent's unproved ones", []storage.Job{byAnother(job(3, storage.Unknown, airtel, "in-ka")), byAnother(job(2, storage.Review, jio, "in-dl")), byAnother(job(1, storage.Pending, jio, "in-dl"))}, past{}},
		{"the own one behind another agent's", []storage.Job{byAnother(job(3, storage.Unknown, airtel, "in-ka")), job(2, storage.Review, jio, "in-dl")}, past{jio, "in-dl"}},
		{"delivered without a circle", []storage.Job{job(3, storage.Delivered, jio, ""), job(2, storage.Delivered, vi, "in-mu")}, past{jio, ""}},
		{"no circle of an order with another operator", []storage.Job{job(3, storage.Delivered, jio, ""), job(2, storage.Pending, vi, "in-mu")}, past{jio, ""}},
		{"refused, withdrawn, taken back", []storage.Job{because(job(4, storage.Failed, jio, "in-dl"), providers.ReasonRejected), job(3, storage.Cancelled, jio, "in-dl"), job(2, storage.Reversed, jio, "in-dl"), job(1, storage.Failed, jio, "in-dl")}, past{}},
		{"failed for another reason", []storage.Job{because(job(4, storage.Failed, jio, "in-dl"), providers.ReasonUnreachable)}, past{jio, "in-dl"}},
		{"behind many others", deep, past{vi, "in-mu"}},
		{"too deep to be looked for", buried, past{}},
	} {
		got, err := turn{Flow: newFlow(&ledger{jobs: c.jobs}), Dialogue: flows.Dialogue{Person: agent}, ctx: t.Context()}.remember("919812345670")
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(past{})); diff != "" || err != nil {
			t.Errorf("%s: %s %v", c.name, diff, err)
		}
	}
}

// A session outlives a restart with another configuration: whatever its card was, it is shown again or asked anew.
func TestDraftOfAnotherMarketIsShownAllTheSame(t *testing.T) {
	t.Parallel()
	f := jioFlow(&ledger{}, jioBy("delhi", []providers.CircleID{"in-dl"}))
	for _, at := range places() {
		for _, o := range []draft{ordered, jioOrder("in-mu"), jioOrder("")} {
			o.At, o.Packs = at, at == atAmount
			for _, action := range []string{flows.ActionRedraw, actBack, actConfirm, actChange, actRecircle, actPacks, actNumber, actPage + "7", actKind + "data", actCircle + "in-mu"} {
				if s := step(t, f, o, action, ""); s.Order != nil || s.Screen == nil {
					t.Errorf("%s at %s of %s: %+v", action, at, o.Operator, s)
				}
			}
			step(t, f, o, "", "199")
		}
	}
}

func TestPacksOfAnyWordingFitACard(t *testing.T) {
	t.Parallel()
	for _, words := range []string{strings.Repeat("আ", 5000), strings.Repeat("😀", 5000), strings.Repeat("\u202e*`_<b>", 2000), "\x00\n\n"} {
		f := jioFlow(&ledger{}, jioBy("any", nil))
		f.Offers = wordy(words)
		o := jioOrder("")
		o.At, o.Packs = atAmount, true
		for _, o := range []draft{o, jioOrder("")} {
			s := step(t, f, o, flows.ActionRedraw, "")
			if n := s.Screen.Text.Length(); n > flows.MaxText/2 || !strings.Contains(s.Screen.Text.String(), "₹199") {
				t.Errorf("%.4q…: a card of %d units:\n%s", words, n, s.Screen.Text)
			}
			for _, b := range slices.Concat(s.Screen.Rows...) {
				if len([]rune(b.Label)) > 40 || strings.ContainsAny(b.Label, "\n\u202e") {
					t.Errorf("a button %q", b.Label)
				}
			}
		}
	}
}

// wordy is a list of packs with those words everywhere.
type wordy string

func (w wordy) Lists(providers.OfferQuery) bool { return true }

func (w wordy) Known(q providers.OfferQuery) ([]providers.Offer, bool) {
	var out []providers.Offer
	for i := range 10 {
		out = append(out, providers.Offer{
			Operator: q.Operator, Type: providers.Prepaid, Kind: providers.OfferKind(w), Price: inr(199), Validity: string(w), Details: fmt.Sprint(i, w),
		})
	}
	return out, true
}

// What Offers will show is asked for as soon as the button is there, so that it is here when it is pressed.
func TestPacksAreAskedForWithTheirButton(t *testing.T) {
	t.Parallel()
	f := jioFlow(&ledger{}, jioBy("any", nil))
	asked := &eager{}
	f.Offers = asked
	o := jioOrder("")
	o.At, o.Amount = atAmount, providers.Money{}
	step(t, f, o, flows.ActionRedraw, "")
	if len(*asked) != 1 || (*asked)[0].Operator != providers.INJio {
		t.Errorf("asked for %v, want Jio's list once", *asked)
	}
}

// eager notes the lists that are asked for; none is here.
type eager []providers.OfferQuery

func (*eager) Lists(providers.OfferQuery) bool { return true }

func (e *eager) Known(q providers.OfferQuery) ([]providers.Offer, bool) {
	*e = append(*e, q)
	return nil, false
}
