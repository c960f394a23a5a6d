package bot

import (
	"context"
	"sync"

	"rechargebot/storage"
)

// Bounds of the lanes: everything that waits is in the store anyway.
const (
	maxRunning = 32
	maxWaiting = 10_000 // what is taken stops above it, whoever sent it
	minWaiting = 9_000  // and goes on below it
	maxAtHand  = 1_000  // updates in memory; of the others only the number in the inbox is
	maxOfChat  = 100    // of them, from one chat

	maxStrangers = maxRunning / 2 // lanes of people without a role that are worked on at once
	strangerTurn = 8              // each so many-th turn is one of theirs, however much the others have to do
)

// lanes hands each chat's updates to handle in the order of their arrival, one at a time a chat, and
// several chats at once, which take turns: a chat that sends a thousand keeps no other one waiting. A
// goroutine lives only while there is work for it. Lanes whose next update is of a stranger take their turns when
// nobody else has work, but for a share of them. What a chat sends beyond maxOfChat costs a few bytes
// here and is read from the store again with load when its turn comes.
type lanes struct {
	handle func(lane storage.ChatID, u arrival)
	load   func(id storage.InboxID) (arrival, bool) // false = it is not to be handled any more

	mu      sync.Mutex
	lanes   map[storage.ChatID]*lane // those that have work
	ready   []storage.ChatID         // lanes with work that nobody is doing
	outside []storage.ChatID         // the same, with a stranger's work next
	passed  int                      // turns of those in ready since the last one of those in outside
	running int
	hosting int // of them, with strangers' work
	waiting int
	atHand  int
	room    chan struct{} // closed when there is room again; nil when nobody waits for it
	closed  bool
	done    sync.WaitGroup
}

// lane is what waits of one chat.
type lane struct {
	queue  []entry
	atHand int
}

// entry is one update that waits; without the update it has to be loaded.
type entry struct {
	inbox    storage.InboxID
	stranger bool
	update   *update
}

// arrival is an update of the inbox, decoded.
type arrival struct {
	inbox storage.InboxID
	update
}

func newLanes(handle func(storage.ChatID, arrival), load func(storage.InboxID) (arrival, bool)) *lanes {
	return &lanes{handle: handle, load: load, lanes: map[storage.ChatID]*lane{}}
}

// add queues an update behind the others of its chat.
func (l *lanes) add(a arrival) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	chat := a.input.Chat
	mine, busy := l.lanes[chat]
	if !busy {
		mine = &lane{}
		l.lanes[chat] = mine
	}
	e := entry{inbox: a.inbox, stranger: a.stranger}
	if l.atHand < maxAtHand && mine.atHand < maxOfChat {
		e.update = &a.update
		l.atHand, mine.atHand = l.atHand+1, mine.atHand+1
	}
	mine.queue = append(mine.queue, e)
	l.waiting++
	if busy {
		return
	}
	l.line(chat, mine)
	if l.running < maxRunning {
		l.running++
		l.done.Go(l.work)
	}
}

// line puts a lane that nobody works on behind the others of its kind.
func (l *lanes) line(chat storage.ChatID, mine *lane) {
	if mine.queue[0].stranger {
		l.outside = append(l.outside, chat)
	} else {
		l.ready = append(l.ready, chat)
	}
}

// work takes ready lanes in turn, one update each, until there are none.
func (l *lanes) work() {
	for {
		chat, e, ok := l.take()
		if !ok {
			return
		}
		if e.update != nil {
			l.handle(chat, arrival{e.inbox, *e.update})
		} else if a, there := l.load(e.inbox); there {
			l.handle(chat, a)
		}
		l.finish(chat, e)
	}
}

func (l *lanes) take() (storage.ChatID, entry, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	chat, ok := l.turn()
	if !ok {
		l.running--
		return 0, entry{}, false
	}
	mine := l.lanes[chat]
	e := mine.queue[0]
	mine.queue[0] = entry{} // the rest of the queue keeps it in memory otherwise
	mine.queue = mine.queue[1:]
	l.waiting--
	if e.update != nil {
		l.atHand, mine.atHand = l.atHand-1, mine.atHand-1
	}
	if l.room != nil && l.waiting <= minWaiting {
		close(l.room)
		l.room = nil
	}
	return chat, e, true
}

// turn is the lane whose turn it is; false when there is nothing that may be begun. Strangers that wait meanwhile
// are begun by those who work for strangers now.
func (l *lanes) turn() (chat storage.ChatID, ok bool) {
	switch host := len(l.outside) > 0 && l.hosting < maxStrangers; {
	case l.closed:
		return 0, false
	case host && (len(l.ready) == 0 || l.passed >= strangerTurn-1):
		chat, l.outside = l.outside[0], l.outside[1:]
		l.hosting++
		l.passed = 0
	case len(l.ready) > 0:
		chat, l.ready = l.ready[0], l.ready[1:]
		l.passed++
	default:
		return 0, false
	}
	return chat, true
}

func (l *lanes) finish(chat storage.ChatID, e entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.stranger {
		l.hosting--
	}
	if mine := l.lanes[chat]; len(mine.queue) > 0 {
		l.line(chat, mine)
	} else {
		delete(l.lanes, chat)
	}
}

// full reports whether nothing more should be taken for now.
func (l *lanes) full() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting > maxWaiting
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

// stop begins nothing more; what waits stays in the store.
func (l *lanes) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
}

// close stops, and lets the running updates end.
func (l *lanes) close() {
	l.stop()
	l.done.Wait()
}
