// Package deeperweb recharges Indian numbers through Deeper Web Technology (e-Kendra).
//
// Everything is a GET with the credentials in the query, so a recharge goes out through wire's Send, which
// cannot repeat one. The vendor's document shows the recharge alone. The other calls are those of its
// family: other brands' panels with the same paths and parameters, known from public client code and
// unproven here (providers/deeperweb.md, "Family"). One order for each state is to confirm them before the
// account is switched on. This file and extras.go speak our language, wire.go theirs.
package deeperweb

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"rechargebot/providers"
	"rechargebot/providers/wire"
)

// Registration declares the kind.
//
// What the panel says of a reference that it does not know is undocumented (presumably Error, which the
// document forbids to take for a failure), and so is a reference that comes twice. A timed-out GET may
// still be under way for ten minutes, as ECARE's, the one vendor of whom that is known (SAFETY.md, section
// 4). The operator codes stand in the member area and differ from brand to brand (providers/deeperweb.md,
// "Operator codes"), so the configuration must list them. The document limits neither amount nor
// reference: whole rupees (numbers.md, "India"); references in the letters of its samples, of 15, which
// other Indian panels take too ("Amount, ref, limits").
func Registration() providers.Registration {
	return providers.Registration{
		Kind:     "deeperweb",
		Title:    "Deeper Web Technology (e-Kendra), India",
		Document: "Recharge & BBPS API Request, docs.e-kendra.in",
		Country:  providers.India,
		Settings: []providers.Setting{
			{Key: "base_url", Required: true, Help: "the panel's address, https://PANEL/webservices/api"},
			{Key: "username", Secret: true, Required: true, Help: "registered mobile number"},
			{Key: "api_token", Secret: true, Required: true, Help: "API key from the profile page"},
		},
		Services:     providers.ServicesIn(providers.India),
		NeedsCodes:   true,
		Reference:    providers.ReferenceFormat{Alphabet: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", Length: 15},
		Capabilities: providers.Capabilities{Status: providers.StatusReadOnly, Duplicates: providers.DuplicateUndocumented, LateArrival: 10 * time.Minute},
		Amount:       providers.AmountRule{Min: rupees(10), Max: rupees(5000), Step: rupees(1)},
		New:          func(c providers.Config) (providers.Provider, error) { return New(c) },
	}
}

func rupees(n int64) providers.Money {
	return providers.Money{Minor: n * 100, Currency: providers.INR}
}

// Provider is one account.
type Provider struct {
	client  *wire.Client
	setting func(key string) string // a function, so that no way of printing reaches the secrets
	codes   map[providers.Service]string
}

var (
	_ providers.Provider   = (*Provider)(nil)
	_ providers.Postbacks  = (*Provider)(nil)
	_ providers.Complaints = (*Provider)(nil)
)

// New makes a provider. It serves what Config.OperatorCodes has codes for. The document is full of
// non-breaking blanks, which pasting carries along: none may be in a credential or code.
func New(c providers.Config) (*Provider, error) {
	r := Registration()
	if err := r.Require(c); err != nil {
		return nil, fmt.Errorf("deeperweb: %w", err)
	}
	for _, key := range []string{"username", "api_token"} {
		if blank(c.Get(key)) {
			return nil, fmt.Errorf("deeperweb: setting %s: holds a blank, perhaps an invisible one", key)
		}
	}
	codes := map[providers.Service]string{}
	for _, s := range r.Coded(c) {
		code, _ := c.OperatorCode(s)
		if blank(code) {
			return nil, fmt.Errorf("deeperweb: setting operator_codes: %q holds a blank, perhaps an invisible one", s)
		}
		codes[s] = code
	}
	if err := providers.DistinctCodes(r.Coded(c), func(s providers.Service) string { return codes[s] }, false); err != nil {
		return nil, fmt.Errorf("deeperweb: %w", err)
	}
	client, err := wire.New(c, r)
	if err != nil {
		return nil, fmt.Errorf("deeperweb: %w", err)
	}
	return &Provider{client: client, setting: c.Get, codes: codes}, nil
}

// blank reports whether text holds what nobody sees.
func blank(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) >= 0
}

// Recharge sends the request once.
func (p *Provider) Recharge(ctx context.Context, req providers.Request) (providers.Result, error) {
	o, err := p.order(req)
	if err != nil {
		return providers.Result{}, fmt.Errorf("deeperweb: recharge: %w: %w", err, providers.ErrNotSent)
	}
	a, err := p.client.Send(ctx, p.call("recharge", o.query()))
	if err != nil {
		return providers.Result{Evidence: a.Evidence}, fmt.Errorf("deeperweb: recharge: %w", err)
	}
	res := readRecharge(a.HTTP, a.Body, o)
	res.Evidence = a.Evidence
	return res, nil
}

// order puts a request into the vendor's words. It refuses what these words, or the configured codes,
// cannot say.
func (p *Provider) order(req providers.Request) (order, error) {
	o, service := p.words(req), providers.Service{Operator: req.Operator, Type: req.Type}
	switch {
	case o.operator == "":
		return order{}, fmt.Errorf("%s has no operator code: %w", service, providers.ErrUnsupported)
	case o.amount == "":
		return order{}, fmt.Errorf("amount %s is not in whole rupees", req.Amount)
	case o.number == "":
		return order{}, fmt.Errorf("number is not Indian: %w", providers.ErrUnsupported)
	case o.reference == "":
		return order{}, errors.New("no reference")
	}
	return o, nil
}

// words is what of a request can be said: "" where it cannot.
func (p *Provider) words(req providers.Request) order {
	o := order{operator: p.codes[providers.Service{Operator: req.Operator, Type: req.Type}], reference: string(req.Reference)}
	if whole, ok := req.Amount.Whole(); ok && whole > 0 && req.Amount.Currency == providers.INR {
		o.amount = fmt.Sprint(whole)
	}
	if number := req.Account.National(); req.Account.Country() == providers.India && len(number) == 10 {
		o.number = number
	}
	return o
}

// Enquire asks statusByRefId, a pure read, for the day of the send. Near midnight the panel may have
// booked the order under the other day, so that one is asked for as well when the first says nothing.
func (p *Provider) Enquire(ctx context.Context, sent providers.Sent) (providers.Result, error) {
	if sent.At.IsZero() {
		return providers.Result{}, errors.New("deeperweb: enquire: no time of the send")
	}
	o := p.words(sent.Request) // without the operator's code when that is no longer configured
	o.id = sent.UpstreamID
	first, err := p.ask(ctx, o, day(sent.At))
	other, near := otherDay(sent.At)
	if err != nil || !near || told(first) {
		return first, err
	}
	if second, err := p.ask(ctx, o, other); err == nil && told(second) {
		return second, nil
	}
	return first, nil
}

// told reports whether an answer says something about the order, or about another one.
func told(r providers.Result) bool {
	return r.Status != providers.Unknown || r.Reason == providers.ReasonEcho
}

func (p *Provider) ask(ctx context.Context, o order, day string) (providers.Result, error) {
	a, err := p.client.Read(ctx, p.call("statusByRefId", url.Values{"ref_id": {o.reference}, "recharge_date": {day}}))
	if err != nil {
		return providers.Result{Evidence: a.Evidence}, fmt.Errorf("deeperweb: enquire: %w", err)
	}
	res := readStatus(a.HTTP, a.Body, o)
	res.Evidence = a.Evidence
	return res, nil
}

// Balance asks for the float on which recharges draw.
func (p *Provider) Balance(ctx context.Context) (providers.Money, error) {
	a, err := p.client.Read(ctx, p.call("balance", nil))
	if err != nil {
		return providers.Money{}, fmt.Errorf("deeperweb: balance: %w", err)
	}
	m, err := readBalance(a.HTTP, a.Body)
	if err != nil {
		return providers.Money{}, fmt.Errorf("deeperweb: balance: %w", err)
	}
	return m, nil
}

// call is a request of one of the vendor's services, with the credentials that each needs. The query is
// encoded here, since the document's sample has a blank before &field1 that would become part of ref_id.
func (p *Provider) call(service string, query url.Values) wire.Call {
	all := url.Values{"username": {p.setting("username")}, "api_token": {p.setting("api_token")}}
	for key, values := range query {
		all[key] = values
	}
	return wire.Call{Method: http.MethodGet, Path: service, Query: all, Header: http.Header{"Accept": {"application/json"}}}
}
