package storagetest

import (
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"rechargebot/storage"
)

// letters is the part of the model that is about updates, alerts and what watchers remember.
type letters struct {
	seen    map[int64]bool
	waiting []storage.Update
	memos   map[string]string
}

func newLetters() *letters {
	return &letters{seen: map[int64]bool{}, memos: map[string]string{}}
}

// tryAccept takes updates of which some were taken before, or come twice at once.
func (m *machine) tryAccept(r *rapid.T) {
	var given, want []storage.Update
	for _, n := range rapid.SliceOfN(rapid.Int64Range(-3, 12), 0, 4).Draw(r, "numbers") {
		u := m.updates(n, 1)[0]
		given = append(given, u)
		if !m.seen[n] {
			m.seen[n] = true
			want = append(want, u)
		}
	}
	got, err := m.Store.Accept(m.ctx, given...)
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(storage.Update{}, "ID")); err != nil || diff != "" {
		r.Fatalf("accept: %v (-want +got):\n%s", err, diff)
	}
	m.waiting = append(m.waiting, got...)
}

// anyUpdate is one that waits, or one that does not: 0 when there is none to handle.
func (m *machine) anyUpdate(r *rapid.T) (id storage.InboxID, waits bool) {
	if len(m.waiting) == 0 || rapid.IntRange(0, 4).Draw(r, "handled before") == 0 {
		return 1_000_000, false
	}
	return m.waiting[rapid.IntRange(0, len(m.waiting)-1).Draw(r, "update")].ID, true
}

func (m *machine) tryHandled(r *rapid.T) {
	id, _ := m.anyUpdate(r)
	if err := m.Store.Handled(m.ctx, id); err != nil {
		r.Fatal(err)
	}
	m.forget(id)
}

func (m *machine) forget(id storage.InboxID) {
	m.waiting = slices.DeleteFunc(m.waiting, func(u storage.Update) bool { return u.ID == id })
}

// tryWhole is a turn with everything in it: the update, the press, the session with its screen and its next
// buttons, and the order. It is one: a single part that is refused leaves all of it undone.
func (m *machine) tryWhole(r *rapid.T) {
	by := anyAgent(r)
	chat := storage.ChatID(by)
	inbox, waits := m.anyUpdate(r)
	pressed := m.newKeyboard(by)
	there := rapid.IntRange(0, 4).Draw(r, "buttons are there") > 0
	if there {
		m.mustTurn(storage.Turn{Actor: by, Keyboards: []storage.Keyboard{pressed}})
		m.presses[pressed.ID] = by
	}
	next := m.newKeyboard(by)
	ahead := rapid.SampledFrom([]uint64{0, 0, 0, 1}).Draw(r, "ahead")
	taka := rapid.Int64Range(1, 60).Draw(r, "taka")
	order := newOrder(by, taka)
	order.Limits = storage.Limits{PerOrder: bdt(50), PerDay: bdt(120)}
	var want error
	switch {
	case !waits:
		want = storage.ErrHandled
	case !there:
		want = storage.ErrPressed
	case ahead != 0:
		want = storage.ErrConflict
	case taka > 50:
		want = storage.ErrPerOrder
	case m.sums[by]+taka > 120:
		want = storage.ErrPerDay
	}
	result, err := m.turn(storage.Turn{
		Actor: by, Inbox: inbox, Press: pressed.ID, Order: order, Keyboards: []storage.Keyboard{next},
		Session: &storage.Session{Chat: chat, Person: by, Version: m.sessions[chat] + ahead, Keyboard: next.ID},
		Notices: []storage.Notice{{Chat: chat, Kind: storage.NoticeScreen, Created: m.now}},
	})
	if !verdict(r, "whole turn", err, want) {
		return
	}
	m.forget(inbox)
	delete(m.presses, pressed.ID)
	delete(m.presses, m.under[chat])
	m.presses[next.ID], m.under[chat] = by, next.ID
	m.sessions[chat]++
	m.sums[by] += taka
	m.jobs[result.Job.ID] = *result.Job
	m.owe(owedNotice{Chat: chat, Kind: storage.NoticeCard, Job: result.Job.ID, State: storage.Queued})
	m.owe(owedNotice{Chat: chat, Kind: storage.NoticeScreen})
}

func (m *machine) tryOwe(r *rapid.T) {
	n := storage.Notice{Chat: -5, Kind: storage.NoticeMessage, Created: m.now}
	if rapid.Bool().Draw(r, "by a watcher") {
		name := rapid.SampledFrom([]string{"float/a", "float/b"}).Draw(r, "memo")
		m.memos[name] = rapid.StringN(0, 5, -1).Draw(r, "value")
		m.must(m.Store.SetMemo(m.ctx, name, []byte(m.memos[name]), n))
	} else {
		m.must(m.Store.Owe(m.ctx, n))
	}
	m.owe(owedNotice{Chat: n.Chat, Kind: n.Kind})
}

// restart opens the store again, as a start does: what was in Sending is Unknown.
func (m *machine) restart(r *rapid.T) {
	m.reopen()
	sending := 0
	for _, j := range m.jobs {
		if j.State == storage.Sending {
			sending++
		}
	}
	n, err := m.Store.RecoverSending(m.ctx, m.now)
	if err != nil || n != sending {
		r.Fatalf("%d of %d jobs in sending were recovered: %v", n, sending, err)
	}
	type found struct {
		storage.Job
		notice storage.NoticeID
	}
	var recovered []found
	for id, was := range m.jobs {
		if was.State != storage.Sending {
			continue
		}
		j := m.job(id)
		if j.State != storage.Unknown || j.Version != was.Version+1 || !j.Due.Equal(m.now) {
			r.Fatalf("%s is %s at version %d after %d, due %v", id, j.State, j.Version, was.Version, j.Due)
		}
		m.jobs[id] = j
		recovered = append(recovered, found{Job: j})
	}
	for i, f := range recovered { // their order is that of the due times, which the notices tell
		for _, n := range m.pending() {
			if n.Kind == storage.NoticeCard && n.Job == f.ID {
				recovered[i].notice = n.ID
			}
		}
	}
	slices.SortFunc(recovered, func(a, b found) int { return int(a.notice) - int(b.notice) })
	for _, f := range recovered {
		m.owe(owedNotice{Chat: f.Chat, Kind: storage.NoticeCard, Job: f.ID, State: storage.Unknown})
	}
}

// compareLetters looks at what this part predicts.
func (m *machine) compareLetters(r *rapid.T) {
	waiting, err := m.Store.Waiting(m.ctx)
	if diff := cmp.Diff(m.waiting, waiting, cmpopts.EquateEmpty()); err != nil || diff != "" {
		r.Fatalf("waiting: %v (-want +got):\n%s", err, diff)
	}
	for name, want := range m.memos {
		if got, err := m.Store.Memo(m.ctx, name); err != nil || string(got) != want {
			r.Fatalf("memo %s is %q, %v, the model says %q", name, got, err, want)
		}
	}
}
