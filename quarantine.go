package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"rechargebot/flows/alerts"
	"rechargebot/flows/text"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// quarantine makes a store that restore has put in place fit for work, before any other part of the bot sees it
// (SAFETY.md, I12): what is unfinished in it waits for people, and they are told what is not in it.
func quarantine(ctx context.Context, conf config, store *bolt.Store, log *slog.Logger) error {
	restored, err := store.Restored(ctx)
	if err != nil || restored.At.IsZero() {
		return err
	}
	catalogue, err := text.Load()
	if err != nil {
		return err
	}
	people, err := store.PeopleWhere(ctx, storage.Person.MayOrder)
	if err != nil {
		return fmt.Errorf("list who is told of the restore: %w", err)
	}
	c := alertsConfig(ctx, conf, store, nil, catalogue, log)
	admins := c.Admins()
	c.Admins = func() []storage.ChatID { return admins } // nobody reads while the store is being written to
	now := time.Now()
	done, err := store.Quarantine(ctx, storage.Quarantine{
		Now: now, Due: now.Add(time.Duration(conf.Alerts.RemindEvery)),
		Notices: func(q storage.Quarantined) []storage.Notice { return alerts.New(c).Restored(q, people, conf.Zone) },
	})
	if err != nil {
		return err
	}
	log.Warn("the store was restored from a copy; what was unfinished waits for a person", "copy_of", done.Copied,
		"jobs", done.Jobs, "updates_dropped", done.Updates, "messages_dropped", done.Notices)
	return nil
}
