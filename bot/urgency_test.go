package bot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
	"rechargebot/storage"
)

// An agent who comes back to sixty results can work at once: each screen comes within a second of its press,
// and the results go on in their order meanwhile.
func TestScreensOvertakeABacklogOfResults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s, limit := newTelegram(), newStore(1), newStrict()
		g.refuse = limit.judge
		g.latency = 50 * time.Millisecond
		g.messages[[2]int64{1, 70}] = "menu"
		s.sessions[1] = storage.Session{Chat: 1, Person: 1, Card: 70}
		d := newDesk(s)
		presses := 0
		d.do = func(ctx context.Context, in flows.Input) (flows.Answer, error) {
			presses++
			return flows.Answer{}, s.Owe(ctx, storage.Notice{Chat: 1, Person: 1, Kind: storage.NoticeScreen, Body: words(fmt.Sprint("screen ", presses))})
		}
		_, stop := running(t, config(t, g, s, d))
		synctest.Wait()
		var want []string
		for i := range storage.JobID(60) {
			s.order(storage.Job{ID: i + 1, Agent: 1, Chat: 1, State: storage.Delivered})
			owe(t, s, storage.Notice{Chat: 1, Person: 1, Kind: storage.NoticePush, Job: i + 1, State: storage.Delivered})
			want = append(want, fmt.Sprintf("%d", i+1))
		}
		pass(3 * time.Second)
		var pressedAt []time.Time
		for range 10 {
			pressedAt = append(pressedAt, time.Now())
			g.say(pressed(1, 70, "next"))
			pass(2500 * time.Millisecond)
		}
		pass(3 * time.Minute)
		shown, pushes := 0, 0
		for _, c := range g.took() {
			switch {
			case strings.HasPrefix(c.text(), "screen"):
				if wait := c.at.Sub(pressedAt[shown]); wait > time.Second {
					t.Errorf("%q came %v after the press", c.text(), wait)
				}
				shown++
			case strings.HasPrefix(c.text(), "push"):
				pushes++
			}
		}
		if shown != 10 || pushes != 60 || len(limit.refused) != 0 || len(s.owing()) != 0 {
			t.Errorf("%d screens, %d results, 429s: %v, %d still owed", shown, pushes, limit.refused, len(s.owing()))
		}
		if diff := cmp.Diff(want, s.sentJobs); diff != "" {
			t.Errorf("the order of the results (-want +got):\n%s", diff)
		}
		stopped(t, stop)
	})
}

// A result that is corrected waits for the results before it, also while its agent is answered something else.
func TestACorrectionOvertakesNoResult(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		d := newDesk(s)
		d.do = func(ctx context.Context, in flows.Input) (flows.Answer, error) {
			return flows.Answer{}, s.Owe(ctx, storage.Notice{Chat: 1, Person: 1, Kind: storage.NoticeMessage, Job: 1, Body: words("it did arrive"), Created: time.Now()})
		}
		_, stop := running(t, config(t, g, s, d))
		synctest.Wait()
		want := []string{}
		for i := range storage.JobID(8) {
			s.order(storage.Job{ID: i + 1, Agent: 1, Chat: 1, State: storage.Failed})
			owe(t, s, storage.Notice{Chat: 1, Person: 1, Kind: storage.NoticePush, Job: i + 1, State: storage.Failed, Created: time.Now()})
			want = append(want, "push failed")
		}
		g.say(typed(1, "/start"))
		pass(time.Minute)
		if diff := cmp.Diff(append(want, "it did arrive"), texts(g.said("sendMessage"))); diff != "" {
			t.Errorf("the order of what is told (-want +got):\n%s", diff)
		}
		stopped(t, stop)
	})
}

// The cards of three hundred orders begin at once, and come to their end at once. Whoever looks at something else does not
// wait for them.
func TestScreensOvertakeTheCardsOfOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s, limit := newTelegram(), newStore(1), newStrict()
		g.refuse = limit.judge
		g.latency = 50 * time.Millisecond
		g.messages[[2]int64{1, 70}] = "menu"
		s.sessions[1] = storage.Session{Chat: 1, Person: 1, Card: 70}
		d := newDesk(s)
		d.do = func(ctx context.Context, in flows.Input) (flows.Answer, error) {
			return flows.Answer{}, s.Owe(ctx, storage.Notice{Chat: 1, Person: 1, Kind: storage.NoticeScreen, Body: words(fmt.Sprint("screen ", in.Update))})
		}
		_, stop := running(t, config(t, g, s, d))
		synctest.Wait()
		cards := func(state storage.State) {
			for i := range storage.JobID(300) {
				chat := storage.ChatID(1000 + i)
				s.order(storage.Job{ID: i + 1, Agent: storage.PersonID(chat), Chat: chat, Card: int64(5000 + i), State: state})
				g.mu.Lock()
				g.messages[[2]int64{int64(chat), int64(5000 + i)}] = "card"
				g.mu.Unlock()
				owe(t, s, storage.Notice{Chat: chat, Person: storage.PersonID(chat), Kind: storage.NoticeCard, Job: i + 1, State: state})
			}
		}
		var pressedAt []time.Time
		presses := func() {
			for range 8 {
				pressedAt = append(pressedAt, time.Now())
				g.say(pressed(1, 70, "next"))
				pass(1200 * time.Millisecond)
			}
			pass(30 * time.Second)
		}
		cards(storage.Queued) // many at once, as after a restart
		presses()
		cards(storage.Delivered)
		presses()
		pass(30 * time.Second)
		shown, edits := 0, 0
		for _, c := range g.took() {
			switch {
			case strings.HasPrefix(c.text(), "screen"):
				if wait := c.at.Sub(pressedAt[shown]); wait > time.Second {
					t.Errorf("%q came %v after the press", c.text(), wait)
				}
				shown++
			case c.method == "editMessageText":
				edits++
			}
		}
		if shown != 16 || edits != 600 || len(limit.refused) != 0 || len(s.owing()) != 0 {
			t.Errorf("%d screens, %d cards, 429s: %v, %d still owed", shown, edits, limit.refused, len(s.owing()))
		}
		stopped(t, stop)
	})
}

func TestAPressIsAnsweredWhileAMessageToItsChatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		g.refuse = func(c call) *refusal {
			if c.method == "sendMessage" {
				return &refusal{hangs: true}
			}
			return nil
		}
		_, stop := running(t, config(t, g, s, newDesk(s)))
		synctest.Wait()
		owe(t, s, note(1, "hanging"))
		pass(time.Second)
		at := time.Now()
		g.say(pressed(1, 70, "x"))
		pass(5 * time.Second)
		if answers := g.said("answerCallbackQuery"); len(answers) != 1 || answers[0].at.Sub(at) > time.Second {
			t.Errorf("answers after %v: %v", at, answers)
		}
		stopped(t, stop)
	})
}

// Sixty-four chats at which messages hang leave room for what people wait for.
func TestMessagesThatHangLeaveRoomForScreens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		g.refuse = func(c call) *refusal {
			if c.method == "sendMessage" && c.chat() >= 100 {
				return &refusal{hangs: true}
			}
			return nil
		}
		d := newDesk(s)
		d.do = func(ctx context.Context, in flows.Input) (flows.Answer, error) {
			return flows.Answer{}, s.Owe(ctx, storage.Notice{Chat: 1, Person: 1, Kind: storage.NoticeScreen, Body: words("screen")})
		}
		_, stop := running(t, config(t, g, s, d))
		synctest.Wait()
		for i := range 200 {
			owe(t, s, note(storage.ChatID(100+i), "hanging"))
		}
		pass(3 * time.Second)
		at := time.Now()
		g.say(pressed(1, 70, "x"))
		pass(5 * time.Second)
		for _, c := range g.took() {
			if c.text() == "screen" && c.at.Sub(at) <= time.Second {
				stopped(t, stop)
				return
			}
		}
		t.Errorf("no screen within a second of the press: %v", g.took())
		stopped(t, stop)
	})
}
