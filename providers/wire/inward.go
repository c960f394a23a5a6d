package wire

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"rechargebot/providers"
)

// errInward is a connection that was not made, because it would have stayed inside.
var errInward = errors.New("its name leads to an address inside this network (allow_private_address)")

// dialOutward is the dialler for the configured address. A name may lead anywhere, today or tomorrow, to whoever
// answers for it, so what it resolves to is looked at before each connection, and an address inside this machine or
// its network is none that passwords are shown to (SAFETY.md, section 5). An address written as such is meant, and
// so is localhost. resolver nil = the system's.
func dialOutward(c providers.Config, base *url.URL, resolver *net.Resolver) dialer {
	d := &net.Dialer{Resolver: resolver}
	if _, err := netip.ParseAddr(base.Hostname()); err != nil && !strings.EqualFold(base.Hostname(), "localhost") && !c.AllowPrivateAddress {
		d.ControlContext = refuseInward
	}
	return d.DialContext
}

func refuseInward(_ context.Context, _, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil || inward(a.Addr()) {
		return errInward
	}
	return nil
}

// inward reports whether the address is none of the public internet.
func inward(a netip.Addr) bool {
	a = a.Unmap()
	if translated := netip.MustParsePrefix("64:ff9b::/96"); translated.Contains(a) { // NAT64: what counts is where it leads
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return true
	}
	for _, p := range notPublic() {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// notPublic are the networks, beside private, loopback and link-local ones, that lead to no host of the internet or
// to an IPv4 address behind their own (IANA's registries of special-purpose addresses).
func notPublic() []netip.Prefix {
	var out []netip.Prefix
	for _, p := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10",
	} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}
