package simulated

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
)

// Dial connects to the simulator in memory; it is made for providers.Config.Dial and works inside a
// testing/synctest bubble in which the simulator was made. It is refused, as a real host refuses, when
// every account is down, or the one that the address's host is named after ("ecare-main:80").
func (s *Server) Dial(ctx context.Context, _, address string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.refuses(address) {
		return nil, refused(address)
	}
	p := s.startPipe()
	if p == nil {
		return nil, refused(address)
	}
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), client.Close(), server.Close())
	case <-s.closing:
		return nil, errors.Join(refused(address), client.Close(), server.Close())
	}
}

func refused(address string) error {
	return &net.OpError{Op: "dial", Net: "tcp", Addr: pipeAddr(address), Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}

func (s *Server) refuses(address string) bool {
	if host, _, err := net.SplitHostPort(address); err == nil && s.isDown(host) {
		return true
	}
	up := 0
	for _, name := range s.names {
		if !s.isDown(name) {
			up++
		}
	}
	return up == 0
}

// pipeServer serves the handler to connections that Dial makes. It is their net.Listener.
type pipeServer struct {
	conns  chan net.Conn
	http   *http.Server
	once   sync.Once
	closed chan struct{}
}

// startPipe returns the one pipe server, or nil when the simulator is closed.
func (s *Server) startPipe() *pipeServer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.pipe != nil {
		if s.closed {
			return nil
		}
		return s.pipe
	}
	p := &pipeServer{conns: make(chan net.Conn), closed: make(chan struct{})}
	p.http = &http.Server{Handler: s.handler, ConnState: s.countConn}
	s.pipe = p
	s.busy.Go(func() { _ = p.http.Serve(p) }) // ends with ErrServerClosed, by close
	return p
}

// countConn makes Close wait for every connection that was served.
func (s *Server) countConn(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew: // called by Serve itself, which is waited for as well
		s.busy.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.busy.Done()
	}
}

func (p *pipeServer) close() error { return p.http.Close() }

// Accept, Close and Addr are net.Listener.
func (p *pipeServer) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipeServer) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipeServer) Addr() net.Addr { return pipeAddr("simulated") }

type pipeAddr string

func (pipeAddr) Network() string  { return "pipe" }
func (a pipeAddr) String() string { return string(a) }
