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
	found = &books{}
	kept := map[storage.JobID]int{}
	for _, o := range upstream.Orders() {
		job, err := store.ByReference(ctx, providers.Reference(o.Reference))
		switch {
		case errors.Is(err, storage.ErrNotFound):
			found.Lost++
			continue
		case err != nil:
			return nil, fmt.Errorf("audit the store: %w", err)
		}
		kept[job.ID] += 0
		if o.Stage != simulated.StageFailed && o.Stage != simulated.StageReversed {
			kept[job.ID]++
		}
	}
	found.Orders = len(kept)
	for _, n := range kept {
		if n > 1 {
			found.Twice++
		}
	}
	if err := store.Unfinished(ctx, func(storage.JobID, time.Time) bool { found.Open++; return true }); err != nil {
		return nil, fmt.Errorf("audit the store: %w", err)
	}
	return found, nil
}
