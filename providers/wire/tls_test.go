package wire

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"testing"
	"time"

	"context"

	"rechargebot/providers"
)

// A trusted server is spoken to over TLS 1.2 and HTTP/1.1 even when it offers HTTP/2; an older TLS, an
// untrusted certificate or one of another host is no connection, so nothing was sent.
func TestTLSIsModernTrustedAndHTTP1(t *testing.T) {
	bubble(t, func(t *testing.T) {
		certificate, roots := authority(t, "a.test")
		var spoken tls.ConnectionState
		s := &server{answer: func(_ int, conn net.Conn) bool { return say(conn, "{}") }}
		dial := func(version uint16) dialer {
			return func(context.Context, string, string) (net.Conn, error) {
				near, far := net.Pipe()
				go func() {
					conn := tls.Server(far, &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"h2", "http/1.1"}, MaxVersion: version, MinVersion: tls.VersionTLS10})
					if conn.Handshake() != nil {
						far.Close()
						return
					}
					spoken = conn.ConnectionState()
					s.serve(conn)
				}()
				return near, nil
			}
		}
		w := client(t, "https://a.test", dial(tls.VersionTLS12))
		w.send.TLSClientConfig.RootCAs = roots
		if _, err := w.Send(t.Context(), get); err != nil || spoken.NegotiatedProtocol == "h2" || s.seen[0].ProtoMajor != 1 {
			t.Errorf("trusted: %v, protocol %q", err, spoken.NegotiatedProtocol)
		}
		for name, w := range map[string]*Client{
			"TLS 1.1":      client(t, "https://a.test", dial(tls.VersionTLS11)),
			"untrusted":    client(t, "https://a.test", dial(tls.VersionTLS13)),
			"another host": client(t, "https://b.test", dial(tls.VersionTLS13)),
		} {
			if name != "untrusted" {
				w.send.TLSClientConfig.RootCAs = roots
			}
			if _, err := w.Send(t.Context(), get); !errors.Is(err, providers.ErrNotSent) || len(s.seen) != 1 {
				t.Errorf("%s: %v, %d requests in all; want ErrNotSent and the first one only", name, err, len(s.seen))
			}
		}
	})
}

func authority(t *testing.T, host string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{host}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}
