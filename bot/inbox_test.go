package bot_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
	"rechargebot/storage"
)

func TestAnUpdateIsDurableBeforeItIsConfirmed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		d := newDesk(s)
		g.onPoll = func(offset int64) {
			s.mu.Lock()
			defer s.mu.Unlock()
			for id := int64(5001); id < offset; id++ {
				if !s.seen[id] {
					t.Errorf("update %d was confirmed and is not stored", id)
				}
			}
		}
		for i := range 250 {
			g.say(typed(1, fmt.Sprint(i)))
		}
		_, stop := running(t, config(t, g, s, d))
		synctest.Wait()
		if n, doubled := d.total(); n != 250 || doubled != 0 || g.unconfirmed() != 0 {
			t.Errorf("%d handled, %d of them twice, %d unconfirmed; want 250, 0, 0", n, doubled, g.unconfirmed())
		}
		stopped(t, stop)
	})
}

func TestACrashBetweenStoringAndConfirmingLosesAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		d := newDesk(s)
		g.say(typed(1, "a"), typed(1, "b"), typed(1, "c"))
		s.fail = func(op string) error {
			if op == "accept" {
				return errKilled
			}
			return nil
		}
		_, stop := running(t, config(t, g, s, d))
		synctest.Wait()
		if err := stop(); !errors.Is(err, errKilled) {
			t.Fatalf("Run ended with %v, want the store's error", err)
		}
		if n, _ := d.total(); n != 0 || g.unconfirmed() != 3 {
			t.Fatalf("%d handled and %d unconfirmed after the crash, want 0 and 3", n, g.unconfirmed())
		}

		s.fail = nil
		g.say(typed(1, "d"))
		_, stop = running(t, config(t, g, s, d))
		synctest.Wait()
		if diff := cmp.Diff([]string{"a", "b", "c", "d"}, d.heard(1)); diff != "" {
			t.Errorf("heard after the restart (-want +got):\n%s", diff)
		}
		if n, doubled := d.total(); n != 4 || doubled != 0 || g.unconfirmed() != 0 || s.waiting() != 0 {
			t.Errorf("%d handled, %d twice, %d unconfirmed, %d waiting", n, doubled, g.unconfirmed(), s.waiting())
		}
		stopped(t, stop)
	})
}

func TestAnUpdateDeliveredFiftyTimesHasOneEffect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		d := newDesk(s)
		g.stubborn = true
		g.say(typed(1, "pay"))
		g.onPoll = func(int64) {
			if g.polled() == 50 {
				g.mu.Lock()
				g.stubborn = false
				g.mu.Unlock()
			}
		}
		_, stop := running(t, config(t, g, s, d))
		pass(time.Minute)
		if n, doubled := d.total(); n != 1 || doubled != 0 || g.polled() < 50 {
			t.Errorf("%d updates handled, %d twice, after %d polls", n, doubled, g.polled())
		}
		stopped(t, stop)
	})
}

func TestChatsAreHandledInOrderAndSideBySide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const chats, each = 20, 30
		var agents []storage.PersonID
		for i := range chats {
			agents = append(agents, storage.PersonID(i+1))
		}
		g, s := newTelegram(), newStore(agents...)
		d := newDesk(s)
		d.do = func(_ context.Context, in flows.Input) (flows.Answer, error) {
			time.Sleep(time.Duration(in.Update*7919%90) * time.Millisecond)
			return flows.Answer{}, nil
		}
		var want []string
		for n := range each {
			want = append(want, fmt.Sprint(n))
			for _, a := range agents {
				g.say(typed(int64(a), fmt.Sprint(n)))
			}
		}
		_, stop := running(t, config(t, g, s, d))
		pass(time.Minute)
		for _, a := range agents {
			if diff := cmp.Diff(want, d.heard(storage.ChatID(a))); diff != "" {
				t.Errorf("chat %d (-want +got):\n%s", a, diff)
			}
		}
		if d.overlap || d.most < 2 {
			t.Errorf("two inputs of one chat at once: %v; chats at once: %d", d.overlap, d.most)
		}
		stopped(t, stop)
	})
}

// inBubble counts the goroutines of the caller's own bubble: the process has others, which come and go.
func inBubble() int {
	all := make([]byte, 1<<20)
	all = all[:runtime.Stack(all, true)]
	mine := regexp.MustCompile(`synctest bubble \d+`).FindString(string(all)) // the caller's own trace is the first
	return len(regexp.MustCompile(mine+`\b`).FindAll(all, -1))
}

// An agent who does nothing costs no goroutine and so no timer. Not parallel: it counts.
func TestIdleAgentsCostNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const agents = 500
		var ids []storage.PersonID
		for i := range agents {
			ids = append(ids, storage.PersonID(i+1))
		}
		g, s := newTelegram(), newStore(ids...)
		d := newDesk(s)
		d.do = func(ctx context.Context, in flows.Input) (flows.Answer, error) {
			return flows.Answer{}, s.Owe(ctx, storage.Notice{Chat: in.Chat, Person: in.From.ID, Kind: storage.NoticeMessage, Body: words("hello")})
		}
		_, stop := running(t, config(t, g, s, d))
		pass(time.Minute)
		before := inBubble()
		if before < 3 { // ours, Run's and the poll's at least
			t.Fatalf("%d goroutines run a bot", before)
		}
		for _, id := range ids {
			g.say(typed(int64(id), "hello"))
		}
		pass(time.Hour)
		if said := len(g.said("sendMessage")); said != agents {
			t.Errorf("%d of %d agents were answered", said, agents)
		}
		if after := inBubble(); after > before {
			t.Errorf("%d goroutines before %d agents came by, %d after", before, agents, after)
		}
		stopped(t, stop)
	})
}

func TestWhatWaitedBeforeTheStartComesFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		d := newDesk(s)
		arrived := time.Now().Add(-time.Hour)
		var at time.Time
		d.do = func(_ context.Context, in flows.Input) (flows.Answer, error) {
			if in.Text == "first" {
				at = in.At
			}
			return flows.Answer{}, nil
		}
		_, err := s.Accept(t.Context(),
			storage.Update{UpdateID: 1, Arrived: arrived, Raw: []byte(`{"update_id":1,` + typed(1, "first") + `}`)},
			storage.Update{UpdateID: 2, Arrived: arrived, Raw: []byte(`not an update any more`)},
			storage.Update{UpdateID: 3, Arrived: arrived, Raw: []byte(`{"update_id":3,` + typed(1, "second") + `}`)})
		if err != nil {
			t.Fatal(err)
		}
		g.say(typed(1, "third"))
		_, stop := running(t, config(t, g, s, d))
		synctest.Wait()
		if diff := cmp.Diff([]string{"first", "second", "third"}, d.heard(1)); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
		if !at.Equal(arrived) {
			t.Errorf("the input's time is %v, want that of its arrival %v", at, arrived)
		}
		if s.waiting() != 0 {
			t.Errorf("%d updates still wait; the unreadable one should have been forgotten", s.waiting())
		}
		stopped(t, stop)
	})
}

func TestEveryPressIsAnsweredBeforeWhatItCauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		g.latency = 80 * time.Millisecond
		d := newDesk(s)
		d.do = func(ctx context.Context, in flows.Input) (flows.Answer, error) {
			err := s.Owe(ctx, storage.Notice{Chat: in.Chat, Kind: storage.NoticeMessage, Body: words("result")})
			return flows.Answer{Text: strings.Repeat("ö", 300)}, err
		}
		g.say(pressed(1, 70, "x"),
			`"callback_query":{"id":"inline","from":{"id":1},"inline_message_id":"i","data":"x"}`,
			`"callback_query":{"id":"old","from":{"id":1},"data":"x","message":{"chat":{"id":1,"type":"private"},"message_id":3,"date":0}}`)
		_, stop := running(t, config(t, g, s, d))
		pass(time.Minute)
		calls := g.said()
		if len(calls) != 6 || calls[0].method != "answerCallbackQuery" || len(g.said("answerCallbackQuery")) != 3 {
			t.Fatalf("calls: %v; want three answers, the first before anything else", calls)
		}
		if n := len([]rune(calls[0].text())); n != 200 {
			t.Errorf("an answer of %d characters, want it cut to 200", n)
		}
		stopped(t, stop)
	})
}
