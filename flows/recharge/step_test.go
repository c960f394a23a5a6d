package recharge

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// ledger is what the flow reads, in memory.
type ledger struct {
	jobs  []storage.Job // newest first
	spent int64         // minor units, today
	err   error
}

func (l *ledger) JobsOfAccount(_ context.Context, account providers.MSISDN, before storage.JobID, limit int) ([]storage.Job, error) {
	var out []storage.Job
	for _, j := range l.jobs {
		if j.Account == account && (before == 0 || j.ID < before) && len(out) < limit {
			out = append(out, j)
		}
	}
	return out, l.err
}

func (l *ledger) JobsOfAgent(_ context.Context, agent storage.PersonID, before storage.JobID, limit int) ([]storage.Job, error) {
	var out []storage.Job
	for _, j := range l.jobs {
		if j.Agent == agent && (before == 0 || j.ID < before) && len(out) < limit {
			out = append(out, j)
		}
	}
	return out, l.err
}

func (l *ledger) UnfinishedOfAccount(_ context.Context, account providers.MSISDN) ([]storage.Job, error) {
	var out []storage.Job
	for _, j := range l.jobs {
		if j.Account == account && !j.State.Terminal() {
			out = append(out, j)
		}
	}
	return out, l.err
}

func (l *ledger) SpentOn(_ context.Context, _ storage.PersonID, _ string, c providers.Currency) (providers.Money, error) {
	return providers.Money{Minor: l.spent, Currency: c}, l.err
}

func (l *ledger) Person(context.Context, storage.PersonID) (storage.Person, error) {
	return storage.Person{}, storage.ErrNotFound
}

var (
	noon    = time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC) // already the 22nd in Dhaka
	gp      = providers.Service{Operator: providers.BDGrameenphone, Type: providers.Prepaid}
	agent   = storage.Person{ID: 2001, Chat: 2001, Role: storage.RoleAgent}
	ordered = draft{
		At: atConfirm, Operator: gp.Operator, Type: gp.Type, Account: "8801712345678",
		Amount: providers.Money{Minor: 5000, Currency: providers.BDT}, OneLine: true, Decided: true,
	}
)

func newFlow(l *ledger) *Flow {
	taka := func(whole int64) providers.Money {
		return providers.Money{Minor: whole * 100, Currency: providers.BDT}
	}
	return New(Config{
		Upstreams: []Upstream{{
			Name: "ecare-main", Services: []providers.Service{gp},
			Rules: map[providers.Service]providers.AmountRule{gp: {Min: taka(20), Max: taka(1000), Step: taka(1)}},
		}},
		Jobs: l, Window: 10 * time.Minute, Zone: time.FixedZone("Dhaka", 6*60*60), Now: func() time.Time { return noon },
		Limits: map[providers.Currency]storage.Limits{providers.BDT: {PerOrder: taka(500), PerDay: taka(2000)}},
	})
}

// press is one press by an agent whose draft is o.
func press(t *testing.T, l *ledger, o draft, action string, refused error) flows.Step {
	t.Helper()
	return pressOn(t, newFlow(l), o, action, refused)
}

func pressOn(t *testing.T, f *Flow, o draft, action string, refused error) flows.Step {
	t.Helper()
	state, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.Step(t.Context(), flows.Dialogue{
		Person: agent, State: state, Action: action, Say: english(t), Refused: refused,
	}, flows.Input{Chat: 2001, ChatKind: flows.PrivateChat, Message: 77, From: flows.Sender{ID: 2001}, Press: "token"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func english(t *testing.T) text.Printer {
	t.Helper()
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	return catalogue.In("en")
}

func TestConfirmOrdersWhatTheCardShowed(t *testing.T) {
	t.Parallel()
	s := press(t, &ledger{}, ordered, actConfirm, nil)
	want := &storage.NewOrder{
		Order: ordered.order(), Chat: 2001, Card: 77, Day: "2026-11-22",
		Limits: storage.Limits{PerOrder: providers.Money{Minor: 50000, Currency: providers.BDT}, PerDay: providers.Money{Minor: 200000, Currency: providers.BDT}},
	}
	if diff := cmp.Diff(want, s.Order); diff != "" || !s.Close || s.Screen != nil {
		t.Errorf("order: %s\nstep: %+v", diff, s)
	}
}

func TestConfirmCardExpiresAndCarriesNothing(t *testing.T) {
	t.Parallel()
	s := press(t, &ledger{}, ordered, flows.ActionRedraw, nil)
	if s.Expires != ConfirmTerm || s.Keep || s.Screen == nil {
		t.Fatalf("%+v", s)
	}
	if b := s.Screen.Rows[0][0]; b.Label != "Confirm" || b.Action != actConfirm || b.Tone != flows.Good {
		t.Errorf("%+v", b)
	}
}

func TestRefusedOrderIsToldAndNotTriedAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		l       ledger
		refused error
		says    string
		keeps   bool
	}{
		{"above the order's limit, known by now", ledger{}, storage.ErrPerOrder, "above your limit", true},
		{"above the day's limit, known by now", ledger{spent: 198_000}, storage.ErrPerDay, "You have ৳20 left of your ৳2,000", true},
		{"may not order", ledger{}, storage.ErrMayNot, "suspended", false},
		{"something changed", ledger{}, storage.ErrConflict, "check the order again", true},
	} {
		s := press(t, &c.l, ordered, actConfirm, c.refused)
		if s.Order != nil || s.Screen == nil || !strings.Contains(s.Screen.Text.String(), c.says) {
			t.Errorf("%s: %+v", c.name, s)
		}
		if o, open := readDraft(s.State); open != c.keeps || open && o.Account != ordered.Account {
			t.Errorf("%s: the draft is %+v (%v)", c.name, o, open)
		}
	}
}

func TestConfirmIsCheckedAgainWhenPressed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		l      ledger
		change func(*draft)
		says   string
	}{
		{"the operator is not served any more", ledger{}, func(o *draft) { o.Operator = providers.BDRobi }, "Robi cannot be recharged now"},
		{"the amount is outside the rule", ledger{}, func(o *draft) { o.Amount.Minor = 1900 }, "takes amounts from ৳20"},
		{"another currency", ledger{}, func(o *draft) { o.Amount.Currency = providers.INR }, "takes amounts from ৳20"},
		{"above the limit for one order", ledger{}, func(o *draft) { o.Amount.Minor = 60_000 }, "Your limit for one order is ৳500"},
		{"above the day's limit", ledger{spent: 196_000}, func(*draft) {}, "You have ৳40 left"},
		{"no number", ledger{}, func(o *draft) { o.Account = "" }, "check the order again"},
		{"not on the confirm card", ledger{}, func(o *draft) { o.At = atAmount }, "check the order again"},
	} {
		o := ordered
		c.change(&o)
		s := press(t, &c.l, o, actConfirm, nil)
		if s.Order != nil || s.Screen == nil || !strings.Contains(s.Screen.Text.String(), c.says) {
			t.Errorf("%s: %+v", c.name, s)
		}
	}
}

func TestOrderLikeAnEarlierOneIsAskedAboutAgain(t *testing.T) {
	t.Parallel()
	job := func(id storage.JobID, state storage.State, age time.Duration) storage.Job {
		return storage.Job{ID: id, Agent: 2002, Order: ordered.order(), State: state, Created: noon.Add(-age)}
	}
	other := job(9, storage.Delivered, time.Minute)
	other.Amount.Minor++
	const day = 24 * time.Hour
	elsewhere := job(1, storage.Review, day)
	elsewhere.Amount.Minor++
	many := []storage.Job{}
	for id := storage.JobID(60); id > 10; id-- {
		j := job(id, storage.Delivered, time.Minute)
		j.Amount.Minor++
		many = append(many, j)
	}
	for _, c := range []struct {
		name string
		jobs []storage.Job
		want storage.JobID
	}{
		{"none", nil, 0},
		{"another amount", []storage.Job{other}, 0},
		{"at the window's edge", []storage.Job{job(1, storage.Delivered, 10*time.Minute)}, 1},
		{"before the window", []storage.Job{job(1, storage.Delivered, 10*time.Minute+1)}, 0},
		{"the newest", []storage.Job{job(2, storage.Queued, time.Minute), job(1, storage.Delivered, 2*time.Minute)}, 2},
		{"one that may be paid before one that is not", []storage.Job{job(3, storage.Failed, time.Minute), job(2, storage.Cancelled, time.Minute), job(1, storage.Unknown, 2*time.Minute)}, 1},
		{"an unpaid one when there is no other", []storage.Job{job(3, storage.Failed, time.Minute), job(2, storage.Failed, time.Minute)}, 3},
		{"one in queued, however old", []storage.Job{job(1, storage.Queued, day)}, 1},
		{"one in sending, however old", []storage.Job{job(1, storage.Sending, day)}, 1},
		{"one in pending, however old", []storage.Job{job(1, storage.Pending, day)}, 1},
		{"one in unknown, however old", []storage.Job{job(1, storage.Unknown, day)}, 1},
		{"one in review, however old", []storage.Job{job(1, storage.Review, day)}, 1},
		{"an old one of another amount", []storage.Job{elsewhere}, 0},
		{"an unfinished one before one that is paid", []storage.Job{job(2, storage.Delivered, time.Minute), job(1, storage.Unknown, day)}, 1},
		{"an unfinished one behind many finished ones", append(slices.Clone(many), job(1, storage.Review, day)), 1},
		{"behind many others", append(many, job(1, storage.Delivered, 2*time.Minute)), 1},
	} {
		l := &ledger{jobs: c.jobs}
		s := press(t, l, ordered, flows.ActionRedraw, nil)
		o, _ := readDraft(s.State)
		if label := s.Screen.Rows[0][0].Label; o.Earlier != c.want || (label == "Send again") != (c.want != 0) {
			t.Errorf("%s: shows %d with %q, want %d", c.name, o.Earlier, label, c.want)
		}
		if again := press(t, l, ordered, actConfirm, nil); (again.Order == nil) != (c.want != 0) {
			t.Errorf("%s: a card that did not show it orders: %+v", c.name, again.Order)
		}
		if again := press(t, l, o, actConfirm, nil); again.Order == nil {
			t.Errorf("%s: the card that showed it does not order", c.name)
		}
	}
}

func TestStateOfEarlierReleasesIsRead(t *testing.T) {
	t.Parallel()
	stored := `{"at":"confirm","operator":"bd-grameenphone","type":"prepaid","account":"8801712345678",` +
		`"amount":{"minor":5000,"currency":"BDT"},"decided":true,"one_line":true,"some_day":"more"}`
	if o, ok := readDraft([]byte(stored)); !ok || o != ordered {
		t.Errorf("%+v, %v", o, ok)
	}
	for _, bad := range []string{"", "null", "{", "[]", `{"at":"elsewhere"}`, `{}`} {
		if o, ok := readDraft([]byte(bad)); ok {
			t.Errorf("%q is read as %+v", bad, o)
		}
	}
}

func TestPressWithoutAnOpenOrderOnlyTells(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"", "{"} {
		s, err := newFlow(&ledger{}).Step(t.Context(), flows.Dialogue{Person: agent, State: []byte(state), Action: actConfirm, Say: english(t)},
			flows.Input{Chat: 2001, ChatKind: flows.PrivateChat, Message: 77, From: flows.Sender{ID: 2001}})
		if err != nil || s.Order != nil || !strings.Contains(s.Answer.Text, "not open any more") {
			t.Errorf("state %q: %+v, %v", state, s, err)
		}
	}
}

func TestWhoMayNotOrderIsToldAtEveryStep(t *testing.T) {
	t.Parallel()
	suspended := agent
	suspended.Suspended = true
	for _, p := range []storage.Person{suspended, {ID: 2001}} {
		for _, action := range []string{"", actStart, actConfirm, actAmount + "5000", flows.ActionRedraw} {
			state, _ := json.Marshal(ordered)
			s, err := newFlow(&ledger{}).Step(t.Context(), flows.Dialogue{Person: p, State: state, Action: action, Say: english(t)},
				flows.Input{Chat: 2001, ChatKind: flows.PrivateChat, Text: "01712345678 50"})
			if err != nil || s.Order != nil || s.State != nil || !strings.Contains(s.Screen.Text.String(), "suspended") {
				t.Errorf("%q: %+v, %v", action, s, err)
			}
		}
	}
}

func TestNoMoneyInGroups(t *testing.T) {
	t.Parallel()
	for _, kind := range []flows.ChatKind{flows.GroupChat, flows.OtherChat, ""} {
		s, err := newFlow(&ledger{}).Step(t.Context(), flows.Dialogue{Person: agent, Say: english(t)},
			flows.Input{Chat: -5, ChatKind: kind, Text: "01712345678 50"})
		if diff := cmp.Diff(flows.Step{}, s); diff != "" || err != nil {
			t.Errorf("%q: %s %v", kind, diff, err)
		}
	}
}

func TestFailingStoreIsAnErrorAndNoCard(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, typed := range []string{"01712345678 50", "01712345678 5"} {
		_, err := newFlow(&ledger{err: broken}).Step(t.Context(), flows.Dialogue{Person: agent, Say: english(t)},
			flows.Input{Chat: 2001, ChatKind: flows.PrivateChat, Text: typed})
		if !errors.Is(err, broken) {
			t.Errorf("%s: error %v", typed, err)
		}
	}
}

func TestOperatorsAreGroupedByCountry(t *testing.T) {
	t.Parallel()
	ops := []providers.Operator{
		{ID: "in-jio", Name: "Jio", Country: providers.India},
		{ID: "bd-robi", Name: "Robi", Country: providers.Bangladesh},
		{ID: "in-vi", Name: "Vi", Country: providers.India},
		{ID: "in-bsnl", Name: "BSNL", Country: providers.India},
	}
	var labels [][]string
	for _, row := range operatorRows(slices.Clone(ops), providers.BDRobi) {
		var line []string
		for _, b := range row {
			line = append(line, b.Label)
		}
		labels = append(labels, line)
	}
	want := [][]string{{"🇧🇩 Robi"}, {"🇮🇳 Jio", "🇮🇳 Vi"}, {"🇮🇳 BSNL"}}
	if diff := cmp.Diff(want, labels); diff != "" {
		t.Error(diff)
	}
}

func TestCommasStandOnlyWhereThousandsEnd(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]bool{
		"50": true, "1,000": true, "1,00,000": true, "12,345.50": true, "50,5": false, "50,50": false, "1,0000": false, "1,2,3": false, "1,00": false,
	} {
		if _, err := providers.ParseAmount(typed, providers.BDT); (err == nil) != want {
			t.Errorf("%q as an amount: %v, want it read: %v", typed, err, want)
		}
	}
}
