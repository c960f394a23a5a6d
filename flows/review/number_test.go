package review_test

import (
	"strings"
	"testing"

	"rechargebot/flows"
	"rechargebot/providers"
	"rechargebot/storage"
)

// An admin orders in the same chat: no line that is an order, or holds a number, is taken for a reason.
func TestAnOrderDecidesNothing(t *testing.T) {
	t.Parallel()
	const refused = "a mobile number is in it"
	india := func(j *storage.Job) {
		j.Account, j.Operator, j.Amount.Currency = "919812345670", providers.INJio, providers.INR
	}
	for _, c := range []struct {
		typed  string
		job    func(*storage.Job)
		number bool
	}{
		{"01712345678", nil, true},
		{"01712345678 50 gp", nil, true},
		{"+880 1712-345678 50 gp", nil, true},
		{"0171 2345678 50 gp prepaid", nil, true},
		{"017 12 34 56 78 50 gp", nil, true},
		{"gp 01712345678 50", nil, true},
		{"50 gp ০১৭১২-৩৪৫৬৭৮", nil, true},
		{"tel:01712345678 50 gp", nil, true},
		{"gp01712345678,50", nil, true},
		{"017\u200b12345678 gp 50", nil, true},
		{"(017) 1234.5678 fifty", nil, true},
		{"Rahim 01712345678", india, true},
		{"9812345670 50 jio", nil, true},
		{"jio 50 98123 45670", nil, true},
		{"+91 98123 45670 is done", nil, true},
		{"09812345670 is done", nil, true},
		{"number 9812345670 is done", india, true},
		{"Success in their panel, 10:42, TrxID BD1234567890", nil, false},
		{"txn 1122444556 seen 22.11.", nil, false},
		{"txn 1122444556 seen 22.11.", india, false},
		{"txn 9812345670 is in their panel at 10:42", nil, false},
		{"txn BD9812345670, 50 taken", nil, false},
		{"txn BD9812345670, 50 taken", india, false},
		{"in their list 22.11.2026 10:42, 50 taken, ends with 5678", nil, false},
	} {
		b := book{[]storage.Job{waiting()}, people()}
		if c.job != nil {
			c.job(&b.jobs[0])
		}
		s := step(t, b, 1001, flows.Dialogue{State: question(t, b, "Mark failed")}, flows.Input{Text: c.typed})
		if c.number && (changes(s) || s.Close || !strings.Contains(s.Screen.Text.String(), refused)) || !c.number && (s.Job == nil || s.Job.To != storage.Failed) {
			t.Errorf("%q for %s: %+v", c.typed, b.jobs[0].Account, s)
		}
	}
}

// What somebody else wrote is no admin's reason, and the question stays open.
func TestAForwardedMessageDecidesNothing(t *testing.T) {
	t.Parallel()
	b := book{[]storage.Job{waiting()}, people()}
	q := question(t, b, "Mark failed")
	s := step(t, b, 1001, flows.Dialogue{State: q}, flows.Input{Text: "nothing in their panel", Forwarded: true})
	if changes(s) || s.Close || s.State == nil || !strings.Contains(s.Screen.Text.String(), "that is forwarded") {
		t.Errorf("a forwarded reason: %+v", s)
	}
	if s = step(t, b, 1001, flows.Dialogue{State: s.State}, flows.Input{Text: "nothing in their panel"}); s.Job == nil || s.Job.To != storage.Failed {
		t.Errorf("the admin's own words after it: %+v", s)
	}
}
