package alerts_test

import (
	"strings"
	"testing"

	"rechargebot/flows/alerts"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// One person's word that a success was taken back is no reversal: the reminder asks for a second one.
func TestAWordThatWaitsIsNotToldAsAReversal(t *testing.T) {
	t.Parallel()
	job := storage.Job{
		ID: 1, State: storage.Delivered, Verdict: &storage.Verdict{By: 1001, To: storage.Reversed, Why: "a refund of 01712345678"},
		Order:    providers.Order{Account: "8801712345678", Amount: providers.Money{Minor: 600_00, Currency: providers.BDT}},
		Attempts: []storage.Attempt{{Provider: "ecare-main", Reference: "R1"}},
	}
	words, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	say := words.In("en")
	got := alerts.IncidentMessage(say, job, true).Text.String()
	if !strings.Contains(got, "It is Delivered, and one admin says Reversed.") || strings.Contains(got, "gave the money back") || strings.Contains(got, "01712345678") {
		t.Errorf("a word that waits: %s", got)
	}
	job.State = storage.Reversed
	if got = alerts.IncidentMessage(say, job, false).Text.String(); !strings.Contains(got, "gave the money back") {
		t.Errorf("a reversal, which drops the word: %s", got)
	}
}
