package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// accept stores what concerns somebody and was not seen before. When it returns nil the batch is on the
// disk, or is not worth it, and may be confirmed by asking for next.
func (b *Bot) accept(ctx context.Context, raws []json.RawMessage, now time.Time) (arrivals []arrival, next int64, err error) {
	var fresh []storage.Update
	decoded, crowd := map[int64]update{}, b.gate.crowd(raws, now)
	for i, raw := range raws {
		away, err := crowd.turnsAway(ctx, i)
		if err != nil {
			return nil, 0, err
		}
		if away {
			next = crowd.seen[i].update + 1
			b.config.Seen("gated")
			continue
		}
		id, err := updateID(raw)
		if err != nil {
			b.config.Seen("dropped")
			continue // it cannot even be confirmed
		}
		next = id + 1 // not the highest: after a silent week Telegram begins anew at a random number
		u, ok := b.decode(raw, id, now)
		if !ok {
			b.config.Seen("dropped")
			continue
		}
		admitted, err := b.admits(ctx, u, now)
		if err != nil {
			return nil, 0, err
		}
		if !admitted {
			b.config.Seen("gated")
			continue
		}
		u.stranger = u.service == nil && b.gate.stranger(u.input)
		decoded[id] = u
		fresh = append(fresh, storage.Update{UpdateID: id, Raw: raw, Arrived: now})
	}
	if next == 0 {
		return nil, 0, errNoUpdates
	}
	if len(fresh) == 0 {
		return nil, next, nil
	}
	stored, err := b.config.Store.Accept(ctx, fresh...)
	if err != nil {
		return nil, 0, fmt.Errorf("store updates: %w", err)
	}
	for range len(fresh) - len(stored) {
		b.config.Seen("again")
	}
	for _, s := range stored {
		u := decoded[s.UpdateID]
		b.config.Seen(u.kind())
		arrivals = append(arrivals, arrival{s.ID, u})
	}
	return arrivals, next, nil
}

// resumePage is how many stored updates are read at once.
const resumePage = 500

// resume queues what an earlier life of the process stored and did not handle, before anything new. It
// reads page by page, so that a hundred thousand of them need no more memory than the lanes' few bytes each.
func (b *Bot) resume(ctx context.Context) error {
	for from := storage.InboxID(0); ctx.Err() == nil; {
		page, err := b.config.Store.WaitingFrom(ctx, from, resumePage)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read waiting updates: %w", err)
		}
		var void []storage.InboxID
		for _, w := range page {
			from = w.ID + 1
			u, ok := b.decode(w.Raw, w.UpdateID, w.Arrived)
			if !ok {
				void = append(void, w.ID)
				continue
			}
			b.lanes.add(arrival{w.ID, u})
		}
		if len(void) > 0 {
			if err := b.config.Store.Handled(b.work, void...); err != nil {
				return fmt.Errorf("forget updates that concern nobody: %w", err)
			}
		}
		if len(page) < resumePage {
			return nil
		}
	}
	return nil
}

// load reads an update again that the lanes have kept the number of. One that is gone was handled.
func (b *Bot) load(id storage.InboxID) (arrival, bool) {
	found, err := b.config.Store.WaitingFrom(b.work, id, 1)
	if err != nil {
		b.lanes.stop() // or the next one of the chat would come before this one
		b.halt(fmt.Errorf("read a waiting update: %w", err))
		return arrival{}, false
	}
	if len(found) == 0 || found[0].ID != id {
		return arrival{}, false
	}
	u, ok := b.decode(found[0].Raw, found[0].UpdateID, found[0].Arrived)
	return arrival{id, u}, ok
}

// decode reports whether the update is for somebody. A panic in reading it is as good as a no.
func (b *Bot) decode(raw []byte, id int64, at time.Time) (u update, ok bool) {
	defer func() {
		if r := recover(); r != nil {
			b.log.Error("an update made its reader panic and was dropped", "update", id, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			u, ok = update{}, false
		}
	}()
	u, err := decode(raw, b.me, at)
	if err != nil && !errors.Is(err, errNobody) {
		b.log.Warn("an update cannot be read and was dropped", "update", id, "cause", b.api.scrub(err.Error()))
	}
	return u, err == nil
}

// tries is how often an update may panic before it is given up.
const tries = 2

// handle is the work of a lane: one update, to its end.
func (b *Bot) handle(chat storage.ChatID, a arrival) {
	defer b.turns.take(b.work, chat, a.stranger)()
	var answer flows.Answer
	var err error
	for n := 1; ; n++ {
		panicked := false
		if answer, panicked, err = b.attempt(a); !panicked {
			break
		}
		if n == tries {
			answer, err = b.setAside(a)
			break
		}
	}
	if err != nil && b.work.Err() != nil {
		return // we are stopping; the update waits in the inbox
	}
	if err != nil {
		b.lanes.stop() // or the next one of the chat would be handled before this one
		answer = flows.Answer{Text: b.sorry(a).String(), Alert: true}
	}
	if a.query != "" {
		// At best: a press that is too old, or was answered in an earlier life, is told nothing.
		if err := b.outbox.answer(b.work, a.query, answer.Text, answer.Alert); err != nil && outcomeOf(err) != outcomeStale {
			b.log.Warn("a press was not answered", "update", a.input.Update, "cause", err)
		}
	}
	if err != nil {
		b.halt(fmt.Errorf("handle update %d: %w", a.input.Update, err))
	}
}

func (b *Bot) attempt(a arrival) (answer flows.Answer, panicked bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			panicked = true
			b.log.Error("handling an update panicked", "update", a.input.Update, "panic", b.api.scrub(fmt.Sprint(r)), "stack", string(debug.Stack()))
		}
	}()
	if a.service != nil {
		return flows.Answer{}, false, b.note(a)
	}
	answer, err = b.config.Handler.Handle(b.work, a.inbox, a.input)
	return answer, false, err
}

// setAside takes an update off the inbox that panics again and again, and tells its sender.
func (b *Bot) setAside(a arrival) (flows.Answer, error) {
	sorry := b.sorry(a)
	if a.input.ChatKind == flows.PrivateChat && a.query == "" {
		body, err := json.Marshal(flows.Message{Text: sorry})
		if err != nil {
			return flows.Answer{}, fmt.Errorf("write an apology: %w", err)
		}
		n := storage.Notice{
			Chat: a.input.Chat, Person: a.input.From.ID, Topic: a.input.Topic, Kind: storage.NoticeMessage, Body: body, Created: time.Now(),
		}
		if err := b.config.Store.Owe(b.work, n); err != nil {
			return flows.Answer{}, fmt.Errorf("owe an apology: %w", err)
		}
	}
	if err := b.config.Store.Handled(b.work, a.inbox); err != nil {
		return flows.Answer{}, fmt.Errorf("set an update aside: %w", err)
	}
	return flows.Answer{Text: sorry.String(), Alert: true}, nil
}

// sorry is the apology in the sender's language, as well as it can be known.
func (b *Bot) sorry(a arrival) text.Rich {
	language := b.config.Language
	if p, err := b.config.Store.Person(b.work, a.input.From.ID); err == nil && p.Language != "" {
		language = p.Language
	}
	return b.config.Catalogue.In(language).Say(text.BotSorry, nil)
}

// kind is the update's label in the metrics.
func (u update) kind() string {
	switch {
	case u.service != nil:
		return "service"
	case u.query != "":
		return "callback_query"
	}
	return "message"
}
