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
	free  chan struct{} // holds one token while nobody has the turn
	users int
}

const patience = time.Second

// take waits for the chat's turn and returns what gives it back, which must be called once.
func (t *turns) take(ctx context.Context, chat storage.ChatID) (giveBack func()) {
	t.mu.Lock()
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
	t.mu.Unlock()

	timer := time.NewTimer(patience)
	defer timer.Stop()
	taken := false
	select {
	case <-c.free:
		taken = true
	case <-timer.C:
	case <-ctx.Done():
	}
	return func() {
		if taken {
			c.free <- struct{}{}
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		if c.users--; c.users == 0 {
			delete(t.chats, chat)
		}
	}
}
