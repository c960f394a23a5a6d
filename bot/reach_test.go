package bot_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows/alerts"
	"rechargebot/storage"
)

// shutting refuses calls to the chats, as Telegram does when the bot was blocked.
func shutting(chats map[int64]string) func(call) *refusal {
	return func(c call) *refusal {
		if c.form == nil { // a poll
			return nil
		}
		if why := chats[c.chat()]; why != "" {
			code := 403
			if strings.HasPrefix(why, "Bad Request") {
				code = 400
			}
			return &refusal{code: code, description: why}
		}
		return nil
	}
}

const blocked = "Forbidden: bot was blocked by the user"

func (g *telegram) set(chats map[int64]string, chat int64, why string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	chats[chat] = why
}

func (g *telegram) told(chat int64) (out []string) {
	for _, c := range g.took() {
		if c.chat() == chat {
			out = append(out, c.text())
		}
	}
	return out
}

func (g *telegram) triedAt(chat int64) (n int) {
	for _, c := range g.said() {
		if c.chat() == chat {
			n++
		}
	}
	return n
}

func member(chat int64, status string) string {
	return fmt.Sprintf(`"my_chat_member":{"chat":{"id":%d,"type":"private"},"from":{"id":%d,"first_name":"A"},"date":1,"old_chat_member":{"status":"member"},"new_chat_member":{"status":%q}}`, chat, chat, status)
}

func TestWhoBlocksTheBotIsTriedOnceAndToldEverythingOnceWhenHeardOfAgain(t *testing.T) {
	t.Parallel()
	for name, heard := range map[string]func(g *telegram){
		"by what he writes":               func(g *telegram) { g.say(typed(1, "/start")) },
		"by letting it write again":       func(g *telegram) { g.say(member(1, "member")) },
		"by all that came with the block": func(g *telegram) { g.say(member(1, "kicked"), member(1, "member"), typed(1, "/start")) },
		"by both, and by another word":    func(g *telegram) { g.say(member(1, "member"), typed(1, "/start"), typed(1, "hello")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, g, shut := newShop(t, 1, 2), newTelegram(), map[int64]string{1: blocked}
				g.refuse = shutting(shut)
				_, stop := s.open(g)
				for range 5 {
					s.becomes(s.order(1), storage.Sending, storage.Delivered)
					s.becomes(s.order(2), storage.Sending, storage.Delivered)
					pass(time.Minute)
				}
				if p := s.person(1); g.triedAt(1) != 1 || p.Unreachable.IsZero() || len(p.Untold) != 5 || len(s.owing()) != 0 {
					t.Errorf("%d calls to a chat that is closed; the person: %+v; owed: %d", g.triedAt(1), p, len(s.owing()))
				}
				if got := len(g.told(2)); got != 10 {
					t.Errorf("the other agent was told %d things, want 10", got)
				}
				stopped(t, stop)
				_, stop = s.open(g) // a restart forgets nobody
				pass(time.Minute)
				g.set(shut, 1, "")
				heard(g)
				pass(time.Minute)
				want := s.pushes[1]
				var got []string
				for _, m := range g.told(1) {
					if strings.HasPrefix(m, "push") {
						got = append(got, m)
					}
				}
				if diff := cmp.Diff(want, got); diff != "" || len(g.told(1)) != 10 {
					t.Errorf("told when heard of again (-want +got):\n%s%d messages in all", diff, len(g.told(1)))
				}
				if p := s.person(1); !p.Unreachable.IsZero() || len(p.Untold) != 0 {
					t.Errorf("still out of reach: %+v", p)
				}
				stopped(t, stop)
				_ = s.Close()
			})
		})
	}
}

// Three orders of one agent end within two seconds, just after he has blocked the bot: their results are noted in
// their order, and when he is back each card shows what became of its order.
func TestWhoComesBackSeesEachCardAsItIsAndResultsInTheirOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g, shut := newShop(t, 1), newTelegram(), map[int64]string{}
		g.refuse = shutting(shut)
		_, stop := s.open(g)
		var jobs []storage.Job
		for range 8 {
			jobs = append(jobs, s.becomes(s.order(1), storage.Sending, storage.Pending))
		}
		open := s.becomes(s.order(1), storage.Sending)
		g.set(shut, 1, blocked)
		open = s.becomes(open, storage.Pending)
		pass(300 * time.Millisecond)
		for _, j := range jobs {
			s.becomes(j, storage.Delivered)
		}
		pass(2 * time.Second)
		if p := s.person(1); len(p.Untold) != len(jobs) || !slices.Contains(p.Stale, open.ID) || len(s.owing()) != 0 {
			t.Errorf("two seconds later: %+v, %d owed", p, len(s.owing()))
		}
		g.set(shut, 1, "")
		g.say(typed(1, "/start"))
		pass(time.Minute)
		var pushes []string
		cards := map[string]bool{}
		for _, m := range g.told(1) {
			if strings.HasPrefix(m, "push") {
				pushes = append(pushes, m)
			} else {
				cards[m] = true
			}
		}
		if diff := cmp.Diff(s.pushes[1], pushes); diff != "" {
			t.Errorf("results (-want +got):\n%s", diff)
		}
		if p := s.person(1); len(p.Stale) != 0 || len(cards) < len(jobs)+1 {
			t.Errorf("cards: %q; the person: %+v", slices.Sorted(maps.Keys(cards)), p)
		}
		stopped(t, stop)
		_ = s.Close()
	})
}

// An agent lets the bot write again and says so while the last refusal is on its way to us: whenever his word comes,
// before the try, during it or after it, he is told his results, each once and in their order.
func TestWhoIsHeardOfWhileHisResultIsRefusedIsToldIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ lag, at time.Duration }{ // in ms; a word waits for a send of its chat, but not for ever
		{100, 0}, {100, 50}, {100, 99}, {100, 100}, {100, 101}, {100, 150}, {100, 1000},
		{2000, 0}, {2000, 700}, {2000, 1300}, {2000, 1399}, {2000, 1400}, {2000, 1401}, {2000, 1999}, {2000, 2000}, {2000, 2001},
	} {
		lag, at := c.lag, c.at
		t.Run(fmt.Sprint("after ", int(at), " of ", int(lag), " ms"), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, g, shut := newShop(t, 1), newTelegram(), map[int64]string{1: blocked}
				g.refuse = shutting(shut) // judged when a call has arrived
				c := s.config(g)
				c.Transport = slowAnswers{g, lag * time.Millisecond}
				_, stop := running(t, c)
				pass(5 * time.Second)
				for range 6 {
					s.becomes(s.order(1), storage.Sending, storage.Delivered)
				}
				time.Sleep(at * time.Millisecond)
				g.set(shut, 1, "")
				g.say(typed(1, "I am back"))
				pass(time.Minute)
				var pushes []string
				for _, m := range g.told(1) {
					if strings.HasPrefix(m, "push") {
						pushes = append(pushes, m)
					}
				}
				if diff := cmp.Diff(s.pushes[1], pushes); diff != "" || !s.person(1).Unreachable.IsZero() || len(s.owing()) != 0 {
					t.Errorf("results (-want +got):\n%s%d owed; the person: %+v", diff, len(s.owing()), s.person(1))
				}
				stopped(t, stop)
				_ = s.Close()
			})
		})
	}
}

// slowAnswers bring what Telegram has decided a while later.
type slowAnswers struct {
	*telegram
	lag time.Duration
}

func (s slowAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.telegram.RoundTrip(r)
	if strings.HasSuffix(r.URL.Path, "/sendMessage") {
		time.Sleep(s.lag)
	}
	return resp, err
}

func TestABlockIsNotedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := newShop(t, 1), newTelegram()
		g.refuse = shutting(map[int64]string{1: blocked})
		_, stop := s.open(g)
		g.say(member(1, "kicked"), member(77, "kicked")) // and a stranger's, which is nothing to us
		pass(time.Second)
		j := s.becomes(s.order(1), storage.Sending, storage.Unknown, storage.Review)
		pass(time.Minute)
		s.becomes(j, storage.Delivered)
		pass(time.Minute)
		if p := s.person(1); g.triedAt(1) != 0 || len(p.Untold) != 1 || p.Untold[0].Job != j.ID {
			t.Errorf("%d calls; the person: %+v", g.triedAt(1), p)
		}
		waiting, err := s.Waiting(t.Context())
		if err != nil || len(waiting) != 0 {
			t.Errorf("in the inbox: %v, %v", waiting, err)
		}
		stopped(t, stop)
		_ = s.Close()
	})
}

// Nobody hears of it when a bot is let in again without a word: a result an hour later is the try that finds out.
func TestAClosedChatIsTriedWithAResultEveryHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g, shut := newShop(t, 1), newTelegram(), map[int64]string{1: blocked}
		g.refuse = shutting(shut)
		_, stop := s.open(g)
		for range 12 { // two hours
			s.becomes(s.order(1), storage.Sending, storage.Delivered)
			pass(10 * time.Minute)
		}
		if n := g.triedAt(1); n < 2 || n > 3 {
			t.Errorf("%d calls in two hours", n)
		}
		g.set(shut, 1, "")
		pass(time.Hour)
		s.becomes(s.order(1), storage.Sending, storage.Delivered)
		pass(5 * time.Minute)
		told := map[string]int{}
		for _, m := range g.told(1) {
			told[m]++
		}
		for _, m := range s.pushes[1] {
			if told[m] != 1 {
				t.Errorf("%q was told %d times", m, told[m])
			}
		}
		stopped(t, stop)
		_ = s.Close()
	})
}

// An owner of the configuration who has not pressed Start yet gets his alerts when he has, and no storm of calls.
func TestAnOwnerWhoNeverStartedTheBotIsNoStorm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g, shut := newShop(t), newTelegram(), map[int64]string{9: "Bad Request: chat not found"}
		if err := s.EnsureOwners(t.Context(), time.Now(), 9); err != nil {
			t.Fatal(err)
		}
		g.refuse = shutting(shut)
		_, stop := s.open(g)
		alert := storage.Notice{Chat: 9, Person: 9, Kind: storage.NoticeMessage, Body: words("alert")}
		for range 50 {
			if err := s.Owe(t.Context(), alert); err != nil {
				t.Fatal(err)
			}
			pass(time.Minute)
		}
		if n := g.triedAt(9); n != 1 {
			t.Errorf("%d calls for an owner who is not there", n)
		}
		g.set(shut, 9, "")
		g.say(typed(9, "/start"))
		pass(time.Minute)
		if err := s.Owe(t.Context(), alert); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if diff := cmp.Diff([]string{"alert"}, g.told(9)); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		stopped(t, stop)
		_ = s.Close()
	})
}

// A group that takes the bot out, or refuses what it says in words that nobody has heard yet: its alerts go to the
// admins until the bot may write there again.
func TestAlertsOfAGroupThatIsClosedGoToTheAdmins(t *testing.T) {
	t.Parallel()
	for why, calls := range map[string]int{ // of one try
		"Forbidden: bot was kicked from the supergroup chat":                         1,
		"Bad Request: TOPIC_CLOSED":                                                  2, // the general one, too
		"Bad Request: CHAT_RESTRICTED":                                               3, // whatever is left out of the message
		"Bad Request: group chat was upgraded to a supergroup chat":                  3, // and nobody says where it is
		"Bad Request: can't parse entities: Unsupported start tag \"x\" at offset 0": 3,
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { groupCloses(t, why, calls) })
		})
	}
}

func groupCloses(t *testing.T, why string, calls int) {
	const group = -1009000000001
	s, g, shut := newShop(t, 1, 2), newTelegram(), map[int64]string{}
	g.refuse = shutting(shut)
	c := s.config(g)
	watch := alerts.New(alerts.Config{
		Store: s.Store, OpsChat: group, Catalogue: c.Catalogue, Language: "en", Admins: func() []storage.ChatID { return []storage.ChatID{1, 2} },
	})
	c.Untold = watch.Instead
	_, stop := running(t, c)
	alert := func(wait time.Duration) {
		t.Helper()
		n := storage.Notice{Chat: group, Kind: storage.NoticeMessage, Body: words(fmt.Sprint("alert ", g.triedAt(group)))}
		if err := s.Owe(context.Background(), n); err != nil {
			t.Fatal(err)
		}
		pass(wait)
	}
	alert(time.Minute)
	g.set(shut, group, why)
	for range 6 {
		alert(3 * time.Minute)
	}
	tried := g.triedAt(group)
	g.set(shut, group, "")
	pass(10 * time.Minute)
	alert(time.Minute)
	if got := len(g.told(group)); got != 2 || tried != 1+2*calls {
		t.Errorf("the group was told %d alerts, want 2; it was called %d times, want once while it was open and %d times for each of two tries", got, tried, calls)
	}
	for _, admin := range []int64{1, 2} {
		told := g.told(admin)
		warned := 0
		for _, m := range told {
			if strings.Contains(m, "group is closed to me") {
				warned++
			}
			if !strings.Contains(m, "alert ") {
				t.Errorf("admin %d was told %q", admin, m)
			}
		}
		if len(told) != 6 || warned != 1 {
			t.Errorf("admin %d was told %d alerts, %d times that the group is closed: %q", admin, len(told), warned, told)
		}
	}
	stopped(t, stop)
	_ = s.Close()
}
