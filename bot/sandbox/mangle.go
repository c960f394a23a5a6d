package sandbox

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"time"
)

// loginPage is what stands between many a phone and the network.
const loginPage = "<!DOCTYPE html>\n<html><head><title>Welcome to our Wi-Fi</title></head><body><form action=\"/login\"><input name=\"room\"></form></body></html>\n"

// mangle gives the bot an answer that is strange on the wire. Of a call that was not carried out it makes one up.
func (s *Server) mangle(w http.ResponseWriter, r *http.Request, call Call, f Fault, honest *wire) {
	if honest == nil {
		honest = &wire{status: http.StatusOK, body: []byte(`{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"}}}`)}
	}
	call.Status = honest.status
	if f.Kind == Redirect {
		call.Status = http.StatusFound
	}
	s.log(call)
	half := honest.body[:len(honest.body)/2]
	switch f.Kind {
	case Trickle:
		s.trickle(w, r, *honest, time.Duration(orInt(f.DelayMS, 1000))*time.Millisecond)
	case Gzip:
		w.Header().Set("Content-Encoding", "gzip")
		honest.head(w)
		_, _ = w.Write(zipped(honest.body)) // whoever hung up finds out by himself; the same below
	case Portal:
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, loginPage)
	case Redirect:
		http.Redirect(w, r, f.Location, http.StatusFound)
	case CutJSON:
		honest.head(w)
		_, _ = w.Write(half)
	case Short:
		w.Header().Set("Content-Length", strconv.Itoa(len(honest.body)))
		honest.head(w)
		_, _ = w.Write(half)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case Bare:
		honest.head(w)
		_, _ = io.WriteString(w, `{"ok":true}`)
	case Huge:
		s.pour(w, r)
	}
}

func (s *Server) trickle(w http.ResponseWriter, r *http.Request, answer wire, each time.Duration) {
	w.Header().Set("Content-Length", strconv.Itoa(len(answer.body)))
	answer.head(w)
	out := http.NewResponseController(w)
	for i := range answer.body {
		if _, err := w.Write(answer.body[i : i+1]); err != nil {
			return
		}
		if out.Flush() != nil || !s.lag(r, each) {
			return
		}
	}
}

// pour writes until the bot has had enough.
func (s *Server) pour(w http.ResponseWriter, r *http.Request) {
	chunk := bytes.Repeat([]byte("x"), 1<<16)
	_, err := io.WriteString(w, `{"ok":true,"result":"`)
	for err == nil && r.Context().Err() == nil {
		select {
		case <-s.done:
			return
		default:
			_, err = w.Write(chunk)
		}
	}
}

func zipped(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body) // into memory, where nothing fails
	_ = z.Close()
	return b.Bytes()
}
