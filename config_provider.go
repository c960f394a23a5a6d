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
	Adapter      providers.Config
}

var (
	providerName   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)
	commonSettings = []string{"name", "kind", "enabled", "priority", "currency", "operators", "alert_below", "critical_below",
		"rate_per_second", "allow_insecure_http", "operator_codes", "circle_codes", "amounts"}
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

// texts is a table of texts.
func (t *table) texts(key string) map[string]string {
	out := map[string]string{}
	for k, v := range as(t, key, map[string]any{}, "a table of texts") {
		s, ok := v.(string)
		if !ok {
			t.complain(key, fmt.Sprintf("must hold texts in quotes (%q does not)", k))
		}
		out[k] = s
	}
	return out
}

// list is a list of texts.
func (t *table) list(key string) []string {
	var out []string
	for _, v := range as(t, key, []any(nil), "a list of texts") {
		s, ok := v.(string)
		if !ok {
			t.complain(key, "must hold texts in quotes")
		}
		out = append(out, s)
	}
	return out
}

// readProvider turns the i-th table into a provider's configuration.
func readProvider(src source, i int, values map[string]any, kinds []providers.Registration) (providerConfig, error) {
	t := &table{src: src, prefix: fmt.Sprintf("providers[%d]", i), values: values}
	kind := as(t, "kind", "", "a text")
	at := slices.IndexFunc(kinds, func(r providers.Registration) bool { return r.Kind == kind })
	if at < 0 {
		var names []string
		for _, r := range kinds {
			names = append(names, r.Kind)
		}
		t.complain("kind", "must be one of: "+strings.Join(names, ", "))
		return providerConfig{}, t.err
	}
	p := providerConfig{
		Name:         as(t, "name", "", "a text"),
		Registration: kinds[at],
		Enabled:      as(t, "enabled", true, "true or false"),
		Priority:     int(as(t, "priority", int64(100), "a whole number")),
		Rate:         t.number("rate_per_second", 5),
	}
	if !providerName.MatchString(p.Name) {
		t.complain("name", "must be small letters, digits and hyphens")
	}
	t.refuseUnknown(p.Registration)
	t.readMoney(&p)
	t.readServices(&p)
	t.readAdapter(&p)
	t.tryAdapter(p)
	return p, t.err
}

// tryAdapter makes the adapter once, so that what its kind has to say about a setting comes with its line.
func (t *table) tryAdapter(p providerConfig) {
	if t.err != nil || !p.Enabled {
		return
	}
	_, err := p.Registration.New(p.Adapter)
	if err == nil {
		return
	}
	for _, s := range p.Registration.Settings {
		if _, why, found := strings.Cut(err.Error(), "setting "+s.Key+": "); found {
			t.complain(s.Key, "cannot be used: "+why)
			return
		}
	}
	t.complain("kind", "does not work with these settings: "+err.Error())
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
	if def <= 0 {
		t.complain(key, "must be above zero")
	}
	return def
}

func (t *table) refuseUnknown(r providers.Registration) {
	known := slices.Clone(commonSettings)
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
	p.Services = p.Registration.Services
	if list := as(t, "operators", []any(nil), "a list of operator ids"); list != nil {
		p.Services = nil
		for _, v := range list {
			id, _ := v.(string)
			n := len(p.Services)
			for _, s := range p.Registration.Services {
				if string(s.Operator) == id {
					p.Services = append(p.Services, s)
				}
			}
			if len(p.Services) == n {
				t.complain("operators", fmt.Sprintf("holds %q, which kind %s does not serve (it serves: %s)", id, p.Registration.Kind, operatorList(p.Registration)))
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
			t.complain("amounts", fmt.Sprintf("has a rule for %q, which kind %s does not serve", key, r.Kind))
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
				t.complain("amounts", fmt.Sprintf("%s of %q must be an amount as text, such as \"20\"", name, key))
			}
			delete(fields, name)
		}
		if len(fields) > 0 || rule.Max.Less(rule.Min) {
			t.complain("amounts", fmt.Sprintf("%q must hold min, max and step, min not above max", key))
		}
		rules[s] = rule
	}
	return rules
}

// readAdapter resolves the kind's own settings, each secret also from its file.
func (t *table) readAdapter(p *providerConfig) {
	p.Adapter = providers.Config{
		Name:              p.Name,
		Settings:          map[string]providers.Secret{},
		Lists:             map[string][]string{},
		Tables:            map[string]map[string]providers.Secret{},
		OperatorCodes:     map[providers.Service]string{},
		CircleCodes:       map[providers.CircleID]string{},
		AllowInsecureHTTP: as(t, "allow_insecure_http", false, "true or false"),
	}
	for id, code := range t.texts("operator_codes") {
		s, ok := providers.ParseService(id)
		if !ok {
			t.complain("operator_codes", fmt.Sprintf("holds %q, which is no operator id, nor OPERATOR/TYPE", id))
		}
		p.Adapter.OperatorCodes[s] = code
	}
	for id, code := range t.texts("circle_codes") {
		p.Adapter.CircleCodes[providers.CircleID(id)] = code
	}
	for _, s := range p.Registration.Settings {
		switch s.Form {
		case providers.ListSetting:
			p.Adapter.Lists[s.Key] = t.list(s.Key)
			continue
		case providers.TableSetting:
			p.Adapter.Tables[s.Key] = map[string]providers.Secret{}
			for k, v := range t.texts(s.Key) {
				p.Adapter.Tables[s.Key][k] = providers.Secret(v)
			}
			continue
		}
		value := providers.Secret(as(t, s.Key, s.Default, "a text"))
		if s.Secret {
			var err error
			if value, err = t.src.secretFile(t.prefix+"."+s.Key, value, as(t, s.Key+"_file", "", "a text")); err != nil && t.err == nil {
				t.err = err
			}
		}
		if s.Required && value == "" && p.Enabled {
			t.complain(s.Key, "is missing: "+s.Help)
		}
		p.Adapter.Settings[s.Key] = value
	}
}

func operatorList(r providers.Registration) string {
	var ids []string
	for _, s := range r.Services {
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
