package storagetest

import (
	"encoding/json"
	"slices"
	"time"

	"rechargebot/storage"
)

// fill puts a job in every state into the store, and something of everything else that must not act again after a
// restore; it returns the jobs as they are.
func (w *world) fill() (jobs []storage.Job, press, invite storage.KeyboardID) {
	w.Helper()
	for _, state := range storage.States() {
		jobs = append(jobs, w.drive(w.order(agent, 10), pathTo(state)...))
	}
	word := w.nextMove(jobs[4], storage.Review) // the state's place in the diagram
	word.Verdict = &storage.Verdict{By: owner, To: storage.Failed, Why: "not in their list", At: w.now}
	jobs[4] = w.mustMove(word)
	open := w.newKeyboard(agent)
	link := w.newKeyboard(owner)
	link.Person, link.Chat, link.By = 0, 0, owner
	w.mustTurn(storage.Turn{Actor: owner, Keyboards: []storage.Keyboard{link}})
	w.mustTurn(storage.Turn{
		Actor: agent, Keyboards: []storage.Keyboard{open},
		Session: &storage.Session{Chat: storage.ChatID(agent), Person: agent, Flow: "recharge", State: json.RawMessage(`{"step":4}`), Keyboard: open.ID, Ask: "find"},
		Card:    0,
		Notices: []storage.Notice{
			{Chat: storage.ChatID(agent), Kind: storage.NoticeScreen, Body: body("confirm?"), Created: w.now},
			{Chat: storage.ChatID(agent), Kind: storage.NoticeMessage, Job: jobs[6].ID, Body: body("it did arrive"), Created: w.now},
			{Chat: -5, Kind: storage.NoticeMessage, Body: body("alert"), Created: w.now},
		},
	})
	_, err := w.Store.Accept(w.ctx, w.updates(7, 2)...)
	w.must(err)
	return jobs, open.ID, link.ID
}

// restore puts a copy of the store in its place.
func (w *world) restore() {
	w.Helper()
	s, err := w.Restore(w.now)
	if err != nil {
		w.Fatalf("restore: %v", err)
	}
	w.Store = s
	w.now = w.now.Add(time.Hour)
}

func (w *world) quarantine() storage.Quarantined {
	w.Helper()
	done, err := w.Store.Quarantine(w.ctx, storage.Quarantine{Now: w.now, Due: w.now.Add(time.Hour)})
	w.must(err)
	return done
}

func restoredIsReviewed(w *world) {
	jobs, _, _ := w.fill()
	spent, copied := w.spent(agent), w.now
	w.restore()
	w.quarantine()
	for _, was := range jobs {
		j, want := w.job(was.ID), was
		if !was.State.Terminal() {
			if was.State != storage.Review {
				want.History = append(slices.Clone(was.History), storage.Line{At: w.now, From: was.State, To: storage.Review, By: "restore", Note: "restored from a copy"})
				want.State, want.Changed = storage.Review, w.now
			}
			want.Restored, want.Version, want.Due, want.Verdict = copied, was.Version+1, w.now.Add(time.Hour), nil
		}
		w.equal("job that was "+string(was.State), j, want)
	}
	w.equal("what counts in the day's limit", w.spent(agent), spent)
	desk, err := w.Store.AtDesk(w.ctx, 0, 100)
	w.must(err)
	w.equal("jobs at the desk", len(desk), 5)
	told := map[storage.JobID][]storage.NoticeKind{}
	for _, n := range w.pending() {
		told[n.Job] = append(told[n.Job], n.Kind)
		if n.Kind == storage.NoticePush && !n.State.Terminal() {
			w.equal("told of an unfinished one", n.State, storage.Review)
		}
	}
	for _, j := range jobs {
		want := []storage.NoticeKind{storage.NoticeCard, storage.NoticePush}
		if j.State == storage.Reversed { // it was Delivered before
			want = []storage.NoticeKind{storage.NoticePush, storage.NoticeCard, storage.NoticePush}
		}
		if j.ID == jobs[6].ID {
			want = append(want, storage.NoticeMessage)
		}
		w.equal("owed about the one that was "+string(j.State), told[j.ID], want)
	}
	w.equal("owed about no job", len(told[0]), 0)
}

func restoredActsNoMore(w *world) {
	jobs, press, invite := w.fill()
	before, err := w.Store.Session(w.ctx, storage.ChatID(agent))
	w.must(err)
	w.restore()
	r, err := w.Store.Restored(w.ctx)
	w.must(err)
	w.equal("when it was restored", r.At.IsZero(), false)
	for name, operation := range map[string]func() error{
		"an order":  func() error { _, err := w.turn(storage.Turn{Actor: agent, Order: newOrder(agent, 10)}); return err },
		"a move":    func() error { _, err := w.Store.Move(w.ctx, w.nextMove(jobs[0], storage.Sending)); return err },
		"the start": func() error { _, err := w.Store.RecoverSending(w.ctx, w.now); return err },
	} {
		if err := operation(); err == nil {
			w.Fatalf("%s comes before the quarantine", name)
		}
	}
	alert := storage.Notice{Chat: -5, Kind: storage.NoticeMessage, Body: body("restored"), Created: w.now}
	var said storage.Quarantined
	done, err := w.Store.Quarantine(w.ctx, storage.Quarantine{Now: w.now, Due: w.now.Add(time.Hour), Notices: func(q storage.Quarantined) []storage.Notice {
		said = q
		return []storage.Notice{alert}
	}})
	w.must(err)
	w.equal("what is done, as it is told", said, done)
	w.equal("counts", []int{done.Jobs, done.Updates}, []int{5, 2})
	w.equal("the alert comes before what it causes", slices.ContainsFunc(w.pending(), func(n storage.Notice) bool { return n.Chat == -5 }), true)
	for _, id := range []storage.KeyboardID{press, invite} {
		_, err := w.Store.Keyboard(w.ctx, id)
		w.refused(err, storage.ErrNotFound)
	}
	_, err = w.turn(storage.Turn{Actor: agent, Press: press, Order: newOrder(agent, 10)})
	w.refused(err, storage.ErrPressed)
	_, err = w.turn(storage.Turn{Actor: stranger, Invite: invite})
	w.refused(err, storage.ErrPressed)
	after, err := w.Store.Session(w.ctx, storage.ChatID(agent))
	w.must(err)
	w.equal("dialogue", after, storage.Session{Chat: before.Chat, Person: before.Person, Version: before.Version + 1, Changed: w.now})
	waiting, err := w.Store.Waiting(w.ctx)
	w.must(err)
	w.equal("updates", len(waiting), 0)
	again, err := w.Store.Accept(w.ctx, w.updates(7, 3)...)
	w.must(err)
	w.equal("updates that are new", len(again), 1)
	_, err = w.Store.Quarantine(w.ctx, storage.Quarantine{Now: w.now, Due: w.now})
	w.refused(err, storage.ErrIllegal)
}

func restoredIsNeverSent(w *world) {
	jobs, _, _ := w.fill()
	w.restore()
	w.quarantine()
	for _, was := range jobs[:5] {
		attempt := was.State != storage.Queued
		for _, to := range storage.States() {
			j := w.job(was.ID)
			m := w.nextMove(j, to)
			if to == storage.Delivered || to == storage.Failed {
				m.Close = storage.ProofPerson
			}
			m.Notices = nil
			moved, err := w.Store.Move(w.ctx, m)
			switch {
			case to == storage.Review, to == storage.Unknown && attempt:
				w.must(err)
				w.mustMove(w.nextMove(moved, storage.Review))
			case to == storage.Delivered, to == storage.Reversed: // by a person, and then it is final
				w.must(err)
			default:
				w.refused(err, storage.ErrIllegal)
			}
		}
		w.equal("state of the one that was "+string(was.State), w.job(was.ID).State, storage.Reversed)
	}
}

func restoredNumbersGoOn(w *world) {
	jobs, _, _ := w.fill()
	last := jobs[len(jobs)-1].ID
	w.restore()
	w.quarantine()
	next := w.order(agent, 10)
	w.equal("the next number is far behind", next.ID > last+50_000, true)
	for _, id := range []storage.JobID{last + 1, next.ID - 1, next.ID + 1} {
		_, err := w.Store.Job(w.ctx, id)
		w.refused(err, storage.ErrNotFound)
	}
	w.restore()
	w.quarantine()
	w.equal("and again", w.order(agent, 10).ID > next.ID+50_000, true)
	w.equal("of what time the copy was that it came out of", w.job(jobs[0].ID).Restored.Before(w.now.Add(-90*time.Minute)), true)
}

func quarantineIsWhole(w *world) {
	jobs, _, _ := w.fill()
	w.restore()
	for n := 1; ; n++ {
		w.FailWrite(n)
		_, err := w.Store.Quarantine(w.ctx, storage.Quarantine{Now: w.now, Due: w.now.Add(time.Hour)})
		if err == nil {
			w.FailWrite(0)
			break
		}
		w.reopen()
		r, err := w.Store.Restored(w.ctx)
		w.must(err)
		w.equal("it waits for its quarantine", r.At.IsZero(), false)
		w.equal("the queued one", w.job(jobs[0].ID), jobs[0])
	}
	w.equal("the queued one", w.job(jobs[0].ID).State, storage.Review)
	w.restore()
	w.FailCommit(true)
	if _, err := w.Store.Quarantine(w.ctx, storage.Quarantine{Now: w.now, Due: w.now.Add(time.Hour)}); err == nil {
		w.Fatal("a commit in doubt is taken for done")
	}
	w.reopen()
	r, err := w.Store.Restored(w.ctx)
	w.must(err)
	w.equal("it happened", r.At.IsZero(), true)
	w.order(agent, 10)
}
