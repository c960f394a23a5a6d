package storagetest

import (
	"encoding/json"
	"errors"
	"sync"

	"rechargebot/providers"
	"rechargebot/storage"
)

func survivesReopen(w *world) {
	turn, sending, queued := w.prepare()
	w.mustTurn(turn)
	w.drive(sending, storage.Unknown, storage.Review)
	w.drive(queued, storage.Cancelled)
	w.must(w.Store.SetMemo(w.ctx, "m", []byte("v")))
	before := w.observe()
	w.reopen()
	w.equal("the store after a restart", w.observe(), before)

	// Many at once, closed in the midst of it: what was acknowledged is there, what was refused is not.
	var mu sync.Mutex
	var acknowledged []storage.JobID
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				r, err := w.turn(storage.Turn{Actor: agent, Order: newOrder(agent, 10)})
				if err != nil {
					if !errors.Is(err, storage.ErrBroken) {
						w.Errorf("while the store closes: %v", err)
					}
					return
				}
				mu.Lock()
				acknowledged = append(acknowledged, r.Job.ID)
				mu.Unlock()
			}
		})
	}
	for enough := false; !enough; {
		mu.Lock()
		enough = len(acknowledged) > 50
		mu.Unlock()
		_, err := w.Store.Job(w.ctx, 1)
		w.must(err)
	}
	w.must(w.Store.Close())
	wg.Wait()
	w.reopen()
	for _, id := range acknowledged {
		w.job(id)
	}
	w.equal("jobs", len(w.observe().Jobs), len(before.Jobs)+len(acknowledged))
}

func copies(w *world) {
	state := json.RawMessage(`{"step":1}`)
	notice := json.RawMessage(`{"text":"one"}`)
	keyboard := w.newKeyboard(agent)
	me := person(agent)
	limited := me
	limited.PerDay = []providers.Money{bdt(500)}
	r := w.mustTurn(storage.Turn{
		Actor: agent, Order: newOrder(agent, 10), Keyboards: []storage.Keyboard{keyboard},
		Session: &storage.Session{Chat: storage.ChatID(agent), State: state},
		Notices: []storage.Notice{{Chat: -5, Kind: storage.NoticeMessage, Body: notice, Created: w.now}},
		People:  []storage.PersonChange{{Before: &me, After: limited}},
	})
	opened := &storage.Attempt{Provider: "p", Reference: "R1", Evidence: []providers.Evidence{{Call: "recharge", Body: "a"}}}
	m := w.nextMove(*r.Job, storage.Sending)
	m.Open = opened
	moved := w.mustMove(m)
	accepted, err := w.Store.Accept(w.ctx, w.updates(1, 1)...)
	w.must(err)
	memo := []byte("memo")
	w.must(w.Store.SetMemo(w.ctx, "m", memo))
	before := w.observe()

	spoil := func(o observed) {
		o.Jobs[0].History[0].Note, o.Jobs[0].Attempts[0].Evidence[0].Body = "spoilt", "spoilt"
		o.People[1].PerDay[0].Minor, o.Sessions[0].State[2], o.Keyboards[0].Buttons[0].Action = 0, 'X', "spoilt"
		o.Pending[0].Body[2], o.Waiting[0].Raw[0] = 'X', 'X'
	}
	spoil(w.observe())
	moved.History[0].Note, moved.Attempts[0].Evidence[0].Body, r.Job.History[0].Note = "spoilt", "spoilt", "spoilt"
	w.equal("what was given, after what came back was changed", opened.Evidence[0].Body, "a")
	accepted[0].Raw[0], memo[0], state[2], notice[2] = 'X', 'X', 'X', 'X'
	keyboard.Buttons[0].Action, limited.PerDay[0].Minor, opened.Evidence[0].Body = "spoilt", 0, "spoilt"
	w.equal("the store after everything outside was changed", w.observe(), before)
}
