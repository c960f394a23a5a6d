package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/bot/sandbox"
)

// listener is a bot's webhook in memory, so that it can live in a synctest bubble.
type listener struct {
	mu     sync.Mutex
	heard  []heard
	now    int // calls under way
	most   int // calls ever under way at once
	answer func(u got, w http.ResponseWriter)
	slow   time.Duration
}

type heard struct {
	at     time.Time
	update got
	secret string
	kind   string
}

// RoundTrip is the way from the sandbox to the bot.
func (l *listener) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	h := heard{at: time.Now(), secret: r.Header.Get("X-Telegram-Bot-Api-Secret-Token"), kind: r.Header.Get("Content-Type")}
	if err := json.Unmarshal(body, &h.update); err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.heard = append(l.heard, h)
	l.now++
	l.most = max(l.most, l.now)
	l.mu.Unlock()
	select {
	case <-time.After(l.slow):
	case <-r.Context().Done():
		err = r.Context().Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now--
	if err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	if l.answer != nil {
		l.answer(h.update, w)
	}
	return w.Result(), nil
}

func (l *listener) all() []heard {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.heard)
}

// texts are what was said, in the order of the calls.
func (l *listener) texts() []string {
	var all []got
	for _, h := range l.all() {
		all = append(all, h.update)
	}
	return texts(all)
}

// gaps are the times between the calls, in seconds.
func (l *listener) gaps() (out []int) {
	all := l.all()
	for i := 1; i < len(all); i++ {
		out = append(out, int(all[i].at.Sub(all[i-1].at).Round(time.Second)/time.Second))
	}
	return out
}

// hooked is a sandbox whose bot listens.
func hooked(t *testing.T, l *listener, more object) *sandbox.Server {
	t.Helper()
	c := config()
	c.Hooks = sandbox.Hooks{Transport: l, Spread: func(time.Duration) time.Duration { return 0 }}
	s := play(t, c)
	body := object{"url": "https://bot.example.org/hook", "secret_token": "s-3_cret"}
	for k, v := range more {
		body[k] = v
	}
	must(t, call(t, s, "setWebhook", body))
	return s
}

func hookInfo(t *testing.T, s *sandbox.Server) (info struct {
	URL     string
	Pending int    `json:"pending_update_count"`
	Max     int    `json:"max_connections"`
	Failed  int64  `json:"last_error_date"`
	Why     string `json:"last_error_message"`
	Kinds   []string
}) {
	t.Helper()
	if err := json.Unmarshal(must(t, call(t, s, "getWebhookInfo", object{})).Result, &info); err != nil {
		t.Fatal(err)
	}
	return info
}

func TestAWebhookGetsEachChatsMessagesInOrderAndPressesApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &listener{slow: time.Second}
		s := hooked(t, l, nil)
		defer s.Close()
		say(t, s, rahim, rahim, "one")
		say(t, s, rahim, rahim, "two")
		if _, err := s.Forge(rahim, rahim, 1, "x"); err != nil {
			t.Fatal(err)
		}
		say(t, s, ann, ann, "hers")
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		atOnce := l.texts()
		slices.Sort(atOnce)
		if diff := cmp.Diff([]string{"/start", "hers", "press x"}, atOnce); diff != "" {
			t.Errorf("what came at once (-want +got):\n%s", diff)
		}
		time.Sleep(time.Minute)
		if diff := cmp.Diff([]string{"one", "two"}, l.texts()[3:]); diff != "" {
			t.Errorf("what came after it (-want +got):\n%s", diff)
		}
		for _, h := range l.all() {
			if h.secret != "s-3_cret" || h.kind != "application/json" {
				t.Errorf("a call shows secret %q, type %q", h.secret, h.kind)
			}
		}
		if info := hookInfo(t, s); info.Pending != 0 || info.URL != "https://bot.example.org/hook" || info.Max != 40 || !s.Confirmed() {
			t.Errorf("info %+v, confirmed %v", info, s.Confirmed())
		}
		if m := s.Messages(rahim); len(m) == 0 || len(s.Deliveries()) != 5 {
			t.Errorf("%d messages, %d deliveries", len(m), len(s.Deliveries()))
		}
	})
}

func TestAWebhookIsCalledByNoMoreConnectionsThanItAsksFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &listener{slow: time.Second}
		s := hooked(t, l, object{"max_connections": 3})
		defer s.Close()
		for i := range 20 {
			if _, err := s.Forge(rahim, rahim, 1, fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
		}
		for i := range int64(3) {
			say(t, s, ann, ann, fmt.Sprint(i))
		}
		if _, err := s.Forge(ann, ann, 1, "hers"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if n := len(l.all()); n != 25 || l.most != 3 {
			t.Errorf("%d calls, %d at once; want 25 and 3", n, l.most)
		}
	})
}

func TestAFailedDeliveryIsRepeatedWithDoublingDelays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter)
		gaps   []int
		why    string
	}{
		"refused":      {func(w http.ResponseWriter) { w.WriteHeader(401) }, []int{0, 2, 4, 8, 16, 32, 60, 60}, "Wrong response from the webhook: 401 Unauthorized"},
		"moved":        {func(w http.ResponseWriter) { w.Header().Set("Location", "/x"); w.WriteHeader(302) }, []int{0, 2, 4, 8, 16, 32, 60, 60}, "Wrong response from the webhook: 302 Found"},
		"asked to":     {func(w http.ResponseWriter) { w.Header().Set("Retry-After", "7"); w.WriteHeader(503) }, []int{7, 7, 7, 7, 7, 7, 7, 7}, "Wrong response from the webhook: 503 Service Unavailable"},
		"asked a day":  {func(w http.ResponseWriter) { w.Header().Set("Retry-After", "86400"); w.WriteHeader(503) }, []int{3600, 3600}, "Wrong response from the webhook: 503 Service Unavailable"},
		"asked a word": {func(w http.ResponseWriter) { w.Header().Set("Retry-After", "soon"); w.WriteHeader(503) }, []int{0, 2, 4}, "Wrong response from the webhook: 503 Service Unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := &listener{answer: func(_ got, w http.ResponseWriter) { c.answer(w) }}
				s := hooked(t, l, nil)
				defer s.Close()
				say(t, s, rahim, rahim, "waits behind /start")
				time.Sleep(3 * time.Hour)
				if got := l.gaps(); len(got) < len(c.gaps) || !slices.Equal(got[:len(c.gaps)], c.gaps) {
					t.Errorf("gaps of %v s, want %v", got[:min(len(got), 10)], c.gaps)
				}
				if info := hookInfo(t, s); info.Pending != 2 || info.Why != c.why || info.Failed == 0 {
					t.Errorf("info: %+v", info)
				}
				l.mu.Lock()
				l.answer = nil
				l.mu.Unlock()
				time.Sleep(2 * time.Hour)
				if all := l.texts(); all[len(all)-1] != "waits behind /start" || !s.Confirmed() {
					t.Errorf("after the recovery: %q, confirmed %v", all[len(all)-1], s.Confirmed())
				}
			})
		})
	}
}

func TestADeliveryGivesUpWhenTheUpdateExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &listener{answer: func(_ got, w http.ResponseWriter) { w.WriteHeader(500) }}
		s := hooked(t, l, nil)
		defer s.Close()
		if _, err := s.Forge(rahim, rahim, 1, "x"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Minute)
		if info := hookInfo(t, s); info.Pending != 1 {
			t.Errorf("%d wait after three minutes, want the message and not the press", info.Pending)
		}
		time.Sleep(24 * time.Hour)
		if info := hookInfo(t, s); info.Pending != 0 {
			t.Errorf("%d wait after a day", info.Pending)
		}
	})
}

func TestAConnectionThatDropsLeadsToAnotherDelivery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &listener{}
		c := config()
		c.Hooks = sandbox.Hooks{Transport: l}
		s := play(t, c)
		defer s.Close()
		s.FailDeliveries(1, true)
		must(t, call(t, s, "setWebhook", object{"url": "http://127.0.0.1:1/"}))
		time.Sleep(time.Minute)
		s.FailDeliveries(1, false)
		say(t, s, rahim, rahim, "one")
		time.Sleep(time.Minute)
		if err := s.Redeliver(s.LastUpdate(), 3); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if diff := cmp.Diff([]string{"/start", "/start", "one", "one", "one", "one"}, l.texts()); diff != "" || !s.Confirmed() {
			t.Errorf("deliveries (-want +got):\n%s", diff)
		}
		var faults []string
		for _, d := range s.Deliveries() {
			faults = append(faults, fmt.Sprint(d.Status, d.Fault))
		}
		if diff := cmp.Diff([]string{"0dropped after", "200", "0dropped before", "200", "200", "200", "200"}, faults); diff != "" {
			t.Errorf("the log (-want +got):\n%s", diff)
		}
	})
}

func TestPollingAndAWebhookExcludeEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &listener{}
		c := config()
		c.Hooks = sandbox.Hooks{Transport: l}
		s := play(t, c)
		defer s.Close()
		poll(t, s, object{"offset": s.LastUpdate() + 1})
		ended := make(chan reply, 1)
		go func() { ended <- call(t, s, "getUpdates", object{"timeout": 50}) }()
		synctest.Wait()
		must(t, call(t, s, "setWebhook", object{"url": "https://bot.example.org"}))
		if r := <-ended; r.Code != 409 || r.Description != "Conflict: terminated by setWebhook request" {
			t.Errorf("the waiting poll: %+v", r)
		}
		if r := call(t, s, "getUpdates", object{}); r.Code != 409 || !strings.Contains(r.Description, "can't use getUpdates method while webhook is active; use deleteWebhook") {
			t.Errorf("a poll beside a webhook: %+v", r)
		}
		say(t, s, rahim, rahim, "delivered")
		synctest.Wait()
		must(t, call(t, s, "deleteWebhook", object{}))
		say(t, s, rahim, rahim, "polled")
		if diff := cmp.Diff([]string{"polled"}, texts(poll(t, s, object{}))); diff != "" {
			t.Errorf("a poll after deleteWebhook (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"delivered"}, l.texts()); diff != "" || hookInfo(t, s).URL != "" {
			t.Errorf("delivered (-want +got):\n%s", diff)
		}
		must(t, call(t, s, "setWebhook", object{"url": "https://bot.example.org", "drop_pending_updates": true}))
		must(t, call(t, s, "setWebhook", object{"url": ""}))
		if got := texts(poll(t, s, object{})); len(got) != 0 || hookInfo(t, s).URL != "" {
			t.Errorf("after dropping and unsetting: %v", got)
		}
	})
}

func TestABotThatNeverAnswersIsHungUpOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &listener{slow: time.Hour}
		s := hooked(t, l, nil)
		time.Sleep(61 * time.Second)
		if info := hookInfo(t, s); info.Why != "Read timeout expired" || info.Pending != 1 {
			t.Errorf("info: %+v", info)
		}
		began := time.Now()
		s.Close()
		if took := time.Since(began); took != 0 {
			t.Errorf("Close took %v with a call under way", took)
		}
	})
}

func TestAWrongWebhookIsRefusedInWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body object
		want string
	}{
		{object{"url": "http://bot.example.org"}, "An HTTPS URL must be provided"},
		{object{"url": "https://bot.example.org:9000"}, "only on ports 80, 88, 443 or 8443"},
		{object{"url": "nonsense"}, "bad webhook"},
		{object{"url": "https://b.org", "secret_token": "a b"}, "unallowed characters"},
		{object{"url": "https://b.org", "secret_token": strings.Repeat("a", 257)}, "too long"},
		{object{"url": "https://b.org", "max_connections": 101}, "max_connections"},
		{object{"url": "https://b.org", "allowed_updates": []string{"gossip"}}, "allowed_updates"},
		{object{"url": "https://b.org", "ip_address": "1.2.3.4"}, "ip_address"},
		{object{"url": "https://b.org", "certificate": "x"}, "certificate"},
		{object{}, "url"},
	} {
		s := play(t, config())
		if r := call(t, s, "setWebhook", c.body); r.Code != 400 || !strings.Contains(r.Description, c.want) {
			t.Errorf("%v: %+v, want %q", c.body, r, c.want)
		}
		if info := hookInfo(t, s); info.URL != "" {
			t.Errorf("%v: the webhook is set all the same", c.body)
		}
	}
}
