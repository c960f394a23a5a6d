package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"time"
	"unicode/utf8"

	"rechargebot/flows"
	"rechargebot/storage"
)

// level is how much of a message Telegram has refused so far: better a bare sentence than none.
type level int

const (
	levelFull  level = iota
	levelPlain       // without markup
	levelBare        // without buttons either
)

var (
	errUnsaid  = errors.New("compose the message") // marks a notice whose message could not be made
	errNotOwed = errors.New("not owed any more")   // forgotten by the store since it was told to us
)

// deliver sends one notice. nil means that it is done with: accepted, or refused for good, and the store
// knows, or not owed any more since it was told to us. A send that timed out may have arrived and is sent again: twice is better than never.
func (o *outbox) deliver(q *queue, it *item) *again {
	it.began = time.Now()
	target, m, err := o.prepare(o.work, it.Notice)
	if err == nil {
		var sent int64
		if sent, err = o.attempt(o.work, q, it, target, m); err == nil {
			return o.finish(it, sent)
		}
	}
	var closed closedError
	switch {
	case o.work.Err() != nil:
		return &again{}
	case errors.Is(err, errNotOwed):
		return nil
	case errors.As(err, &closed):
		it.began = closed.since
		return o.giveUp(it, true, false)
	}
	return o.failed(it, target, err)
}

// prepare reads, at the time of sending, what to say and which message to edit; target 0 means a new one.
func (o *outbox) prepare(ctx context.Context, n storage.Notice) (target int64, m flows.Message, err error) {
	owed, err := o.store.Owed(ctx, n.ID)
	if err != nil {
		return 0, m, err
	}
	if !owed {
		return 0, m, errNotOwed
	}
	if since, err := o.closedSince(ctx, n); err != nil {
		return 0, m, err
	} else if !since.IsZero() {
		return 0, m, closedError{since}
	}
	switch n.Kind {
	case storage.NoticeEdit:
		target = n.Message
	case storage.NoticeScreen:
		s, err := o.store.Session(ctx, n.Chat)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return 0, m, fmt.Errorf("read session: %w", err)
		}
		target = s.Card
	case storage.NoticeCard:
		j, err := o.store.Job(ctx, n.Job)
		if err != nil {
			return 0, m, fmt.Errorf("read job: %w", err)
		}
		target = j.Card
	}
	m, err = o.compose(ctx, n)
	return target, m, err
}

func (o *outbox) compose(ctx context.Context, n storage.Notice) (m flows.Message, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: panic: %v\n%s", errUnsaid, r, debug.Stack())
		}
	}()
	m, err = o.composer.Compose(ctx, n)
	if err != nil {
		return m, fmt.Errorf("%w: %w", errUnsaid, err)
	}
	return m, nil
}

// attempt makes the call, and whatever other calls its refusals ask for. It returns the id of a new message, 0 after an edit.
func (o *outbox) attempt(ctx context.Context, q *queue, it *item, target int64, m flows.Message) (int64, error) {
	for q.call = q.ticket; ; q.call = nil {
		chat := o.moves.address(it.Chat)
		if q.call == nil {
			var err error
			if q.call, err = o.calls.more(ctx, chat); err != nil {
				return 0, err
			}
		}
		sent, err := o.call(ctx, q, it, chat, target, m)
		switch outcome := outcomeOf(err); {
		case outcome == outcomeMigrated:
			if followed, failed := o.migrate(ctx, it, chat, err); failed != nil || !followed {
				return 0, cmp.Or(failed, err)
			}
		case outcome == outcomeTopic && !it.noTopic:
			it.noTopic = true
			o.log.Warn("a topic is gone; its alerts go to the group itself", "chat", masked(it.Chat), "topic", it.Topic)
		case (outcome == outcomeEntities || outcome == outcomeRefused) && it.level < levelBare:
			it.level++
			o.log.Error("telegram refused a message; sending less of it", "notice", it.ID, "kind", it.Kind, "cause", err)
		case outcome == outcomeLost && it.Kind == storage.NoticeEdit:
			return 0, nil // nothing is left to bring up to date
		case target != 0 && (outcome == outcomeLost || outcome == outcomeRefused && it.Kind != storage.NoticeEdit): // unheard of: a new one may do
			it.level = levelFull
			if err := o.store.DropCard(ctx, it.Notice); err != nil {
				return 0, fmt.Errorf("forget a lost card: %w", err)
			}
			target = 0
		default:
			return sent, err
		}
	}
}

// call sends or edits once. Screens and cards follow something that the person did, and make no sound.
func (o *outbox) call(ctx context.Context, q *queue, it *item, chat storage.ChatID, target int64, m flows.Message) (int64, error) {
	out := render(m)
	switch it.level {
	case levelPlain:
		out = renderPlain(m)
	case levelBare:
		out = renderPlain(flows.Message{Text: m.Text})
	}
	topic := it.Topic
	if it.noTopic {
		topic = 0
	}
	if utf8.RuneCountInString(out.text) > longText {
		o.calls.charge(chat)
	}
	if m.File != nil && it.Kind == storage.NoticeFile {
		return o.upload(ctx, it, chat, topic, m)
	}
	if target == 0 {
		silent := it.Kind == storage.NoticeScreen || it.Kind == storage.NoticeCard
		ctx, cancel := it.within(ctx)
		defer cancel()
		sent, err := o.api.send(ctx, chat, topic, out, silent)
		o.calls.came(q.call, err)
		if err == nil {
			q.shows(sent, out)
		}
		return sent, err
	}
	if reflect.DeepEqual(q.shown[target], out) {
		return 0, nil
	}
	delete(q.shown, target) // an edit whose answer is lost may have been made
	err := o.api.edit(ctx, chat, target, out)
	o.calls.came(q.call, err)
	if err == nil {
		q.shows(target, out)
	}
	return 0, err
}

// mostShown bounds what is remembered of one chat's messages: its queue may not be empty for hours.
const mostShown = 64

// shows remembers what a message shows now.
func (q *queue) shows(id int64, m message) {
	if len(q.shown) >= mostShown {
		clear(q.shown)
	}
	q.shown[id] = m
}

// migrate follows a group to its new id, as often as it moved. The answer to a call at the id used has told it.
func (o *outbox) migrate(ctx context.Context, it *item, used storage.ChatID, told error) (followed bool, err error) {
	var e *callError
	if !errors.As(told, &e) || it.moves >= mostMoves {
		return false, nil
	}
	it.moves++
	err = o.move(ctx, used, e.migratedTo)
	return o.moves.address(it.Chat) != used, err
}

// finish tells the store. It does so even while we are stopping: what was accepted and not recorded
// would be said twice. An edit made no new message, so it brings no id.
func (o *outbox) finish(it *item, sent int64) *again {
	o.acceptedBy(it.Chat)
	if err := o.store.Sent(context.WithoutCancel(o.work), it.Notice, sent); err != nil {
		o.halt(fmt.Errorf("record a sent notice: %w", err))
	}
	return nil
}
