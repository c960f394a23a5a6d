// Package sendapi recharges Bangladeshi numbers through a panel of the Flexisoftwarebd kind.
//
// That is software which many resellers run, each at an address of his own (providers/sendapi.md, "What it
// is"), so the address, the panel's constants and further headers are settings. Everything is a POST with
// the credentials in the body. The vendor's own sample follows redirects with a forced POST, which can
// submit twice; wire's Send follows none. An answer repeats nothing of the order, and the same number in
// `status` means accepted in one call and delivered in another: each call has a reader of its own. This
// file speaks our language, wire.go theirs.
package sendapi

import (
	"context"
	"fmt"
	"maps"
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
// Nothing promises that an id is refused or replayed when it comes twice, and what a panel says of an id
// that it does not know is undocumented, so "not found" is never told (providers/sendapi.md, "Reference
// id" and "Answers"). A timed-out POST may still be under way, and until it has landed even "failed" may
// speak of an order that the panel has not seen: ten minutes, the grace that the one comparable vendor
// with a known one needs (SAFETY.md, section 4, ECARE). The document gives no limits of the amount: whole
// taka within what most sources agree on (numbers.md, "Amounts"). References are of the length of the
// document's sample, 13 (uniqid).
func Registration() providers.Registration {
	return providers.Registration{
		Kind:     "sendapi",
		Title:    "Flexisoftwarebd panel, Bangladesh",
		Document: `"Api Documents" of the panel (sendapi/request, status, balance)`,
		Country:  providers.Bangladesh,
		Settings: []providers.Setting{
			{Key: "base_url", Required: true, Help: "the panel's address, https://PANEL/sendapi"},
			{Key: "user", Secret: true, Required: true, Help: "API username"},
			{Key: "key", Secret: true, Required: true, Help: "API key"},
			{Key: "service", Default: serviceCode, Help: "the panel's code for recharges"},
			{Key: "band_key", Default: bandKey, Help: "value of the header band-key"},
			{Key: "encoding", Default: "multipart", OneOf: []string{"multipart", "urlencoded"}, Help: "how the fields are written"},
			{Key: "headers", Form: providers.TableSetting, Secret: true, Help: "further headers that the panel wants, such as api-key or refer"},
		},
		Services:     services(),
		Reference:    providers.ReferenceFormat{Alphabet: "0123456789abcdefghijklmnopqrstuvwxyz", Length: 13},
		Capabilities: providers.Capabilities{Status: providers.StatusReadOnly, Duplicates: providers.DuplicateUndocumented, LateArrival: 10 * time.Minute},
		Amount:       providers.AmountRule{Min: taka(10), Max: taka(5000), Step: taka(1)},
		New:          func(c providers.Config) (providers.Provider, error) { return New(c) },
	}
}

func taka(n int64) providers.Money { return providers.Money{Minor: n * 100, Currency: providers.BDT} }

// services lists every operator of the country with the types that the panel has words for. Skitto may be
// chosen as an operator or as a number type of Grameenphone.
func services() []providers.Service {
	return slices.DeleteFunc(providers.ServicesIn(providers.Bangladesh), func(s providers.Service) bool {
		_, said := numberTypes()[s.Type]
		return !said
	})
}

// Provider is one account with one panel.
type Provider struct {
	client  *wire.Client
	setting func(key string) string // functions, so that no way of printing reaches the secrets
	header  func() http.Header
	code    func(providers.Service) string
}

var _ providers.Provider = (*Provider)(nil)

// New makes a provider. Config.OperatorCodes replaces codes of operatorCode.
func New(c providers.Config) (*Provider, error) {
	r := Registration()
	c.Settings = maps.Clone(c.Settings)
	for _, s := range r.Settings {
		if s.Default != "" && c.Get(s.Key) == "" {
			c.Settings[s.Key] = providers.Secret(s.Default)
		}
	}
	if err := r.Require(c); err != nil {
		return nil, fmt.Errorf("sendapi: %w", err)
	}
	for _, key := range []string{"user", "key", "service", "band_key"} {
		if text := c.Get(key); text != strings.TrimSpace(text) {
			return nil, fmt.Errorf("sendapi: setting %s: begins or ends with a blank", key)
		}
	}
	header, err := headers(c)
	if err != nil {
		return nil, fmt.Errorf("sendapi: %w", err)
	}
	code := func(s providers.Service) string { return operatorCode(c, s) }
	if err := providers.DistinctCodes(r.Services, code, true); err != nil {
		return nil, fmt.Errorf("sendapi: %w", err)
	}
	client, err := wire.New(c, r)
	if err != nil {
		return nil, fmt.Errorf("sendapi: %w", err)
	}
	return &Provider{
		client: client, setting: c.Get, header: func() http.Header { return header.Clone() },
		code: code,
	}, nil
}

// Recharge sends the request once. The panel only ever answers that it has taken the order or refuses it;
// delivery is told by Enquire.
func (p *Provider) Recharge(ctx context.Context, req providers.Request) (providers.Result, error) {
	o, err := p.order(req)
	if err != nil {
		return providers.Result{}, fmt.Errorf("sendapi: recharge: %w: %w", err, providers.ErrNotSent)
	}
	a, err := p.client.Send(ctx, p.call("request", o.fields()))
	if err != nil {
		return providers.Result{Evidence: a.Evidence}, fmt.Errorf("sendapi: recharge: %w", err)
	}
	res := readRecharge(a.HTTP, a.Body)
	res.Evidence = a.Evidence
	return res, nil
}

// order puts a request into the panel's words. It refuses what these words cannot say.
func (p *Provider) order(req providers.Request) (order, error) {
	whole, ok := req.Amount.Whole()
	number, service := req.Account.National(), providers.Service{Operator: req.Operator, Type: req.Type}
	switch {
	case !Registration().Serves(service):
		return order{}, fmt.Errorf("%s: %w", service, providers.ErrUnsupported)
	case req.Amount.Currency != providers.BDT || !ok || whole <= 0:
		return order{}, fmt.Errorf("amount %s is not in whole taka", req.Amount)
	case req.Account.Country() != providers.Bangladesh || len(number) != 11:
		return order{}, fmt.Errorf("number is not Bangladeshi: %w", providers.ErrUnsupported)
	case req.Reference == "":
		return order{}, fmt.Errorf("no reference")
	}
	return order{
		service:    p.setting("service"),
		operator:   p.code(service),
		numberType: numberTypes()[req.Type],
		number:     number,
		amount:     fmt.Sprint(whole),
		reference:  string(req.Reference),
	}, nil
}

// Enquire asks for the status by our id, a pure read.
func (p *Provider) Enquire(ctx context.Context, sent providers.Sent) (providers.Result, error) {
	a, err := p.client.Read(ctx, p.call("status", url.Values{"id": {string(sent.Reference)}}))
	if err != nil {
		return providers.Result{Evidence: a.Evidence}, fmt.Errorf("sendapi: enquire: %w", err)
	}
	res := readStatus(a.HTTP, a.Body, string(sent.Reference))
	res.Evidence = a.Evidence
	return res, nil
}

// Balance asks for the float.
func (p *Provider) Balance(ctx context.Context) (providers.Money, error) {
	a, err := p.client.Read(ctx, p.call("balance", nil))
	if err != nil {
		return providers.Money{}, fmt.Errorf("sendapi: balance: %w", err)
	}
	m, err := readBalance(a.HTTP, a.Body)
	if err != nil {
		return providers.Money{}, fmt.Errorf("sendapi: balance: %w", err)
	}
	return m, nil
}

// call is a request of one of the panel's pages, with the credentials and headers that each needs. The
// document lists no header for the status, but clients send it there too (providers/sendapi.md, public
// client code).
func (p *Provider) call(page string, fields url.Values) wire.Call {
	all := url.Values{"user": {p.setting("user")}, "key": {p.setting("key")}}
	maps.Copy(all, fields)
	form := wire.Multipart
	if p.setting("encoding") == "urlencoded" {
		form = wire.Urlencoded
	}
	contentType, body := form(all)
	header := p.header()
	header.Set("Content-Type", contentType)
	return wire.Call{Method: http.MethodPost, Path: page, Header: header, Body: body}
}
