package bot_test

import (
	"context"
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
