package alerts_test

import (
	"testing"
	"time"

	"rechargebot/flows/alerts"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// What is not final was told to nobody yet. What matters then is who else has the order.
func TestEvidenceWhileAnOrderIsUnderWaySaysWhoHasIt(t *testing.T) {
	t.Parallel()
	words, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	closed := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	first := storage.Attempt{Provider: "first", Reference: "R1", Closed: closed, Proof: storage.ProofRefused}
	second := storage.Attempt{Provider: "second", Reference: "R2"}
	arrived := second
	arrived.Closed, arrived.Proof = closed, storage.ProofDelivered
	again := first
	again.Closed, again.Proof = time.Time{}, storage.ProofNone
	const head, ask = "Needs review: #WJMY3E, 017****5678, ৳50. ", ", then decide with /review in my private chat."
	for _, c := range []struct {
		state    storage.State
		attempts []storage.Attempt
		want     string
	}{
		{storage.Pending, []storage.Attempt{first, second}, "first now says: delivered, although it had not carried it out (our reference R1), and second has the order too: it may be paid twice. Please ask both"},
		{storage.Unknown, []storage.Attempt{first, second}, "first now says: delivered, although it had not carried it out (our reference R1), and second has the order too: it may be paid twice. Please ask both"},
		{storage.Review, []storage.Attempt{first, second}, "first now says: delivered, although it had not carried it out (our reference R1), and second has the order too: it may be paid twice. Please ask both"},
		{storage.Queued, []storage.Attempt{first}, "first now says: delivered, although it had not carried it out (our reference R1). The order is sent to nobody any more. Please ask first"},
		{storage.Unknown, []storage.Attempt{again}, "It is In progress, and first now says: delivered (our reference R1). Nothing is sent. Please ask the provider"},
		{storage.Delivered, []storage.Attempt{first, arrived}, "It is Delivered by second, but first says: delivered (our reference R1) of its try too: it may have been paid twice. Nothing is sent. Please ask both"},
		{storage.Failed, []storage.Attempt{first}, "It was told as Failed, but first now says: delivered (our reference R1). Nothing was changed and nothing is sent. Please ask the provider"},
	} {
		job := storage.Job{
			ID: 1, State: c.state, Order: providers.Order{Account: "8801712345678", Amount: taka(50)},
			Attempts: c.attempts, Incidents: []storage.Incident{{Reference: "R1", Said: "delivered"}},
		}
		if got := alerts.IncidentMessage(words.In("en"), job, false).Text.String(); got != head+c.want+ask {
			t.Errorf("%s:\n got %s\nwant %s", c.state, got, head+c.want+ask)
		}
	}
}
