package bolt_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// A file of schema 1 knows no desk: its jobs in Review are found there after the first start.
func TestAnOlderFileIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data", "rechargebot.db")
	s := open(t, path)
	ctx, now := t.Context(), time.Now()
	if err := s.EnsureOwners(ctx, now, 1001); err != nil {
		t.Fatal(err)
	}
	bdt := func(n int64) providers.Money { return providers.Money{Minor: n, Currency: providers.BDT} }
	made, err := s.Commit(ctx, storage.Turn{Now: now, Actor: 1001, Order: &storage.NewOrder{
		Order: providers.Order{Operator: providers.BDRobi, Type: providers.Prepaid, Account: "8801812345678", Amount: bdt(5000)},
		Chat:  1001, Day: "2026-11-22", Limits: storage.Limits{PerOrder: bdt(10000), PerDay: bdt(10000)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	j := *made.Job
	for _, to := range []storage.State{storage.Sending, storage.Unknown, storage.Review} {
		m := storage.Move{Now: now, Job: j.ID, Version: j.Version, To: to, Due: now.Add(time.Hour), By: "test"}
		if to == storage.Sending {
			m.Open = &storage.Attempt{Provider: "p", Reference: "R1"}
		}
		if j, err = s.Move(ctx, m); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := bolt.ToSchema1(path); err != nil {
		t.Fatal(err)
	}
	if _, err := bolt.Open(path, bolt.Options{AsItIs: true}); !errors.Is(err, bolt.ErrOlder) {
		t.Fatalf("opened as it is: %v", err)
	}
	for range 2 { // the second start has nothing to do
		s = open(t, path)
		jobs, err := s.AtDesk(ctx, 0, 10)
		if err != nil || len(jobs) != 1 || jobs[0].ID != j.ID {
			t.Errorf("at the desk are %+v (%v), want %s", jobs, err, j.ID)
		}
		if err := s.Check(ctx); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A file of schema 3 does not say when its updates came: their numbers stay remembered, however late they come again.
func TestNumbersWithoutATimeStayRemembered(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	ctx, now := t.Context(), time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	update := func(id int64, at time.Time) storage.Update {
		return storage.Update{UpdateID: id, Raw: []byte("raw"), Arrived: at}
	}
	s := open(t, path)
	if _, err := s.Accept(ctx, update(7, now), update(-8, now)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := bolt.ToSchema3(path); err != nil {
		t.Fatal(err)
	}
	for life := range 2 { // the second start has nothing to do
		s = open(t, path)
		at := now.Add(storage.SeenFor * time.Duration(1+2*life))
		got, err := s.Accept(ctx, update(7, at), update(-8, at), update(9, at))
		if err != nil || len(got) != 1 || got[0].UpdateID != 9 {
			t.Errorf("accepted in life %d: %+v (%v), want only 9", life, got, err)
		}
		if err := s.Check(ctx); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
