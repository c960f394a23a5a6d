package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// witness looks at the program's calls as they come to Telegram, and wakes whoever waits for one of them. It is
// cheaper than waiting for the sandbox's own changes while thousands of strangers write.
type witness struct {
	mu        sync.Mutex
	answers   map[string]chan time.Time // by the press's query: when its answer came
	chats     map[int64]chan struct{}   // told of each message and edit
	confirmed int64                     // the offset of the newest poll
	polls     chan struct{}             // told of each poll
	calls     map[string]int
	refused   map[int]int // answers that were no success, by their status
	sentAt    []time.Time // messages and edits that Telegram took
}

func newWitness() *witness {
	return &witness{
		answers: map[string]chan time.Time{}, chats: map[int64]chan struct{}{}, polls: make(chan struct{}, 1),
		calls: map[string]int{}, refused: map[int]int{},
	}
}

// expects makes the channel on which the arrival of a press's answer is told.
func (w *witness) expects(query string) <-chan time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.answer(query)
}

func (w *witness) answer(query string) chan time.Time {
	if w.answers[query] == nil {
		w.answers[query] = make(chan time.Time, 1)
	}
	return w.answers[query]
}

// watches makes the channel that is told of each message and edit in the chat.
func (w *witness) watches(chat int64) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.chats[chat] = make(chan struct{}, 1)
	return w.chats[chat]
}

// between is how many messages and edits Telegram took in a span of time.
func (w *witness) between(from, to time.Time) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	i, _ := slices.BinarySearchFunc(w.sentAt, from, time.Time.Compare)
	j, _ := slices.BinarySearchFunc(w.sentAt, to, time.Time.Compare)
	return j - i
}

// refusals is how many calls were answered with the status.
func (w *witness) refusals(status int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.refused[status]
}

// hears stands on the line to Telegram.
func (w *witness) hears(side string, h http.Handler) http.Handler {
	if side != "telegram" {
		return h
	}
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		came := time.Now()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(out, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		method := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		seen := &statusWriter{ResponseWriter: out, status: http.StatusOK}
		if method == "getUpdates" {
			w.polled(body)
			h.ServeHTTP(seen, r)
			return
		}
		h.ServeHTTP(seen, r)
		w.called(method, parseForm(r.Header.Get("Content-Type"), body), seen.status, came)
	})
}

func (w *witness) polled(body []byte) {
	var asked struct{ Offset int64 }
	_ = json.Unmarshal(body, &asked) // what is no JSON, the sandbox refuses
	w.mu.Lock()
	defer w.mu.Unlock()
	w.confirmed = max(w.confirmed, asked.Offset)
	wake(w.polls)
}

func (w *witness) called(method string, form map[string]string, status int, came time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[method]++
	if status != http.StatusOK {
		w.refused[status]++
	}
	switch method {
	case "answerCallbackQuery":
		select {
		case w.answer(form["callback_query_id"]) <- came:
		default:
		}
	case "sendMessage", "editMessageText":
		if status == http.StatusOK {
			w.sentAt = append(w.sentAt, time.Now())
		}
		var chat int64
		_ = json.Unmarshal([]byte(form["chat_id"]), &chat) // a name is nobody's here
		if c := w.chats[chat]; c != nil {
			wake(c)
		}
	}
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) WriteHeader(code int) {
	w.status = code
	w.ResponseWriter.WriteHeader(code)
}
