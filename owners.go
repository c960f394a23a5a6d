package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"rechargebot/flows/access"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// owners makes the configured people owners; when there is none at all, it prints a claim code once.
func owners(ctx context.Context, conf config, store *bolt.Store, sys *system) (*access.Claim, error) {
	var ids []storage.PersonID
	for _, id := range conf.Telegram.Owners {
		ids = append(ids, storage.PersonID(id))
	}
	if err := store.EnsureOwners(ctx, time.Now(), ids...); err != nil {
		return nil, fmt.Errorf("store owners: %w", err)
	}
	have, err := store.PeopleWhere(ctx, func(p storage.Person) bool { return p.Role == storage.RoleOwner })
	if err != nil {
		return nil, fmt.Errorf("look for owners: %w", err)
	}
	if len(ids) > 0 {
		if err := retire(ctx, store, have, ids); err != nil {
			return nil, fmt.Errorf("retire owners: %w", err)
		}
	}
	if len(have) > 0 {
		return nil, nil
	}
	claim, err := access.NewClaim(rand.Reader, time.Now())
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(sys.out, "This bot has no owner yet. Within 15 minutes, send it this message in a private chat:\n\n    /claim %s\n\n", claim.Code())
	return claim, err
}

// retire makes those owners admins whom the configuration, naming others, does not name any more: an
// owner can suspend an admin.
func retire(ctx context.Context, store *bolt.Store, have []storage.Person, named []storage.PersonID) error {
	turn := storage.Turn{Now: time.Now()}
	for _, p := range have {
		if slices.Contains(named, p.ID) {
			continue
		}
		after := p
		after.Role = storage.RoleAdmin
		turn.People = append(turn.People, storage.PersonChange{Before: &p, After: after})
		turn.Audit = append(turn.Audit, fmt.Sprintf("person %d is an owner no more: the configuration names others", p.ID))
	}
	if len(turn.People) == 0 {
		return nil
	}
	_, err := store.Commit(ctx, turn)
	return err
}
