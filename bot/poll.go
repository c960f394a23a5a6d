package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	minPollWait   = 100 * time.Millisecond // after the first error
	maxPollWait   = 5 * time.Second        // after many
	conflictWait  = 2 * time.Second        // after somebody else's poll has ended ours
	conflictLimit = time.Minute            // how long somebody else may poll with our token before we give up
	hookAgain     = time.Hour              // a webhook that comes back sooner than this is somebody's who wants it
	batch         = 100
)

// poller is the state of the poll between its rounds.
type poller struct {
	offset   int64 // what to ask for next, which confirms what is below; 0 = whatever is unconfirmed
	polled   bool  // once with success
	failures int
	unhooked time.Time // when a webhook was removed last
	dispute
}

// dispute is with somebody else who polls with our token. Two who take turns both succeed now and then, so
// it is over only when nobody has ended a poll of ours for a while.
type dispute struct{ since, last time.Time }

func (d *dispute) open(now time.Time) bool {
	return !d.last.IsZero() && now.Sub(d.last) < conflictLimit
}

// receive takes updates until stop ends. It returns nil then, and otherwise why it cannot go on.
func (b *Bot) receive(stop context.Context) error {
	if b.door != nil {
		return b.serve(stop)
	}
	var p poller
	if err := b.ready(stop, &p); err != nil {
		return err
	}
	for stop.Err() == nil {
		b.lanes.wait(stop)
		if err := b.round(stop, &p); err != nil {
			return err
		}
	}
	return nil
}

// ready does what comes before any update: to know our name, and to take up what waits.
func (b *Bot) ready(stop context.Context, p *poller) error {
	if err := b.introduce(stop, p); err != nil || stop.Err() != nil {
		return err
	}
	return b.resume(stop)
}

// introduce learns our username, without which a group's commands cannot be told from another bot's.
func (b *Bot) introduce(stop context.Context, p *poller) error {
	for stop.Err() == nil {
		me, err := attend(stop, b, "getMe", sendTimeout, b.api.me)
		if err == nil {
			b.me, p.failures = me, 0
			return nil
		}
		if err := b.cope(stop, p, err); err != nil {
			return err
		}
	}
	return nil
}

// round polls once. While things are not well the poll is not held, so that recovery is seen at once.
func (b *Bot) round(stop context.Context, p *poller) error {
	request := pollRequest{Offset: p.offset, Limit: batch, Timeout: int(b.config.PollTimeout.Seconds()), Allowed: allowedUpdates()}
	if p.failures > 0 || !p.polled {
		request.Timeout = 0
	}
	began, before := time.Now(), p.offset
	raws, err := attend(stop, b, "getUpdates", time.Duration(request.Timeout)*time.Second+sendTimeout, func(ctx context.Context) ([]json.RawMessage, error) {
		return b.api.updates(ctx, request)
	})
	if stop.Err() != nil {
		return nil
	}
	if err == nil && len(raws) > 0 {
		var next int64
		if next, err = b.take(stop, raws); err == nil {
			p.offset = next
		} else if !errors.Is(err, errNoUpdates) {
			return err
		}
	}
	if err != nil {
		return b.cope(stop, p, err)
	}
	if p.failures > 0 {
		b.log.Info("telegram answers again", "failures", p.failures)
	}
	p.failures, p.polled = 0, true
	if now := time.Now(); !p.open(now) {
		b.health.success(now)
	}
	if quick := time.Since(began) < minPollWait; quick && (len(raws) == 0 && request.Timeout > 0 || len(raws) > 0 && p.offset == before) {
		sleep(stop, minPollWait) // a server that holds no polls, or confirms nothing, shall not be asked in a tight loop
	}
	return nil
}

// cope waits after an error for as long as the error asks for. It returns what nothing can be done about.
func (b *Bot) cope(stop context.Context, p *poller, err error) error {
	if stop.Err() != nil {
		return nil
	}
	p.failures++
	why := err
	b.health.trouble(time.Now(), err)
	b.api.client.http.CloseIdleConnections() // those that are left may be dead as well
	wait := b.config.backoff(p.failures, minPollWait, maxPollWait)
	var call *callError
	if errors.Is(err, errHanging) {
		return err
	}
	if errors.As(err, &call) {
		switch call.outcome {
		case outcomeUnauthorized:
			return fmt.Errorf("telegram does not know the bot token; was it revoked or mistyped? (%w)", err)
		case outcomeConflict:
			if wait, err = b.conflict(stop, p, call); err != nil {
				return err
			}
		case outcomeFlood:
			wait = call.retryAfter
		}
	}
	if p.failures&(p.failures-1) == 0 { // the 1st, 2nd, 4th, 8th, …
		b.log.Warn(b.health.trying, "failures", p.failures, "wait", wait.String(), "cause", why)
	}
	sleep(stop, wait)
	return nil
}

// conflict handles 409. A webhook is removed once: the configuration says that we poll. Another poller
// may be an earlier life of ours that Telegram has not noticed to be gone, so it gets a minute. Meanwhile
// whoever polls takes what has come, and confirms it with the next poll: nobody handles what the other has.
func (b *Bot) conflict(stop context.Context, p *poller, e *callError) (time.Duration, error) {
	now, hooked := time.Now(), strings.Contains(e.text, "webhook is active")
	if hooked && (p.unhooked.IsZero() || now.Sub(p.unhooked) > hookAgain) {
		b.log.Warn("the bot has a webhook; removing it, as the configuration says that we poll")
		_, err := attend(stop, b, "deleteWebhook", sendTimeout, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, b.api.dropWebhook(ctx)
		})
		if err != nil {
			if stop.Err() == nil {
				b.log.Warn("the webhook was not removed; trying again", "cause", err)
			}
			wait := b.config.backoff(p.failures, minPollWait, maxPollWait)
			if call := new(callError); errors.As(err, &call) {
				wait = max(wait, call.retryAfter)
			}
			return wait, nil
		}
		p.unhooked = now
		return minPollWait, nil
	}
	rival := "another instance polls with the same bot token"
	if hooked {
		rival = "another instance has set a webhook with the same bot token, again"
	}
	if !p.open(now) {
		p.since = now
		b.log.Error(rival+"; stop it, or give this one a token of its own", "giving_up_in", conflictLimit.String())
	}
	p.last = now
	if now.Sub(p.since) >= conflictLimit {
		return 0, fmt.Errorf("%s, for %s now; only one may: stop the other one, or give this one a token of its own (%w)", rival, conflictLimit, e)
	}
	return conflictWait, nil
}

// errNoUpdates marks an answer from which nothing can be confirmed.
var errNoUpdates = errors.New("telegram: getUpdates: no update has a number")

// take makes a batch durable and hands it to the lanes. It returns the offset that confirms it.
func (b *Bot) take(stop context.Context, raws []json.RawMessage) (next int64, err error) {
	arrivals, next, err := b.accept(stop, raws, time.Now())
	if err != nil {
		return 0, err
	}
	for _, a := range arrivals {
		b.lanes.add(a)
	}
	return next, nil
}
