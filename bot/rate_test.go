package bot_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/storage"
)

// narrow is a Telegram whose limit over all chats is lower than the published one.
type narrow struct {
	mu      sync.Mutex
	most    int // in any second
	arrived []time.Time
	refused []time.Time
}

func (n *narrow) judge(c call) *refusal {
	if c.method != "sendMessage" {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	now := time.Now()
	n.arrived = within(n.arrived, now, time.Second)
	if len(n.arrived) >= n.most {
		n.refused = append(n.refused, now)
		return &refusal{code: 429, description: "Too Many Requests: retry after 3", retryAfter: 3}
	}
	n.arrived = append(n.arrived, now)
	return nil
}

func (n *narrow) becomes(most int) (refused int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.most = most
	refused, n.refused = len(n.refused), nil
	return refused
}

// sends owes so many results, each to a chat of its own, so that some always wait, and returns how long it took until
// the last was sent.
func sends(s *store, results int) time.Duration {
	began := time.Now()
	for i := 0; i < results || len(s.owing()) > 0; time.Sleep(time.Second) {
		for ; i < results && len(s.owing()) < 150; i++ {
			_ = s.Owe(context.Background(), note(storage.ChatID(i+1), fmt.Sprint("result ", i)))
		}
	}
	return time.Since(began)
}

// A Telegram that takes twenty messages a second is found out with a few refusals, and then asked for more so seldom
// that it refuses one call in some minutes. When it takes thirty again, it gets them again.
func TestALowerLimitIsLearntAndARaisedOneFoundOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s, limit := newTelegram(), newStore(1), &narrow{most: 30}
		g.refuse = limit.judge
		c := config(t, g, s, newDesk(s))
		c.Transport = newRoad(g, 10*time.Millisecond, 55*time.Millisecond)
		_, stop := running(t, c)
		synctest.Wait()
		if took := sends(s, 600); took > time.Second+600*time.Second*100/(30*95) || limit.becomes(20) != 0 {
			t.Errorf("at thirty a second 600 results took %v", took)
		}
		sends(s, 400)
		if n := limit.becomes(20); n > 16 { // in flight with the first refusal are some more
			t.Errorf("%d refusals until the limit was known", n)
		}
		took := sends(s, 4_000)
		n := limit.becomes(30)
		t.Logf("4000 results in %v at twenty a second, %d refusals", took, n)
		if most := 3 * int(1+took/(4*time.Minute)) / 2; n > most || took > 4_000*time.Second*100/(20*85) {
			t.Errorf("%d refusals in %v, want at most %d, and at least 85 %% of the limit", n, took, most)
		}
		pass(40 * time.Minute)
		if took := sends(s, 600); took > time.Second+600*time.Second*100/(30*95) || limit.becomes(30) != 0 {
			t.Errorf("when the limit was thirty again, 600 results took %v", took)
		}
		stopped(t, stop)
	})
}

// However little Telegram takes, everything is sent in the end, and nothing before its time.
func TestALimitOfEightASecondIsBorne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s, limit := newTelegram(), newStore(1), &narrow{most: 8}
		f := &flooding{until: map[int64]time.Time{}}
		g.refuse = func(c call) *refusal {
			if no := f.judge(c); no != nil {
				return no
			}
			no := limit.judge(c)
			if no != nil {
				f.until[0] = time.Now().Add(time.Duration(no.retryAfter) * time.Second)
			}
			return no
		}
		_, stop := running(t, config(t, g, s, newDesk(s)))
		synctest.Wait()
		took := sends(s, 1500)
		t.Logf("1500 results in %v at eight a second, %d refusals", took, len(limit.refused))
		if len(f.early) > 1 || took > 4*time.Minute+30*time.Second {
			t.Errorf("1500 results took %v; too early: %v", took, f.early)
		}
		stopped(t, stop)
	})
}
