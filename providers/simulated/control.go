package simulated

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"time"

	"rechargebot/providers"
)

// pageEvents is how much of the record the control surface shows.
const pageEvents = 50

// maxControlBody bounds what the control surface reads.
const maxControlBody = 64 << 10

// Control is how a page or another process steers the simulator. It is never mixed with the dialects'
// paths, has no login, and belongs on loopback:
//
//	GET  /state   → State
//	POST /mood    {"account": "…", "mood": "silent", "calls": ["recharge"], "next": 1, "delay": "5s"}; calls, next and delay may be absent
//	POST /float   {"account": "…", "float": "3500.00"}
//	POST /settle  {"account": "…"}   without an account: all
//
// Each POST must say that it is application/json, so that no other site's form can make it, and answers with
// the State after it, or 4xx with {"error": "…"}.
func (s *Server) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) { s.showState(w) })
	mux.HandleFunc("POST /mood", order(s, func(s *Server, in moodOrder) error {
		var delay time.Duration
		if in.Delay != "" {
			d, err := time.ParseDuration(in.Delay)
			if err != nil {
				return fmt.Errorf("delay: %w", err)
			}
			delay = d
		}
		return s.SetMood(in.Account, in.Mood, When{Calls: in.Calls, Next: in.Next, Delay: delay})
	}))
	mux.HandleFunc("POST /float", order(s, func(s *Server, in floatOrder) error {
		float, err := providers.ParseMoney(in.Float, s.Float(in.Account).Currency)
		if err != nil {
			return fmt.Errorf("float: %w", err)
		}
		return s.SetFloat(in.Account, float)
	}))
	mux.HandleFunc("POST /settle", order(s, func(s *Server, in settleOrder) error {
		if _, known := s.accounts[in.Account]; in.Account != "" && !known { // the map's keys are fixed since New
			return fmt.Errorf("unknown account %q", in.Account)
		}
		_, err := s.Settle(in.Account)
		return err
	}))
	return mux
}

type moodOrder struct {
	Account string `json:"account"`
	Mood    Mood   `json:"mood"`
	Calls   []Call `json:"calls"`
	Next    int    `json:"next"`
	Delay   string `json:"delay"`
}

type floatOrder struct {
	Account string `json:"account"`
	Float   string `json:"float"`
}

type settleOrder struct {
	Account string `json:"account"`
}

// order reads the body of a POST strictly and does what it says.
func order[T any](s *Server, do func(*Server, T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "application/json" {
			refuse(w, http.StatusUnsupportedMediaType, errors.New("content type is not application/json"))
			return
		}
		var in T
		dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxControlBody))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&in); err != nil {
			refuse(w, http.StatusBadRequest, fmt.Errorf("read body: %w", err))
			return
		}
		if err := do(s, in); err != nil {
			refuse(w, http.StatusBadRequest, err)
			return
		}
		s.showState(w)
	}
}

func refuse(w http.ResponseWriter, status int, err error) {
	writeJSON(w, status, map[string]string{"error": err.Error()})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client has left; there is nobody to tell
}

// State is everything that the page shows.
type State struct {
	Accounts []AccountState `json:"accounts"`
	Moods    []MoodInfo     `json:"moods"`
	Events   []EventLine    `json:"events"` // the last 50, oldest first
}

// AccountState is one account as the page shows it. Calls and Delay are those of the lasting mood.
type AccountState struct {
	Name     string       `json:"name"`
	Kind     string       `json:"kind"`
	Mood     Mood         `json:"mood"`
	Calls    []Call       `json:"calls,omitempty"`
	Delay    string       `json:"delay,omitempty"`
	Queue    []QueuedMood `json:"queue"` // what comes before the lasting mood
	Float    string       `json:"float"` // "3500.00"
	Currency string       `json:"currency"`
	Totals
	Open int `json:"open"` // accepted, and neither delivered nor failed yet
}

// QueuedMood is a mood for the next requests.
type QueuedMood struct {
	Mood  Mood   `json:"mood"`
	Calls []Call `json:"calls"`
	Next  int    `json:"next"`
}

// EventLine is an event as the page shows it.
type EventLine struct {
	Seq       int64     `json:"seq"`
	At        time.Time `json:"at"`
	Kind      EventKind `json:"kind"`
	Account   string    `json:"account,omitempty"`
	Call      Call      `json:"call,omitempty"`
	Reference string    `json:"reference,omitempty"`
	Number    string    `json:"number,omitempty"`
	Amount    string    `json:"amount,omitempty"` // "50.00"
	Mood      Mood      `json:"mood,omitempty"`
	Note      string    `json:"note,omitempty"`
}

// State is a picture of the simulator as it stands.
func (s *Server) State() State {
	var out State
	s.look(func(time.Time) {
		out = State{Moods: Moods(), Accounts: []AccountState{}, Events: []EventLine{}}
		for _, name := range s.names {
			out.Accounts = append(out.Accounts, s.accounts[name].state())
		}
		for _, e := range s.events[max(0, len(s.events)-pageEvents):] {
			line := EventLine{Seq: e.Seq, At: e.At, Kind: e.Kind, Account: e.Account, Call: e.Call, Reference: e.Reference, Number: e.Number, Mood: e.Mood, Note: e.Note}
			if e.Amount.Currency != "" {
				line.Amount = e.Amount.Decimal()
			}
			out.Events = append(out.Events, line)
		}
	})
	return out
}

func (a *account) state() AccountState {
	out := AccountState{
		Name: a.Name, Kind: a.Kind, Mood: a.mood.Mood, Calls: a.mood.Calls, Queue: []QueuedMood{},
		Float: a.float.Decimal(), Currency: string(a.float.Currency),
		Totals: a.totals, Open: a.totals.Accepted - a.totals.Delivered - a.totals.Failed,
	}
	if a.mood.Delay > 0 {
		out.Delay = a.mood.Delay.String()
	}
	for _, p := range a.queue {
		out.Queue = append(out.Queue, QueuedMood{p.Mood, p.Calls, p.Next})
	}
	return out
}

func (s *Server) showState(w http.ResponseWriter) { writeJSON(w, http.StatusOK, s.State()) }
