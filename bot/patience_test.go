package bot_test

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
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

// lateTelegram does at once what it is asked for, and says so long after.
type lateTelegram struct {
	*telegram
	late time.Duration
}

func (l lateTelegram) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/getUpdates") {
		return l.telegram.RoundTrip(r)
	}
	answer, err := l.telegram.RoundTrip(r.WithContext(context.WithoutCancel(r.Context())))
	select {
	case <-time.After(l.late):
		return answer, err
	case <-r.Context().Done():
		if err == nil {
			_ = answer.Body.Close()
		}
		return nil, r.Context().Err()
	}
}

// A message whose answer comes late is repeated a few times and not as long as Telegram is slow; what comes after it in
// the chat is said too.
func TestASlowTelegramIsNotToldTheSameForEver(t *testing.T) {
	t.Parallel()
	for late, want := range map[time.Duration]int{9 * time.Second: 1, 12 * time.Second: 2, 35 * time.Second: 3, 50 * time.Second: 4} {
		t.Run(late.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, g := newShop(t, 1), newTelegram()
				c := s.config(g)
				c.Transport = lateTelegram{g, late}
				_, stop := running(t, c)
				for i := range 3 {
					if err := s.Owe(t.Context(), note(1, fmt.Sprint("message ", i))); err != nil {
						t.Fatal(err)
					}
				}
				pass(time.Hour)
				said := map[string]int{}
				for _, m := range g.told(1) {
					said[m]++
				}
				for i := range 3 {
					if n := said[fmt.Sprint("message ", i)]; n != want {
						t.Errorf("message %d came %d times within an hour, want %d", i, n, want)
					}
				}
				if left := len(s.owing()); left != 0 {
					t.Errorf("%d messages are still owed", left)
				}
				stopped(t, stop)
				_ = s.Close()
			})
		})
	}
}
