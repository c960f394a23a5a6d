// Package ecare recharges Bangladeshi numbers through ECARE Technology.
//
// Everything is one GET with the credentials in the query, at one address, and the vendor's own address
// is plain http: ask them for https, a VPN or an IP allow-list (providers/ecare.md). A recharge therefore
// goes out through wire's Send, which cannot repeat a GET; the reads go through Read. This file speaks
// our language, wire.go and offerpack.go theirs.
package ecare

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"time"

	"rechargebot/providers"
	"rechargebot/providers/wire"
)

// Registration declares the kind.
//
// An answer "invalid reference" means something only after a while, because a timed-out GET may still be
// under way: ten minutes and five enquiries (providers/ecare.md, "Money safety"). The vendor's document
// gives no limits of the amount: whole taka from the smallest amount that any source names to the one on
// which most agree (providers/ecare.md, "MRC"; numbers.md, "Amounts"); the configuration may narrow it by
// operator. References of 16 are well within the 32 that are known to be sent.
func Registration() providers.Registration {
	return providers.Registration{
		Kind:     "ecare",
		Title:    "ECARE Technology, Bangladesh",
		Document: "ECARE TECHNOLOGY API, Version-2021.11.20.007",
		Country:  providers.Bangladesh,
		Settings: []providers.Setting{
			{Key: "base_url", Required: true, Help: "the whole address of the vendor's script"},
			{Key: "access_id", Secret: true, Required: true, Help: "API username"},
			{Key: "access_pass", Secret: true, Required: true, Help: "API password"},
		},
		Services:  providers.ServicesIn(providers.Bangladesh),
		Reference: providers.ReferenceFormat{Alphabet: "0123456789abcdefghijklmnopqrstuvwxyz", Length: 16},
		Capabilities: providers.Capabilities{
			Status:        providers.StatusMeaningful,
			Duplicates:    providers.DuplicateRefused,
			LateArrival:   10 * time.Minute,
			NotFoundPolls: 5,
		},
		Amount: providers.AmountRule{Min: taka(10), Max: taka(5000), Step: taka(1)},
		New:    func(c providers.Config) (providers.Provider, error) { return New(c) },
	}
}

func taka(n int64) providers.Money { return providers.Money{Minor: n * 100, Currency: providers.BDT} }

// Provider is one ECARE account.
type Provider struct {
	client  *wire.Client
	setting func(key string) string // a function, so that no way of printing reaches the secrets
	code    func(providers.Service) string
}

var (
	_ providers.Provider = (*Provider)(nil)
	_ providers.Offers   = (*Provider)(nil)
)

// New makes a provider. Config.OperatorCodes replaces codes of operatorCode.
func New(c providers.Config) (*Provider, error) {
	r := Registration()
	if err := r.Require(c); err != nil {
		return nil, fmt.Errorf("ecare: %w", err)
	}
	code := func(s providers.Service) string { return operatorCode(c, s) }
	if err := providers.DistinctCodes(r.Services, code, true); err != nil {
		return nil, fmt.Errorf("ecare: %w", err)
	}
	client, err := wire.New(c, r)
	if err != nil {
		return nil, fmt.Errorf("ecare: %w", err)
	}
	settings := maps.Clone(c.Settings)
	return &Provider{
		client: client, code: code,
		setting: func(key string) string { return settings[key].Reveal() },
	}, nil
}

// Recharge sends MRC once. ECARE only ever answers that it has the order or refuses it; delivery is told
// by Enquire.
func (p *Provider) Recharge(ctx context.Context, req providers.Request) (providers.Result, error) {
	order, err := p.order(req)
	if err != nil {
		return providers.Result{}, fmt.Errorf("ecare: recharge: %w: %w", err, providers.ErrNotSent)
	}
	a, err := p.client.Send(ctx, p.call("MRC", order.query()))
	if err != nil {
		return providers.Result{Evidence: a.Evidence}, fmt.Errorf("ecare: recharge: %w", err)
	}
	res := readRecharge(a.HTTP, a.Body, order)
	res.Evidence = a.Evidence
	return res, nil
}

// order puts a request into ECARE's words. It refuses what these words cannot say.
func (p *Provider) order(req providers.Request) (order, error) {
	o := p.words(req)
	switch {
	case o.operator == "":
		return order{}, fmt.Errorf("%s/%s: %w", req.Operator, req.Type, providers.ErrUnsupported)
	case o.amount == "":
		return order{}, fmt.Errorf("amount %s is not in whole taka", req.Amount)
	case o.number == "":
		return order{}, fmt.Errorf("number is not Bangladeshi: %w", providers.ErrUnsupported)
	case o.reference == "":
		return order{}, fmt.Errorf("no reference")
	}
	return o, nil
}

// words is what of a request can be said: "" where it cannot.
func (p *Provider) words(req providers.Request) order {
	o := order{reference: string(req.Reference)}
	if s := (providers.Service{Operator: req.Operator, Type: req.Type}); Registration().Serves(s) {
		o.operator, o.numberType = p.code(s), numberTypes()[req.Type]
	}
	if whole, ok := req.Amount.Whole(); ok && whole > 0 && req.Amount.Currency == providers.BDT {
		o.amount = fmt.Sprint(whole)
	}
	if number := req.Account.National(); req.Account.Country() == providers.Bangladesh && len(number) == 11 {
		o.number = number
	}
	return o
}

// Enquire asks MRCSTATUS, a pure read.
func (p *Provider) Enquire(ctx context.Context, sent providers.Sent) (providers.Result, error) {
	a, err := p.client.Read(ctx, p.call("MRCSTATUS", url.Values{"refid": {string(sent.Reference)}}))
	if err != nil {
		return providers.Result{Evidence: a.Evidence}, fmt.Errorf("ecare: enquire: %w", err)
	}
	res := readStatus(a.HTTP, a.Body, p.words(sent.Request)) // without the operator, when that is one of an earlier version
	res.Evidence = a.Evidence
	return res, nil
}

// Balance asks BLCK for the main balance, on which recharges draw.
func (p *Provider) Balance(ctx context.Context) (providers.Money, error) {
	a, err := p.client.Read(ctx, p.call("BLCK", nil))
	if err != nil {
		return providers.Money{}, fmt.Errorf("ecare: balance: %w", err)
	}
	m, err := readBalance(a.HTTP, a.Body)
	if err != nil {
		return providers.Money{}, fmt.Errorf("ecare: balance: %w", err)
	}
	return m, nil
}

// Offers asks OFFERPACK for the active packs of an operator. The list covers all operators in one
// answer, so more is read than of other answers.
func (p *Provider) Offers(ctx context.Context, q providers.OfferQuery) ([]providers.Offer, error) {
	call := p.call("OFFERPACK", nil)
	call.MaxBody = 1 << 20
	a, err := p.client.Read(ctx, call)
	if err != nil {
		return nil, fmt.Errorf("ecare: offers: %w", err)
	}
	list, err := readOffers(a.HTTP, a.Body, q.Operator)
	if err != nil {
		return nil, fmt.Errorf("ecare: offers: %w", err)
	}
	return list, nil
}

// call is a request for one of ECARE's services, with the credentials that each needs.
func (p *Provider) call(service string, query url.Values) wire.Call {
	all := url.Values{
		"access_id":   {p.setting("access_id")},
		"access_pass": {p.setting("access_pass")},
		"service":     {service},
	}
	maps.Copy(all, query)
	return wire.Call{Method: http.MethodGet, Query: all}
}
