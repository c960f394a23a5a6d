package storagetest

import (
	"fmt"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

func sendingIsRecovered(w *world) {
	var sending []storage.Job
	for range 3 {
		sending = append(sending, w.drive(w.order(agent, 10), storage.Sending))
	}
	pending := w.drive(w.order(agent, 10), storage.Sending, storage.Pending)
	queued := w.order(agent, 10)
	w.reopen()
	w.sendAll()
	later := w.now.Add(time.Hour)
	n, err := w.Store.RecoverSending(w.ctx, later)
	w.must(err)
	w.equal("recovered", n, len(sending))
	for _, was := range sending {
		j := w.job(was.ID)
		w.equal("job", []any{j.State, j.Due, j.Version, j.OpenAttempt() != nil}, []any{storage.Unknown, later, was.Version + 1, true})
		w.equal("by", j.History[len(j.History)-1].By, "boot")
	}
	w.equal("pending job", w.job(pending.ID), pending)
	w.equal("queued job", w.job(queued.ID), queued)
	w.equal("cards owed", len(w.pending()), len(sending))
	n, err = w.Store.RecoverSending(w.ctx, later)
	w.must(err)
	w.equal("recovered again", n, 0)
}

func unfinishedInOrder(w *world) {
	want := map[storage.JobID]time.Time{}
	for i := range 30 {
		j := w.order(agent, 10)
		switch i % 3 {
		case 0:
			j = w.drive(j, storage.Cancelled)
		case 1:
			m := w.nextMove(j, storage.Queued)
			m.Due = w.now.Add(time.Duration(30-i) * time.Minute)
			j = w.mustMove(m)
		}
		if !j.State.Terminal() {
			want[j.ID] = j.Due
		}
	}
	w.reopen()
	got := map[storage.JobID]time.Time{}
	var last time.Time
	w.must(w.Store.Unfinished(w.ctx, func(id storage.JobID, due time.Time) bool {
		if due.Before(last) {
			w.Errorf("%s, due %v, comes after %v", id, due, last)
		}
		last, got[id] = due, due
		return true
	}))
	w.equal("unfinished", got, want)
	calls := 0
	w.must(w.Store.Unfinished(w.ctx, func(id storage.JobID, _ time.Time) bool {
		calls++
		j := w.job(id) // the store may be used meanwhile
		w.mustMove(w.nextMove(j, storage.Cancelled))
		return calls < 3
	}))
	w.equal("calls until it was enough", calls, 3)
}

func pagesAreStable(w *world) {
	const account = providers.MSISDN("8801712345678")
	mine := map[storage.JobID]bool{}
	add := func(by storage.PersonID, to providers.MSISDN) {
		o := newOrder(by, 10)
		o.Account = to
		j := *w.mustTurn(storage.Turn{Actor: by, Order: o}).Job
		if len(mine) < 25 && by == agent {
			mine[j.ID] = true
		}
		if j.ID%3 == 0 {
			w.drive(j, storage.Cancelled) // half in the archive
		}
	}
	for i := range 25 {
		add(agent, account)
		add(other, providers.MSISDN(fmt.Sprintf("88017123456%02d", i))) // neighbours in both indexes
	}
	pages := map[string]func(before storage.JobID, limit int) ([]storage.Job, error){
		"agent": func(b storage.JobID, n int) ([]storage.Job, error) { return w.Store.JobsOfAgent(w.ctx, agent, b, n) },
		"account": func(b storage.JobID, n int) ([]storage.Job, error) {
			return w.Store.JobsOfAccount(w.ctx, account, b, n)
		},
	}
	wanted := map[string]map[storage.JobID]bool{"agent": mine, "account": mine, "all": {}}
	pages["all"] = func(b storage.JobID, n int) ([]storage.Job, error) { return w.Store.JobsOfAll(w.ctx, b, n) }
	newest := storage.JobID(50)
	for id := range newest {
		wanted["all"][id+1] = true
	}
	for name, page := range pages {
		seen, before := map[storage.JobID]bool{}, newest+1
		for {
			jobs, err := page(before, 4)
			w.must(err)
			if len(jobs) == 0 {
				break
			}
			for _, j := range jobs {
				if j.ID >= before || seen[j.ID] {
					w.Fatalf("%s: %s comes after %d", name, j.ID, before)
				}
				seen[j.ID], before = true, j.ID
			}
			add(agent, account) // rows arrive meanwhile
		}
		w.equal("jobs by "+name, seen, wanted[name])
	}
	first, err := w.Store.JobsOfAgent(w.ctx, agent, 0, 1)
	w.must(err)
	w.equal("newest first", first[0].ID > newest, true)
	none, err := w.Store.JobsOfAgent(w.ctx, agent, 0, 0)
	w.must(err)
	w.equal("an empty page", len(none), 0)
}
