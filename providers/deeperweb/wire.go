package deeperweb

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"rechargebot/providers"
	"rechargebot/providers/wire"
)

// order is a recharge in the vendor's words: the number national, the amount in whole rupees. id is theirs,
// when it was told.
type order struct{ operator, number, amount, reference, id string }

// query is "Request" of seeds/deeperweb.txt. field1 to field5 are for bills only.
func (o order) query() url.Values {
	return url.Values{"number": {o.number}, "amount": {o.amount}, "operator": {o.operator}, "ref_id": {o.reference}}
}

// verdict is what a status word means. Whatever has no row is Unknown.
type verdict struct {
	status providers.Status
	reason providers.Reason
}

// rechargeVerdicts is the row "status" of seeds/deeperweb.txt, in lower case. Error, wrong data, is a
// failure "only for RECHARGE API", and only as the answer to the first send of a reference, which each
// of ours is.
func rechargeVerdicts() map[string]verdict {
	all := statusVerdicts()
	all["error"] = verdict{providers.Refused, providers.ReasonRejected}
	return all
}

// statusVerdicts is the same row for the status check. "DO NOT CONSIDER AS FAILURE IN STATUS CHECK API":
// Error speaks of the question there, and perhaps means that the reference is unknown.
func statusVerdicts() map[string]verdict {
	return map[string]verdict{
		"pending":  {providers.Pending, providers.ReasonNone}, // the same promise as the next
		"accepted": {providers.Pending, providers.ReasonNone},
		"success":  {providers.Delivered, providers.ReasonNone},
		"failure":  {providers.Refused, providers.ReasonRejected},
		"refunded": {providers.Refused, providers.ReasonRefunded}, // final, the money is back
		"error":    {providers.Unknown, providers.ReasonNone},
	}
}

// answer holds the fields of the answers about an order (seeds/deeperweb.txt, "Response"). balance moves
// with other orders and is not read.
type answer struct {
	status, message                     string
	operator, number, amount, reference string // echoes
	id, serial                          string
	other, duplicate                    bool // other: this is not how the panel words an answer
}

func readAnswer(body []byte) (answer, error) {
	o, err := wire.ParseObject(body)
	if err != nil {
		return answer{}, err
	}
	var a answer
	var duplicate string
	err = o.Texts(map[string]*string{
		"status": &a.status, "message": &a.message, "operator": &a.operator, "number": &a.number,
		"amount": &a.amount, "ref_id": &a.reference, "txn_id": &a.id, "opt_id": &a.serial, "duplicate": &duplicate,
	})
	a.other = otherWording(o)
	a.duplicate = !slices.Contains([]string{"", "0", "false"}, strings.ToLower(duplicate))
	return a, err
}

// otherWording reports whether an answer is worded as servers of other vendors with similar paths word it:
// SUCCESS when the lookup worked, and the order's state in tx_status or another key of that ending, or one
// level down, in data. There the word status means something else.
func otherWording(o wire.Object) bool {
	for key, value := range o {
		_, text := value.(string)
		if key != "status" && strings.HasSuffix(key, "status") || key == "data" && !text {
			return true
		}
	}
	return false
}

// isID reports whether text can be their id of an order. Programs write "none" as "0", "-1", "--", "N.A.",
// "NOT FOUND" and the like; the document's sample has six digits.
func isID(text string) bool {
	return strings.ContainsAny(text, "123456789") && len(strings.Fields(text)) == 1 && text[0] != '-'
}

// echoes reports whether the answer speaks of o as far as it says of what it speaks.
func (a answer) echoes(o order) bool {
	return wire.Same(strings.ToUpper(a.operator), strings.ToUpper(o.operator)) && wire.Same(a.reference, o.reference) &&
		(!isID(a.id) || wire.Same(a.id, o.id)) &&
		wire.SameNumber(a.number, o.number, providers.India) && wire.SameAmount(a.amount, o.amount, providers.INR)
}

// readRecharge reads the answer to recharge. No answer to a repeated reference is documented, and Error is
// the likely one. Ours are sent once, but something on the way may repeat a GET: an answer that speaks of
// a duplicate, even in its free text, is about an order that they have, and refuses nothing. A refusal has one
// word for every reason, and the text tells people which. For nothing else is it heard, and it never makes a
// verdict.
func readRecharge(status int, body []byte, o order) providers.Result {
	res, a := read(status, body, o, rechargeVerdicts())
	spoken := res.Status == providers.Refused && wire.SpeaksOfRepeat(a.message)
	if res.Status != providers.Unknown && (a.duplicate || spoken) {
		return providers.Result{Status: providers.Unknown, Reason: providers.ReasonDuplicate, Code: res.Code, Message: res.Message}
	}
	if res.Status == providers.Refused && res.Reason != providers.ReasonRefunded {
		res.Reason = wire.ReasonIn(a.message)
	}
	return res
}

// readStatus reads the answer to statusByRefId, which has the same fields (providers/deeperweb.md, "Status
// check", family). What a panel says of a reference or a day that it does not know is undocumented; an
// answer without their id, or with what programs write for none, is not about an order of theirs. An id that
// was not told before needs four characters.
func readStatus(status int, body []byte, o order) providers.Result {
	res, a := read(status, body, o, statusVerdicts())
	told := o.id != "" && a.id == o.id
	if res.Status != providers.Unknown && !told && (!isID(a.id) || len(a.id) < 4) {
		return providers.Result{Status: providers.Unknown, Reason: providers.ReasonUnreadable, Code: res.Code, Message: res.Message}
	}
	return res
}

// read reads an answer about an order.
func read(status int, body []byte, o order, verdicts map[string]verdict) (providers.Result, answer) {
	unreadable := providers.Result{Status: providers.Unknown, Reason: providers.ReasonUnreadable}
	a, err := readAnswer(body)
	if err != nil {
		unreadable.Message = err.Error()
		return unreadable, answer{}
	}
	unreadable.Code, unreadable.Message = a.status, a.message
	v, listed := verdicts[strings.ToLower(a.status)]
	switch {
	case status != http.StatusOK || !listed || a.other:
		return unreadable, answer{}
	case !a.echoes(o):
		unreadable.Reason = providers.ReasonEcho
		return unreadable, answer{}
	}
	res := providers.Result{Status: v.status, Reason: v.reason, Code: a.status, Message: a.message}
	if v.status != providers.Unknown && isID(a.id) {
		res.UpstreamID = a.id
	}
	if v.status == providers.Delivered { // the document's sample has an opt_id before anything is delivered
		res.Serial = a.serial
	}
	return res, a
}

// readBalance reads the answer to balance (providers/deeperweb.md, "Balance", family). Of its purses
// recharges draw on rechargeBalance (inferred from its name); a panel without purses has totalBalance only.
// The question holds nothing but our credentials, so "wrong data" (Error) are these.
func readBalance(status int, body []byte) (providers.Money, error) {
	var verdict, total, recharge string
	o, err := wire.ParseObject(body)
	if err == nil {
		err = o.Texts(map[string]*string{"status": &verdict, "totalbalance": &total, "rechargebalance": &recharge})
	}
	text := cmp.Or(recharge, total)
	switch {
	case status != http.StatusOK:
		return providers.Money{}, fmt.Errorf("HTTP status %d", status)
	case err != nil:
		return providers.Money{}, err
	case strings.EqualFold(verdict, "error"):
		return providers.Money{}, fmt.Errorf("answer %q: %w", verdict, providers.ErrCredentials)
	case !strings.EqualFold(verdict, "ok"):
		return providers.Money{}, fmt.Errorf("answer %q", verdict)
	case text == "":
		return providers.Money{}, errors.New("neither rechargeBalance nor totalBalance in the answer")
	}
	return providers.ParseMoney(text, providers.INR)
}

// midnight is how near to it the panel's day may not be ours: our clock, a slow send, theirs.
const midnight = 10 * time.Minute

// day is the date of an instant in India, as recharge_date wants it; a UTC date would miss the orders of
// five and a half hours (providers/deeperweb.md, "Status check").
func day(at time.Time) string {
	return at.In(time.FixedZone("IST", 5*60*60+30*60)).Format(time.DateOnly)
}

// otherDay is the neighbouring date of an instant that is near midnight.
func otherDay(at time.Time) (string, bool) {
	for _, near := range []time.Time{at.Add(-midnight), at.Add(midnight)} {
		if d := day(near); d != day(at) {
			return d, true
		}
	}
	return "", false
}
