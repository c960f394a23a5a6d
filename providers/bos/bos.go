// Package bos recharges Indian numbers through BOS Center.
//
// Everything is a POST of JSON with a bearer token that is valid for ten minutes (seeds/bos.txt). How a token
// is signed for is in no document, so it is configured: as it is, or as a program that prints one (token.go).
// Operator codes are in no document either. There is no call for the float. This file speaks our language,
// wire.go theirs.
package bos

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"rechargebot/providers"
	"rechargebot/providers/wire"
)

// Registration declares the kind.
//
// The status call is a pure read by our reference that tells nothing of an unknown one that could be relied
// on; a second order under a reference is refused with code 11 (seeds/bos.txt; SAFETY.md, section 4).
// References are of the 13 to 18 digits, as text, of the sample and of clients of the upstream behind BOS
// (providers/bos.md, "Reference id"), and such that they survive where the vendor makes bare numbers of them,
// as its sibling pages do: below 2^53, with no zero in front. Amounts are whole rupees between limits that vendors like it have
// (numbers.md, "Amounts").
func Registration() providers.Registration {
	return providers.Registration{
		Kind:     "bos",
		Title:    "BOS Center, India",
		Document: "BOS Center, DoRecharge and RechargesStatus (readapi.bos.center)",
		Country:  providers.India,
		Settings: []providers.Setting{
			{Key: "base_url", Required: true, Default: "https://api.bos.center/api/BOS", Help: "the vendor's address up to /BOS"},
			{Key: "register_id", Secret: true, Required: true, Help: "RegisterID, such as BOS-554"},
			{Key: "token", Secret: true, Help: "bearer token; or set token_command"},
			{Key: "token_command", Form: providers.ListSetting, Help: "a program, with its arguments, that prints a fresh bearer token"},
		},
		NeedsCodes: true,
		Services:   providers.ServicesIn(providers.India),
		Reference:  providers.ReferenceFormat{Alphabet: "0123456789", First: "123456789", Length: 15},
		Capabilities: providers.Capabilities{
			Status:      providers.StatusReadOnly,
			Duplicates:  providers.DuplicateRefused,
			LateArrival: 10 * time.Minute, // no document says; as long as the other upstreams'
			NoBalance:   true,
		},
		Amount: providers.AmountRule{Min: rupees(10), Max: rupees(5000), Step: rupees(1)},
		New:    func(c providers.Config) (providers.Provider, error) { return New(c) },
	}
}

func rupees(n int64) providers.Money { return providers.Money{Minor: n * 100, Currency: providers.INR} }

// Provider is one BOS account.
type Provider struct {
	client     *wire.Client
	tokens     *tokens
	registerID func() string // a function, so that no way of printing reaches the secret
	services   []providers.Service
	code       func(providers.Service) string
}

var _ providers.Provider = (*Provider)(nil)

// New makes a provider. Codes are numbers on the wire (seeds/bos.txt), so others are refused.
func New(c providers.Config) (*Provider, error) {
	r := Registration()
	if err := r.Require(c); err != nil {
		return nil, fmt.Errorf("bos: %w", err)
	}
	for s, code := range c.OperatorCodes {
		if !wire.IsNumber(strings.TrimSpace(code)) {
			return nil, fmt.Errorf("bos: setting operator_codes: %q: want a number, the vendor's operator", s)
		}
	}
	code := func(s providers.Service) string { code, _ := c.OperatorCode(s); return code }
	if err := providers.DistinctCodes(r.Coded(c), code, false); err != nil {
		return nil, fmt.Errorf("bos: %w", err)
	}
	tokens, err := newTokens(c)
	if err != nil {
		return nil, fmt.Errorf("bos: %w", err)
	}
	client, err := wire.New(c, r)
	if err != nil {
		return nil, fmt.Errorf("bos: %w", err)
	}
	registerID := strings.TrimSpace(c.Get("register_id"))
	return &Provider{
		client: client, tokens: tokens, registerID: func() string { return registerID }, services: r.Coded(c),
		code: code,
	}, nil
}

// Recharge sends DoRecharge once. The token is there before the send begins; without one nothing is sent. A
// refusal of it is believed only when no other could have come in between (SAFETY.md, section 4, P2).
func (p *Provider) Recharge(ctx context.Context, req providers.Request) (providers.Result, error) {
	order, err := p.order(req)
	if err != nil {
		return providers.Result{}, fmt.Errorf("bos: recharge: %w: %w", err, providers.ErrNotSent)
	}
	t, err := p.tokens.get(ctx)
	if err != nil {
		return providers.Result{}, fmt.Errorf("bos: recharge: %w: %w", err, providers.ErrNotSent)
	}
	a, err := p.client.Send(ctx, call("DoRecharge", t, order.body(p.registerID())))
	if err != nil {
		return t.scrub(providers.Result{Evidence: a.Evidence}), fmt.Errorf("bos: recharge: %w", err)
	}
	res := readRecharge(a.HTTP, a.Body, order)
	if res.Reason == providers.ReasonCredentials && !p.tokens.refused(t) {
		res.Status = providers.Unknown
	}
	res.Evidence = a.Evidence
	return t.scrub(res), nil
}

// order puts a request into BOS's words. It refuses what these words cannot say.
func (p *Provider) order(req providers.Request) (order, error) {
	service := providers.Service{Operator: req.Operator, Type: req.Type}
	out := plain(req)
	out.operator = p.code(service)
	switch {
	case !slices.Contains(p.services, service):
		return order{}, fmt.Errorf("%s: %w", service, providers.ErrUnsupported)
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

// Enquire asks RechargesStatus, a pure read.
func (p *Provider) Enquire(ctx context.Context, sent providers.Sent) (providers.Result, error) {
	t, err := p.tokens.get(ctx)
	if err != nil {
		return providers.Result{}, fmt.Errorf("bos: enquire: %w", err)
	}
	a, err := p.client.Read(ctx, call("RechargesStatus", t, statusBody(p.registerID(), sent.Reference)))
	if err != nil {
		return t.scrub(providers.Result{Evidence: a.Evidence}), fmt.Errorf("bos: enquire: %w", err)
	}
	res := readStatus(a.HTTP, a.Body, plain(sent.Request))
	if res.Reason == providers.ReasonCredentials {
		p.tokens.refused(t)
	}
	res.Evidence = a.Evidence
	return t.scrub(res), nil
}

// Balance has no call (providers/bos.md, "Operator codes, plans, balance").
func (p *Provider) Balance(context.Context) (providers.Money, error) {
	return providers.Money{}, fmt.Errorf("bos: balance: %w", providers.ErrUnsupported)
}

func call(name string, t token, body []byte) wire.Call {
	return wire.Call{Method: http.MethodPost, Path: name, Body: body, Header: http.Header{
		"Authorization": {"Bearer " + t.reveal()}, "Content-Type": {"application/json"}, "Accept": {"application/json"},
	}}
}
