package bot_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
	"rechargebot/storage"
)

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
