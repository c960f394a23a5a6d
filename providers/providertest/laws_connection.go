package providertest

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"rechargebot/providers"
)

// tlsConfig is the adapter's configuration with its address on https.
func (s *suite) tlsConfig(u *upstream) providers.Config {
	c := s.config(u)
	c.Settings["base_url"] = providers.Secret(strings.Replace(c.Get("base_url"), "http://", "https://", 1))
	return c
}

// notSent: no connection, no money.
func (s *suite) notSent(t *testing.T) {
	refusing := func(err error) *upstream {
		u := always(*s.accepted.answer)
		u.refuse = func(context.Context, string) error { return err }
		return u
	}
	black := always(*s.accepted.answer)
	black.refuse = func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }
	secure := func(wrap func(net.Conn) net.Conn) *upstream {
		u := always(*s.accepted.answer)
		u.wrap = wrap
		return u
	}
	certificate := selfSigned(t)
	for _, c := range []struct {
		name   string
		u      *upstream
		secure bool
	}{
		{"connection refused", refusing(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), false},
		{"network unreachable", refusing(&net.OpError{Op: "dial", Err: syscall.ENETUNREACH}), false},
		{"host name unknown", refusing(&net.DNSError{Err: "no such host", Name: "upstream.test", IsNotFound: true}), false},
		{"connecting takes for ever", black, false},
		{"certificate of nobody", secure(func(conn net.Conn) net.Conn { return handshake(conn, certificate) }), true},
		{"plain text instead of TLS", secure(plainText), true},
		{"silence instead of TLS", secure(func(conn net.Conn) net.Conn { _, _ = io.Copy(io.Discard, conn); return nil }), true},
		{"hang-up instead of TLS", secure(func(net.Conn) net.Conn { return nil }), true},
	} {
		bubble(t, func(t *testing.T) {
			config := s.config(c.u)
			if c.secure {
				config = s.tlsConfig(c.u)
			}
			res, err := s.providerWith(t, config).Recharge(deadline(t), s.accepted.sent.Request)
			if !errors.Is(err, providers.ErrNotSent) || res.Status != providers.Unknown {
				t.Errorf("%s: %v, %v; want ErrNotSent", c.name, res.Status, err)
			}
			if c.u.count() != 0 {
				t.Errorf("%s: a request arrived all the same", c.name)
			}
		})
	}
	bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		u := always(*s.accepted.answer)
		if _, err := s.provider(t, u).Recharge(ctx, s.accepted.sent.Request); !errors.Is(err, providers.ErrNotSent) || len(u.hosts()) != 0 {
			t.Errorf("context over before the call: %v, %d connections; want ErrNotSent and none", err, len(u.hosts()))
		}
	})
}

func plainText(conn net.Conn) net.Conn {
	var b [1]byte
	_, _ = conn.Read(b[:])
	go func() { _, _ = io.Copy(io.Discard, conn) }()
	_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
	return nil
}

// handshake is the server's side of TLS; nil when the client does not want it.
func handshake(conn net.Conn, c tls.Certificate) net.Conn {
	secured := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{c}})
	if secured.Handshake() != nil {
		return nil
	}
	return secured
}

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"upstream.test"},
		NotBefore: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// lost: once a connection exists, whatever goes wrong proves nothing.
func (s *suite) lost(t *testing.T) {
	body := s.accepted.answer.body
	for name, r := range map[string]reply{
		"reset after the request": {mode: reset},
		"silence":                 {mode: stall},
		"body cut off":            {mode: cut, status: 200, body: body},
		"not HTTP":                {status: 200, header: http.Header{"X\r\nbroken": {"\x00"}}, body: body},
	} {
		s.mustBeLost(t, name, always(r))
	}
	half := always(ok(""))
	half.wrap = func(conn net.Conn) net.Conn {
		var b [16]byte
		_, _ = conn.Read(b[:])
		return nil
	}
	s.mustBeLost(t, "reset within the request", half)
	switched := always(ok(""))
	switched.wrap = func(conn net.Conn) net.Conn { // net/http forgets the deadline of such a connection
		go func() {
			if _, err := io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"); err == nil {
				_, _ = io.Copy(io.Discard, conn)
			}
		}()
		_, _ = io.Copy(io.Discard, conn)
		return nil
	}
	s.mustBeLost(t, "protocols switched", switched)
}

func (s *suite) mustBeLost(t *testing.T, name string, u *upstream) {
	t.Helper()
	bubble(t, func(t *testing.T) {
		start := time.Now()
		res, err := s.provider(t, u).Recharge(deadline(t), s.accepted.sent.Request)
		if res.Status != providers.Unknown || err == nil || errors.Is(err, providers.ErrNotSent) {
			t.Errorf("%s: %v, %v; want Unknown and an error that proves nothing", name, res.Status, err)
		}
		if len(u.hosts()) != 1 {
			t.Errorf("%s: %d connections for one recharge", name, len(u.hosts()))
		}
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("%s: given up after %s, past the deadline", name, took)
		}
	})
}

// bounded: endless, huge and compressed answers are given up without being swallowed.
func (s *suite) bounded(t *testing.T) {
	chunk := bytes.Repeat([]byte(" "), 32<<10)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, err := z.Write(s.accepted.answer.body)
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]reply{
		"an endless body":    {mode: endless, status: 200, body: chunk},
		"8 MiB before it":    {status: 200, body: append(bytes.Repeat(chunk, 256), s.accepted.answer.body...)},
		"8 MiB of headers":   {status: 200, header: http.Header{"X-A": {string(bytes.Repeat([]byte("a"), 8<<20))}}, body: s.accepted.answer.body},
		"compressed unasked": {status: 200, header: http.Header{"Content-Encoding": {"gzip"}}, body: zipped.Bytes()},
	} {
		for _, call := range []string{providers.CallRecharge, providers.CallEnquire} {
			bubble(t, func(t *testing.T) {
				u := always(r)
				p := play{call: call, sent: s.accepted.sent}
				res, _ := p.do(deadline(t), s.provider(t, u))
				if res.Status != providers.Unknown {
					t.Errorf("%s, %s: %v, want Unknown", call, name, res.Status)
				}
				if n := u.swallowed(); n > 1<<20 {
					t.Errorf("%s, %s: %d bytes were swallowed", call, name, n)
				}
			})
		}
	}
}
