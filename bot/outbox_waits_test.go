package bot_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/storage"
)

func TestTelegramAskingToSlowDownIsObeyedToTheSecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1, 2)
		first := true
		g.refuse = func(c call) *refusal {
			if c.chat() == 1 && first {
				first = false
				return &refusal{code: 429, description: "Too Many Requests: retry after 17", retryAfter: 17}
			}
			return nil
		}
		stop := outbound(t, g, s)
		owe(t, s, note(1, "a"), note(1, "b"), note(2, "x"))
		pass(time.Minute)
		at := map[string][]time.Duration{}
		calls := g.said()
		for _, c := range calls {
			at[c.text()] = append(at[c.text()], c.at.Sub(calls[0].at).Truncate(time.Second))
		}
		want := map[string][]time.Duration{"a": {0, 17 * time.Second}, "b": {17 * time.Second}, "x": {0}}
		if diff := cmp.Diff(want, at); diff != "" {
			t.Errorf("when each was sent (-want +got):\n%s", diff)
		}
		stopped(t, stop)
	})
}

func TestAnOutageKeepsTheOrderAndLosesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		up := time.Now().Add(10 * time.Minute)
		broken := 0
		g.refuse = func(call) *refusal {
			if time.Now().After(up) {
				return nil
			}
			broken++
			switch broken % 3 {
			case 0:
				return &refusal{cause: errors.New("dial tcp: connection refused")}
			case 1:
				return &refusal{code: 502, body: "<html><h1>502</h1></html>"}
			}
			return &refusal{code: 500, description: "Internal Server Error"}
		}
		stop := outbound(t, g, s)
		owe(t, s, note(1, "a"), note(1, "b"), note(1, "c"))
		pass(15 * time.Minute)
		sent := texts(g.said("sendMessage"))
		if diff := cmp.Diff([]string{"a", "b", "c"}, sent[len(sent)-3:]); diff != "" || len(s.owing()) != 0 {
			t.Errorf("the last three (-want +got):\n%s%d still owed", diff, len(s.owing()))
		}
		if len(sent) > 45 {
			t.Errorf("%d sends in ten minutes of outage: that is no back-off", len(sent))
		}
		stopped(t, stop)
	})
}

func TestMessagesArePaced(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		count int
		chat  func(n int) storage.ChatID
		want  time.Duration // from the first to the last
	}{
		"one a second to a person, after a burst": {20, func(int) storage.ChatID { return 1 }, 17 * time.Second},
		"twenty a minute to a group":              {25, func(int) storage.ChatID { return -1 }, 65 * time.Second},
		"thirty a second in all":                  {95, func(n int) storage.ChatID { return storage.ChatID(n + 1) }, 3300 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g, s := newTelegram(), newStore(1)
				stop := outbound(t, g, s)
				for i := range c.count {
					owe(t, s, note(c.chat(i), fmt.Sprint(i)))
				}
				pass(5 * time.Minute)
				calls := g.said()
				if len(calls) != c.count {
					t.Fatalf("%d calls, want %d", len(calls), c.count)
				}
				if took := calls[len(calls)-1].at.Sub(calls[0].at); took.Round(100*time.Millisecond) != c.want {
					t.Errorf("the last one left after %v, want %v", took, c.want)
				}
				stopped(t, stop)
			})
		})
	}
}

func TestOnlyWhatIsNewsMakesASound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		s.order(job(9, 1, 0))
		stop := outbound(t, g, s)
		owe(t, s, storage.Notice{Chat: 1, Kind: storage.NoticeScreen, Body: words("which number?")}, note(1, "you are approved"))
		s.move(9, storage.Delivered)
		pass(time.Minute)
		got := map[string]bool{}
		for _, c := range g.said("sendMessage") {
			got[c.text()] = c.form["disable_notification"] != "true"
		}
		want := map[string]bool{"which number?": false, "you are approved": true, "card delivered": false, "push delivered": true}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("sounds (-want +got):\n%s", diff)
		}
		stopped(t, stop)
	})
}

func TestAGroupThatBecameASupergroupIsFollowed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore()
		g.refuse = func(c call) *refusal {
			if c.chat() == -5 {
				return &refusal{code: 400, description: "Bad Request: group chat was upgraded to a supergroup chat", migrateTo: -1000000000005}
			}
			return nil
		}
		stop := outbound(t, g, s)
		owe(t, s, note(-5, "a"), note(-5, "b"))
		pass(time.Minute)
		var got []int64
		for _, c := range g.said() {
			got = append(got, c.chat())
		}
		if diff := cmp.Diff([]int64{-5, -1000000000005, -1000000000005}, got); diff != "" {
			t.Errorf("chats (-want +got):\n%s", diff)
		}
		stopped(t, stop)
	})
}

func TestANoticeThatCannotBeComposedStaysOwedAndHoldsNobodyBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		stop := outbound(t, g, s)
		owe(t, s,
			storage.Notice{Chat: 1, Kind: storage.NoticeMessage, Body: []byte(`{"text":`)},
			storage.Notice{Chat: 1, Kind: storage.NoticePush, Job: 404},
			note(1, "fine"))
		pass(time.Hour)
		if diff := cmp.Diff([]string{"fine"}, texts(g.said())); diff != "" {
			t.Errorf("said (-want +got):\n%s", diff)
		}
		if left := s.owing(); len(left) != 1 || left[0].Kind != storage.NoticeMessage {
			t.Errorf("still owed: %v; want the unreadable one only", left)
		}
		stopped(t, stop)
	})
}

func TestStoppingSendsNothingNewAndForgetsNothingSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		g.latency = 2 * time.Second
		stop := outbound(t, g, s)
		owe(t, s, note(1, "under way"), note(1, "later"))
		synctest.Wait()
		stopped(t, stop)
		if left := s.owing(); len(left) != 1 || !strings.Contains(string(left[0].Body), "later") {
			t.Errorf("still owed: %v; want only what had not begun", left)
		}
		if diff := cmp.Diff([]string{"under way"}, texts(g.said())); diff != "" {
			t.Errorf("said (-want +got):\n%s", diff)
		}
	})
}

func TestWhatWasAcceptedAtTheLastMomentIsRecorded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		g.after = func(c call) {
			if c.method == "sendMessage" {
				time.Sleep(6 * time.Second) // longer than the grace, and accepted all the same
			}
		}
		stop := outbound(t, g, s)
		owe(t, s, note(1, "x"))
		synctest.Wait()
		stopped(t, stop)
		if len(g.said()) != 1 || len(s.owing()) != 0 {
			t.Errorf("%d sent, %d still owed: it would be said twice", len(g.said()), len(s.owing()))
		}
	})
}

func TestWhenAllIsUsedUpEverybodyWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		seen := 0
		g.refuse = func(c call) *refusal {
			if c.method != "sendMessage" {
				return nil
			}
			if seen++; seen == 20 {
				return &refusal{code: 429, description: "Too Many Requests: retry after 10", retryAfter: 10}
			}
			return nil
		}
		stop := outbound(t, g, s)
		for i := range 40 {
			owe(t, s, note(storage.ChatID(i+1), fmt.Sprint(i)))
		}
		pass(time.Minute)
		calls := g.said()
		if len(calls) != 41 || len(s.owing()) != 0 {
			t.Fatalf("%d calls, %d still owed", len(calls), len(s.owing()))
		}
		// Those who had passed the gate already may still go; nobody else does.
		if gap := calls[22].at.Sub(calls[19].at); gap < 9*time.Second {
			t.Errorf("the third call after the 429 came after %v, want about 10s", gap)
		}
		stopped(t, stop)
	})
}
