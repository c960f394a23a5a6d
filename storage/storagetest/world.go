package storagetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rechargebot/providers"
	"rechargebot/storage"
)

// The people of every law.
const (
	owner    storage.PersonID = 1001
	agent    storage.PersonID = 2001
	other    storage.PersonID = 2002
	stranger storage.PersonID = 3001

	day = "2026-11-21"
)

// world is one store with an owner and two agents in it, and the way to ask things of it.
type world struct {
	*testing.T
	Harness
	open func(*testing.T) Harness
	ctx  context.Context
	now  time.Time
	made int // keyboards and references so far
}

func newWorld(t *testing.T, open func(*testing.T) Harness) *world {
	w := &world{
		T: t, Harness: open(t), open: open, ctx: t.Context(),
		now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC),
	}
	w.must(w.Store.EnsureOwners(w.ctx, w.now, owner))
	w.mustTurn(storage.Turn{Actor: owner, People: []storage.PersonChange{
		{After: person(agent), ByAdmin: true},
		{After: person(other), ByAdmin: true},
	}})
	return w
}

func person(id storage.PersonID) storage.Person {
	return storage.Person{
		ID: id, Chat: storage.ChatID(id), Name: fmt.Sprintf("Agent %d", id), Role: storage.RoleAgent,
		Request: storage.RequestApproved,
	}
}

// finish checks the store as it was left, broken or not.
func (w *world) finish() {
	w.Helper()
	w.reopen()
	if err := w.Store.Check(w.ctx); err != nil {
		w.Errorf("at the end: %v", err)
	}
	if err := w.Store.Close(); err != nil {
		w.Errorf("close: %v", err)
	}
}

func (w *world) reopen() {
	w.Helper()
	s, err := w.Reopen()
	if err != nil {
		w.Fatalf("reopen: %v", err)
	}
	w.Store = s
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("refused: %v", err)
	}
}

// refused fails the law unless the error is that refusal, and the store still works.
func (w *world) refused(err, want error) {
	w.Helper()
	if !errors.Is(err, want) || errors.Is(err, storage.ErrBroken) {
		w.Fatalf("got error %v, want %v", err, want)
	}
}

func (w *world) equal(what string, got, want any) {
	w.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		w.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

func (w *world) turn(t storage.Turn) (storage.TurnResult, error) {
	if t.Now.IsZero() {
		t.Now = w.now
	}
	return w.Store.Commit(w.ctx, t)
}

func (w *world) mustTurn(t storage.Turn) storage.TurnResult {
	w.Helper()
	r, err := w.turn(t)
	w.must(err)
	return r
}

func bdt(taka int64) providers.Money {
	return providers.Money{Minor: taka * 100, Currency: providers.BDT}
}

// newOrder is an order within limits that leave room for a thousand more, by somebody who has seen every
// other order of the number, those that are still to come too.
func newOrder(by storage.PersonID, taka int64) *storage.NewOrder {
	return &storage.NewOrder{
		Order: providers.Order{
			Operator: providers.BDRobi, Type: providers.Prepaid, Account: "8801812345678", Amount: bdt(taka),
		},
		Newest: ^storage.JobID(0), Chat: storage.ChatID(by), Day: day,
		Limits: storage.Limits{PerOrder: bdt(1000), PerDay: bdt(1_000_000)},
	}
}

// order makes a queued job.
func (w *world) order(by storage.PersonID, taka int64) storage.Job {
	w.Helper()
	return *w.mustTurn(storage.Turn{Actor: by, Order: newOrder(by, taka)}).Job
}

// nextMove is a move of the job that only the table of moves can object to.
func (w *world) nextMove(j storage.Job, to storage.State) storage.Move {
	m := storage.Move{Now: w.now, Job: j.ID, Version: j.Version, To: to, By: "law"}
	if !to.Terminal() {
		m.Due = w.now.Add(time.Minute)
	}
	switch {
	case to == storage.Sending:
		w.made++
		m.Open = &storage.Attempt{Provider: "ecare-main", Reference: providers.Reference(fmt.Sprintf("R%d", w.made))}
	case j.OpenAttempt() == nil:
	case to == storage.Delivered:
		m.Close = storage.ProofDelivered
	case to == storage.Queued || to == storage.Failed:
		m.Close = storage.ProofFailed
	}
	return m
}

func (w *world) mustMove(m storage.Move) storage.Job {
	w.Helper()
	j, err := w.Store.Move(w.ctx, m)
	w.must(err)
	return j
}

// drive moves the job along the states.
func (w *world) drive(j storage.Job, states ...storage.State) storage.Job {
	w.Helper()
	for _, to := range states {
		j = w.mustMove(w.nextMove(j, to))
	}
	return j
}

// keyboard stores buttons of a person and returns their id.
func (w *world) keyboard(of storage.PersonID) storage.KeyboardID {
	w.Helper()
	k := w.newKeyboard(of)
	w.mustTurn(storage.Turn{Actor: of, Keyboards: []storage.Keyboard{k}})
	return k.ID
}

func (w *world) newKeyboard(of storage.PersonID) storage.Keyboard {
	w.made++
	k := storage.Keyboard{
		Person: of, Chat: storage.ChatID(of), Expires: w.now.Add(time.Hour),
		Buttons: []storage.Button{{Secret: storage.PressSecret{1, 2, 3}, Flow: "recharge", Action: "confirm"}},
	}
	copy(k.ID[:], fmt.Sprintf("k%011d", w.made))
	return k
}

func (w *world) job(id storage.JobID) storage.Job {
	w.Helper()
	j, err := w.Store.Job(w.ctx, id)
	w.must(err)
	return j
}

func (w *world) pending() []storage.Notice {
	w.Helper()
	n, err := w.Store.Pending(w.ctx)
	w.must(err)
	return n
}

// owed fails the law unless the store says of each notice whether it is owed.
func (w *world) owed(want bool, notices ...storage.Notice) {
	w.Helper()
	for _, n := range notices {
		got, err := w.Store.Owed(w.ctx, n.ID)
		w.must(err)
		w.equal(fmt.Sprintf("notice %d is owed", n.ID), got, want)
	}
}

// sendAll sends everything that is owed, so that a law begins with an empty outbox.
func (w *world) sendAll() {
	w.Helper()
	for _, n := range w.pending() {
		w.must(w.Store.Sent(w.ctx, n, 0))
	}
}

func (w *world) spent(by storage.PersonID) int64 {
	w.Helper()
	m, err := w.Store.SpentOn(w.ctx, by, day, providers.BDT)
	w.must(err)
	return m.Minor
}
