package storagetest

import (
	"fmt"
	"time"

	"rechargebot/storage"
)

// word is one person's word about a job, which a second one must say, too.
func (w *world) word(by storage.PersonID, j storage.Job, to storage.State, incident bool) storage.Turn {
	return storage.Turn{Now: w.now, Actor: by, Job: &storage.Move{
		Now: w.now, Job: j.ID, Version: j.Version, To: j.State, Due: j.Due,
		Verdict: &storage.Verdict{By: by, To: to, Incident: incident, Why: "their panel says so", Serial: "BD1", At: w.now},
	}}
}

// second is the turn of the person who agrees.
func (w *world) second(by storage.PersonID, j storage.Job, to storage.State, settles bool) storage.Turn {
	m := storage.Move{Now: w.now, Job: j.ID, Version: j.Version, To: to, Note: "I have seen it too"}
	if settles {
		m.Settle = &storage.Settle{By: by, Why: "I have seen it too", Upheld: true}
	}
	return storage.Turn{Now: w.now, Actor: by, Job: &m, FourEyes: true}
}

// contradicted records that the provider speaks against a final job.
func (w *world) contradicted(j storage.Job, said string) storage.Job {
	w.Helper()
	m := w.nextMove(j, j.State)
	m.Due = w.now.Add(time.Hour)
	m.Incident = &storage.Incident{At: w.now, Reference: j.Attempts[0].Reference, Said: said}
	return w.mustMove(m)
}

func (w *world) dueOf(id storage.JobID) (at time.Time) {
	w.Helper()
	w.must(w.Store.Unfinished(w.ctx, func(one storage.JobID, due time.Time) bool {
		if one == id {
			at = due
		}
		return true
	}))
	return at
}

// twoReverse is a success that is taken back above the sum: the first word waits at the desk.
func twoReverse(w *world) {
	w.admin(other)
	j := w.drive(w.order(agent, 10), storage.Sending, storage.Delivered)
	spent := w.spent(agent)
	_, err := w.turn(w.second(other, j, storage.Reversed, false))
	w.refused(err, storage.ErrMayNot)
	for _, wrong := range []storage.Turn{w.word(other, j, storage.Failed, false), w.word(other, j, storage.Delivered, false), w.word(other, j, storage.Reversed, true)} {
		_, err = w.turn(wrong)
		w.refused(err, storage.ErrIllegal)
	}
	_, err = w.turn(w.word(agent, j, storage.Reversed, false))
	w.refused(err, storage.ErrMayNot)

	said := *w.mustTurn(w.word(other, j, storage.Reversed, false)).Job
	w.equal("the first word", []any{said.State, said.Serial, w.desk(), w.dueOf(j.ID), w.spent(agent)},
		[]any{storage.Delivered, "", []storage.JobID{j.ID}, w.now.Add(time.Hour), spent})
	w.reopen()
	_, err = w.turn(w.second(other, said, storage.Reversed, false))
	w.refused(err, storage.ErrMayNot) // the same person
	reversed := w.mustTurn(w.second(owner, said, storage.Reversed, false)).Job
	w.equal("the second", []any{reversed.State, reversed.Verdict == nil, reversed.Due.IsZero(), len(w.desk()), spent - w.spent(agent)},
		[]any{storage.Reversed, true, true, 0, reversed.Amount.Minor})
}

// wordsAreDropped is a word about what is no more: it counts for nothing.
func wordsAreDropped(w *world) {
	w.admin(other)
	spoken := func() storage.Job {
		j := w.drive(w.order(agent, 10), storage.Sending, storage.Delivered)
		return *w.mustTurn(w.word(other, j, storage.Reversed, false)).Job
	}
	settled := spoken()
	nothing := storage.Turn{Now: w.now, Actor: owner, Job: &storage.Move{
		Now: w.now, Job: settled.ID, Version: settled.Version, To: settled.State, Due: settled.Due, Settle: &storage.Settle{By: owner, Why: "they have not"},
	}}
	after := w.mustTurn(nothing).Job
	w.equal("taken off the desk", []any{after.State, after.Verdict == nil, after.Due.IsZero(), len(w.desk())}, []any{storage.Delivered, true, true, 0})
	nothing.Job.Version = after.Version
	_, err := w.turn(nothing)
	w.refused(err, storage.ErrIllegal)

	moved := spoken()
	m := w.nextMove(moved, storage.Reversed)
	m.Due = moved.Due // who reverses it need not know why it waited
	done := w.mustMove(m)
	w.equal("reversed by the provider's word", []any{done.Verdict == nil, done.Due.IsZero(), len(w.desk())}, []any{true, true, 0})

	told := w.contradicted(spoken(), "refused")
	w.equal("after new evidence", []any{told.Verdict == nil, told.OpenIncident() != nil}, []any{true, true})
	_, err = w.turn(w.second(owner, told, storage.Reversed, true))
	w.refused(err, storage.ErrMayNot)
}

// twoUphold is a failure that was none, and a success that was, as an incident has it and two people find.
func twoUphold(w *world) {
	w.admin(other)
	failed := w.contradicted(w.drive(w.order(agent, 10), storage.Sending, storage.Failed), "delivered")
	_, err := w.turn(w.word(other, failed, storage.Reversed, true))
	w.refused(err, storage.ErrIllegal)
	_, err = w.turn(w.word(other, failed, storage.Delivered, false))
	w.refused(err, storage.ErrIllegal)
	said := *w.mustTurn(w.word(other, failed, storage.Delivered, true)).Job
	w.equal("the first word", []any{said.State, said.OpenIncident() != nil, said.Due}, []any{storage.Failed, true, failed.Due})
	lower := w.second(owner, said, storage.Failed, true)
	lower.Job.Settle.Upheld = false
	_, err = w.turn(lower)
	w.refused(err, storage.ErrMayNot) // another word
	upheld := w.mustTurn(w.second(owner, said, storage.Failed, true)).Job
	w.equal("upheld", []any{upheld.Corrected(), upheld.Verdict == nil, upheld.Due.IsZero()}, []any{true, true, true})

	taken := w.contradicted(w.drive(w.order(agent, 10), storage.Sending, storage.Delivered), "refused")
	said = *w.mustTurn(w.word(other, taken, storage.Reversed, true)).Job
	_, err = w.turn(w.second(owner, said, storage.Reversed, false))
	w.refused(err, storage.ErrMayNot) // it would leave the incident open, of which he spoke
	w.equal("reversed", w.mustTurn(w.second(owner, said, storage.Reversed, true)).Job.State, storage.Reversed)

	review := w.contradicted(w.inReview(agent), "delivered")
	said = *w.mustTurn(w.word(other, review, storage.Delivered, true)).Job
	decides := decision(w.now, owner, said, storage.Delivered)
	decides.FourEyes = true
	_, err = w.turn(decides)
	w.refused(err, storage.ErrMayNot) // the word was about the incident, not about the open attempt
}

// openIncidentsStay is what makes room for one more: what is settled, and never what is open or was upheld last.
func openIncidentsStay(w *world) {
	j := w.drive(w.order(agent, 10), storage.Sending, storage.Failed)
	settle := func(upheld bool) {
		t := storage.Turn{Now: w.now, Actor: owner, Job: &storage.Move{Now: w.now, Job: j.ID, Version: j.Version, To: j.State,
			Due: j.Due, Settle: &storage.Settle{By: owner, Why: "seen", Upheld: upheld}}}
		j = *w.mustTurn(t).Job
	}
	said := func() (out []string) {
		for _, i := range j.Incidents {
			out = append(out, i.Said)
		}
		return out
	}
	for n := range storage.MaxIncidents {
		j = w.contradicted(j, fmt.Sprint(n))
		if n < 3 {
			settle(n < 2)
		}
	}
	j = w.contradicted(j, "a")
	w.equal("without the one that nothing was to", said(), []string{"0", "1", "3", "4", "5", "6", "7", "a"})
	j = w.contradicted(j, "b")
	w.equal("without one of two that were upheld", said(), []string{"1", "3", "4", "5", "6", "7", "a", "b"})
	m := w.nextMove(j, j.State)
	m.Due, m.Incident = j.Due, &storage.Incident{At: w.now, Said: "c"}
	_, err := w.Store.Move(w.ctx, m)
	w.refused(err, storage.ErrIllegal)
	w.equal("still corrected", j.Corrected(), true)
}
