package bot_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/bot"
)

// unready reports after how long the bot says that it is not ready, and why; it looks twenty times a second.
func unready(b *bot.Bot, within time.Duration) (after time.Duration, why string) {
	began := time.Now()
	for time.Since(began) < within {
		if err := b.Healthy(); err != nil {
			return time.Since(began), err.Error()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return 0, ""
}

// What a poll meets is told within a few seconds, whatever it is, and is over with the first poll that succeeds.
func TestATelegramThatCannotBePolledIsToldWithinSeconds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		no   *refusal
		says string
		most time.Duration
	}{
		"a refused connection": {&refusal{cause: errors.New("dial tcp 10.0.0.1:443: connect: connection refused")}, "connection refused", 4 * time.Second},
		"no such host":         {&refusal{cause: errors.New("dial tcp: lookup telegram.test: no such host")}, "no such host", 4 * time.Second},
		"a proxy's page":       {&refusal{code: 502, body: "<html>Bad Gateway</html>"}, "HTTP 502", 4 * time.Second},
		"an internal error":    {&refusal{code: 500, description: "Internal Server Error"}, "Internal Server Error", 4 * time.Second},
		"a rival":              {&refusal{code: 409, description: "Conflict: terminated by other getUpdates request"}, "other getUpdates", 100 * time.Millisecond},
		"no answer":            {&refusal{hangs: true}, "no answer in time", 60*time.Second + 100*time.Millisecond}, // fifty are Telegram's own
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g, s := newTelegram(), newStore(1)
				b, stop := running(t, config(t, g, s, newDesk(s)))
				pass(10 * time.Second)
				if err := b.Healthy(); err != nil {
					t.Errorf("in a held poll: %v", err)
				}
				pollRefusal(g, c.no)
				g.say(typed(1, "the held poll ends"))
				synctest.Wait()
				after, why := unready(b, 2*time.Minute)
				if why == "" || after > c.most || !strings.Contains(why, c.says) || strings.Contains(why, "canary") {
					t.Errorf("after %v: %q, want within %v one that says %q", after, why, c.most, c.says)
				}
				pollRefusal(g, nil)
				pass(6 * time.Second)
				if err := b.Healthy(); err != nil && name != "a rival" {
					t.Errorf("six seconds after the trouble: %v", err)
				}
				stopped(t, stop)
			})
		})
	}
}

// One connection that is dropped, or two within a second, is no news; nor is one every few minutes.
func TestAConnectionThatIsDroppedNowAndThenIsNoTrouble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		drops := 0
		g.refuse = func(c call) *refusal {
			if c.method == "getUpdates" && drops > 0 {
				drops--
				return &refusal{cause: errors.New("read: connection reset by peer")}
			}
			return nil
		}
		b, stop := running(t, config(t, g, s, newDesk(s)))
		synctest.Wait()
		for i := range 20 {
			g.mu.Lock()
			drops = 1 + i%3
			g.mu.Unlock()
			if after, why := unready(b, 2*time.Minute); why != "" {
				t.Fatalf("round %d, after %v: %s", i, after, why)
			}
		}
		stopped(t, stop)
	})
}
