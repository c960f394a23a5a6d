package main

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// Who is named in the configuration is an owner; who is named no more is an admin, whom an owner can suspend.
func TestTheConfigurationSaysWhoOwnsTheBot(t *testing.T) {
	t.Parallel()
	store, err := bolt.Open(filepath.Join(t.TempDir(), "data", "rechargebot.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, c := range []struct {
		named []int64
		want  map[storage.PersonID]storage.Role
	}{
		{[]int64{1, 2}, map[storage.PersonID]storage.Role{1: storage.RoleOwner, 2: storage.RoleOwner}},
		{[]int64{2, 3}, map[storage.PersonID]storage.Role{1: storage.RoleAdmin, 2: storage.RoleOwner, 3: storage.RoleOwner}},
		{nil, map[storage.PersonID]storage.Role{1: storage.RoleAdmin, 2: storage.RoleOwner, 3: storage.RoleOwner}},
	} {
		conf := defaultConfig()
		conf.Telegram.Owners = c.named
		claim, err := owners(t.Context(), conf, store, &system{out: io.Discard})
		if err != nil || claim != nil {
			t.Fatalf("owners %v: claim %v, %v", c.named, claim, err)
		}
		people, err := store.PeopleWhere(t.Context(), func(storage.Person) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		got := map[storage.PersonID]storage.Role{}
		for _, p := range people {
			got[p.ID] = p.Role
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("owners = %v (-want +got):\n%s", c.named, diff)
		}
	}
}

// Who is asked to stop before the start is through stops well: it is no failure.
func TestAStopWhileStartingIsNoFailure(t *testing.T) {
	t.Parallel()
	conf := defaultConfig()
	conf.DataDir = filepath.Join(t.TempDir(), "data")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := serve(ctx, conf, &system{out: io.Discard, log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Errorf("a stop while starting ends with %v", err)
	}
}
