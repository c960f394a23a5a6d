package providertest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"rechargebot/providers"
)

// trap is where redirects point; nothing must ever arrive there.
const trap = "http://trap.test:8080/collect?"

// bench is one adapter to which many answers are given, one after the other.
type bench struct {
	*testing.T
	s        *suite
	u        *upstream
	provider providers.Provider
	reply    reply
}

func (s *suite) bench(t *testing.T) *bench {
	b := &bench{T: t, s: s}
	b.u = newUpstream(func(request) reply { return b.reply })
	b.provider = s.provider(t, b.u)
	return b
}

// replay makes the play's call with r as the upstream's answer, through the adapter itself. An error
// means Unknown, by the contract.
func (b *bench) replay(p play, r reply) providers.Status {
	b.Helper()
	b.reply = r
	before := b.u.count()
	ctx, cancel := context.WithTimeout(b.Context(), 30*time.Second)
	defer cancel()
	res, err := p.do(ctx, b.provider)
	if n := b.u.count() - before; n > 1 {
		b.Errorf("%v: %d requests for one call", p, n)
	}
	if err != nil {
		return providers.Unknown
	}
	return res.Status
}

// mustBeUnknown replays p with another answer and wants no verdict.
func (b *bench) mustBeUnknown(p play, what string, r reply) {
	b.Helper()
	if got := b.replay(p, r); got != providers.Unknown {
		b.Errorf("%v, %s: %v, want Unknown; body: %.300q", p, what, got, r.body)
	}
}

// itself: the adapter's own verdicts are those of the stories, which a gateway has already judged.
func (s *suite) itself(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := s.bench(t)
		for _, p := range s.answered() {
			if got := b.replay(p, *p.answer); got != p.status {
				t.Errorf("%v: the adapter says %v; the gateway made it %v", p, got, p.status)
			}
		}
	})
}

// statusCodes: 5xx and 429 decide nothing whatever the body says; no other 4xx is a success.
func (s *suite) statusCodes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := s.bench(t)
		for _, p := range s.answered() {
			for _, code := range []int{429, 500, 502, 503, 504, 520} {
				b.mustBeUnknown(p, fmt.Sprint("HTTP ", code), reply{status: code, body: p.answer.body})
			}
			for _, code := range []int{400, 401, 403, 404, 408, 409, 412} {
				if got := b.replay(p, reply{status: code, body: p.answer.body}); got == providers.Delivered || got == providers.Pending {
					t.Errorf("%v, HTTP %d: %v", p, code, got)
				}
			}
		}
	})
}

// redirects: a 3xx is an answer that decides nothing, and nobody else hears of the request.
func (s *suite) redirects(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := s.bench(t)
		for _, p := range s.answered() {
			for _, code := range []int{300, 301, 302, 303, 304, 307, 308} {
				r := reply{status: code, header: http.Header{"Location": {trap}, "Refresh": {"0;url=" + trap}}, body: p.answer.body}
				if code == http.StatusNotModified {
					r.body = nil
				}
				b.mustBeUnknown(p, fmt.Sprint("redirect ", code), r)
			}
		}
		checkHosts(t, b.u, s.host(s.config(b.u)))
	})
}

// unreadable: the right words in the wrong wrapping.
func (s *suite) unreadable(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := s.bench(t)
		for _, p := range s.answered() {
			body := string(p.answer.body)
			for what, text := range map[string]string{
				"empty": "", "blank": " \r\n", "null": "null", "a list": "[" + body + "]", "true": "true",
				"a string": `"OK"`, "zero": "0", "an empty object": "{}", "binary": "\x00\x01\xff",
				"a web page":    "<!DOCTYPE html><html><body>" + body + "</body></html>",
				"a PHP warning": "<br />\n<b>Warning</b>: mysqli_connect() in /srv/a.php on line 3<br />\n" + body,
				"text before":   "OK " + body, "text after": body + " OK", "twice": body + body,
				"two lines": body + "\n" + body, "a comment": body + " // done", "JSONP": "callback(" + body + ");",
				"a trailing comma": strings.TrimSuffix(strings.TrimSpace(body), "}") + ",}",
				"single quotes":    strings.ReplaceAll(body, `"`, "'"),
				"curly quotes":     strings.ReplaceAll(body, `"`, "\u201d"),
				"UTF-16":           "\xff\xfe" + strings.Join(strings.Split(body, ""), "\x00"),
				"10,000 deep":      strings.Repeat(`{"a":`, 10000) + body + strings.Repeat("}", 10000),
				"wrapped":          `{"data":` + body + `}`,
			} {
				b.mustBeUnknown(p, what, ok(text))
			}
			for n := range len(strings.TrimSpace(body)) {
				b.mustBeUnknown(p, "cut off", ok(body[:n]))
			}
		}
	})
}

// members splits an answer into its members in order, each as it is written.
func members(t *testing.T, p play) (keys []string, values map[string]json.RawMessage) {
	t.Helper()
	body := bytes.TrimPrefix(bytes.TrimSpace(p.answer.body), []byte("\xef\xbb\xbf"))
	if json.Unmarshal(body, &values) != nil {
		return nil, nil
	}
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys, values
}

// assemble writes an object of the members, with extra text before its end.
func assemble(keys []string, values map[string]json.RawMessage, extra string) string {
	var parts []string
	for _, key := range keys {
		name, err := json.Marshal(key)
		if err == nil {
			parts = append(parts, string(name)+":"+string(values[key]))
		}
	}
	if extra != "" {
		parts = append(parts, extra)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// repeatedKeys: an answer that says something twice says nothing.
func (s *suite) repeatedKeys(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := s.bench(t)
		for _, p := range s.answered() {
			keys, values := members(t, p)
			for _, key := range keys {
				for _, word := range s.said(t, key) {
					for _, twin := range []string{key, strings.ToLower(key), " " + key} {
						b.mustBeUnknown(p, "repeated "+twin, ok(assemble(keys, values, fmt.Sprintf("%q:%s", twin, word))))
					}
					b.mustBeUnknown(p, "repeated "+key, ok(fmt.Sprintf("{%q:%s,", key, word)+assemble(keys, values, "")[1:]))
				}
			}
		}
	})
}

// said lists what the stories' answers say under a key.
func (s *suite) said(t *testing.T, key string) []string {
	var out []string
	for _, p := range s.answered() {
		_, values := members(t, p)
		if v, ok := values[key]; ok && len(v) < 14 {
			out = append(out, string(v))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// words are the values that answers decide by: short text and scalars of all stories, as JSON.
func (s *suite) words(t *testing.T) []string {
	var out []string
	for _, p := range s.answered() {
		_, values := members(t, p)
		for _, v := range values {
			if len(v) < 14 && (v[0] == '"' || v[0] >= '0' && v[0] <= '9' || v[0] == 't' || v[0] == 'f') {
				out = append(out, string(v))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// wrongTypes: lists, objects and other literals in the place of a field make no verdict better than it was.
func (s *suite) wrongTypes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := s.bench(t)
		for _, p := range s.judged() {
			keys, values := members(t, p)
			for _, key := range keys {
				was := values[key]
				for _, other := range []string{"[]", "{}", "null", "true", "false", "0", "-1", "1e3", `""`, "[" + string(was) + "]", `{"a":` + string(was) + `}`} {
					values[key] = json.RawMessage(other)
					body := assemble(keys, values, "")
					b.mustNotImprove(p, "wrong type", ok(body), b.replay(p, ok(body)))
				}
				delete(values, key)
				rest := slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == key })
				body := assemble(rest, values, "")
				b.mustNotImprove(p, "without "+key, ok(body), b.replay(p, ok(body)))
				values[key] = was
			}
		}
	})
}
