package bot_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"rechargebot/bot"
	"rechargebot/bot/sandbox"
	"rechargebot/storage"
)

// pipes is a listener in memory, so that a server can live in a synctest bubble.
type pipes struct {
	arriving chan net.Conn
	closed   chan struct{}
	close    func()
}

func newPipes() *pipes {
	p := &pipes{arriving: make(chan net.Conn), closed: make(chan struct{})}
	p.close = sync.OnceFunc(func() { close(p.closed) })
	return p
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.arriving:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { p.close(); return nil }

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.arriving <- there:
		return here, nil
	case <-p.closed:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// commits is a store whose commits of updates take their time.
type commits struct {
	*store
	take func() error
}

func (c commits) Accept(ctx context.Context, updates ...storage.Update) ([]storage.Update, error) {
	if err := c.take(); err != nil {
		return nil, err
	}
	return c.store.Accept(ctx, updates...)
}

// way leads to a handler without a socket.
type way struct{ h http.Handler }

func (w way) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	defer func() {
		if recover() != nil { // the sandbox drops the connection
			err = errors.New("connection reset by peer")
		}
	}()
	answer := httptest.NewRecorder()
	w.h.ServeHTTP(answer, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return answer.Result(), nil
}

const hookSecret = "canary-hook_Secret"

// hooked is a bot with a webhook between a strict Telegram and a store, all in one bubble.
type hooked struct {
	t        *testing.T
	telegram *sandbox.Server
	store    *store
	desk     *desk
	door     *pipes
	client   *http.Client // somebody who knows where the bot listens
	config   bot.Config
}

func newHooked(t *testing.T) *hooked {
	t.Helper()
	h := &hooked{t: t, store: newStore(1, 2, 3), door: newPipes()}
	h.desk = newDesk(h.store)
	h.client = &http.Client{Transport: &http.Transport{
		DialContext:         func(ctx context.Context, a, b string) (net.Conn, error) { return h.door.dial(ctx, a, b) },
		MaxIdleConnsPerHost: 100,
	}}
	h.telegram = sandbox.New(sandbox.Config{
		Token: token, BotName: "RechargeBot", Limits: sandbox.Limits{Off: true}, Hooks: sandbox.Hooks{Transport: h.client.Transport},
		People: []sandbox.Person{{ID: 1, FirstName: "Ann", Started: true}, {ID: 2, FirstName: "Bea", Started: true}, {ID: 3, FirstName: "Cem", Started: true}},
	})
	h.config = config(t, newTelegram(), h.store, h.desk)
	h.config.APIURL, h.config.Transport = "http://telegram.test", way{h.telegram.Handler()}
	h.config.Webhook = &bot.Webhook{URL: "http://127.0.0.1/in", Listener: h.door, Secret: hookSecret}
	return h
}

// end closes what is left, so that the bubble can end.
func (h *hooked) end() {
	h.telegram.Close()
	h.client.CloseIdleConnections()
}

// posts makes a call of the Bot API.
func (h *hooked) posts(address, body string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	return way{h.telegram.Handler()}.RoundTrip(r)
}

func (h *hooked) says(person int64, words string) {
	h.t.Helper()
	if _, err := h.telegram.Send(person, person, words); err != nil {
		h.t.Fatal(err)
	}
}

// address is where Telegram calls at the moment.
func (h *hooked) address() string {
	h.t.Helper()
	calls := h.telegram.Calls()
	for _, c := range slices.Backward(calls) {
		if c.Method == "setWebhook" && c.Effect {
			return fmt.Sprint(c.Params["url"])
		}
	}
	h.t.Fatalf("no webhook was set: %v", calls)
	return ""
}

// call posts to the webhook as whoever knows its path, with the secret unless another is given.
func (h *hooked) call(body io.Reader, change func(*http.Request)) (status int, answer string, head http.Header) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.address(), body)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("X-Telegram-Bot-Api-Secret-Token", hookSecret)
	if change != nil {
		change(r)
	}
	resp, err := h.client.Do(r)
	if err != nil {
		return 0, err.Error(), nil
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Error(err)
	}
	return resp.StatusCode, string(text), resp.Header
}

func (h *hooked) update(id int64, what string) io.Reader {
	return strings.NewReader(fmt.Sprintf(`{"update_id":%d,%s}`, id, what))
}
