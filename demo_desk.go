package main

import (
	"encoding/json"
	"fmt"
	"net/http"

	"rechargebot/providers"
	"rechargebot/providers/simulated"
)

// deskState is what the page's desk shows: the bot's process, and what the pretend upstreams know.
type deskState struct {
	Bot       childState     `json:"bot"`
	Providers []deskProvider `json:"providers"`
}

type deskProvider struct {
	Name      string         `json:"name"`
	Mood      simulated.Mood `json:"mood"`
	Moods     []deskMood     `json:"moods"`
	Currency  string         `json:"currency"`
	Float     string         `json:"float"`
	Received  int            `json:"received"`
	Accepted  int            `json:"accepted"`
	Delivered int            `json:"delivered"`
}

type deskMood struct {
	ID    simulated.Mood `json:"id"`
	Label string         `json:"label"`
	Help  string         `json:"help"`
}

// demoDesk serves the page's desk: GET /demo/state, POST /demo/crash, /demo/mood, /demo/float.
func demoDesk(upstream *simulated.Server, bot *child) http.Handler {
	mux := http.NewServeMux()
	show := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(desk(upstream, bot)) // a page that left needs no answer
	}
	mux.HandleFunc("GET /demo/state", func(w http.ResponseWriter, _ *http.Request) { show(w) })
	mux.HandleFunc("POST /demo/crash", func(w http.ResponseWriter, _ *http.Request) {
		if !bot.crash() {
			http.Error(w, "the bot is down already", http.StatusConflict)
			return
		}
		show(w)
	})
	mux.HandleFunc("POST /demo/mood", deskOrder(show, func(in struct {
		Provider string         `json:"provider"`
		Mood     simulated.Mood `json:"mood"`
	}) error {
		return upstream.SetMood(in.Provider, in.Mood, simulated.When{})
	}))
	mux.HandleFunc("POST /demo/float", deskOrder(show, func(in struct {
		Provider string `json:"provider"`
		Amount   string `json:"amount"`
	}) error {
		m, err := providers.ParseMoney(in.Amount, upstream.Float(in.Provider).Currency)
		if err != nil {
			return fmt.Errorf("float: %w", err)
		}
		return upstream.SetFloat(in.Provider, m)
	}))
	return mux
}

func deskOrder[T any](show func(http.ResponseWriter), do func(T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in T
		dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10))
		dec.DisallowUnknownFields()
		err := dec.Decode(&in)
		if err == nil {
			err = do(in)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		show(w)
	}
}

func desk(upstream *simulated.Server, bot *child) deskState {
	state := deskState{Bot: bot.state()}
	var moods []deskMood
	for _, m := range simulated.Moods() {
		moods = append(moods, deskMood{m.ID, m.Label, m.Help})
	}
	for _, a := range upstream.State().Accounts {
		state.Providers = append(state.Providers, deskProvider{
			Name: a.Name, Mood: a.Mood, Moods: moods, Currency: a.Currency, Float: a.Float,
			Received: a.Received, Accepted: a.Accepted, Delivered: a.Delivered,
		})
	}
	return state
}
