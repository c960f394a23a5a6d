package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener in memory.
type pipes struct {
	arriving chan net.Conn
	closed   chan struct{}
	shut     func()
}

func newPipes() *pipes {
	closed := make(chan struct{})
	return &pipes{make(chan net.Conn), closed, sync.OnceFunc(func() { close(closed) })}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.arriving:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.shut(); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

// Who is being answered at a stop gets his answer, unless it takes longer than two seconds; nobody works on after that.
func TestAStopWaitsForAnswersUnderWay(t *testing.T) {
	t.Parallel()
	for takes, want := range map[time.Duration]string{time.Second: "done", time.Hour: ""} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			listener, returned := newPipes(), make(chan error, 1)
			answered := false
			slow := func(w http.ResponseWriter, r *http.Request) {
				select {
				case <-time.After(takes):
					_, _ = io.WriteString(w, "done")
					answered = true
				case <-r.Context().Done():
				}
			}
			go func() { returned <- serveUntil(ctx, listener, http.HandlerFunc(slow), 0) }()
			here, there := net.Pipe()
			listener.arriving <- there
			said := make(chan string, 1)
			go func() {
				defer func() { _ = here.Close() }()
				_, _ = io.WriteString(here, "GET / HTTP/1.1\r\nHost: bot\r\n\r\n")
				resp, err := http.ReadResponse(bufio.NewReader(here), nil)
				if err != nil {
					said <- ""
					return
				}
				body, _ := io.ReadAll(resp.Body)
				said <- string(body)
			}()
			synctest.Wait()
			cancel()
			began := time.Now()
			if err := <-returned; err != nil || answered != (want != "") || time.Since(began) > 3*time.Second {
				t.Errorf("the server ended after %v with %v; answered: %v", time.Since(began), err, answered)
			}
			if got := <-said; got != want {
				t.Errorf("the caller reads %q, want %q", got, want)
			}
		})
	}
}
