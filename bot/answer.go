package bot

import (
	"context"
	"errors"
	"time"
)

const (
	// answerPause is how long a press waits, in all, for the end of pauses that Telegram asks for. What would have to
	// wait longer is not answered: the button stops spinning by itself, and a call would only prolong the pause.
	answerPause = 3 * time.Second
	answerAgain = 300 * time.Millisecond // after a call that got lost
	answerTries = 3                      // of those, while they fail at once
)

// answer stops the spinning of a pressed button. It counts in no limit (levlam, tdlib/telegram-bot-api
// issue 648) and waits for nothing but a pause, and a moment when the call got lost: the chat's lane waits with it.
func (o *outbox) answer(ctx context.Context, query, text string, alert bool) error {
	began := time.Now()
	for try := 1; ; {
		left := answerPause - time.Since(began)
		if d := o.calls.pausedAll(); d > left || d > 0 && !sleep(ctx, d) {
			return &callError{method: "answerCallbackQuery", outcome: outcomeFlood, text: "not answered: telegram asked us to slow down", retryAfter: d}
		}
		err := o.api.answer(ctx, query, text, alert)
		var call *callError
		switch {
		case !errors.As(err, &call):
			return err
		case call.outcome == outcomeFlood:
			o.calls.pauseAll(call.retryAfter)
			o.keepPauses()
		case call.outcome == outcomeTemporary && try < answerTries && time.Since(began) < answerPause && sleep(ctx, answerAgain):
			try++
		default:
			return err
		}
	}
}

// background makes a call that nobody waits for and that is about no chat, a menu's for instance, when
// nothing else wants to be sent, and again after a pause that Telegram asks for. It returns what the call
// returned, or ctx's error.
func (o *outbox) background(ctx context.Context, call func(context.Context) error) error {
	for {
		t := o.calls.ask(0, classBackground)
		if !o.calls.wait(ctx, t) {
			return ctx.Err()
		}
		err := call(ctx)
		o.calls.came(t, err)
		o.calls.done()
		var e *callError
		if !errors.As(err, &e) || e.outcome != outcomeFlood {
			return err
		}
		o.calls.pauseAll(e.retryAfter)
		o.keepPauses()
	}
}

// observe notes with each call whether Telegram is there, and tells whoever counts calls.
func (o *outbox) observe(method, result string) {
	if result != string(outcomeTemporary) {
		o.calls.answered()
	}
	if o.config.Observe != nil {
		o.config.Observe(method, result)
	}
}
