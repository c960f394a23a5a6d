package storagetest

import (
	"errors"
	"fmt"
	"time"

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

// fillRing accepts and handles as many updates as are remembered.
func (w *world) fillRing(first int64) {
	w.Helper()
	const chunk = 10_000
	for from := first; from < first+storage.SeenUpdates; from += chunk {
		got, err := w.Store.Accept(w.ctx, w.updates(from, chunk)...)
		w.must(err)
		ids := make([]storage.InboxID, len(got))
		for i, u := range got {
			ids[i] = u.ID
		}
		w.must(w.Store.Handled(w.ctx, ids...))
	}
}

func inboxForgets(w *world) {
	w.fillRing(1)
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

// inboxForgetsInTime: Telegram brings no update again after a day, and may count anew from any number after a week.
func inboxForgetsInTime(w *world) {
	accept := func(at time.Time, ids ...int64) (got []int64) {
		w.Helper()
		var updates []storage.Update
		for _, id := range ids {
			updates = append(updates, storage.Update{UpdateID: id, Raw: fmt.Appendf(nil, "update %d at %v", id, at), Arrived: at})
		}
		accepted, err := w.Store.Accept(w.ctx, updates...)
		w.must(err)
		for _, u := range accepted {
			got = append(got, u.UpdateID)
		}
		return got
	}
	day := 24 * time.Hour
	w.equal("at first", accept(w.now, 50, 51, 52), []int64{50, 51, 52})
	w.equal("brought again", accept(w.now.Add(day), 50, 51, 52), []int64(nil))
	w.equal("brought again by a clock that was put back", accept(w.now.Add(-9*day), 50, 51, 52), []int64(nil))
	w.equal("almost forgotten", accept(w.now.Add(storage.SeenFor-time.Second), 51), []int64(nil))
	week := w.now.Add(7 * day)
	w.equal("counted anew, twice in one answer", accept(week, 51, 49, 51), []int64{51, 49})
	w.reopen()
	w.equal("brought again after that", accept(week.Add(day), 51, 49), []int64(nil))
	w.equal("counted on", accept(week.Add(day), 52, 53), []int64{52, 53})
	w.equal("counted anew once more", accept(week.Add(7*day), 51), []int64{51})
	waiting, err := w.Store.Waiting(w.ctx)
	w.must(err)
	w.equal("waiting", len(waiting), 8)
	w.equal("the first and the last of one number", []any{string(waiting[1].Raw), waiting[7].UpdateID}, []any{fmt.Sprintf("update 51 at %v", w.now), int64(51)})
	w.fillRing(1000) // the places that were given up are freed as others are
	w.equal("after very many", accept(week.Add(7*day), 51), []int64{51})
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
