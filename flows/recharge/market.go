package recharge

import (
	"slices"

	"rechargebot/providers"
)

// market is what the enabled upstreams can do together, in order of priority.
type market []Upstream

// rule is the upstream's rule for a service; false when it does not serve it.
func (u Upstream) rule(s providers.Service) (providers.AmountRule, bool) {
	r, ok := u.Rules[s]
	return r, ok && slices.Contains(u.Services, s)
}

// operators lists those that an upstream serves, in the order of the buttons.
func (m market) operators() []providers.Operator {
	return slices.DeleteFunc(providers.Operators(), func(o providers.Operator) bool { return len(m.types(o.ID)) == 0 })
}

// types lists the number types of an operator that an upstream serves.
func (m market) types(id providers.OperatorID) []providers.NumberType {
	var out []providers.NumberType
	for _, t := range providers.NumberTypes() {
		if len(m.rules(providers.Service{Operator: id, Type: t}, "")) > 0 {
			out = append(out, t)
		}
	}
	return out
}

// rules lists the amount rules of those that serve s; of one upstream when it is named.
func (m market) rules(s providers.Service, name string) []providers.AmountRule {
	var out []providers.AmountRule
	for _, u := range m {
		if r, ok := u.rule(s); ok && (name == "" || u.Name == name) {
			out = append(out, r)
		}
	}
	return out
}

// serving names the upstreams that would take the order as it is.
func (m market) serving(o draft) []string {
	var out []string
	for _, u := range m {
		if r, ok := u.rule(o.service()); ok && r.Allows(o.Amount) {
			out = append(out, u.Name)
		}
	}
	return out
}

// choice reports whether more than one upstream would take the order.
func (m market) choice(o draft) bool { return len(m.serving(o)) > 1 }

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
	var out []providers.Money
	for _, major := range []int64{20, 50, 100, 200, 500} {
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
