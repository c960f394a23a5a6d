package sandbox_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/bot/sandbox"
)

func steer(s *sandbox.Server, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/sandbox/"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

func TestAnotherProcessSteersByJSON(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	m := offer(t, s)
	for _, step := range []struct{ path, body, want string }{
		{"send", `{"person":2001,"chat":2001,"text":"hi","reply_to":2}`, `"message_id":3`},
		{"press", `{"person":2001,"chat":2001,"message_id":2,"button":"Yes"}`, `"data":"y1"`},
		{"forge", `{"person":2001,"chat":2001,"message_id":2,"data":"zz"}`, `"data":"zz"`},
		{"contact", `{"person":2001,"chat":2001,"phone":"+880171","name":"K","owner":0}`, `"message_id":4`},
		{"fault", `{"kind":"flood","method":"sendMessage","retry_after":3}`, `{}`},
		{"heal", `{}`, `{}`},
		{"redeliver", `{"update_id":730000001}`, `{}`},
		{"block", `{"person":2001,"blocked":true}`, `{}`},
	} {
		if w := steer(s, step.path, step.body); w.Code != 200 || !strings.Contains(w.Body.String(), step.want) {
			t.Errorf("%s answered %d %s", step.path, w.Code, w.Body)
		}
	}
	for path, body := range map[string]string{
		"send": `{"person":2001,"chat":2001,"text":"hi"}`, "press": `{"person":2001}`, "migrate": `{"chat":1}`, "fault": `{"kind":"x"}`,
		"redeliver": `{"update_id":1}`, "heal": `{"colour":1}`, "contact": `x`,
	} {
		if w := steer(s, path, body); w.Code != 400 || !strings.Contains(w.Body.String(), `"error":`) {
			t.Errorf("%s %s answered %d %s", path, body, w.Code, w.Body)
		}
	}
	for path, want := range map[string]string{"messages?chat=2001": m.Text, "calls": `"method":"sendMessage"`, "state": `"role":"agent"`} {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/sandbox/"+path, nil))
		if w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s answered %d %s", path, w.Code, w.Body)
		}
	}
}

func TestAnotherSiteCannotSteer(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	body := `{"person":2001,"chat":2001,"text":"hi"}`
	if w := steer(s, "send", body, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); w.Code != 403 {
		t.Errorf("another site's request was answered %d", w.Code)
	}
	if w := steer(s, "send", body, "Content-Type", "text/plain"); w.Code != 400 {
		t.Errorf("a form was answered %d", w.Code)
	}
	if n := len(s.Messages(rahim)); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
}

func TestTheStreamTellsWhatChanged(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	web := httptest.NewServer(s.Handler())
	t.Cleanup(web.Close)
	t.Cleanup(s.Close) // before the web server waits for the stream to end
	r, err := http.NewRequestWithContext(t.Context(), "GET", web.URL+"/sandbox/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := web.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Body.Close() }()
	lines := bufio.NewScanner(w.Body)
	next := func() (n struct {
		People   []sandbox.Person
		Messages []sandbox.Message
	}) {
		for lines.Scan() {
			if raw, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				if err := json.Unmarshal([]byte(raw), &n); err != nil {
					t.Fatal(err)
				}
				return n
			}
		}
		t.Fatal("the stream ended")
		return n
	}
	if n := next(); len(n.People) != 3 || len(n.Messages) != 1 {
		t.Errorf("the first news: %+v", n)
	}
	say(t, s, rahim, rahim, "hello")
	if n := next(); len(n.People) != 0 || len(n.Messages) != 1 || n.Messages[0].Text != "hello" {
		t.Errorf("the second news: %+v", n)
	}
}

func TestWaitingEndsWithTheConditionTheContextOrTheSandbox(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := play(t, config())
		time.AfterFunc(time.Minute, func() { say(t, s, rahim, rahim, "hello") })
		m, err := s.WaitMessage(t.Context(), rahim, func(m sandbox.Message) bool { return m.Text == "hello" })
		if err != nil || m.ID != 2 {
			t.Errorf("waited for %+v, %v", m, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Wait(ctx, func() bool { return false }); err != context.DeadlineExceeded {
			t.Errorf("waited in vain: %v", err)
		}
		time.AfterFunc(time.Minute, s.Close)
		if err := s.Wait(t.Context(), func() bool { return false }); err == nil {
			t.Error("waited on though the sandbox closed")
		}
		if r := call(t, s, "getMe", object{}); r.Code != 502 {
			t.Errorf("a closed sandbox answered %+v", r)
		}
	})
}
