package storagetest

import (
	"errors"
	"sync"

	"rechargebot/providers"
	"rechargebot/storage"
)

// atOnce runs f n times at the same time and returns the errors.
func atOnce(n int, f func(i int) error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	return errs
}

func onePressOneJob(w *world) {
	press := w.keyboard(agent)
	errs := atOnce(100, func(int) error {
		_, err := w.turn(storage.Turn{Actor: agent, Press: press, Order: newOrder(agent, 50)})
		return err
	})
	wins := 0
	for _, err := range errs {
		if err == nil {
			wins++
			continue
		}
		w.refused(err, storage.ErrPressed)
	}
	w.equal("commits that won", wins, 1)
	w.reopen()
	_, err := w.turn(storage.Turn{Actor: agent, Press: press, Order: newOrder(agent, 50)})
	w.refused(err, storage.ErrPressed)
	jobs, err := w.Store.JobsOfAgent(w.ctx, agent, 0, 10)
	w.must(err)
	w.equal("jobs", len(jobs), 1)
	w.equal("sum", w.spent(agent), int64(5000))
}

func oneUpdateOneTurn(w *world) {
	accepted, err := w.Store.Accept(w.ctx, storage.Update{UpdateID: 1, Raw: []byte(`{}`), Arrived: w.now})
	w.must(err)
	turn := storage.Turn{Actor: agent, Inbox: accepted[0].ID, Order: newOrder(agent, 50)}
	errs := atOnce(50, func(int) error { _, err := w.turn(turn); return err })
	wins := 0
	for _, err := range errs {
		if err == nil {
			wins++
			continue
		}
		w.refused(err, storage.ErrHandled)
	}
	w.equal("commits that won", wins, 1)
	waiting, err := w.Store.Waiting(w.ctx)
	w.must(err)
	w.equal("waiting", len(waiting), 0)

	// A refused turn leaves its update waiting.
	accepted, err = w.Store.Accept(w.ctx, storage.Update{UpdateID: 2, Arrived: w.now})
	w.must(err)
	_, err = w.turn(storage.Turn{Actor: stranger, Inbox: accepted[0].ID, Order: newOrder(stranger, 50)})
	w.refused(err, storage.ErrMayNot)
	waiting, err = w.Store.Waiting(w.ctx)
	w.must(err)
	w.equal("waiting", waiting, accepted)
}

func limitsInCommit(w *world) {
	order := func(taka, perOrder, perDay int64) error {
		o := newOrder(agent, taka)
		o.Limits = storage.Limits{PerOrder: bdt(perOrder), PerDay: bdt(perDay)}
		_, err := w.turn(storage.Turn{Actor: agent, Order: o})
		return err
	}
	w.refused(order(101, 100, 1000), storage.ErrPerOrder)
	w.must(order(100, 100, 250))
	w.must(order(100, 100, 250))
	w.refused(order(51, 100, 250), storage.ErrPerDay)
	w.must(order(50, 100, 250))
	w.refused(order(1, 100, 250), storage.ErrPerDay)
	w.equal("sum", w.spent(agent), int64(25000))

	// The day's room is taken in the commit: of many at once only as many fit as there is room for.
	errs := atOnce(50, func(int) error { return order(100, 100, 550) })
	wins := 0
	for _, err := range errs {
		if err == nil {
			wins++
			continue
		}
		w.refused(err, storage.ErrPerDay)
	}
	w.equal("orders that fit", wins, 3)

	// Own limits come first, wider or narrower, in their currency alone.
	before, err := w.Store.Person(w.ctx, other)
	w.must(err)
	after := before
	after.PerOrder, after.PerDay = []providers.Money{bdt(500)}, []providers.Money{bdt(600)}
	w.mustTurn(storage.Turn{Actor: owner, People: []storage.PersonChange{{Before: &before, After: after, ByAdmin: true}}})
	o := newOrder(other, 500)
	o.Limits = storage.Limits{PerOrder: bdt(1), PerDay: bdt(1)}
	w.mustTurn(storage.Turn{Actor: other, Order: o})
	_, err = w.turn(storage.Turn{Actor: other, Order: o})
	w.refused(err, storage.ErrPerDay)
	o = newOrder(other, 5)
	o.Amount.Currency = providers.INR
	_, err = w.turn(storage.Turn{Actor: other, Order: o})
	w.refused(err, storage.ErrPerOrder) // limits in taka allow no rupee
}

func mayNotOrder(w *world) {
	suspended := person(other)
	suspended.Suspended = true
	before := person(other)
	w.mustTurn(storage.Turn{Actor: owner, People: []storage.PersonChange{{Before: &before, After: suspended, ByAdmin: true}}})
	former := person(stranger)
	former.Role = storage.RoleNone
	w.mustTurn(storage.Turn{Actor: stranger, People: []storage.PersonChange{{After: former}}})
	for _, id := range []storage.PersonID{other, stranger, 9999} {
		_, err := w.turn(storage.Turn{Actor: id, Order: newOrder(id, 50)})
		w.refused(err, storage.ErrMayNot)
	}
	w.equal("owed", len(w.pending()), 0)
}

func daySum(w *world) {
	gives := map[storage.State]bool{storage.Failed: true, storage.Cancelled: true, storage.Reversed: true}
	paths := [][]storage.State{
		{storage.Cancelled},
		{storage.Failed},
		{storage.Sending, storage.Queued, storage.Sending, storage.Delivered, storage.Reversed},
		{storage.Sending, storage.Unknown, storage.Review, storage.Failed},
		{storage.Sending, storage.Pending, storage.Delivered},
	}
	want := int64(0)
	for _, path := range paths {
		j := w.order(agent, 70)
		want += 7000
		w.equal("sum when ordered", w.spent(agent), want)
		for _, to := range path {
			j = w.drive(j, to)
			if gives[to] {
				want -= 7000
			}
			w.equal("sum in "+string(to), w.spent(agent), want)
		}
	}
	w.equal("sum of somebody else", w.spent(other), int64(0))
	if _, err := w.Store.SpentOn(w.ctx, agent, "2026-11-22", providers.BDT); errors.Is(err, storage.ErrNotFound) {
		w.Fatal("a day without orders has no sum")
	}
}
