package bot

import (
	"container/heap"
	"container/list"
	"context"
	"sync"
	"time"

	"rechargebot/storage"
)

// class is how urgent a call is. A better one goes first; each shared-th turn is a lesser one's, so that
// nobody waits for ever.
type class int

const (
	classMore       class = iota // a further call of one that is under way
	classInput                   // what a person's own input caused: somebody looks at the screen
	classCard                    // what becomes of an order that was made a moment ago: somebody may still look
	classResult                  // what became of orders
	classBackground              // alerts, cards to admins, menus
	classStranger                // to people without a role: they get what the others leave
	classes
)

const (
	shared         = 8
	maxSends       = 64 // calls under way at once
	spareSends     = 16 // of them, for classInput
	strangersLeave = 4  // of the calls in any second: what strangers leave for a screen that somebody asks for in the next moment
	unwell         = 3  // chats in a row that Telegram did not answer about, after which we ask with one call at a time
)

// schedule decides who may call the Bot API next. Whoever wants to waits for a ticket; the tickets of a
// class go round by their coming, and as a chat has at most one, the chats do. One that its own chat's
// limit holds back waits apart and stands in nobody's way.
//
// While Telegram does not answer, one call at a time finds out whether it does again, at growing intervals,
// and the others wait for that one's luck.
type schedule struct {
	backoff func(tries int, first, most time.Duration) time.Duration
	timer   *time.Timer

	mu       sync.Mutex
	all      budget
	until    time.Time // nothing at all before this: Telegram said so
	chats    map[storage.ChatID]*chatPace
	sweepAt  int // the number of chats at which the idle ones are forgotten
	waiting  [classes]list.List
	later    laterHeap
	urgent   int // turns in a row that a better class took while a lesser one waited; -1 = the lesser one's turn
	underWay int
	failing  map[storage.ChatID]bool // asked about in vain since the last answer
	probes   int                     // made in vain since Telegram is unwell; 0 = it is well
	probeAt  time.Time               // not before
}

// ticket is one call's place.
type ticket struct {
	chat  storage.ChatID // 0 = the call counts in no chat's limit
	class class
	asked time.Time
	ready chan struct{}
	taken time.Time     // when it was granted
	place *place        // in the budget, from then on
	at    time.Time     // in later: when its chat allows it
	index int           // in later; -1 = not there
	row   *list.Element // in waiting; nil = not there
}

func newSchedule(backoff func(int, time.Duration, time.Duration) time.Duration) *schedule {
	s := &schedule{
		backoff: backoff, all: newBudget(), chats: map[storage.ChatID]*chatPace{}, sweepAt: minSweep,
		failing: map[storage.ChatID]bool{},
	}
	s.timer = time.AfterFunc(time.Hour, s.wake)
	s.timer.Stop()
	return s
}

func (s *schedule) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pump()
}

// ask takes a ticket, to be waited for with wait.
func (s *schedule) ask(chat storage.ChatID, k class) *ticket {
	now := time.Now()
	t := &ticket{chat: chat, class: k, asked: now, ready: make(chan struct{}), index: -1}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enter(t, now)
	s.pump()
	return t
}

// more waits until a call that is under way may make a further one.
func (s *schedule) more(ctx context.Context, chat storage.ChatID) (*ticket, error) {
	t := s.ask(chat, classMore)
	if !s.wait(ctx, t) {
		return nil, ctx.Err()
	}
	return t, nil
}

// came notes how a call ended. What did not come back may arrive at any moment.
func (s *schedule) came(t *ticket, err error) {
	if outcomeOf(err) == outcomeTemporary {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all.came(t.place, time.Now(), err == nil)
	s.pump()
}

// wait returns true when the call may be made, which must be followed by done or giveBack; false when ctx
// ended before.
func (s *schedule) wait(ctx context.Context, t *ticket) bool {
	select {
	case <-t.ready:
		if ctx.Err() == nil {
			return true
		}
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.taken.IsZero() {
		s.leave(t)
	} else if t.class != classMore {
		s.underWay--
	}
	s.pump()
	return false
}

// done ends a call.
func (s *schedule) done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.underWay--
	s.pump()
}

// beside is for a call whose way may be long: it goes on beside the others, as that says nothing about Telegram, and
// keeps its place until it has ended, as it may arrive at any moment before. ended takes the place of done.
func (s *schedule) beside(t *ticket) (ended func()) {
	s.done()
	keep := func(until time.Time) {
		s.mu.Lock()
		defer s.mu.Unlock()
		t.place.free = until
		s.pump()
	}
	keep(t.taken.Add(time.Hour))
	return func() { keep(time.Now().Add(allSpan + allMargin)) }
}

// giveBack is for a call that was not made after all.
func (s *schedule) giveBack(t *ticket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.underWay--
	s.all.giveBack(t.place)
	if t.chat != 0 {
		s.chat(t.chat, t.taken).giveBack(t.taken)
	}
	s.pump()
}

// raise gives a waiting ticket a better class.
func (s *schedule) raise(t *ticket, k class) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k >= t.class || !t.taken.IsZero() {
		return
	}
	s.leave(t)
	t.class = k
	s.enter(t, time.Now())
	s.pump()
}

func (s *schedule) enter(t *ticket, now time.Time) {
	if t.chat != 0 {
		if d := s.chat(t.chat, now).wait(now, t.class); d > 0 {
			t.at = now.Add(d)
			heap.Push(&s.later, t)
			return
		}
	}
	t.row = s.waiting[t.class].PushBack(t)
}

func (s *schedule) leave(t *ticket) {
	if t.row != nil {
		s.waiting[t.class].Remove(t.row)
		t.row = nil
	}
	if t.index >= 0 {
		heap.Remove(&s.later, t.index)
	}
}

// pump gives out every ticket that may go now, and sees to it that the next one is not late.
func (s *schedule) pump() {
	now := time.Now()
	for len(s.later) > 0 && !s.later[0].at.After(now) {
		s.enter(heap.Pop(&s.later).(*ticket), now)
	}
	for {
		t := s.first(now)
		if t == nil {
			break
		}
		s.leave(t)
		if t.chat != 0 && s.chat(t.chat, now).wait(now, t.class) > 0 {
			s.enter(t, now) // the chat's limit was reached since it came
			continue
		}
		s.grant(t, now)
	}
	s.rearm(now)
}

// first is the ticket whose turn it is; nil when none may go now.
func (s *schedule) first(now time.Time) *ticket {
	var best, lesser *ticket
	for k := range classes {
		front := s.waiting[k].Front()
		if front == nil || s.closed(k, now) > 0 {
			continue
		}
		switch t := front.Value.(*ticket); {
		case best == nil:
			best = t
		case k < classStranger && (lesser == nil || t.asked.Before(lesser.asked)):
			lesser = t
		}
	}
	if lesser != nil && s.urgent >= shared-1 {
		s.urgent = -1
		return lesser
	}
	return best
}

// closed is how long no call of that class may be made; for ever when one under way must end first.
func (s *schedule) closed(k class, now time.Time) time.Duration {
	const forEver = time.Duration(1<<63 - 1)
	d := max(s.until.Sub(now), s.all.wait(now, s.all.calls(now)))
	if k == classMore {
		return d
	}
	room := maxSends
	if k != classInput {
		room -= spareSends
		d = max(d, s.all.even.Sub(now))
	}
	if k == classStranger {
		d = max(d, s.all.wait(now, s.all.calls(now)-strangersLeave))
	}
	if s.underWay >= room || s.probes > 0 && s.underWay > 0 {
		return forEver
	}
	if s.probes > 0 {
		d = max(d, s.probeAt.Sub(now))
	}
	return d
}

func (s *schedule) grant(t *ticket, now time.Time) {
	t.taken = now
	t.place = s.all.take(now)
	if t.chat != 0 {
		s.chat(t.chat, now).take(now)
	}
	if t.class != classMore {
		s.underWay++
	}
	lesser := s.urgent == -1
	for k := t.class + 1; k < classStranger; k++ {
		lesser = lesser || s.waiting[k].Len() > 0
	}
	if lesser {
		s.urgent++
	} else {
		s.urgent = 0
	}
	if t.class > classInput {
		s.all.plan(later(s.until, later(t.asked, t.at)), now)
	}
	close(t.ready)
}

func (s *schedule) rearm(now time.Time) {
	next := time.Duration(1<<63 - 1)
	if len(s.later) > 0 {
		next = s.later[0].at.Sub(now)
	}
	for k := range classes {
		if s.waiting[k].Len() > 0 {
			next = min(next, s.closed(k, now))
		}
	}
	if next == 1<<63-1 {
		s.timer.Stop()
		return
	}
	s.timer.Reset(next)
}

const minSweep = 256

// chat is what is known of a chat's limit. It remembers only chats that were sent to lately.
func (s *schedule) chat(id storage.ChatID, now time.Time) *chatPace {
	if c := s.chats[id]; c != nil {
		return c
	}
	if len(s.chats) >= s.sweepAt {
		for id, c := range s.chats {
			if c.idle(now) {
				delete(s.chats, id)
			}
		}
		s.sweepAt = max(minSweep, 2*len(s.chats))
	}
	c := newChatPace(id)
	s.chats[id] = c
	return c
}

// laterHeap is ordered by the time at which the ticket's chat allows it.
type laterHeap []*ticket

func (h laterHeap) Len() int           { return len(h) }
func (h laterHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h laterHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i]; h[i].index, h[j].index = i, j }
func (h *laterHeap) Push(x any)        { t := x.(*ticket); t.index = len(*h); *h = append(*h, t) }
func (h *laterHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	*h, t.index = old[:len(old)-1], -1
	return t
}
