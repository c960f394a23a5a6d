package bot_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/bot"
)

// deafLine is a way to Telegram on which calls of some methods get stuck, whatever their context says, until
// they are released: a half-open connection under a transport that does not care.
type deafLine struct {
	*telegram

	mu     sync.Mutex
	stuck  int                                 // how many more calls get stuck
	method string                              // of these
	free   chan struct{}                       // releases them all
	late   func() (*http.Response, error)      // what they get then
	ends   func(*http.Response) *http.Response // of the calls that are not stuck; nil = as it is
	closed int                                 // CloseIdleConnections
}

func (l *deafLine) CloseIdleConnections() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed++
}

func (l *deafLine) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	stuck := l.stuck > 0 && strings.HasSuffix(r.URL.Path, l.method)
	if stuck {
		l.stuck--
	}
	l.mu.Unlock()
	if stuck {
		<-l.free
		return l.late()
	}
	resp, err := l.telegram.RoundTrip(r)
	if err == nil && l.ends != nil && strings.HasSuffix(r.URL.Path, l.method) {
		resp = l.ends(resp)
	}
	return resp, err
}

func (l *deafLine) sticks(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stuck = n
}

func TestAPollThatDoesNotComeBackIsGivenUp(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"getUpdates", "getMe"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g, s := newTelegram(), newStore(1)
				d := newDesk(s)
				line := &deafLine{telegram: g, method: method, stuck: 1, free: make(chan struct{})}
				line.late = func() (*http.Response, error) {
					return respond(200, `{"ok":true,"result":[{"update_id":9000,`+typed(1, "too late")+`}]}`), nil
				}
				var log strings.Builder
				c := config(t, g, s, d)
				c.Transport, c.Logger = line, textLogger(&log)
				var offsets []int64
				g.onPoll = func(offset int64) { offsets = append(offsets, offset) }
				b, stop := running(t, c)
				g.say(typed(1, "hello"))
				pass(12 * time.Second)
				if err := b.Healthy(); err == nil || len(d.heard(1)) != 0 {
					t.Errorf("healthy says %v while the first call hangs; heard %q", err, d.heard(1))
				}
				pass(30 * time.Second)
				if diff := cmp.Diff([]string{"hello"}, d.heard(1)); diff != "" || b.Healthy() != nil {
					t.Errorf("heard a minute later (-want +got):\n%s healthy: %v", diff, b.Healthy())
				}
				if !strings.Contains(log.String(), "hangs and is given up") || line.closed == 0 {
					t.Errorf("closed %d times; the log:\n%s", line.closed, log.String())
				}
				close(line.free) // and now the answer comes
				g.say(typed(1, "again"))
				pass(time.Minute)
				if diff := cmp.Diff([]string{"hello", "again"}, d.heard(1)); diff != "" {
					t.Errorf("a late answer was used (-want +got):\n%s", diff)
				}
				for _, o := range offsets {
					if o > 5003 {
						t.Errorf("a late answer was confirmed: offset %d", o)
					}
				}
				stopped(t, stop)
			})
		})
	}
}

func TestAHeldPollThatSilentlyStoppedIsNoticed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		d := newDesk(s)
		line := &deafLine{telegram: g, method: "getUpdates", free: make(chan struct{})}
		line.late = func() (*http.Response, error) { return nil, errors.New("reset") }
		c := config(t, g, s, d)
		c.Transport = line
		b, stop := running(t, c)
		synctest.Wait()
		line.sticks(3)
		pass(10 * time.Minute) // the poll under way ends after 50 s, the next three get stuck for 65, 15 and 15 s
		g.say(typed(1, "hello"))
		pass(time.Minute)
		if diff := cmp.Diff([]string{"hello"}, d.heard(1)); diff != "" || b.Healthy() != nil {
			t.Errorf("heard (-want +got):\n%shealthy: %v", diff, b.Healthy())
		}
		line.sticks(1)
		pass(120 * time.Second)
		// the reason is told while it lasts
		line.sticks(5)
		pass(110 * time.Second)
		if err := b.Healthy(); err == nil || !strings.Contains(err.Error(), "given up") {
			t.Errorf("healthy says %v while polls hang one after the other", err)
		}
		close(line.free)
		stopped(t, stop)
	})
}

func TestTooManyHangingPollsEndTheRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		line := &deafLine{telegram: g, method: "getUpdates", stuck: 1000, free: make(chan struct{})}
		line.late = func() (*http.Response, error) { return nil, errors.New("reset") }
		c := config(t, g, s, newDesk(s))
		c.Transport = line
		b, err := bot.New(c)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := b.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "begin anew") || time.Since(began) > 5*time.Minute {
			t.Errorf("Run ended after %v with %v", time.Since(began), err)
		}
		close(line.free)
	})
}

func TestAStopDoesNotWaitForACallThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		line := &deafLine{telegram: g, method: "getUpdates", stuck: 1, free: make(chan struct{})}
		line.late = func() (*http.Response, error) { return nil, errors.New("reset") }
		c := config(t, g, s, newDesk(s))
		c.Transport = line
		_, stop := running(t, c)
		synctest.Wait()
		began := time.Now()
		stopped(t, stop)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("stopping took %v", took)
		}
		close(line.free)
	})
}

// trickle is a body that comes byte by byte, for ever.
type trickle struct {
	ends <-chan struct{}
}

func (b trickle) Read(p []byte) (int, error) {
	select {
	case <-time.After(time.Second):
		p[0] = ' '
		return 1, nil
	case <-b.ends:
		return 0, errors.New("closed")
	}
}

func TestAnswersThatAreNoneForEverNeitherSpinNorDeafen(t *testing.T) {
	t.Parallel()
	type change = func(*http.Response) *http.Response
	for name, c := range map[string]struct {
		change change
		atMost int // polls in ten minutes
	}{
		"empty at once":         {func(*http.Response) *http.Response { return respond(200, `{"ok":true,"result":[]}`) }, 6100},
		"the same batch always": {func(*http.Response) *http.Response { return respond(200, `{"ok":true,"result":[{"update_id":4999}]}`) }, 6100},
		"an older number": {func(*http.Response) *http.Response {
			return respond(200, `{"ok":true,"result":[{"update_id":1},{"update_id":2},{"update_id":1}]}`)
		}, 6100},
		"a body that trickles": {func(r *http.Response) *http.Response {
			ends := make(chan struct{})
			r.Body = struct {
				io.Reader
				io.Closer
			}{trickle{ends: ends}, closer(sync.OnceFunc(func() { close(ends) }))}
			return r
		}, 60},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g, s := newTelegram(), newStore(1)
				d := newDesk(s)
				var mu sync.Mutex
				bad := true
				line := &deafLine{telegram: g, method: "getUpdates"}
				line.ends = func(r *http.Response) *http.Response {
					mu.Lock()
					defer mu.Unlock()
					if !bad {
						return r
					}
					return c.change(r)
				}
				g.refuse = func(call) *refusal { // no poll is held
					mu.Lock()
					defer mu.Unlock()
					if bad {
						return &refusal{code: 200, body: `{"ok":true,"result":[]}`}
					}
					return nil
				}
				conf := config(t, g, s, d)
				conf.Transport = line
				g.refuse = onlyPolls(g.refuse)
				_, stop := running(t, conf)
				pass(10 * time.Minute)
				if n := g.polled(); n > c.atMost || n < 10 {
					t.Errorf("%d polls in ten minutes, want at most %d", n, c.atMost)
				}
				mu.Lock()
				bad = false
				mu.Unlock()
				g.say(typed(1, "hello"))
				pass(2 * time.Minute)
				if diff := cmp.Diff([]string{"hello"}, d.heard(1)); diff != "" {
					t.Errorf("heard afterwards (-want +got):\n%s", diff)
				}
				stopped(t, stop)
			})
		})
	}
}

type closer func()

func (c closer) Close() error { c(); return nil }

func onlyPolls(refuse func(call) *refusal) func(call) *refusal {
	return func(c call) *refusal {
		if c.method == "getUpdates" {
			return refuse(c)
		}
		return nil
	}
}
