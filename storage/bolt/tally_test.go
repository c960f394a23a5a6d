package bolt_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// Each change of a job's state is told of once, after the commit that made it, and a refused one never.
func TestCommitsTellWhatBecameOfJobs(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "store.db"))
	var moves []bolt.Moved
	commits := 0
	s.OnCommit(func(took time.Duration, moved []bolt.Moved) {
		if commits++; took < 0 {
			t.Errorf("a commit took %v", took)
		}
		moves = append(moves, moved...)
	})
	now := time.Now()
	if err := s.EnsureOwners(t.Context(), now, 1001); err != nil {
		t.Fatal(err)
	}
	made, err := s.Commit(t.Context(), storage.Turn{Now: now, Actor: 1001, Order: &storage.NewOrder{
		Order: providers.Order{
			Operator: providers.BDRobi, Type: providers.Prepaid, Account: "8801812345678",
			Amount: providers.Money{Minor: 5000, Currency: providers.BDT},
		},
		Chat: 1001, Day: now.Format(time.DateOnly), Limits: storage.Limits{
			PerOrder: providers.Money{Minor: 9000, Currency: providers.BDT}, PerDay: providers.Money{Minor: 9000, Currency: providers.BDT},
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	cancel := storage.Move{Now: now, Job: made.Job.ID, Version: made.Job.Version, To: storage.Cancelled, By: "agent"}
	for range 2 { // the second one finds another version
		if count, err := s.Unsettled(t.Context()); err != nil || len(moves) == 1 && count[storage.Queued] != 1 || len(moves) == 2 && len(count) != 0 {
			t.Errorf("not settled after %v: %v (%v)", moves, count, err)
		}
		_, err = s.Move(t.Context(), cancel)
	}
	if err == nil {
		t.Error("a job was cancelled twice")
	}
	if diff := cmp.Diff([]bolt.Moved{{To: storage.Queued}, {From: storage.Queued, To: storage.Cancelled}}, moves); diff != "" || commits != 3 {
		t.Errorf("%d commits told (-want +got):\n%s", commits, diff)
	}
}
