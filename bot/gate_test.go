package bot_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
	"rechargebot/storage"
)

func TestAFloodOfStrangersReachesNeitherTheStoreNorTheAgents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		d := newDesk(s)
		for i := range 20_000 {
			g.say(typed(int64(100+i%10_000), "/start"))
			if i%1000 == 0 {
				g.say(typed(1, fmt.Sprint(i)))
			}
		}
		_, stop := running(t, config(t, g, s, d))
		pass(time.Minute)
		if n, doubled := d.total(); n < 100+20 || n > 160 || doubled != 0 {
			t.Errorf("%d inputs handled, want the agent's 20 and the strangers' burst of about 100", n)
		}
		if n := len(d.heard(1)); n != 20 {
			t.Errorf("the agent was heard %d times, want 20", n)
		}
		if g.unconfirmed() != 0 || len(s.seen) > 160 {
			t.Errorf("%d unconfirmed, %d updates were written down", g.unconfirmed(), len(s.seen))
		}
		stopped(t, stop)
	})
}

func TestAStrangerIsHeardAgainAfterAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore()
		d := newDesk(s)
		_, stop := running(t, config(t, g, s, d))
		for range 20 {
			g.say(typed(9, "hello"))
		}
		synctest.Wait()
		atOnce := len(d.heard(9))
		pass(30 * time.Second)
		for range 20 {
			g.say(typed(9, "hello again"))
		}
		synctest.Wait()
		if atOnce != 5 || len(d.heard(9)) != 8 {
			t.Errorf("heard %d at once and %d in all, want 5 and 8", atOnce, len(d.heard(9)))
		}
		s.mu.Lock()
		s.people[9] = storage.Person{ID: 9, Role: storage.RoleAgent}
		s.mu.Unlock()
		for range 20 {
			g.say(typed(9, "now an agent"))
		}
		synctest.Wait()
		if n := len(d.heard(9)); n != 28 {
			t.Errorf("heard %d after the approval, want 28", n)
		}
		stopped(t, stop)
	})
}

// Whoever has talked too much is still told the own id, and how to ask, but not without end.
func TestAStrangersChatterDoesNotSilenceItsQuestions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore()
		d := newDesk(s)
		_, stop := running(t, config(t, g, s, d))
		for range 12 {
			g.say(typed(9, "hello"))
		}
		for range 12 {
			g.say(typed(9, "/id"))
		}
		synctest.Wait()
		if n := len(d.heard(9)); n != 5+2 {
			t.Errorf("heard %d times at once, want 5 texts and 2 questions", n)
		}
		pass(10 * time.Second)
		g.say(typed(9, "/start"), typed(9, "/id"))
		synctest.Wait()
		if n := len(d.heard(9)); n != 5+3 {
			t.Errorf("heard %d times, want one more question after ten seconds", n)
		}
		stopped(t, stop)
	})
}

func TestInGroupsOnlyCommandsAndPressesPass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		d := newDesk(s)
		const head = `"message":{"message_id":7,"date":1,"chat":{"id":-5,"type":"supergroup"},"from":{"id":1},`
		g.say(head+`"text":"good morning"}`, head+`"text":"/id@OtherBot"}`, head+`"text":"/id@rechargebot"}`, head+`"text":"/id"}`, head+`"contact":{"phone_number":"1"}}`,
			`"callback_query":{"id":"q","from":{"id":1},"data":"p","message":{"message_id":7,"date":1,"chat":{"id":-5,"type":"supergroup"}}}`,
			`"channel_post":{"message_id":7,"date":1,"chat":{"id":-6,"type":"channel"},"text":"/id"}`,
			`"edited_message":{"message_id":7,"date":1,"chat":{"id":1,"type":"private"},"from":{"id":1},"text":"/id"}`,
			`"my_chat_member":{"chat":{"id":1,"type":"private"},"from":{"id":1}}`)
		kinds := map[string]int{}
		c := config(t, g, s, d)
		c.Seen = func(kind string) { kinds[kind]++ }
		_, stop := running(t, c)
		synctest.Wait()
		want := map[string]int{"message": 2, "callback_query": 1, "gated": 2, "dropped": 4}
		if diff := cmp.Diff(want, kinds); diff != "" || g.unconfirmed() != 0 || len(s.seen) != 3 {
			t.Errorf("kinds (-want +got):\n%s%d unconfirmed, %d stored", diff, g.unconfirmed(), len(s.seen))
		}
		stopped(t, stop)
	})
}

// While a crowd says this and that, the first owner's claim is heard; and a crowd that guesses is not heard out.
func TestACrowdDoesNotSilenceTheFirstOwner(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore()
		d := newDesk(s)
		for i := range 3000 {
			g.say(typed(int64(100+i), "/start"))
		}
		g.say(typed(9, "/claim ABCD"))
		_, stop := running(t, config(t, g, s, d))
		pass(time.Second)
		if len(d.heard(9)) != 1 {
			t.Error("the claim was not heard")
		}
		before, _ := d.total()
		for i := range 3000 {
			g.say(typed(int64(5000+i), "/claim GUESS"))
		}
		pass(10 * time.Second)
		if n, _ := d.total(); n-before > 20+5*11 {
			t.Errorf("%d guesses were written down in ten seconds", n-before)
		}
		stopped(t, stop)
	})
}

// A team that asks for its ids in one moment is told them all, though a crowd has just used up what strangers may
// say, and the agents in the midst of it are not kept waiting; a crowd that goes on asking is not heard out.
func TestATeamThatAsksForItsIDsIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		g.latency = 50 * time.Millisecond
		d := newDesk(s)
		d.do = func(ctx context.Context, in flows.Input) (flows.Answer, error) {
			time.Sleep(10 * time.Millisecond)
			if in.Chat == 1 {
				if late := time.Since(in.At); late > 100*time.Millisecond {
					t.Errorf("the agent waited %v", late)
				}
				return flows.Answer{}, nil
			}
			return flows.Answer{}, s.Owe(ctx, storage.Notice{Chat: in.Chat, Person: in.From.ID, Kind: storage.NoticeMessage, Body: words("your id"), Created: time.Now()})
		}
		for i := range 3000 {
			g.say(typed(int64(1000+i), "/start"))
		}
		_, stop := running(t, config(t, g, s, d))
		pass(time.Second)
		before, _ := d.total()
		for i := range 200 {
			g.say(typed(int64(100+i), "/id"))
			if i%20 == 0 {
				g.say(typed(1, fmt.Sprint(i)))
			}
			time.Sleep(5 * time.Millisecond)
		}
		pass(15 * time.Second)
		for i := range int64(200) {
			if told := len(d.heard(storage.ChatID(100 + i))); told != 1 {
				t.Errorf("person %d was heard %d times", 100+i, told)
			}
		}
		if sent := len(g.said("sendMessage")); sent < before+200 || len(d.heard(1)) != 10 {
			t.Errorf("%d messages were sent, %d of them owed before; the agent was heard %d times", sent, before, len(d.heard(1)))
		}
		before, _ = d.total()
		for i := range 3000 {
			g.say(typed(int64(5000+i), "/id"))
		}
		pass(time.Second)
		if n, _ := d.total(); n-before > 300+100+30 {
			t.Errorf("%d of a crowd's questions were written down in a second", n-before)
		}
		stopped(t, stop)
	})
}
