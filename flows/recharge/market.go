package recharge

import (
	"slices"

	"rechargebot/providers"
)

// market is what the enabled upstreams can do together, in order of priority.
type market []Upstream

// rule is the upstream's rule for a service; false when it does not serve it. One that needs a circle and
// knows none serves nothing.
func (u Upstream) rule(s providers.Service) (providers.AmountRule, bool) {
	r, ok := u.Rules[s]
	return r, ok && slices.Contains(u.Services, s) && (u.Circles == nil || len(u.Circles) > 0)
}

// countries lists those whose numbers an upstream serves, in the order of the operators' buttons.
func (m market) countries() []providers.Country {
	var out []providers.Country
	for _, o := range m.operators() {
		if !slices.Contains(out, o.Country) {
			out = append(out, o.Country)
		}
	}
	return out
}

// operators lists those that an upstream serves, in the order of the buttons.
func (m market) operators() []providers.Operator {
	return slices.DeleteFunc(providers.Operators(), func(o providers.Operator) bool { return len(m.types(o.ID)) == 0 })
}

// types lists the number types of an operator that an upstream serves.
func (m market) types(id providers.OperatorID) []providers.NumberType {
	var out []providers.NumberType
	for _, t := range providers.NumberTypes() {
		if m.serves(providers.Service{Operator: id, Type: t}) {
			out = append(out, t)
		}
	}
	return out
}

func (m market) serves(s providers.Service) bool {
	return slices.ContainsFunc(m, func(u Upstream) bool { _, ok := u.rule(s); return ok })
}

// rules lists the amount rules of those that may take the draft, whatever its amount is.
func (m market) rules(o draft) []providers.AmountRule {
	var out []providers.AmountRule
	for _, u := range m {
		if r, ok := u.rule(o.service()); ok && u.may(o) {
			out = append(out, r)
		}
	}
	return out
}

// able lists the upstreams that serve the draft's operator and type and, as far as they are known, take
// its amount and are the chosen one. Circles do not count here.
func (m market) able(o draft) market {
	return slices.DeleteFunc(slices.Clone(m), func(u Upstream) bool {
		r, ok := u.rule(o.service())
		return !ok || !o.Amount.IsZero() && !r.Allows(o.Amount) || o.Provider != "" && o.Provider != u.Name
	})
}

// serving names the upstreams that would take the order as it is.
func (m market) serving(o draft) []string {
	var out []string
	for _, u := range m {
		if r, ok := u.rule(o.service()); ok && r.Allows(o.Amount) && u.in(o.Circle) {
			out = append(out, u.Name)
		}
	}
	return out
}

// offered names the upstreams that may be chosen for the order: those that would take it as it is, and
// those that only want to be told the circle.
func (m market) offered(o draft) []string {
	var out []string
	for _, u := range m {
		if r, ok := u.rule(o.service()); ok && r.Allows(o.Amount) && u.may(o) {
			out = append(out, u.Name)
		}
	}
	return out
}

// choice reports whether more than one upstream may be chosen for the order.
func (m market) choice(o draft) bool { return len(m.offered(o)) > 1 }

// bounds is the lowest and the highest amount that any of the rules allows. There is at least one rule.
func bounds(rules []providers.AmountRule) (low, high providers.Money) {
	low, high = rules[0].Min, rules[0].Max
	for _, r := range rules[1:] {
		if r.Min.Less(low) {
			low = r.Min
		}
		if high.Less(r.Max) {
			high = r.Max
		}
	}
	return low, high
}

func allowed(rules []providers.AmountRule, amount providers.Money) bool {
	return slices.ContainsFunc(rules, func(r providers.AmountRule) bool { return r.Allows(amount) })
}

// presets are the amounts on buttons: the usual ones that are allowed and affordable, else the lowest one.
func presets(rules []providers.AmountRule, ceiling providers.Money) []providers.Money {
	low, _ := bounds(rules)
	usual := []int64{20, 50, 100, 200, 500}
	if low.Currency == providers.INR { // vendors of India take 10 (numbers.md, "Amounts")
		usual = append([]int64{10}, usual...)
	}
	var out []providers.Money
	for _, major := range usual {
		m := providers.Money{Minor: major * 100, Currency: low.Currency}
		if allowed(rules, m) && !ceiling.Less(m) {
			out = append(out, m)
		}
	}
	if len(out) == 0 && !ceiling.Less(low) {
		out = append(out, low)
	}
	return out
}
