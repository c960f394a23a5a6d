package bot_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"rechargebot/bot"
	"rechargebot/flows"
	"rechargebot/providers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pollRefusal makes every poll, and only polls, go wrong.
func pollRefusal(g *telegram, no *refusal) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refuse = func(c call) *refusal {
		if c.method == "getUpdates" {
			return no
		}
		return nil
	}
}

func TestASecondInstanceMakesTheBotGiveUpAfterAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore()
		pollRefusal(g, &refusal{code: 409, description: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"})
		c := config(t, g, s, newDesk(s))
		b, err := bot.New(c)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		go func() {
			time.Sleep(time.Second)
			if err := b.Healthy(); err == nil || !strings.Contains(err.Error(), "other getUpdates") {
				t.Errorf("healthy says %v while another instance polls", err)
			}
		}()
		err = b.Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), "another instance") || time.Since(began) > 70*time.Second || time.Since(began) < time.Minute {
			t.Errorf("Run ended after %v with %v", time.Since(began), err)
		}
	})
}

func TestAnInstanceThatIsJustEndingIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		d := newDesk(s)
		pollRefusal(g, &refusal{code: 409, description: "Conflict: terminated by other getUpdates request"})
		b, stop := running(t, config(t, g, s, d))
		pass(40 * time.Second)
		pollRefusal(g, nil)
		g.say(typed(1, "hello"))
		pass(10 * time.Second)
		if n, _ := d.total(); n != 1 || b.Healthy() == nil {
			t.Errorf("%d handled, healthy: %v; want it handled, and not yet called healthy", n, b.Healthy())
		}
		pass(2 * time.Minute)
		if b.Healthy() != nil {
			t.Errorf("healthy says %v after two minutes without a rival", b.Healthy())
		}
		stopped(t, stop)
	})
}

func TestAWebhookIsRemovedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		d := newDesk(s)
		hooked := true
		g.refuse = func(c call) *refusal {
			switch {
			case c.method == "deleteWebhook":
				hooked = false
			case c.method == "getUpdates" && hooked:
				return &refusal{code: 409, description: "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"}
			}
			return nil
		}
		g.say(typed(1, "hello"))
		_, stop := running(t, config(t, g, s, d))
		pass(5 * time.Second)
		if n, _ := d.total(); n != 1 || len(g.said("deleteWebhook")) != 1 {
			t.Errorf("%d handled, %d webhooks removed", n, len(g.said("deleteWebhook")))
		}
		stopped(t, stop)
	})
}

func TestAWebhookThatIsNotRemovedAtOnceIsNoRival(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		d := newDesk(s)
		hooked, tries := true, 0
		g.refuse = func(c call) *refusal {
			if c.method == "deleteWebhook" {
				if tries++; tries <= 3 {
					return &refusal{code: 502, body: "<html>Bad Gateway</html>"}
				}
				hooked = false
			}
			if c.method == "getUpdates" && hooked {
				return &refusal{code: 409, description: "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"}
			}
			return nil
		}
		g.say(typed(1, "hello"))
		b, stop := running(t, config(t, g, s, d))
		pass(time.Minute)
		if n, _ := d.total(); n != 1 || tries != 4 || b.Healthy() != nil {
			t.Errorf("%d handled after %d tries to remove the webhook; healthy: %v", n, tries, b.Healthy())
		}
		stopped(t, stop)
	})
}

func TestARevokedTokenEndsTheRun(t *testing.T) {
	t.Parallel()
	for _, code := range []int{401, 404} {
		synctest.Test(t, func(t *testing.T) {
			g, s := newTelegram(), newStore()
			pollRefusal(g, &refusal{code: code, description: "Unauthorized"})
			b, err := bot.New(config(t, g, s, newDesk(s)))
			if err != nil {
				t.Fatal(err)
			}
			if err := b.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "does not know the bot token") {
				t.Errorf("Run ended with %v", err)
			}
		})
	}
}

func TestPollErrorsBackOffAndRecover(t *testing.T) {
	t.Parallel()
	for name, no := range map[string]*refusal{
		"a refused connection":      {cause: errors.New("dial tcp 10.0.0.1:443: connect: connection refused")},
		"a proxy's page":            {code: 502, body: "<html>" + strings.Repeat("<p>Bad Gateway</p>", 1000)},
		"an empty answer":           {code: 200, body: " "},
		"a cut answer":              {code: 200, body: `{"ok":true,"result":[{"update_id":1`},
		"updates without a number":  {code: 200, body: `{"ok":true,"result":[{"message":{}},5,null]}`},
		"an answer of another kind": {code: 200, body: `{"ok":true,"result":"yes"}`},
		"an internal error":         {code: 500, description: "Internal Server Error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g, s := newTelegram(), newStore(1)
				d := newDesk(s)
				var log strings.Builder
				c := config(t, g, s, d)
				c.Logger = textLogger(&log)
				b, stop := running(t, c)
				synctest.Wait()
				if err := b.Healthy(); err != nil {
					t.Errorf("after the first poll: %v", err)
				}
				pollRefusal(g, no)
				before := g.polled()
				pass(5 * time.Minute)
				if n := g.polled() - before; n < 40 || n > 100 {
					t.Errorf("%d polls in five minutes of trouble, want about one each 5 s", n)
				}
				if b.Healthy() == nil {
					t.Error("healthy after five minutes without a successful poll")
				}
				pollRefusal(g, nil)
				g.say(typed(1, "hello"))
				pass(10 * time.Second)
				if n, _ := d.total(); n != 1 || b.Healthy() != nil {
					t.Errorf("after the trouble: %d handled, healthy: %v", n, b.Healthy())
				}
				stopped(t, stop)
				if log.Len() > 8000 {
					t.Errorf("a log of %d bytes:\n%.2000s", log.Len(), log.String())
				}
			})
		})
	}
}

func TestAPollAskedToSlowDownWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore()
		pollRefusal(g, &refusal{code: 429, description: "Too Many Requests", retryAfter: 20})
		_, stop := running(t, config(t, g, s, newDesk(s)))
		pass(59 * time.Second)
		if n := g.polled(); n != 3 {
			t.Errorf("%d polls in 59 s with retry_after 20, want 3", n)
		}
		stopped(t, stop)
	})
}

func TestTelegramBeingDownAtTheStartIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		d := newDesk(s)
		g.refuse = func(call) *refusal { return &refusal{cause: errors.New("no such host")} }
		g.say(typed(1, "hello"))
		b, stop := running(t, config(t, g, s, d))
		pass(time.Hour)
		if b.Healthy() == nil {
			t.Error("healthy without ever having reached Telegram")
		}
		g.mu.Lock()
		g.refuse = nil
		g.mu.Unlock()
		pass(10 * time.Second)
		if n, _ := d.total(); n != 1 {
			t.Errorf("%d handled after Telegram came back", n)
		}
		stopped(t, stop)
	})
}

func TestTheTokenNeverShows(t *testing.T) {
	t.Parallel()
	_, secret, _ := strings.Cut(token, ":")
	for name, c := range map[string]struct {
		token string
		no    *refusal
	}{
		"the network fails":           {token, &refusal{cause: &net.OpError{Op: "dial", Err: errors.New("lookup of http://telegram.test/bot" + token + "/getUpdates")}}},
		"telegram repeats it":         {token, &refusal{code: 500, description: "no handler for /bot" + token + "/sendMessage"}},
		"a proxy repeats it":          {token, &refusal{code: 502, body: "<html>/bot" + token}},
		"it ends in a newline":        {token + "\n", &refusal{code: 400, description: "bot" + secret}},
		"it has a newline in between": {"4242:canary\nSecret_0123456789abcdefghijk", nil},
		"it is no token":              {"canary-Secret_0123456789abcdefghijk", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g, s := newTelegram(), newStore(1)
				g.refuse = func(call) *refusal { return c.no }
				owe(t, s, note(1, "x"))
				var log strings.Builder
				config := config(t, g, s, newDesk(s))
				config.Token, config.Logger = providers.Secret(c.token), textLogger(&log)
				b, err := bot.New(config)
				shown := fmt.Sprintf("%v %+v %#v", err, err, config)
				if (err != nil) != (c.no == nil) {
					t.Fatalf("New: %v", err)
				}
				if err == nil {
					ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
					defer cancel()
					runErr := b.Run(ctx)
					health := b.Healthy()
					shown += fmt.Sprintf("%v %+v %v %#v", runErr, runErr, health, health)
				}
				shown += log.String()
				if strings.Contains(shown, "canary") {
					t.Errorf("the token shows in:\n%s", shown)
				}
			})
		})
	}
}

func TestCheckAsksWhoTheTokenIs(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/bot"+token+"/getMe":
			_, _ = fmt.Fprint(w, `{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"R","username":"RechargeBot"}}`)
		case strings.HasPrefix(r.URL.Path, "/bot1:away"):
			http.Redirect(w, r, "https://example.org/"+r.URL.Path, http.StatusFound)
		default:
			w.WriteHeader(401)
			_, _ = fmt.Fprint(w, `{"ok":false,"error_code":401,"description":"Unauthorized"}`)
		}
	}))
	defer server.Close()
	if name, err := bot.Check(t.Context(), token+"\n", server.URL+"/"); name != "RechargeBot" || err != nil {
		t.Errorf("Check = %q, %v", name, err)
	}
	for token, want := range map[providers.Secret]string{
		"1:wrong": "Unauthorized",
		"1:away":  "HTTP 302 without an answer",
		"":        "must look like",
		"1:a/b":   "must look like",
		"nothing": "must look like",
	} {
		if _, err := bot.Check(t.Context(), token, server.URL); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "away") {
			t.Errorf("Check(%s) = %v, want %q", token.Reveal(), err, want)
		}
	}
	for _, address := range []string{"ftp://x", "telegram.org", "http://", "https://a:b@c", "https://x?y=1", "%"} {
		if _, err := bot.Check(t.Context(), token, address); err == nil || !strings.Contains(err.Error(), "must look like") {
			t.Errorf("Check at %q = %v", address, err)
		}
	}
}

func TestABotOverRealSocketsLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	g, s := newTelegram(), newStore(1)
	d := newDesk(s)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		resp, err := g.RoundTrip(r)
		if err != nil {
			return // the bot hung up
		}
		defer func() { _ = resp.Body.Close() }()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	}))
	defer server.Close()
	handled := make(chan struct{})
	d.do = func(ctx context.Context, in flows.Input) (flows.Answer, error) {
		defer close(handled)
		return flows.Answer{}, s.Owe(ctx, note(in.Chat, "answer"))
	}
	c := config(t, g, s, d)
	c.APIURL, c.Transport = server.URL, nil
	g.say(pressed(1, 70, "x"))
	_, stop := running(t, c)
	<-handled
	stopped(t, stop) // and TestMain looks for goroutines
}
