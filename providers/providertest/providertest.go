// Package providertest holds the laws that every adapter obeys, and the runner for the stories that
// describe an upstream.
//
// A story (testdata/*.txtar) is what a person orders and is told, followed by the exchanges with the
// upstream in order; see [Run] for its words. Stories say what is particular to one upstream. The laws
// are what is common to all: they take the answers from the stories, break them in every way they know,
// and check that the adapter neither sends twice nor believes what it cannot know (DESIGN.md, section 4).
//
// Everything runs in a testing/synctest bubble over net.Pipe, given to the adapter as Config.Dial: Go's
// real HTTP transport is under test, time-outs take no time, and whatever an adapter leaves running
// fails the test.
package providertest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/providers"
)

// Harness is what the suite needs to know of one adapter.
type Harness struct {
	Registration  providers.Registration
	Folder        string            // of the stories; "" means testdata
	Settings      map[string]string // those that are not secret; base_url on http:// or https://
	Lists         map[string][]string
	OperatorCodes map[providers.Service]string // where the kind needs them: of every service that it declares
	CircleCodes   map[providers.CircleID]string
	Command       func(ctx context.Context, argv []string) ([]byte, error)
	Fields        Fields

	// Vetoed reports whether an answer is Unknown since one of its fields contradicts the others. Damage may
	// take just that field away, so the laws about damage leave such an answer alone. nil: there are none.
	Vetoed func(answer []byte) bool

	// Lacks names the required stories that this upstream cannot tell, each with the reason.
	Lacks map[string]string
}

// Fields names the parameters (query, form or JSON) in which a recharge carries what the laws vary.
type Fields struct{ Reference, Account, Amount string }

// Run checks an adapter against every law, with the stories in its folder.
//
// The words of a story; a line that begins with # is for the reader:
//
//	recharge 01712345678 bd-grameenphone/prepaid 50.00 ref=k3v9q2m8x7w1z5b4     and circle=in-dl where there is one
//	want pending upstream=E1
//	wait 2m
//	enquire                       the last recharge; or with all the words of recharge, and upstream=ID
//	want delivered serial=T1      an upstream id, serial or reason= that is not wanted must be absent
//	balance
//	want 3500.00                  or: want error, want error credentials
//	offers bd-grameenphone        and circle=in-dl where there is one
//	want offer data bd-grameenphone/prepaid 49.00 7 Days     one line each; or: want none
//	postback ref_id=A1&status=Success                        what is called on us: a query, or a JSON object
//	want reference=A1                                        or: want error
//	complain TXN7 not received
//	want ticket C9                                           or: want error
//	codes                                                    or: codes CATEGORY
//	want code 1 Airtel Prepaid                               one line each: code, name, details
//
// A verdict is pending, delivered, refused, not-found, unknown or not-sent. The exchanges follow as
// "-- 1 request --" and "-- 1 response --", and so on; they happen in this order and all of them. In a
// request the headers that are written must be there, queries, forms and JSON are compared by meaning,
// and $ACCESS_ID stands for the setting access_id. A response is a status, headers, a blank line and a
// body; "!cut" before it breaks the connection off within the body. Instead of a response:
// "!refuse" (no connection; the request is not sent), "!reset after request", "!stall".
func Run(t *testing.T, h Harness) {
	t.Helper()
	s := &suite{Harness: h}
	s.Folder = cmp.Or(h.Folder, "testdata")
	stories := readStories(t, s.Folder)
	for _, st := range stories {
		t.Run("story "+st.name, func(t *testing.T) { s.play(t, st) })
	}
	if t.Failed() {
		t.Log("the laws are checked once the stories hold")
		return
	}
	t.Run("stories are complete", s.complete)
	s.accepted = s.sample(t)
	if s.accepted.answer == nil {
		return
	}
	for _, law := range laws() {
		t.Run(law.name, func(t *testing.T) {
			t.Parallel()
			law.check(s, t)
		})
	}
}

// suite is one adapter under test, with what its stories have shown.
type suite struct {
	Harness
	plays    []play
	accepted play // a recharge that the upstream accepted
}

// play is one command of a story and what came of it. answer is nil unless it took exactly one ordinary exchange.
type play struct {
	story   string
	call    string // providers.CallRecharge and so on
	sent    providers.Sent
	answer  *reply
	status  providers.Status
	reason  providers.Reason
	notSent bool
}

type law struct {
	name  string
	check func(*suite, *testing.T)
}

func laws() []law {
	return []law{
		{"one recharge is one request that says what was ordered", (*suite).oneRequest},
		{"what cannot be said is not sent", (*suite).notSaid},
		{"the verdicts of the stories are the adapter's own", (*suite).itself},
		{"a status code that is not documented is unknown", (*suite).statusCodes},
		{"redirects are not followed", (*suite).redirects},
		{"what cannot be read is unknown", (*suite).unreadable},
		{"repeated keys are unknown", (*suite).repeatedKeys},
		{"wrong types are unknown", (*suite).wrongTypes},
		{"broken answers make neither success nor failure", (*suite).mutations},
		{"without a connection nothing was sent", (*suite).notSent},
		{"after the request nobody knows", (*suite).lost},
		{"a lost answer does not make a second request", (*suite).noRepeat},
		{"answers are bounded", (*suite).bounded},
		{"cancelling is prompt", (*suite).cancelling},
		{"secrets stay in", (*suite).secrets},
		{"concurrent recharges stay apart", (*suite).concurrent},
	}
}

// config is a complete configuration whose secrets are canaries and whose network is u.
func (s *suite) config(u *upstream) providers.Config {
	c := providers.Config{
		Name: "under-test", Settings: map[string]providers.Secret{}, Tables: map[string]map[string]providers.Secret{}, AllowInsecureHTTP: true,
		Lists: maps.Clone(s.Lists), OperatorCodes: maps.Clone(s.OperatorCodes), CircleCodes: maps.Clone(s.CircleCodes),
		Command: s.Command,
		Dial:    u.dial,
	}
	for _, setting := range s.Registration.Settings {
		value, ok := s.Settings[setting.Key]
		switch {
		case setting.Form == providers.TableSetting && setting.Secret:
			c.Tables[setting.Key] = map[string]providers.Secret{"x-canary": providers.Secret(canary(setting.Key))}
			continue
		case setting.Form != providers.TextSetting:
			continue
		case setting.Secret:
			value = canary(setting.Key)
		case !ok:
			value = setting.Default
		}
		c.Settings[setting.Key] = providers.Secret(value)
	}
	return c
}

// provider makes the adapter with u as its network.
func (s *suite) provider(t *testing.T, u *upstream) providers.Provider {
	t.Helper()
	return s.providerWith(t, s.config(u))
}

func (s *suite) providerWith(t *testing.T, c providers.Config) providers.Provider {
	t.Helper()
	p, err := s.Registration.New(c)
	if err != nil {
		t.Fatalf("New with every setting filled in: %v", err)
	}
	return p
}

// gateway is the adapter as production uses it.
func (s *suite) gateway(t *testing.T, u *upstream) *providers.Gateway {
	t.Helper()
	c := s.config(u)
	return providers.NewGateway(providers.GatewayConfig{
		Name: c.Name, Secrets: s.Registration.Secrets(c), Circles: slices.Collect(maps.Keys(c.CircleCodes)),
	}, s.Registration, s.providerWith(t, c))
}

// host is the one address that the adapter may connect to.
func (s *suite) host(c providers.Config) string {
	u, err := url.Parse(c.Get("base_url"))
	if err != nil {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// do makes the call of a play.
func (p play) do(ctx context.Context, provider providers.Provider) (providers.Result, error) {
	if p.call == providers.CallEnquire {
		return provider.Enquire(ctx, p.sent)
	}
	return provider.Recharge(ctx, p.sent.Request)
}

// answered lists the recharges and enquiries of the stories that an ordinary answer decided, each answer once.
func (s *suite) answered() []play {
	var out []play
	seen := map[string]bool{}
	for _, p := range s.plays {
		if p.answer == nil || seen[p.call+string(p.answer.body)] {
			continue
		}
		seen[p.call+string(p.answer.body)] = true
		if p.answer.status == 200 && (p.call == providers.CallRecharge || p.call == providers.CallEnquire) {
			out = append(out, p)
		}
	}
	return out
}

// bubble runs f with time of its own. A transport may dial or shake hands for a little longer than the call
// that wanted it; what is still there after a minute has leaked and fails the test.
func bubble(t *testing.T, f func(*testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f(t)
		time.Sleep(time.Minute)
	})
}

// sample finds an accepted recharge to vary.
func (s *suite) sample(t *testing.T) play {
	for _, p := range s.answered() {
		if p.call == providers.CallRecharge && (p.status == providers.Pending || p.status == providers.Delivered) {
			return p
		}
	}
	t.Error("no story tells of a recharge that was accepted; the laws need one")
	return play{}
}

// canary is the value of a secret setting: characters that every encoding treats differently, round a
// core that none of them touches.
func canary(key string) string { return "c+n/=&~" + core(key) + "?'%" }

func core(key string) string { return fmt.Sprintf("Kn4r%sQ7z9", strings.ReplaceAll(key, "_", "")) }
