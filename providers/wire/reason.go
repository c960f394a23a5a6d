package wire

import (
	"strings"

	"rechargebot/providers"
)

// ReasonIn is the reason that the prose of a refusal gives, for the upstreams that have one code for every
// refusal: our float, us (seeds/sendapi.txt: "Not User"), their maintenance, and else the order. It is asked
// about what is a refusal already and never decides whether something is one: only which sentence people
// read, and whether the owner is told. The words are those of the vendors' documents and of their like
// (inferred).
func ReasonIn(message string) providers.Reason {
	p := newProse(message)
	switch {
	case p.says(" insufficient", " low ", " not enough") && p.says("balance", " fund", "wallet"):
		return providers.ReasonFloatShort
	case p.says(" not user ", " invalid user", " unauthori", " login failed ", " access denied ", " ip not "), p.deniesUs():
		return providers.ReasonCredentials
	case p.says(" mainten", " maintainance"): // "maintain" is what a minimum balance wants
		return providers.ReasonMaintenance
	}
	return providers.ReasonRejected
}

// deniesUs reports whether the text calls something invalid with which we prove who we are: "Invalid API
// token", "Invalid or expired key".
func (p prose) deniesUs() bool {
	for i, word := range p.words {
		if word != "invalid" {
			continue
		}
		for _, what := range p.words[i+1 : min(len(p.words), i+5)] {
			switch strings.TrimSuffix(what, "s") {
			case "key", "apikey", "token", "api", "credential", "password", "login":
				return true
			}
		}
	}
	return false
}
