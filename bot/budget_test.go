package bot_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/flows"
	"rechargebot/storage"
)

// broadcast is three thousand results for three thousand chats at once, while sixty of their agents press buttons.
type broadcast struct {
	store *store
	desk  *desk
	road  *road
	press func(agent, card int64, n int)

	mu      sync.Mutex
	pressed map[string]time.Time // by what the screen then shows
	answers map[string]time.Time // by the query, where it is known
}

const (
	results  = 3000
	pressing = 60
)

func newBroadcast() *broadcast {
	var agents []storage.PersonID
	for i := range pressing {
		agents = append(agents, storage.PersonID(i+1))
	}
	b := &broadcast{store: newStore(agents...), pressed: map[string]time.Time{}, answers: map[string]time.Time{}}
	b.desk = newDesk(b.store)
	b.desk.do = func(ctx context.Context, in flows.Input) (flows.Answer, error) {
		shown := "menu"
		if in.Press != "" {
			b.mu.Lock()
			shown = fmt.Sprintf("screen %d of %d", len(b.desk.heard(in.Chat)), in.Chat)
			b.mu.Unlock()
		}
		screen := storage.Notice{Chat: in.Chat, Person: in.From.ID, Kind: storage.NoticeScreen, Body: withButton(shown)}
		return flows.Answer{}, b.store.Owe(ctx, screen)
	}
	for i := range results {
		id := storage.JobID(i + 1)
		b.store.order(storage.Job{ID: id, Agent: storage.PersonID(i + 1), Chat: storage.ChatID(i + 1), State: storage.Delivered})
	}
	return b
}

func withButton(words string) []byte {
	return fmt.Appendf(nil, `{"text":[{"t":%q}],"rows":[[{"label":"Next","token":"next"}]]}`, words)
}

// play owes the results and lets the agents press until everything was sent. start is how an agent begins.
func (b *broadcast) play(start func(agent int64)) (from time.Time) {
	for i := range pressing {
		start(int64(i + 1))
		time.Sleep(100 * time.Millisecond)
	}
	pass(time.Minute)
	from = time.Now()
	var pushes []storage.Notice
	for i := range results {
		pushes = append(pushes, storage.Notice{
			Chat: storage.ChatID(i + 1), Person: storage.PersonID(i + 1), Kind: storage.NoticePush, Job: storage.JobID(i + 1), State: storage.Delivered,
		})
	}
	_ = b.store.Owe(context.Background(), pushes...)
	var people sync.WaitGroup
	for i := range pressing {
		agent, dice := int64(i+1), rand.New(rand.NewPCG(1, uint64(i)))
		people.Go(func() {
			for n := 1; len(b.store.owing()) > 100; n++ {
				time.Sleep(time.Duration(7000+dice.IntN(6000)) * time.Millisecond)
				card, err := b.store.Session(context.Background(), storage.ChatID(agent))
				if err != nil || card.Card == 0 {
					continue
				}
				b.mu.Lock()
				b.pressed[fmt.Sprintf("screen %d of %d", len(b.desk.heard(storage.ChatID(agent))), agent)] = time.Now()
				b.mu.Unlock()
				b.press(agent, card.Card, n)
			}
		})
	}
	people.Wait()
	pass(30 * time.Second)
	return from
}

// judge compares with the budget: the share of 30 a second that was used while results were going out, and the
// longest that somebody who pressed waited for the screen.
func (b *broadcast) judge(t *testing.T, from time.Time) {
	t.Helper()
	counted, sent := 0, 0
	var last time.Time
	for _, c := range b.road.arrived("sendMessage") {
		if strings.HasPrefix(c.text(), "push ") {
			sent, last = sent+1, c.at
		}
	}
	var slowest time.Duration
	for _, c := range b.road.arrived("sendMessage", "editMessageText") {
		if !c.at.Before(from) && !c.at.After(last) {
			counted++
		}
		if at, ok := b.pressed[c.text()]; ok {
			delete(b.pressed, c.text())
			slowest = max(slowest, c.at.Sub(at))
		}
	}
	allowed := 30 * last.Sub(from).Milliseconds() // thousandths of messages
	t.Logf("%d results and %d other messages in %v: %d.%d %% of 30 a second; slowest screen after a press %v; 429s: %d",
		sent, counted-sent, last.Sub(from).Round(time.Millisecond), int64(counted)*100_000/allowed, int64(counted)*1000_000/allowed%10, slowest, b.road.tooMany)
	if sent != results || len(b.store.owing()) != 0 || len(b.pressed) != 0 {
		t.Errorf("%d results sent, %d still owed, presses without a screen: %v", sent, len(b.store.owing()), b.pressed)
	}
	if int64(counted)*1000*100 < 95*allowed {
		t.Errorf("only %d of %d.%03d messages that the limit allows", counted, allowed/1000, allowed%1000)
	}
	if b.road.tooMany != 0 || slowest > time.Second {
		t.Errorf("%d answers of 429; the slowest screen came %v after its press", b.road.tooMany, slowest)
	}
}

func TestABroadcastUsesTheBudgetWhilePressesAreAnsweredUnderAStrictSlidingSecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, g, limit := newBroadcast(), newTelegram(), newStrict()
		g.refuse = limit.judge
		b.road = newRoad(g, 10*time.Millisecond, 55*time.Millisecond)
		asked := map[string]time.Time{}
		b.press = func(agent, card int64, n int) {
			query := fmt.Sprintf("q%d-%d", agent, n)
			b.mu.Lock()
			asked[query] = time.Now()
			b.mu.Unlock()
			g.say(fmt.Sprintf(`"callback_query":{"id":%q,"from":{"id":%d,"first_name":"A"},"data":"next","message":{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"}}}`, query, agent, card, agent))
		}
		c := config(t, g, b.store, b.desk)
		c.Transport = b.road
		_, stop := running(t, c)
		from := b.play(func(agent int64) { g.say(typed(agent, "/start")) })
		var slowest time.Duration
		presses := len(asked)
		for _, c := range b.road.arrived("answerCallbackQuery") {
			slowest = max(slowest, c.at.Sub(asked[c.form["callback_query_id"]]))
			delete(asked, c.form["callback_query_id"])
		}
		t.Logf("%d presses, slowest answer after %v", presses, slowest)
		if len(asked) != 0 || slowest > time.Second || presses < 500 {
			t.Errorf("of %d presses %d were not answered, the slowest after %v", presses, len(asked), slowest)
		}
		if len(limit.refused) != 0 {
			t.Errorf("over a limit: %v", limit.refused[:min(len(limit.refused), 5)])
		}
		b.judge(t, from)
		stopped(t, stop)
	})
}

func TestABroadcastUsesTheBudgetWhilePressesAreAnsweredUnderTheSandboxsFloodControl(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBroadcast()
		var people []sandbox.Person
		for i := range results {
			people = append(people, sandbox.Person{ID: int64(i + 1), FirstName: fmt.Sprint("Agent ", i+1), Started: true})
		}
		g := sandbox.New(sandbox.Config{Token: token, BotName: "RechargeBot", People: people})
		defer g.Close()
		b.road = newRoad(memory{g.Handler()}, 10*time.Millisecond, 55*time.Millisecond)
		b.press = func(agent, card int64, _ int) {
			if _, err := g.Press(agent, agent, card, "Next"); err != nil {
				t.Error(err)
			}
		}
		c := config(t, newTelegram(), b.store, b.desk)
		c.Transport = b.road
		_, stop := running(t, c)
		from := b.play(func(agent int64) {
			if _, err := g.Send(agent, agent, "/start"); err != nil {
				t.Error(err)
			}
		})
		b.judge(t, from)
		stopped(t, stop)
	})
}
