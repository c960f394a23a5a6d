package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rechargebot/storage"
)

// Chats that are closed to us are tried again now and then; what is owed to them meanwhile is given up
// without a call.
const (
	retryPerson = time.Hour        // with a message of its own: an edit that works proves nothing
	retryGroup  = 10 * time.Minute // whose alerts go to the admins meanwhile
	mostClosed  = 1024             // chats remembered
	heardPause  = time.Second      // before whoever was heard of while a chat refused us is tried again
)

// closedError says that a chat is closed to us, as we know since then.
type closedError struct{ since time.Time }

func (closedError) Error() string { return "the chat is closed to us" }

// closedSince is since when it is known that a notice's chat is closed to us, when it is too early to try; zero = it
// is to be tried.
func (o *outbox) closedSince(ctx context.Context, n storage.Notice) (time.Time, error) {
	o.mu.Lock()
	tried, known := o.tried[n.Chat]
	o.mu.Unlock()
	if n.Person == 0 {
		if known && time.Since(tried) < retryGroup {
			return tried, nil
		}
		return time.Time{}, nil
	}
	p, err := o.store.Person(ctx, n.Person)
	if errors.Is(err, storage.ErrNotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read whom a notice is for: %w", err)
	}
	alone := n.Kind == storage.NoticeMessage || n.Kind == storage.NoticePush
	if alone && time.Since(later(tried, p.Unreachable)) >= retryPerson {
		return time.Time{}, nil
	}
	return p.Unreachable, nil
}

// refusedBy notes that a chat has refused a call, and reports whether it was open before.
func (o *outbox) refusedBy(chat storage.ChatID) (first bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	_, known := o.tried[chat]
	if !known && len(o.tried) >= mostClosed {
		for other, at := range o.tried {
			if now.Sub(at) >= retryPerson || len(o.tried) >= mostClosed {
				delete(o.tried, other)
			}
		}
	}
	o.tried[chat] = now
	return !known
}

// refusing reports whether the last call to a chat was refused.
func (o *outbox) refusing(chat storage.ChatID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, known := o.tried[chat]
	return known
}

// acceptedBy notes that a chat is open.
func (o *outbox) acceptedBy(chat storage.ChatID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.tried, chat)
}
