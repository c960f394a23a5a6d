package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// hookDesk is a desk that Telegram calls. Whoever stands on the line between them knows what setWebhook told.
type hookDesk struct {
	*desktop
	listen string

	mu              sync.Mutex
	address, secret string
}

// The secret of a desk with a webhook, and one that a guesser could come to from the other.
const (
	hookSecret   = "canary_Hook-Secret-0123456789abcdef"
	almostSecret = "canary_Hook-Secret-0123456789abcdeF"
)

func newHookDesk(t *testing.T) *hookDesk {
	t.Helper()
	h := &hookDesk{listen: freeAddress(t)}
	plan := deskPlan{supplies: []supply{fiveKinds()["ecare"].supply}, spied: h.overhears}
	h.desktop = newDesktopOf(t, plan)
	h.rewrite("[telegram]\n", fmt.Sprintf("[telegram]\nmode = \"webhook\"\nwebhook_url = \"http://%s/in\"\nwebhook_listen = %q\nwebhook_secret = %q\n",
		h.listen, h.listen, hookSecret))
	return h
}

func (h *hookDesk) overhears(side string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if side == "telegram" && strings.HasSuffix(r.URL.Path, "/setWebhook") {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			again := r.Clone(r.Context())
			again.Body = io.NopCloser(bytes.NewReader(body))
			h.mu.Lock()
			h.address, h.secret = again.FormValue("url"), again.FormValue("secret_token")
			h.mu.Unlock()
		}
		next.ServeHTTP(w, r)
	})
}

// opens starts the program and waits until Telegram was told where to call.
func (h *hookDesk) opens() (address string) {
	h.t.Helper()
	h.mu.Lock()
	h.address = ""
	h.mu.Unlock()
	h.start()
	h.eventually("the webhook is set, and the bot is ready", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		address = h.address
		return address != "" && h.get("/readyz") == 200
	})
	return address
}

// forgery is an update as a stranger would write one: the owner asks for something.
const forgery = `{"update_id":987654321,"message":{"message_id":1,"date":1,"text":"/users",` +
	`"chat":{"id":1001,"type":"private"},"from":{"id":1001,"is_bot":false,"first_name":"Salma"}}}`

// spoofs sends an update as if it were Telegram and says what came back.
func (h *hookDesk) spoofs(method, address, body string, secrets ...string) int {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for _, s := range secrets {
		r.Header.Add("X-Telegram-Bot-Api-Secret-Token", s)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	if err != nil || bytes.Contains(said, []byte("canary")) {
		h.t.Errorf("it answers %q (%v)", said, err)
	}
	return resp.StatusCode
}

// Row "update spoofing": somebody knows the address and not the secret, or the secret and not the address. None of
// what he sends is parsed, stored or acted on, nor waited for.
func TestThreatUpdateSpoofing(t *testing.T) {
	t.Parallel()
	h := newHookDesk(t)
	h.opens()
	h.says(admin, "/start")
	h.sees(admin, "[Recharge")
	before := h.vault()
	address := h.opens()
	calls := len(h.telegram.Calls())
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(u.Path, "/in/") || len(u.Path) < 24 {
		t.Fatalf("the address is %q", address)
	}
	for name, secrets := range map[string][]string{
		"none": nil, "empty": {""}, "short": {hookSecret[:8]}, "one letter less": {hookSecret[:len(hookSecret)-1]}, "one letter more": {hookSecret + "0"},
		"almost right": {almostSecret}, "another case": {strings.ToUpper(hookSecret)}, "wrong": {"not-the-secret"}, "twice": {hookSecret, hookSecret},
		"right and wrong": {hookSecret, "x"}, "with a comma": {hookSecret + "," + hookSecret}, "the token": {"4242:test-token-of-nobody-00000000000000"},
	} {
		for body, about := range map[string]string{forgery: "an update", "{": "no JSON", strings.Repeat(" ", 2<<20) + forgery: "2 MiB"} {
			if status := h.spoofs(http.MethodPost, address, body, secrets...); status != http.StatusUnauthorized {
				t.Errorf("%s, secret %s: HTTP %d, want 401", about, name, status)
			}
		}
	}
	for _, path := range []string{"/", "/in", "/in/", "/in/x", u.Path + "x", u.Path[:len(u.Path)-1], strings.ToLower(u.Path), "/webhook"} {
		if status := h.spoofs(http.MethodPost, "http://"+h.listen+path, forgery, hookSecret); status != http.StatusNotFound {
			t.Errorf("path %s with the secret: HTTP %d, want 404", path, status)
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodHead, http.MethodOptions, http.MethodDelete} {
		if status := h.spoofs(method, address, "", hookSecret); status != http.StatusMethodNotAllowed {
			t.Errorf("%s: HTTP %d, want 405", method, status)
		}
	}
	for body, want := range map[string]int{
		strings.Repeat(" ", 1<<20) + forgery: http.StatusRequestEntityTooLarge, "{": 400, "[]": 400, `{"update_id":"x"}`: 400, `{"update_id":-1}`: 400, "": 400,
	} {
		if status := h.spoofs(http.MethodPost, address, body, hookSecret); status != want {
			t.Errorf("%.20q (%d bytes) with the secret: HTTP %d, want %d", body, len(body), status, want)
		}
	}
	h.promises(u, "X-Telegram-Bot-Api-Secret-Token: "+almostSecret, "401")
	h.promises(u, "X-Telegram-Bot-Api-Secret-Token: "+hookSecret, "413")
	h.stalls(u)
	h.eventually("the bot is ready", func() bool { return h.get("/readyz") == 200 })
	for _, c := range h.telegram.Calls()[calls:] {
		if strings.HasPrefix(c.Method, "send") || strings.HasPrefix(c.Method, "edit") || strings.HasPrefix(c.Method, "answer") {
			t.Errorf("somebody else's update made the bot call %s", c.Method)
		}
	}
	h.vault().wantSame(t, before)
	if said := h.said(); strings.Contains(said, "canary") || strings.Contains(said, u.Path) {
		t.Errorf("a secret is in the log:\n%s", said)
	}

	// With the address of this life and the secret it would have been done.
	if address, status := h.opens(), 0; address != "" {
		if status = h.spoofs(http.MethodPost, address, forgery, hookSecret); status != http.StatusOK {
			t.Errorf("Telegram's own update: HTTP %d", status)
		}
	}
	h.sees(admin, "1001", "wner")
}

// promises announces a gibibyte, sends nothing of it, and wants to be answered at once.
func (h *hookDesk) promises(u *url.URL, header, want string) {
	h.t.Helper()
	conn := h.dials(u)
	defer conn.Close()
	_, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n\r\n", u.Path, 1<<30, header)
	if err != nil {
		h.t.Fatal(err)
	}
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, want) {
		h.t.Errorf("a body that never comes, %s: %q (%v), want %s", header, line, err, want)
	}
}

// stalls shows the secret and then sends a letter now and then, until it is hung up on.
func (h *hookDesk) stalls(u *url.URL) {
	h.t.Helper()
	conn := h.dials(u)
	defer conn.Close()
	_, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nX-Telegram-Bot-Api-Secret-Token: %s\r\n\r\n{", u.Path, hookSecret)
	if err != nil {
		h.t.Fatal(err)
	}
	over := make(chan string)
	go func() {
		said, _ := io.ReadAll(conn) // until it is closed
		over <- string(said)
	}()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case said := <-over:
			if said != "" && !strings.Contains(said, " 400 ") && !strings.Contains(said, " 408 ") {
				h.t.Errorf("a body that comes too slowly: %q", said)
			}
			return
		case <-tick.C:
			_, _ = io.WriteString(conn, " ") // it may be closed by now
		}
	}
}

func (h *hookDesk) dials(u *url.URL) net.Conn {
	h.t.Helper()
	conn, err := new(net.Dialer).DialContext(h.t.Context(), "tcp", u.Host)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(longest)); err != nil {
		h.t.Fatal(err)
	}
	return conn
}
