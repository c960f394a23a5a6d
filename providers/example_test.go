package providers_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"rechargebot/providers"
	"rechargebot/providers/providertest"
	"rechargebot/providers/wire"
)

// verdict and the tables are what the tutorial calls wire.go: their words in our words.
type verdict struct {
	status providers.Status
	reason providers.Reason
}

// rechargeVerdicts is what they say to an order.
func rechargeVerdicts() map[string]verdict {
	return map[string]verdict{
		"TAKEN":    {providers.Pending, providers.ReasonNone},
		"DONE":     {providers.Delivered, providers.ReasonNone},
		"BADNO":    {providers.Refused, providers.ReasonRejected},
		"NOFUNDS":  {providers.Refused, providers.ReasonFloatShort},
		"STRANGER": {providers.Refused, providers.ReasonCredentials},
		"SEEN":     {providers.Unknown, providers.ReasonDuplicate},
	}
}

// enquiryVerdicts is what they say about one; STRANGER is then about the question.
func enquiryVerdicts() map[string]verdict {
	return map[string]verdict{
		"TAKEN":    {providers.Pending, providers.ReasonNone},
		"DONE":     {providers.Delivered, providers.ReasonNone},
		"FAILED":   {providers.Refused, providers.ReasonRejected},
		"NOREF":    {providers.NotFound, providers.ReasonNone},
		"STRANGER": {providers.Unknown, providers.ReasonCredentials},
	}
}

// Registration declares the made-up upstream of the tutorial in doc.go.
func Registration() providers.Registration {
	return providers.Registration{
		Kind: "kestrel", Title: "Kestrel Recharge", Document: "API 2.1", Country: providers.Bangladesh,
		Settings: []providers.Setting{
			{Key: "base_url", Required: true, Help: "their address"},
			{Key: "token", Secret: true, Required: true, Help: "from their panel"},
		},
		Services:     []providers.Service{{Operator: providers.BDRobi, Type: providers.Prepaid}},
		Reference:    providers.ReferenceFormat{Alphabet: "0123456789", Length: 18},
		Capabilities: providers.Capabilities{Status: providers.StatusReadOnly, Duplicates: providers.DuplicateRefused, LateArrival: 10 * time.Minute},
		Amount:       providers.AmountRule{Min: taka(20), Max: taka(1000), Step: taka(1)},
		New:          func(c providers.Config) (providers.Provider, error) { return New(c) },
	}
}

// Provider is one Kestrel account.
type Provider struct {
	client *wire.Client
	token  func() string
}

// New makes a provider.
func New(c providers.Config) (*Provider, error) {
	if err := Registration().Require(c); err != nil {
		return nil, fmt.Errorf("kestrel: %w", err)
	}
	client, err := wire.New(c, Registration())
	if err != nil {
		return nil, fmt.Errorf("kestrel: %w", err)
	}
	token := c.Get("token")
	return &Provider{client: client, token: func() string { return token }}, nil
}

// Recharge sends an order once.
func (p *Provider) Recharge(ctx context.Context, req providers.Request) (providers.Result, error) {
	call, err := p.recharge(req)
	if err != nil {
		return providers.Result{}, fmt.Errorf("kestrel: recharge: %w: %w", err, providers.ErrNotSent)
	}
	a, err := p.client.Send(ctx, call)
	return read(a, err, req, rechargeVerdicts()), err
}

// recharge puts an order into their words. It refuses what these words cannot say.
func (p *Provider) recharge(req providers.Request) (wire.Call, error) {
	whole, ok := req.Amount.Whole()
	switch {
	case !Registration().Serves(providers.Service{Operator: req.Operator, Type: req.Type}), req.Account.Country() != providers.Bangladesh:
		return wire.Call{}, providers.ErrUnsupported
	case req.Amount.Currency != providers.BDT || !ok || whole <= 0 || req.Reference == "":
		return wire.Call{}, fmt.Errorf("amount %s is not in whole taka, or there is no reference", req.Amount)
	}
	body, err := json.Marshal(map[string]any{"ref": req.Reference, "number": req.Account.National(), "amount": whole})
	return wire.Call{Method: http.MethodPost, Path: "recharge", Header: p.header(), Body: body}, err
}

func (p *Provider) header() http.Header {
	return http.Header{"Authorization": {"Bearer " + p.token()}, "Content-Type": {"application/json"}}
}

// Enquire asks for an order's state.
func (p *Provider) Enquire(ctx context.Context, sent providers.Sent) (providers.Result, error) {
	a, err := p.client.Read(ctx, wire.Call{Method: http.MethodGet, Path: "orders/" + string(sent.Reference), Header: p.header()})
	return read(a, err, sent.Request, enquiryVerdicts()), err
}

// Balance reads the float.
func (p *Provider) Balance(ctx context.Context) (providers.Money, error) {
	a, err := p.client.Read(ctx, wire.Call{Method: http.MethodGet, Path: "balance", Header: p.header()})
	if err != nil {
		return providers.Money{}, fmt.Errorf("kestrel: balance: %w", err)
	}
	var balance, word string
	o, err := wire.ParseObject(a.Body)
	if err == nil {
		err = o.Texts(map[string]*string{"balance": &balance, "state": &word})
	}
	switch {
	case err != nil:
		return providers.Money{}, fmt.Errorf("kestrel: balance: %w", err)
	case word == "STRANGER":
		return providers.Money{}, fmt.Errorf("kestrel: balance: %w", providers.ErrCredentials)
	case a.HTTP != http.StatusOK:
		return providers.Money{}, fmt.Errorf("kestrel: balance: HTTP status %d", a.HTTP)
	}
	return providers.ParseMoney(balance, providers.BDT)
}

// read puts an answer into our words. What it says about which order it speaks of must fit.
func read(a wire.Answer, err error, req providers.Request, verdicts map[string]verdict) providers.Result {
	res := providers.Result{Evidence: a.Evidence}
	var word, ref, number, amount, id, serial string
	if err == nil {
		var o wire.Object
		if o, err = wire.ParseObject(a.Body); err == nil {
			err = o.Texts(map[string]*string{
				"state": &word, "ref": &ref, "number": &number, "amount": &amount, "order": &id, "serial": &serial,
			})
		}
	}
	ours := func(echo, sent string) bool { return echo == "" || echo == sent }
	whole, _ := req.Amount.Whole()
	v, listed := verdicts[word]
	switch {
	case err != nil || a.HTTP != http.StatusOK || !listed:
		res.Reason = providers.ReasonUnreadable
	case !ours(ref, string(req.Reference)) || !ours(number, req.Account.National()) || !ours(amount, fmt.Sprint(whole)):
		res.Reason = providers.ReasonEcho
	default:
		res.Status, res.Reason, res.UpstreamID, res.Code = v.status, v.reason, id, word
		if v.status == providers.Delivered {
			res.Serial = serial
		}
	}
	return res
}

// kestrel is the other end: it takes every order once.
func kestrel(conn net.Conn, state string) {
	defer conn.Close()
	if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
		body := fmt.Sprintf(`{"state":%q,"order":"K-77"}`, state)
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
		_ = r.Body.Close()
	}
}

// The whole of an adapter, as the tutorial in the package comment builds it, behind a Gateway.
func Example() {
	config := providers.Config{
		Name:     "kestrel-main",
		Settings: map[string]providers.Secret{"base_url": "http://kestrel.test/api", "token": "s3cret-s3cret"},

		AllowInsecureHTTP: true, // over a pipe, for the example
		Dial: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go kestrel(far, "TAKEN")
			return near, nil
		},
	}
	r := Registration()
	p, err := r.New(config)
	if err != nil {
		fmt.Println(err)
		return
	}
	g := providers.NewGateway(providers.GatewayConfig{Name: config.Name, Secrets: r.Secrets(config)}, r, p)
	ref, err := g.NewReference()
	if err != nil {
		fmt.Println(err)
		return
	}
	order := providers.Order{Operator: providers.BDRobi, Type: providers.Prepaid, Account: "8801812345678", Amount: taka(50)}
	res, err := g.Recharge(context.Background(), providers.Request{Order: order, Reference: ref})
	fmt.Println(res.Status, res.UpstreamID, err)

	order.Amount = taka(19)
	_, err = g.Recharge(context.Background(), providers.Request{Order: order, Reference: ref})
	fmt.Println(err)
	// Output:
	// pending K-77 <nil>
	// kestrel-main: recharge: amount 19.00 is outside 20.00 to 1000.00, step 1.00: nothing was sent
}

// The laws hold for the sixth upstream as for the others: this file and the stories in testdata are all that
// an adapter is, and builtin.Registrations the one other line.
func TestLaws(t *testing.T) {
	t.Parallel()
	providertest.Run(t, providertest.Harness{
		Registration: Registration(),
		Settings:     map[string]string{"base_url": "http://kestrel.test/api"},
		Fields:       providertest.Fields{Reference: "ref", Account: "number", Amount: "amount"},
	})
}
