package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"rechargebot/providers"
	"rechargebot/providers/simulated"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// books is what comes out when the providers' record is held against the bot's store.
type books struct {
	Orders int `json:"orders"` // that a provider took money for
	Open   int `json:"open"`   // in the store, and not final yet
	Twice  int `json:"twice"`  // orders that money was kept for more than once
	Lost   int `json:"lost"`   // recharges that belong to no order in the store
}

// audit opens the store of a bot that is dead and looks for each recharge on the providers' record.
func audit(ctx context.Context, file string, upstream *simulated.Server) (found *books, err error) {
	if _, err := os.Stat(file); err != nil {
		return nil, fmt.Errorf("audit the store: %w", err) // killed before there was one
	}
	store, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		return nil, fmt.Errorf("audit the store: %w", err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	found, err = tally(upstream.Orders(), func(ref providers.Reference) (storage.JobID, error) {
		job, err := store.ByReference(ctx, ref)
		return job.ID, err
	})
	if err != nil {
		return nil, fmt.Errorf("audit the store: %w", err)
	}
	if err := store.Unfinished(ctx, func(storage.JobID, time.Time) bool { found.Open++; return true }); err != nil {
		return nil, fmt.Errorf("audit the store: %w", err)
	}
	return found, nil
}

// tally counts recharges by the order that they belong to.
func tally(recharges []simulated.Order, jobOf func(providers.Reference) (storage.JobID, error)) (*books, error) {
	found, kept := &books{}, map[storage.JobID]int{}
	for _, o := range recharges {
		id, err := jobOf(providers.Reference(o.Reference))
		switch {
		case errors.Is(err, storage.ErrNotFound):
			found.Lost++
			continue
		case err != nil:
			return nil, err
		}
		kept[id] += 0
		if o.Stage != simulated.StageFailed && o.Stage != simulated.StageReversed {
			kept[id]++
		}
	}
	found.Orders = len(kept)
	for _, n := range kept {
		if n > 1 {
			found.Twice++
		}
	}
	return found, nil
}
