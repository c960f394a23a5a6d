package storagetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"rechargebot/storage"
)

// ofKind lists what is owed of a kind.
func (w *world) ofKind(k storage.NoticeKind) (out []storage.Notice) {
	w.Helper()
	for _, n := range w.pending() {
		if n.Kind == k {
			out = append(out, n)
		}
	}
	return out
}

func (w *world) thePerson(id storage.PersonID) storage.Person {
	w.Helper()
	p, err := w.Store.Person(w.ctx, id)
	w.must(err)
	return p
}

func untoldIsKept(w *world) {
	var jobs []storage.JobID
	for range 3 {
		jobs = append(jobs, w.drive(w.order(agent, 10), storage.Sending, storage.Delivered).ID)
	}
	blocked := w.now.Add(time.Minute)
	alert := storage.Notice{Chat: storage.ChatID(owner), Person: owner, Kind: storage.NoticeMessage, Body: body("not told"), Created: w.now}
	pushes := w.ofKind(storage.NoticePush)
	for _, n := range slices.Concat(pushes, w.ofKind(storage.NoticeCard)) {
		w.must(w.Store.Undeliverable(w.ctx, n, blocked, alert))
		w.must(w.Store.Undeliverable(w.ctx, n, blocked.Add(time.Hour))) // told twice, kept once
	}
	p := w.thePerson(agent)
	w.equal("since", p.Unreachable.Equal(blocked), true)
	w.equal("untold", p.Untold, []storage.Untold{{Job: jobs[0]}, {Job: jobs[1]}, {Job: jobs[2]}})
	w.equal("owed", []any{len(w.pending()), len(w.ofKind(storage.NoticeMessage))}, []any{6, 6})
	w.reopen()

	// A change by an admin keeps it, and what comes to something new is alerted of again.
	after := p
	after.Untold = []storage.Untold{{Job: jobs[0], Alerted: true}, {Job: jobs[1], Alerted: true}, {Job: jobs[2], Alerted: true}}
	w.must(w.change(owner, storage.PersonChange{Before: &p, After: after, ByAdmin: true}))
	w.drive(w.job(jobs[1]), storage.Reversed)
	w.must(w.Store.Undeliverable(w.ctx, w.ofKind(storage.NoticePush)[0], blocked.Add(time.Hour)))
	w.equal("news", w.thePerson(agent).Untold[1], storage.Untold{Job: jobs[1]})

	// What he did before he was out of reach proves nothing, nor do others, nor what is no private chat's.
	for _, n := range w.pending() {
		w.must(w.Store.Sent(w.ctx, n, 0))
	}
	w.now = blocked.Add(2 * time.Hour)
	w.mustTurn(storage.Turn{Actor: agent, Heard: blocked.Add(-1)})
	w.mustTurn(storage.Turn{Actor: agent})
	w.mustTurn(storage.Turn{Actor: other, Heard: blocked.Add(time.Hour)})
	w.mustTurn(storage.Turn{Actor: stranger, Heard: blocked.Add(time.Hour)})
	w.equal("owed to him", len(w.pending()), 0)
	w.mustTurn(storage.Turn{Actor: agent, Heard: blocked.Add(time.Second)})
	told := w.ofKind(storage.NoticePush)
	w.equal("told", []any{len(told), told[0].Job, told[0].State, told[1].Job, told[1].State, told[2].Job},
		[]any{3, jobs[0], storage.Delivered, jobs[1], storage.Reversed, jobs[2]})
	w.equal("cards", len(w.ofKind(storage.NoticeCard)), 3)
	w.equal("reached", w.thePerson(agent), person(agent))
	w.mustTurn(storage.Turn{Actor: agent, Heard: blocked.Add(time.Hour)})
	w.equal("told once", len(w.ofKind(storage.NoticePush)), 3)

	// What comes at one instant counts in its order, and so does whatever comes after a clock was set back.
	for _, since := range []time.Time{w.now, w.now.Add(24 * time.Hour)} {
		w.must(w.Store.Undeliverable(w.ctx, storage.Notice{Chat: storage.ChatID(agent), Person: agent}, since))
		w.mustTurn(storage.Turn{Actor: agent, Heard: w.now})
		w.equal("reached again", w.thePerson(agent), person(agent))
	}
}

func undeliverable(w *world) {
	hello := storage.Notice{Chat: storage.ChatID(agent), Person: agent, Kind: storage.NoticeMessage, Body: body("hello"), Created: w.now}
	alert := storage.Notice{Chat: storage.ChatID(owner), Person: owner, Kind: storage.NoticeMessage, Body: body("refused"), Created: w.now}
	w.must(w.Store.Owe(w.ctx, hello))
	w.refused(w.Store.Undeliverable(w.ctx, w.pending()[0], time.Time{}, storage.Notice{Kind: storage.NoticeMessage}), storage.ErrIllegal)
	w.must(w.Store.Undeliverable(w.ctx, w.pending()[0], time.Time{}, alert)) // the message alone was refused
	w.equal("owed", []any{len(w.pending()), w.pending()[0].Body}, []any{1, alert.Body})
	w.equal("the person", w.thePerson(agent), person(agent))

	// Nobody is made up, and what a person was told before does not matter.
	gone := w.now.Add(time.Hour)
	w.must(w.Store.Undeliverable(w.ctx, storage.Notice{Chat: storage.ChatID(stranger), Person: stranger}, gone))
	_, err := w.Store.Person(w.ctx, stranger)
	w.refused(err, storage.ErrNotFound)
	w.must(w.Store.Undeliverable(w.ctx, storage.Notice{Chat: storage.ChatID(agent), Person: agent}, gone))
	w.equal("since", w.thePerson(agent).Unreachable.Equal(gone), true)

	// A message that reaches him proves that he can be reached; an edit, or one given up, does not.
	w.must(w.Store.Owe(w.ctx, hello, hello))
	owed := w.ofKind(storage.NoticeMessage)
	w.must(w.Store.Sent(w.ctx, owed[1], 0))
	w.equal("after an edit", w.thePerson(agent).Unreachable.IsZero(), false)
	w.must(w.Store.Sent(w.ctx, owed[2], 7))
	w.equal("reached", w.thePerson(agent), person(agent))

	// So does a push, which has told of its own order.
	j := w.drive(w.order(agent, 10), storage.Sending, storage.Unknown, storage.Review)
	w.must(w.Store.Undeliverable(w.ctx, w.ofKind(storage.NoticePush)[0], gone))
	w.drive(j, storage.Delivered)
	w.must(w.Store.Sent(w.ctx, w.ofKind(storage.NoticePush)[0], 8))
	w.equal("reached by a push", []any{len(w.thePerson(agent).Untold), len(w.ofKind(storage.NoticePush)), len(w.ofKind(storage.NoticeCard))}, []any{0, 0, 1})

	// A card that could not be brought up to date is so when he is back, also of an order that is not at its end.
	w.sendAll()
	j = w.drive(w.order(agent, 10), storage.Sending, storage.Pending)
	w.must(w.Store.Undeliverable(w.ctx, w.ofKind(storage.NoticeCard)[0], gone))
	w.equal("stale", w.thePerson(agent).Stale, []storage.JobID{j.ID})
	w.reopen()
	w.mustTurn(storage.Turn{Actor: agent, Heard: gone.Add(time.Minute)})
	cards := w.ofKind(storage.NoticeCard)
	w.equal("brought up to date", []any{len(cards), cards[0].Job, len(w.ofKind(storage.NoticePush)), len(w.thePerson(agent).Stale)}, []any{1, j.ID, 0, 0})

	// The list is bounded: the oldest are only counted.
	var jobs []storage.JobID
	for range storage.MaxUntold + 3 {
		j := w.drive(w.order(agent, 1), storage.Sending, storage.Delivered)
		jobs = append(jobs, j.ID)
	}
	for _, n := range w.ofKind(storage.NoticePush) {
		w.must(w.Store.Undeliverable(w.ctx, n, gone.Add(time.Hour)))
	}
	p := w.thePerson(agent)
	w.equal("untold", []any{len(p.Untold), p.UntoldMore, p.Untold[0].Job}, []any{storage.MaxUntold, 3, jobs[3]})
}

// Whoever is heard of while his notice is given up has opened his chat again, in whichever order the two are stored.
func heardWhileGivenUp(w *world) {
	w.drive(w.order(agent, 10), storage.Sending, storage.Delivered)
	push, tried := w.ofKind(storage.NoticePush)[0], w.now
	alert := storage.Notice{Chat: storage.ChatID(owner), Person: owner, Kind: storage.NoticeMessage, Body: body("not told"), Created: w.now}
	w.now = w.now.Add(time.Second)
	w.mustTurn(storage.Turn{Actor: agent, Heard: tried.Add(time.Millisecond)})
	before := w.pending()
	w.refused(w.Store.Undeliverable(w.ctx, push, tried, alert), storage.ErrConflict)
	w.equal("owed as before", w.pending(), before)
	w.equal("reachable", w.thePerson(agent), person(agent))

	// It is tried once more, and when it is refused again, after he was heard of, he is shut.
	w.must(w.Store.Undeliverable(w.ctx, push, tried.Add(500*time.Millisecond), alert))
	w.equal("untold", w.thePerson(agent).Untold, []storage.Untold{{Job: push.Job}})

	// What he said before proves nothing, and one word with a time that is still to come not more than any other.
	w.mustTurn(storage.Turn{Actor: agent, Heard: w.now.Add(24 * time.Hour)})
	again := w.ofKind(storage.NoticePush)[0]
	w.refused(w.Store.Undeliverable(w.ctx, again, w.now), storage.ErrConflict)
	w.must(w.Store.Undeliverable(w.ctx, again, w.now))
	w.equal("shut", w.thePerson(agent).Unreachable.Equal(w.now), true)

	// That the platform says that he has shut us out needs no try, and the order of what it says decides.
	w.mustTurn(storage.Turn{Actor: agent, Heard: w.now})
	w.must(w.Store.Undeliverable(w.ctx, storage.Notice{Chat: storage.ChatID(agent), Person: agent}, w.now))
	w.equal("shut by a word", w.thePerson(agent).Unreachable.Equal(w.now), true)
}

// An alert that an admin cannot be told waits for him, the newest of each kind, and a bounded number of them. Who is no
// admin any more when he is back is told of his own orders alone.
func missedIsKept(w *world) {
	alert := func(to storage.PersonID, kind, words string) {
		n := storage.Notice{Chat: storage.ChatID(to), Person: to, Kind: storage.NoticeMessage, Alert: kind, Body: body(words), Created: w.now}
		w.must(w.Store.Owe(w.ctx, n))
		owed := w.ofKind(storage.NoticeMessage)
		w.must(w.Store.Undeliverable(w.ctx, owed[len(owed)-1], w.now.Add(time.Hour)))
	}
	alert(owner, "level a", "a is low")
	alert(owner, "level b", "b is low")
	alert(owner, "", "for once")
	w.now = w.now.Add(time.Minute)
	late := w.now
	alert(owner, "level a", "a is critical")
	alert(agent, "level a", "a is critical")
	alert(agent, storage.AlertOrders, "order nothing again")
	w.reopen()
	w.now = w.now.Add(2 * time.Hour)
	for _, id := range []storage.PersonID{owner, agent} {
		w.mustTurn(storage.Turn{Actor: id, Heard: w.now})
	}
	told := w.ofKind(storage.NoticeMessage)
	if w.equal("told", len(told), 3); len(told) == 3 {
		w.equal("the older one", told[0].Body, body("b is low"))
		want := storage.Notice{
			ID: told[1].ID, Chat: storage.ChatID(owner), Person: owner, Kind: storage.NoticeMessage, Alert: "level a", Late: true,
			Body: body("a is critical"), Created: told[1].Created,
		}
		w.equal("the newest of a kind", []any{told[1], told[1].Created.Equal(late)}, []any{want, true})
		w.equal("an agent's own", []any{told[2].Person, told[2].Body, told[2].Late}, []any{agent, body("order nothing again"), false})
	}
	w.equal("kept", len(w.thePerson(owner).Missed)+len(w.thePerson(agent).Missed), 0)

	// It cannot be told this time either: the same waits once more, and of too many the oldest are dropped.
	w.must(w.Store.Undeliverable(w.ctx, told[1], w.now.Add(time.Hour)))
	w.equal("kept again", len(w.thePerson(owner).Missed), 1)
	for i := range storage.MaxMissed + 3 {
		alert(owner, fmt.Sprint("job ", i), "look at it")
	}
	missed := w.thePerson(owner).Missed
	w.equal("bounded", []any{len(missed), missed[0].Alert}, []any{storage.MaxMissed, "job 3"})
}

// tryRefuse gives a notice up, because of its message or of its chat.
func (m *machine) tryRefuse(r *rapid.T) {
	pending := m.pending()
	if len(pending) == 0 {
		r.Skip("nothing is owed")
	}
	i := rapid.IntRange(0, len(pending)-1).Draw(r, "notice")
	n, at := pending[i], time.Time{}
	if rapid.Bool().Draw(r, "shut out") {
		at = m.now
	}
	err := m.Store.Undeliverable(m.ctx, n, at, storage.Notice{Chat: -5, Kind: storage.NoticeMessage, Created: m.now})
	if heard, known := m.heard[n.Person]; known && !at.IsZero() && !at.After(heard) {
		if delete(m.heard, n.Person); !errors.Is(err, storage.ErrConflict) {
			r.Fatalf("person %d was heard of at %v, and is shut since %v: %v", n.Person, heard, at, err)
		}
		return
	}
	if err != nil {
		r.Fatal(err)
	}
	m.owed = slices.Delete(m.owed, i, i+1)
	if list := m.untold[n.Person]; !at.IsZero() && n.Person != 0 {
		if list == nil {
			list = []storage.JobID{}
		}
		if n.Kind == storage.NoticePush && !slices.Contains(list, n.Job) {
			list = append(list, n.Job)
		}
		m.untold[n.Person] = list
		if n.Kind == storage.NoticeCard && !slices.Contains(m.stale[n.Person], n.Job) {
			m.stale[n.Person] = append(m.stale[n.Person], n.Job)
		}
	}
	m.owe(owedNotice{Chat: -5, Kind: storage.NoticeMessage})
}

func (m *machine) tryHear(r *rapid.T) {
	by := anyAgent(r)
	m.mustTurn(storage.Turn{Actor: by, Heard: m.now.Add(time.Second)})
	m.heard[by] = m.now.Add(time.Second)
	m.reached(by, 0)
}

// reopen forgets who was heard of.
func (m *machine) reopen() {
	m.world.reopen()
	clear(m.heard)
}

// reached owes a person what he was not told; told is the order of the push that reached him.
func (m *machine) reached(id storage.PersonID, told storage.JobID) {
	for _, job := range m.stale[id] {
		if j := m.jobs[job]; !slices.Contains(m.untold[id], job) {
			m.owe(owedNotice{Chat: j.Chat, Kind: storage.NoticeCard, Job: job, State: j.State})
		}
	}
	for _, job := range m.untold[id] {
		j := m.jobs[job]
		m.owe(owedNotice{Chat: j.Chat, Kind: storage.NoticeCard, Job: job, State: j.State})
		if j.State.Pushed() && job != told {
			m.owe(owedNotice{Chat: j.Chat, Kind: storage.NoticePush, Job: job, State: j.State})
		}
	}
	delete(m.untold, id)
	delete(m.stale, id)
}

func (m *machine) compareReach(r *rapid.T) {
	for _, id := range []storage.PersonID{agent, other} {
		p, err := m.Store.Person(m.ctx, id)
		var got []storage.JobID
		for _, u := range p.Untold {
			got = append(got, u.Job)
		}
		want, away := m.untold[id]
		diff := cmp.Diff(want, got, cmpopts.EquateEmpty())
		diff += cmp.Diff(m.stale[id], p.Stale, cmpopts.EquateEmpty())
		if err != nil || diff != "" || p.Unreachable.IsZero() == away {
			r.Fatalf("person %d, unreachable since %v: %v (-want +got):\n%s", id, p.Unreachable, fmt.Sprint(err), diff)
		}
	}
}
