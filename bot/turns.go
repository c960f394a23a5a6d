package bot

import (
	"context"
	"sync"
	"time"

	"rechargebot/storage"
)

// turns keeps a chat's handling and its sending out of each other's way: while an input is handled and
// its press answered nothing is sent to that chat, and while something is being sent no input is
// handled. So the answer to a press comes before what it causes, and a press on a message that was just
// sent finds the message's id in the store. It is a courtesy: nobody waits longer than patience, and
// nothing is wrong, only less tidy, when it runs out.
type turns struct {
	mu    sync.Mutex
	chats map[storage.ChatID]*turn
}

type turn struct {
	free      chan struct{} // holds one token while nobody has the turn
	users     int
	handlers  int // of them, inputs that are handled or wait to be
	strangers int // of these, such of people without a role
}

const patience = 600 * time.Millisecond

// take waits for the chat's turn, to handle an input, of somebody without a role maybe, and returns what gives
// it back, which must be called once.
func (t *turns) take(ctx context.Context, chat storage.ChatID, stranger bool) (giveBack func()) {
	strangers := 0
	if stranger {
		strangers = 1
	}
	c := t.enter(chat, 1, strangers)
	taken := c.wait(ctx, patience)
	return func() {
		if taken {
			c.free <- struct{}{}
		}
		t.leave(chat, c, 1, strangers)
	}
}

// try takes the chat's turn, to send something, if nobody has it.
func (t *turns) try(chat storage.ChatID) (giveBack func(), taken bool) {
	c := t.enter(chat, 0, 0)
	select {
	case <-c.free:
		return func() {
			c.free <- struct{}{}
			t.leave(chat, c, 0, 0)
		}, true
	default:
		t.leave(chat, c, 0, 0)
		return nil, false
	}
}

// await waits until nobody has the chat's turn, and takes it not.
func (t *turns) await(ctx context.Context, chat storage.ChatID, most time.Duration) {
	c := t.enter(chat, 0, 0)
	defer t.leave(chat, c, 0, 0)
	if c.wait(ctx, most) {
		c.free <- struct{}{}
	}
}

// handling reports whether an input of the chat is being handled, and whether it is a stranger's alone.
func (t *turns) handling(chat storage.ChatID) (handling, stranger bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.chats[chat]
	if c == nil || c.handlers == 0 {
		return false, false
	}
	return true, c.strangers == c.handlers
}

func (t *turns) enter(chat storage.ChatID, handlers, strangers int) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.chats == nil {
		t.chats = map[storage.ChatID]*turn{}
	}
	c := t.chats[chat]
	if c == nil {
		c = &turn{free: make(chan struct{}, 1)}
		c.free <- struct{}{}
		t.chats[chat] = c
	}
	c.users++
	c.handlers += handlers
	c.strangers += strangers
	return c
}

func (t *turns) leave(chat storage.ChatID, c *turn, handlers, strangers int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c.handlers -= handlers
	c.strangers -= strangers
	if c.users--; c.users == 0 {
		delete(t.chats, chat)
	}
}

// wait takes the token, and reports whether it was there in time.
func (c *turn) wait(ctx context.Context, most time.Duration) bool {
	select {
	case <-c.free:
		return true
	default:
	}
	timer := time.NewTimer(max(most, 0))
	defer timer.Stop()
	select {
	case <-c.free:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}
