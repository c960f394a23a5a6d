package providers

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// OperatorCode is the configured code of a service: its own, else its operator's.
func (c Config) OperatorCode(s Service) (string, bool) {
	for _, key := range []Service{s, {Operator: s.Operator}} {
		if code, ok := c.OperatorCodes[key]; ok {
			return strings.TrimSpace(code), true
		}
	}
	return "", false
}

// CircleCode is the vendor's code of a circle.
func (c Config) CircleCode(id CircleID) (string, bool) {
	code, ok := c.CircleCodes[id]
	return strings.TrimSpace(code), ok
}

// Coded lists what an account with these codes can serve. Where NeedsCodes, an operator's plain code is
// that of its prepaid numbers, and every other type needs a code of its own ("in-airtel/postpaid"): at
// several vendors the code alone tells the types apart (providers/deeperweb.md, "Operator codes"), so a
// prepaid code would recharge a postpaid number wrongly.
func (r Registration) Coded(c Config) []Service {
	if !r.NeedsCodes {
		return slices.Clone(r.Services)
	}
	var out []Service
	for _, s := range r.Services {
		_, plain := c.OperatorCodes[Service{Operator: s.Operator}]
		if _, own := c.OperatorCodes[s]; own || plain && s.Type == Prepaid {
			out = append(out, s)
		}
	}
	return out
}

// requireCodes checks that every code of c is one of a service, or a circle, that r knows.
func (r Registration) requireCodes(c Config) error {
	for _, key := range slices.SortedFunc(maps.Keys(c.OperatorCodes), compareServices) {
		known := slices.ContainsFunc(r.Services, func(s Service) bool {
			return s.Operator == key.Operator && (key.Type == "" || s.Type == key.Type)
		})
		if !known || strings.TrimSpace(c.OperatorCodes[key]) == "" {
			return fmt.Errorf("setting operator_codes: %q: want a code of one of the operators of %s", key, r.Title)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.CircleCodes)) {
		if _, ok := FindCircle(id); !ok || !r.NeedsCircle || strings.TrimSpace(c.CircleCodes[id]) == "" {
			return fmt.Errorf("setting circle_codes: %q: want the code of a circle, of a provider that takes circles", id)
		}
	}
	return nil
}

func compareServices(a, b Service) int {
	return cmp.Or(cmp.Compare(a.Operator, b.Operator), cmp.Compare(a.Type, b.Type))
}

// String is the service as configurations name it: "bd-robi/prepaid", or "bd-robi" for every type.
func (s Service) String() string {
	if s.Type == "" {
		return string(s.Operator)
	}
	return string(s.Operator) + "/" + string(s.Type)
}

// ParseService reads what Service.String writes; false when there is no such operator or type.
func ParseService(text string) (Service, bool) {
	operator, kind, typed := strings.Cut(text, "/")
	s := Service{OperatorID(operator), NumberType(kind)}
	o, ok := FindOperator(s.Operator)
	return s, ok && (!typed || o.Has(s.Type))
}

// DistinctCodes checks that no two services would go out in the same words: a copied line in operator_codes
// would recharge another network. typed says that the number type is told beside the code. Skitto is
// Grameenphone's network under another name, and may share its code. The error is "setting operator_codes: …".
func DistinctCodes(services []Service, code func(Service) string, typed bool) error {
	network := func(id OperatorID) OperatorID {
		if id == BDSkitto {
			return BDGrameenphone
		}
		return id
	}
	taken := map[Service]Service{} // by code and, when it is told, type
	for _, s := range services {
		said := Service{Operator: OperatorID(code(s))}
		if typed {
			said.Type = s.Type
		}
		other, double := taken[said]
		if double && (network(other.Operator) != network(s.Operator) || other.Type != s.Type) {
			return fmt.Errorf("setting operator_codes: %q: has the code of %q; one of them would be recharged wrongly", s, other)
		}
		taken[said] = s
	}
	return nil
}
