package bot

import (
	"context"
	"slices"
	"time"

	"rechargebot/storage"
)

// queue is one chat's work.
type queue struct {
	files  bool    // it is one of files
	items  []*item // by id
	wake   chan struct{}
	ticket *ticket           // its place among those that want to call; nil = it wants nothing now
	call   *ticket           // of the call that is being made
	since  time.Time         // when its turn was found taken; zero = it was not
	shown  map[int64]message // what we made of a message lately, so as not to say it twice
}

// item is one notice on its way.
type item struct {
	storage.Notice
	ready   time.Time // not before
	class   class
	reply   bool // of an earlier life; it keeps its place before what the person is answered now
	tries   int
	unheard int  // how many of them had no answer in time
	holds   bool // the later ones wait for it while it waits
	busy    bool // being sent
	level   level
	noTopic bool
	moves   int       // followed so far
	began   time.Time // the last try
}

// within is how long a new message waits for its answer. One that is given up may have arrived all the same, so from a
// Telegram that answers late it would come again and again: each try waits twice as long as the one before.
func (it *item) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, min(sendTimeout<<min(it.unheard, 10), slowTimeout))
}

// serve works a chat's queue until it is empty.
func (o *outbox) serve(chat storage.ChatID, q *queue) {
	for o.stop.Err() == nil {
		it, wait, left := o.next(chat, q, false)
		if !left {
			return
		}
		if it == nil {
			q.rest(o.stop, wait)
			continue
		}
		if o.skipped(q, it) {
			continue
		}
		if q.files {
			o.uploads.await(o.stop)
		} else {
			o.turns.await(o.stop, chat, patience)
		}
		t := o.ask(chat, q)
		if !o.calls.wait(o.stop, t) {
			return
		}
		if left = o.turn(chat, q, t); !left {
			return
		}
	}
}

// skipped gives up, without a place in the schedule, what is owed to a chat that is closed to us: no call is made. So
// results are noted as untold in their order, and none is still on its way when the person is back.
func (o *outbox) skipped(q *queue, it *item) bool {
	since, err := o.closedSince(o.work, it.Notice)
	if err != nil || since.IsZero() { // an error comes again when it is sent
		return false
	}
	it.began = since
	o.settle(q, it, o.giveUp(it, true, false))
	return true
}

// skipAll gives up what else is owed to a chat that has turned out to be closed, before its person can be heard of: or
// he would be told the later results, which are still owed, before the earlier ones. left is as next's.
func (o *outbox) skipAll(chat storage.ChatID, q *queue) (left bool) {
	for o.refusing(chat) {
		it, _, left := o.next(chat, q, false)
		if it == nil || !o.skipped(q, it) {
			return left
		}
	}
	return true
}

// ask takes a ticket for a chat, as urgent as the most urgent of what it may send now or later.
func (o *outbox) ask(chat storage.ChatID, q *queue) *ticket {
	address := o.moves.address(chat)
	o.mu.Lock()
	defer o.mu.Unlock()
	best := classes - 1
	for _, it := range q.items {
		best = min(best, it.class)
	}
	q.ticket = o.calls.ask(address, best)
	return q.ticket
}

// turn sends one notice; left is false when the queue was given up. The ticket is given back when there is
// nothing to send after all, when an input of the chat is being handled, or when enough files are on their way.
func (o *outbox) turn(chat storage.ChatID, q *queue, t *ticket) (left bool) {
	giveBack, may := o.may(chat, q)
	if !may {
		o.drop(q, t)
		return true
	}
	defer giveBack()
	// What was ready may have given way to something newer while it waited for its turn.
	it, _, left := o.next(chat, q, true)
	if it == nil {
		o.drop(q, t)
		return left
	}
	ended := o.calls.done
	if q.files {
		ended = o.calls.beside(t)
	}
	again := o.deliver(q, it)
	ended()
	o.settle(q, it, again)
	return o.skipAll(chat, q)
}

// may reports whether the queue may send now, and returns what ends that.
func (o *outbox) may(chat storage.ChatID, q *queue) (giveBack func(), may bool) {
	if q.files {
		return o.uploads.try()
	}
	giveBack, taken := o.turns.try(chat)
	if !taken && (q.since.IsZero() || time.Since(q.since) < patience) {
		if q.since.IsZero() {
			q.since = time.Now()
		}
		return nil, false
	}
	q.since = time.Time{}
	if !taken {
		giveBack = func() {}
	}
	return giveBack, true
}

// drop gives a ticket back.
func (o *outbox) drop(q *queue, t *ticket) {
	o.calls.giveBack(t)
	o.mu.Lock()
	defer o.mu.Unlock()
	q.ticket = nil
}

// rest waits until something is ready, or something new has come.
func (q *queue) rest(ctx context.Context, wait time.Duration) {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-q.wake:
	case <-ctx.Done():
	}
}

// next is the first notice that may go now, marked as busy when it is taken; or how long to wait for
// one. The queue is given up when nothing is left.
func (o *outbox) next(chat storage.ChatID, q *queue, take bool) (it *item, wait time.Duration, left bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(q.items) == 0 {
		delete(o.queues(q.files), chat)
		return nil, 0, false
	}
	if it, wait = q.first(true); it == nil {
		var other time.Duration
		it, other = q.first(false)
		wait = min(wait, other)
	}
	if it != nil {
		it.busy = take
	}
	return it, wait, true
}

// first is the first that may go of those that the person waits for, or of the others; each keep their own order.
func (q *queue) first(awaited bool) (it *item, wait time.Duration) {
	wait = time.Hour
	for _, it := range q.items {
		if (it.class <= classCard || it.reply) != awaited {
			continue
		}
		d := time.Until(it.ready)
		if d <= 0 {
			return it, 0
		}
		wait = min(wait, d)
		if it.holds {
			break
		}
	}
	return nil, wait
}

// again says when to try a notice once more; nil = it is done.
type again struct {
	after time.Duration
	holds bool
}

// settle takes a notice off the queue, or puts it back for later unless a newer one says the same.
func (o *outbox) settle(q *queue, it *item, a *again) {
	o.mu.Lock()
	defer o.mu.Unlock()
	it.busy, q.ticket = false, nil
	stale := func(other *item) bool { return other.ID > it.ID && supersedes(other.Notice, it.Notice) }
	if a == nil || slices.ContainsFunc(q.items, stale) {
		q.items = slices.DeleteFunc(q.items, func(other *item) bool { return other == it })
		return
	}
	it.ready, it.holds = time.Now().Add(a.after), a.holds
}
