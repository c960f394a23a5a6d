package bot_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/bot"
	"rechargebot/bot/sandbox"
)

// api makes a call of the Bot API that is not the bot's: somebody else has the token too.
func (h *hooked) api(method, body string) {
	h.t.Helper()
	resp, err := h.posts("http://telegram.test/bot"+token+"/"+method, body)
	if err != nil || resp.StatusCode != 200 {
		h.t.Fatalf("%s: %v %v", method, resp, err)
	}
}

// made counts the calls of a method that took effect.
func (h *hooked) made(method string) (n int) {
	for _, c := range h.telegram.Calls() {
		if c.Method == method && c.Effect {
			n++
		}
	}
	return n
}

func TestAWebhookThatIsTakenIsSetAgainOnceAndThenGivenUp(t *testing.T) {
	t.Parallel()
	for name, rival := range map[string]struct{ method, body string }{
		"by another's webhook": {"setWebhook", `{"url":"https://name:of-others@canary.example.org/of-others"}`},
		"by somebody polling":  {"deleteWebhook", `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newHooked(t)
				defer h.end()
				var log strings.Builder
				h.config.Logger = textLogger(&log)
				b, err := bot.New(h.config)
				if err != nil {
					t.Fatal(err)
				}
				ended := make(chan error, 1)
				go func() { ended <- b.Run(t.Context()) }()
				synctest.Wait()
				h.api(rival.method, rival.body)
				pass(2 * time.Minute)
				if n := h.made("setWebhook") - strings.Count(rival.method, "set"); n != 2 || b.Healthy() != nil {
					t.Errorf("the webhook was set %d times, want 2; healthy: %v", n, b.Healthy())
				}
				h.api(rival.method, rival.body)
				pass(2 * time.Minute)
				select {
				case err := <-ended:
					if err == nil || !strings.Contains(err.Error(), "another instance") || !strings.Contains(err.Error(), "stop the other one") {
						t.Errorf("Run ended with %v", err)
					}
				default:
					t.Fatal("the bot fights on for the webhook")
				}
				if said := log.String(); !strings.Contains(said, "set again") || strings.Contains(said, "of-others") || strings.Contains(said, hookSecret) {
					t.Errorf("the log:\n%s", said)
				}
			})
		})
	}
}

// spelt is a Telegram that spells the webhook's address in its own way.
type spelt struct{ way }

func (s spelt) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.way.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/getWebhookInfo") {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(strings.NewReader(strings.Replace(string(body), "http://127.0.0.1/", "HTTP://127.0.0.1:80/", 1)))
	return resp, err
}

func TestAWebhookIsOursHoweverItsAddressIsSpelt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHooked(t)
		defer h.end()
		h.config.Transport = spelt{way{h.telegram.Handler()}}
		b, stop := running(t, h.config)
		h.says(1, "a")
		pass(10 * time.Minute)
		if n, _ := h.desk.total(); n != 1 || h.made("setWebhook") != 1 || b.Healthy() != nil {
			t.Errorf("%d handled, the webhook was set %d times; healthy: %v", n, h.made("setWebhook"), b.Healthy())
		}
		stopped(t, stop)
	})
}

func TestAWebhookThatIsTakenOnceAWeekIsNoRival(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHooked(t)
		defer h.end()
		b, stop := running(t, h.config)
		for range 4 {
			pass(7 * 24 * time.Hour)
			h.api("deleteWebhook", `{}`)
		}
		h.says(1, "hello")
		pass(2 * time.Minute)
		if n, _ := h.desk.total(); n != 1 || b.Healthy() != nil {
			t.Errorf("%d handled, healthy: %v", n, b.Healthy())
		}
		stopped(t, stop)
	})
}

func TestAWebhookIsSetHoweverLongTelegramIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHooked(t)
		defer h.end()
		for _, m := range []string{"getMe", "setWebhook", "getWebhookInfo"} {
			for _, f := range []sandbox.Fault{{Kind: sandbox.Drop, Times: 3}, {Kind: sandbox.Page, Times: 2}, {Kind: sandbox.Drop, After: true, Times: 2}, {Kind: sandbox.Flood, RetryAfter: 3}} {
				f.Method = m
				if err := h.telegram.Fail(f); err != nil {
					t.Fatal(err)
				}
			}
		}
		b, stop := running(t, h.config)
		synctest.Wait()
		if b.Healthy() == nil {
			t.Error("healthy without a webhook")
		}
		h.says(1, "hello")
		pass(5 * time.Minute)
		if diff := cmp.Diff([]string{"hello"}, h.desk.heard(1)); diff != "" || b.Healthy() != nil {
			t.Errorf("heard (-want +got):\n%shealthy: %v", diff, b.Healthy())
		}
		if err := h.telegram.Fail(sandbox.Fault{Kind: sandbox.Page, Method: "getWebhookInfo", Times: 1000}); err != nil {
			t.Fatal(err)
		}
		pass(10 * time.Minute)
		if err := b.Healthy(); err == nil || !strings.Contains(err.Error(), "getWebhookInfo") {
			t.Errorf("healthy says %v when the webhook could not be looked at for ten minutes", err)
		}
		stopped(t, stop)
	})
}

func TestARefusedWebhookIsToldAtOnce(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]string{400: "Failed to resolve host", 401: "does not know the bot token"} {
		synctest.Test(t, func(t *testing.T) {
			h := newHooked(t)
			defer h.end()
			no := sandbox.Fault{Kind: sandbox.Error, Method: "setWebhook", Code: code, Times: 1000, Description: "Bad Request: bad webhook: Failed to resolve host"}
			if err := h.telegram.Fail(no); err != nil {
				t.Fatal(err)
			}
			b, err := bot.New(h.config)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			ended := make(chan error, 1)
			go func() { ended <- b.Run(ctx) }()
			pass(time.Second)
			if health := b.Healthy(); code == 400 && (health == nil || !strings.Contains(health.Error(), want)) {
				t.Errorf("healthy says %v, want %q", health, want)
			}
			if err := <-ended; code == 401 && (err == nil || !strings.Contains(err.Error(), want)) || code == 400 && err != nil {
				t.Errorf("Run ended with %v", err)
			}
		})
	}
}

func TestWhatTelegramCannotDeliverIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHooked(t)
		defer h.end()
		b, stop := running(t, h.config)
		synctest.Wait()
		h.telegram.FailDeliveries(10_000, false)
		h.says(1, "a")
		h.says(2, "b")
		pass(2 * time.Minute)
		if err := b.Healthy(); err == nil || !strings.Contains(err.Error(), "connection closed; 2 updates wait") {
			t.Errorf("healthy says %v", err)
		}
		h.telegram.FailDeliveries(-1, false) // over
		pass(10 * time.Minute)
		if n, doubled := h.desk.total(); n != 2 || doubled != 0 || b.Healthy() != nil {
			t.Errorf("%d handled, %d twice, healthy: %v", n, doubled, b.Healthy())
		}
		stopped(t, stop)
	})
}

func TestFromAWebhookBackToPollingNothingIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHooked(t)
		defer h.end()
		hook := h.config.Webhook
		var want []string
		for life := range 6 {
			h.config.Webhook = nil
			if life%2 == 0 {
				h.door = newPipes()
				h.config.Webhook = &bot.Webhook{URL: hook.URL, Listener: h.door, Secret: hook.Secret}
			}
			_, stop := running(t, h.config)
			for n := range 3 {
				words := fmt.Sprint(life, ".", n)
				want = append(want, words)
				h.says(1, words)
				pass(3 * time.Minute)
			}
			stopped(t, stop)
			words := fmt.Sprint("between ", life)
			want = append(want, words)
			h.says(1, words)
		}
		if diff := cmp.Diff(want[:len(want)-1], h.desk.heard(1)); diff != "" {
			t.Errorf("heard (-want +got):\n%s", diff)
		}
		if n, doubled := h.desk.total(); doubled != 0 || n != len(want)-1 {
			t.Errorf("%d handled, %d twice", n, doubled)
		}
	})
}
