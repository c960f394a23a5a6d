package simulated

import (
	"errors"
	"fmt"
	"net"
	"sync"
)

// Listen opens a TCP address for an account; the caller serves Handler on it. While the account is down,
// the address is really closed, so that a client's connect is refused by the system; afterwards it is open
// again under the same port. Connections that were made before stay, and are answered with 503.
func (s *Server) Listen(account, address string) (net.Listener, error) {
	s.mu.Lock()
	known, closed := s.accounts[account] != nil, s.closed
	s.mu.Unlock()
	switch {
	case closed:
		return nil, errors.New("listen: the simulator is closed")
	case !known:
		return nil, fmt.Errorf("listen: unknown account %q", account)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	d := &door{server: s, account: account, addr: l.Addr(), open: l, changed: make(chan struct{})}
	s.mu.Lock()
	s.doors = append(s.doors, d)
	s.mu.Unlock()
	return d, d.follow()
}

// door is a listener that can be shut and opened again.
type door struct {
	server  *Server
	account string
	addr    net.Addr

	mu      sync.Mutex
	open    net.Listener  // nil while shut
	changed chan struct{} // closed, and made anew, when open changes
	closed  bool
}

// follow shuts or opens the door as the account's mood is by now.
func (d *door) follow() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	down := d.server.isDown(d.account)
	switch {
	case d.closed || down == (d.open == nil):
		return nil
	case down:
		l := d.open
		d.open = nil
		d.tell()
		return l.Close()
	}
	l, err := net.Listen(d.addr.Network(), d.addr.String())
	if err != nil {
		return fmt.Errorf("open the address again: %w", err)
	}
	d.open = l
	d.tell()
	return nil
}

func (d *door) tell() {
	close(d.changed)
	d.changed = make(chan struct{})
}

// Accept waits through the times in which the door is shut.
func (d *door) Accept() (net.Conn, error) {
	for {
		d.mu.Lock()
		l, changed, closed := d.open, d.changed, d.closed
		d.mu.Unlock()
		if closed {
			return nil, net.ErrClosed
		}
		if l == nil {
			<-changed
			continue
		}
		c, err := l.Accept()
		if err == nil || !d.moved(l) {
			return c, err
		}
	}
}

// moved reports whether l is no longer the open listener: its error then says nothing.
func (d *door) moved(l net.Listener) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open != l
}

// Close ends Accept. A second Close does nothing.
func (d *door) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	l := d.open
	d.open = nil
	d.tell()
	if l == nil {
		return nil
	}
	return l.Close()
}

func (d *door) Addr() net.Addr { return d.addr }
