package bot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
	"rechargebot/storage"
)

// flooding refuses calls before the chat's time with a 429 that says how long, and counts those that came too early.
type flooding struct {
	until map[int64]time.Time // 0 = all chats
	early []string
}

func (f *flooding) judge(c call) *refusal {
	if c.form == nil || c.method == "getMe" {
		return nil
	}
	for _, chat := range []int64{0, c.chat()} {
		if end := f.until[chat]; time.Now().Before(end) {
			f.early = append(f.early, c.String())
			seconds := int((time.Until(end) + time.Second - 1) / time.Second)
			return &refusal{code: 429, description: fmt.Sprint("Too Many Requests: retry after ", seconds), retryAfter: seconds}
		}
	}
	return nil
}

func TestEditsObeyAPauseToTheSecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		g.messages[[2]int64{1, 70}] = "confirm?"
		f := &flooding{until: map[int64]time.Time{1: time.Now().Add(23 * time.Second)}}
		g.refuse = f.judge
		s.order(job(9, 1, 70))
		stop := outbound(t, g, s)
		s.move(9, storage.Pending)
		for _, to := range []storage.State{storage.Unknown, storage.Review, storage.Delivered} {
			pass(5 * time.Second)
			s.move(9, to)
		}
		pass(time.Minute)
		var got []string
		for _, c := range g.took() {
			if c.method != "getMe" {
				got = append(got, c.method+" "+c.text())
			}
		}
		// The pushes were owed in this order; the card has only its newest state.
		want := []string{"sendMessage push review", "editMessageText card delivered", "sendMessage push delivered"}
		if diff := cmp.Diff(want, got); diff != "" || len(f.early) != 1 {
			t.Errorf("calls (-want +got):\n%stoo early: %v", diff, f.early)
		}
		if first := g.took()[1].at; first.Sub(f.until[1]) < 0 || first.Sub(f.until[1]) > time.Second {
			t.Errorf("the first call came %v after the pause", first.Sub(f.until[1]))
		}
		stopped(t, stop)
	})
}

func TestAPauseForAllHoldsEverybodyAndEndsForEverybody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		f := &flooding{until: map[int64]time.Time{}}
		g.refuse = f.judge
		g.latency = 20 * time.Millisecond
		stop := outbound(t, g, s)
		for i := range 100 {
			owe(t, s, note(storage.ChatID(i+1), fmt.Sprint(i)))
		}
		time.Sleep(time.Second)
		g.mu.Lock()
		end := time.Now().Add(40 * time.Second)
		f.until[0] = end
		g.mu.Unlock()
		pass(39 * time.Second)
		if len(f.early) > 2 { // what was on its way
			t.Errorf("%d calls in a pause for all: %v", len(f.early), f.early)
		}
		pass(3 * time.Second)
		after := 0
		for _, c := range g.took() {
			if c.at.After(end) {
				after++
			}
		}
		if after < 25 {
			t.Errorf("only %d calls in the two seconds after the pause", after)
		}
		pass(time.Minute)
		if len(s.owing()) != 0 {
			t.Errorf("%d still owed", len(s.owing()))
		}
		stopped(t, stop)
	})
}

// A flood of chats of which each has its own limit reached does not hold the others.
func TestAPauseOfOneChatHoldsNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		f := &flooding{until: map[int64]time.Time{1: time.Now().Add(time.Hour)}}
		g.refuse = f.judge
		stop := outbound(t, g, s)
		owe(t, s, note(1, "held"))
		pass(time.Second)
		for i := range 50 {
			owe(t, s, note(storage.ChatID(i+2), "x"))
			pass(time.Second)
		}
		if n := len(g.took()) - 1; n != 50 { // getMe
			t.Errorf("%d of 50 others were told in a minute", n)
		}
		stopped(t, stop)
	})
}

func TestALongPauseOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := newShop(t, 1, 2), newTelegram()
		f := &flooding{until: map[int64]time.Time{1: time.Now().Add(10 * time.Minute)}}
		g.refuse = f.judge
		_, stop := s.open(g)
		if err := s.Owe(t.Context(), note(1, "later"), note(2, "now")); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			pass(time.Minute)
			stopped(t, stop)
			_, stop = s.open(g)
		}
		pass(10 * time.Minute)
		if len(f.early) != 1 || len(g.told(1)) != 1 || len(g.told(2)) != 1 {
			t.Errorf("too early: %v; told %q and %q", f.early, g.told(1), g.told(2))
		}
		if late := g.took()[len(g.took())-1].at.Sub(f.until[1]); late < 0 || late > time.Second {
			t.Errorf("it came %v after the end of the pause", late)
		}
		stopped(t, stop)
		_ = s.Close()
	})
}

// However short a pause is, a process that ends in it and is there again at once waits for its end: for one chat's, and
// for all.
func TestAShortPauseOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		chat  int64 // 0 = all
		pause time.Duration
	}{{1, time.Second}, {1, 7 * time.Second}, {0, 2 * time.Second}, {0, 30 * time.Second}} {
		t.Run(fmt.Sprint(c.pause, " of chat ", c.chat), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, g := newShop(t, 1, 2, 3), newTelegram()
				end := time.Now().Add(c.pause)
				f := &flooding{until: map[int64]time.Time{c.chat: end}}
				g.refuse = f.judge
				_, stop := s.open(g)
				for chat := range storage.ChatID(2) {
					if err := s.Owe(t.Context(), note(chat+1, "told")); err != nil {
						t.Fatal(err)
					}
					pass(50 * time.Millisecond)
				}
				before := len(f.early)
				for time.Now().Before(end) {
					stopped(t, stop)
					_, stop = s.open(g)
					pass(100 * time.Millisecond)
				}
				pass(5 * time.Second)
				if len(f.early) != before || before > 2 || len(g.told(1)) != 1 || len(g.told(2)) != 1 {
					t.Errorf("too early: %v, %d of them in the first life; told %q and %q", f.early, before, g.told(1), g.told(2))
				}
				stopped(t, stop)
				_ = s.Close()
			})
		})
	}
}

// A clock that was a day ahead when the pause began and was set right while nothing ran.
func TestAPauseIsNoLongerForAClockThatWasSetBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := newStore(1, 2), newTelegram()
		day, now := 24*time.Hour, time.Now()
		memo, err := json.Marshal(map[string]any{
			"told": now.Add(day), "all": now.Add(day + 2*time.Minute), "chats": map[string]time.Time{"1": now.Add(day + 10*time.Minute)},
		})
		if err != nil {
			t.Fatal(err)
		}
		s.memos["telegram/pauses"] = memo
		stop := outbound(t, g, s)
		owe(t, s, note(1, "in ten minutes"), note(2, "in two"))
		pass(time.Hour)
		var got []string
		for _, c := range g.said("sendMessage") {
			got = append(got, fmt.Sprint(c.text(), ": ", c.at.Sub(now)))
		}
		if diff := cmp.Diff([]string{"in two: 2m0s", "in ten minutes: 10m0s"}, got); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		stopped(t, stop)
	})
}

// Answers to presses count in no limit, but in a pause for all they wait a moment, or are left out.
func TestPressesInAPauseForAll(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pause   time.Duration
		answers int // that were accepted
		tries   int
	}{
		"a short one is waited for":         {2 * time.Second, 1, 2},
		"in a long one nothing is answered": {5 * time.Minute, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g, s := newTelegram(), newStore(1, 2)
				f := &flooding{until: map[int64]time.Time{0: time.Now().Add(c.pause)}}
				g.refuse = f.judge
				d := newDesk(s)
				_, stop := running(t, config(t, g, s, d))
				g.say(pressed(1, 70, "x"))
				pass(c.pause + 10*time.Second)
				accepted := 0
				for _, c := range g.took() {
					if c.method == "answerCallbackQuery" {
						accepted++
					}
				}
				if tries := len(g.said("answerCallbackQuery")); accepted != c.answers || tries != c.tries {
					t.Errorf("%d answers in %d tries, want %d in %d", accepted, tries, c.answers, c.tries)
				}
				g.say(pressed(2, 71, "y")) // it is over
				pass(time.Second)
				if len(g.said("answerCallbackQuery")) != c.tries+1 || s.waiting() != 0 {
					t.Errorf("after the pause: %v, %d waiting", g.said("answerCallbackQuery"), s.waiting())
				}
				stopped(t, stop)
			})
		})
	}
}

// Whatever is sent to whomever, no limit is reached in its strictest reading: edits and long texts in groups and
// private chats, bursts, presses in between.
func TestNoLimitIsReachedWhateverIsSent(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dice := rand.New(rand.NewPCG(seed, 1))
				g, s, limit := newTelegram(), newStore(5), newStrict()
				g.refuse = limit.judge
				way := newRoad(g, 5*time.Millisecond, 50*time.Millisecond)
				d := newDesk(s)
				d.do = func(ctx context.Context, in flows.Input) (flows.Answer, error) {
					return flows.Answer{}, s.Owe(ctx, note(in.Chat, "answer"))
				}
				c := config(t, g, s, d)
				c.Transport = way
				_, stop := running(t, c)
				synctest.Wait()
				sent := 0
				for range 150 {
					chat := storage.ChatID(dice.IntN(40) + 1)
					if dice.IntN(3) == 0 {
						chat = -storage.ChatID(dice.IntN(3) + 1)
					}
					for range dice.IntN(12) {
						n := note(chat, strings.Repeat("word ", 1+dice.IntN(200)))
						switch {
						case dice.IntN(4) > 0:
						case chat > 0:
							g.say(typed(int64(chat), "hello"))
						default: // somebody asks in the group
							g.say(fmt.Sprintf(`"message":{"message_id":7,"date":1,"chat":{"id":%d,"type":"group"},"from":{"id":5,"first_name":"A"},"text":"/id"}`, chat))
						}
						if dice.IntN(3) == 0 {
							n.Kind, n.Message = storage.NoticeEdit, 55
						}
						owe(t, s, n)
						sent++
					}
					time.Sleep(time.Duration(dice.IntN(3000)) * time.Millisecond)
				}
				pass(2 * time.Hour)
				if len(limit.refused) != 0 || len(s.owing()) != 0 {
					t.Errorf("%d sent; over a limit: %.1000v; %d still owed", sent, limit.refused, len(s.owing()))
				}
				stopped(t, stop)
			})
		})
	}
}
