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
