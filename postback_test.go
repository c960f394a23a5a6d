package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

const postbackSecret = "canary-Secret_0123456789"

// caller is an adapter whose upstream calls with ref=REFERENCE&state=WORD.
type caller struct{ providers.Provider }

func (caller) Postback(c providers.PostbackCall) (providers.Postback, error) {
	v, err := url.ParseQuery(c.Query + string(c.Body))
	if err != nil || v.Get("ref") == "" {
		return providers.Postback{}, errors.New("no ref in it")
	}
	return providers.Postback{Reference: providers.Reference(v.Get("ref")), Code: v.Get("state")}, nil
}

// deskForCalls is a postbacks handler with one open order, "12345678", and what it asked about.
func deskForCalls(t *testing.T) (call func(method, target, body string) *http.Response, asked *int, log *strings.Builder) {
	t.Helper()
	r := providers.Registration{Kind: "caller", Country: providers.India, Reference: providers.ReferenceFormat{Alphabet: "0123456789", Length: 8}}
	g := providers.NewGateway(providers.GatewayConfig{Name: "panel", Secrets: []providers.Secret{postbackSecret}}, r, caller{})
	conf := config{Providers: []providerConfig{{Name: "panel", Postback: postbackSecret}, {Name: "closed"}}}
	find := func(_ context.Context, ref providers.Reference) (storage.Job, error) {
		switch ref {
		case "12345678":
			return storage.Job{ID: 7, State: storage.Pending, Attempts: []storage.Attempt{{Provider: "panel", Reference: ref}}}, nil
		case "22222222":
			return storage.Job{ID: 8, State: storage.Pending, Attempts: []storage.Attempt{{Provider: "another", Reference: ref}}}, nil
		case "33333333":
			return storage.Job{ID: 9, State: storage.Delivered, Attempts: []storage.Attempt{{Provider: "panel", Reference: ref, Closed: time.Now()}}}, nil
		}
		return storage.Job{}, storage.ErrNotFound
	}
	asked, log = new(int), new(strings.Builder)
	p := newPostbacks(conf, []*providers.Gateway{g}, find, func(storage.Job, providers.Reference) { *asked++ }, slog.New(slog.NewTextHandler(log, nil)))
	mux := http.NewServeMux()
	mux.Handle("/postback/{name}/{secret}", p)
	return func(method, target, body string) *http.Response {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body)))
		return w.Result()
	}, asked, log
}

func TestAPostbackOnlyMakesUsAsk(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method, target, body string
		code, asked          int
	}{
		"about an open order":             {"GET", "/postback/panel/" + postbackSecret + "?ref=12345678&state=Success", "", 200, 1},
		"by POST":                         {"POST", "/postback/panel/" + postbackSecret, "ref=12345678", 200, 1},
		"about nobody's order":            {"GET", "/postback/panel/" + postbackSecret + "?ref=99999999", "", 200, 0},
		"about an order with another":     {"GET", "/postback/panel/" + postbackSecret + "?ref=22222222", "", 200, 0},
		"about a finished order":          {"GET", "/postback/panel/" + postbackSecret + "?ref=33333333", "", 200, 1},
		"a reference we never make":       {"GET", "/postback/panel/" + postbackSecret + "?ref=ABC", "", 400, 0},
		"nothing in it":                   {"GET", "/postback/panel/" + postbackSecret, "", 400, 0},
		"too long":                        {"POST", "/postback/panel/" + postbackSecret, "ref=12345678&x=" + strings.Repeat("x", 1<<20), 413, 0},
		"another method":                  {"DELETE", "/postback/panel/" + postbackSecret + "?ref=12345678", "", 405, 0},
		"a wrong secret":                  {"GET", "/postback/panel/" + strings.ToLower(postbackSecret) + "?ref=12345678", "", 404, 0},
		"almost the secret":               {"GET", "/postback/panel/" + postbackSecret + "0?ref=12345678", "", 404, 0},
		"a provider without a secret":     {"GET", "/postback/closed/" + postbackSecret + "?ref=12345678", "", 404, 0},
		"a provider that does not exist":  {"GET", "/postback/nobody/" + postbackSecret + "?ref=12345678", "", 404, 0},
		"no secret, to one without one":   {"GET", "/postback/closed/%20?ref=12345678", "", 404, 0},
		"the same again is the same call": {"GET", "/postback/panel/" + postbackSecret + "?ref=12345678&state=Failure", "", 200, 1},
	} {
		call, asked, log := deskForCalls(t)
		if got := call(c.method, c.target, c.body); got.StatusCode != c.code || *asked != c.asked {
			t.Errorf("%s: status %d and %d questions, want %d and %d", name, got.StatusCode, *asked, c.code, c.asked)
		}
		if strings.Contains(log.String(), "canary") || strings.Contains(log.String(), postbackSecret) {
			t.Errorf("%s: the secret is in the log: %s", name, log)
		}
	}
}
