package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
)

// control is the same as the Go methods over HTTP, for the page and for tests in another process. A
// POST takes a JSON object with the fields named below and answers one; a refusal is 400 with
// {"error": sentence}; media takes a form with a file. GETs: state?since=REV, events (the same as a stream),
// messages?chat=ID, calls, files/ID.
func (s *Server) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sandbox/state", func(w http.ResponseWriter, r *http.Request) {
		since, _ := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
		reply(w, s.news(since), nil)
	})
	mux.HandleFunc("GET /sandbox/events", s.stream)
	mux.HandleFunc("GET /sandbox/messages", func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.ParseInt(r.URL.Query().Get("chat"), 10, 64)
		reply(w, append([]Message{}, s.Messages(id)...), err)
	})
	mux.HandleFunc("GET /sandbox/calls", func(w http.ResponseWriter, r *http.Request) {
		reply(w, append([]Call{}, s.Calls()...), nil)
	})
	post(mux, "send", func(a struct {
		Person, Chat int64
		ReplyTo      int64 `json:"reply_to"`
		Text         string
	}) (any, error) {
		return s.Reply(a.Person, a.Chat, a.ReplyTo, a.Text)
	})
	post(mux, "press", func(a struct {
		Person, Chat int64
		Message      int64 `json:"message_id"`
		Button       string
	}) (any, error) {
		return s.Press(a.Person, a.Chat, a.Message, a.Button)
	})
	post(mux, "forge", func(a struct {
		Person, Chat int64
		Message      int64 `json:"message_id"`
		Data         string
	}) (any, error) {
		return s.Forge(a.Person, a.Chat, a.Message, a.Data)
	})
	post(mux, "contact", func(a struct {
		Person, Chat int64
		Phone, Name  string
		Owner        int64
	}) (any, error) {
		return s.ShareContact(a.Person, a.Chat, a.Phone, a.Name, a.Owner)
	})
	post(mux, "forward", func(a struct {
		Person, Chat, To int64
		Message          int64 `json:"message_id"`
	}) (any, error) {
		return s.Forward(a.Person, a.Chat, a.Message, a.To)
	})
	post(mux, "meet", func(p Person) (any, error) { return struct{}{}, s.Meet(p) })
	s.controlActs(mux)
	s.controlChats(mux)
	s.controlFaults(mux)
	return mux
}

func (s *Server) controlFaults(mux *http.ServeMux) {
	post(mux, "redeliver", func(a struct {
		Update int64 `json:"update_id"`
		Times  int
	}) (any, error) {
		return struct{}{}, s.Redeliver(a.Update, max(1, a.Times))
	})
	post(mux, "fault", func(f Fault) (any, error) { return struct{}{}, s.Fail(f) })
	post(mux, "heal", func(struct{}) (any, error) {
		s.Heal()
		return struct{}{}, nil
	})
	post(mux, "block", func(a struct {
		Person  int64
		Blocked bool
	}) (any, error) {
		return struct{}{}, s.Block(a.Person, a.Blocked)
	})
	post(mux, "migrate", func(a struct{ Chat int64 }) (any, error) {
		id, err := s.Migrate(a.Chat)
		return map[string]int64{"chat": id}, err
	})
}

// post mounts one action. JSON is asked for by its Content-Type, so that a form on another site cannot act.
func post[T any](mux *http.ServeMux, name string, act func(T) (any, error)) {
	mux.HandleFunc("POST /sandbox/"+name, func(w http.ResponseWriter, r *http.Request) {
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
			reply(w, nil, fmt.Errorf("%s: the body must be application/json", name))
			return
		}
		var asked T
		d := json.NewDecoder(io.LimitReader(r.Body, maxBody))
		d.DisallowUnknownFields()
		if err := d.Decode(&asked); err != nil {
			reply(w, nil, fmt.Errorf("%s: read the body: %w", name, err))
			return
		}
		result, err := act(asked)
		reply(w, result, err)
	})
}

func reply(w http.ResponseWriter, result any, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		result = map[string]string{"error": err.Error()}
	}
	_ = json.NewEncoder(w).Encode(result) // whoever hung up finds out by itself
}
