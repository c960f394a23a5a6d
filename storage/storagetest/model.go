package storagetest

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"rechargebot/storage"
)

// machine drives a store and a model of it, which is all maps, with the same random operations. The model
// knows the rules in the simplest words that they have; what it does not model (attempts in detail,
// people) the other laws cover.
type machine struct {
	*world
	jobs     map[storage.JobID]storage.Job // as the store last gave them out; the model predicts the rest
	sums     map[storage.PersonID]int64
	presses  map[storage.KeyboardID]storage.PersonID
	owed     []owedNotice
	sessions map[storage.ChatID]uint64
	under    map[storage.ChatID]storage.KeyboardID // the session's newest screen
	untold   map[storage.PersonID][]storage.JobID  // of those who are unreachable
	stale    map[storage.PersonID][]storage.JobID  // orders of theirs whose cards were given up
	heard    map[storage.PersonID]time.Time        // of, in this opening
	*letters
}

// owedNotice is what the model knows of a notice; ids are the store's affair, their order is not.
type owedNotice struct {
	Chat  storage.ChatID
	Kind  storage.NoticeKind
	Job   storage.JobID
	State storage.State
}

func model(w *world) {
	rapid.Check(w.T, func(r *rapid.T) {
		m := &machine{
			world: newWorld(w.T, w.open), jobs: map[storage.JobID]storage.Job{}, sums: map[storage.PersonID]int64{},
			presses: map[storage.KeyboardID]storage.PersonID{}, sessions: map[storage.ChatID]uint64{},
			under: map[storage.ChatID]storage.KeyboardID{}, untold: map[storage.PersonID][]storage.JobID{}, stale: map[storage.PersonID][]storage.JobID{}, heard: map[storage.PersonID]time.Time{}, letters: newLetters(),
		}
		defer func() { _ = m.Store.Close() }()
		r.Repeat(map[string]func(*rapid.T){
			"keyboard": m.addKeyboard,
			"order":    m.tryOrder,
			"move":     m.tryMove,
			"screen":   m.tryScreen,
			"send":     m.trySend,
			"refuse":   m.tryRefuse,
			"hear":     m.tryHear,
			"accept":   m.tryAccept,
			"handled":  m.tryHandled,
			"whole":    m.tryWhole,
			"owe":      m.tryOwe,
			"reopen":   func(*rapid.T) { m.reopen() },
			"restart":  m.restart,
			"": func(r *rapid.T) {
				m.compare(r)
				m.compareReach(r)
				m.compareLetters(r)
			},
		})
		if err := m.Store.Check(m.ctx); err != nil {
			r.Fatal(err)
		}
	})
}

func anyAgent(r *rapid.T) storage.PersonID {
	return rapid.SampledFrom([]storage.PersonID{agent, other}).Draw(r, "agent")
}

// verdict fails the run unless the store decided as the model did.
func verdict(r *rapid.T, what string, got, want error) bool {
	if !errors.Is(got, want) || want == nil && got != nil {
		r.Fatalf("%s: the store says %v, the model %v", what, got, want)
	}
	return want == nil
}

func (m *machine) addKeyboard(r *rapid.T) {
	id := anyAgent(r)
	m.presses[m.keyboard(id)] = id
}

func (m *machine) tryOrder(r *rapid.T) {
	by, taka := anyAgent(r), rapid.Int64Range(1, 60).Draw(r, "taka")
	o := newOrder(by, taka)
	o.Limits = storage.Limits{PerOrder: bdt(50), PerDay: bdt(120)}
	o.Newest = storage.JobID(len(m.jobs)) // all jobs are of one number
	blind := len(m.jobs) > 0 && rapid.IntRange(0, 4).Draw(r, "blind") == 0
	if blind {
		o.Newest--
	}
	turn := storage.Turn{Actor: by, Order: o}
	var want error
	if rapid.Bool().Draw(r, "pressed") && m.made > 0 {
		turn.Press = m.newKeyboard(by).ID // one that does not exist
		if known := slices.SortedFunc(maps.Keys(m.presses), compareKeyboards); len(known) > 0 {
			turn.Press = rapid.SampledFrom(known).Draw(r, "press")
		}
		switch of, there := m.presses[turn.Press]; {
		case !there:
			want = storage.ErrPressed
		case of != by:
			want = storage.ErrMayNot
		}
	}
	switch {
	case want != nil:
	case blind:
		want = storage.ErrConflict
	case taka > 50:
		want = storage.ErrPerOrder
	case m.sums[by]+taka > 120:
		want = storage.ErrPerDay
	}
	result, err := m.turn(turn)
	if !verdict(r, "order", err, want) {
		return
	}
	delete(m.presses, turn.Press)
	m.sums[by] += taka
	m.jobs[result.Job.ID] = *result.Job
	m.owe(owedNotice{Chat: storage.ChatID(by), Kind: storage.NoticeCard, Job: result.Job.ID, State: storage.Queued})
}

func compareKeyboards(a, b storage.KeyboardID) int { return slices.Compare(a[:], b[:]) }

func (m *machine) tryMove(r *rapid.T) {
	if len(m.jobs) == 0 {
		r.Skip("no jobs")
	}
	j := m.jobs[rapid.SampledFrom(slices.Sorted(maps.Keys(m.jobs))).Draw(r, "job")]
	to := rapid.SampledFrom(storage.States()).Draw(r, "to")
	move := m.nextMove(j, to)
	var want error
	switch {
	case rapid.IntRange(0, 9).Draw(r, "stale") == 0:
		move.Version--
		want = storage.ErrConflict
	case !j.State.MayBecome(to):
		want = storage.ErrIllegal
	}
	after, err := m.Store.Move(m.ctx, move)
	if !verdict(r, "move", err, want) {
		return
	}
	if after.State != to || after.Version != j.Version+1 {
		r.Fatalf("%s is %s, version %d after %d", j.ID, after.State, after.Version, j.Version)
	}
	m.jobs[j.ID] = after
	if j.State == to {
		return
	}
	if to == storage.Failed || to == storage.Cancelled || to == storage.Reversed {
		m.sums[j.Agent] -= j.Amount.Minor / 100
	}
	m.owe(owedNotice{Chat: j.Chat, Kind: storage.NoticeCard, Job: j.ID, State: to})
	if to.Pushed() {
		m.owe(owedNotice{Chat: j.Chat, Kind: storage.NoticePush, Job: j.ID, State: to})
	}
}

func (m *machine) tryScreen(r *rapid.T) {
	by := anyAgent(r)
	chat := storage.ChatID(by)
	version := m.sessions[chat] + rapid.SampledFrom([]uint64{0, 0, 0, 1}).Draw(r, "ahead")
	var want error
	if version != m.sessions[chat] {
		want = storage.ErrConflict
	}
	_, err := m.turn(storage.Turn{
		Actor: by, Session: &storage.Session{Chat: chat, Person: by, Version: version},
		Notices: []storage.Notice{{Chat: chat, Kind: storage.NoticeScreen, Created: m.now}},
	})
	if verdict(r, "screen", err, want) {
		m.sessions[chat]++
		delete(m.presses, m.under[chat]) // the new screen is without buttons
		delete(m.under, chat)
		m.owe(owedNotice{Chat: chat, Kind: storage.NoticeScreen})
	}
}

// owe is the rule of coalescing: a screen or card takes the place of the one before it, at the end.
func (m *machine) owe(n owedNotice) {
	if n.Kind == storage.NoticeScreen || n.Kind == storage.NoticeCard {
		m.owed = slices.DeleteFunc(m.owed, func(o owedNotice) bool { return o.Kind == n.Kind && o.Chat == n.Chat && o.Job == n.Job })
	}
	m.owed = append(m.owed, n)
}

func (m *machine) trySend(r *rapid.T) {
	pending := m.pending()
	if len(pending) == 0 {
		r.Skip("nothing is owed")
	}
	i := rapid.IntRange(0, len(pending)-1).Draw(r, "notice")
	if err := m.Store.Sent(m.ctx, pending[i], 5); err != nil {
		r.Fatal(err)
	}
	if j, ok := m.jobs[pending[i].Job]; ok && pending[i].Kind == storage.NoticeCard {
		j.Card = 5
		m.jobs[j.ID] = j
	}
	m.owed = slices.Delete(m.owed, i, i+1)
	told := pending[i].Job
	if pending[i].Kind != storage.NoticePush {
		told = 0
	}
	m.reached(pending[i].Person, told)
}

// compare looks at everything that the model predicts.
func (m *machine) compare(r *rapid.T) {
	unfinished, want := map[storage.JobID]time.Time{}, map[storage.JobID]time.Time{}
	for id, j := range m.jobs {
		stored, err := m.Store.Job(m.ctx, id)
		if diff := cmp.Diff(j, stored); err != nil || diff != "" {
			r.Fatalf("%s: %v (-want +got):\n%s", id, err, diff)
		}
		if !j.State.Terminal() {
			want[id] = j.Due
		}
	}
	err := m.Store.Unfinished(m.ctx, func(id storage.JobID, due time.Time) bool { unfinished[id] = due; return true })
	if diff := cmp.Diff(want, unfinished); err != nil || diff != "" {
		r.Fatalf("unfinished: %v (-want +got):\n%s", err, diff)
	}
	var owed []owedNotice
	for _, n := range m.pending() {
		owed = append(owed, owedNotice{n.Chat, n.Kind, n.Job, n.State})
	}
	if diff := cmp.Diff(m.owed, owed, cmpopts.EquateEmpty()); diff != "" {
		r.Fatalf("owed (-want +got):\n%s", diff)
	}
	for _, id := range []storage.PersonID{agent, other} {
		if got := m.spent(id); got != m.sums[id]*100 {
			r.Fatalf("person %d has spent %d, the model says %d", id, got, m.sums[id]*100)
		}
		if s, err := m.Store.Session(m.ctx, storage.ChatID(id)); err == nil && s.Version != m.sessions[storage.ChatID(id)] {
			r.Fatalf("session of %d has version %d", id, s.Version)
		}
	}
	for id, of := range m.presses {
		if k, err := m.Store.Keyboard(m.ctx, id); err != nil || k.Person != of {
			r.Fatalf("keyboard %x: %v", id, err)
		}
	}
}
