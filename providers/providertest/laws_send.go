package providertest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"rechargebot/providers"
)

// chance makes randomness that is the same in every run.
func chance(seed uint64) *rand.ChaCha8 {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	return rand.NewChaCha8(key)
}

// deadline bounds a call in the bubble; production's gateway does the same.
func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func checkHosts(t *testing.T, u *upstream, host string) {
	t.Helper()
	for _, h := range u.hosts() {
		if h != host {
			t.Errorf("a connection to %s, which the configuration does not name", h)
		}
	}
}

// amounts picks some that the registration's rule allows, its ends among them.
func (s *suite) amounts() []providers.Money {
	rule, rnd := s.Registration.Amount, rand.New(chance(1))
	out := []providers.Money{rule.Min, rule.Max}
	step := max(rule.Step.Minor, 1)
	for range 8 {
		steps := (rule.Max.Minor - rule.Min.Minor) / step
		m := providers.Money{Minor: rule.Min.Minor + rnd.Int64N(steps+1)*step, Currency: rule.Min.Currency}
		if rule.Allows(m) {
			out = append(out, m)
		}
	}
	return out
}

// oneRequest: every service and many amounts and references go out once, unchanged.
func (s *suite) oneRequest(t *testing.T) {
	bubble(t, func(t *testing.T) {
		random := chance(2)
		for _, service := range s.Registration.Services {
			for _, amount := range s.amounts() {
				u := always(*s.accepted.answer)
				req := s.accepted.sent.Request
				req.Operator, req.Type, req.Amount = service.Operator, service.Type, amount
				var err error
				if req.Reference, err = s.Registration.Reference.New(random); err != nil {
					t.Fatal(err)
				}
				if _, err = s.provider(t, u).Recharge(deadline(t), req); errors.Is(err, providers.ErrNotSent) {
					t.Errorf("%s/%s %s is declared but was not sent: %v", service.Operator, service.Type, amount, err)
					continue
				}
				s.checkRequest(t, u, req)
			}
		}
	})
}

// checkRequest: exactly one request, and it says what was ordered.
func (s *suite) checkRequest(t *testing.T, u *upstream, req providers.Request) {
	t.Helper()
	seen := u.seen()
	if len(seen) != 1 {
		t.Fatalf("%d requests for one recharge", len(seen))
	}
	for key := range seen[0].header {
		if key == "Idempotency-Key" || key == "X-Idempotency-Key" {
			t.Errorf("header %s lets net/http send a request again", key)
		}
	}
	if got, _ := seen[0].field(s.Fields.Reference); got != string(req.Reference) {
		t.Errorf("reference %q went out as %q", req.Reference, got)
	}
	text, _ := seen[0].field(s.Fields.Amount)
	if got, err := providers.ParseMoney(text, req.Amount.Currency); err != nil || got != req.Amount {
		t.Errorf("amount %s went out as %q", req.Amount, text)
	}
	text, _ = seen[0].field(s.Fields.Account)
	if text != req.Account.National() && text != string(req.Account) && text != "+"+string(req.Account) {
		t.Errorf("number %s went out as %q", req.Account.National(), text)
	}
}

// notSaid: fractions leave to the last unit or not at all; other countries, currencies and services never.
func (s *suite) notSaid(t *testing.T) {
	bubble(t, func(t *testing.T) {
		good := s.accepted.sent.Request
		change := func(f func(*providers.Request)) providers.Request { r := good; f(&r); return r }
		for _, minor := range []int64{1, 50, 99} {
			u := always(*s.accepted.answer)
			req := change(func(r *providers.Request) { r.Amount.Minor += minor })
			if _, err := s.provider(t, u).Recharge(deadline(t), req); !errors.Is(err, providers.ErrNotSent) {
				s.checkRequest(t, u, req)
			} else if u.count() != 0 {
				t.Errorf("%s: not sent, says the error, but a request arrived", req.Amount)
			}
		}
		for name, req := range map[string]providers.Request{
			"another currency": change(func(r *providers.Request) { r.Amount.Currency = "USD" }),
			"nothing":          change(func(r *providers.Request) { r.Amount.Minor = 0 }),
			"less than zero":   change(func(r *providers.Request) { r.Amount.Minor *= -1 }),
			"no operator":      change(func(r *providers.Request) { r.Operator = "xx-nobody" }),
			"no number type":   change(func(r *providers.Request) { r.Type = "barter" }),
			"no number":        change(func(r *providers.Request) { r.Account = "" }),
			"no reference":     change(func(r *providers.Request) { r.Reference = "" }),
		} {
			u := always(*s.accepted.answer)
			_, err := s.provider(t, u).Recharge(deadline(t), req)
			if !errors.Is(err, providers.ErrNotSent) || len(u.hosts()) != 0 {
				t.Errorf("%s: err = %v, %d connections; want ErrNotSent before any", name, err, len(u.hosts()))
			}
		}
	})
}

// noRepeat: an upstream that keeps connections, and now and then reads and hangs up, gets each recharge
// once. A request on a connection that has served before would be sent again by net/http.
func (s *suite) noRepeat(t *testing.T) {
	bubble(t, func(t *testing.T) {
		answers := []reply{*s.accepted.answer, {mode: reset}, *s.accepted.answer, {mode: reset}, {mode: reset}}
		n := 0
		u := newUpstream(func(request) reply { n++; return answers[(n-1)%len(answers)] })
		u.keep = true
		p := s.provider(t, u)
		random := chance(3)
		for i := range answers {
			req := s.accepted.sent.Request
			req.Reference, _ = s.Registration.Reference.New(random)
			_, _ = p.Recharge(deadline(t), req)
			if got := u.count(); got != i+1 {
				t.Fatalf("%d recharges made %d requests", i+1, got)
			}
		}
		if got := len(u.hosts()); got != len(answers) {
			t.Errorf("%d recharges over %d connections; each send needs its own", len(answers), got)
		}
	})
}

// concurrent: many at once, each with its own reference, each told its own outcome. Meant for -race.
func (s *suite) concurrent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const many = 32
		u := newUpstream(func(r request) reply {
			time.Sleep(time.Second)
			ref, _ := r.field(s.Fields.Reference)
			return s.accepted.about(providers.Reference(ref))
		})
		p := s.provider(t, u)
		random := chance(4)
		var want []string
		var wg sync.WaitGroup
		for range many {
			req := s.accepted.sent.Request
			req.Reference, _ = s.Registration.Reference.New(random)
			want = append(want, string(req.Reference))
			wg.Go(func() {
				res, err := p.Recharge(deadline(t), req)
				if err != nil || res.Status != s.accepted.status {
					t.Errorf("%s: %v, %v; want %v", req.Reference, res.Status, err, s.accepted.status)
				}
			})
		}
		wg.Wait()
		var got []string
		for _, r := range u.seen() {
			ref, _ := r.field(s.Fields.Reference)
			got = append(got, ref)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("references arrived %v, want each once %v", got, want)
		}
	})
}

// cancelling: a call whose context ends comes back in the same instant.
func (s *suite) cancelling(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, call := range []string{providers.CallRecharge, providers.CallEnquire} {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(3*time.Second, cancel)
			start := time.Now()
			p := play{call: call, sent: s.accepted.sent}
			res, err := p.do(ctx, s.provider(t, always(reply{mode: stall})))
			if took := time.Since(start); took != 3*time.Second {
				t.Errorf("%s: cancelled after 3 s, back after %s", call, took)
			}
			if res.Status != providers.Unknown || err == nil || errors.Is(err, providers.ErrNotSent) {
				t.Errorf("%s: cancelled after it was sent: %v, %v; want Unknown and an error", call, res.Status, err)
			}
		}
	})
}

// about is the play's answer as the upstream would give it for another reference.
func (p play) about(ref providers.Reference) reply {
	r := *p.answer
	r.body = replace(r.body, string(p.sent.Reference), string(ref))
	return r
}

func (p play) String() string { return fmt.Sprintf("%s in %s.txtar", p.call, p.story) }
