package providers

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
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

	// NeedsCodes: no document lists the vendor's operator codes, so the configuration must (Coded).
	NeedsCodes bool
	// NeedsCircle: a recharge must name the number's circle, in the vendor's code of Config.CircleCodes.
	NeedsCircle bool

	// Describe, when set, makes the registration from a description in the configuration (the table "api");
	// nothing else of this registration but Kind, Title and Document counts. Its error names the key of the
	// description that is wrong: a *DescriptionError.
	Describe func(description map[string]any) (Registration, error)
}

// DescriptionError is what is wrong with a description.
type DescriptionError struct {
	Key string // dotted, inside the description: "recharge.success"
	Why string // what was expected; it shows no value of a secret
}

func (e *DescriptionError) Error() string { return e.Key + " " + e.Why }

// Setting is one key of a provider's configuration table.
type Setting struct {
	Key      string
	Form     SettingForm
	Secret   bool // must never be seen; a text may also come from a file, as KEY_file
	Required bool
	Default  string   // of a text
	OneOf    []string // the only values that a text may have; nil = any
	Help     string
}

// SettingForm says where in Config the value of a setting is.
type SettingForm int

const (
	TextSetting  SettingForm = iota // Config.Settings
	ListSetting                     // Config.Lists: a list of texts
	TableSetting                    // Config.Tables: texts by name
)

// Service is an operator with a number type that a kind can serve.
type Service struct {
	Operator OperatorID
	Type     NumberType // "" in a table by service: every type that has no entry of its own
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
	StatusMaxAge  time.Duration // an older send is not asked about any more, since the answer would mean nothing or be a new send; 0 = any age
	NoBalance     bool          // no call tells our float; Balance wraps ErrUnsupported
}

// Config is what a Registration's New gets: one account's settings, resolved and checked for presence.
type Config struct {
	Name              string                       // the account's name in the configuration
	Settings          map[string]Secret            // texts by Setting.Key; defaults filled in
	Lists             map[string][]string          // by Setting.Key
	Tables            map[string]map[string]Secret // by Setting.Key
	OperatorCodes     map[Service]string           // the vendor's codes; ask OperatorCode
	CircleCodes       map[CircleID]string          // the vendor's codes
	AllowInsecureHTTP bool
	// AllowPrivateAddress: the name in base_url may lead to an address inside our own network.
	AllowPrivateAddress bool
	ReadTimeout         time.Duration // for enquiry, balance and offers; 0 means 15 s

	// Dial replaces the network; nil means the real one. Tests serve a provider over net.Pipe with it.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Command runs a program of the configuration and returns what it prints; nil means really doing so.
	Command func(ctx context.Context, argv []string) (output []byte, err error)
}

// Get is the text of a setting, "" when it is absent.
func (c Config) Get(key string) string { return c.Settings[key].Reveal() }

// Secrets lists the values that must never be seen: every secret setting of r that is not empty.
func (r Registration) Secrets(c Config) []Secret {
	var out []Secret
	for _, s := range r.Settings {
		if !s.Secret {
			continue
		}
		values := slices.Collect(maps.Values(c.Tables[s.Key]))
		for _, v := range append(values, c.Settings[s.Key]) {
			if v != "" {
				out = append(out, v)
			}
		}
	}
	return out
}

// Require returns an error that names the first setting of r that c leaves empty although it is required,
// or that holds what r cannot use: "setting KEY: …".
func (r Registration) Require(c Config) error {
	for _, s := range r.Settings {
		if s.Required && c.Settings[s.Key] == "" && len(c.Lists[s.Key]) == 0 && len(c.Tables[s.Key]) == 0 {
			return fmt.Errorf("setting %s: is empty: %s", s.Key, s.Help)
		}
		if v := c.Get(s.Key); s.OneOf != nil && v != "" && !slices.Contains(s.OneOf, v) {
			return fmt.Errorf("setting %s: want one of: %s", s.Key, strings.Join(s.OneOf, ", "))
		}
	}
	return r.requireCodes(c)
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
