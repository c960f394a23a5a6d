package custom_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
	"rechargebot/providers/custom"
)

// indian is a panel that differs from the samples in everything that a request can differ in.
const indian = `
title = "Kite, India"
document = "Kite API 3"
country = "IN"
secrets = ["pin"]
texts = { channel = "" }
amount = { min = "0.50", max = "999.50", step = "0.50", decimals = 2 }
reference = { alphabet = "0123456789", length = 15 }
status = "S2"
duplicates = "D0"
operators = { in-jio = "JIO", in-airtel = "AT", "in-airtel/postpaid" = "PA" }
[recharge]
method = "POST"
path = "pay"
encoding = "ENCODING"
params = { to = "{msisdn}", sum = "{amount}", net = "{operator}-{circle}", id = "{reference}", pin = "{pin}", via = "{channel}" }
NUMBERS
rules = [ { when = { data.0.code = 1 }, is = "pending" } ]
echo = { number = "data.0.to" }
[enquire]
method = "GET"
path = "state/{reference}"
params = { day = "{date}", pin = "{pin}" }
rules = [
  { when = { code = 1 }, id = ["txn"], is = "delivered" },
  { when = { code = 1, txn = ["", "0"] }, is = "pending" },
  { when = { code = 2, found = 1 }, is = "refused" },
]
serial = "txn"
`

// kite is the other end: it keeps what was sent, and gives one answer to everything.
type kite struct {
	answer string
	sent   []string
}

func (k *kite) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	go func() {
		defer far.Close()
		r, err := http.ReadRequest(bufio.NewReader(far))
		if err != nil {
			return
		}
		k.sent = append(k.sent, wording(r))
		_, _ = fmt.Fprintf(far, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(k.answer), k.answer)
	}()
	return near, nil
}

// wording is a request without what is left to chance.
func wording(r *http.Request) string {
	kind := r.Header.Get("Content-Type")
	if strings.HasPrefix(kind, "multipart/form-data") && r.ParseMultipartForm(1<<20) == nil {
		return fmt.Sprintf("%s %s multipart %v", r.Method, r.URL, r.MultipartForm.Value)
	}
	body, _ := io.ReadAll(r.Body)
	return strings.TrimSpace(fmt.Sprintf("%s %s %s %s", r.Method, r.URL, kind, body))
}

// open makes the Indian panel's provider with k at the other end.
func (k *kite) open(t *testing.T, encoding, numbers string, change func(*providers.Config)) (providers.Provider, providers.Registration, error) {
	t.Helper()
	var table map[string]any
	if _, err := toml.Decode(strings.NewReplacer("ENCODING", encoding, "NUMBERS", numbers).Replace(indian), &table); err != nil {
		t.Fatal(err)
	}
	r, err := custom.Describe(table)
	if err != nil {
		t.Fatal(err)
	}
	c := providers.Config{
		Settings:    map[string]providers.Secret{"base_url": "http://kite.test/v3", "pin": "007", "channel": "web & app"},
		CircleCodes: map[providers.CircleID]string{"in-dl": "5"},
		Dial:        k.dial, AllowInsecureHTTP: true,
	}
	change(&c)
	p, err := r.New(c)
	return p, r, err
}

func request(n providers.NumberType) providers.Request {
	return providers.Request{
		Order: providers.Order{
			Operator: providers.INAirtel, Type: n, Account: "919812345670", Circle: "in-dl",
			Amount: providers.Money{Minor: 10_050, Currency: providers.INR},
		},
		Reference: "012345678901234",
	}
}

func same(*providers.Config) {}

func TestAnOrderIsSentInEveryClothing(t *testing.T) {
	t.Parallel()
	for encoding, c := range map[string]struct{ numbers, want string }{
		"query":     {"", "POST /v3/pay?id=012345678901234&net=AT-5&pin=007&sum=100.50&to=919812345670&via=web+%26+app"},
		"form":      {"", "POST /v3/pay application/x-www-form-urlencoded id=012345678901234&net=AT-5&pin=007&sum=100.50&to=919812345670&via=web+%26+app"},
		"multipart": {"", "POST /v3/pay multipart map[id:[012345678901234] net:[AT-5] pin:[007] sum:[100.50] to:[919812345670] via:[web & app]]"},
		"json": {`numbers = ["sum", "to"]`,
			`POST /v3/pay application/json {"id":"012345678901234","net":"AT-5","pin":"007","sum":100.50,"to":919812345670,"via":"web \u0026 app"}`},
	} {
		k := &kite{answer: `{"data":[{"code":"1","to":9812345670}]}`}
		p, _, err := k.open(t, encoding, c.numbers, same)
		if err != nil {
			t.Fatal(err)
		}
		res, err := p.Recharge(t.Context(), request(providers.Prepaid))
		if err != nil || res.Status != providers.Pending {
			t.Errorf("%s: %v %v, %v; want pending", encoding, res.Status, res.Reason, err)
		}
		if diff := cmp.Diff([]string{c.want}, k.sent); diff != "" {
			t.Errorf("%s (- want, + sent):\n%s", encoding, diff)
		}
	}
}

// The day of an order is that of its country: in Delhi it is already tomorrow.
func TestAnEnquiryNamesTheDayOfTheOrder(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]providers.Status{
		`{"code":1,"txn":"DL77120"}`:   providers.Delivered,
		`{"code":1,"txn":""}`:          providers.Pending,
		`{"code":1,"txn":0}`:           providers.Pending,
		`{"code":"1"}`:                 providers.Pending,
		`{"code":1,"txn":"-"}`:         providers.Unknown,
		`{"code":1,"txn":true}`:        providers.Unknown,
		`{"code":1,"txn":["DL77120"]}`: providers.Unknown,
		`{"code":1.0,"txn":"DL77120"}`: providers.Unknown,
		`{"code":2,"found":true}`:      providers.Unknown,
		`{"code":2,"found":1}`:         providers.Refused,
		`{"code":2}`:                   providers.Unknown,
		`{"code":[2],"found":1}`:       providers.Unknown,
		`{"code":1,"txn":"error 404"}`: providers.Unknown,
		// Our own reference, said back.
		`{"code":1,"txn":"012345678901234"}`: providers.Unknown,
	} {
		k := &kite{answer: answer}
		p, _, err := k.open(t, "form", "", same)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 3, 22, 19, 0, 0, 0, time.UTC)
		res, err := p.Enquire(t.Context(), providers.Sent{Request: request(providers.Prepaid), At: at})
		if err != nil || res.Status != want {
			t.Errorf("%s: %v, %v; want %v", answer, res.Status, err, want)
		}
		if diff := cmp.Diff([]string{"GET /v3/state/012345678901234?day=2026-03-23&pin=007"}, k.sent); diff != "" {
			t.Errorf("(- want, + sent):\n%s", diff)
		}
	}
}

// An order whose operator is not described any more can still be asked for.
func TestAnOldOrderIsStillAskedFor(t *testing.T) {
	t.Parallel()
	k := &kite{answer: `{"code":2,"found":1}`}
	p, _, err := k.open(t, "form", "", same)
	if err != nil {
		t.Fatal(err)
	}
	old := request(providers.Prepaid)
	old.Operator = providers.INBSNL
	if res, err := p.Enquire(t.Context(), providers.Sent{Request: old}); err != nil || res.Status != providers.Refused {
		t.Errorf("%v, %v; want refused", res.Status, err)
	}
	if _, err := p.Recharge(t.Context(), old); !errors.Is(err, providers.ErrNotSent) || !errors.Is(err, providers.ErrUnsupported) {
		t.Errorf("a recharge of it: %v; want ErrNotSent", err)
	}
}

// Without codes for types, an operator's code is that of its prepaid numbers and nothing else; the
// account's own code of an operator does not take the place of a type's.
func TestCodesTellTheTypes(t *testing.T) {
	t.Parallel()
	k := &kite{answer: `{"data":[{"code":1}]}`}
	p, r, err := k.open(t, "query", "", func(c *providers.Config) {
		c.OperatorCodes = map[providers.Service]string{{Operator: providers.INAirtel}: "AX", {Operator: providers.INJio, Type: providers.Prepaid}: "JP"}
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []providers.Service{
		{Operator: providers.INAirtel, Type: providers.Prepaid}, {Operator: providers.INAirtel, Type: providers.Postpaid},
		{Operator: providers.INJio, Type: providers.Prepaid},
	}
	if diff := cmp.Diff(want, r.Services); diff != "" || !r.NeedsCircle {
		t.Errorf("services (- want, + described), needs circle %v:\n%s", r.NeedsCircle, diff)
	}
	var codes []string
	for _, s := range want {
		req := request(s.Type)
		req.Operator = s.Operator
		if _, err := p.Recharge(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		_, code, _ := strings.Cut(k.sent[len(k.sent)-1], "net=")
		codes = append(codes, code[:4])
	}
	if diff := cmp.Diff([]string{"AX-5", "PA-5", "JP-5"}, codes); diff != "" {
		t.Errorf("codes (- want, + sent):\n%s", diff)
	}
}

func TestAnAccountThatCannotBeSentDoesNotStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*providers.Config)
		says   string
	}{
		"no secret":  {func(c *providers.Config) { c.Settings["pin"] = "" }, "setting pin"},
		"no text":    {func(c *providers.Config) { delete(c.Settings, "channel") }, "setting channel"},
		"plain http": {func(c *providers.Config) { c.AllowInsecureHTTP = false }, "allow_insecure_http"},
		"one code for two": {func(c *providers.Config) {
			c.OperatorCodes = map[providers.Service]string{{Operator: providers.INJio}: "AT"}
		}, "operator_codes"},
		"another's operator": {func(c *providers.Config) {
			c.OperatorCodes = map[providers.Service]string{{Operator: providers.INVi}: "VI"}
		}, "in-vi"},
	} {
		p, _, err := new(kite).open(t, "form", "", c.change)
		if err == nil || p != nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want an error that names %s", name, err, c.says)
		}
	}
	// A circle without a code is found before anything leaves us.
	k := &kite{}
	p, _, err := k.open(t, "form", "", same)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := request(providers.Prepaid)
	elsewhere.Circle = "in-mu"
	if _, err := p.Recharge(t.Context(), elsewhere); !errors.Is(err, providers.ErrNotSent) || len(k.sent) != 0 {
		t.Errorf("a circle without a code: %v, sent %v; want ErrNotSent and nothing", err, k.sent)
	}
}

// A panel without these calls has no answers to them.
func TestWhatIsNotDescribedIsUnsupported(t *testing.T) {
	t.Parallel()
	k := &kite{}
	p, r, err := k.open(t, "form", "", same)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Balance(t.Context()); !errors.Is(err, providers.ErrUnsupported) || !r.Capabilities.NoBalance || len(k.sent) != 0 {
		t.Errorf("balance: %v, sent %v; want ErrUnsupported", err, k.sent)
	}
}
