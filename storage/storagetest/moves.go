package storagetest

import (
	"fmt"
	"slices"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// pathTo is the shortest way from Queued to a state, found by the table itself.
func pathTo(to storage.State) []storage.State {
	paths := map[storage.State][]storage.State{storage.Queued: nil}
	for frontier := []storage.State{storage.Queued}; len(frontier) > 0; frontier = frontier[1:] {
		for _, next := range storage.States() {
			if _, known := paths[next]; !known && frontier[0].MayBecome(next) {
				paths[next] = append(slices.Clone(paths[frontier[0]]), next)
				frontier = append(frontier, next)
			}
		}
	}
	return paths[to]
}

func tableOfMoves(w *world) {
	for _, from := range storage.States() {
		for _, to := range storage.States() {
			j := w.drive(w.order(agent, 10), pathTo(from)...)
			w.equal("state", j.State, from)
			w.sendAll()
			moved, err := w.Store.Move(w.ctx, w.nextMove(j, to))
			if !from.MayBecome(to) {
				w.refused(err, storage.ErrIllegal)
				w.equal("job after a refused move", w.job(j.ID), j)
				w.equal("owed by a refused move", len(w.pending()), 0)
				continue
			}
			if err != nil {
				w.Fatalf("%s to %s: %v", from, to, err)
			}
			w.checkMoved(j, moved, to)
		}
	}
}

// checkMoved checks what a move changes beside the state, and what it owes.
func (w *world) checkMoved(before, after storage.Job, to storage.State) {
	w.Helper()
	w.equal("job as stored", w.job(before.ID), after)
	w.equal("state", after.State, to)
	w.equal("version", after.Version, before.Version+1)
	lines, kinds := before.History, []storage.NoticeKind(nil)
	if before.State != to {
		lines = append(slices.Clone(lines), storage.Line{At: w.now, From: before.State, To: to, By: "law"})
		kinds = append(kinds, storage.NoticeCard)
		if to.Pushed() {
			kinds = append(kinds, storage.NoticePush)
		}
	}
	w.equal("history", after.History, lines)
	var got []storage.NoticeKind
	for _, n := range w.pending() {
		got = append(got, n.Kind)
		w.equal("notice", []any{n.Chat, n.Person, n.Job, n.State}, []any{after.Chat, after.Agent, after.ID, to})
	}
	w.equal("owed", got, kinds)
}

func oneMoverWins(w *world) {
	j := w.drive(w.order(agent, 10), storage.Sending)
	targets := []storage.State{storage.Delivered, storage.Failed, storage.Unknown, storage.Pending}
	moves := make([]storage.Move, 40)
	for i := range moves {
		moves[i] = w.nextMove(j, targets[i%len(targets)])
	}
	wins := 0
	for _, err := range atOnce(len(moves), func(i int) error { _, err := w.Store.Move(w.ctx, moves[i]); return err }) {
		if err == nil {
			wins++
			continue
		}
		w.refused(err, storage.ErrConflict)
	}
	w.equal("moves that won", wins, 1)
	w.equal("version", w.job(j.ID).Version, j.Version+1)
}

func attemptsFollowStates(w *world) {
	refuse := func(j storage.Job, to storage.State, change func(*storage.Move)) {
		w.Helper()
		m := w.nextMove(j, to)
		change(&m)
		_, err := w.Store.Move(w.ctx, m)
		w.refused(err, storage.ErrIllegal)
		w.equal("job after a refused move", w.job(j.ID), j)
	}
	closeBy := func(p storage.Proof) func(*storage.Move) { return func(m *storage.Move) { m.Close = p } }

	queued := w.order(agent, 10)
	refuse(queued, storage.Sending, func(m *storage.Move) { m.Open = nil })
	refuse(queued, storage.Sending, func(m *storage.Move) { m.Open.Provider = "" })
	refuse(queued, storage.Sending, func(m *storage.Move) { m.Open.Reference = "" })
	refuse(queued, storage.Sending, func(m *storage.Move) { m.Open.Closed = w.now })
	refuse(queued, storage.Queued, func(m *storage.Move) { m.Open = &storage.Attempt{Provider: "p", Reference: "r"} })
	refuse(queued, storage.Failed, closeBy(storage.ProofNotSent)) // nothing is open
	refuse(queued, storage.Queued, func(m *storage.Move) { m.Enquiry = true })
	refuse(queued, storage.Queued, func(m *storage.Move) { m.Due = time.Time{} })
	refuse(queued, storage.Cancelled, func(m *storage.Move) { m.Due = w.now })

	sending := w.drive(queued, storage.Sending)
	w.equal("open attempt", sending.OpenAttempt() != nil, true)
	for _, to := range []storage.State{storage.Queued, storage.Failed} {
		refuse(sending, to, closeBy(storage.ProofNone))
		refuse(sending, to, closeBy(storage.ProofDelivered))
		refuse(sending, to, closeBy("P9"))
	}
	refuse(sending, storage.Delivered, closeBy(storage.ProofNone))
	refuse(sending, storage.Delivered, closeBy(storage.ProofNotSent))
	refuse(sending, storage.Unknown, closeBy(storage.ProofFailed))
	refuse(sending, storage.Unknown, func(m *storage.Move) { m.NotFound = true })

	pending := w.nextMove(sending, storage.Pending)
	pending.UpstreamID, pending.Enquiry, pending.NotFound, pending.Serial = "U1", true, true, "S1"
	j := w.mustMove(pending)
	a := *j.OpenAttempt()
	w.equal("attempt", []any{a.UpstreamID, a.Enquiries, a.NotFound, j.Serial}, []any{"U1", 1, 1, "S1"})
	j = w.drive(j, storage.Queued)
	w.equal("proof", []any{j.Attempts[0].Proof, j.Attempts[0].Closed}, []any{storage.ProofFailed, w.now})
	j = w.drive(j, storage.Sending, storage.Delivered)
	w.equal("attempts", []any{len(j.Attempts), j.Attempts[1].Proof, j.Due}, []any{2, storage.ProofDelivered, time.Time{}})
}

func referencesAreUnique(w *world) {
	first, second := w.order(agent, 10), w.order(other, 20)
	m := w.nextMove(first, storage.Sending)
	m.Open.Reference = "SAME"
	first = w.mustMove(m)
	again := w.nextMove(second, storage.Sending)
	again.Open.Reference = "SAME"
	_, err := w.Store.Move(w.ctx, again)
	w.refused(err, storage.ErrConflict)
	w.equal("second job", w.job(second.ID), second)

	first = w.drive(first, storage.Queued) // closed, and used for ever
	own := w.nextMove(first, storage.Sending)
	own.Open.Reference = "SAME"
	_, err = w.Store.Move(w.ctx, own)
	w.refused(err, storage.ErrConflict)

	first = w.drive(first, storage.Cancelled) // found in the archive as well
	found, err := w.Store.ByReference(w.ctx, "SAME")
	w.must(err)
	w.equal("job by reference", found, first)
}

func evidenceIsBounded(w *world) {
	j := w.drive(w.order(agent, 10), storage.Sending, storage.Unknown)
	for i := range storage.MaxEvidence + 12 {
		m := w.nextMove(j, storage.Unknown)
		m.Evidence = &providers.Evidence{Call: "enquire", At: w.now, Body: fmt.Sprint(i)}
		j = w.mustMove(m)
	}
	again := w.nextMove(j, storage.Unknown)
	again.Evidence = &providers.Evidence{Call: "enquire", At: w.now.Add(time.Hour), Body: fmt.Sprint(storage.MaxEvidence + 11)}
	last := w.nextMove(w.mustMove(again), storage.Delivered)
	last.Evidence = &providers.Evidence{Call: "enquire", At: w.now, Body: "last"}
	j = w.mustMove(last)
	var bodies, want []string
	for _, e := range j.Attempts[0].Evidence {
		bodies = append(bodies, e.Body)
	}
	want = append(want, "0")
	for i := 14; i < storage.MaxEvidence+12; i++ {
		want = append(want, fmt.Sprint(i))
	}
	w.equal("evidence", bodies, append(want, "last"))
	repeated := j.Attempts[0].Evidence[storage.MaxEvidence-2]
	w.equal("what came twice", []any{repeated.Again, repeated.At, repeated.Newest()}, []any{1, w.now, w.now.Add(time.Hour)})
}

func touchIsQuiet(w *world) {
	j := w.drive(w.order(agent, 10), storage.Sending, storage.Pending)
	w.sendAll()
	m := w.nextMove(j, storage.Pending)
	m.Due, m.Enquiry, m.Reason, m.Note = w.now.Add(time.Hour), true, providers.ReasonUnreadable, "not kept"
	touched := w.mustMove(m)
	w.equal("history", touched.History, j.History)
	w.equal("changed", []any{touched.Changed, touched.Due, touched.Reason}, []any{j.Changed, m.Due, providers.ReasonUnreadable})
	w.equal("owed", len(w.pending()), 0)
	again := w.nextMove(touched, storage.Pending)
	again.Notices = []storage.Notice{{Chat: -5, Kind: storage.NoticeMessage, Created: w.now}}
	touched = w.mustMove(again)
	w.equal("reason of a touch without one", touched.Reason, providers.ReasonUnreadable)
	w.equal("owed by the alert", len(w.pending()), 1)
	w.equal("reason of the next state", w.drive(touched, storage.Delivered).Reason, providers.ReasonNone)
}
