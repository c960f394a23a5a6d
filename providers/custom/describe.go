package custom

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"rechargebot/providers"
)

// description is a panel as its owner described it, checked.
type description struct {
	registration providers.Registration          // complete but for New
	codes        map[providers.Service]string    // of [providers.api.operators]
	types        map[providers.NumberType]string // of [providers.api.types]
	decimals     bool                            // amounts are sent with two decimal places
	zone         *time.Location                  // of {date}
	shared       request                         // headers and parameters of every call
	recharge     question
	enquire      *question // nil with status S0
	balance      *balance  // nil when no call tells our float
}

// question is a call about an order, and how its answer is understood.
type question struct {
	request
	reading
}

// Sections of a description.
const (
	inRecharge = "recharge"
	inEnquire  = "enquire"
	inBalance  = "balance"
)

// read reads the whole description. What is wrong is in t.
func read(t *table) *description {
	t.only("title", "document", "country", "secrets", "texts", "operators", "types", "amount", "reference",
		"status", "duplicates", "late_arrival", "not_found_polls", "status_max_age", "headers", "params", inRecharge, inEnquire, inBalance)
	d := &description{registration: providers.Registration{
		Kind:     kind,
		Title:    t.need("title", "the panel's name, for people"),
		Document: t.need("document", "which paper of theirs this follows, with its date or version"),
		Country:  providers.Country(t.choice("country", "", string(providers.Bangladesh), string(providers.India))),
	}}
	d.zone = time.FixedZone("BST", 6*60*60)
	if d.registration.Country == providers.India {
		d.zone = time.FixedZone("IST", 5*60*60+30*60)
	}
	d.registration.Settings = readSettings(t)
	d.readServices(t)
	d.readAmount(t.sub("amount"))
	d.registration.Reference = readReference(t.sub("reference"))
	d.registration.Capabilities = readCapabilities(t)
	if t.wrong.first == nil {
		d.readCalls(t)
	}
	if t.wrong.first == nil {
		d.check(t)
	}
	return d
}

// reserved are the keys of every provider's table, and the placeholders of an order: no setting may have
// their names.
func reserved() []string {
	return append(orderWords(inEnquire), "name", "kind", "enabled", "priority", "currency", "operators", "alert_below", "critical_below",
		"rate_per_second", "allow_insecure_http", "allow_private_address", "operator_codes", "circle_codes", "amounts", "postback_secret", "base_url", "api")
}

// readSettings lists the settings that the account's table must or may hold.
func readSettings(t *table) []providers.Setting {
	settings := []providers.Setting{{Key: "base_url", Required: true, Help: "the panel's address, without what differs from call to call"}}
	add := func(key string, s providers.Setting) {
		known := slices.ContainsFunc(settings, func(have providers.Setting) bool { return have.Key == s.Key })
		if !plainName(s.Key) || strings.HasSuffix(s.Key, "_file") || known || slices.Contains(reserved(), s.Key) {
			t.complainf(key, "cannot make a setting called %q: names are of small letters, digits and underscores, each once, and none that every provider has", s.Key)
		}
		settings = append(settings, s)
	}
	for _, name := range t.list("secrets") {
		add("secrets", providers.Setting{Key: name, Secret: true, Required: true, Help: "a secret of this panel (api.secrets); or in a file, as " + name + "_file"})
	}
	texts := t.texts("texts")
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		add("texts", providers.Setting{Key: name, Default: texts[name], Required: texts[name] == "", Help: "a text of this panel (api.texts)"})
	}
	return settings
}

// readServices reads the panel's codes and lists what they can say: a code of an operator serves all of
// the types that have codes, or, where the panel has no codes for types, only the operator's first type.
func (d *description) readServices(t *table) {
	d.codes, d.types = map[providers.Service]string{}, map[providers.NumberType]string{}
	types := t.texts("types")
	for _, name := range slices.Sorted(maps.Keys(types)) {
		n, code := providers.NumberType(name), types[name]
		if !slices.Contains(providers.NumberTypes(), n) || strings.TrimSpace(code) == "" {
			t.complainf("types", "holds %q: want a code for each of prepaid, postpaid, skitto, special that the panel takes", name)
		}
		d.types[n] = strings.TrimSpace(code)
	}
	codes := t.texts("operators")
	for _, name := range slices.Sorted(maps.Keys(codes)) {
		s, ok := providers.ParseService(name)
		o, _ := providers.FindOperator(s.Operator)
		switch {
		case !ok:
			t.complainf("operators", "holds %q, which is no operator id, nor OPERATOR/TYPE%s", name, suggestion(name, operatorIDs()))
		case o.Country != d.registration.Country:
			t.complainf("operators", "holds %q, an operator of another country than %s", name, d.registration.Country)
		case strings.TrimSpace(codes[name]) == "":
			t.complainf("operators", "has no code for %q", name)
		case len(d.types) > 0 && s.Type != "" && d.types[s.Type] == "":
			t.complainf("operators", "has a code for %q, but types has none for %s", name, s.Type)
		}
		d.codes[s] = strings.TrimSpace(codes[name])
	}
	for _, o := range providers.Operators() {
		for i, n := range o.Types {
			s := providers.Service{Operator: o.ID, Type: n}
			_, plain := d.codes[providers.Service{Operator: o.ID}]
			_, own := d.codes[s]
			if _, typed := d.types[n]; own || plain && (typed || len(d.types) == 0 && i == 0) {
				d.registration.Services = append(d.registration.Services, s)
			}
		}
	}
	if len(d.registration.Services) == 0 {
		t.complain("operators", `is missing: want the panel's code of each operator, such as "bd-robi" = "RB"`)
	}
}

func operatorIDs() []string {
	var out []string
	for _, o := range providers.Operators() {
		out = append(out, string(o.ID))
	}
	return out
}

func (d *description) readAmount(t *table) {
	t.only("min", "max", "step", "decimals")
	currency := d.registration.Currency()
	read := func(key, def string) providers.Money {
		m, err := providers.ParseAmount(t.text(key, def), currency)
		if err != nil {
			t.complain(key, `must be an amount above zero, as text: "20"`)
		}
		return m
	}
	switch places := as(t, "decimals", int64(0), "0 or 2"); places {
	case 0:
	case 2:
		d.decimals = true
	default:
		t.complain("decimals", "must be 2 where the panel takes fractions, or absent")
	}
	rule := providers.AmountRule{Min: read("min", ""), Max: read("max", ""), Step: read("step", "1")}
	d.registration.Amount = rule
	if _, whole := rule.Step.Whole(); !whole && !d.decimals {
		t.complain("step", "must be a whole number, or decimals must be 2")
	}
	if rule.Step.Minor > 0 {
		for i, m := range []providers.Money{rule.Min, rule.Max} {
			if m.Minor%rule.Step.Minor != 0 {
				t.complainf([]string{"min", "max"}[i], "must be a multiple of step (%s)", rule.Step.Decimal())
			}
		}
	}
	if rule.Max.Minor < rule.Min.Minor {
		t.complain("max", "must not be below min")
	}
}

// readReference reads what the panel takes as our reference. It must be too large to be guessed, and to
// meet one of before a restore (SAFETY.md, I12).
func readReference(t *table) providers.ReferenceFormat {
	t.only("alphabet", "length")
	f := providers.ReferenceFormat{Alphabet: t.text("alphabet", ""), Length: int(as(t, "length", int64(0), "a whole number"))}
	for i, c := range f.Alphabet {
		if !isAlphanumeric(c) && c != '-' && c != '_' || strings.ContainsRune(f.Alphabet[:i], c) {
			t.complain("alphabet", "may hold letters, digits, - and _, each once")
			return f
		}
	}
	if len(f.Alphabet) < 2 {
		t.complain("alphabet", `must be the characters that the panel takes in our reference, such as "0123456789"`)
		return f
	}
	if f.Length < 1 || f.Length > 64 {
		t.complain("length", "must be the number of characters of our reference, at most 64")
		return f
	}
	space := uint64(1)
	for range f.Length {
		if space < 1<<48 {
			space *= uint64(len(f.Alphabet))
		}
	}
	if space < 1<<48 {
		t.complainf("length", "is too short: %d of %d characters make fewer than 2^48 references, so two could be the same", f.Length, len(f.Alphabet))
	}
	return f
}

// readCapabilities reads what an enquiry and a repeated reference are worth (SAFETY.md, section 4).
func readCapabilities(t *table) providers.Capabilities {
	c := providers.Capabilities{
		Status:     providers.StatusClass(t.text("status", "")),
		Duplicates: providers.DuplicateClass(t.text("duplicates", "")),
		NoBalance:  !t.has(inBalance),
	}
	switch c.Status {
	case providers.StatusByTheirID, providers.StatusResubmits:
		t.complainf("status", "cannot be %s: the engine asks only by our reference, and only where asking moves no money; say S0", c.Status)
	case providers.StatusNone, providers.StatusMeaningful, providers.StatusReadOnly:
	default:
		t.complain("status", `must be "S0" (no enquiry), "S1" (by our reference; "not found" means something after late_arrival) or "S2" (by our reference; "not found" says nothing)`)
	}
	switch c.Duplicates {
	case providers.DuplicateReplayed:
		t.complain("duplicates", "cannot be D2: the engine never sends a reference twice, so it has no use for it; say D1 where a rule knows their answer to a repeated reference, else D0")
	case providers.DuplicateUndocumented, providers.DuplicateRefused:
	default:
		t.complain("duplicates", `must be "D0" (no word of it in their document) or "D1" (a repeated reference is answered as a duplicate)`)
	}
	if c.Status != providers.StatusNone {
		var err error
		if c.LateArrival, err = time.ParseDuration(t.text("late_arrival", "10m")); err != nil || c.LateArrival < time.Minute || c.LateArrival > 24*time.Hour {
			t.complain("late_arrival", `must be how long a send may still land after a time-out, "1m" to "24h"`)
		}
	} else if t.has("late_arrival") {
		t.complain("late_arrival", "is of no use with status S0")
	}
	if t.has("status_max_age") {
		var err error
		if c.StatusMaxAge, err = time.ParseDuration(t.text("status_max_age", "")); err != nil || c.StatusMaxAge < max(time.Hour, c.LateArrival) || c.Status == providers.StatusNone {
			t.complain("status_max_age", `must be how old an order may be to be asked about, "1h" or more and not less than late_arrival; it is of no use with status S0`)
		}
	}
	if c.Status == providers.StatusMeaningful {
		c.NotFoundPolls = int(as(t, "not_found_polls", int64(5), "a whole number"))
		if c.NotFoundPolls < 2 || c.NotFoundPolls > 100 {
			t.complain("not_found_polls", "must be 2 to 100")
		}
	} else if t.has("not_found_polls") {
		t.complain("not_found_polls", fmt.Sprintf("is of no use with status %s", c.Status))
	}
	return c
}
