package wire

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
)

// server answers requests on pipes; a connection stays open as long as answer says so.
type server struct {
	mu     sync.Mutex
	conns  int
	seen   []*http.Request
	bodies []string
	answer func(n int, conn net.Conn) (keep bool) // n counts requests, from 1
}

func (s *server) dial(context.Context, string, string) (net.Conn, error) {
	client, conn := net.Pipe()
	s.mu.Lock()
	s.conns++
	s.mu.Unlock()
	go s.serve(conn)
	return client, nil
}

func (s *server) serve(conn net.Conn) {
	defer conn.Close()
	for r := bufio.NewReader(conn); ; {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.seen, s.bodies = append(s.seen, req), append(s.bodies, string(body))
		n := len(s.seen)
		s.mu.Unlock()
		if !s.answer(n, conn) {
			return
		}
	}
}

func say(conn net.Conn, text string) bool {
	_, err := fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
	return err == nil
}

const secret = "p&ss/w+rd-horse"

func registration() providers.Registration {
	return providers.Registration{Settings: []providers.Setting{{Key: "base_url", Required: true}, {Key: "pass", Secret: true}}}
}

func client(t *testing.T, base string, dial dialer) *Client {
	t.Helper()
	w, err := New(providers.Config{
		Settings: map[string]providers.Secret{"base_url": providers.Secret(base), "pass": secret}, AllowInsecureHTTP: true, Dial: dial,
	}, registration())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func bubble(t *testing.T, f func(*testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f(t)
		time.Sleep(time.Minute) // the read transport's idle connections time out
	})
}

var get = Call{Method: http.MethodGet, Query: url.Values{"pass": {secret}}}

// The trap of SAFETY.md, finding 1: a connection that has served once reads the next request and closes.
// A Send must not walk into it. The Read beside it does, which shows that the trap is set.
func TestASendIsNeverRepeated(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		t.Run(method, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				trap := func() *server {
					return &server{answer: func(n int, conn net.Conn) bool { return n != 2 && say(conn, "{}") }}
				}
				call := get
				if call.Method = method; method == http.MethodPost {
					call.Body = []byte("amount=50")
				}
				s := trap()
				w := client(t, "http://a.test/x", s.dial)
				_, first := w.Send(t.Context(), call)
				_, second := w.Send(t.Context(), call)
				if first != nil || second == nil || errors.Is(second, providers.ErrNotSent) {
					t.Errorf("sends: %v, then %v; want nil, then an error that proves nothing", first, second)
				}
				if len(s.seen) != 2 || s.conns != 2 {
					t.Errorf("2 sends made %d requests over %d connections", len(s.seen), s.conns)
				}
				s = trap()
				w = client(t, "http://a.test/x", s.dial)
				_, _ = w.Read(t.Context(), get)
				if _, err := w.Read(t.Context(), get); err != nil || len(s.seen) != 3 {
					t.Errorf("2 reads made %d requests, %v; the trap is not set", len(s.seen), err)
				}
			})
		})
	}
}

func TestReadsShareAConnection(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &server{answer: func(_ int, conn net.Conn) bool { return say(conn, "{}") }}
		w := client(t, "http://a.test/x", s.dial)
		for range 5 {
			if a, err := w.Read(t.Context(), get); err != nil || string(a.Body) != "{}" {
				t.Fatalf("%q, %v", a.Body, err)
			}
		}
		if s.conns != 1 {
			t.Errorf("5 reads over %d connections", s.conns)
		}
	})
}

// A cache on the way must not tell yesterday's state of an order. What is sent, or posted, no cache keeps.
func TestReadsAreNotAnsweredFromACache(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &server{answer: func(_ int, conn net.Conn) bool { return say(conn, "{}") }}
		w := client(t, "http://a.test/x", s.dial)
		own := get
		own.Header = http.Header{"cache-control": {"no-store"}}
		post := Call{Method: http.MethodPost, Body: []byte("id=1")}
		for _, err := range []error{errOf(w.Read(t.Context(), get)), errOf(w.Read(t.Context(), own)), errOf(w.Read(t.Context(), post)), errOf(w.Send(t.Context(), get))} {
			if err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for _, r := range s.seen {
			got = append(got, strings.Join(r.Header.Values("Cache-Control"), "; "))
		}
		if diff := cmp.Diff([]string{"no-cache", "no-store", "", ""}, got); diff != "" {
			t.Errorf("Cache-Control of a read, one with its own, a posted read and a send (-want +got):\n%s", diff)
		}
		if own.Header.Get("Cache-Control") != "" || len(get.Header) != 0 {
			t.Errorf("the calls were changed: %v, %v", get.Header, own.Header)
		}
	})
}

func errOf(_ Answer, err error) error { return err }

func TestARequestSaysWhatTheCallSays(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &server{answer: func(_ int, conn net.Conn) bool { return say(conn, "{}") }}
		w := client(t, "http://a.test/base/", s.dial)
		_, err := w.Send(t.Context(), Call{
			Method: http.MethodPost, Path: "recharge/prepaid", Query: url.Values{"q": {"a b&c"}},
			Header: http.Header{"authorization": {"Bearer x"}, "band-key": {"k"}}, Body: []byte(`{"amount":50}`),
		})
		if err != nil {
			t.Fatal(err)
		}
		r := s.seen[0]
		if r.Method != "POST" || r.URL.Path != "/base/recharge/prepaid" || r.URL.Query().Get("q") != "a b&c" || r.Host != "a.test" || s.bodies[0] != `{"amount":50}` {
			t.Errorf("%s %s to %s with %q", r.Method, r.URL, r.Host, s.bodies[0])
		}
		if r.Header.Get("Authorization") != "Bearer x" || r.Header.Get("Band-Key") != "k" {
			t.Errorf("headers %v", r.Header)
		}
		for _, unwanted := range []string{"Accept-Encoding", "Referer", "Cookie"} {
			if r.Header.Get(unwanted) != "" {
				t.Errorf("header %s: %q", unwanted, r.Header.Get(unwanted))
			}
		}
	})
}

func TestIdempotencyHeadersAreRefused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &server{answer: func(_ int, conn net.Conn) bool { return say(conn, "{}") }}
		w := client(t, "http://a.test", s.dial)
		for _, key := range []string{"Idempotency-Key", "X-Idempotency-Key", "x-idempotency-key"} {
			_, err := w.Send(t.Context(), Call{Method: http.MethodPost, Header: http.Header{key: {"1"}}})
			if !errors.Is(err, providers.ErrNotSent) || s.conns != 0 {
				t.Errorf("%s: %v, %d connections; want ErrNotSent and none", key, err, s.conns)
			}
		}
		if _, err := w.Send(t.Context(), Call{Method: "BAD METHOD"}); !errors.Is(err, providers.ErrNotSent) {
			t.Errorf("a method with a blank: %v", err)
		}
	})
}

func TestAnAnswerIsReadUpToItsLimit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		size := 0
		s := &server{answer: func(_ int, conn net.Conn) bool { return say(conn, strings.Repeat("x", size)) }}
		w := client(t, "http://a.test", s.dial)
		for _, c := range []struct {
			size, limit int
			fits        bool
		}{{MaxBody, 0, true}, {MaxBody + 1, 0, false}, {MaxBody + 1, 1 << 20, true}, {1<<20 + 1, 1 << 20, false}, {0, 0, true}} {
			size = c.size
			a, err := w.Send(t.Context(), Call{Method: http.MethodGet, MaxBody: c.limit})
			if (err == nil) != c.fits || a.HTTP != 200 || errors.Is(err, providers.ErrNotSent) {
				t.Errorf("%d bytes, limit %d: HTTP %d, %v", c.size, c.limit, a.HTTP, err)
			}
		}
	})
}

// The words of an error come from a closed set, whatever the network says.
func TestErrorsAreRebuiltFromSafeWords(t *testing.T) {
	bubble(t, func(t *testing.T) {
		telling := errors.New("GET http://a.test/?pass=" + url.QueryEscape(secret))
		for want, cause := range map[string]error{
			"send a.test: connection refused":      &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED},
			"send a.test: host name not found":     &net.DNSError{Err: secret, Name: secret},
			"send a.test: transport failed":        telling,
			"send a.test: time-out":                &net.DNSError{Err: secret, IsTimeout: true},
			"send a.test: no route to host":        &url.Error{Op: "Get", URL: secret, Err: &url.Error{URL: secret, Err: syscall.EHOSTUNREACH}},
			"send a.test: connection closed early": fmt.Errorf("%s: %w", secret, io.ErrUnexpectedEOF),
		} {
			w := client(t, "http://a.test", func(context.Context, string, string) (net.Conn, error) { return nil, cause })
			_, err := w.Send(t.Context(), get)
			if err == nil || err.Error() != want || !errors.Is(err, providers.ErrNotSent) {
				t.Errorf("%v: %v; want %q and ErrNotSent", cause, err, want)
			}
			var quoted *url.Error
			if errors.As(err, &quoted) || errors.Is(err, cause) {
				t.Errorf("the original can be reached through %#v", err)
			}
			if text := fmt.Sprintf("%+v %#v", err, err); strings.Contains(text, "horse") {
				t.Errorf("secret in %s", text)
			}
		}
	})
}

func TestEvidenceIsScrubbedAndTheBodyIsNot(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &server{answer: func(_ int, conn net.Conn) bool {
			return say(conn, `{"m":"`+secret+`","u":"?p=`+url.QueryEscape(secret)+`"}`)
		}}
		a, err := client(t, "http://a.test", s.dial).Send(t.Context(), get)
		if err != nil || !strings.Contains(string(a.Body), secret) {
			t.Errorf("%q, %v", a.Body, err)
		}
		if want := `{"m":"***","u":"?p=***"}`; a.Evidence.Body != want || a.Evidence.HTTP != 200 || a.Evidence.At.IsZero() {
			t.Errorf("evidence %+v; want body %s", a.Evidence, want)
		}
	})
}

func TestCallsWithoutADeadlineHaveOne(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &server{answer: func(_ int, conn net.Conn) bool { _, _ = io.Copy(io.Discard, conn); return false }}
		w := client(t, "http://a.test", s.dial)
		for want, do := range map[time.Duration]func(context.Context, Call) (Answer, error){sendTimeout: w.Send, readTimeout: w.Read} {
			start := time.Now()
			if _, err := do(t.Context(), get); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != want {
				t.Errorf("%v after %s; want the deadline after %s", err, time.Since(start), want)
			}
		}
	})
}

// net/http hands a switched connection over and stops watching the context: the deadline must hold all the same.
func TestASwitchedProtocolEndsAtTheDeadline(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &server{answer: func(_ int, conn net.Conn) bool {
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
			_, _ = io.Copy(io.Discard, conn)
			return false
		}}
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		start := time.Now()
		a, err := client(t, "http://a.test", s.dial).Send(ctx, get)
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, providers.ErrNotSent) || a.HTTP != 101 || time.Since(start) != 7*time.Second {
			t.Errorf("%v, HTTP %d after %s; want the deadline after 7s, and no proof of anything", err, a.HTTP, time.Since(start))
		}
	})
}

func TestBaseURLIsCheckedWithoutShowingIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		address  string
		insecure bool
		ok       bool
	}{
		{"https://host.test/api", false, true}, {" https://host.test:8443/a.php ", false, true}, {"http://127.0.0.1:8080/x", true, true},
		{"http://host.test", false, false}, {"", true, false}, {"host.test/api", true, false}, {"ftp://host.test", true, false}, {"https://", true, false},
		{"http://example. com/x", true, false}, {"https://u:horse@host.test", true, false}, {"https://host.test/?pass=horse", true, false}, {"https://host.test/#horse", true, false}, {"https://%zz-horse", true, false},
	} {
		_, err := New(providers.Config{Settings: map[string]providers.Secret{"base_url": providers.Secret(c.address)}, AllowInsecureHTTP: c.insecure}, registration())
		if (err == nil) != c.ok {
			t.Errorf("%q (insecure %v): %v", c.address, c.insecure, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "base_url") || strings.Contains(err.Error(), "horse")) {
			t.Errorf("%q: the error must name the setting and not show it: %v", c.address, err)
		}
	}
}
