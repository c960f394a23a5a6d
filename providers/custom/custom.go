package custom

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"rechargebot/providers"
	"rechargebot/providers/wire"
)

const kind = "custom"

// Registration declares the kind. Everything else of it is in the table [providers.api] of each account.
func Registration() providers.Registration {
	return providers.Registration{
		Kind:     kind,
		Title:    "A panel that the configuration describes",
		Document: "the table [providers.api] of the configuration",
		Describe: Describe,
	}
}

// Describe makes the registration of the panel that a table describes, as BurntSushi/toml decodes it. What
// is wrong, missing or ambiguous is a *providers.DescriptionError.
func Describe(values map[string]any) (providers.Registration, error) {
	t := &table{values: values, wrong: new(complaint)}
	d := read(t)
	if t.wrong.first != nil {
		return providers.Registration{}, t.wrong.first
	}
	r := d.registration
	r.New = func(c providers.Config) (providers.Provider, error) { return open(d, r, c) }
	return r, nil
}

// Provider is one account with a described panel.
type Provider struct {
	description *description // holds no secret: those are settings
	client      *wire.Client
	settings    func() map[string]string // a function, so that no way of printing reaches the secrets
	config      func() providers.Config
}

var _ providers.Provider = (*Provider)(nil)

// open makes a provider and rehearses every recharge that it may have to send.
func open(d *description, r providers.Registration, c providers.Config) (providers.Provider, error) {
	if err := r.Require(c); err != nil {
		return nil, fmt.Errorf("custom: %w", err)
	}
	client, err := wire.New(c, r)
	if err != nil {
		return nil, fmt.Errorf("custom: %w", err)
	}
	settings := map[string]string{}
	for _, s := range r.Settings[1:] {
		settings[s.Key] = strings.TrimSpace(c.Get(s.Key))
	}
	if err := d.distinct(c); err != nil {
		return nil, fmt.Errorf("custom: setting operator_codes: %w", err)
	}
	if section, err := d.rehearse(c, settings); err != nil {
		return nil, fmt.Errorf("custom: %s: %w", section, err)
	}
	return &Provider{
		description: d, client: client,
		settings: func() map[string]string { return maps.Clone(settings) },
		config:   func() providers.Config { return c },
	}, nil
}

// Recharge sends the described request once.
func (p *Provider) Recharge(ctx context.Context, req providers.Request) (providers.Result, error) {
	d := p.description
	words, err := d.words(p.config(), p.settings(), req)
	if err != nil {
		return providers.Result{}, fmt.Errorf("custom: recharge: %w: %w", err, providers.ErrNotSent)
	}
	call, err := d.recharge.call(words)
	if err != nil {
		return providers.Result{}, fmt.Errorf("custom: recharge: %w: %w", err, providers.ErrNotSent)
	}
	a, err := p.client.Send(ctx, call)
	if err != nil {
		return providers.Result{Evidence: a.Evidence}, fmt.Errorf("custom: recharge: %w", err)
	}
	res := d.recharge.read(a.HTTP, a.Body, req, words)
	res.Evidence = a.Evidence
	return res, nil
}

// Enquire asks by our reference. An order that can no longer be said, because its operator is not
// described any more, is asked for as far as the question does not need it.
func (p *Provider) Enquire(ctx context.Context, sent providers.Sent) (providers.Result, error) {
	d := p.description
	if d.enquire == nil {
		return providers.Result{}, fmt.Errorf("custom: enquire: %w: %w", providers.ErrUnsupported, providers.ErrNotSent)
	}
	words, _ := d.words(p.config(), p.settings(), sent.Request)
	words["date"] = sent.At.In(d.zone).Format("2006-01-02")
	call, err := d.enquire.call(words)
	if err != nil {
		return providers.Result{}, fmt.Errorf("custom: enquire: %w: %w", err, providers.ErrNotSent)
	}
	a, err := p.client.Read(ctx, call)
	if err != nil {
		return providers.Result{Evidence: a.Evidence}, fmt.Errorf("custom: enquire: %w", err)
	}
	res := d.enquire.read(a.HTTP, a.Body, sent.Request, words)
	res.Evidence = a.Evidence
	return res, nil
}

// Balance reads our float.
func (p *Provider) Balance(ctx context.Context) (providers.Money, error) {
	d := p.description
	if d.balance == nil {
		return providers.Money{}, fmt.Errorf("custom: balance: %w: %w", providers.ErrUnsupported, providers.ErrNotSent)
	}
	call, err := d.balance.call(p.settings())
	if err != nil {
		return providers.Money{}, fmt.Errorf("custom: balance: %w", err)
	}
	a, err := p.client.Read(ctx, call)
	if err != nil {
		return providers.Money{}, fmt.Errorf("custom: balance: %w", err)
	}
	m, err := d.balance.read(a.HTTP, a.Body, d.registration.Currency())
	if err != nil {
		return providers.Money{}, fmt.Errorf("custom: balance: %w", err)
	}
	return m, nil
}
