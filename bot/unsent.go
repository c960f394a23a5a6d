package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rechargebot/storage"
)

// failed decides what becomes of a notice that could not be sent.
func (o *outbox) failed(it *item, target int64, err error) *again {
	var call *callError
	switch {
	case errors.As(err, &call):
		return o.failedCall(it, target, call)
	case errors.Is(err, storage.ErrNotFound): // what it is about is gone
		return o.refuse(it, err)
	case errors.Is(err, errUnsaid) && !errors.Is(err, storage.ErrBroken):
		if it.tries++; it.tries == 1 {
			o.log.Error("a notice cannot be composed; it stays owed", "notice", it.ID, "kind", it.Kind, "cause", err)
		}
		return &again{after: o.config.backoff(it.tries, time.Second, 5*time.Minute)}
	}
	o.halt(fmt.Errorf("send a notice: %w", err))
	return &again{}
}

func (o *outbox) failedCall(it *item, target int64, e *callError) *again {
	switch e.outcome {
	case outcomeFlood:
		all := o.calls.pause(o.moves.address(it.Chat), e.retryAfter)
		o.keepPauses()
		o.log.Warn("telegram asks us to slow down", "chat", masked(it.Chat), "seconds", int(e.retryAfter.Seconds()), "everybody", all)
		return &again{after: e.retryAfter, holds: true}
	case outcomeShut, outcomeRefused, outcomeEntities, outcomeTopic, outcomeLost:
		return o.refuse(it, e)
	}
	first, most := 500*time.Millisecond, 30*time.Second
	if it.Kind == storage.NoticeFile { // too heavy to say anything about Telegram
		first, most = fileFirst, fileMost
	} else {
		o.calls.unanswered(o.moves.address(it.Chat))
	}
	if e.silent {
		it.unheard++
	}
	it.tries++
	if it.tries == 1 || it.tries%16 == 0 {
		o.log.Warn("a notice waits for telegram", "notice", it.ID, "kind", it.Kind, "chat", masked(it.Chat), "tries", it.tries, "cause", e)
	}
	return &again{after: o.config.backoff(it.tries, first, most), holds: target == 0}
}

// backoff doubles from first to most, a fifth more or less each time so that chats do not come back all at once.
func (c Config) backoff(tries int, first, most time.Duration) time.Duration {
	d := most
	if shift := tries - 1; shift < 16 {
		d = min(first<<shift, most)
	}
	return d - d/5 + c.Spread(2*d/5+1)
}

// refuse gives a notice up: nobody can be told this way any more. What is owed instead is committed with it.
func (o *outbox) refuse(it *item, cause error) *again {
	shut := closes(it.Notice, outcomeOf(cause))
	first := shut && o.refusedBy(it.Chat)
	o.log.Warn("a notice was refused for good", "notice", it.ID, "kind", it.Kind, "chat", masked(it.Chat), "job", it.Job, "cause", cause)
	return o.giveUp(it, shut, first)
}

// closes reports whether a refusal says that its chat is closed to us. A group's does whatever reason it gives: even
// the bare words were refused there, and those whom they concern can be told elsewhere.
func closes(n storage.Notice, why outcome) bool {
	bare := n.Person == 0 && n.Chat < 0 && n.Kind == storage.NoticeMessage
	return why == outcomeShut || bare && why != outcomeTemporary
}

// giveUp forgets a notice. Its time is that of the try, or of the one that has told: whoever is heard of after that has
// opened the chat again, and it is tried once more.
func (o *outbox) giveUp(it *item, shut, first bool) *again {
	var at time.Time
	if shut && it.Person != 0 {
		at = it.began
	}
	var instead []storage.Notice
	if o.config.Untold != nil {
		instead = o.config.Untold(it.Notice, shut, first)
	}
	err := o.store.Undeliverable(context.WithoutCancel(o.work), it.Notice, at, instead...)
	if errors.Is(err, storage.ErrConflict) { // he was heard of during the try
		return &again{after: heardPause, holds: true}
	}
	if err != nil {
		o.halt(fmt.Errorf("record a notice that was given up: %w", err))
	}
	return nil
}

// masked is an id for the log: enough to tell two apart, too little to look somebody up.
func masked(chat storage.ChatID) string {
	n, sign := int64(chat), ""
	if n < 0 {
		n, sign = -n, "-"
	}
	return fmt.Sprintf("%s…%03d", sign, n%1000)
}
