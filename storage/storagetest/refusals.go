package storagetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

func wrongUse(w *world) {
	before := w.observe()
	order := func(change func(*storage.NewOrder)) storage.Turn {
		o := newOrder(agent, 10)
		change(o)
		return storage.Turn{Now: w.now, Actor: agent, Order: o}
	}
	k := w.newKeyboard(agent)
	turns := map[string]storage.Turn{
		"no time":              {Actor: agent},
		"fresh without card":   {Now: w.now, FreshCard: true},
		"session without chat": {Now: w.now, Session: &storage.Session{}},
		"state is no JSON":     {Now: w.now, Session: &storage.Session{Chat: 1, State: json.RawMessage(`{"a":`)}},
		"time beyond JSON":     {Now: w.now.AddDate(9000, 0, 0), Audit: []string{"x"}},
		"keyboard without id":  {Now: w.now, Keyboards: []storage.Keyboard{{Expires: w.now}}},
		"keyboard for ever":    {Now: w.now, Keyboards: []storage.Keyboard{{ID: k.ID}}},
		"keyboard twice":       {Now: w.now, Keyboards: []storage.Keyboard{k, k}},
		"nobody changed":       {Now: w.now, People: []storage.PersonChange{{}}},
		"changed twice":        {Now: w.now, People: []storage.PersonChange{{After: person(5)}, {After: person(5)}}},
		"changed into another": {Now: w.now, People: []storage.PersonChange{{Before: &storage.Person{ID: 1}, After: person(5)}}},
		"notice to nobody":     {Now: w.now, Notices: []storage.Notice{{Kind: storage.NoticeMessage}}},
		"notice of no kind":    {Now: w.now, Notices: []storage.Notice{{Chat: 1}}},
		"edit of nothing":      {Now: w.now, Notices: []storage.Notice{{Chat: 1, Kind: storage.NoticeEdit}}},
		"card of no job":       {Now: w.now, Notices: []storage.Notice{{Chat: 1, Kind: storage.NoticeCard, Job: 77}}},
		"body is no JSON":      {Now: w.now, Notices: []storage.Notice{{Chat: 1, Kind: storage.NoticeMessage, Body: json.RawMessage("}")}}},
		"order of nothing":     order(func(o *storage.NewOrder) { o.Amount = bdt(0) }),
		"order below nothing":  order(func(o *storage.NewOrder) { o.Amount = bdt(-5) }),
		"order in no currency": order(func(o *storage.NewOrder) { o.Amount = providers.Money{Minor: 5} }),
		"order on no day":      order(func(o *storage.NewOrder) { o.Day = "" }),
		"order for no number":  order(func(o *storage.NewOrder) { o.Account = "" }),
		"order in no chat":     order(func(o *storage.NewOrder) { o.Chat = 0 }),
		"order by nobody":      {Now: w.now, Order: newOrder(agent, 10)},
	}
	for name, turn := range turns {
		if _, err := w.Store.Commit(w.ctx, turn); !errors.Is(err, storage.ErrIllegal) || errors.Is(err, storage.ErrBroken) {
			w.Fatalf("%s: got %v, want %v", name, err, storage.ErrIllegal)
		}
	}
	w.refused(w.Store.Owe(w.ctx, storage.Notice{Chat: 1}), storage.ErrIllegal)
	w.refused(w.Store.SetMemo(w.ctx, "", nil), storage.ErrIllegal)
	w.refused(w.Store.EnsureOwners(w.ctx, w.now, 0), storage.ErrIllegal)
	_, err := w.Store.Sweep(w.ctx, time.Time{}, 1)
	w.refused(err, storage.ErrIllegal)
	_, err = w.Store.Accept(w.ctx, storage.Update{UpdateID: 1, Arrived: w.now.AddDate(9000, 0, 0)})
	w.refused(err, storage.ErrIllegal)
	w.equal("the store after wrong use", w.observe(), before)
}

func notFound(w *world) {
	_, err := w.Store.Job(w.ctx, 1)
	w.refused(err, storage.ErrNotFound)
	_, err = w.Store.Move(w.ctx, storage.Move{Now: w.now, Job: 1, To: storage.Cancelled})
	w.refused(err, storage.ErrNotFound)
	_, err = w.Store.ByReference(w.ctx, "NONE")
	w.refused(err, storage.ErrNotFound)
	_, err = w.Store.ByReference(w.ctx, "")
	w.refused(err, storage.ErrNotFound)
	_, err = w.Store.Person(w.ctx, stranger)
	w.refused(err, storage.ErrNotFound)
	_, err = w.Store.Session(w.ctx, 1)
	w.refused(err, storage.ErrNotFound)
	_, err = w.Store.Keyboard(w.ctx, storage.KeyboardID{})
	w.refused(err, storage.ErrNotFound)
	_, err = w.Store.Memo(w.ctx, "")
	w.refused(err, storage.ErrNotFound)
	_, err = w.turn(storage.Turn{Actor: agent, Inbox: 1})
	w.refused(err, storage.ErrHandled)
	jobs, err := w.Store.JobsOfAccount(w.ctx, "8801812345678", 0, 10)
	w.must(err)
	w.equal("jobs", len(jobs), 0)
	w.must(w.Store.Sent(w.ctx, storage.Notice{ID: 5, Kind: storage.NoticeCard, Job: 5}, 6))
	w.must(w.Store.DropCard(w.ctx, storage.Notice{ID: 5, Kind: storage.NoticeScreen, Chat: 5}))
}

func contextOver(w *world) {
	j := w.order(agent, 10)
	before := w.observe()
	over, cancel := context.WithCancel(w.ctx)
	cancel()
	for name, op := range w.everyOperation(over, j) {
		if err := op(); !errors.Is(err, context.Canceled) || errors.Is(err, storage.ErrBroken) {
			w.Errorf("%s: got %v", name, err)
		}
	}
	w.equal("the store after it", w.observe(), before)

	// Over at any moment, an operation has happened exactly when it returned nil.
	for i := range 50 {
		ctx, cancel := context.WithCancel(w.ctx)
		go cancel()
		name := fmt.Sprint("memo ", i)
		err := w.Store.SetMemo(ctx, name, []byte("x"))
		_, found := w.Store.Memo(w.ctx, name)
		if (err == nil) != (found == nil) || err != nil && !errors.Is(err, context.Canceled) {
			w.Fatalf("set: %v, read: %v", err, found)
		}
		cancel()
	}
}

// everyOperation is each operation that changes something, on a queued job.
func (w *world) everyOperation(ctx context.Context, j storage.Job) map[string]func() error {
	s := w.Store
	notice := storage.Notice{Chat: -5, Kind: storage.NoticeMessage, Created: w.now}
	return map[string]func() error{
		"Commit":         func() error { _, err := s.Commit(ctx, w.richTurn()); return err },
		"Move":           func() error { _, err := s.Move(ctx, w.nextMove(j, storage.Sending)); return err },
		"RecoverSending": func() error { _, err := s.RecoverSending(ctx, w.now); return err },
		"EnsureOwners":   func() error { return s.EnsureOwners(ctx, w.now, stranger) },
		"Owe":            func() error { return s.Owe(ctx, notice) },
		"Sent":           func() error { return s.Sent(ctx, storage.Notice{ID: 1, Kind: storage.NoticeCard, Job: j.ID}, 5) },
		"DropCard":       func() error { return s.DropCard(ctx, storage.Notice{ID: 1, Kind: storage.NoticeCard, Job: j.ID}) },
		"Accept":         func() error { _, err := s.Accept(ctx, w.updates(1, 2)...); return err },
		"Handled":        func() error { return s.Handled(ctx, 1) },
		"SetMemo":        func() error { return s.SetMemo(ctx, "m", []byte("v"), notice) },
		"Sweep":          func() error { _, err := s.Sweep(ctx, w.now.Add(24*time.Hour), 10); return err },
	}
}
