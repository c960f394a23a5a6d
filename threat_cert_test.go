package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/providers/simulated"
)

// leads gives the nth provider another address, before the start.
func (d *desktop) leads(n int, address string) {
	d.t.Helper()
	text, err := os.ReadFile(d.config)
	if err != nil {
		d.t.Fatal(err)
	}
	lines := regexp.MustCompile(`base_url = .*`).FindAllString(string(text), -1)
	d.rewrite(lines[n], fmt.Sprintf("base_url = %q", address))
}

// Row "credentials in GET query; plain http": passwords go in the open only where the owner says so, and the log
// says so at each start.
func TestThreatPlainHTTP(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.start()
	d.stopsReady()
	if said := d.said(); !strings.Contains(said, "travel in the open (allow_insecure_http)") {
		t.Errorf("no warning at the start:\n%s", said)
	}
	for _, no := range []string{"", "allow_insecure_http = false"} {
		d.rewrite("allow_insecure_http = true", "allow_insecure_http = true #")
		d.rewrite("allow_insecure_http = true #", no)
		for _, command := range []string{"run", "check"} {
			code, said := d.runs(command)
			if code != exitUsage || !strings.Contains(said, "base_url cannot be used: http:// shows passwords to everybody on the way") || !strings.Contains(said, "allow_insecure_http = true") {
				t.Errorf("%s with %q ends with %d and says:\n%s", command, no, code, said)
			}
		}
		if no == "" {
			d.rewrite("rate_per_second = 50\n", "rate_per_second = 50\nallow_insecure_http = true\n")
		}
	}
	if n := len(d.upstream.Orders()); n != 0 {
		t.Errorf("%d orders", n)
	}
}

// authority signs certificates for servers of the test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, root, root, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

// file holds the authority's own certificate, for SSL_CERT_FILE.
func (a *authority) file() string {
	a.t.Helper()
	path := filepath.Join(a.t.TempDir(), "roots.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

// serves answers over TLS, with a certificate for the address or name that is good until then.
func (a *authority) serves(h http.Handler, host string, until time.Time, versions ...uint16) (address string) {
	a.t.Helper()
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: until}
	if ip := net.ParseIP(host); ip != nil {
		leaf.IPAddresses = []net.IP{ip}
	} else {
		leaf.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, a.cert, &a.key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that fail, as they should
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: a.key}}, MinVersion: tls.VersionTLS10}
	if len(versions) > 0 {
		s.TLS.MaxVersion = versions[0]
	}
	s.StartTLS()
	a.t.Cleanup(s.Close)
	return "https://" + s.Listener.Addr().String() + simulated.ECAREPath
}

// Row "credentials in GET query; plain http": whoever cannot prove to be the provider is told nothing. The order was
// certainly not sent, the agent hears so, and the group that the provider is down.
func TestThreatCertificates(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only here a child can be given an authority of its own")
	}
	good, bad := newAuthority(t), newAuthority(t)
	wrong := []string{"expired-x", "host-x", "issuer-x", "old-x"}
	people, ids := crew()
	d := newDesktopOf(t, deskPlan{
		people: people,
		supplies: []supply{
			byGet("good-x", "bd-grameenphone"), byGet("expired-x", "bd-robi"), byGet("host-x", "bd-banglalink"),
			byGet("issuer-x", "bd-airtel"), byGet("old-x", "bd-teletalk"),
		},
		limits: sandbox.Limits{Off: true}, dispatch: wireSettings,
	})
	d.env = []string{"SSL_CERT_FILE=" + good.file(), "SSL_CERT_DIR=" + t.TempDir()}
	var told atomic.Int64
	stranger := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { told.Add(1) })
	soon := time.Now().Add(time.Hour)
	for i, address := range []string{
		good.serves(d.upstream.Handler(), "127.0.0.1", soon),
		good.serves(stranger, "127.0.0.1", time.Now().Add(-time.Hour)),
		good.serves(stranger, "provider.example", soon),
		bad.serves(stranger, "127.0.0.1", soon),
		good.serves(stranger, "127.0.0.1", soon, tls.VersionTLS11),
	} {
		d.leads(i, address)
	}
	text, err := os.ReadFile(d.config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.config, []byte(strings.ReplaceAll(string(text), "allow_insecure_http = true\n", "")), 0o600); err != nil {
		t.Fatal(err)
	}
	d.hires(ids...)
	d.start()
	numbers := []string{"01712345678", "01812345678", "01912345678", "01612345678", "01512345678"}
	for _, number := range numbers {
		d.buys(agentFor(number), number)
	}
	d.sees(agentFor(numbers[0]), "Delivered", numbers[0])
	for _, number := range numbers[1:] {
		d.sees(agentFor(number), "Failed", number)
	}
	for _, name := range wrong {
		d.sees(ops, "Provider down", name)
	}
	if n := told.Load(); n > 0 {
		t.Errorf("somebody else was told %d requests", n)
	}
	if n := len(d.upstream.Orders()); n != 1 {
		t.Errorf("%d orders reached the provider, want 1", n)
	}
	d.stopsReady()
	if !strings.Contains(d.said(), "certificate not trusted") {
		t.Errorf("the log does not say why:\n%s", d.said())
	}
}

// said is all that the child has written.
func (d *desktop) said() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.log.String()
}
