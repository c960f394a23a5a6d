package storagetest

import (
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// decision is a turn in which a person moves a job, with a memo of the desk.
func decision(now time.Time, actor storage.PersonID, j storage.Job, to storage.State) storage.Turn {
	m := storage.Move{Now: now, Job: j.ID, Version: j.Version, To: to, Note: "read in their panel"}
	switch {
	case !to.Terminal():
		m.Due = now.Add(time.Minute)
	case j.State == storage.Review:
		m.Close = storage.ProofPerson
	}
	return storage.Turn{Now: now, Actor: actor, Job: &m}
}

func (w *world) decide(actor storage.PersonID, j storage.Job, to storage.State) (storage.Job, error) {
	r, err := w.turn(decision(w.now, actor, j, to))
	if err != nil {
		return storage.Job{}, err
	}
	w.equal("job as stored", w.job(j.ID), *r.Job)
	return *r.Job, nil
}

// admin makes one of the agents an admin.
func (w *world) admin(id storage.PersonID) {
	w.Helper()
	before, after := person(id), person(id)
	after.Role = storage.RoleAdmin
	w.must(w.change(owner, storage.PersonChange{Before: &before, After: after, ByAdmin: true}))
}

func (w *world) desk() (ids []storage.JobID) {
	w.Helper()
	jobs, err := w.Store.AtDesk(w.ctx, 0, 100)
	w.must(err)
	for _, j := range jobs {
		ids = append(ids, j.ID)
	}
	return ids
}

func (w *world) inReview(by storage.PersonID) storage.Job {
	w.Helper()
	return w.drive(w.order(by, 10), storage.Sending, storage.Unknown, storage.Review)
}

func deskLists(w *world) {
	w.order(agent, 10)
	first, second, third := w.inReview(agent), w.inReview(other), w.inReview(agent)
	w.equal("desk", w.desk(), []storage.JobID{first.ID, second.ID, third.ID})
	w.drive(first, storage.Unknown)
	w.drive(second, storage.Failed)
	w.reopen()
	w.equal("desk after two were decided", w.desk(), []storage.JobID{third.ID})
	page, err := w.Store.AtDesk(w.ctx, third.ID, 10)
	w.must(err)
	w.equal("desk above the last one", len(page), 0)
	w.inReview(agent)
	page, err = w.Store.AtDesk(w.ctx, 0, 1)
	w.must(err)
	w.equal("a page of one", []any{len(page), page[0]}, []any{1, third})
}

func adminsDecideJobs(w *world) {
	w.admin(other)
	for _, to := range []storage.State{storage.Delivered, storage.Failed, storage.Unknown} {
		j := w.inReview(agent)
		for _, who := range []storage.PersonID{agent, stranger, 0} {
			_, err := w.decide(who, j, to)
			w.refused(err, storage.ErrMayNot)
		}
		decided, err := w.decide(other, j, to)
		w.must(err)
		line := decided.History[len(decided.History)-1]
		w.equal("who decided", []any{decided.State, line.By, line.Note}, []any{to, "person 2002", "read in their panel"})
		if to.Terminal() {
			w.equal("proof", decided.Attempts[0].Proof, storage.ProofPerson)
		}
		_, err = w.decide(other, j, to) // the same press again
		w.refused(err, storage.ErrConflict)
	}

	own := w.inReview(other) // an admin's own order is decided by somebody else, an owner's by himself at need
	_, err := w.decide(other, own, storage.Failed)
	w.refused(err, storage.ErrMayNot)
	_, err = w.decide(owner, own, storage.Failed)
	w.must(err)
	_, err = w.decide(owner, w.inReview(owner), storage.Delivered)
	w.must(err)

	for _, path := range [][]storage.State{{storage.Sending}, {storage.Sending, storage.Pending}, {storage.Sending, storage.Unknown}} {
		j := w.drive(w.order(agent, 10), path...)
		turn := decision(w.now, owner, j, storage.Delivered)
		turn.Job.Close = storage.ProofPerson
		_, err := w.turn(turn)
		w.refused(err, storage.ErrIllegal) // nobody decides what is still asked about
	}
	unproved := decision(w.now, owner, w.inReview(agent), storage.Delivered)
	unproved.Job.Close = storage.ProofDelivered
	_, err = w.turn(unproved)
	w.refused(err, storage.ErrIllegal)
	delivered := w.drive(w.order(agent, 10), storage.Sending, storage.Delivered)
	before := w.spent(agent)
	_, err = w.decide(other, delivered, storage.Reversed)
	w.must(err)
	w.equal("given back", before-w.spent(agent), delivered.Amount.Minor)
}

func fourEyes(w *world) {
	w.admin(other)
	j := w.inReview(agent)
	final := decision(w.now, other, j, storage.Delivered)
	final.FourEyes = true
	_, err := w.turn(final)
	w.refused(err, storage.ErrMayNot) // nobody has said anything yet
	verdict := func(by storage.PersonID, j storage.Job) storage.Turn {
		t := decision(w.now, by, j, storage.Review)
		t.Job.Verdict = &storage.Verdict{By: by, To: storage.Delivered, Why: "their panel says so", At: w.now}
		return t
	}
	forged := verdict(other, j)
	forged.Job.Verdict.By = owner
	_, err = w.turn(forged)
	w.refused(err, storage.ErrIllegal)
	w.mustTurn(verdict(other, j))
	j = w.job(j.ID)
	w.equal("still in review", []any{j.State, j.Verdict.By, w.desk()}, []any{storage.Review, other, []storage.JobID{j.ID}})
	for who, to := range map[storage.PersonID]storage.State{other: storage.Delivered, owner: storage.Failed} {
		t := decision(w.now, who, j, to)
		t.FourEyes = true
		_, err := w.turn(t)
		w.refused(err, storage.ErrMayNot) // the same person, or another verdict
	}
	suspend := func(id storage.PersonID, suspended bool) {
		p, err := w.Store.Person(w.ctx, id)
		w.must(err)
		after := p
		after.Suspended = suspended
		w.must(w.change(owner, storage.PersonChange{Before: &p, After: after, ByAdmin: true}))
	}
	t := decision(w.now, owner, j, storage.Delivered)
	t.FourEyes = true
	suspend(other, true)
	_, err = w.turn(t)
	w.refused(err, storage.ErrMayNot) // who spoke first may not decide any more
	suspend(other, false)
	done := w.mustTurn(t).Job
	w.equal("decided by two", []any{done.State, done.Verdict == nil}, []any{storage.Delivered, true})
}

func agentWithdraws(w *world) {
	j := w.order(agent, 10)
	for _, who := range []storage.PersonID{other, stranger} {
		_, err := w.decide(who, j, storage.Cancelled)
		w.refused(err, storage.ErrMayNot)
	}
	cancelled, err := w.decide(agent, j, storage.Cancelled)
	w.must(err)
	w.equal("by", cancelled.History[1].By, "agent")
	w.equal("spent", w.spent(agent), int64(0))
	late := w.order(agent, 10)
	w.drive(late, storage.Sending)
	_, err = w.decide(agent, late, storage.Cancelled) // it was sent meanwhile
	w.refused(err, storage.ErrConflict)
	_, err = w.decide(agent, w.job(late.ID), storage.Cancelled)
	w.refused(err, storage.ErrMayNot)
	_, err = w.decide(owner, w.order(agent, 10), storage.Cancelled)
	w.must(err)
}

func incidents(w *world) {
	said := &storage.Incident{At: w.now, Reference: "R1", Said: "delivered", Evidence: providers.Evidence{Call: "enquire", Body: "SUCCESS"}}
	j := w.drive(w.order(agent, 10), storage.Sending, storage.Failed)
	w.sendAll()
	reminder := w.nextMove(j, storage.Failed)
	reminder.Due = w.now.Add(time.Hour)
	_, err := w.Store.Move(w.ctx, reminder)
	w.refused(err, storage.ErrIllegal) // there is nothing to remind of
	m := reminder
	m.Incident = said
	undue := m
	undue.Due = time.Time{}
	_, err = w.Store.Move(w.ctx, undue)
	w.refused(err, storage.ErrIllegal)
	after := w.mustMove(m)
	w.equal("state and history", []any{after.State, after.History}, []any{j.State, j.History})
	w.owesOnlyTheCard(j) // which said that nothing was charged
	w.equal("incident", after.Incidents, []storage.Incident{*said})
	w.equal("desk", w.desk(), []storage.JobID{j.ID})
	w.reopen()
	due := map[storage.JobID]time.Time{}
	w.must(w.Store.Unfinished(w.ctx, func(id storage.JobID, at time.Time) bool { due[id] = at; return true }))
	w.equal("due", due, map[storage.JobID]time.Time{j.ID: m.Due})

	settle := func(by storage.PersonID, why string) storage.Turn {
		t := decision(w.now, by, w.job(j.ID), storage.Failed)
		t.Job.Close, t.Job.Settle = storage.ProofNone, &storage.Settle{By: by, Why: why}
		return t
	}
	_, err = w.turn(settle(agent, "I say so"))
	w.refused(err, storage.ErrMayNot)
	_, err = w.turn(settle(owner, ""))
	w.refused(err, storage.ErrIllegal)
	settled := w.mustTurn(settle(owner, "they refund it")).Job
	w.equal("settled", []any{settled.Incidents[0].By, settled.Incidents[0].Why, settled.Due.IsZero(), len(w.desk())}, []any{owner, "they refund it", true, 0})
	w.owesOnlyTheCard(j)
	_, err = w.turn(settle(owner, "once more"))
	w.refused(err, storage.ErrIllegal)

	w.equal("corrected", settled.Corrected(), false)
	settleAndReverse(w, said)

	sending := w.drive(w.order(agent, 10), storage.Sending)
	m = w.nextMove(sending, storage.Sending)
	m.Open, m.Incident = nil, said
	_, err = w.Store.Move(w.ctx, m) // its answer is waited for
	w.refused(err, storage.ErrIllegal)
	pending := w.drive(sending, storage.Pending)
	m = w.nextMove(pending, storage.Pending)
	m.Incident = said
	end := w.nextMove(w.mustMove(m), storage.Delivered)
	_, err = w.Store.Move(w.ctx, end)
	w.refused(err, storage.ErrIllegal) // somebody must be reminded of it
	end.Due = w.now.Add(time.Hour)
	w.equal("at its end", w.mustMove(end).State, storage.Delivered)
}

// owesOnlyTheCard sends what is owed, which must be the job's card alone.
func (w *world) owesOnlyTheCard(j storage.Job) {
	w.Helper()
	for i, n := range w.pending() {
		if i > 0 || n.Kind != storage.NoticeCard || n.Job != j.ID {
			w.Errorf("owed: %+v", n)
		}
	}
	w.equal("owed", len(w.pending()), 1)
	w.sendAll()
}

// settleAndReverse is a success that the provider takes back, as a person finds: both in one commit, once.
func settleAndReverse(w *world, said *storage.Incident) {
	delivered := w.drive(w.order(agent, 10), storage.Sending, storage.Delivered)
	m := w.nextMove(delivered, storage.Delivered)
	m.Incident, m.Due = said, w.now.Add(time.Hour)
	j := w.mustMove(m)
	turn := func(to storage.State, upheld bool) storage.Turn {
		t := decision(w.now, owner, j, to)
		t.Job.Settle = &storage.Settle{By: owner, Why: "their panel shows the refund", Upheld: upheld}
		return t
	}
	_, err := w.turn(turn(storage.Failed, true))
	w.refused(err, storage.ErrIllegal)
	spent := w.spent(agent)
	reversed := w.mustTurn(turn(storage.Reversed, true)).Job
	w.equal("reversed and settled", []any{reversed.State, reversed.Incidents[0].Upheld, reversed.Incidents[0].By, reversed.Due.IsZero(), len(w.desk())},
		[]any{storage.Reversed, true, owner, true, 0})
	w.equal("given back", spent-w.spent(agent), delivered.Amount.Minor)
	_, err = w.turn(turn(storage.Reversed, true)) // the same press again
	w.refused(err, storage.ErrConflict)
}

func turnMemos(w *world) {
	pause := func(by storage.PersonID) error {
		_, err := w.turn(storage.Turn{Actor: by, Memos: []storage.Memo{{Name: "m", Value: []byte("paused")}}})
		return err
	}
	w.refused(pause(agent), storage.ErrMayNot)
	_, err := w.Store.Memo(w.ctx, "m")
	w.refused(err, storage.ErrNotFound)
	w.must(pause(owner))
	got, err := w.Store.Memo(w.ctx, "m")
	w.must(err)
	w.equal("memo", string(got), "paused")
	_, err = w.turn(storage.Turn{Actor: owner, Memos: []storage.Memo{{}}})
	w.refused(err, storage.ErrIllegal)
}
