package storagetest

import (
	"fmt"
	"slices"

	"rechargebot/providers"
	"rechargebot/storage"
)

func unfinishedOfAccount(w *world) {
	const account = providers.MSISDN("8801712345678")
	add := func(to providers.MSISDN, states ...storage.State) storage.Job {
		o := newOrder(agent, 10)
		o.Account = to
		return w.drive(*w.mustTurn(storage.Turn{Actor: agent, Order: o}).Job, states...)
	}
	ways := [][]storage.State{
		nil,
		{storage.Sending},
		{storage.Sending, storage.Pending},
		{storage.Sending, storage.Unknown},
		{storage.Sending, storage.Unknown, storage.Review},
	}
	var want []storage.Job
	for i, states := range ways {
		for range 30 { // the unfinished ones lie far apart among finished ones and those of neighbours
			add(account, storage.Cancelled)
			add(account, storage.Sending, storage.Delivered)
			add(providers.MSISDN(fmt.Sprintf("88017123456%d", 780+i)))
		}
		want = append(want, add(account, states...))
	}
	slices.Reverse(want)
	w.reopen()
	got, err := w.Store.UnfinishedOfAccount(w.ctx, account)
	w.must(err)
	w.equal("unfinished", got, want)
	w.drive(want[2], storage.Delivered)
	got, err = w.Store.UnfinishedOfAccount(w.ctx, account)
	w.must(err)
	w.equal("unfinished after one was delivered", got, slices.Delete(want, 2, 3))
	for _, nobodys := range []providers.MSISDN{"", "880171234567", "88017123456789", "8801999999999"} {
		got, err := w.Store.UnfinishedOfAccount(w.ctx, nobodys)
		w.must(err)
		w.equal("unfinished of nobody's number", len(got), 0)
	}
}

func newestOfAccount(w *world) {
	order := func(by storage.PersonID, to providers.MSISDN, newest storage.JobID) (*storage.Job, error) {
		o := newOrder(by, 10)
		o.Account, o.Newest = to, newest
		r, err := w.turn(storage.Turn{Actor: by, Order: o})
		return r.Job, err
	}
	const account, neighbour = providers.MSISDN("8801712345678"), providers.MSISDN("8801712345679")
	_, err := order(agent, neighbour, 0)
	w.must(err)
	_, err = order(agent, "880171234567", 0)
	w.must(err)

	// Many agents at once, who have all seen the number without any order: one of them orders.
	jobs := make([]*storage.Job, 50)
	wins := 0
	for i, err := range atOnce(len(jobs), func(i int) (err error) {
		jobs[i], err = order([]storage.PersonID{agent, other}[i%2], account, 0)
		return err
	}) {
		if err == nil {
			wins++
			jobs[0] = jobs[i]
			continue
		}
		w.refused(err, storage.ErrConflict)
	}
	w.equal("orders that were made", wins, 1)
	first := *jobs[0]
	w.equal("sum of both", w.spent(agent)+w.spent(other), int64(3000))

	// A finished order counts as any other one, and the refusal survives a restart and leaves nothing.
	w.drive(first, storage.Cancelled)
	w.reopen()
	before := w.observe()
	_, err = order(other, account, first.ID-1)
	w.refused(err, storage.ErrConflict)
	w.equal("the store after the refusal", w.observe(), before)
	second, err := order(other, account, first.ID)
	w.must(err)
	_, err = order(agent, account, first.ID)
	w.refused(err, storage.ErrConflict)
	_, err = order(agent, account, second.ID)
	w.must(err)
}
