package sandbox

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Call is one call of the bot, as it was answered.
type Call struct {
	At          time.Time      `json:"at"`
	Method      string         `json:"method"`
	Chat        int64          `json:"chat,omitempty"`
	Params      map[string]any `json:"params,omitempty"`
	Status      int            `json:"status"` // of the answer; 0 when there was none
	Description string         `json:"description,omitempty"`
	Fault       string         `json:"fault,omitempty"` // the fault that came over it
	Effect      bool           `json:"effect"`          // it was carried out, whatever the bot was told
}

const maxCalls = 20_000 // older ones are forgotten

// Calls lists the bot's calls in the order in which they were answered, getUpdates too.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

// apiPath splits /bot<token>/<method>.
func apiPath(path string) (token, method string, ok bool) {
	rest, ok := strings.CutPrefix(path, "/bot")
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, "/")
}

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request, token, name string) {
	if subtle.ConstantTimeCompare([]byte(token), []byte(s.config.Token)) != 1 {
		answer(w, nil, &apiError{code: 401, description: "Unauthorized"})
		return
	}
	m, ok := s.method(name)
	if !ok {
		s.log(Call{Method: name, Status: 404, Description: "Not Found"})
		answer(w, nil, &apiError{code: 404, description: "Not Found"})
		return
	}
	p, err := readParams(r)
	if err == nil {
		err = checkFields(m.name, m.fields, p, true)
	}
	call := Call{Method: m.name, Params: p, Chat: chatOf(p)}
	if err != nil {
		s.finish(w, call, nil, err)
		return
	}
	fault, faulty := s.takeFault(m.name, call.Chat)
	if faulty && fault.Kind == Slow {
		s.lag(r, time.Duration(fault.DelayMS)*time.Millisecond)
		call.Fault, faulty = string(fault.Kind), false
	}
	if faulty && !fault.After && !fault.Kind.honest() {
		s.suffer(w, r, call, fault, nil)
		return
	}
	result, err := s.carryOut(r, m, p, &call, !faulty)
	if faulty {
		honest := encode(result, err)
		s.suffer(w, r, call, fault, &honest)
		return
	}
	answer(w, result, err)
}

func (s *Server) method(name string) (method, bool) {
	m, ok := s.methods[strings.ToLower(name)]
	return m, ok
}

func byName(all []method) map[string]method {
	methods := map[string]method{}
	for _, m := range all {
		methods[strings.ToLower(m.name)] = m
	}
	return methods
}

// carryOut does what a call asks for. Unless what becomes of the answer is to be seen first, the call is logged in the
// same instant: whoever sees what it did finds it in the log.
func (s *Server) carryOut(r *http.Request, m method, p params, call *Call, log bool) (result any, err *apiError) {
	if m.run == nil {
		result, err = s.getUpdates(r.Context(), p)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case m.run == nil:
	case s.closed:
		err = &apiError{code: 502, description: "Bad Gateway"}
	default:
		result, err = m.run(s, p)
	}
	call.Effect = err == nil
	if log {
		call.answered(err)
		s.note(*call)
	}
	return result, err
}

// answered is the call with what its caller was told: err, or yes.
func (c *Call) answered(err *apiError) {
	c.Status = http.StatusOK
	if err != nil {
		c.Status, c.Description = err.code, err.description
	}
}

// finish logs a call and answers it. The log comes first, so that whoever has the answer finds the call.
func (s *Server) finish(w http.ResponseWriter, call Call, result any, err *apiError) {
	call.answered(err)
	s.log(call)
	answer(w, result, err)
}

func (s *Server) log(call Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(call)
}

// note is log for who holds the lock.
func (s *Server) note(call Call) {
	call.At = time.Now()
	if len(s.calls) >= maxCalls {
		s.calls = append(s.calls[:0], s.calls[maxCalls/2:]...)
	}
	s.calls = append(s.calls, call)
	if call.Method != "getUpdates" {
		s.touch()
	}
}

// wire is an answer as it goes over the wire.
type wire struct {
	status     int
	retryAfter int
	body       []byte
}

func answer(w http.ResponseWriter, result any, err *apiError) {
	out := encode(result, err)
	w.Header().Set("Content-Length", strconv.Itoa(len(out.body)))
	out.head(w)
	_, _ = w.Write(out.body) // the bot that hung up finds out by itself
}

func (o wire) head(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	if o.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(o.retryAfter))
	}
	w.WriteHeader(o.status)
}

func encode(result any, err *apiError) wire {
	out := wire{status: http.StatusOK}
	if updates, ok := result.([]json.RawMessage); ok && err == nil {
		out.body = listed(updates)
		return out
	}
	body := map[string]any{"ok": err == nil, "result": result}
	if err != nil {
		out.status, out.retryAfter = err.code, err.retryAfter
		body = map[string]any{"ok": false, "error_code": err.code, "description": err.description}
		switch {
		case err.retryAfter > 0:
			body["parameters"] = map[string]any{"retry_after": err.retryAfter}
		case err.migrateTo != 0:
			body["parameters"] = map[string]any{"migrate_to_chat_id": err.migrateTo}
		}
	}
	raw, e := json.Marshal(body)
	if e != nil {
		panic("sandbox: encode an answer: " + e.Error()) // all results are our own types
	}
	out.body = raw
	return out
}

// listed is the answer to a poll: updates that were encoded when they happened.
func listed(updates []json.RawMessage) []byte {
	size := 32
	for _, u := range updates {
		size += len(u) + 1
	}
	body := append(make([]byte, 0, size), `{"ok":true,"result":[`...)
	for i, u := range updates {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, u...)
	}
	return append(body, "]}"...)
}

func chatOf(p params) int64 {
	n, _ := p["chat_id"].(json.Number)
	id, _ := strconv.ParseInt(n.String(), 10, 64)
	return id
}

func tooMany(seconds int) *apiError {
	return &apiError{code: 429, description: "Too Many Requests: retry after " + strconv.Itoa(seconds), retryAfter: seconds}
}
