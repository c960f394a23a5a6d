package bot

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"rechargebot/storage"
)

// How fast we send. Telegram publishes no exact limits (its FAQ: one message a second in a chat, short
// bursts tolerated; 20 a minute in a group; about 30 a second in all), so these only keep us out of
// trouble, and a 429 is obeyed to the second.
const (
	allRate      = 30 // a second
	allBurst     = 5
	privateRate  = 1 // a second
	privateBurst = 5
	groupEvery   = 3 * time.Second
	groupBurst   = 5
)

// pace says when the next message to a chat may leave. It remembers only chats that were sent to lately.
type pace struct {
	all *rate.Limiter

	mu       sync.Mutex
	chats    map[storage.ChatID]*chatPace
	sweepAt  int       // the number of chats at which the idle ones are forgotten
	allUntil time.Time // nothing at all before this
}

type chatPace struct {
	limiter *rate.Limiter
	until   time.Time // nothing to this chat before this
}

func newPace() *pace {
	return &pace{all: rate.NewLimiter(allRate, allBurst), chats: map[storage.ChatID]*chatPace{}, sweepAt: minSweep}
}

// wait returns when a message may leave for the chat; false when ctx ended before.
func (p *pace) wait(ctx context.Context, chat storage.ChatID) bool {
	if p.of(chat).limiter.Wait(ctx) != nil || p.all.Wait(ctx) != nil {
		return false
	}
	for {
		d := p.pausedFor(chat)
		if d <= 0 {
			return ctx.Err() == nil
		}
		if !sleep(ctx, d) {
			return false
		}
	}
}

// pause obeys a 429. Telegram does not say which limit was hit: when what we allow ourselves for all
// chats is used up it may well be that one, and then everybody waits.
func (p *pace) pause(chat storage.ChatID, d time.Duration) {
	now := time.Now()
	c := p.of(chat)
	everybody := p.all.TokensAt(now) < 1
	p.mu.Lock()
	defer p.mu.Unlock()
	c.until = now.Add(d)
	if everybody && c.until.After(p.allUntil) {
		p.allUntil = c.until
	}
}

func (p *pace) pausedFor(chat storage.ChatID) time.Duration {
	c := p.of(chat)
	p.mu.Lock()
	defer p.mu.Unlock()
	until := p.allUntil
	if c.until.After(until) {
		until = c.until
	}
	return time.Until(until)
}

const minSweep = 256

func (p *pace) of(chat storage.ChatID) *chatPace {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.chats[chat]; c != nil {
		return c
	}
	if len(p.chats) >= p.sweepAt {
		p.sweep(time.Now())
	}
	c := &chatPace{limiter: rate.NewLimiter(privateRate, privateBurst)}
	if chat < 0 { // groups have negative ids
		c.limiter = rate.NewLimiter(rate.Every(groupEvery), groupBurst)
	}
	p.chats[chat] = c
	return c
}

// sweep forgets the chats whose full burst has come back: a new limiter says the same.
func (p *pace) sweep(now time.Time) {
	for chat, c := range p.chats {
		if c.limiter.TokensAt(now) >= float64(c.limiter.Burst()) && now.After(c.until) {
			delete(p.chats, chat)
		}
	}
	p.sweepAt = max(minSweep, 2*len(p.chats))
}
