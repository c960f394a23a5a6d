package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	tg "github.com/go-telegram/bot"

	"rechargebot/storage"
)

// outcome is what a call that did not go well means for us; also a label of the metrics.
type outcome string

const (
	outcomeTemporary    outcome = "temporary"    // try again later: network, 5xx, no time, or anything unheard of
	outcomeFlood        outcome = "flood"        // 429: try again after retryAfter
	outcomeMigrated     outcome = "migrated"     // the group has become a supergroup: try again there
	outcomeUnchanged    outcome = "unchanged"    // the message looks like that already
	outcomeLost         outcome = "lost"         // the message cannot be edited any more
	outcomeEntities     outcome = "entities"     // the markup was not understood: say it plainly
	outcomeTopic        outcome = "topic"        // the group's topic is gone
	outcomeRefused      outcome = "refused"      // another 400: something about the message itself
	outcomeShut         outcome = "shut"         // the chat is closed to us for good
	outcomeStale        outcome = "stale"        // the press is too old to be answered
	outcomeUnauthorized outcome = "unauthorized" // the token is wrong or was revoked
	outcomeConflict     outcome = "conflict"     // somebody else polls, or there is a webhook
)

// mostRetry bounds what a 429 asks for, in seconds. It is obeyed to the second, but what would keep the bot silent for
// more than a day is asked about again: a pause outlives the process, and nobody could end it.
const mostRetry = 24 * 60 * 60

// callError is a call to the Bot API that failed. It wraps nothing, so that nothing can leak out of it.
type callError struct {
	method     string
	outcome    outcome
	text       string // scrubbed and cut
	silent     bool   // no answer came until the call's deadline
	retryAfter time.Duration
	migratedTo storage.ChatID
}

func (e *callError) Error() string { return fmt.Sprintf("telegram: %s: %s", e.method, e.text) }

// outcomeOf is "" for nil, temporary for an error that is not a call's.
func outcomeOf(err error) outcome {
	var e *callError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.outcome
	}
	return outcomeTemporary
}

// classify reads the library's error. 429 and migration do not answer to errors.Is, nor their helpers
// to wrapped errors: only the struct types can be trusted (measured, go-telegram/bot 1.19.0).
func classify(method string, err error) *callError {
	e := &callError{method: method, outcome: outcomeTemporary, text: err.Error()}
	var flood *tg.TooManyRequestsError
	var migrated *tg.MigrateError
	switch {
	case errors.As(err, &flood):
		e.outcome, e.retryAfter = outcomeFlood, time.Duration(min(max(flood.RetryAfter, 1), mostRetry))*time.Second
	case errors.As(err, &migrated):
		e.outcome, e.migratedTo = outcomeMigrated, storage.ChatID(migrated.MigrateToChatID)
	case errors.Is(err, tg.ErrorForbidden):
		e.outcome = outcomeShut
	case errors.Is(err, tg.ErrorUnauthorized), errors.Is(err, tg.ErrorNotFound):
		e.outcome = outcomeUnauthorized
	case errors.Is(err, tg.ErrorConflict):
		e.outcome = outcomeConflict
	case errors.Is(err, tg.ErrorBadRequest):
		e.outcome = badRequest(e.text)
	case errors.Is(err, context.DeadlineExceeded):
		e.text, e.silent = "no answer in time", true
	case garbled(err):
		e.text = "the answer cannot be read"
	}
	return e
}

// garbled reports whether there was an answer and it was not JSON, or none of the shape that it should have. The
// library quotes it, and an answer repeats what was sent: names, numbers, sums.
func garbled(err error) bool {
	return errors.As(err, new(*json.SyntaxError)) || errors.As(err, new(*json.UnmarshalTypeError))
}

// badRequest tells the 400s apart, which have nothing but their description. The sentences are those of
// Telegram's own server (telegram-bot-api, Client.cpp) and of field reports.
func badRequest(description string) outcome {
	s := strings.ToLower(description)
	for _, known := range []struct {
		outcome outcome
		words   []string
	}{
		{outcomeUnchanged, []string{"message is not modified"}},
		{outcomeEntities, []string{"can't parse entities"}},
		{outcomeLost, []string{"message to edit not found", "message can't be edited", "message_id_invalid", "message identifier is not specified"}},
		{outcomeTopic, []string{"message thread not found", "topic_closed", "topic_deleted", "topic_id_invalid"}},
		{outcomeStale, []string{"query is too old", "query_id_invalid"}},
		{outcomeShut, []string{"chat not found", "user not found", "peer_id_invalid", "chat_write_forbidden", "user_is_blocked",
			"have no rights", "not enough rights", "need administrator rights", "group chat was deactivated"}},
	} {
		for _, w := range known.words {
			if strings.Contains(s, w) {
				return known.outcome
			}
		}
	}
	return outcomeRefused
}
