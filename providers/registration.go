package providers

import (
	"context"
	"fmt"
	"net"
	"slices"
	"time"
)

// Registration declares one kind of upstream: what it can do, what it needs, and how to make one.
// The engine obeys the declaration; the laws in providertest check the adapter against it.
type Registration struct {
	Kind         string    // "ecare"
	Title        string    // "ECARE Technology, Bangladesh"
	Document     string    // the vendor's document and its version
	Country      Country   // whose numbers it recharges
	Settings     []Setting // beside those that every provider has
	Services     []Service // what it can recharge
	Reference    ReferenceFormat
	Capabilities Capabilities
	Amount       AmountRule // for every service without a rule of its own in the configuration
	New          func(Config) (Provider, error)
}

// Setting is one key of a provider's configuration table.
type Setting struct {
	Key      string
	Secret   bool // may also come from a file, as KEY_file
	Required bool
	Default  string
	Help     string
}

// Service is an operator with a number type that a kind can serve.
type Service struct {
	Operator OperatorID
	Type     NumberType
}

// AmountRule bounds an order's amount; Step 0 means any amount between Min and Max.
type AmountRule struct {
	Min, Max, Step Money
}

// Allows reports whether the amount keeps the rule.
func (r AmountRule) Allows(m Money) bool {
	if m.Currency != r.Min.Currency || m.Less(r.Min) || r.Max.Less(m) {
		return false
	}
	return r.Step.Minor == 0 || m.Minor%r.Step.Minor == 0
}

// StatusClass says what an enquiry is worth (SAFETY.md, section 4, "Capabilities").
type StatusClass string

const (
	StatusNone       StatusClass = "S0" // no enquiry
	StatusMeaningful StatusClass = "S1" // pure read by our reference; "not found" means something after the window
	StatusReadOnly   StatusClass = "S2" // pure read by our reference; "not found" says nothing
	StatusByTheirID  StatusClass = "S3" // only by the upstream's id
	StatusResubmits  StatusClass = "S4" // asking is sending again
)

// DuplicateClass says what the upstream does with a reference that it has seen.
type DuplicateClass string

const (
	DuplicateUndocumented DuplicateClass = "D0"
	DuplicateRefused      DuplicateClass = "D1"
	DuplicateReplayed     DuplicateClass = "D2"
)

// Capabilities are what the engine's rules of enquiry and recovery depend on.
type Capabilities struct {
	Status        StatusClass
	Duplicates    DuplicateClass
	LateArrival   time.Duration // W: a send may still land this long after a time-out
	NotFoundPolls int           // with StatusMeaningful: "not found" this often, and for LateArrival, before a person is asked
}

// Config is what a Registration's New gets: one account's settings, resolved and checked for presence.
type Config struct {
	Name              string            // the account's name in the configuration
	Settings          map[string]Secret // by Setting.Key; defaults filled in
	OperatorCodes     map[OperatorID]string
	CircleCodes       map[string]string
	AllowInsecureHTTP bool
	ReadTimeout       time.Duration // for enquiry, balance and offers; 0 means 15 s

	// Dial replaces the network; nil means the real one. Tests serve a provider over net.Pipe with it.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Get is the text of a setting, "" when it is absent.
func (c Config) Get(key string) string { return c.Settings[key].Reveal() }

// Secrets lists the values that must never be seen: every secret setting of r that is not empty.
func (r Registration) Secrets(c Config) []Secret {
	var out []Secret
	for _, s := range r.Settings {
		if v := c.Settings[s.Key]; s.Secret && v != "" {
			out = append(out, v)
		}
	}
	return out
}

// Require returns an error that names the first required setting of r that c leaves empty.
func (r Registration) Require(c Config) error {
	for _, s := range r.Settings {
		if s.Required && c.Settings[s.Key] == "" {
			return fmt.Errorf("setting %s is empty", s.Key)
		}
	}
	return nil
}

// Currency is what the kind counts in: orders, limits and float.
func (r Registration) Currency() Currency {
	switch r.Country {
	case Bangladesh:
		return BDT
	case India:
		return INR
	}
	return ""
}

// Serves reports whether the kind can recharge that operator and type.
func (r Registration) Serves(s Service) bool { return slices.Contains(r.Services, s) }
