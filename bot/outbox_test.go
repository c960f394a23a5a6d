package bot_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
	"rechargebot/storage"
)

// outbound runs a bot over a store and a Telegram, for stories in which only the outbox acts.
func outbound(t *testing.T, g *telegram, s *store) (stop func() error) {
	t.Helper()
	_, stop = running(t, config(t, g, s, newDesk(s)))
	synctest.Wait()
	return stop
}

func owe(t *testing.T, s *store, notices ...storage.Notice) {
	t.Helper()
	if err := s.Owe(t.Context(), notices...); err != nil {
		t.Fatal(err)
	}
}

func note(chat storage.ChatID, text string) storage.Notice {
	return storage.Notice{Chat: chat, Kind: storage.NoticeMessage, Body: words(text)}
}

func job(id storage.JobID, chat storage.ChatID, card int64) storage.Job {
	return storage.Job{ID: id, Agent: storage.PersonID(chat), Chat: chat, Card: card, State: storage.Queued}
}

func TestWhatIsOwedIsSentInOrderAcrossRestarts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1, 2)
		owe(t, s, note(1, "a"), note(2, "x"), note(1, "b"))
		stop := outbound(t, g, s)
		owe(t, s, note(1, "c"), note(2, "y"))
		pass(time.Minute)
		stopped(t, stop)
		owe(t, s, note(1, "d"))
		stop = outbound(t, g, s)
		pass(time.Minute)
		stopped(t, stop)

		var got []string
		for _, c := range g.said() {
			if c.chat() == 1 {
				got = append(got, c.text())
			}
		}
		if diff := cmp.Diff([]string{"a", "b", "c", "d"}, got); diff != "" || len(g.said()) != 6 || len(s.owing()) != 0 {
			t.Errorf("chat 1 (-want +got):\n%s%d calls in all, %d still owed", diff, len(g.said()), len(s.owing()))
		}
	})
}

func TestAnOrderTakesFourCallsFromConfirmToDelivered(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		states []storage.State
		gap    time.Duration
		want   []string
	}{
		"the provider answers at once": {
			[]storage.State{storage.Sending, storage.Delivered}, 50 * time.Millisecond,
			[]string{"answerCallbackQuery ", "editMessageText card delivered", "sendMessage push delivered"},
		},
		"the provider takes a moment": {
			[]storage.State{storage.Sending, storage.Pending, storage.Delivered}, 300 * time.Millisecond,
			[]string{"answerCallbackQuery ", "editMessageText card pending", "editMessageText card delivered", "sendMessage push delivered"},
		},
		"a person has to decide": {
			[]storage.State{storage.Sending, storage.Unknown, storage.Review}, 100 * time.Millisecond,
			[]string{"answerCallbackQuery ", "editMessageText card unknown", "editMessageText card review", "sendMessage push review"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g, s := newTelegram(), newStore(1)
				g.messages[[2]int64{1, 70}] = "confirm?"
				g.latency = 30 * time.Millisecond
				d := newDesk(s)
				confirmed := make(chan struct{})
				d.do = func(context.Context, flows.Input) (flows.Answer, error) {
					s.order(job(9, 1, 70))
					s.move(9, storage.Queued)
					close(confirmed)
					return flows.Answer{}, nil
				}
				_, stop := running(t, config(t, g, s, d))
				g.say(pressed(1, 70, "confirm"))
				<-confirmed
				for _, state := range c.states {
					pass(c.gap)
					s.move(9, state)
				}
				pass(time.Minute)
				var got []string
				for _, c := range g.said() {
					got = append(got, c.method+" "+c.text())
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				stopped(t, stop)
			})
		})
	}
}

func TestACardThatCannotBeEditedDoesNotHoldBackThePush(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		g.messages[[2]int64{1, 70}] = "confirm?"
		down := true
		g.refuse = func(c call) *refusal {
			if c.method == "editMessageText" && down {
				return &refusal{code: 502, body: "<html>Bad Gateway</html>"}
			}
			return nil
		}
		s.order(job(9, 1, 70))
		stop := outbound(t, g, s)
		began := time.Now()
		s.move(9, storage.Delivered)
		pass(100 * time.Millisecond)
		pushes := g.said("sendMessage")
		if len(pushes) != 1 || time.Since(began) > time.Second {
			t.Fatalf("pushes %v after %v", pushes, time.Since(began))
		}
		if edits := g.said("editMessageText"); len(edits) == 0 || edits[0].at.After(pushes[0].at) {
			t.Errorf("the card should be tried before the push: %v", g.said())
		}
		g.mu.Lock()
		down = false
		g.mu.Unlock()
		pass(time.Minute)
		if g.messages[[2]int64{1, 70}] != "card delivered" || len(s.owing()) != 0 {
			t.Errorf("the card shows %q, %d still owed", g.messages[[2]int64{1, 70}], len(s.owing()))
		}
		stopped(t, stop)
	})
}

func TestRefusalsAndWhatBecomesOfTheNotice(t *testing.T) {
	t.Parallel()
	card := storage.Notice{Chat: 1, Kind: storage.NoticeCard, Job: 9}
	rich := storage.Notice{Chat: 1, Kind: storage.NoticeMessage, Body: []byte(`{"text":[{"t":"a<b "},{"t":"B","s":"bold"}],"rows":[[{"label":"Ok","token":"tok"}]]}`)}
	for name, c := range map[string]struct {
		notice  storage.Notice
		refuse  func(c call) string // a 400's description, or "" for none
		code    int
		want    []string
		given   bool // up
		lastRaw string
	}{
		"an unchanged card is as good as edited": {
			notice: card, refuse: func(c call) string { return "Bad Request: message is not modified: specified new …" },
			want: []string{"editMessageText card queued"},
		},
		"a lost card is sent anew": {
			notice: card,
			refuse: func(c call) string {
				if c.method == "editMessageText" {
					return "Bad Request: message to edit not found"
				}
				return ""
			},
			want: []string{"editMessageText card queued", "sendMessage card queued"},
		},
		"a card that cannot be edited for a reason unheard of is sent anew": {
			notice: card,
			refuse: func(c call) string {
				if c.method == "editMessageText" {
					return "Bad Request: SOMETHING_ABOUT_OLD_MESSAGES"
				}
				return ""
			},
			want: []string{"editMessageText card queued", "editMessageText card queued", "editMessageText card queued", "sendMessage card queued"},
		},
		"a lost message need not be brought up to date": {
			notice: storage.Notice{Chat: 1, Kind: storage.NoticeEdit, Message: 55, Body: words("decided")},
			refuse: func(call) string { return "Bad Request: message can't be edited" },
			want:   []string{"editMessageText decided"},
		},
		"refused markup is said plainly": {
			notice: rich,
			refuse: func(c call) string {
				if c.form["parse_mode"] != "" {
					return `Bad Request: can't parse entities: Unsupported start tag "b"`
				}
				return ""
			},
			want: []string{"sendMessage a&lt;b <b>B</b>", "sendMessage a<b B"}, lastRaw: `{"inline_keyboard":[[{"text":"Ok","callback_data":"tok"}]]}`,
		},
		"refused buttons are left out": {
			notice: rich,
			refuse: func(c call) string {
				if c.form["reply_markup"] != "" {
					return "Bad Request: BUTTON_DATA_INVALID"
				}
				return ""
			},
			want: []string{"sendMessage a&lt;b <b>B</b>", "sendMessage a<b B", "sendMessage a<b B"},
		},
		"what is refused even bare is given up": {
			notice: rich, refuse: func(call) string { return "Bad Request: something new" }, given: true,
			want: []string{"sendMessage a&lt;b <b>B</b>", "sendMessage a<b B", "sendMessage a<b B"},
		},
		"who blocked the bot cannot be told": {
			notice: note(1, "hello"), code: 403, refuse: func(call) string { return "Forbidden: bot was blocked by the user" },
			want: []string{"sendMessage hello"}, given: true,
		},
		"who never started the bot cannot be told": {
			notice: note(1, "hello"), refuse: func(call) string { return "Bad Request: chat not found" },
			want: []string{"sendMessage hello"}, given: true,
		},
		"without its topic an alert goes to the group": {
			notice: storage.Notice{Chat: -5, Topic: 8, Kind: storage.NoticeMessage, Body: words("Low balance")},
			refuse: func(c call) string {
				if c.form["message_thread_id"] == "8" {
					return "Bad Request: message thread not found"
				}
				return ""
			},
			want: []string{"sendMessage Low balance", "sendMessage Low balance"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g, s := newTelegram(), newStore(1)
				s.order(job(9, 1, 70))
				g.refuse = func(call call) *refusal {
					if call.form == nil || call.method == "getMe" {
						return nil
					}
					if why := c.refuse(call); why != "" {
						return &refusal{code: max(c.code, 400), description: why}
					}
					return nil
				}
				_, stop := running(t, config(t, g, s, newDesk(s)))
				synctest.Wait()
				owe(t, s, c.notice)
				pass(time.Minute)
				var got []string
				for _, c := range g.said() {
					got = append(got, c.method+" "+c.text())
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				if c.lastRaw != "" && g.said()[len(got)-1].form["reply_markup"] != c.lastRaw {
					t.Errorf("last markup: %s", g.said()[len(got)-1].form["reply_markup"])
				}
				if len(s.owing()) != 0 || (len(s.given) == 1) != c.given {
					t.Errorf("%d still owed, given up: %v", len(s.owing()), s.given)
				}
				stopped(t, stop)
			})
		})
	}
}

func TestANewCardIsRememberedAndEditedAlong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		stop := outbound(t, g, s)
		for _, step := range []string{"one", "two", "two", "three"} {
			owe(t, s, storage.Notice{Chat: 1, Kind: storage.NoticeScreen, Body: words(step)})
			pass(10 * time.Second)
		}
		calls := g.said()
		var got []string
		for _, c := range calls {
			got = append(got, c.method+" "+c.text())
		}
		// The repeated screen finds an empty queue, which remembers nothing: Telegram says that it is unchanged.
		want := []string{"sendMessage one", "editMessageText two", "editMessageText two", "editMessageText three"}
		if diff := cmp.Diff(want, got); diff != "" || calls[0].form["disable_notification"] != "true" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		delete(g.messages, [2]int64{1, s.sessions[1].Card})
		owe(t, s, storage.Notice{Chat: 1, Kind: storage.NoticeScreen, Body: words("four")})
		pass(10 * time.Second)
		owe(t, s, storage.Notice{Chat: 1, Kind: storage.NoticeScreen, Body: words("five")})
		pass(10 * time.Second)
		if len(g.messages) != 1 || g.messages[[2]int64{1, s.sessions[1].Card}] != "five" {
			t.Errorf("after the card was deleted: messages %v, card %d", g.messages, s.sessions[1].Card)
		}
		stopped(t, stop)
	})
}

func TestOnlyTheNewestScreenIsSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		g.latency = time.Second
		stop := outbound(t, g, s)
		for i := range 10 {
			owe(t, s, storage.Notice{Chat: 1, Kind: storage.NoticeScreen, Body: words(fmt.Sprint(i))})
			pass(10 * time.Millisecond)
		}
		pass(time.Minute)
		if diff := cmp.Diff([]string{"0", "9"}, texts(g.said())); diff != "" || len(s.owing()) != 0 {
			t.Errorf("screens (-want +got):\n%s%d still owed", diff, len(s.owing()))
		}
		stopped(t, stop)
	})
}

// The answer to the sending of a confirm card gets lost, the agent confirms on the card all the same, and
// the store forgets the screen: nothing brings it back.
func TestAScreenThatIsNotOwedAnyMoreIsNotSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		d := newDesk(s)
		d.do = func(context.Context, flows.Input) (flows.Answer, error) {
			s.forgetScreens()
			s.order(job(9, 1, 70))
			s.move(9, storage.Pending)
			return flows.Answer{}, nil
		}
		g.messages[[2]int64{1, 70}] = "confirm?"
		g.refuse = func(c call) *refusal {
			if c.method == "sendMessage" {
				return &refusal{cause: errors.New("connection reset")} // it took effect as message 70
			}
			return nil
		}
		_, stop := running(t, config(t, g, s, d))
		synctest.Wait()
		owe(t, s, storage.Notice{Chat: 1, Kind: storage.NoticeScreen, Body: words("confirm?")})
		synctest.Wait()
		g.say(pressed(1, 70, "confirm"))
		pass(time.Minute)
		var got []string
		for _, c := range g.said() {
			got = append(got, c.method+" "+c.text())
		}
		want := []string{"sendMessage confirm?", "answerCallbackQuery ", "editMessageText card pending"}
		if diff := cmp.Diff(want, got); diff != "" || len(s.owing()) != 0 {
			t.Errorf("calls (-want +got):\n%s%d still owed", diff, len(s.owing()))
		}
		stopped(t, stop)
	})
}

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

func TestANoticeReadAtTheStartIsNotSentAgainWhenTheStoreTellsOfIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		owe(t, s, note(1, "a"), note(1, "b"))
		late := s.owing() // committed, but the store has not told anybody yet
		stop := outbound(t, g, s)
		s.listen(late)
		owe(t, s, note(1, "c"))
		pass(time.Minute)
		if diff := cmp.Diff([]string{"a", "b", "c"}, texts(g.said())); diff != "" {
			t.Errorf("said (-want +got):\n%s", diff)
		}
		stopped(t, stop)
	})
}

func TestAScreenThatWaitsForTelegramGivesWayToANewerOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		down := true
		g.refuse = func(c call) *refusal {
			if c.method == "sendMessage" && down {
				down = false
				return &refusal{code: 500, description: "Internal Server Error"}
			}
			return nil
		}
		stop := outbound(t, g, s)
		owe(t, s, storage.Notice{Chat: 1, Kind: storage.NoticeScreen, Body: words("old")})
		synctest.Wait()
		owe(t, s, storage.Notice{Chat: 1, Kind: storage.NoticeScreen, Body: words("new")})
		pass(time.Minute)
		if diff := cmp.Diff([]string{"old", "new"}, texts(g.said())); diff != "" || len(s.owing()) != 0 {
			t.Errorf("said (-want +got):\n%s%d still owed", diff, len(s.owing()))
		}
		stopped(t, stop)
	})
}

func TestAScreenThatGoesBackIsSentThoughTheEditBetweenWasLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		s.sessions[1] = storage.Session{Chat: 1, Person: 1, Card: 70}
		g.messages[[2]int64{1, 70}] = "menu"
		g.refuse = func(c call) *refusal {
			if c.text() == "amounts" { // it takes effect, and the answer is lost
				g.messages[[2]int64{1, 70}] = c.text()
				return &refusal{cause: errors.New("connection reset by peer")}
			}
			return nil
		}
		stop := outbound(t, g, s)
		screen := func(shown string) storage.Notice {
			return storage.Notice{Chat: 1, Person: 1, Kind: storage.NoticeScreen, Body: words(shown)}
		}
		owe(t, s, screen("numbers"))
		for i := range 5 { // which keep the chat busy
			owe(t, s, storage.Notice{Chat: 1, Person: 1, Kind: storage.NoticeMessage, Body: words(fmt.Sprint("result ", i))})
		}
		pass(500 * time.Millisecond)
		owe(t, s, screen("amounts"))
		pass(50 * time.Millisecond)
		owe(t, s, screen("numbers"))
		pass(time.Minute)
		if got := g.messages[[2]int64{1, 70}]; got != "numbers" || len(s.owing()) != 0 {
			t.Errorf("the screen shows %q after %q, want it back at the numbers", got, texts(g.said()))
		}
		stopped(t, stop)
	})
}

func TestACardThatShowsTheNewestStateAlreadyIsNotEditedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		g.messages[[2]int64{1, 70}] = "confirm?"
		g.latency = time.Second
		s.order(job(9, 1, 70))
		stop := outbound(t, g, s)
		s.move(9, storage.Pending)
		pass(10 * time.Millisecond)
		s.move(9, storage.Pending)
		pass(time.Minute)
		if diff := cmp.Diff([]string{"card pending"}, texts(g.said())); diff != "" || len(s.owing()) != 0 {
			t.Errorf("edits (-want +got):\n%s%d still owed", diff, len(s.owing()))
		}
		stopped(t, stop)
	})
}

func TestAPressOnAMessageThatWasJustSentFindsItInTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		d := newDesk(s)
		var card int64
		d.do = func(ctx context.Context, in flows.Input) (flows.Answer, error) {
			session, err := s.Session(ctx, in.Chat)
			card = session.Card
			return flows.Answer{}, err
		}
		g.after = func(c call) {
			if c.method == "sendMessage" { // the person is quicker than the answer to us
				g.say(pressed(1, 101, "x"))
				time.Sleep(100 * time.Millisecond)
			}
		}
		_, stop := running(t, config(t, g, s, d))
		synctest.Wait()
		owe(t, s, storage.Notice{Chat: 1, Kind: storage.NoticeScreen, Body: words("choose")})
		pass(time.Minute)
		if card != 101 {
			t.Errorf("the press found card %d, want the message it was under", card)
		}
		stopped(t, stop)
	})
}
