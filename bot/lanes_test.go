package bot_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
	"rechargebot/storage"
)

// One agent sends five thousand messages at once; the others hardly notice.
func TestAChatThatFloodsKeepsNoOtherWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1, 2)
		d := newDesk(s)
		var waits []time.Duration
		d.do = func(_ context.Context, in flows.Input) (flows.Answer, error) {
			time.Sleep(50 * time.Millisecond)
			if in.Chat == 2 {
				waits = append(waits, time.Since(in.At))
			}
			return flows.Answer{}, nil
		}
		_, stop := running(t, config(t, g, s, d))
		var flood, want []string
		for i := range 5000 {
			flood, want = append(flood, typed(1, fmt.Sprint(i))), append(want, fmt.Sprint(i))
		}
		g.say(flood...)
		for range 20 {
			pass(time.Second)
			g.say(typed(2, "me"))
		}
		pass(5 * time.Minute)
		if len(waits) != 20 {
			t.Errorf("the other one was heard %d times, want 20", len(waits))
		}
		for _, w := range waits {
			if w > 100*time.Millisecond {
				t.Errorf("the other one waited %v", w)
			}
		}
		if diff := cmp.Diff(want, d.heard(1)); diff != "" || s.waiting() != 0 {
			t.Errorf("the flood (-want +got):\n%.500s", diff)
		}
		stopped(t, stop)
	})
}

// longInbox is a store with many waiting updates of 1.5 KiB each, which it makes when they are read.
type longInbox struct {
	*store
	rows, chats int64

	mu      sync.Mutex
	handled map[storage.InboxID]int
	most    int // rows in one answer
}

func (l *longInbox) row(id int64) storage.Update {
	raw := fmt.Sprintf(`{"update_id":%d,%s}`, id, typed(1+id%l.chats, fmt.Sprintf("%d%s", id, strings.Repeat(" ", 1536))))
	return storage.Update{ID: storage.InboxID(id), UpdateID: id, Raw: []byte(raw), Arrived: time.Now()}
}

func (l *longInbox) WaitingFrom(_ context.Context, from storage.InboxID, limit int) (out []storage.Update, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id := max(1, int64(from)); id <= l.rows && len(out) < limit; id++ {
		if l.handled[storage.InboxID(id)] == 0 {
			out = append(out, l.row(id))
		}
	}
	l.most = max(l.most, len(out))
	return out, nil
}

func (l *longInbox) Handled(_ context.Context, ids ...storage.InboxID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		l.handled[id]++
	}
	return nil
}

// heapNow is what is in use after everything unused is gone.
func heapNow() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A crash has left fifty thousand updates of five chats, 80 MB of them. Not parallel: it measures.
func TestFiftyThousandWaitingUpdatesNeedLittleMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rows = 50_000
		g := newTelegram()
		l := &longInbox{store: newStore(1, 2, 3, 4, 5), rows: rows, chats: 5, handled: map[storage.InboxID]int{}}
		open := make(chan struct{})
		var mu sync.Mutex
		last, disorder := map[storage.ChatID]int64{}, 0
		d := newDesk(l.store)
		handler := handlerFunc(func(ctx context.Context, id storage.InboxID, in flows.Input) (flows.Answer, error) {
			<-open
			mu.Lock()
			defer mu.Unlock()
			if in.Update <= last[in.Chat] {
				disorder++
			}
			last[in.Chat] = in.Update
			return flows.Answer{}, l.Handled(ctx, id)
		})
		c := config(t, g, l.store, d)
		c.Store, c.Handler = l, handler
		before := heapNow()
		_, stop := running(t, c)
		synctest.Wait()
		if grown := int64(heapNow() - before); grown > 16<<20 {
			t.Errorf("the heap has grown by %d MiB", grown>>20)
		}
		close(open)
		synctest.Wait()
		if len(l.handled) != rows || disorder != 0 || l.most > 500 {
			t.Errorf("%d of %d handled, %d out of order, %d rows read at once", len(l.handled), rows, disorder, l.most)
		}
		for id, times := range l.handled {
			if times != 1 {
				t.Errorf("update %d was handled %d times", id, times)
			}
		}
		stopped(t, stop)
	})
}

type handlerFunc func(context.Context, storage.InboxID, flows.Input) (flows.Answer, error)

func (f handlerFunc) Handle(ctx context.Context, id storage.InboxID, in flows.Input) (flows.Answer, error) {
	return f(ctx, id, in)
}

// Updates come late, twice, in another order and with holes between their numbers, the process dies in
// between, by poll and by webhook: each number is handled once, and each chat in the order in which it was stored.
func TestHoweverUpdatesComeEachIsHandledOnceInTheOrderOfItsStoring(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		for _, mode := range []string{"poll", "webhook"} {
			t.Run(fmt.Sprint(mode, seed), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { shuffled(t, seed, mode == "webhook") })
			})
		}
	}
}

func shuffled(t *testing.T, seed uint64, hooked bool) {
	dice := rand.New(rand.NewPCG(seed, 7))
	h := newHooked(t)
	defer h.end()
	var mu sync.Mutex
	handled := map[storage.ChatID][]int64{}
	chatOf := map[int64]storage.ChatID{}
	h.config.Handler = handlerFunc(func(ctx context.Context, id storage.InboxID, in flows.Input) (flows.Answer, error) {
		select {
		case <-time.After(time.Duration(in.Update*7919%300) * time.Millisecond):
		case <-ctx.Done():
			return flows.Answer{}, ctx.Err() // the process dies: nothing was committed
		}
		mu.Lock()
		defer mu.Unlock()
		handled[in.Chat] = append(handled[in.Chat], in.Update)
		return flows.Answer{}, h.store.Handled(ctx, id)
	})
	h.config.Grace = time.Millisecond
	g := newTelegram()
	if !hooked {
		h.config.Webhook, h.config.Transport = nil, g
		g.stored = func(id int64) bool {
			h.store.mu.Lock()
			defer h.store.mu.Unlock()
			return h.store.seen[id]
		}
	}
	var all []sentUpdate
	for id := int64(100); len(all) < 120; id += 1 + dice.Int64N(4) { // numbers have holes
		chat := 1 + dice.Int64N(3)
		what := typed(chat, fmt.Sprint(id))
		if dice.IntN(3) == 0 {
			what = pressed(chat, 70, fmt.Sprint(id))
		}
		chatOf[id] = storage.ChatID(chat)
		all = append(all, sentUpdate{id, fmt.Sprintf(`{"update_id":%d,%s}`, id, what)})
	}
	for len(all) > 0 { // one life of the process after another
		if hooked {
			h.door = newPipes()
			h.config.Webhook.Listener = h.door
		}
		_, stop := running(t, h.config)
		synctest.Wait()
		n := min(len(all), 10+dice.IntN(40))
		part := append([]sentUpdate(nil), all[:n]...)
		for range dice.IntN(20) {
			part = append(part, part[dice.IntN(len(part))])
		}
		dice.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
		all = all[n:]
		bring(h, g, part, hooked)
		pass(time.Duration(dice.IntN(3000)) * time.Millisecond)
		stopped(t, stop)
	}
	_, stop := lastLife(t, h, hooked)
	pass(5 * time.Minute)
	want := map[storage.ChatID][]int64{}
	for _, id := range h.store.accepted {
		want[chatOf[id]] = append(want[chatOf[id]], id)
	}
	if diff := cmp.Diff(want, handled); diff != "" || len(h.store.accepted) != len(chatOf) || h.store.waiting() != 0 {
		t.Errorf("%d of %d stored, %d wait; handled (-stored +handled):\n%s", len(h.store.accepted), len(chatOf), h.store.waiting(), diff)
	}
	stopped(t, stop)
}

func lastLife(t *testing.T, h *hooked, hooked bool) (any, func() error) {
	t.Helper()
	if hooked {
		h.door = newPipes()
		h.config.Webhook.Listener = h.door
	}
	return running(t, h.config)
}

// bring delivers the updates: several at once to a webhook, or in the answers to polls, out of order.
func bring(h *hooked, g *telegram, part []sentUpdate, hooked bool) {
	if !hooked {
		g.mu.Lock()
		defer g.mu.Unlock()
		for _, u := range part {
			g.unruly = append(g.unruly, &unrulyUpdate{sentUpdate: u})
		}
		close(g.news)
		g.news = make(chan struct{})
		return
	}
	var callers sync.WaitGroup
	for _, u := range part {
		callers.Go(func() {
			for range 10 { // until it is taken
				if status, _, _ := h.call(strings.NewReader(u.raw), nil); status == 200 {
					return
				}
				time.Sleep(time.Second)
			}
			h.t.Errorf("update %d was never taken", u.id)
		})
	}
	callers.Wait()
}

// A hundred strangers have come in, and each takes a second: an agent who presses then does not wait for any of them.
func TestAnAgentWaitsForNoStranger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		d := newDesk(s)
		d.do = func(_ context.Context, in flows.Input) (flows.Answer, error) {
			if in.Chat != 1 {
				time.Sleep(time.Second)
			} else if late := time.Since(in.At); late > 0 {
				t.Errorf("the agent waited %v", late)
			}
			return flows.Answer{}, nil
		}
		for i := range 100 {
			g.say(typed(int64(100+i), "/start"))
		}
		g.say(pressed(1, 70, "x"))
		_, stop := running(t, config(t, g, s, d))
		pass(500 * time.Millisecond)
		g.say(pressed(1, 71, "y"))
		pass(500 * time.Millisecond)
		if n := len(d.heard(1)); n != 2 {
			t.Errorf("%d of the agent's 2 presses were heard", n)
		}
		pass(10 * time.Second)
		if n, doubled := d.total(); n != 102 || doubled != 0 {
			t.Errorf("%d handled, %d of them twice; want the hundred strangers and two presses", n, doubled)
		}
		stopped(t, stop)
	})
}

// However much the agents have to do, each eighth turn is a stranger's.
func TestStrangersGetTheirTurnAmongBusyAgents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var agents []storage.PersonID
		for i := range 64 {
			agents = append(agents, storage.PersonID(1+i))
		}
		g, s := newTelegram(), newStore(agents...)
		d := newDesk(s)
		d.do = func(_ context.Context, in flows.Input) (flows.Answer, error) {
			time.Sleep(time.Second)
			if in.Chat > 64 && time.Since(in.At) > 20*time.Second {
				t.Errorf("a stranger waited %v", time.Since(in.At))
			}
			return flows.Answer{}, nil
		}
		for _, a := range agents {
			for n := range 60 {
				g.say(typed(int64(a), fmt.Sprint(n)))
			}
		}
		for i := range 40 {
			g.say(typed(int64(100+i), "/start"))
		}
		_, stop := running(t, config(t, g, s, d))
		pass(30 * time.Second)
		for i := range int64(40) {
			if len(d.heard(storage.ChatID(100+i))) != 1 {
				t.Errorf("stranger %d was not heard in half a minute", 100+i)
			}
		}
		if n, _ := d.total(); n < 900 {
			t.Errorf("only %d were handled", n)
		}
		stopped(t, stop)
	})
}
