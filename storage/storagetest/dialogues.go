package storagetest

import (
	"encoding/json"
	"fmt"
	"time"

	"rechargebot/storage"
)

func sessionVersions(w *world) {
	chat := storage.ChatID(agent)
	_, err := w.Store.Session(w.ctx, chat)
	w.refused(err, storage.ErrNotFound)
	s := storage.Session{Chat: chat, Person: agent, Flow: "recharge", State: json.RawMessage(`{"step":1}`), Changed: w.now}
	wins := 0
	for _, err := range atOnce(20, func(int) error { _, err := w.turn(storage.Turn{Actor: agent, Session: &s}); return err }) {
		if err == nil {
			wins++
			continue
		}
		w.refused(err, storage.ErrConflict)
	}
	w.equal("first turns that won", wins, 1)
	got, err := w.Store.Session(w.ctx, chat)
	w.must(err)
	want := s
	want.Version = 1
	w.equal("session", got, want)

	// A refused turn changes nothing else either.
	k := w.newKeyboard(agent)
	_, err = w.turn(storage.Turn{Actor: agent, Session: &s, Keyboards: []storage.Keyboard{k}, Order: newOrder(agent, 10)})
	w.refused(err, storage.ErrConflict)
	_, err = w.Store.Keyboard(w.ctx, k.ID)
	w.refused(err, storage.ErrNotFound)
	w.equal("sum", w.spent(agent), int64(0))

	idle := storage.Session{Chat: chat, Person: agent, Version: 1}
	w.mustTurn(storage.Turn{Actor: agent, Session: &idle})
	w.equal("what was given stays the caller's", idle.Version, uint64(1))
	got, err = w.Store.Session(w.ctx, chat)
	w.must(err)
	w.equal("idle session", got, storage.Session{Chat: chat, Person: agent, Version: 2})
}

func keyboardsGo(w *world) {
	gone := func(id storage.KeyboardID, want bool) {
		w.Helper()
		_, err := w.Store.Keyboard(w.ctx, id)
		if want {
			w.refused(err, storage.ErrNotFound)
			return
		}
		w.must(err)
	}
	// Replaced by a later screen of the session.
	chat := storage.ChatID(agent)
	first, second := w.newKeyboard(agent), w.newKeyboard(agent)
	w.mustTurn(storage.Turn{Actor: agent, Session: &storage.Session{Chat: chat, Keyboard: first.ID}, Keyboards: []storage.Keyboard{first}})
	got, err := w.Store.Keyboard(w.ctx, first.ID)
	w.must(err)
	w.equal("keyboard", got, first)
	w.mustTurn(storage.Turn{Actor: agent, Session: &storage.Session{Chat: chat, Version: 1, Keyboard: first.ID}})
	gone(first.ID, false)
	w.mustTurn(storage.Turn{Actor: agent, Session: &storage.Session{Chat: chat, Version: 2, Keyboard: second.ID}, Keyboards: []storage.Keyboard{second}})
	gone(first.ID, true)
	_, err = w.turn(storage.Turn{Actor: agent, Press: first.ID})
	w.refused(err, storage.ErrPressed)

	// Consumed by a press, unless it is for looking; never by somebody else's.
	_, err = w.turn(storage.Turn{Actor: other, Press: second.ID})
	w.refused(err, storage.ErrMayNot)
	w.mustTurn(storage.Turn{Actor: agent, Press: second.ID})
	gone(second.ID, true)
	look := w.newKeyboard(agent)
	look.Keep = true
	w.mustTurn(storage.Turn{Actor: agent, Keyboards: []storage.Keyboard{look}})
	w.mustTurn(storage.Turn{Actor: agent, Press: look.ID})
	gone(look.ID, false)

	// Too old at the time of the turn, swept or not.
	_, err = w.turn(storage.Turn{Now: look.Expires, Actor: agent, Press: look.ID})
	w.refused(err, storage.ErrPressed)
	_, err = w.turn(storage.Turn{Actor: agent, Keyboards: []storage.Keyboard{look}})
	w.refused(err, storage.ErrConflict)

	for i := range 5 {
		k := w.newKeyboard(agent)
		k.Expires = w.now.Add(time.Duration(10+i) * time.Minute)
		w.mustTurn(storage.Turn{Actor: agent, Keyboards: []storage.Keyboard{k}})
	}
	for _, want := range []struct {
		after    time.Duration
		limit, n int
	}{{9, 10, 0}, {11, 0, 0}, {11, 1, 1}, {12, 10, 2}, {60, 10, 3}, {60, 10, 0}} {
		n, err := w.Store.Sweep(w.ctx, w.now.Add(want.after*time.Minute), want.limit)
		w.must(err)
		w.equal(fmt.Sprint("swept ", want), n, want.n)
	}
	gone(look.ID, true)
}
