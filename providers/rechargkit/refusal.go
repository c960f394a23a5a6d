package rechargkit

import (
	"net/http"
	"strings"

	"rechargebot/providers"
)

// refusal is what an error means on a recharge.
//
// The document says of every error "not processed, process again", and gives the same error 1 to an order
// that it has already (seeds/rechargkit.txt): read literally after a time-out, that pays twice. There is no
// list of errors, so their words are looked at, but only to believe less. Nobody knows when they speak of an
// earlier order or of trouble on the way, nor when they do not speak of a check of the order or of us
// (providers/rechargkit.md, "Money safety" 2 and 3; SAFETY.md, section 4, P2).
func (a answer) refusal(status int) verdict {
	switch {
	case a.repeated():
		return verdict{providers.Unknown, providers.ReasonDuplicate}
	case a.status != "" && a.status != "3": // an error that tells a state contradicts itself
		return unreadable()
	case a.says("maintenance"):
		return verdict{providers.Unknown, providers.ReasonMaintenance}
	case a.message == "", a.says("server", "gateway", "response", "timeout", "time out", "timed out", "again", "in process", "under process", "processing", "pending", "queue"):
		return unreadable()
	case a.barred(status), a.says("unauthori", "not authori", "token", "whitelist"):
		return verdict{providers.Refused, providers.ReasonCredentials}
	case a.says("insufficient", "low balance", "not enough") && a.says("balance", "fund", "wallet"): // inferred
		return verdict{providers.Refused, providers.ReasonFloatShort}
	case a.says("not process", "not be process", "unable to process"), // "API request not process to server"
		a.says("invalid", "incorrect", "not valid", "not allowed", "not supported", "not found", "required", "missing",
			"minimum", "maximum amount", "disabled", "inactive", "blocked"): // inferred
		return verdict{providers.Refused, providers.ReasonRejected}
	}
	return unreadable()
}

// repeated reports whether the message speaks of an order that they have: in the seed's words, and their like.
func (a answer) repeated() bool { return a.says("duplicate", "unique", "already", "exist") }

// barred reports whether an error is about us: "access denied." came with HTTP 401
// (providers/rechargkit.md, "Status check" and "Errors, limits").
func (a answer) barred(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden || a.says("access denied")
}

// says reports whether one of the words, in lower case, is in the message.
func (a answer) says(words ...string) bool {
	message := strings.ToLower(a.message)
	for _, w := range words {
		if strings.Contains(message, w) {
			return true
		}
	}
	return false
}
