package bot_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/storage"
)

// Six hours without Telegram, in every way in which it can be away, while orders go on.
func TestAnOutageOfSixHoursLosesNothingAndEndsWithoutABurst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var agents []storage.PersonID
		for i := range 40 {
			agents = append(agents, storage.PersonID(i+1))
		}
		s, g, limit := newShop(t, agents...), newTelegram(), newStrict()
		began := time.Now()
		gone, back := began.Add(10*time.Minute), began.Add(10*time.Minute+6*time.Hour)
		var tried, polls atomic.Int64
		g.refuse = func(c call) *refusal {
			now := time.Now()
			if now.Before(gone) || !now.Before(back) {
				return limit.judge(c)
			}
			if tried.Add(1); c.method == "getUpdates" {
				polls.Add(1)
			}
			switch now.Sub(gone) / time.Hour % 4 {
			case 0:
				return &refusal{cause: errors.New("dial tcp: connection refused")}
			case 1:
				return &refusal{code: 502, body: "<html><h1>502 Bad Gateway</h1></html>"}
			case 2:
				return &refusal{hangs: true}
			}
			return &refusal{code: 500, description: "Internal Server Error"}
		}
		b, stop := s.open(g)
		var people sync.WaitGroup
		for i, agent := range agents {
			dice := rand.New(rand.NewPCG(7, uint64(i)))
			people.Go(func() { s.work(agent, dice, back.Add(10*time.Minute)) })
		}
		time.Sleep(time.Until(back))
		owed, atReturn := b.Owed(), len(g.said())
		if stored := len(s.owing()); owed != stored || owed < 1000 {
			t.Errorf("%d notices are kept in memory, %d in the store", owed, stored)
		}
		pass(10 * time.Second)
		soon := len(g.said("sendMessage", "editMessageText")) - atReturn
		people.Wait()
		pass(10 * time.Minute)

		t.Logf("%d pushes owed at the end of the outage; in 6 h it was called %d times, %d of them polls; %d messages in the 10 s after it",
			owed, tried.Load(), polls.Load(), soon)
		if out := tried.Load() - polls.Load(); out > 6*3600/10 || out < 100 {
			t.Errorf("%d messages were tried in six hours without an answer", out)
		}
		if soon < 50 {
			t.Errorf("%d messages in the ten seconds after the return", soon)
		}
		if len(limit.refused) != 0 || len(s.owing()) != 0 {
			t.Errorf("429s: %v; still owed: %d", limit.refused[:min(5, len(limit.refused))], len(s.owing()))
		}
		s.checkTold(g, back)
		stopped(t, stop)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// work is an agent with an order every quarter of an hour.
func (s *shop) work(agent storage.PersonID, dice *rand.Rand, end time.Time) {
	for time.Now().Before(end) {
		time.Sleep(time.Duration(dice.IntN(15*60*1000)) * time.Millisecond)
		j := s.becomes(s.order(agent), storage.Sending)
		time.Sleep(time.Duration(dice.IntN(9000)) * time.Millisecond)
		switch dice.IntN(6) {
		case 0:
			s.becomes(j, storage.Failed)
		case 1:
			j = s.becomes(j, storage.Unknown, storage.Review)
			time.Sleep(time.Duration(dice.IntN(600)) * time.Second)
			s.becomes(j, storage.Delivered)
		case 2:
			j = s.becomes(j, storage.Pending, storage.Delivered)
			time.Sleep(time.Duration(dice.IntN(60)) * time.Second)
			s.becomes(j, storage.Reversed)
		default:
			s.becomes(j, storage.Delivered)
		}
	}
}

// checkTold compares what each agent saw with what happened: each push once and in order, each card at its
// newest state, to which it came with one call if it did so after back.
func (s *shop) checkTold(g *telegram, back time.Time) {
	s.t.Helper()
	told := map[storage.ChatID][]string{}
	cards, calls := map[string]string{}, map[string]int{}
	for _, c := range g.took() {
		kind, rest, _ := strings.Cut(c.text(), " ")
		switch kind {
		case "push":
			told[storage.ChatID(c.chat())] = append(told[storage.ChatID(c.chat())], c.text())
		case "card":
			id, state, _ := strings.Cut(rest, " ")
			cards[id] = state
			if !c.at.Before(back) {
				calls[id+" "+state]++
			}
		}
	}
	if diff := cmp.Diff(s.pushes, told); diff != "" {
		s.t.Errorf("pushes by chat (-want +got):\n%.3000s", diff)
	}
	for id, state := range s.newest {
		if got := cards[fmt.Sprintf("%d", id)]; got != string(state) {
			s.t.Errorf("the card of job %d shows %q, want %s", id, got, state)
		}
	}
	for what, n := range calls {
		if n != 1 {
			s.t.Errorf("card %s was shown %d times after the outage", what, n)
		}
	}
}
