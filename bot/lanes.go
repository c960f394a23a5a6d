package bot

import (
	"context"
	"sync"

	"rechargebot/storage"
)

// Bounds of the lanes: what waits is in the store anyway, and the poll stops while too much does.
const (
	maxRunning = 32
	maxWaiting = 1000 // the poll stops above it
	minWaiting = 250  // and goes on below it
)

// lanes hands each chat's updates to handle in the order of their arrival, one at a time a chat, and
// several chats at once. A goroutine lives only while there is work for it.
type lanes struct {
	handle func(lane storage.ChatID, u arrival)

	mu      sync.Mutex
	queues  map[storage.ChatID][]arrival // a key is there while its lane has work
	ready   []storage.ChatID             // lanes with work that nobody is doing
	running int
	waiting int
	room    chan struct{} // closed when the poll may go on; nil when it need not wait
	closed  bool
	done    sync.WaitGroup
}

// arrival is an update of the inbox, decoded.
type arrival struct {
	inbox storage.InboxID
	update
}

func newLanes(handle func(storage.ChatID, arrival)) *lanes {
	return &lanes{handle: handle, queues: map[storage.ChatID][]arrival{}}
}

// add queues an update behind the others of its chat.
func (l *lanes) add(a arrival) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	chat := a.input.Chat
	queue, busy := l.queues[chat]
	l.queues[chat] = append(queue, a)
	l.waiting++
	if busy {
		return
	}
	l.ready = append(l.ready, chat)
	if l.running < maxRunning {
		l.running++
		l.done.Go(l.work)
	}
}

// work takes ready lanes in turn, one update each, until there are none.
func (l *lanes) work() {
	for {
		chat, a, ok := l.take()
		if !ok {
			return
		}
		l.handle(chat, a)
		l.finish(chat)
	}
}

func (l *lanes) take() (storage.ChatID, arrival, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.ready) == 0 {
		l.running--
		return 0, arrival{}, false
	}
	chat := l.ready[0]
	l.ready = l.ready[1:]
	queue := l.queues[chat]
	l.queues[chat] = queue[1:]
	l.waiting--
	if l.room != nil && l.waiting <= minWaiting {
		close(l.room)
		l.room = nil
	}
	return chat, queue[0], true
}

func (l *lanes) finish(chat storage.ChatID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queues[chat]) == 0 {
		delete(l.queues, chat)
		return
	}
	l.ready = append(l.ready, chat)
}

// wait blocks while too much is waiting, or until ctx ends.
func (l *lanes) wait(ctx context.Context) {
	l.mu.Lock()
	if l.waiting > maxWaiting && l.room == nil {
		l.room = make(chan struct{})
	}
	room := l.room
	l.mu.Unlock()
	if room == nil {
		return
	}
	select {
	case <-room:
	case <-ctx.Done():
	}
}

// close lets the running updates end and leaves the others in the store.
func (l *lanes) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.done.Wait()
}
