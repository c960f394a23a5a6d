package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rechargebot/bot/sandbox"
)

func TestSomebodyNewIsMetAtAnyTime(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	if _, err := s.Send(7, 7, "hello"); err == nil {
		t.Error("somebody nobody has met wrote")
	}
	if err := s.Meet(sandbox.Person{ID: 7, FirstName: "Lina", Language: "bn"}); err != nil {
		t.Fatal(err)
	}
	if r := call(t, s, "sendMessage", object{"chat_id": 7, "text": "x"}); r.Code != 403 {
		t.Errorf("a bot wrote first to somebody it has just met: %+v", r)
	}
	say(t, s, 7, 7, "hello")
	say(t, s, 7, ops, "/id")
	if diff := cmp.Diff([]string{"/start", "hello", "/id"}, texts(poll(t, s, object{}))); diff != "" {
		t.Error(diff)
	}
	for _, p := range []sandbox.Person{{ID: 0, FirstName: "Zero"}, {ID: -5, FirstName: "Group"}, {ID: 8}} {
		if err := s.Meet(p); err == nil {
			t.Errorf("%+v was met", p)
		}
	}
	if w := steer(s, "meet", `{"id":8,"first_name":"Omar","started":true}`); w.Code != 200 {
		t.Errorf("met by JSON: %d %s", w.Code, w.Body)
	}
	must(t, call(t, s, "sendMessage", object{"chat_id": 8, "text": "x"}))
}

// crowd is a sandbox with so many people, each of whom has written once, and a bot's side of it.
type crowd struct {
	b       *testing.B
	server  *sandbox.Server
	handler http.Handler
	offset  int64
}

func newCrowd(b *testing.B, people int) *crowd {
	c := &crowd{b: b, server: sandbox.New(config())}
	b.Cleanup(c.server.Close)
	c.handler = c.server.Handler()
	for i := range people {
		id := int64(i + 10_000)
		if err := c.server.Meet(sandbox.Person{ID: id, FirstName: "P", Language: "en"}); err != nil {
			b.Fatal(err)
		}
		if _, err := c.server.Send(id, id, "/start"); err != nil {
			b.Fatal(err)
		}
	}
	return c
}

func (c *crowd) call(method, body string, result any) {
	r := httptest.NewRequestWithContext(c.b.Context(), "POST", "/bot"+token+"/"+method, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	answer := struct{ Result any }{result}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 200 {
		c.b.Fatalf("%s answered %d %s", method, w.Code, w.Body)
	}
}

// BenchmarkAnUpdateAndItsAnswer is one message of one of 50,000 people on its way to the bot, an answer
// with buttons, a press, its answer and an edit. All of it is the sandbox's own time.
func BenchmarkAnUpdateAndItsAnswer(b *testing.B) {
	c := newCrowd(b, 50_000)
	b.ReportAllocs()
	n := int64(0)
	for b.Loop() {
		id := 10_000 + n%50_000
		n++
		if _, err := c.server.Send(id, id, "hello"); err != nil {
			b.Fatal(err)
		}
		chat := encoded(b, object{"chat_id": id, "text": "<b>Sure?</b>", "parse_mode": "HTML", "reply_markup": keyboard([]object{data("Yes", "y1")})})
		var m sandbox.Message
		c.call("sendMessage", chat, &m)
		p, err := c.server.Press(id, id, m.ID, "Yes")
		if err != nil {
			b.Fatal(err)
		}
		c.call("answerCallbackQuery", encoded(b, object{"callback_query_id": p.Query}), new(bool))
		c.call("editMessageText", encoded(b, object{"chat_id": id, "message_id": m.ID, "text": "Done"}), &m)
	}
}

// BenchmarkAPollOfManyWaiting is a poll of a hundred updates while tens of thousands wait.
func BenchmarkAPollOfManyWaiting(b *testing.B) {
	c := newCrowd(b, 50_000)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if n++; n%500 == 0 {
			b.StopTimer()
			for id := range int64(50_000) {
				if _, err := c.server.Send(id+10_000, id+10_000, "again"); err != nil {
					b.Fatal(err)
				}
			}
			b.StartTimer()
		}
		var all []got
		c.call("getUpdates", encoded(b, object{"offset": c.offset}), &all)
		c.offset = all[len(all)-1].ID + 1
	}
}

func encoded(b *testing.B, o object) string {
	raw, err := json.Marshal(o)
	if err != nil {
		b.Fatal(err)
	}
	return string(raw)
}
