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
	conflictLimit = time.Minute            // how long somebody else may poll with our token before we give up
	batch         = 100
)

// poller is the state of the poll between its rounds.
type poller struct {
	offset   int64 // what to ask for next, which confirms what is below; 0 = whatever is unconfirmed
	polled   bool  // once with success
	failures int
	conflict time.Time // since when somebody else polls; zero = nobody
	unhooked bool      // a webhook was removed
}

// receive polls until stop ends. It returns nil then, and otherwise why it cannot go on.
func (b *Bot) receive(stop context.Context) error {
	var p poller
	if err := b.introduce(stop, &p); err != nil {
		return err
	}
	if stop.Err() != nil {
		return nil
	}
	if err := b.resume(stop); err != nil {
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

// introduce learns our username, without which a group's commands cannot be told from another bot's.
func (b *Bot) introduce(stop context.Context, p *poller) error {
	for stop.Err() == nil {
		me, err := b.api.me(stop)
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
	began := time.Now()
	raws, err := b.api.updates(stop, request)
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
	p.failures, p.polled, p.conflict = 0, true, time.Time{}
	b.health.success(time.Now())
	if len(raws) == 0 && request.Timeout > 0 && time.Since(began) < minPollWait {
		sleep(stop, minPollWait) // a server that holds no polls shall not be asked in a tight loop
	}
	return nil
}

// cope waits after an error for as long as the error asks for. It returns what nothing can be done about.
func (b *Bot) cope(stop context.Context, p *poller, err error) error {
	if stop.Err() != nil {
		return nil
	}
	p.failures++
	b.health.trouble(err)
	wait := b.config.backoff(p.failures, minPollWait, maxPollWait)
	var call *callError
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
		b.log.Warn("telegram cannot be polled", "failures", p.failures, "wait", wait.String(), "cause", b.health.check(time.Now()))
	}
	sleep(stop, wait)
	return nil
}

// conflict handles 409. A webhook is removed once: the configuration says that we poll. Another poller
// may be an earlier life of ours that Telegram has not noticed to be gone, so it gets a minute.
func (b *Bot) conflict(stop context.Context, p *poller, e *callError) (time.Duration, error) {
	if strings.Contains(e.text, "webhook") && !p.unhooked {
		p.unhooked = true
		b.log.Warn("the bot has a webhook; removing it, as the configuration says that we poll")
		if err := b.api.dropWebhook(stop); err != nil && stop.Err() == nil {
			b.log.Warn("the webhook was not removed", "cause", err)
		}
		return minPollWait, nil
	}
	now := time.Now()
	if p.conflict.IsZero() {
		p.conflict = now
		b.log.Error("another instance polls with the same bot token; stop it, or give this one a token of its own", "giving_up_in", conflictLimit.String())
	}
	if now.Sub(p.conflict) >= conflictLimit {
		return 0, fmt.Errorf("another instance has been polling with the same bot token for %s; only one may (%w)", conflictLimit, e)
	}
	return maxPollWait, nil
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
