package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// arriving is a listener of connections that the test makes.
type arriving chan net.Conn

func (a arriving) Accept() (net.Conn, error) {
	if c, open := <-a; open {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (a arriving) Close() error { close(a); return nil } // the server does so once
func (arriving) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

// Who is being answered at a stop gets his answer, unless it takes longer than two seconds; nobody works on after that.
func TestAStopWaitsForAnswersUnderWay(t *testing.T) {
	t.Parallel()
	for takes, want := range map[time.Duration]string{time.Second: "done", time.Hour: ""} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			listener, returned := make(arriving), make(chan error, 1)
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
			listener <- there
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
