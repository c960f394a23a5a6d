package bos

import (
	"encoding/json"
	"net/http"
	"strings"

	"rechargebot/providers"
	"rechargebot/providers/wire"
)

// order is a recharge in BOS's words: the number national, the amount in whole rupees.
type order struct{ operator, number, amount, reference string }

// body is "Body Parameters" of seeds/bos.txt. canumber is the mobile number; the sample's is a vehicle's, from
// another page (providers/bos.md, "Recharge").
func (o order) body(registerID string) []byte {
	return wire.JSON(map[string]any{
		"operator":    json.Number(o.operator),
		"canumber":    o.number,
		"amount":      json.Number(o.amount),
		"referenceid": o.reference,
		"RegisterID":  registerID,
	})
}

// statusBody has the names of the status page's code samples; its parameter box says registrationID and
// referenceid, and servers of its make read either (providers/bos.md, "Status"; inferred).
func statusBody(registerID string, ref providers.Reference) []byte {
	return wire.JSON(map[string]any{"RegistrationID": registerID, "ReferenceId": string(ref)})
}

// answer holds the fields of both answers. What is below data is the order's own.
type answer struct {
	status, code, message string
	id, serial            string
	echo                  echo // beside data
	data                  *data
}

type echo struct{ reference, reference2, number, amount string }

// data is the object of the FASTag twin's status page, which RechargesStatus is expected to answer like
// (providers/bos.md, "Status"; inferred).
type data struct {
	status, refunded, refund, serial string // refund is the id of the payment back
	echo                             echo
}

func readAnswer(body []byte) (answer, error) {
	o, err := wire.ParseObject(body)
	if err != nil {
		return answer{}, err
	}
	var a answer
	var other string
	if err := o.Texts(map[string]*string{
		"status": &a.status, "response_code": &a.code, "responsecode": &other, "message": &a.message,
		"ackno": &a.id, "operatorid": &a.serial,
	}); err != nil {
		return answer{}, err
	}
	switch { // the status page spells the code without the underscore
	case a.code == "":
		a.code = other
	case other != "" && other != a.code:
		return answer{}, wire.ErrRepeated
	}
	if a.echo, err = readEcho(o); err != nil {
		return answer{}, err
	}
	switch inner := o["data"].(type) {
	case nil:
		return a, nil
	case string: // null is "", too
		if inner == "" {
			return a, nil
		}
	case wire.Object:
		a.data = &data{}
		if err := inner.Texts(map[string]*string{
			"status": &a.data.status, "refunded": &a.data.refunded, "refundtxnid": &a.data.refund, "operatorid": &a.data.serial,
		}); err != nil {
			return answer{}, err
		}
		a.data.echo, err = readEcho(inner)
		return a, err
	}
	return answer{}, wire.ErrKind
}

func readEcho(o wire.Object) (echo, error) {
	var e echo
	err := o.Texts(map[string]*string{
		"refid": &e.reference, "referenceid": &e.reference2, "canumber": &e.number, "amount": &e.amount,
	})
	return e, err
}

// of reports whether an answer speaks of o as far as it says of what it speaks.
func (e echo) of(o order) bool {
	return wire.Same(e.reference, o.reference) && wire.Same(e.reference2, o.reference) &&
		wire.SameNumber(e.number, o.number, providers.India) && wire.SameAmount(e.amount, o.amount, providers.INR)
}

// names reports whether an echo, which is of o, is enough to tell o by.
func (e echo) names(o order) bool {
	referred := e.reference != "" || e.reference2 != ""
	return e.of(o) && (referred && o.reference != "" || e.number != "" && o.number != "" && e.amount != "" && o.amount != "")
}

func (a answer) echoes(o order) bool { return a.echo.of(o) && (a.data == nil || a.data.echo.of(o)) }

// pair is what decides, as it is shown to people. The message is prose about somebody's order (seeds/bos.txt:
// Aircel, 50) and decides nothing, ever.
func (a answer) pair() string {
	text := "status=" + a.status + " response_code=" + a.code
	if a.data != nil {
		text += " data.status=" + a.data.status + " data.refunded=" + a.data.refunded
	}
	return text
}

// taken reads status, a boolean in seeds/bos.txt and possibly a number elsewhere (providers/bos.md, "Quirks").
func (a answer) taken() (yes, no bool) {
	word := strings.ToLower(a.status)
	return word == "true" || word == "1", word == "false" || word == "0"
}

type verdict struct {
	status providers.Status
	reason providers.Reason
}

// recharged is what the answer to DoRecharge means. seeds/bos.txt has the codes 1 success, 11 duplicate, 15
// invalid signature and 16 authentication failed, and no list. A duplicate may be our own earlier send. A
// refusal comes with HTTP 200, 401 or 412, in which order is not said; a success with 200. The schema of a
// refusal has no ackno, no operatorid and no data: with one of them it speaks of an order that they took.
func (a answer) recharged(status int) verdict {
	yes, no := a.taken()
	special := a.code == "11" || a.code == "15" || a.code == "16"
	refusable := status == http.StatusOK || status == http.StatusUnauthorized || status == http.StatusPreconditionFailed
	switch {
	case a.code == "11" && refusable && (yes || no):
		return verdict{providers.Unknown, providers.ReasonDuplicate}
	case no && refusable && special && a.id == "" && a.serial == "" && a.data == nil:
		return verdict{providers.Refused, providers.ReasonCredentials}
	case !yes || status != http.StatusOK || special || !wire.IsNumber(a.code):
		return verdict{providers.Unknown, providers.ReasonUnreadable}
	case a.code != "1": // taken, and no success: providers/bos.md, "Money safety" 4
		return verdict{providers.Pending, providers.ReasonNone}
	case a.data == nil:
		return verdict{providers.Delivered, providers.ReasonNone}
	}
	if v := a.data.verdict(); v.status == providers.Delivered || v.status == providers.Pending {
		return v
	}
	return verdict{providers.Unknown, providers.ReasonUnreadable} // a success that says that it failed
}

// enquired is what the answer to RechargesStatus means. Status and code say only that an order was found; its
// own state is data.status (providers/bos.md, "Status"). It is believed of an order that is named: by our
// reference or, but for a failure, by number and amount.
func (a answer) enquired(status int, o order) verdict {
	yes, no := a.taken()
	switch {
	case no && (a.code == "15" || a.code == "16"):
		return verdict{providers.Unknown, providers.ReasonCredentials}
	case !yes || a.code != "1" || status != http.StatusOK || a.data == nil || !a.data.echo.names(o):
		return verdict{providers.Unknown, providers.ReasonUnreadable}
	}
	return a.data.verdict()
}

// verdict is the rule of the upstream behind BOS: 1 success, 0 failed, other pending, and a flag and an id
// when it was paid back (providers/bos.md, "The upstream behind it"; unverified). So a failure counts only in an object
// that names the order: a zero is also what an empty object has.
func (d data) verdict() verdict {
	paidBack := word(d.refunded, "1", "true", "y", "yes")
	kept := word(d.refunded, "", "0", "false", "n", "no") && word(d.refund, "", "0", "na", "n/a", "none")
	named := d.echo.reference != "" || d.echo.reference2 != ""
	success, failure := word(d.status, "1", "success"), word(d.status, "0", "failed", "failure")
	switch {
	case named && paidBack && d.status != "":
		return verdict{providers.Refused, providers.ReasonRefunded}
	case named && failure && kept:
		return verdict{providers.Refused, providers.ReasonRejected}
	case success && kept:
		return verdict{providers.Delivered, providers.ReasonNone}
	case kept && !failure && (wire.IsNumber(d.status) || word(d.status, "pending", "processing", "in process")):
		return verdict{providers.Pending, providers.ReasonNone}
	}
	return verdict{providers.Unknown, providers.ReasonUnreadable}
}

func word(text string, words ...string) bool {
	for _, w := range words {
		if strings.EqualFold(text, w) {
			return true
		}
	}
	return false
}

// readRecharge reads the answer to DoRecharge. operatorid is the network's id, a number in the document.
func readRecharge(status int, body []byte, o order) providers.Result {
	return read(body, o, func(a answer) verdict { return a.recharged(status) })
}

// readStatus reads the answer to RechargesStatus.
func readStatus(status int, body []byte, o order) providers.Result {
	return read(body, o, func(a answer) verdict { return a.enquired(status, o) })
}

func read(body []byte, o order, judge func(answer) verdict) providers.Result {
	a, err := readAnswer(body)
	if err != nil {
		return providers.Result{Status: providers.Unknown, Reason: providers.ReasonUnreadable, Message: err.Error()}
	}
	v := judge(a)
	if !a.echoes(o) {
		v = verdict{providers.Unknown, providers.ReasonEcho}
	}
	res := providers.Result{Status: v.status, Reason: v.reason, Code: a.pair(), Message: a.message}
	if v.status != providers.Unknown {
		res.UpstreamID = a.id
	}
	if v.status == providers.Delivered {
		if res.Serial = a.serial; a.data != nil && a.data.serial != "" {
			res.Serial = a.data.serial
		}
	}
	return res
}
