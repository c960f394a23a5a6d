package storagetest

import (
	"errors"
	"fmt"

	"rechargebot/storage"
)

func (w *world) updates(from, n int64) []storage.Update {
	out := make([]storage.Update, n)
	for i := range out {
		id := from + int64(i)
		out[i] = storage.Update{UpdateID: id, Raw: fmt.Appendf(nil, "update %d \x00\xff", id), Arrived: w.now}
	}
	return out
}

func inboxDedupes(w *world) {
	first, err := w.Store.Accept(w.ctx, w.updates(100, 3)...)
	w.must(err)
	w.equal("accepted", len(first), 3)
	twice := append(w.updates(101, 3), w.updates(103, 1)...)
	second, err := w.Store.Accept(w.ctx, twice...)
	w.must(err)
	w.equal("accepted of known and doubled ones", len(second), 1)
	w.equal("its number", second[0].UpdateID, int64(103))
	w.must(w.Store.Handled(w.ctx, first[0].ID, second[0].ID, 999))
	w.reopen()
	waiting, err := w.Store.Waiting(w.ctx)
	w.must(err)
	w.equal("waiting", waiting, first[1:])
	for _, page := range []struct {
		from  storage.InboxID
		limit int
		want  []storage.Update
	}{
		{0, 9, first[1:]}, {0, 1, first[1:2]}, {first[1].ID, 9, first[1:]}, {first[1].ID + 1, 9, first[2:]}, {first[2].ID, 1, first[2:]}, {first[2].ID + 1, 9, nil}, {0, 0, nil},
	} {
		got, err := w.Store.WaitingFrom(w.ctx, page.from, page.limit)
		w.must(err)
		w.equal(fmt.Sprintf("waiting from %d, %d at most", page.from, page.limit), got, page.want)
	}
	again, err := w.Store.Accept(w.ctx, w.updates(100, 5)...)
	w.must(err)
	w.equal("accepted after a restart", []any{len(again), again[0].UpdateID}, []any{1, int64(104)})
	if again[0].ID <= second[0].ID {
		w.Fatalf("update %d comes after %d", again[0].ID, second[0].ID)
	}

	// Fifty deliveries of one update at once are one.
	accepted := make([][]storage.Update, 50)
	for _, err := range atOnce(50, func(i int) (err error) {
		accepted[i], err = w.Store.Accept(w.ctx, w.updates(-7, 1)...)
		return err
	}) {
		w.must(err)
	}
	n := 0
	for _, a := range accepted {
		n += len(a)
	}
	w.equal("accepted of fifty", n, 1)
}

func inboxForgets(w *world) {
	const chunk = 10_000
	for from := int64(1); from <= storage.SeenUpdates; from += chunk {
		got, err := w.Store.Accept(w.ctx, w.updates(from, chunk)...)
		w.must(err)
		ids := make([]storage.InboxID, len(got))
		for i, u := range got {
			ids[i] = u.ID
		}
		w.must(w.Store.Handled(w.ctx, ids...))
	}
	accept := func(id int64) int {
		got, err := w.Store.Accept(w.ctx, w.updates(id, 1)...)
		w.must(err)
		return len(got)
	}
	w.equal("the oldest one remembered", accept(1), 0)
	w.equal("one more", accept(storage.SeenUpdates+1), 1)
	w.equal("the oldest one is forgotten", accept(1), 1)
	w.equal("the third oldest one is remembered", accept(3), 0)
}

func memos(w *world) {
	_, err := w.Store.Memo(w.ctx, "float/ecare")
	w.refused(err, storage.ErrNotFound)
	alert := storage.Notice{Chat: -5, Kind: storage.NoticeMessage, Body: body("Low balance"), Created: w.now}
	w.must(w.Store.SetMemo(w.ctx, "float/ecare", []byte("low \x00\xff"), alert))
	w.must(w.Store.SetMemo(w.ctx, "float/bos", []byte{}))
	w.equal("owed", len(w.pending()), 1)
	err = w.Store.SetMemo(w.ctx, "float/ecare", []byte("fine"), storage.Notice{Kind: storage.NoticeMessage})
	w.refused(err, storage.ErrIllegal)
	w.reopen()
	value, err := w.Store.Memo(w.ctx, "float/ecare")
	w.must(err)
	w.equal("memo", string(value), "low \x00\xff")
	value, err = w.Store.Memo(w.ctx, "float/bos")
	if errors.Is(err, storage.ErrNotFound) || len(value) != 0 {
		w.Fatalf("an empty memo is read as %q, %v", value, err)
	}
}
