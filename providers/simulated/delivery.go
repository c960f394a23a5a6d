package simulated

import (
	"compress/gzip"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer is what a dialect has written.
type answer struct {
	status      int // of HTTP
	contentType string
	body        []byte
	garble      func(body string) string // how this dialect's answers break; nil = as a PHP script's do
}

// phpContent is the content type that a PHP script has when it sets none.
const phpContent = "text/html; charset=UTF-8"

// asJSON is a value as an answer. What a dialect says can always be marshalled.
func asJSON(status int, contentType string, v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return answer{status: status, contentType: contentType, body: body}
}

// delivery is a way of putting an answer on the wire; the duration is the mood's delay.
type delivery func(*Server, http.ResponseWriter, *http.Request, time.Duration, answer)

// deliver puts the answer on the wire, as the mood wants it.
func (s *Server) deliver(w http.ResponseWriter, r *http.Request, p posture, a answer) {
	if !s.pause(r.Context(), s.latency) {
		panic(http.ErrAbortHandler)
	}
	if p.does.deliver != nil {
		p.does.deliver(s, w, r, p.Delay, a)
		return
	}
	plainly(w, a)
}

// promise sends the head of an answer, and says how long the body is.
func promise(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
}

// plainly writes a whole answer; that a client has left is no concern of the upstream.
func plainly(w http.ResponseWriter, a answer) {
	promise(w, a)
	_, _ = w.Write(a.body)
}

func slowly(s *Server, w http.ResponseWriter, r *http.Request, delay time.Duration, a answer) {
	if !s.pause(r.Context(), delay) {
		panic(http.ErrAbortHandler)
	}
	plainly(w, a)
}

func drip(s *Server, w http.ResponseWriter, r *http.Request, delay time.Duration, a answer) {
	promise(w, a)
	for i := range a.body {
		if i > 0 && !s.pause(r.Context(), delay) {
			panic(http.ErrAbortHandler)
		}
		write(w, a.body[i:i+1])
	}
}

func silently(s *Server, _ http.ResponseWriter, r *http.Request, _ time.Duration, _ answer) {
	select {
	case <-r.Context().Done():
	case <-s.closing:
	}
	panic(http.ErrAbortHandler)
}

// garbled breaks the answer as the vendor's own document does; the words of success are all there.
func garbled(_ *Server, w http.ResponseWriter, _ *http.Request, _ time.Duration, a answer) {
	garble := a.garble
	if garble == nil {
		garble = warnInFront
	}
	a.body = []byte(garble(string(a.body)))
	plainly(w, a)
}

// warnInFront is a PHP script that warns in front of its answer, whose end is missing.
func warnInFront(body string) string {
	return "<br />\n<b>Warning</b>: mysqli_query(): MySQL server has gone away in <b>/home/portal/api.php</b> on line <b>88</b><br />\n" +
		strings.TrimSuffix(body, "}") + ","
}

// cut promises the whole answer and breaks the connection after half of it.
func cut(_ *Server, w http.ResponseWriter, _ *http.Request, _ time.Duration, a answer) {
	promise(w, a)
	write(w, a.body[:len(a.body)/2])
	panic(http.ErrAbortHandler)
}

func webPage(status int) delivery {
	return func(_ *Server, w http.ResponseWriter, _ *http.Request, _ time.Duration, _ answer) { page(w, status) }
}

func page(w http.ResponseWriter, status int) {
	title := strconv.Itoa(status) + " " + http.StatusText(status)
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte("<!DOCTYPE html>\n<html><head><title>" + title + "</title></head><body><h1>" + title + "</h1><hr>Apache/2.4.41 (Ubuntu)</body></html>\n"))
}

// endless is a true answer with blanks after it, for as long as the client listens.
func endless(s *Server, w http.ResponseWriter, r *http.Request, _ time.Duration, a answer) {
	w.Header().Set("Content-Type", a.contentType)
	w.WriteHeader(a.status)
	write(w, a.body)
	blanks := []byte(strings.Repeat(" ", 32<<10))
	for r.Context().Err() == nil {
		select {
		case <-s.closing:
			panic(http.ErrAbortHandler)
		default:
			write(w, blanks)
		}
	}
	panic(http.ErrAbortHandler)
}

// bomb is a true answer with 64 MiB of blanks after it, packed a thousandfold, whether the client asked for gzip or not.
func bomb(_ *Server, w http.ResponseWriter, _ *http.Request, _ time.Duration, a answer) {
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("Content-Encoding", "gzip")
	w.WriteHeader(a.status)
	z := gzip.NewWriter(w)
	blanks := []byte(strings.Repeat(" ", 64<<10))
	_, err := z.Write(a.body)
	for i := 0; i < 1024 && err == nil; i++ {
		_, err = z.Write(blanks)
	}
	if err != nil || z.Close() != nil {
		panic(http.ErrAbortHandler)
	}
}

// write sends a piece at once, and gives up the request when nobody takes it.
func write(w http.ResponseWriter, piece []byte) {
	if _, err := w.Write(piece); err != nil {
		panic(http.ErrAbortHandler)
	}
	if err := http.NewResponseController(w).Flush(); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// redirect answers 307 to what has a body, which a careless client sends again, and 302 to the rest.
func redirect(w http.ResponseWriter, r *http.Request) {
	status := http.StatusFound
	if r.Method != http.MethodGet {
		status = http.StatusTemporaryRedirect
	}
	w.Header().Set("Location", TrapPath)
	w.WriteHeader(status)
}

func unavailable(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Connection", "close")
	page(w, http.StatusServiceUnavailable)
}
