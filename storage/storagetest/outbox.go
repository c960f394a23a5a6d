package storagetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"rechargebot/storage"
)

func body(text string) json.RawMessage { return json.RawMessage(fmt.Sprintf("{%q:%q}", "text", text)) }

func cardsCoalesce(w *world) {
	j := w.order(agent, 10)
	first := w.pending()
	w.equal("owed for the order", len(first), 1)
	j = w.drive(j, storage.Sending)
	second := w.pending()
	w.equal("owed after the move", len(second), 1)
	if second[0].ID <= first[0].ID {
		w.Fatalf("the later card has id %d after %d", second[0].ID, first[0].ID)
	}
	// The first one was on its way all the time. It became the card, and the second one is still owed.
	w.must(w.Store.Sent(w.ctx, first[0], 77))
	w.equal("card", w.job(j.ID).Card, int64(77))
	w.equal("owed", w.pending(), second)
	w.must(w.Store.Sent(w.ctx, second[0], 78)) // an edit, or a platform that answers with another id
	w.equal("card", w.job(j.ID).Card, int64(77))
	w.equal("owed", len(w.pending()), 0)

	// Two jobs do not take each other's place, and neither do pushes.
	w.drive(j, storage.Delivered, storage.Reversed)
	w.order(agent, 10)
	kinds := map[storage.NoticeKind]int{}
	for _, n := range w.pending() {
		kinds[n.Kind]++
	}
	w.equal("owed", kinds, map[storage.NoticeKind]int{storage.NoticeCard: 2, storage.NoticePush: 2})
}

func screensCoalesce(w *world) {
	chat := storage.ChatID(agent)
	screen := func(chat storage.ChatID, text string) storage.Notice {
		return storage.Notice{Chat: chat, Kind: storage.NoticeScreen, Body: body(text), Created: w.now}
	}
	w.mustTurn(storage.Turn{Actor: agent, Session: &storage.Session{Chat: chat, Person: agent}, Notices: []storage.Notice{screen(chat, "one")}})
	first := w.pending()[0]
	w.must(w.Store.Owe(w.ctx, screen(99, "elsewhere")))
	w.mustTurn(storage.Turn{Actor: agent, Notices: []storage.Notice{screen(chat, "two")}})
	owed := w.pending()
	w.equal("owed", []any{len(owed), owed[0].Body, owed[1].Body}, []any{2, body("elsewhere"), body("two")})
	w.must(w.Store.Sent(w.ctx, first, 5))
	session, err := w.Store.Session(w.ctx, chat)
	w.must(err)
	w.equal("card and version", []any{session.Card, session.Version}, []any{int64(5), uint64(1)})
	w.equal("owed", w.pending(), owed)

	// A card that cannot be edited any more is dropped, and the next message takes its place.
	w.must(w.Store.DropCard(w.ctx, owed[1]))
	session, err = w.Store.Session(w.ctx, chat)
	w.must(err)
	w.equal("dropped card", session.Card, int64(0))
	w.must(w.Store.Sent(w.ctx, owed[1], 6))
	session, err = w.Store.Session(w.ctx, chat)
	w.must(err)
	w.equal("card", session.Card, int64(6))
	w.must(w.Store.Sent(w.ctx, owed[0], 7)) // a chat without a session
	w.equal("owed", len(w.pending()), 0)
}

func freshCard(w *world) {
	chat := storage.ChatID(agent)
	screen := storage.Notice{Chat: chat, Kind: storage.NoticeScreen, Body: body("confirm"), Created: w.now}
	commit := func(version uint64, fresh bool) storage.Notice {
		s := &storage.Session{Chat: chat, Person: agent, Version: version, Card: 12345, Flow: "recharge"}
		w.mustTurn(storage.Turn{Actor: agent, Session: s, FreshCard: fresh, Notices: []storage.Notice{screen}})
		return w.pending()[0]
	}
	card := func() int64 {
		s, err := w.Store.Session(w.ctx, chat)
		w.must(err)
		return s.Card
	}
	old := commit(0, false)
	w.equal("a turn gives no card", card(), int64(0))
	w.must(w.Store.Sent(w.ctx, old, 10))
	old = commit(1, false) // edits 10, and is on its way when the dialogue leaves that card
	w.equal("card", card(), int64(10))
	fresh := commit(2, true)
	w.equal("forgotten card", card(), int64(0))
	w.must(w.Store.Sent(w.ctx, old, 10))
	w.equal("a card left behind does not come back", card(), int64(0))
	w.must(w.Store.Sent(w.ctx, fresh, 11))
	w.equal("the fresh card", card(), int64(11))
	w.must(w.Store.DropCard(w.ctx, old))
	w.equal("the fresh card after trouble with the old one", card(), int64(11))
}

func leftScreen(w *world) {
	chat := storage.ChatID(agent)
	screen := func(chat storage.ChatID) storage.Notice {
		return storage.Notice{Chat: chat, Kind: storage.NoticeScreen, Body: body("confirm"), Created: w.now}
	}
	w.mustTurn(storage.Turn{
		Actor: agent, Session: &storage.Session{Chat: chat, Person: agent},
		Notices: []storage.Notice{screen(chat), screen(99), {Chat: chat, Kind: storage.NoticeMessage, Body: body("hello"), Created: w.now}},
	})
	owed := w.pending()
	w.equal("owed", len(owed), 3)
	w.owed(true, owed...)

	// The order takes the card over: what was to be shown on it is over, and nothing else.
	order := newOrder(agent, 10)
	order.Card = 70
	w.mustTurn(storage.Turn{Actor: agent, Session: &storage.Session{Chat: chat, Person: agent, Version: 1}, FreshCard: true, Order: order})
	after := w.pending()
	w.equal("owed after the order", []any{len(after), after[0], after[1], after[2].Kind}, []any{3, owed[1], owed[2], storage.NoticeCard})
	w.owed(false, owed[0])
	w.owed(true, after...)
	w.must(w.Store.Sent(w.ctx, owed[0], 71)) // it was on its way all the time
	s, err := w.Store.Session(w.ctx, chat)
	w.must(err)
	w.equal("card", s.Card, int64(0))
	w.must(w.Store.Sent(w.ctx, owed[1], 5))
	w.owed(false, owed[1], storage.Notice{}, storage.Notice{ID: 999})
	w.reopen()
	w.equal("owed after a restart", w.pending(), after[1:])

	// A screen of the same commit is the next card's.
	w.mustTurn(storage.Turn{Actor: agent, Notices: []storage.Notice{screen(chat)}})
	w.mustTurn(storage.Turn{
		Actor: agent, Session: &storage.Session{Chat: chat, Person: agent, Version: 2}, FreshCard: true, Notices: []storage.Notice{screen(chat)},
	})
	w.equal("owed with a fresh screen", len(w.pending()), 3)
}

func learntCard(w *world) {
	chat := storage.ChatID(agent)
	card := func() int64 {
		s, err := w.Store.Session(w.ctx, chat)
		w.must(err)
		return s.Card
	}
	turn := func(version uint64, learnt int64) {
		w.mustTurn(storage.Turn{
			Actor: agent, Session: &storage.Session{Chat: chat, Person: agent, Version: version}, Card: learnt,
			Notices: []storage.Notice{{Chat: chat, Kind: storage.NoticeScreen, Body: body("one"), Created: w.now}},
		})
	}
	turn(0, 0)
	lost := w.pending()[0]
	turn(1, 10) // a press tells what the platform's answer did not
	w.equal("learnt card", card(), int64(10))
	w.must(w.Store.Sent(w.ctx, lost, 11))
	turn(2, 12)
	w.equal("the card that was learnt first", card(), int64(10))
	_, err := w.turn(storage.Turn{Actor: agent, Card: 10})
	w.refused(err, storage.ErrIllegal)
	_, err = w.turn(storage.Turn{Actor: agent, Session: &storage.Session{Chat: chat, Version: 3}, Card: 10, FreshCard: true})
	w.refused(err, storage.ErrIllegal)
}

func jobCardIsNotVersion(w *world) {
	j := w.drive(w.order(agent, 10), storage.Sending)
	move := w.nextMove(j, storage.Delivered) // read before the card, as a send under way has
	card := w.pending()[0]
	w.must(w.Store.Sent(w.ctx, card, 9))
	j = w.mustMove(move)
	w.equal("card", j.Card, int64(9))
	w.must(w.Store.DropCard(w.ctx, card))
	w.equal("dropped card of a finished job", w.job(j.ID).Card, int64(0))
	w.must(w.Store.Sent(w.ctx, w.pending()[0], 10))
	w.equal("new card of a finished job", w.job(j.ID).Card, int64(10))
	w.must(w.Store.Sent(w.ctx, w.pending()[0], 11)) // the push
	w.equal("a push is no card", w.job(j.ID).Card, int64(10))
}

func noticesInOrder(w *world) {
	for i := range 20 {
		w.must(w.Store.Owe(w.ctx,
			storage.Notice{Chat: -5, Topic: 3, Kind: storage.NoticeMessage, Body: body(fmt.Sprint("alert ", i)), Created: w.now},
			storage.Notice{Chat: 6, Kind: storage.NoticeEdit, Message: 4, Body: body(fmt.Sprint("edit ", i)), Created: w.now}))
	}
	owed := w.pending()
	w.equal("owed", len(owed), 40)
	for i := range 20 {
		w.equal("first chat", owed[2*i].Body, body(fmt.Sprint("alert ", i)))
		w.equal("second chat", owed[2*i+1].Body, body(fmt.Sprint("edit ", i)))
	}
	if !slices.IsSortedFunc(owed, func(a, b storage.Notice) int { return int(a.ID) - int(b.ID) }) {
		w.Fatal("ids are not in order")
	}
	w.equal("owed again until sent", w.pending(), owed)
	w.must(w.Store.Sent(w.ctx, owed[7], 1))
	w.must(w.Store.Sent(w.ctx, owed[7], 1))
	w.reopen()
	w.equal("owed after a restart", w.pending(), slices.Delete(owed, 7, 8))
	w.must(w.Store.Owe(w.ctx, storage.Notice{Chat: 6, Kind: storage.NoticeMessage, Created: w.now}))
	all := w.pending()
	w.equal("ids go on after a restart", all[len(all)-1].ID > all[len(all)-2].ID, true)
}

func owedIsTold(w *world) {
	var mu sync.Mutex
	var told [2][]storage.Notice
	for i := range told {
		w.Store.OnOwed(func(n []storage.Notice) {
			mu.Lock()
			defer mu.Unlock()
			for k := range n {
				kept := n[k]
				kept.Body = slices.Clone(kept.Body)
				told[i] = append(told[i], kept)
				clear(n[k].Body) // each listener's own
			}
		})
	}
	for _, err := range atOnce(30, func(i int) error {
		given := body(fmt.Sprint(i))
		_, err := w.turn(storage.Turn{Actor: agent, Order: newOrder(agent, 10), Notices: []storage.Notice{
			{Chat: -5, Kind: storage.NoticeMessage, Body: given, Created: w.now},
		}})
		if string(given) != string(body(fmt.Sprint(i))) {
			return fmt.Errorf("what was given has become %q", given)
		}
		return err
	}) {
		w.must(err)
	}
	_, err := w.turn(storage.Turn{Actor: stranger, Order: newOrder(stranger, 10), Notices: []storage.Notice{
		{Chat: -5, Kind: storage.NoticeMessage, Created: w.now},
	}})
	w.refused(err, storage.ErrMayNot)
	w.must(w.Store.SetMemo(w.ctx, "float", nil, storage.Notice{Chat: -5, Kind: storage.NoticeMessage, Created: w.now}))
	mu.Lock()
	defer mu.Unlock()
	for i := range told {
		w.equal("told", told[i], w.pending())
	}
}

func cardsAbout(w *world) {
	about := func(message int64) {
		w.must(w.Store.Owe(w.ctx, storage.Notice{Chat: storage.ChatID(owner), Kind: storage.NoticeMessage, About: stranger, Created: w.now}))
		n := w.pending()[0]
		w.must(w.Store.Sent(w.ctx, n, message))
		w.must(w.Store.Sent(w.ctx, n, message)) // told twice, kept once
	}
	about(0) // refused for good: no message
	var want []storage.CardRef
	for i := range int64(40) {
		about(i + 1)
		want = append(want, storage.CardRef{Chat: storage.ChatID(owner), Message: i + 1})
	}
	cards, err := w.Store.CardsAbout(w.ctx, stranger)
	w.must(err)
	w.equal("cards", cards, want[8:])
	none, err := w.Store.CardsAbout(w.ctx, other)
	w.must(err)
	w.equal("cards about somebody else", len(none), 0)
	w.mustTurn(storage.Turn{Actor: owner, ForgetCards: stranger})
	cards, err = w.Store.CardsAbout(w.ctx, stranger)
	w.must(err)
	w.equal("cards after they were forgotten", len(cards), 0)
}
