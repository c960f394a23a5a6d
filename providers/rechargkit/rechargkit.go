// Package rechargkit recharges Indian numbers through RechargKit.
//
// Everything is JSON with the member's token as a bearer (providers/rechargkit.md, "Auth"); treat the token
// as a password, it does not expire. Operator and circle codes stand in no document, so they are
// configuration; the vendor's own list of operators is read by CodeList. This file speaks our language,
// wire.go and lists.go theirs.
package rechargkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"rechargebot/providers"
	"rechargebot/providers/wire"
)

// Registration declares the kind.
//
// The status call is a pure read by our reference; what it says of an unknown one is not documented, so
// "not found" proves nothing (SAFETY.md, section 4). A second order under a reference is refused
// (seeds/rechargkit.txt, "Duplicate order"). Amounts are whole rupees between limits that vendors like it
// have (numbers.md, "Amounts"). References of 36 letters, digits and hyphens are in use
// (providers/rechargkit.md, "Reference id"); 20 are far more than enough.
func Registration() providers.Registration {
	return providers.Registration{
		Kind:     "rechargkit",
		Title:    "RechargKit, India",
		Document: "RechargKit API v2, prepaid recharge and status check (apidocs.rechargkit.biz)",
		Country:  providers.India,
		Settings: []providers.Setting{
			{Key: "base_url", Required: true, Help: "the vendor's address up to /recharge"},
			{Key: "token", Secret: true, Required: true, Help: "the member's bearer token"},
			{Key: "status_method", Default: http.MethodPost, OneOf: []string{http.MethodPost, http.MethodGet},
				Help: "how the status is asked for; the document says GET, which has been answered \"access denied\""},
		},
		NeedsCodes:  true,
		NeedsCircle: true,
		Services:    providers.ServicesIn(providers.India),
		Reference:   providers.ReferenceFormat{Alphabet: "0123456789abcdefghijklmnopqrstuvwxyz", Length: 20},
		Capabilities: providers.Capabilities{
			Status:      providers.StatusReadOnly,
			Duplicates:  providers.DuplicateRefused,
			LateArrival: 10 * time.Minute, // no document says; as long as the other upstreams'
		},
		Amount: providers.AmountRule{Min: rupees(10), Max: rupees(5000), Step: rupees(1)},
		New:    func(c providers.Config) (providers.Provider, error) { return New(c) },
	}
}

func rupees(n int64) providers.Money { return providers.Money{Minor: n * 100, Currency: providers.INR} }

// Provider is one RechargKit account.
type Provider struct {
	client   *wire.Client
	token    func() string // a function, so that no way of printing reaches the secret
	byGet    bool          // the status is asked for with GET
	services []providers.Service
	config   *providers.Config // its codes
}

var (
	_ providers.Provider  = (*Provider)(nil)
	_ providers.Offers    = (*Provider)(nil)
	_ providers.CodeLists = (*Provider)(nil)
	_ providers.Postbacks = (*Provider)(nil)
)

// New makes a provider. Codes are numbers on the wire (seeds/rechargkit.txt), so others are refused.
func New(c providers.Config) (*Provider, error) {
	r := Registration()
	if err := r.Require(c); err != nil {
		return nil, fmt.Errorf("rechargkit: %w", err)
	}
	for s, code := range c.OperatorCodes {
		if !wire.IsNumber(strings.TrimSpace(code)) {
			return nil, fmt.Errorf("rechargkit: setting operator_codes: %q: want a number, the vendor's operator_code", s)
		}
	}
	for id, code := range c.CircleCodes {
		if !wire.IsNumber(strings.TrimSpace(code)) {
			return nil, fmt.Errorf("rechargkit: setting circle_codes: %q: want a number, the vendor's circle", id)
		}
	}
	code := func(s providers.Service) string { code, _ := c.OperatorCode(s); return code }
	if err := providers.DistinctCodes(r.Coded(c), code, true); err != nil {
		return nil, fmt.Errorf("rechargkit: %w", err)
	}
	client, err := wire.New(c, r)
	if err != nil {
		return nil, fmt.Errorf("rechargkit: %w", err)
	}
	token := strings.TrimSpace(c.Get("token"))
	return &Provider{
		client: client, token: func() string { return token }, byGet: c.Get("status_method") == http.MethodGet,
		services: r.Coded(c), config: &providers.Config{OperatorCodes: c.OperatorCodes, CircleCodes: c.CircleCodes},
	}, nil
}

// Recharge sends one order.
func (p *Provider) Recharge(ctx context.Context, req providers.Request) (providers.Result, error) {
	order, err := p.order(req)
	if err != nil {
		return providers.Result{}, fmt.Errorf("rechargkit: recharge: %w: %w", err, providers.ErrNotSent)
	}
	a, err := p.client.Send(ctx, p.post("recharge/"+string(req.Type), order.body()))
	if err != nil {
		return providers.Result{Evidence: a.Evidence}, fmt.Errorf("rechargkit: recharge: %w", err)
	}
	res := readRecharge(a.HTTP, a.Body, order)
	res.Evidence = a.Evidence
	return res, nil
}

// order puts a request into RechargKit's words. It refuses what these words cannot say.
func (p *Provider) order(req providers.Request) (order, error) {
	service := providers.Service{Operator: req.Operator, Type: req.Type}
	out, known := plain(req), false
	out.operator, _ = p.config.OperatorCode(service)
	out.circle, known = p.config.CircleCode(req.Circle)
	switch {
	case !slices.Contains(p.services, service):
		return order{}, fmt.Errorf("%s: %w", service, providers.ErrUnsupported)
	case !known:
		return order{}, fmt.Errorf("circle %q: %w", req.Circle, providers.ErrUnsupported)
	case out.amount == "":
		return order{}, fmt.Errorf("amount %s is not in whole rupees", req.Amount)
	case req.Account.Country() != providers.India || len(out.number) != 10:
		return order{}, fmt.Errorf("number is not Indian: %w", providers.ErrUnsupported)
	case req.Reference == "":
		return order{}, errors.New("no reference")
	}
	return out, nil
}

// plain is what of a request needs no code, and can be compared with an answer after a code was taken out of
// the configuration.
func plain(req providers.Request) order {
	out := order{number: req.Account.National(), reference: string(req.Reference)}
	if whole, ok := req.Amount.Whole(); ok && whole > 0 && req.Amount.Currency == providers.INR {
		out.amount = fmt.Sprint(whole)
	}
	return out
}

// Enquire asks statusCheck, a pure read.
func (p *Provider) Enquire(ctx context.Context, sent providers.Sent) (providers.Result, error) {
	a, err := p.client.Read(ctx, p.status(sent.Reference))
	if err != nil {
		return providers.Result{Evidence: a.Evidence}, fmt.Errorf("rechargkit: enquire: %w", err)
	}
	order := plain(sent.Request)
	order.upstream = sent.UpstreamID
	res := readStatus(a.HTTP, a.Body, order)
	res.Evidence = a.Evidence
	return res, nil
}

// status is the question about a reference. The document asks with GET; a client that did so was refused,
// and two that POST were not (providers/rechargkit.md, "Status check").
func (p *Provider) status(ref providers.Reference) wire.Call {
	if p.byGet {
		return p.get("recharge/statusCheck", url.Values{"partner_request_id": {string(ref)}})
	}
	return p.post("recharge/statusCheck", statusBody(ref))
}

// Balance reads the wallet, on which recharges draw.
func (p *Provider) Balance(ctx context.Context) (providers.Money, error) {
	a, err := p.client.Read(ctx, p.get("recharge/balanceCheck", nil))
	if err != nil {
		return providers.Money{}, fmt.Errorf("rechargkit: balance: %w", err)
	}
	m, err := readBalance(a.HTTP, a.Body)
	if err != nil {
		return providers.Money{}, fmt.Errorf("rechargkit: balance: %w", err)
	}
	return m, nil
}

// Postback reads the vendor's call about an order.
func (p *Provider) Postback(call providers.PostbackCall) (providers.Postback, error) {
	about, err := readPostback(call)
	if err != nil {
		return providers.Postback{}, fmt.Errorf("rechargkit: postback: %w", err)
	}
	return about, nil
}

func (p *Provider) get(path string, query url.Values) wire.Call {
	return wire.Call{Method: http.MethodGet, Path: path, Query: query, Header: p.header()}
}

func (p *Provider) post(path string, body []byte) wire.Call {
	call := wire.Call{Method: http.MethodPost, Path: path, Body: body, Header: p.header()}
	call.Header.Set("Content-Type", "application/json")
	return call
}

func (p *Provider) header() http.Header {
	return http.Header{"Authorization": {"Bearer " + p.token()}, "Accept": {"application/json"}}
}
