package providers_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
)

// upstream is an adapter that does as it is told and remembers what it was asked.
type upstream struct {
	recharge func(context.Context, providers.Request) (providers.Result, error)
	enquire  func(context.Context, providers.Sent) (providers.Result, error)
	balance  func(context.Context) (providers.Money, error)
	asked    []time.Time
}

func (u *upstream) Recharge(ctx context.Context, r providers.Request) (providers.Result, error) {
	u.asked = append(u.asked, time.Now())
	return u.recharge(ctx, r)
}

func (u *upstream) Enquire(ctx context.Context, s providers.Sent) (providers.Result, error) {
	u.asked = append(u.asked, time.Now())
	return u.enquire(ctx, s)
}

func (u *upstream) Balance(ctx context.Context) (providers.Money, error) { return u.balance(ctx) }

// saying is an upstream that answers everything with r.
func saying(r providers.Result) *upstream {
	return &upstream{
		recharge: func(context.Context, providers.Request) (providers.Result, error) { return r, nil },
		enquire:  func(context.Context, providers.Sent) (providers.Result, error) { return r, nil },
	}
}

func kind() providers.Registration {
	return providers.Registration{
		Kind: "kestrel", Country: providers.Bangladesh,
		Services: []providers.Service{
			{Operator: providers.BDGrameenphone, Type: providers.Prepaid}, {Operator: providers.BDGrameenphone, Type: providers.Postpaid},
			{Operator: providers.BDRobi, Type: providers.Prepaid},
		},
		Reference: providers.ReferenceFormat{Alphabet: "abcdef", Length: 20},
		Amount:    providers.AmountRule{Min: taka(20), Max: taka(1000), Step: taka(1)},
	}
}

func taka(n int64) providers.Money { return providers.Money{Minor: n * 100, Currency: providers.BDT} }

func order() providers.Request {
	return providers.Request{
		Order:     providers.Order{Operator: providers.BDGrameenphone, Type: providers.Prepaid, Account: "8801712345678", Amount: taka(50)},
		Reference: "abcdefabcdefabcdefab",
	}
}

func gateway(u *upstream, change ...func(*providers.GatewayConfig)) *providers.Gateway {
	c := providers.GatewayConfig{Name: "kestrel-main", Secrets: []providers.Secret{"correct horse battery"}}
	for _, f := range change {
		f(&c)
	}
	return providers.NewGateway(c, kind(), u)
}

func TestGatewayRefusesBeforeTheCall(t *testing.T) {
	t.Parallel()
	change := func(f func(*providers.Request)) providers.Request { r := order(); f(&r); return r }
	for name, c := range map[string]struct {
		req         providers.Request
		unsupported bool
	}{
		"an operator it does not have":    {change(func(r *providers.Request) { r.Operator = providers.BDTeletalk }), true},
		"a type the operator lacks there": {change(func(r *providers.Request) { r.Operator, r.Type = providers.BDRobi, providers.Postpaid }), true},
		"a service that is switched off":  {change(func(r *providers.Request) { r.Type = providers.Postpaid }), true},
		"a number of another country":     {change(func(r *providers.Request) { r.Account = "919812345670" }), true},
		"no number":                       {change(func(r *providers.Request) { r.Account = "" }), true},
		"another currency":                {change(func(r *providers.Request) { r.Amount.Currency = providers.INR }), true},
		"too little":                      {change(func(r *providers.Request) { r.Amount = taka(19) }), false},
		"too much":                        {change(func(r *providers.Request) { r.Amount = taka(1001) }), false},
		"a fraction":                      {change(func(r *providers.Request) { r.Amount.Minor++ }), false},
		"less than nothing":               {change(func(r *providers.Request) { r.Amount.Minor = -5000 }), false},
		"above the configured rule":       {change(func(r *providers.Request) { r.Operator, r.Amount = providers.BDRobi, taka(101) }), false},
		"a short reference":               {change(func(r *providers.Request) { r.Reference = "abc" }), false},
		"a reference of other letters":    {change(func(r *providers.Request) { r.Reference = "ABCDEFABCDEFABCDEFAB" }), false},
	} {
		u := saying(providers.Result{Status: providers.Delivered})
		var told []string
		g := gateway(u, func(c *providers.GatewayConfig) {
			c.Services = []providers.Service{{Operator: providers.BDGrameenphone, Type: providers.Prepaid}, {Operator: providers.BDRobi, Type: providers.Prepaid}, {Operator: providers.BDTeletalk, Type: providers.Prepaid}}
			c.Amounts = map[providers.Service]providers.AmountRule{{Operator: providers.BDRobi}: {Min: taka(10), Max: taka(100)}}
			c.Observe = func(call, outcome string, _ time.Duration) { told = append(told, call+" "+outcome) }
		})
		res, err := g.Recharge(t.Context(), c.req)
		if !errors.Is(err, providers.ErrNotSent) || errors.Is(err, providers.ErrUnsupported) != c.unsupported || len(u.asked) != 0 {
			t.Errorf("%s: %v, asked %d times; want ErrNotSent (unsupported: %v) and no call", name, err, len(u.asked), c.unsupported)
		}
		if res.Status != providers.Unknown || res.Evidence.Err == "" || res.Evidence.At.IsZero() {
			t.Errorf("%s: result %+v; want the evidence of a refusal", name, res)
		}
		if diff := cmp.Diff([]string{"recharge not_sent"}, told); diff != "" {
			t.Errorf("%s: observer (-want +got):\n%s", name, diff)
		}
	}
}

func TestGatewayKnowsTheNarrowestAmountRule(t *testing.T) {
	t.Parallel()
	gp := providers.Service{Operator: providers.BDGrameenphone, Type: providers.Prepaid}
	any, exact := providers.AmountRule{Min: taka(30), Max: taka(90)}, providers.AmountRule{Min: taka(40), Max: taka(80)}
	g := gateway(saying(providers.Result{}), func(c *providers.GatewayConfig) {
		c.Amounts = map[providers.Service]providers.AmountRule{{Operator: gp.Operator}: any, gp: exact}
	})
	for _, c := range []struct {
		service providers.Service
		want    providers.AmountRule
	}{
		{gp, exact},
		{providers.Service{Operator: gp.Operator, Type: providers.Postpaid}, any},
		{providers.Service{Operator: providers.BDRobi, Type: providers.Prepaid}, kind().Amount},
	} {
		if got := g.AmountRule(c.service); got != c.want {
			t.Errorf("%v: %v, want %v", c.service, got, c.want)
		}
	}
}

// What the contract rules out is believed by nobody.
func TestGatewayTurnsImpossibleResultsIntoUnknown(t *testing.T) {
	t.Parallel()
	type result = providers.Result
	for _, c := range []struct {
		is                result
		recharge, enquire providers.Status
	}{
		{result{Status: providers.Delivered}, providers.Delivered, providers.Delivered},
		{result{Status: providers.Refused, Reason: providers.ReasonFloatShort}, providers.Refused, providers.Refused},
		{result{Status: providers.Pending}, providers.Pending, providers.Pending},
		{result{Status: providers.NotFound}, providers.Unknown, providers.NotFound},
		{result{Status: 99}, providers.Unknown, providers.Unknown},
		{result{Status: -1}, providers.Unknown, providers.Unknown},
		{result{Status: providers.Refused, Reason: providers.ReasonDuplicate}, providers.Unknown, providers.Unknown},
		{result{Status: providers.Pending, Reason: providers.ReasonDuplicate}, providers.Pending, providers.Pending},
		{result{Status: providers.Delivered, Reason: providers.ReasonEcho}, providers.Unknown, providers.Unknown},
		{result{Status: providers.Refused, Reason: providers.ReasonUnreadable}, providers.Unknown, providers.Unknown},
		{result{Status: providers.NotFound, Reason: providers.ReasonEcho}, providers.Unknown, providers.Unknown},
		{result{Status: providers.Delivered, Reason: providers.ReasonRejected}, providers.Unknown, providers.Unknown},
	} {
		g := gateway(saying(c.is))
		res, err := g.Recharge(t.Context(), order())
		if err != nil || res.Status != c.recharge {
			t.Errorf("recharge %v/%s: %v, %v; want %v", c.is.Status, c.is.Reason, res.Status, err, c.recharge)
		}
		if got := g.Enquire(t.Context(), providers.Sent{Request: order()}); got.Status != c.enquire {
			t.Errorf("enquire %v/%s: %v; want %v", c.is.Status, c.is.Reason, got.Status, c.enquire)
		}
	}
}

// Every error but a plain "nothing was sent" means that nobody knows; so does a panic.
func TestGatewayLetsNoCarelessAdapterProveAnything(t *testing.T) {
	t.Parallel()
	notSent := fmt.Errorf("dial: %w", providers.ErrNotSent)
	for name, c := range map[string]struct {
		f       func(context.Context, providers.Request) (providers.Result, error)
		notSent bool
	}{
		"not sent": {func(context.Context, providers.Request) (providers.Result, error) { return providers.Result{}, notSent }, true},
		"not sent, with an answer": {func(context.Context, providers.Request) (providers.Result, error) {
			return providers.Result{Evidence: providers.Evidence{HTTP: 200}}, notSent
		}, false},
		"not sent, with a verdict": {func(context.Context, providers.Request) (providers.Result, error) {
			return providers.Result{Status: providers.Delivered}, notSent
		}, false},
		"an error with a verdict": {func(context.Context, providers.Request) (providers.Result, error) {
			return providers.Result{Status: providers.Refused}, errors.New("broken")
		}, false},
		"a panic":               {func(context.Context, providers.Request) (providers.Result, error) { panic("index out of range") }, false},
		"a panic with not sent": {func(context.Context, providers.Request) (providers.Result, error) { panic(notSent) }, false},
	} {
		res, err := gateway(&upstream{recharge: c.f}).Recharge(t.Context(), order())
		if errors.Is(err, providers.ErrNotSent) != c.notSent || !c.notSent && err != nil {
			t.Errorf("%s: err %v; want not sent: %v", name, err, c.notSent)
		}
		if res.Status != providers.Unknown || res.Evidence.Err == "" || res.Evidence.Call != providers.CallRecharge {
			t.Errorf("%s: %+v; want Unknown with evidence", name, res)
		}
	}
}

func TestGatewayScrubsAndCapsWhatComesBack(t *testing.T) {
	t.Parallel()
	const secret = "correct horse battery"
	long := strings.Repeat("য", 3000) // three bytes each
	u := saying(providers.Result{
		Status: providers.Pending, UpstreamID: secret, Serial: " S1 ", Code: "OK/" + secret, Message: secret + "\xff" + long,
		Evidence: providers.Evidence{HTTP: 200, Body: long[:4090] + secret, Err: secret},
	})
	res, err := gateway(u).Recharge(t.Context(), order())
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%+v", res); strings.Contains(text, "horse") || strings.Contains(text, "corr") {
		t.Errorf("secret in %s", text)
	}
	if len(res.Message) > 500 || len(res.Evidence.Body) > providers.MaxEvidenceBody || !utf8.ValidString(res.Message+res.Evidence.Body) {
		t.Errorf("message of %d and body of %d bytes, valid: %v", len(res.Message), len(res.Evidence.Body), utf8.ValidString(res.Message+res.Evidence.Body))
	}
	if res.UpstreamID != "" || res.Serial != "S1" || res.Code != "OK/***" {
		t.Errorf("ids %q and %q, code %q", res.UpstreamID, res.Serial, res.Code)
	}
	u = saying(providers.Result{Status: providers.Delivered, Serial: strings.Repeat("9", 129)})
	if res, _ := gateway(u).Recharge(t.Context(), order()); res.Serial != "" || res.Status != providers.Delivered {
		t.Errorf("an absurd serial: %q, %v", res.Serial, res.Status)
	}
}

// "ca" is 6361 in hexadecimal, with which one in ten thousand serials ends: a customer's complaint needs it whole.
func TestGatewayKeepsAnIDThatOnlyEndsAsASecretBegins(t *testing.T) {
	t.Parallel()
	g := gateway(saying(providers.Result{Status: providers.Delivered, UpstreamID: "E1602026361", Serial: "MTS2336356361"}), func(c *providers.GatewayConfig) {
		c.Secrets = []providers.Secret{"canary horse battery"}
	})
	if res, err := g.Recharge(t.Context(), order()); err != nil || res.Serial != "MTS2336356361" || res.UpstreamID != "E1602026361" {
		t.Errorf("serial %q, id %q, %v", res.Serial, res.UpstreamID, err)
	}
	for _, id := range []string{"x63616e61727920686f7273652062617474657279", "canary horse battery"} {
		if res, err := gateway(saying(providers.Result{Status: providers.Delivered, Serial: id}), func(c *providers.GatewayConfig) {
			c.Secrets = []providers.Secret{"canary horse battery"}
		}).Recharge(t.Context(), order()); err != nil || res.Serial != "" {
			t.Errorf("serial %q, %v", res.Serial, err)
		}
	}
}

func TestGatewayErrorsCarryFactsAndNoSecrets(t *testing.T) {
	t.Parallel()
	inner := fmt.Errorf("login as correct horse battery: %w", providers.ErrCredentials)
	u := &upstream{balance: func(context.Context) (providers.Money, error) { return providers.Money{}, inner }}
	_, err := gateway(u).Balance(t.Context())
	if !errors.Is(err, providers.ErrCredentials) || errors.Is(err, inner) || strings.Contains(err.Error(), "horse") {
		t.Errorf("%v", err)
	}
	u.balance = func(context.Context) (providers.Money, error) {
		return providers.Money{Minor: 1, Currency: providers.INR}, nil
	}
	if m, err := gateway(u).Balance(t.Context()); err == nil {
		t.Errorf("a float in rupees of a Bangladeshi account: %v", m)
	}
	if _, err := gateway(u).Offers(t.Context(), providers.OfferQuery{Operator: providers.BDRobi}); !errors.Is(err, providers.ErrUnsupported) {
		t.Errorf("offers of an adapter that has none: %v", err)
	}
}

func TestGatewaySetsTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		wait := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		u := &upstream{
			recharge: func(ctx context.Context, _ providers.Request) (providers.Result, error) {
				return providers.Result{}, wait(ctx)
			},
			enquire: func(ctx context.Context, _ providers.Sent) (providers.Result, error) {
				return providers.Result{}, wait(ctx)
			},
		}
		g := gateway(u, func(c *providers.GatewayConfig) { c.SubmitTimeout, c.ReadTimeout = 20*time.Second, 7*time.Second })
		start := time.Now()
		if res, err := g.Recharge(t.Context(), order()); err != nil || res.Status != providers.Unknown || time.Since(start) != 20*time.Second {
			t.Errorf("recharge: %v, %v after %s", res.Status, err, time.Since(start))
		}
		start = time.Now()
		if res := g.Enquire(t.Context(), providers.Sent{Request: order()}); res.Status != providers.Unknown || time.Since(start) != 7*time.Second {
			t.Errorf("enquire: %v after %s", res.Status, time.Since(start))
		}
	})
}

// A turn comes before a send and costs it none of its own time.
func TestGatewayPacesCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		left := []time.Duration{}
		u := &upstream{recharge: func(ctx context.Context, _ providers.Request) (providers.Result, error) {
			end, _ := ctx.Deadline()
			left = append(left, time.Until(end))
			return providers.Result{Status: providers.Pending}, nil
		}}
		g := gateway(u, func(c *providers.GatewayConfig) { c.RatePerSecond, c.SubmitTimeout = 0.2, 8*time.Second })
		start := time.Now()
		for range 3 {
			for wait := g.Turn(); wait > 0; wait = g.Turn() {
				time.Sleep(wait)
			}
			if _, err := g.Recharge(t.Context(), order()); err != nil {
				t.Fatal(err)
			}
		}
		var at []time.Duration
		for _, when := range u.asked {
			at = append(at, when.Sub(start))
		}
		if diff := cmp.Diff([]time.Duration{0, 5 * time.Second, 10 * time.Second}, at); diff != "" {
			t.Errorf("calls at (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]time.Duration{8 * time.Second, 8 * time.Second, 8 * time.Second}, left); diff != "" {
			t.Errorf("time left for the send (-want +got):\n%s", diff)
		}
		for range 3 { // asking takes nothing
			if wait := g.Turn(); wait < 4900*time.Millisecond || wait > 5*time.Second || time.Since(start) != 10*time.Second {
				t.Errorf("right after a call the next turn is in %s, want 5 s", wait)
			}
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := g.Recharge(gone, order()); !errors.Is(err, providers.ErrNotSent) || !errors.Is(err, context.Canceled) {
			t.Errorf("context over: %v; want ErrNotSent and Canceled", err)
		}
	})
}

func TestGatewayTellsItsObserver(t *testing.T) {
	t.Parallel()
	var told []string
	u := saying(providers.Result{Status: providers.NotFound})
	u.recharge = func(context.Context, providers.Request) (providers.Result, error) {
		return providers.Result{Status: providers.Delivered}, nil
	}
	u.balance = func(context.Context) (providers.Money, error) { return taka(1), nil }
	g := gateway(u, func(c *providers.GatewayConfig) {
		c.Observe = func(call, outcome string, _ time.Duration) { told = append(told, call+" "+outcome) }
	})
	_, _ = g.Recharge(t.Context(), order())
	g.Enquire(t.Context(), providers.Sent{Request: order()})
	g.Enquire(t.Context(), providers.Sent{})
	_, _ = g.Balance(t.Context())
	u.balance = func(context.Context) (providers.Money, error) { panic("no float") }
	_, _ = g.Balance(t.Context())
	_, _ = g.Offers(t.Context(), providers.OfferQuery{Operator: providers.BDRobi})
	want := []string{"recharge delivered", "enquire not_found", "enquire unknown", "balance ok", "balance error", "offers unsupported"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestGatewayMakesReferencesOfItsKind(t *testing.T) {
	t.Parallel()
	g := gateway(saying(providers.Result{}), func(c *providers.GatewayConfig) { c.Rand = rand.NewChaCha8([32]byte{7}) })
	a, err := g.NewReference()
	b, err2 := g.NewReference()
	if err != nil || err2 != nil || a == b || !kind().Reference.Fits(a) {
		t.Errorf("%q and %q, %v, %v", a, b, err, err2)
	}
	if g, err := gateway(saying(providers.Result{})).NewReference(); err != nil || !kind().Reference.Fits(g) {
		t.Errorf("with the system's randomness: %q, %v", g, err)
	}
}

// The upstream told its id of the order when it took it: an answer about another id is about another order.
func TestGatewayBelievesNoAnswerAboutAnotherOrderOfTheirs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		theirs, told string
		want         providers.Status
		why          providers.Reason
	}{
		{"U1", "U1", providers.Delivered, providers.ReasonNone},
		{"U1", " U1 ", providers.Delivered, providers.ReasonNone},
		{"U1", "", providers.Delivered, providers.ReasonNone},
		{"", "U2", providers.Delivered, providers.ReasonNone},
		{"U1", "U2", providers.Unknown, providers.ReasonEcho},
	} {
		g := gateway(saying(providers.Result{Status: providers.Delivered, UpstreamID: c.told}))
		got := g.Enquire(t.Context(), providers.Sent{Request: order(), UpstreamID: c.theirs})
		if got.Status != c.want || got.Reason != c.why {
			t.Errorf("%q was taken, %q is told: %v %q, want %v %q", c.theirs, c.told, got.Status, got.Reason, c.want, c.why)
		}
	}
}
