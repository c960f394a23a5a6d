package main

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
	"rechargebot/providers/simulated"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

func TestTheBooksFindWhatIsPaidTwiceOrLost(t *testing.T) {
	t.Parallel()
	jobs := map[providers.Reference]storage.JobID{"a1": 1, "a2": 1, "b1": 2, "b2": 2, "c1": 3, "c2": 3}
	jobOf := func(ref providers.Reference) (storage.JobID, error) {
		if id, ok := jobs[ref]; ok {
			return id, nil
		}
		return 0, storage.ErrNotFound
	}
	got, err := tally([]simulated.Order{
		{Reference: "a1", Stage: simulated.StageDelivered}, {Reference: "a2", Stage: simulated.StagePending}, // paid twice
		{Reference: "b1", Stage: simulated.StageFailed}, {Reference: "b2", Stage: simulated.StageDelivered}, // went on to another provider
		{Reference: "c1", Stage: simulated.StageReversed}, {Reference: "c2", Stage: simulated.StageDelivered},
		{Reference: "nobody's", Stage: simulated.StageDelivered},
	}, jobOf)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&books{Orders: 3, Twice: 1, Lost: 1}, got); diff != "" {
		t.Error(diff)
	}
	if again, err := tally([]simulated.Order{{Reference: "a1", Stage: simulated.StageDelivered}, {Reference: "a1", Repeat: 1, Stage: simulated.StageDelivered}}, jobOf); err != nil || again.Twice != 1 {
		t.Errorf("one reference accepted twice: %+v, %v", again, err)
	}
}

// The store of a bot that was killed is read as it was left.
func TestTheBooksOfAKilledBot(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	d.says(agent, "01712345678 50")
	d.presses(agent, "Confirm", "01712345678")
	d.sees(agent, "Delivered", "01712345678")
	d.kill()
	got, err := audit(t.Context(), filepath.Join(d.data, storeFile), d.upstream)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&books{Orders: 1}, got); diff != "" {
		t.Error(diff)
	}

	// A store that knows nothing of it has lost it; one that is not there is not made.
	empty := filepath.Join(t.TempDir(), "empty.db")
	if _, err := audit(t.Context(), empty, d.upstream); err == nil {
		t.Error("a store that is not there was read")
	}
	store, err := bolt.Open(empty, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := audit(t.Context(), empty, d.upstream); err != nil || got.Lost != 1 {
		t.Errorf("an empty store holds %+v, %v", got, err)
	}
}
