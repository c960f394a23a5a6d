package bot

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"rechargebot/storage"
)

// cardPause is how long a job that is on its way to the provider has to get further before its card says so.
const cardPause = 700 * time.Millisecond

// outbox sends what is owed. Results of one chat go out in the order of their ids, and so does what its person
// waits for (screens, replies), which overtakes the results. One goroutine a chat sends, and lives only while the
// chat has something. What changes a message that is there already may be overtaken, too: the card of a job
// that is being sent waits a moment for the answer, and an edit that fails holds nobody back.
//
// A message that Telegram has accepted and whose answer is lost, or not yet recorded when the process dies, is sent
// once more: the Bot API has no key by which it would know a repeated message. Edits are repeated without harm,
// a screen that was sent twice is found by the first press on it (storage.Turn.Card), and a job's card is new once.
type outbox struct {
	config   Config
	store    Store
	composer Composer
	api      *api
	turns    *turns
	calls    *schedule
	moves    *moves
	uploads  slots
	log      *slog.Logger
	halt     func(error)     // ends Run with an error
	stop     context.Context // no new sends when it ends
	work     context.Context // the one under way ends with it

	mu     sync.Mutex
	chats  map[storage.ChatID]*queue
	files  map[storage.ChatID]*queue    // of messages with files
	made   map[storage.JobID]time.Time  // orders that were made lately
	tried  map[storage.ChatID]time.Time // when a chat that is closed to us refused a call last
	loaded bool
	early  []storage.Notice // told before the owed ones were read
	read   storage.NoticeID // the newest of those that were read
	closed bool
	done   sync.WaitGroup
}

func newOutbox(c Config, a *api, t *turns) *outbox {
	return &outbox{
		config: c, store: c.Store, composer: c.Composer, api: a, turns: t, calls: newSchedule(c.backoff), log: c.Logger,
		chats: map[storage.ChatID]*queue{}, files: map[storage.ChatID]*queue{}, uploads: make(slots, maxUploads), tried: map[storage.ChatID]time.Time{}, made: map[storage.JobID]time.Time{}, moves: newMoves(c.Groups),
	}
}

// start takes over what earlier lives of the process left, and then whatever is owed.
func (o *outbox) start() error {
	if err := o.recallMoves(o.stop); err != nil {
		return err
	}
	if err := o.recallPauses(o.stop); err != nil {
		return err
	}
	o.store.OnOwed(o.owed)
	pending, err := o.store.Pending(o.stop)
	if err != nil {
		return fmt.Errorf("read owed notices: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, n := range pending {
		o.read = max(o.read, n.ID)
	}
	now := time.Now()
	for _, n := range pending {
		o.put(n, now)
	}
	for _, n := range o.early {
		if n.ID > o.read {
			o.put(n, now)
		}
	}
	o.early, o.loaded = nil, true
	return nil
}

// owed is called by the store after each commit.
func (o *outbox) owed(notices []storage.Notice) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.loaded {
		o.early = append(o.early, notices...)
		return
	}
	now := time.Now()
	for _, n := range notices {
		if n.ID <= o.read { // committed before the owed ones were read
			continue
		}
		ready := now
		if n.Kind == storage.NoticeCard && (n.State == storage.Queued || n.State == storage.Sending) {
			ready = now.Add(cardPause)
		}
		o.put(n, ready)
	}
}

// put queues a notice, in place of what it supersedes.
func (o *outbox) put(n storage.Notice, ready time.Time) {
	if o.closed {
		return
	}
	files := n.Kind == storage.NoticeFile
	q, working := o.queues(files)[n.Chat]
	if !working {
		q = &queue{files: files, wake: make(chan struct{}, 1), shown: map[int64]message{}}
		o.queues(files)[n.Chat] = q
	}
	it := &item{Notice: n, ready: ready, class: o.classOf(n), reply: !o.loaded && replies(n)}
	q.items = slices.DeleteFunc(q.items, func(old *item) bool {
		if old.busy || !supersedes(n, old.Notice) {
			return false
		}
		it.tries, it.unheard, it.class = old.tries, old.unheard, min(it.class, old.class)
		if old.ready.Before(it.ready) {
			it.ready = old.ready
		}
		return true
	})
	at := len(q.items)
	for at > 0 && q.items[at-1].ID > n.ID {
		at--
	}
	q.items = slices.Insert(q.items, at, it)
	if q.ticket != nil {
		o.calls.raise(q.ticket, it.class) // it has to wait for the ones before it, so they are as urgent
	}
	if !working {
		o.done.Go(func() { o.serve(n.Chat, q) })
	}
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// supersedes reports whether only the newer of two notices is to be sent.
func supersedes(n, old storage.Notice) bool {
	return n.Kind == old.Kind && (n.Kind == storage.NoticeScreen || n.Kind == storage.NoticeCard && n.Job == old.Job)
}

// count is how many notices are owed, as far as they were told to us.
func (o *outbox) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := len(o.early)
	for _, queues := range []map[storage.ChatID]*queue{o.chats, o.files} {
		for _, q := range queues {
			n += len(q.items)
		}
	}
	return n
}

// close lets the sends under way end; what is owed stays owed.
func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.done.Wait()
	o.calls.close()
}
