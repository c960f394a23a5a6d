package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"rechargebot/providers"
)

// names is a resolver that leads every name to these addresses; it speaks DNS over a pipe.
func names(t *testing.T, addresses ...string) *net.Resolver {
	t.Helper()
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		go answerNames(far, addresses)
		return near, nil
	}}
}

// answerNames answers questions as a name server does over TCP: each message after its length.
func answerNames(conn net.Conn, addresses []string) {
	defer conn.Close()
	for {
		head := make([]byte, 2)
		if _, err := conn.Read(head); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(head))
		if _, err := conn.Read(query); err != nil {
			return
		}
		end := 12 + strings.IndexByte(string(query[12:]), 0) + 5 // name, type and class of the question
		answer := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, query[12:end]...)
		for _, a := range addresses {
			ip := netip.MustParseAddr(a)
			kind := byte(1) // A
			if ip.Is6() {
				kind = 28 // AAAA
			}
			if query[end-3] != kind {
				continue
			}
			answer[7]++
			answer = append(answer, 0xC0, 12, 0, kind, 0, 1, 0, 0, 0, 60, 0, byte(ip.BitLen()/8))
			answer = append(answer, ip.AsSlice()...)
		}
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return
		}
	}
}

// A trap inside the network must not be reached, whatever somebody lets the provider's name lead to.
func TestANameThatLeadsInsideIsNotConnectedTo(t *testing.T) {
	t.Parallel()
	trap, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	reached := make(chan struct{}, 100)
	go func() {
		for {
			conn, err := trap.Accept()
			if err != nil {
				return
			}
			reached <- struct{}{}
			conn.Close()
		}
	}()
	defer trap.Close()
	_, port, _ := net.SplitHostPort(trap.Addr().String())
	for _, c := range []struct {
		host    string
		leads   []string
		allow   bool
		reaches bool
	}{
		{"provider.test", []string{"127.0.0.1"}, false, false},
		{"provider.test", []string{"127.0.0.1", "127.0.0.1"}, false, false},
		{"provider.test", []string{"::ffff:127.0.0.1"}, false, false},
		{"provider.test", []string{"127.0.0.1"}, true, true},
		{"127.0.0.1", nil, false, true},
		{"localhost", nil, false, true},
	} {
		base := "http://" + net.JoinHostPort(c.host, port)
		settings := providers.Config{
			Settings: map[string]providers.Secret{"base_url": providers.Secret(base)}, AllowInsecureHTTP: true, AllowPrivateAddress: c.allow,
		}
		where, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		if settings.Dial = dialOutward(settings, where, names(t, c.leads...)); c.host == "localhost" {
			settings.Dial = nil // the system knows it, and this is the way of production
		}
		w, err := New(settings, registration())
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Send(t.Context(), get)
		switch {
		case err == nil:
			t.Errorf("%s, leading to %s: the trap answered", c.host, c.leads)
		case c.reaches:
			select {
			case <-reached:
			case <-time.After(10 * time.Second):
				t.Errorf("%s, leading to %s, allowed %v: %v; it should be reached", c.host, c.leads, c.allow, err)
			}
		case !errors.Is(err, providers.ErrNotSent) || !strings.Contains(err.Error(), "inside this network (allow_private_address)"):
			t.Errorf("%s, leading to %s: %v; want ErrNotSent and why", c.host, c.leads, err)
		}
	}
	if len(reached) > 0 {
		t.Errorf("the trap was reached %d times more", len(reached))
	}
}

func TestWhichAddressesAreInside(t *testing.T) {
	t.Parallel()
	for _, inside := range []string{
		"127.0.0.1", "127.255.0.3", "::1", "0.0.0.0", "::", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "fe80::1", "fd00::1",
		"fc00::7", "100.64.0.1", "100.127.255.255", "224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1", "198.18.0.1", "192.0.0.192", "::ffff:10.0.0.1",
		"::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "::7f00:1", "2002:7f00:1::", "2001:0:1::1", "2001:db8::1", "fec0::1", "fd00:ec2::254",
	} {
		if !inward(netip.MustParseAddr(inside)) {
			t.Errorf("%s is not held to be inside", inside)
		}
	}
	for _, outside := range []string{"8.8.8.8", "103.4.145.245", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "169.253.0.1", "11.0.0.1", "2606:4700::1111", "2400:1234::1", "64:ff9b::808:808"} {
		if inward(netip.MustParseAddr(outside)) {
			t.Errorf("%s is held to be inside", outside)
		}
	}
}
