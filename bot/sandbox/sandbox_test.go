package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rechargebot/bot/sandbox"
)

const (
	token  = "4242:test-token"
	rahim  = 2001
	ann    = 1001
	nobody = 3001
	ops    = -1009000000001
)

func people() []sandbox.Person {
	return []sandbox.Person{
		{ID: rahim, FirstName: "Rahim", Username: "rahim", Language: "en", Phone: "+8801712345678", Role: "agent"},
		{ID: ann, FirstName: "Ann", LastName: "Bose", Language: "bn", Role: "admin"},
		{ID: nobody, FirstName: "Nobody", Role: "stranger"},
	}
}

func config() sandbox.Config {
	return sandbox.Config{
		Token: token, BotName: "recharge_bot", BotTitle: "Recharge", People: people(),
		Group: sandbox.Group{ID: ops, Title: "Operations"}, Limits: sandbox.Limits{Off: true},
	}
}

// play starts a sandbox in which Rahim has said hello (message 1).
func play(t *testing.T, c sandbox.Config) *sandbox.Server {
	t.Helper()
	s := sandbox.New(c)
	t.Cleanup(s.Close)
	say(t, s, rahim, rahim, "/start")
	return s
}

func say(t *testing.T, s *sandbox.Server, person, chat int64, words string) sandbox.Sent {
	t.Helper()
	sent, err := s.Send(person, chat, words)
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

// reply is an answer of the Bot API.
type reply struct {
	OK          bool
	Result      json.RawMessage
	Code        int `json:"error_code"`
	Description string
	Parameters  struct {
		RetryAfter int   `json:"retry_after"`
		MigrateTo  int64 `json:"migrate_to_chat_id"`
	}
	header http.Header
}

// call makes a call with a JSON body; values inside may be json.RawMessage.
func call(t *testing.T, s *sandbox.Server, method string, body any) reply {
	t.Helper()
	raw, ok := body.(string)
	if !ok {
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		raw = string(b)
	}
	return send(t, s, "POST", "/bot"+token+"/"+method, "application/json", strings.NewReader(raw))
}

func send(t *testing.T, s *sandbox.Server, verb, path, kind string, body io.Reader) reply {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), verb, path, body)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	var got reply
	if err := json.NewDecoder(bytes.NewReader(w.Body.Bytes())).Decode(&got); err != nil {
		t.Fatalf("%s answered %q: %v", path, w.Body, err)
	}
	if got.OK != (w.Code == 200) || !got.OK && got.Code != w.Code {
		t.Errorf("status %d does not go with %s", w.Code, w.Body)
	}
	got.header = w.Header()
	return got
}

func must(t *testing.T, r reply) reply {
	t.Helper()
	if !r.OK {
		t.Fatalf("refused: %d %s", r.Code, r.Description)
	}
	return r
}

func into[T any](t *testing.T, r reply) T {
	t.Helper()
	must(t, r)
	var v T
	if err := json.Unmarshal(r.Result, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

type object = map[string]any

func keyboard(rows ...[]object) object { return object{"inline_keyboard": rows} }
func data(label, d string) object      { return object{"text": label, "callback_data": d} }
