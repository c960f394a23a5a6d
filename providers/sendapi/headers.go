package sendapi

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"rechargebot/providers"
)

// headers are those that go with every call: band-key, and what the setting headers adds. Its errors show
// no value.
func headers(c providers.Config) (http.Header, error) {
	out := http.Header{}
	if !plain(c.Get("band_key")) {
		return nil, fmt.Errorf("setting band_key: want one line of text")
	}
	out.Set("band-key", c.Get("band_key"))
	for _, name := range slices.Sorted(maps.Keys(c.Tables["headers"])) {
		value := c.Tables["headers"][name].Reveal()
		switch {
		case !token(name):
			return nil, fmt.Errorf("setting headers: %q: want a name of letters, digits and hyphens", name)
		case ours(name):
			return nil, fmt.Errorf("setting headers: %q: is ours to set, leave it out", name)
		case out.Get(name) != "":
			return nil, fmt.Errorf("setting headers: %q: is there already", name)
		case !plain(value):
			return nil, fmt.Errorf("setting headers: %q: want one line of text", name)
		}
		out.Set(name, value)
	}
	return out, nil
}

// ours reports whether a header describes the message or the connection, which the transport does, or
// would make net/http send a request again (SAFETY.md, finding 1). Expect would split a send in two, and
// an answer that is compressed cannot be read.
func ours(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, "idempotency-key") || slices.Contains([]string{
		"content-type", "content-length", "content-encoding", "host", "transfer-encoding", "te", "trailer",
		"connection", "keep-alive", "proxy-connection", "upgrade", "expect", "accept-encoding",
	}, name)
}

// token reports whether name can be a header's (RFC 9110, section 5.6.2).
func token(name string) bool {
	return name != "" && strings.IndexFunc(name, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	}) < 0
}

// plain reports whether value can be a header's: something, on one line, in ASCII.
func plain(value string) bool {
	return strings.TrimSpace(value) != "" && strings.IndexFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}
