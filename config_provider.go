package main

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"rechargebot/providers"
)

// providerConfig is one [[providers]] table, resolved against the kind's registration.
type providerConfig struct {
	Name         string
	Registration providers.Registration
	Enabled      bool
	Priority     int
	Services     []providers.Service
	AlertBelow   providers.Money // zero = no alert
	Critical     providers.Money
	Rate         float64 // requests a second, not money
	Amounts      map[providers.Service]providers.AmountRule
	Postback     providers.Secret // the end of the path that the upstream calls; "" = it may not
	Adapter      providers.Config
}

var (
	providerName   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)
	commonSettings = []string{"name", "kind", "enabled", "priority", "currency", "operators", "alert_below", "critical_below",
		"rate_per_second", "allow_insecure_http", "allow_private_address", "operator_codes", "circle_codes", "amounts", "postback_secret", "postback_secret_file"}
)

// table reads one provider's keys; the first complaint is kept.
type table struct {
	src    source
	prefix string
	values map[string]any
	err    error
}

func (t *table) complain(key, why string) {
	if t.err == nil {
		t.err = t.src.problem(t.prefix+"."+key, why)
	}
}

// as is the value of a key, or the default when it is absent; another type is a complaint.
func as[T any](t *table, key string, def T, want string) T {
	v, ok := t.values[key]
	if !ok {
		return def
	}
	typed, ok := v.(T)
	if !ok {
		t.complain(key, "must be "+want)
		return def
	}
	return typed
}

// readProvider turns the i-th table into a provider's configuration.
func readProvider(src source, i int, values map[string]any, kinds []providers.Registration) (providerConfig, error) {
	t := &table{src: src, prefix: fmt.Sprintf("providers[%d]", i), values: values}
	named := as(t, "kind", "", "a text")
	at := slices.IndexFunc(kinds, func(r providers.Registration) bool { return r.Kind == named })
	if at < 0 {
		var names []string
		for _, r := range kinds {
			names = append(names, r.Kind)
		}
		t.complain("kind", "must be one of: "+strings.Join(names, ", "))
		return providerConfig{}, t.err
	}
	kind, described := kinds[at], kinds[at].Describe != nil
	if described {
		kind = t.describe(kind)
		if t.err != nil {
			return providerConfig{}, t.err
		}
	}
	p := providerConfig{
		Name:         as(t, "name", "", "a text"),
		Registration: kind,
		Enabled:      as(t, "enabled", true, "true or false"),
		Priority:     int(as(t, "priority", int64(100), "a whole number")),
		Rate:         t.number("rate_per_second", 5),
	}
	if !providerName.MatchString(p.Name) {
		t.complain("name", "must be small letters, digits and hyphens")
	}
	t.refuseUnknown(p.Registration, described)
	t.readMoney(&p)
	t.readAdapter(&p)
	t.readServices(&p)
	t.tryAdapter(p)
	return p, t.err
}

// number reads a whole or decimal number that counts requests, never money.
func (t *table) number(key string, def float64) float64 {
	switch v := t.values[key].(type) {
	case nil:
		return def
	case float64:
		def = v
	case int64:
		def = float64(v)
	default:
		t.complain(key, "must be a number")
	}
	if !(def > 0 && def <= 1e6) { // nan is neither
		t.complain(key, "must be above zero")
	}
	return def
}

func (t *table) refuseUnknown(r providers.Registration, described bool) {
	known := slices.Clone(commonSettings)
	if described {
		known = append(known, "api")
	}
	for _, s := range r.Settings {
		known = append(known, s.Key)
		if s.Secret {
			known = append(known, s.Key+"_file")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(t.values)) {
		if !slices.Contains(known, key) {
			t.complain(key, "is not a key of kind "+r.Kind+suggestion(key, known))
		}
	}
}

func (t *table) readMoney(p *providerConfig) {
	currency := p.Registration.Amount.Min.Currency
	if c := as(t, "currency", string(currency), "a text"); c != string(currency) {
		t.complain("currency", fmt.Sprintf("must be %q for kind %s", currency, p.Registration.Kind))
	}
	read := func(key string) providers.Money {
		text := as(t, key, "", `an amount as text, "5000.00"`)
		if text == "" {
			return providers.Money{Currency: currency}
		}
		m, err := providers.ParseMoney(text, currency)
		if err != nil || m.Minor < 0 {
			t.complain(key, `must be an amount as text, "5000.00"`)
			return providers.Money{Currency: currency}
		}
		return m
	}
	p.AlertBelow, p.Critical = read("alert_below"), read("critical_below")
	if p.AlertBelow.Less(p.Critical) {
		t.complain("critical_below", "must not be above alert_below")
	}
}

func (t *table) readServices(p *providerConfig) {
	p.Services = p.Registration.Coded(p.Adapter)
	if len(p.Services) == 0 && p.Enabled {
		t.complain("operator_codes", "is missing: no document lists the operator codes of "+p.Registration.Title+
			`; ask them, then write lines such as "`+operatorList(p.Registration.Services[:1])+`" = "5"`)
	}
	if p.Registration.NeedsCircle && len(p.Adapter.CircleCodes) == 0 && p.Enabled {
		t.complain("circle_codes", `is missing: no document lists the circle codes of `+p.Registration.Title+`; ask them, then write lines such as "in-dl" = "5"`)
	}
	if list := as(t, "operators", []any(nil), "a list of operator ids"); list != nil {
		all := p.Services
		p.Services = nil
		for _, v := range list {
			id, _ := v.(string)
			n := len(p.Services)
			for _, s := range all {
				if string(s.Operator) == id {
					p.Services = append(p.Services, s)
				}
			}
			if len(p.Services) == n {
				t.complain("operators", fmt.Sprintf("holds %q, which %s does not serve (it serves: %s)", id, t.served(p), operatorList(all)))
			}
		}
		if len(p.Services) == 0 {
			t.complain("operators", "must hold at least one operator id")
		}
	}
	p.Amounts = t.readAmounts(p.Registration)
}

// readAmounts reads rules such as "bd-grameenphone/prepaid" = { min = "20", max = "1000", step = "1" }.
func (t *table) readAmounts(r providers.Registration) map[providers.Service]providers.AmountRule {
	rules := map[providers.Service]providers.AmountRule{}
	for key, v := range as(t, "amounts", map[string]any{}, "a table of rules") {
		operator, kind, _ := strings.Cut(key, "/")
		s := providers.Service{Operator: providers.OperatorID(operator), Type: providers.NumberType(kind)}
		if !slices.ContainsFunc(r.Services, func(have providers.Service) bool {
			return have.Operator == s.Operator && (s.Type == "" || have.Type == s.Type)
		}) {
			t.complain("amounts."+key, "is a rule for what kind "+r.Kind+" does not serve")
			continue
		}
		fields, _ := v.(map[string]any)
		rule := r.Amount
		for name, at := range map[string]*providers.Money{"min": &rule.Min, "max": &rule.Max, "step": &rule.Step} {
			text, given := fields[name]
			if s, ok := text.(string); ok {
				m, err := providers.ParseAmount(s, r.Amount.Min.Currency)
				if given = err != nil; !given {
					*at = m
				}
			}
			if given {
				t.complain("amounts."+key, name+` must be an amount as text, such as "20"`)
			}
			delete(fields, name)
		}
		switch {
		case len(fields) > 0 || rule.Max.Less(rule.Min):
			t.complain("amounts."+key, "must hold min, max and step, min not above max")
		case r.Amount.Step.Minor > 0 && rule.Step.Minor%r.Amount.Step.Minor != 0:
			t.complain("amounts."+key, "step must be a multiple of "+r.Amount.Step.Decimal()+", which is all that kind "+r.Kind+" can send")
		case rule.Step.Minor > 0 && rule.Max.Minor/rule.Step.Minor*rule.Step.Minor < rule.Min.Minor:
			t.complain("amounts."+key, "allows no amount at all: no multiple of step lies between min and max")
		}
		rules[s] = rule
	}
	return rules
}

// served says why an operator may not be served.
func (t *table) served(p *providerConfig) string {
	if p.Registration.NeedsCodes {
		return "the provider, for want of a code in operator_codes,"
	}
	return "kind " + p.Registration.Kind
}

func operatorList(services []providers.Service) string {
	var ids []string
	for _, s := range services {
		if !slices.Contains(ids, string(s.Operator)) {
			ids = append(ids, string(s.Operator))
		}
	}
	return strings.Join(ids, ", ")
}

func validURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.RawQuery == "" && u.User == nil
}

func validListen(text string) bool {
	_, _, err := net.SplitHostPort(text)
	return text == "" || err == nil
}
