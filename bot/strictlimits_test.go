package bot_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// strict is flood control in its strictest reading: never more than 30 messages and edits in any second, never
// more than one a second in a chat after five, never more than twenty in any minute in a group.
type strict struct {
	mu      sync.Mutex
	all     []time.Time
	groups  map[int64][]time.Time
	chats   map[int64]time.Time // when the whole burst is there again
	refused []string            // which limit, and when
}

func newStrict() *strict {
	return &strict{groups: map[int64][]time.Time{}, chats: map[int64]time.Time{}}
}

func within(times []time.Time, now time.Time, length time.Duration) []time.Time {
	for len(times) > 0 && now.Sub(times[0]) >= length {
		times = times[1:]
	}
	return times
}

// judge refuses what is over a limit, and counts the rest.
func (s *strict) judge(c call) *refusal {
	if c.method != "sendMessage" && c.method != "editMessageText" {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now, chat, over := time.Now(), c.chat(), ""
	s.all = within(s.all, now, time.Second)
	s.groups[chat] = within(s.groups[chat], now, time.Minute)
	full := s.chats[chat]
	if full.Before(now) {
		full = now
	}
	switch {
	case len(s.all) >= 30:
		over = "all"
	case full.Sub(now) > 4*time.Second:
		over = "chat"
	case chat < 0 && len(s.groups[chat]) >= 20:
		over = "group"
	}
	if over != "" {
		s.refused = append(s.refused, over+" "+c.String())
		return &refusal{code: 429, description: "Too Many Requests: retry after 3", retryAfter: 3}
	}
	s.all, s.groups[chat], s.chats[chat] = append(s.all, now), append(s.groups[chat], now), full.Add(time.Second)
	return nil
}

// road carries calls to a Bot API that lives in this process, each with a delay of its own, and keeps a record of
// their arrival.
type road struct {
	to    http.RoundTripper
	least time.Duration
	most  time.Duration

	mu      sync.Mutex
	dice    *rand.Rand
	calls   []call
	tooMany int
}

func newRoad(to http.RoundTripper, least, most time.Duration) *road {
	return &road{to: to, least: least, most: most, dice: rand.New(rand.NewPCG(5, 5))}
}

func (d *road) RoundTrip(r *http.Request) (*http.Response, error) {
	method := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if method == "getUpdates" {
		return d.to.RoundTrip(r)
	}
	form, err := readForm(r)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	d.mu.Lock()
	lag := d.least + time.Duration(d.dice.Int64N(int64(d.most-d.least)+1))
	d.mu.Unlock()
	time.Sleep(lag)
	d.mu.Lock()
	d.calls = append(d.calls, call{time.Now(), method, form})
	d.mu.Unlock()
	resp, err := d.to.RoundTrip(r)
	if err == nil && resp.StatusCode == http.StatusTooManyRequests {
		d.mu.Lock()
		d.tooMany++
		d.mu.Unlock()
	}
	return resp, err
}

// arrived lists the calls of the methods.
func (d *road) arrived(methods ...string) (out []call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.calls {
		for _, m := range methods {
			if c.method == m {
				out = append(out, c)
			}
		}
	}
	return out
}

// memory serves a handler without a socket.
type memory struct{ handler http.Handler }

func (m memory) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the connection was cut")
		}
	}()
	w := httptest.NewRecorder()
	m.handler.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}
