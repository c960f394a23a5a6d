package providertest

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"testing"

	"rechargebot/providers"
)

// leaks reports whether text shows a canary. The core of a canary survives every escaping; base64 and
// hexadecimal are looked for on their own, base64 at each alignment.
func leaks(text string) bool {
	if strings.Contains(text, "Kn4r") || strings.Contains(text, "Q7z9") {
		return true
	}
	lower := strings.ToLower(text)
	if strings.Contains(lower, hex.EncodeToString([]byte("Kn4r"))) {
		return true
	}
	// Four characters of base64 hold three bytes, so at one alignment a group holds "Kn4" alone, and so on.
	for _, part := range []string{"Kn4", "n4r", "Q7z", "7z9"} {
		if strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(part))) {
			return true
		}
	}
	return false
}

// secrets: canaries in every secret setting are shown by nothing that leaves the adapter.
func (s *suite) secrets(t *testing.T) {
	bubble(t, func(t *testing.T) {
		u := always(ok(""))
		c := s.config(u)
		p := s.providerWith(t, c)
		g := s.gateway(t, u)
		for name, v := range map[string]any{"Config": c, "&Config": &c, "provider": p, "Gateway": g, "Registration": s.Registration, "Settings": c.Settings} {
			checkPrinted(t, name, v)
		}
		for key, bad := range map[string]string{"base_url": "http://%zz@h h/?" + canary("x")} {
			c := s.config(u)
			c.Settings[key] = providers.Secret(bad)
			if _, err := s.Registration.New(c); err == nil || leaks(err.Error()) {
				t.Errorf("%s = %q: err = %v; want one without the value", key, bad, err)
			}
		}
	})
	for name, u := range s.talkative() {
		bubble(t, func(t *testing.T) {
			g := s.gateway(t, u)
			_, err := s.provider(t, u).Recharge(t.Context(), s.accepted.sent.Request)
			checkError(t, name+", adapter", err)
			res, err := g.Recharge(t.Context(), s.accepted.sent.Request)
			checkPrinted(t, name+", recharge", res)
			checkError(t, name+", recharge", err)
			checkPrinted(t, name+", enquire", g.Enquire(t.Context(), s.accepted.sent))
			_, err = g.Balance(t.Context())
			checkError(t, name+", balance", err)
			offers, err := g.Offers(t.Context(), providers.OfferQuery{Operator: s.accepted.sent.Operator, Circle: s.accepted.sent.Circle})
			checkPrinted(t, name+", offers", offers)
			checkError(t, name+", offers", err)
		})
	}
}

// talkative lists upstreams and networks that say our secrets back in every way.
func (s *suite) talkative() map[string]*upstream {
	var all []string
	for _, setting := range s.Registration.Settings {
		if setting.Secret {
			all = append(all, canary(setting.Key))
		}
	}
	secret := strings.Join(all, " ")
	out := map[string]*upstream{
		"silence": always(reply{mode: stall}),
		"reset":   always(reply{mode: reset}),
	}
	asJSON, _ := json.Marshal(secret)
	spellings := map[string]string{
		"plain": secret, "query": url.QueryEscape(secret), "path": url.PathEscape(secret), "html": html.EscapeString(secret),
		"json": strings.Trim(string(asJSON), `"`), "slashed": strings.ReplaceAll(strings.Trim(string(asJSON), `"`), "/", `\/`), "hex": hex.EncodeToString([]byte(secret)),
		"base64": base64.StdEncoding.EncodeToString([]byte(secret)), "base64url": base64.URLEncoding.EncodeToString([]byte("ab" + secret)),
		"basic": base64.StdEncoding.EncodeToString([]byte("u:" + secret + ":p")), "basic1": base64.RawStdEncoding.EncodeToString([]byte("u" + secret)),
	}
	for name, text := range spellings {
		quoted, _ := json.Marshal(text)
		body := string(quoted)
		if name == "json" || name == "slashed" {
			body = `"` + text + `"`
		}
		out[name+" in a page"] = always(reply{status: 500, body: []byte("<html>" + text + "</html>")})
		out[name+" in free text"] = always(ok(string(replace(s.accepted.answer.body, "}", `,"message2":`+body+"}"))))
		out[name+" in a cut answer"] = always(reply{mode: cut, status: 200, body: []byte(`{"x":` + body[:len(body)-3])})
		out[name+" for every word"] = always(ok(s.everyWord(body)))
	}
	failing := always(ok(""))
	failing.refuse = func(context.Context, string) error {
		return &net.OpError{Op: "dial", Err: &url.Error{Op: "Get", URL: "http://h/?p=" + url.QueryEscape(secret), Err: errors.New(secret)}}
	}
	out["a telling dial error"] = failing
	return out
}

// everyWord is the accepted answer with one text in the place of all its values.
func (s *suite) everyWord(value string) string {
	var o map[string]json.RawMessage
	if json.Unmarshal(s.accepted.answer.body, &o) != nil {
		return value
	}
	for key := range o {
		o[key] = json.RawMessage(value)
	}
	b, _ := json.Marshal(o)
	return string(b)
}

// checkError prints err and everything it wraps.
func checkError(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	checkPrinted(t, what, err)
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		checkError(t, what, e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			checkError(t, what, inner)
		}
	}
}

// checkPrinted prints v in every way that Go has.
func checkPrinted(t *testing.T, what string, v any) {
	t.Helper()
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "v", v)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "v", v)
	asJSON, _ := json.Marshal(v)
	for verb, text := range map[string]string{
		"%v": fmt.Sprintf("%v", v), "%+v": fmt.Sprintf("%+v", v), "%#v": fmt.Sprintf("%#v", v), "%s": fmt.Sprintf("%s", v), "%q": fmt.Sprintf("%q", v), "%x": fmt.Sprintf("%x", v),
		"JSON": string(asJSON), "slog": logged.String(),
	} {
		if leaks(text) {
			t.Errorf("%s shows a secret as %s: %s", what, verb, text)
		}
	}
}
