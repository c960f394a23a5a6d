package rechargkit

import (
	"net/http"
	"slices"
	"strings"
	"unicode"

	"rechargebot/providers"
	"rechargebot/providers/wire"
)

// refusal is what an error means on a recharge.
//
// The document says of every error "not processed, process again", and gives the same error 1 to an order
// that it has already (seeds/rechargkit.txt): read literally after a time-out, that pays twice. There is no
// list of errors, so their words are looked at, but only to believe less. Nobody knows when they speak of an
// earlier order or of trouble on the way, nor when they do not speak of a check of the order or of us
// (providers/rechargkit.md, "Money safety" 2 and 3; SAFETY.md, section 4, P2). An order id is of an order that
// they took.
func (a answer) refusal(status int) verdict {
	switch {
	case a.repeated():
		return verdict{providers.Unknown, providers.ReasonDuplicate}
	case a.status != "" && a.status != "3", a.id != "", a.serial != "": // an error that tells of an order contradicts itself
		return unreadable()
	case a.says("maintenance"):
		return verdict{providers.Unknown, providers.ReasonMaintenance}
	case a.saysNotProcessed():
		return verdict{providers.Refused, providers.ReasonRejected}
	case a.message == "", a.saysMore():
		return unreadable()
	case a.barred(status), a.says("unauthori", "not authori", "not whitelist"),
		a.says("token") && a.says("invalid", "incorrect", "not valid", "expired", "missing", "required"): // inferred
		return verdict{providers.Refused, providers.ReasonCredentials}
	case a.says("insufficient", "low balance", "not enough") && a.says("balance", "fund", "wallet"): // inferred
		return verdict{providers.Refused, providers.ReasonFloatShort}
	case a.saysChecked():
		return verdict{providers.Refused, providers.ReasonRejected}
	}
	return unreadable()
}

// repeated reports whether the message speaks of an order that they have: in the seed's words, and their like.
func (a answer) repeated() bool {
	return wire.SpeaksOfRepeat(a.message) || a.says("exist", "used", "same")
}

// saysMore reports whether the message speaks of more than a check: of the way, of what became of an order,
// of another time, or of an order's identifier, which only an order has.
func (a answer) saysMore() bool {
	return a.says("server", "gateway", "network", "connect", "internal", "exception", "timeout", "time out", "timed out",
		"response", "reply", "callback", "status",
		"accept", "receiv", "submit", "progress", "process", "pending", "queue", "hold", "initiated", "complete", "success", "debit", "refund",
		"again", "later", "moment", "wait", "yet", "lost",
		"order id", "order no", "order number", "reference", "transaction", "txn", "request_id", "request id")
}

// saysNotProcessed reports whether the message is what the document says of an error, and nothing else: "API
// request not process to server" (seeds/rechargkit.txt), in the grammar of the day.
func (a answer) saysNotProcessed() bool {
	words := strings.FieldsFunc(strings.ToLower(a.message), func(r rune) bool { return !unicode.IsLetter(r) })
	message := strings.Join(words, " ")
	its := []string{"the", "this", "your", "api", "order", "request", "recharge", "is", "was", "has", "can", "could", "cannot",
		"not", "be", "been", "process", "processed", "to", "server"}
	for _, word := range words {
		if !slices.Contains(its, word) {
			return false
		}
	}
	return strings.Count(message, "process") == 1 && containsOne(message, "not process", "not be process", "not been process")
}

// saysChecked reports whether one part of the message finds fault with a field of the order. Inferred.
func (a answer) saysChecked() bool {
	for part := range strings.FieldsFuncSeq(strings.ToLower(a.message), func(r rune) bool { return strings.ContainsRune(",;:.!", r) }) {
		field := containsOne(part, "number", "mobile", "operator", "amount", "circle", "recharge_type", "user_var", "field", "parameter")
		if field && containsOne(part, "invalid", "incorrect", "not valid", "required", "missing", "minimum", "maximum") {
			return true
		}
	}
	return false
}

// barred reports whether an error is about us: "access denied." came with HTTP 401
// (providers/rechargkit.md, "Status check" and "Errors, limits").
func (a answer) barred(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden || a.says("access denied")
}

// says reports whether one of the words, in lower case, is in the message.
func (a answer) says(words ...string) bool { return containsOne(strings.ToLower(a.message), words...) }

func containsOne(text string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}
