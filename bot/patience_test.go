package bot_test

import (
	"math"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// What Telegram asks for is waited to the second, and a day at most: a number that is none of Telegram's neither makes
// the bot hurry nor silences it for years.
func TestHowLongARefusalIsHeeded(t *testing.T) {
	t.Parallel()
	for asked, want := range map[int]time.Duration{
		math.MinInt64: time.Second, -5: time.Second, 0: time.Second, 1: time.Second, 7: 7 * time.Second, 3600: time.Hour,
		86_400: 24 * time.Hour, 1_000_000_000: 24 * time.Hour, 9_223_372_037: 24 * time.Hour, math.MaxInt64: 24 * time.Hour,
	} {
		t.Run(strconv.Itoa(asked), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g, s := newTelegram(), newStore(1)
				refused := false
				g.refuse = func(c call) *refusal {
					if c.method != "sendMessage" || refused {
						return nil
					}
					refused = true
					return &refusal{code: 429, description: "Too Many Requests", retryAfter: asked}
				}
				stop := outbound(t, g, s)
				owe(t, s, note(1, "hello"))
				pass(25 * time.Hour)
				tries := g.said("sendMessage")
				if len(tries) != 2 || tries[1].at.Sub(tries[0].at).Round(100*time.Millisecond) != want {
					t.Errorf("tried %v, want a second time after %v", tries, want)
				}
				stopped(t, stop)
			})
		})
	}
}
