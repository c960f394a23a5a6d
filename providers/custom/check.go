package custom

import (
	"fmt"
	"slices"
	"strings"

	"rechargebot/providers"
)

// check is what the sections owe to each other, and to the money.
func (d *description) check(t *table) {
	recharge := t.sub(inRecharge)
	d.checkSent(recharge)
	d.checkRules(t)
	d.checkUsed(t)
	d.registration.NeedsCircle = slices.Contains(d.recharge.placeholders(), "circle")
	if d.registration.NeedsCircle && d.registration.Country != providers.India {
		recharge.complain("params", "has no placeholder {circle} here: only Indian numbers have circles")
	}
	if d.enquire != nil && slices.Contains(d.enquire.placeholders(), "circle") && !d.registration.NeedsCircle {
		t.sub(inEnquire).complain("params", "has {circle}, which recharge does not send")
	}
	if t.wrong.first != nil {
		return
	}
	if err := d.distinct(providers.Config{}); err != nil {
		t.complain("operators", err.Error())
	}
	settings := map[string]string{}
	for _, s := range d.registration.Settings {
		settings[s.Key] = s.Default
		if s.Default == "" {
			settings[s.Key] = "1"
		}
	}
	if section, err := d.rehearse(providers.Config{}, settings); err != nil {
		t.complain(section, "cannot be sent: "+err.Error())
	}
}

// placeholders lists those of a request, each as often as it stands there.
func (r request) placeholders() []string {
	out, _ := r.path.names()
	for _, t := range r.params {
		names, _ := t.names()
		out = append(out, names...)
	}
	for _, t := range r.headers {
		names, _ := t.names()
		out = append(out, names...)
	}
	return out
}

func count(words []string, of ...string) (n int) {
	for _, w := range words {
		if slices.Contains(of, w) {
			n++
		}
	}
	return n
}

// checkSent: a recharge says once who gets how much under which reference, and by whom where there is a
// choice; an enquiry asks by that reference.
func (d *description) checkSent(s *table) {
	words := d.recharge.placeholders()
	operators := map[providers.OperatorID]bool{}
	types := map[providers.NumberType]bool{}
	for _, service := range d.registration.Services {
		operators[service.Operator], types[service.Type] = true, true
	}
	switch {
	case count(words, "number", "msisdn") != 1:
		s.complain("params", "must send the number once: {number} (as people write it) or {msisdn} (with the country's code)")
	case count(words, "amount") != 1:
		s.complain("params", "must send {amount} once")
	case count(words, "reference") != 1:
		s.complain("params", "must send {reference} once: by it the panel and we know the order")
	case len(operators) > 1 && count(words, "operator") == 0:
		s.complain("params", "must send {operator}: numbers are ported, so the panel cannot know it from the number")
	case count(words, "type") > 0 && len(d.types) == 0:
		s.complain("params", "has {type}, and types lists no codes")
	case len(d.types) > 1 && len(types) > 1 && count(words, "type") == 0:
		s.complain("params", "must send {type}: types has more than one")
	}
	if d.enquire != nil && count(d.enquire.placeholders(), "reference") != 1 {
		e := &table{key: inEnquire, wrong: s.wrong}
		e.complain("params", "must send {reference} once, here or in the path: an order is asked for by it")
	}
}

// checkRules: what is declared has its answers, and the other way round.
func (d *description) checkRules(t *table) {
	recharge, enquire := t.sub(inRecharge), t.sub(inEnquire)
	knows := func(q *question, v verdict) bool {
		return q != nil && slices.ContainsFunc(q.rules, func(r rule) bool { return r.verdict == v })
	}
	delivered, pending := verdict{status: providers.Delivered}, verdict{status: providers.Pending}
	duplicate, notFound := verdict{providers.Unknown, providers.ReasonDuplicate}, verdict{status: providers.NotFound}
	can := d.registration.Capabilities
	switch {
	case !knows(&d.recharge, pending) && !knows(&d.recharge, delivered):
		recharge.complain("rules", "know no answer that takes an order: at least one must be pending or delivered")
	case d.enquire != nil && !knows(d.enquire, delivered):
		enquire.complain("rules", "know no answer that says delivered")
	case knows(&d.recharge, duplicate) && can.Duplicates == providers.DuplicateUndocumented:
		t.complain("duplicates", "must be D1: recharge.rules knows their answer to a repeated reference")
	case !knows(&d.recharge, duplicate) && can.Duplicates == providers.DuplicateRefused:
		t.complain("duplicates", "must be D0, or recharge.rules must say which answer is a duplicate")
	case !knows(d.enquire, notFound) && can.Status == providers.StatusMeaningful:
		t.complain("status", "must be S2, or enquire.rules must say which answer is not-found")
	}
}

// checkUsed: a setting that is sent nowhere was forgotten somewhere.
func (d *description) checkUsed(t *table) {
	used := d.recharge.placeholders()
	if d.enquire != nil {
		used = append(used, d.enquire.placeholders()...)
	}
	if d.balance != nil {
		used = append(used, d.balance.placeholders()...)
	}
	for _, s := range d.registration.Settings[1:] {
		key := "texts"
		if s.Secret {
			key = "secrets"
		}
		if !slices.Contains(used, s.Key) {
			t.complainf(key, "holds %q, which no call sends as {%s}", s.Key, s.Key)
		}
	}
}

// distinct checks that no two services go out in the same words: the panel could not tell them apart. Only
// Skitto has two names, as an operator and as a type of Grameenphone's.
func (d *description) distinct(c providers.Config) error {
	words := d.recharge.placeholders()
	seen := map[string]providers.Service{}
	for _, s := range d.registration.Services {
		var said []string
		if operator, _ := d.codeOf(c, s); slices.Contains(words, "operator") {
			said = append(said, operator)
		}
		if slices.Contains(words, "type") {
			said = append(said, d.types[s.Type])
		}
		key := strings.Join(said, "\x00")
		if other, twice := seen[key]; twice && (s.Type != providers.Skitto || other.Type != providers.Skitto) {
			return fmt.Errorf("%s and %s would be sent in the same words, so the panel could not tell them apart", other, s)
		}
		seen[key] = s
	}
	return nil
}
