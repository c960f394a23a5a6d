package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"rechargebot/bot/sandbox"
	"rechargebot/providers"
)

// canary is something that must not be seen where it has no business: a secret anywhere at all, a customer's number
// outside the chats of the agent who ordered and of the admins.
type canary struct {
	name  string
	value string
	chats []int64 // that may see it
}

// forms are the ways in which a text can hide in another: in small or large letters, as in URLs, JSON, pages, hexadecimal, and base64 at any
// place of a longer text.
func (c canary) forms() []string {
	v, quoted := c.value, new(bytes.Buffer)
	_ = json.NewEncoder(quoted).Encode(v) // a text always can be
	asHex := hex.EncodeToString([]byte(v))
	out := []string{
		v, url.QueryEscape(v), url.PathEscape(v), strings.ToLower(url.QueryEscape(v)), strings.ToUpper(v), html.EscapeString(v),
		strings.Trim(strings.TrimSpace(quoted.String()), `"`), asHex, strings.ToUpper(asHex),
	}
	for shift := range 3 { // without the characters at both ends that depend on what stands beside it
		for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			coded := e.EncodeToString(append(make([]byte, shift), v...))
			out = append(out, coded[(shift*8+5)/6:(shift+len(v))*8/6])
		}
	}
	return out
}

// aviary is a desk with a provider of each kind, every secret a canary, and an agent and customers for each.
type aviary struct {
	*desktop
	t       *testing.T
	keepers []keeper
	secrets []canary
	numbers []canary

	mu      sync.Mutex
	weather map[string]http.HandlerFunc                       // by provider; nil = as it should be
	doors   map[string]string                                 // provider by address
	sky     func(w http.ResponseWriter, r *http.Request) bool // over Telegram: true = it answered
}

// keeper is a provider with the agent who orders there.
type keeper struct {
	supply
	agent  int64  // the first of as many as there are storms
	prefix string // of its customers' numbers
	line   string // an order, its number left out
	tap    string // between the line and Confirm
	own    []string
}

const canaryToken = "4242:test-token-of-nobody-00000000000000" // newDesktopOf's

func keepers(t *testing.T, dir string) []keeper {
	t.Helper()
	kinds := fiveKinds()
	give := func(kind, operator, login, secret, settings string) supply {
		s := kinds[kind].supply
		s.account.Login, s.account.Secret, s.settings = login, providers.Secret(secret), settings
		_, tables, _ := strings.Cut(kinds[kind].settings, "[providers.")
		if s.settings += fmt.Sprintf("operators = [%q]\n", operator); tables != "" {
			s.settings += "[providers." + tables
		}
		return s
	}
	script := filepath.Join(dir, "token.sh")
	text := fmt.Sprintf("#!/bin/sh\nif [ -e %s/fail ]; then echo 'no token %s' >&2; echo '{\"token\": \"%s\"}'; exit 3; fi\necho '%s'\n", dir, bosToken, bosToken, bosToken)
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	custom := give("ecare", "bd-banglalink", "canary Custom/id&9", "canary%Custom pass+/=7", "access_id = \"canary Custom/id&9\"\naccess_pass = \"canary%Custom pass+/=7\"\n")
	custom.account.Name, custom.kind = "custom-x", "custom"
	custom.settings += described(t)
	return []keeper{
		{give("ecare", "bd-grameenphone", "canary Ecare/id&1", `canary%Ecare "pass"+/=2`, "access_id = \"canary Ecare/id&1\"\naccess_pass = 'canary%Ecare \"pass\"+/=2'\n"),
			3001, "0178765", "%s 50", "", []string{"canary Ecare/id&1", `canary%Ecare "pass"+/=2`}},
		{give("sendapi", "bd-robi", "canary<Sendapi>user", "canary;Sendapi?key#3", "user = \"canary<Sendapi>user\"\nkey = \"canary;Sendapi?key#3\"\nheaders = { refer = \"canary.Sendapi.header.4\" }\n"),
			3011, "0188765", "%s 50", "", []string{"canary<Sendapi>user", "canary;Sendapi?key#3", "canary.Sendapi.header.4"}},
		{custom, 3021, "0198765", "%s 50", "", []string{"canary Custom/id&9", "canary%Custom pass+/=7"}},
		{give("rechargkit", "in-jio", "", "canary-Rechargkit/token+5==", "token = \"canary-Rechargkit/token+5==\"\npostback_secret = \"canary_Postback-rechargkit-6\"\n"),
			3031, "701765", "+91%s 50 jio", "Delhi NCR", []string{"canary-Rechargkit/token+5==", "canary_Postback-rechargkit-6"}},
		{give("deeperweb", "in-airtel", "canary+Deeper&user", "canary%Deeper/token=7", "username = \"canary+Deeper&user\"\napi_token = \"canary%Deeper/token=7\"\npostback_secret = \"canary_Postback-deeperweb-8\"\n"),
			3041, "702765", "+91%s 50 airtel", "", []string{"canary+Deeper&user", "canary%Deeper/token=7", "canary_Postback-deeperweb-8"}},
		{give("bos", "in-vi", "canary-BOS-554", bosToken, fmt.Sprintf("register_id = \"canary-BOS-554\"\ntoken_command = [%q]\n", script)),
			3051, "703765", "+91%s 50 vi", "", []string{"canary-BOS-554", bosToken}},
	}
}

const bosToken = "canary.BOS/token+9=="

func newAviary(t *testing.T) *aviary {
	t.Helper()
	a := &aviary{t: t, weather: map[string]http.HandlerFunc{}, doors: map[string]string{}}
	a.keepers = keepers(t, t.TempDir())
	plan := deskPlan{
		limits: sandbox.Limits{Off: true}, spied: a.spied, dispatch: `
[dispatch]
submit_timeout = "1s"
enquire_after = ["200ms", "300ms", "500ms"]
review_after = "1500ms"
[alerts]
check_every = "1s"
`,
	}
	var ids []int64
	a.secrets = []canary{{name: "bot token", value: canaryToken}, {name: "its secret part", value: canaryToken[5:]}, {name: "webhook secret", value: hookSecret}}
	for _, k := range a.keepers {
		plan.supplies = append(plan.supplies, k.supply)
		for id := range int64(storms) {
			plan.people = append(plan.people, sandbox.Person{ID: k.agent + id, FirstName: "Agent of " + k.account.Name, Language: "en", Started: true})
			ids = append(ids, k.agent+id)
		}
		for _, s := range k.own {
			a.secrets = append(a.secrets, canary{name: "secret of " + k.account.Name, value: s})
		}
	}
	a.desktop = newDesktopOf(t, plan)
	a.rewrite("[telegram]\n", fmt.Sprintf("[telegram]\nwebhook_secret = %q\n", hookSecret))
	a.hires(ids...)
	text, err := os.ReadFile(a.config)
	if err != nil {
		t.Fatal(err)
	}
	for table := range strings.SplitSeq(string(text), "[[providers]]") {
		var name, address string
		for line := range strings.Lines(table) {
			_, _ = fmt.Sscanf(line, "name = %q", &name)
			_, _ = fmt.Sscanf(line, "base_url = %q", &address)
		}
		if u, err := url.Parse(address); err == nil {
			a.mu.Lock()
			a.doors[u.Host] = name
			a.mu.Unlock()
		}
	}
	return a
}

// spied lets the weather come over the lines.
func (a *aviary) spied(side string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		storm, sky := a.weather[a.doors[r.Host]], a.sky
		a.mu.Unlock()
		switch {
		case side == "upstream" && storm != nil:
			storm(w, r)
		case side == "telegram" && sky != nil && sky(w, r):
		default:
			h.ServeHTTP(w, r)
		}
	})
}

// lets the weather be like that for a provider.
func (a *aviary) lets(provider string, f http.HandlerFunc) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.weather[provider] = f
}

// parrot answers with all that it was sent, in every form, and with what it knows besides.
func (a *aviary) parrot(status int, k keeper) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var said strings.Builder
		fmt.Fprintf(&said, "Access denied for %s %s %v %s;", r.Method, r.URL, r.Header, body)
		for _, secret := range k.own {
			for _, form := range (canary{value: secret}).forms() {
				fmt.Fprintf(&said, " key=%s", form)
			}
			w.Header().Add("X-Debug", url.QueryEscape(secret))
			w.Header().Add("Www-Authenticate", "Bearer realm="+url.QueryEscape(secret))
		}
		w.Header().Set("Location", "http://"+r.Host+"/"+r.URL.RawQuery)
		w.WriteHeader(status)
		if status != http.StatusOK {
			_, _ = io.WriteString(w, said.String())
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"status": "odd", "message": said.String(), "error": said.String(), "txn_id": k.own[0]})
	}
}

// order lets the storm's agent order once in it, and waits until the order has an end, or a person has it.
func (a *aviary) order(k keeper, n int) {
	who := k.agent + int64(n)
	number := fmt.Sprintf("%s%0*d", k.prefix, 11-len(k.prefix), n)
	if strings.HasPrefix(k.line, "+91") {
		number = fmt.Sprintf("%s%0*d", k.prefix, 10-len(k.prefix), n)
	}
	a.mu.Lock()
	a.numbers = append(a.numbers, canary{"number", number[1:], []int64{who, admin}})
	a.mu.Unlock()
	a.says(who, fmt.Sprintf(k.line, number))
	if k.tap != "" {
		a.presses(who, k.tap, number)
	}
	a.presses(who, "Confirm", number)
	a.eventually(number+" has an end, or a person has it", func() bool {
		return a.count(who, "Delivered", number)+a.count(who, "Failed", number)+a.count(who, "Under review", number) > 0
	})
}

// storms is how many kinds of weather there are.
const storms = 5

// storm is what a provider does in its worst hour; the first one is fair weather.
func (a *aviary) storm(k keeper, n int) http.HandlerFunc {
	var calls atomic.Int64
	return [storms]http.HandlerFunc{
		nil,
		a.parrot(http.StatusUnauthorized, k),
		a.parrot(http.StatusInternalServerError, k),
		a.parrot(http.StatusOK, k),
		func(_ http.ResponseWriter, r *http.Request) { // silence at first, then the line goes dead
			if calls.Add(1) == 1 {
				<-r.Context().Done()
			}
			panic(http.ErrAbortHandler)
		},
	}[n]
}
