package bolt_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// agent orders job after job, by screens and buttons, and sees each through.
func (d *desk) agent(ctx context.Context, run, a int) error {
	rng := rand.New(rand.NewPCG(d.Seed, uint64(run*10+a)))
	for i := range d.Orders {
		serial := int64(run*10_000 + a*1000 + i + 1)
		k, err := d.screen(ctx, a, serial)
		if err != nil {
			return fmt.Errorf("screen: %w", err)
		}
		j, err := d.confirm(ctx, a, serial, k)
		if err != nil {
			return fmt.Errorf("confirm: %w", err)
		}
		last := run == 0 && i == d.Orders-1 // stays in Sending over the restart
		if err := d.dispatch(ctx, j, route(rng, last)); err != nil {
			return fmt.Errorf("dispatch: %w", err)
		}
	}
	return nil
}

// route is where a job goes.
func route(rng *rand.Rand, last bool) []storage.State {
	const (
		sending, delivered, failed, pending = storage.Sending, storage.Delivered, storage.Failed, storage.Pending
		unknown, review, queued             = storage.Unknown, storage.Review, storage.Queued
	)
	if last {
		return []storage.State{sending}
	}
	routes := [][]storage.State{
		{storage.Cancelled}, {sending, delivered}, {sending, failed}, {sending, pending, pending, delivered, storage.Reversed},
		{sending, unknown, unknown, pending, failed}, {sending, queued, sending, delivered}, {sending, unknown, review},
		{sending, unknown, review, delivered}, {sending, pending}, {sending, unknown}, {}, {sending, pending, unknown, queued, sending, delivered},
	}
	return routes[rng.IntN(len(routes))]
}

// screen handles an update with a new screen, and another one that changes nothing.
func (d *desk) screen(ctx context.Context, a int, serial int64) (storage.Keyboard, error) {
	now, person := d.now(), storage.PersonID(2001+a)
	chat := storage.ChatID(person)
	k := storage.Keyboard{Person: person, Chat: chat, Expires: now.Add(time.Hour), Buttons: []storage.Button{{Flow: "recharge", Action: "confirm"}}}
	copy(k.ID[:], fmt.Sprintf("k%011d", serial))
	updates, err := d.Accept(ctx, storage.Update{UpdateID: serial, Raw: []byte(`{"text":"hi"}`), Arrived: now}, storage.Update{UpdateID: -serial, Raw: []byte(`{}`), Arrived: now})
	if err != nil {
		return k, err
	}
	if len(updates) != 2 {
		return k, fmt.Errorf("%d of two updates were accepted", len(updates))
	}
	d.ops.Add(3)
	errs := []error{
		d.tell(note{What: toldUpdate, ID: uint64(updates[0].ID), Number: serial, Sum: sumOf(updates[0])}),
		d.tell(note{What: toldUpdate, ID: uint64(updates[1].ID), Number: -serial, Sum: sumOf(updates[1])}),
		d.tell(note{What: willHandle, ID: uint64(updates[1].ID)}),
		d.Handled(ctx, updates[1].ID),
		d.tell(note{What: toldHandled, ID: uint64(updates[1].ID)}),
		d.tell(note{What: willHandle, ID: uint64(updates[0].ID)}),
	}
	s, err := d.Session(ctx, chat)
	if errors.Is(err, storage.ErrNotFound) {
		s, err = storage.Session{Chat: chat, Person: person}, nil
	}
	s.Flow, s.State, s.Keyboard, s.Changed = "recharge", json.RawMessage(`{"step":2}`), k.ID, now
	_, failed := d.Commit(ctx, storage.Turn{
		Now: now, Actor: person, Inbox: updates[0].ID, Session: &s, Keyboards: []storage.Keyboard{k},
		Notices: []storage.Notice{{Chat: chat, Kind: storage.NoticeScreen, Body: json.RawMessage(`{"text":"confirm?"}`), Created: now}},
	})
	errs = append(errs, err, failed,
		d.tell(note{What: toldHandled, ID: uint64(updates[0].ID)}),
		d.tell(note{What: toldSession, Number: int64(chat), Version: s.Version + 1}),
		d.tell(note{What: toldButton, Key: string(k.ID[:])}))
	return k, errors.Join(errs...)
}

// confirm presses the button twice at once. One press makes the job.
func (d *desk) confirm(ctx context.Context, a int, serial int64, k storage.Keyboard) (j storage.Job, err error) {
	if err := d.tell(note{What: willPress, Key: string(k.ID[:])}); err != nil {
		return j, err
	}
	sum := func(taka int64) providers.Money { return providers.Money{Minor: taka * 100, Currency: providers.BDT} }
	presses := 2
	if d.calm {
		presses = 1
	}
	results, errs := make([]storage.TurnResult, presses), make([]error, presses)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() {
			results[i], errs[i] = d.Commit(ctx, storage.Turn{Now: d.now(), Actor: k.Person, Press: k.ID, Order: &storage.NewOrder{
				Order:  providers.Order{Operator: providers.BDRobi, Type: providers.Prepaid, Account: providers.MSISDN(fmt.Sprintf("880181234567%d", a)), Amount: sum(20 + serial%7)},
				Newest: ^storage.JobID(0), Chat: k.Chat, Day: "2026-11-21", Limits: storage.Limits{PerOrder: sum(1000), PerDay: sum(1_000_000)},
			}})
		})
	}
	wg.Wait()
	d.ops.Add(2)
	won := slices.Index(errs, nil)
	if won < 0 || len(errs) > 1 && !errors.Is(errs[1-won], storage.ErrPressed) {
		return j, fmt.Errorf("two presses of one button: %w", errors.Join(errs...))
	}
	j = *results[won].Job
	for newest := d.newest.Load(); newest < uint64(j.ID) && !d.newest.CompareAndSwap(newest, uint64(j.ID)); newest = d.newest.Load() {
	}
	return j, errors.Join(d.tellJob(j), d.tell(note{What: toldPressed, Key: string(k.ID[:])}))
}

// dispatch moves the job along the states and tells each.
func (d *desk) dispatch(ctx context.Context, j storage.Job, states []storage.State) error {
	for step, to := range states {
		now := d.now()
		m := storage.Move{Now: now, Job: j.ID, Version: j.Version, To: to, By: "dispatch", Note: "a step"}
		if !to.Terminal() {
			m.Due = now.Add(time.Minute)
		}
		switch {
		case to == storage.Sending:
			m.Open = &storage.Attempt{Provider: "ecare-main", Reference: providers.Reference(fmt.Sprintf("R%d-%d", j.ID, step))}
		case j.OpenAttempt() != nil:
			m.Evidence = &providers.Evidence{Call: "enquire", At: now, Body: `{"status":"..."}`}
			m.Enquiry = to == j.State
			switch to {
			case storage.Delivered:
				m.Close, m.Serial = storage.ProofDelivered, "S1"
			case storage.Failed, storage.Queued:
				m.Close, m.Reason = storage.ProofFailed, providers.ReasonUnreadable
			}
		}
		next, err := d.Move(ctx, m)
		if err != nil {
			return err
		}
		d.ops.Add(1)
		if err := d.tellJob(next); err != nil {
			return err
		}
		j = next
	}
	return nil
}
