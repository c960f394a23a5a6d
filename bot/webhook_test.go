package bot_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/bot"
	"rechargebot/flows"
	"rechargebot/providers"
	"rechargebot/storage"
)

func TestAWebhookFillsTheSameInbox(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHooked(t)
		defer h.end()
		h.says(1, "before the start")
		b, stop := running(t, h.config)
		synctest.Wait()
		if err := b.Healthy(); err != nil {
			t.Errorf("healthy says %v", err)
		}
		for i := range 20 {
			h.says(int64(1+i%3), fmt.Sprint(i))
		}
		synctest.Wait()
		want := []string{"before the start", "0", "3", "6", "9", "12", "15", "18"}
		if diff := cmp.Diff(want, h.desk.heard(1)); diff != "" {
			t.Errorf("chat 1 (-want +got):\n%s", diff)
		}
		if n, doubled := h.desk.total(); n != 21 || doubled != 0 || !h.telegram.Confirmed() || h.store.waiting() != 0 {
			t.Errorf("%d handled, %d twice, confirmed %v, %d wait", n, doubled, h.telegram.Confirmed(), h.store.waiting())
		}
		pass(time.Hour)
		if err := b.Healthy(); err != nil {
			t.Errorf("healthy says %v after an idle hour", err)
		}
		stopped(t, stop)
		for _, c := range h.telegram.Calls() {
			if c.Method == "setWebhook" && (c.Params["drop_pending_updates"] != nil || fmt.Sprint(c.Params["secret_token"]) != hookSecret ||
				!strings.HasPrefix(fmt.Sprint(c.Params["url"]), "http://127.0.0.1/in/")) {
				t.Errorf("setWebhook with %v", c.Params)
			}
		}
	})
}

func TestAWebhookSaysYesOnlyToWhatIsDurable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHooked(t)
		defer h.end()
		committed := make(chan error)
		h.config.Store = commits{h.store, func() error { return <-committed }}
		_, stop := running(t, h.config)
		synctest.Wait()
		answered := make(chan int, 2)
		for id := range int64(2) {
			go func() {
				status, _, _ := h.call(h.update(10+id, typed(1, "pay")), nil)
				answered <- status
			}()
			synctest.Wait()
		}
		if len(answered) != 0 {
			t.Error("an update was answered before its commit had ended")
		}
		committed <- nil
		if status := <-answered; status != http.StatusOK {
			t.Errorf("a stored update was answered %d", status)
		}
		committed <- errBroken
		if status := <-answered; status != http.StatusServiceUnavailable {
			t.Errorf("an update that the store refused was answered %d", status)
		}
		close(committed)
		if err := stop(); !errors.Is(err, storage.ErrBroken) {
			t.Errorf("Run ended with %v, want the store's error", err)
		}
	})
}

func TestAWebhookTurnsAwayWithTheBodyUntouched(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		verb, path, head string
		want             string
	}{
		"no secret":          {"POST", "", "", "401"},
		"an empty one":       {"POST", "", "X-Telegram-Bot-Api-Secret-Token:\r\n", "401"},
		"a short one":        {"POST", "", "X-Telegram-Bot-Api-Secret-Token: c\r\n", "401"},
		"almost right":       {"POST", "", "X-Telegram-Bot-Api-Secret-Token: canary-hook_Secreu\r\n", "401"},
		"all but its end":    {"POST", "", "X-Telegram-Bot-Api-Secret-Token: canary-hook_Secre\r\n", "401"},
		"and more":           {"POST", "", "X-Telegram-Bot-Api-Secret-Token: canary-hook_Secret_\r\n", "401"},
		"another case":       {"POST", "", "X-Telegram-Bot-Api-Secret-Token: CANARY-HOOK_SECRET\r\n", "401"},
		"right and wrong":    {"POST", "", "X-Telegram-Bot-Api-Secret-Token: canary-hook_Secret\r\nX-Telegram-Bot-Api-Secret-Token: x\r\n", "401"},
		"another path":       {"POST", "/in", "X-Telegram-Bot-Api-Secret-Token: canary-hook_Secret\r\n", "404"},
		"the root":           {"POST", "/", "X-Telegram-Bot-Api-Secret-Token: canary-hook_Secret\r\n", "404"},
		"another path's get": {"GET", "/metrics", "", "404"},
		"no post":            {"PUT", "", "X-Telegram-Bot-Api-Secret-Token: canary-hook_Secret\r\n", "405"},
		"too long":           {"POST", "", "X-Telegram-Bot-Api-Secret-Token: canary-hook_Secret\r\n", "413"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newHooked(t)
				defer h.end()
				var log strings.Builder
				h.config.Logger = textLogger(&log)
				_, stop := running(t, h.config)
				synctest.Wait()
				path := c.path
				if path == "" {
					path = strings.TrimPrefix(h.address(), "http://127.0.0.1")
				}
				for _, body := range []string{"Content-Length: 900000000", "Transfer-Encoding: chunked", "Content-Length: 900000000\r\nExpect: 100-continue"} {
					if c.want == "413" && !strings.HasPrefix(body, "Content-Length: 900000000") {
						continue
					}
					conn, err := h.door.dial(t.Context(), "", "")
					if err != nil {
						t.Fatal(err)
					}
					began := time.Now()
					_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\n%s%s\r\n\r\n", c.verb, path, c.head, body)
					if err != nil {
						t.Fatal(err)
					}
					line, err := bufio.NewReader(conn).ReadString('\n')
					if err != nil || !strings.Contains(line, " "+c.want+" ") || time.Since(began) != 0 {
						t.Errorf("%s: answered %q, %v after %v; want %s at once, without a byte of the body", body, line, err, time.Since(began), c.want)
					}
					if err := conn.Close(); err != nil {
						t.Error(err)
					}
				}
				if n, _ := h.desk.total(); n != 0 || len(h.store.seen) != 0 {
					t.Errorf("%d handled, %d stored", n, len(h.store.seen))
				}
				stopped(t, stop)
				if strings.Contains(log.String(), "canary") {
					t.Errorf("the secret shows in the log:\n%s", log.String())
				}
			})
		})
	}
}

func TestAWebhooksBodiesAreJudged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHooked(t)
		defer h.end()
		_, stop := running(t, h.config)
		synctest.Wait()
		long := `{"update_id":7,` + typed(1, strings.Repeat("x", 1<<20)) + `}`
		for name, c := range map[string]struct {
			body io.Reader
			want int
		}{
			"empty":              {strings.NewReader(""), 400},
			"no JSON":            {strings.NewReader("update_id=5"), 400},
			"cut off":            {strings.NewReader(`{"update_id":5`), 400},
			"two":                {strings.NewReader(`{"update_id":5}{"update_id":6}`), 400},
			"no number":          {strings.NewReader(`{"message":{}}`), 400},
			"no whole number":    {strings.NewReader(`{"update_id":"5"}`), 400},
			"a list":             {strings.NewReader(`[{"update_id":5}]`), 400},
			"null":               {strings.NewReader(`null`), 400},
			"too long":           {strings.NewReader(long), 413},
			"too long in chunks": {io.MultiReader(strings.NewReader(long)), 413},
			"for nobody":         {h.update(20, `"edited_message":{}`), 200},
			"of a strange kind":  {h.update(21, `"message":5`), 200}, // Telegram would repeat it for a day
			"group talk":         {h.update(22, `"message":{"message_id":7,"date":1,"chat":{"id":-5,"type":"group"},"from":{"id":1},"text":"hi"}`), 200},
		} {
			if status, answer, head := h.call(c.body, nil); status != c.want || status == 200 && answer != "" || status != 200 && head.Get("Connection") == "keep-alive" {
				t.Errorf("%s: %d %q, want %d", name, status, answer, c.want)
			}
		}
		if len(h.store.seen) != 0 {
			t.Errorf("%d updates are stored, want none", len(h.store.seen))
		}
		began := time.Now()
		in, out := io.Pipe()
		status, _, _ := h.call(in, nil) // never a byte
		if took := time.Since(began); status != 400 && status != 0 || took > 20*time.Second {
			t.Errorf("a body that does not come is waited for %v, and answered %d", took, status)
		}
		_ = out.Close()
		h.says(1, "still here")
		synctest.Wait()
		if diff := cmp.Diff([]string{"still here"}, h.desk.heard(1)); diff != "" {
			t.Errorf("heard (-want +got):\n%s", diff)
		}
		stopped(t, stop)
	})
}

func TestOfManyCallsAtOnceTheFirstStoredIsTheFirstHandled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHooked(t)
		defer h.end()
		var mu sync.Mutex
		var handled []int64
		h.desk.do = func(_ context.Context, in flows.Input) (flows.Answer, error) {
			mu.Lock()
			defer mu.Unlock()
			handled = append(handled, in.Update)
			return flows.Answer{}, nil
		}
		_, stop := running(t, h.config)
		synctest.Wait()
		var callers sync.WaitGroup
		for i := int64(1); i <= 200; i++ {
			callers.Go(func() {
				what := typed(1, fmt.Sprint(i))
				if i%2 == 0 {
					what = pressed(1, 70+i, fmt.Sprint(i))
				}
				for range 3 { // and each of them three times
					if status, answer, _ := h.call(h.update(i, what), nil); status != 200 {
						t.Errorf("update %d: %d %s", i, status, answer)
					}
				}
			})
		}
		callers.Wait()
		pass(time.Minute)
		h.store.mu.Lock()
		stored := slices.Clone(h.store.accepted)
		h.store.mu.Unlock()
		if diff := cmp.Diff(stored, handled); diff != "" || len(handled) != 200 {
			t.Errorf("%d handled; order (-stored +handled):\n%s", len(handled), diff)
		}
		stopped(t, stop)
	})
}

func TestAFullWebhookAsksToComeAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHooked(t)
		defer h.end()
		var waiting []storage.Update
		for id := range int64(10_050) {
			waiting = append(waiting, storage.Update{UpdateID: id, Raw: fmt.Appendf(nil, `{"update_id":%d,%s}`, id, typed(1, "x")), Arrived: time.Now()})
		}
		if _, err := h.store.Accept(t.Context(), waiting...); err != nil {
			t.Fatal(err)
		}
		open := make(chan struct{})
		h.desk.do = func(context.Context, flows.Input) (flows.Answer, error) {
			<-open
			return flows.Answer{}, nil
		}
		_, stop := running(t, h.config)
		synctest.Wait()
		status, answer, head := h.call(h.update(20_000, typed(2, "hello")), nil)
		if status != 503 || head.Get("Retry-After") == "" || len(h.store.seen) != 10_050 {
			t.Errorf("answered %d %q, Retry-After %q, %d stored", status, answer, head.Get("Retry-After"), len(h.store.seen))
		}
		h.says(2, "hello")
		pass(time.Minute)
		close(open)
		pass(time.Minute)
		if diff := cmp.Diff([]string{"hello"}, h.desk.heard(2)); diff != "" || !h.telegram.Confirmed() {
			t.Errorf("heard after there was room (-want +got):\n%s", diff)
		}
		if n, doubled := h.desk.total(); n != 10_051 || doubled != 0 {
			t.Errorf("%d handled, %d twice", n, doubled)
		}
		stopped(t, stop)
	})
}

func TestAStopLetsDeliveriesUnderWayBecomeDurable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHooked(t)
		defer h.end()
		h.config.Store = commits{h.store, func() error {
			time.Sleep(2 * time.Second)
			return nil
		}}
		_, stop := running(t, h.config)
		synctest.Wait()
		h.says(1, "under way")
		in, out := io.Pipe()
		hanging := make(chan int, 1)
		go func() {
			status, _, _ := h.call(in, nil) // somebody who sends nothing
			hanging <- status
		}()
		time.Sleep(time.Second)
		began := time.Now()
		stopped(t, stop)
		if took := time.Since(began); took > 11*time.Second {
			t.Errorf("stopping took %v", took)
		}
		_ = out.Close()
		<-hanging
		if !h.telegram.Confirmed() || len(h.store.seen) != 1 {
			t.Errorf("confirmed %v, %d stored; want the one that was under way", h.telegram.Confirmed(), len(h.store.seen))
		}
		h.says(1, "while it is down")
		pass(time.Minute)

		h.door = newPipes() // the next life listens again
		h.config.Webhook.Listener = h.door
		h.config.Store = h.store
		_, stop = running(t, h.config)
		pass(5 * time.Minute)
		if diff := cmp.Diff([]string{"under way", "while it is down"}, h.desk.heard(1)); diff != "" {
			t.Errorf("heard (-want +got):\n%s", diff)
		}
		stopped(t, stop)
	})
}

func TestAWebhooksSecretIsNewAtEveryStartUnlessItIsConfigured(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seen := map[string]bool{}
		for range 3 {
			h := newHooked(t)
			h.config.Webhook.Secret = ""
			h.config.Webhook.URL = "http://127.0.0.1"
			_, stop := running(t, h.config)
			h.says(1, "hello")
			synctest.Wait()
			if diff := cmp.Diff([]string{"hello"}, h.desk.heard(1)); diff != "" {
				t.Errorf("heard (-want +got):\n%s", diff)
			}
			for _, c := range h.telegram.Calls() {
				if c.Method == "setWebhook" {
					secret, url := fmt.Sprint(c.Params["secret_token"]), fmt.Sprint(c.Params["url"])
					if seen[secret] || seen[url] || len(secret) < 20 || len(url) < len("http://127.0.0.1/")+20 {
						t.Errorf("secret and path are old or short")
					}
					seen[secret], seen[url] = true, true
				}
			}
			stopped(t, stop)
			h.end()
		}
	})
}

func TestAWebhookThatCannotBeIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	for want, hook := range map[string]bot.Webhook{
		"address must look like": {URL: "ftp://x", Listener: newPipes()},
		"must look like https":   {URL: "https://a:canary@b.org", Listener: newPipes()},
		"listener is missing":    {URL: "https://b.org"},
		"secret must be":         {URL: "https://b.org", Listener: newPipes(), Secret: providers.Secret("canary secret")},
	} {
		c := config(t, newTelegram(), newStore(), newDesk(newStore()))
		c.Webhook = &hook
		if _, err := bot.New(c); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%+v: %v, want %q", hook, err, want)
		}
	}
}
