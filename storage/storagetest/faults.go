package storagetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// observed is everything that can be seen of a store that holds what the laws put into one.
type observed struct {
	Jobs       []storage.Job
	ByAccount  int
	Unfinished map[storage.JobID]time.Time
	People     []storage.Person
	Sessions   []storage.Session
	Keyboards  []storage.Keyboard
	Pending    []storage.Notice
	Waiting    []storage.Update
	Cards      []storage.CardRef
	Memos      map[string]string
	Spent      int64
	Desk       []storage.Job
	References []storage.JobID
}

func (w *world) observe() (o observed) {
	w.Helper()
	s, ctx := w.Store, w.ctx
	for id := storage.JobID(1); ; id++ {
		j, err := s.Job(ctx, id)
		if errors.Is(err, storage.ErrNotFound) {
			break
		}
		w.must(err)
		o.Jobs = append(o.Jobs, j)
	}
	jobs, err := s.JobsOfAccount(ctx, newOrder(agent, 1).Account, 0, 1000)
	w.must(err)
	o.ByAccount = len(jobs)
	o.Unfinished, o.Memos = map[storage.JobID]time.Time{}, map[string]string{}
	w.must(s.Unfinished(ctx, func(id storage.JobID, due time.Time) bool { o.Unfinished[id] = due; return true }))
	o.People, err = s.PeopleWhere(ctx, func(storage.Person) bool { return true })
	w.must(err)
	for _, p := range o.People {
		if session, err := s.Session(ctx, storage.ChatID(p.ID)); err == nil {
			o.Sessions = append(o.Sessions, session)
		}
	}
	for n := 1; n <= w.made; n++ {
		var id storage.KeyboardID
		copy(id[:], fmt.Sprintf("k%011d", n))
		if k, err := s.Keyboard(ctx, id); err == nil {
			o.Keyboards = append(o.Keyboards, k)
		}
		if j, err := s.ByReference(ctx, providers.Reference(fmt.Sprintf("R%d", n))); err == nil {
			o.References = append(o.References, j.ID)
		}
	}
	o.Pending = w.pending()
	o.Waiting, err = s.Waiting(ctx)
	w.must(err)
	o.Cards, err = s.CardsAbout(ctx, stranger)
	w.must(err)
	if m, err := s.Memo(ctx, "m"); err == nil {
		o.Memos["m"] = string(m)
	}
	o.Spent = w.spent(agent)
	o.Desk, err = s.AtDesk(ctx, 0, 100)
	w.must(err)
	return o
}

// richTurn changes everything that a turn can change. It fits a store that prepare has filled.
func (w *world) richTurn() storage.Turn {
	k := w.newKeyboard(agent)
	before, after := person(other), person(other)
	after.Suspended = true
	return storage.Turn{
		Now: w.now, Actor: agent,
		Session:   &storage.Session{Chat: storage.ChatID(agent), Person: agent, Version: 1, State: json.RawMessage(`{}`), Keyboard: k.ID},
		FreshCard: true, Order: newOrder(agent, 20), Keyboards: []storage.Keyboard{k}, ForgetCards: stranger,
		People: []storage.PersonChange{{Before: &before, After: after}},
		Notices: []storage.Notice{
			{Chat: storage.ChatID(agent), Kind: storage.NoticeScreen, Body: body("two"), Created: w.now},
			{Chat: -5, Kind: storage.NoticeMessage, Body: body("alert"), Created: w.now},
		},
		Audit: []string{"ordered", "and more"},
	}
}

// prepare fills a store with something of everything, and returns a job in Sending, one in Queued and
// what richTurn needs.
func (w *world) prepare() (turn storage.Turn, sending, queued storage.Job) {
	w.Helper()
	press := w.newKeyboard(agent)
	w.mustTurn(storage.Turn{
		Actor: agent, Session: &storage.Session{Chat: storage.ChatID(agent), Keyboard: press.ID},
		Keyboards: []storage.Keyboard{press, w.newKeyboard(agent)},
		Notices: []storage.Notice{
			{Chat: storage.ChatID(agent), Kind: storage.NoticeScreen, Body: body("one"), Created: w.now},
			{Chat: 1, Kind: storage.NoticeMessage, About: stranger, Created: w.now},
		},
	})
	w.must(w.Store.Sent(w.ctx, w.pending()[1], 50))
	accepted, err := w.Store.Accept(w.ctx, w.updates(-5, 2)...)
	w.must(err)
	sending = w.drive(w.order(agent, 10), storage.Sending)
	queued = w.order(agent, 10)
	cards := w.pending()
	w.must(w.Store.Sent(w.ctx, cards[len(cards)-1], 70))
	turn = w.richTurn()
	turn.Inbox, turn.Press = accepted[0].ID, press.ID
	return turn, sending, queued
}

// faultyOperations are the operations of the laws below, each with all that it can do at once.
func (w *world) faultyOperations() map[string]func() error {
	turn, sending, queued := w.prepare()
	operations := w.everyOperation(w.ctx, queued)
	operations["Commit"] = func() error { _, err := w.Store.Commit(w.ctx, turn); return err }
	operations["Move to the archive"] = func() error {
		m := w.nextMove(sending, storage.Delivered)
		m.Evidence = &providers.Evidence{Call: "recharge", At: w.now}
		m.Notices = []storage.Notice{{Chat: -5, Kind: storage.NoticeMessage, Created: w.now}}
		_, err := w.Store.Move(w.ctx, m)
		return err
	}
	operations["Decision"] = func() error {
		_, err := w.Store.Commit(w.ctx, decision(w.now, owner, queued, storage.Cancelled))
		return err
	}
	operations["Incident"] = func() error {
		m := w.nextMove(queued, storage.Queued)
		m.Incident = &storage.Incident{At: w.now, Said: "delivered"}
		_, err := w.Store.Move(w.ctx, m)
		return err
	}
	operations["Move that gives back"] = func() error {
		_, err := w.Store.Move(w.ctx, w.nextMove(queued, storage.Cancelled))
		return err
	}
	for i, n := range w.pending() {
		operations[fmt.Sprint("Sent of notice ", i)] = func() error { return w.Store.Sent(w.ctx, n, 60) }
	}
	return operations
}

// faultyNames lists the operations of the laws below.
func faultyNames(w *world) []string {
	one := newWorld(w.T, w.open)
	defer one.finish()
	return slices.Sorted(maps.Keys(one.faultyOperations()))
}

func failingWrites(w *world) {
	for _, name := range faultyNames(w) {
		w.Run(name, func(t *testing.T) {
			for n := 1; ; n++ {
				if done := failingWrite(newWorld(t, w.open), name, n); done {
					if n == 1 {
						t.Fatal("nothing was written")
					}
					return
				}
			}
		})
	}
}

// failingWrite runs the operation with the n-th write failing, and reports whether it had fewer writes.
func failingWrite(w *world, name string, n int) (done bool) {
	w.Helper()
	defer w.finish()
	op := w.faultyOperations()[name]
	before := w.observe()
	w.FailWrite(n)
	err := op()
	w.FailWrite(0)
	if err == nil {
		return true
	}
	if !errors.Is(err, storage.ErrBroken) {
		w.Fatalf("write %d: got %v, want %v", n, err, storage.ErrBroken)
	}
	w.checkBroken()
	w.reopen()
	w.equal(fmt.Sprintf("the store after write %d failed", n), w.observe(), before)
	return false
}

// checkBroken checks that the store has stopped for everybody.
func (w *world) checkBroken() {
	w.Helper()
	select {
	case <-w.Store.Broken():
	default:
		w.Fatal("the store has failed and is not broken")
	}
	for name, op := range w.everyOperation(w.ctx, storage.Job{ID: 1}) {
		if err := op(); !errors.Is(err, storage.ErrBroken) {
			w.Fatalf("%s of a broken store: %v", name, err)
		}
	}
	if _, err := w.Store.Job(w.ctx, 1); !errors.Is(err, storage.ErrBroken) {
		w.Fatalf("reading a broken store: %v", err)
	}
	if err := w.Store.Check(w.ctx); !errors.Is(err, storage.ErrBroken) {
		w.Fatalf("checking a broken store: %v", err)
	}
}

func commitInDoubt(w *world) {
	for _, name := range faultyNames(w) {
		w.Run(name, func(t *testing.T) {
			clean := newWorld(t, w.open)
			clean.must(clean.faultyOperations()[name]())
			want := clean.observe()
			clean.finish()
			inDoubt(newWorld(t, w.open), name, true, &want)
			inDoubt(newWorld(t, w.open), name, false, nil)
		})
	}
}

// inDoubt runs the operation with a commit that errs, and checks what is there after a restart: want, or
// when it is nil, what was there before.
func inDoubt(w *world, name string, happened bool, want *observed) {
	w.Helper()
	op := w.faultyOperations()[name]
	if want == nil {
		before := w.observe()
		want = &before
	}
	w.FailCommit(happened)
	if err := op(); !errors.Is(err, storage.ErrBroken) {
		w.Fatalf("got %v, want %v", err, storage.ErrBroken)
	}
	w.checkBroken()
	w.reopen()
	w.equal(fmt.Sprintf("the store after a commit in doubt (happened: %v)", happened), w.observe(), *want)
	w.finish()
}
