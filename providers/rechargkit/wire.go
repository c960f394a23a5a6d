package rechargkit

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"rechargebot/providers"
	"rechargebot/providers/wire"
)

// order is a recharge in RechargKit's words: the number national, the amount in whole rupees, the rest codes.
// upstream is their orderid, where an enquiry knows it.
type order struct{ operator, circle, number, amount, reference, upstream string }

// body is the request of seeds/rechargkit.txt. One public client writes partner_req_id, which would be an
// order without a reference (providers/rechargkit.md, "Recharge"). The user variables are marked required
// and called optional; they come back in answers, so nothing is put into them.
func (o order) body() []byte {
	return wire.JSON(map[string]any{
		"mobile_no":          json.Number(o.number),
		"operator_code":      json.Number(o.operator),
		"amount":             json.Number(o.amount),
		"partner_request_id": o.reference,
		"circle":             json.Number(o.circle),
		"recharge_type":      1,
		"user_var1":          "", "user_var2": "", "user_var3": "",
	})
}

// statusBody is the question of providers/rechargkit.md, "Status check".
func statusBody(ref providers.Reference) []byte {
	return wire.JSON(map[string]any{"partner_request_id": string(ref)})
}

// answer holds the fields of the answers to a recharge and an enquiry. failed is their "error", a Number where
// 0 is none (seeds/rechargkit.txt): false and true, which no page and no client has, are neither, so that
// nobody knows what is said with them.
type answer struct {
	failed, status, message   string
	reference, number, amount string // echoes
	id, serial                string
}

func readAnswer(body []byte) (answer, error) {
	o, err := wire.ParseObject(body)
	if err != nil {
		return answer{}, err
	}
	var a answer
	err = o.Texts(map[string]*string{
		"error": &a.failed, "status": &a.status, "msg": &a.message, "partnerreqid": &a.reference,
		"mobile_no": &a.number, "amount": &a.amount, "orderid": &a.id, "optransid": &a.serial,
	})
	return a, err
}

// code is what decides, as it is shown to people.
func (a answer) code() string { return "error=" + a.failed + " status=" + a.status }

// echoes reports whether the answer speaks of o as far as it says of what it speaks. The seed's own samples
// ask about 1 and answer about 5165483; partnerreqid may be missing (providers/rechargkit.md, "Recharge").
func (a answer) echoes(o order) bool {
	return wire.Same(a.reference, o.reference) && (!isID(a.id) || !isID(o.upstream) || a.id == o.upstream) &&
		wire.SameNumber(a.number, o.number, providers.India) && wire.SameAmount(a.amount, o.amount, providers.INR)
}

// names reports whether the answer says that it is about an order: by orderid, the one identifier that the
// status page has, or by our reference (providers/rechargkit.md, "Status check"). An orderid that was not told
// before needs four characters; the samples are UUIDs (seeds/rechargkit.txt).
func (a answer) names(o order) bool {
	return isID(a.id) && (len(a.id) >= 4 || a.id == o.upstream) || o.reference != "" && a.reference == o.reference
}

// isID reports whether id can be the id of one order, and is not what stands in a field that has none:
// "0", "-1", "null", "N.A.".
func isID(id string) bool {
	letter := strings.ContainsFunc(id, unicode.IsLetter)
	return !strings.HasPrefix(id, "-") && (strings.ContainsAny(id, "123456789") || letter && strings.Contains(id, "0"))
}

// state is what status means where error is 0: 1 SUCCESS, 2 PENDING, 3 FAILURE (seeds/rechargkit.txt), any
// other on hold (providers/rechargkit.md, "Recharge", public status page). No status is no answer.
func (a answer) state() verdict {
	switch {
	case a.status == "1":
		return verdict{providers.Delivered, providers.ReasonNone}
	case a.status == "3":
		return verdict{providers.Refused, providers.ReasonRejected}
	case wire.IsNumber(a.status):
		return verdict{providers.Pending, providers.ReasonNone}
	}
	return unreadable()
}

type verdict struct {
	status providers.Status
	reason providers.Reason
}

func unreadable() verdict { return verdict{providers.Unknown, providers.ReasonUnreadable} }

// isError reports whether error is a number that says "not processed to the server".
func (a answer) isError() bool { return wire.IsNumber(a.failed) && a.failed != "0" }

// readRecharge reads the answer to a recharge. An error counts with HTTP 200, and with 401 and 403, with
// which "access denied" was seen (providers/rechargkit.md, "Status check").
func readRecharge(status int, body []byte, o order) providers.Result {
	return read(body, o, func(a answer) verdict {
		switch {
		case status == http.StatusOK && a.failed == "0" && a.repeated() && a.status == "3":
			return verdict{providers.Unknown, providers.ReasonDuplicate} // the failure may be this send's, not the order's
		case status == http.StatusOK && a.failed == "0":
			return a.state()
		case a.isError() && (status == http.StatusOK || status == http.StatusUnauthorized || status == http.StatusForbidden):
			return a.refusal(status)
		}
		return unreadable()
	})
}

// readStatus reads the answer to statusCheck, where an error speaks of the question and never of the order. So
// does an answer that names no order: "No record found" may come with any status.
func readStatus(status int, body []byte, o order) providers.Result {
	return read(body, o, func(a answer) verdict {
		switch {
		case status == http.StatusOK && a.failed == "0" && a.names(o):
			return a.state()
		case a.isError() && a.barred(status):
			return verdict{providers.Unknown, providers.ReasonCredentials}
		}
		return unreadable()
	})
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
	res := providers.Result{Status: v.status, Reason: v.reason, Code: a.code(), Message: a.message}
	if v.status != providers.Unknown && isID(a.id) { // another would never be met again
		res.UpstreamID = a.id
	}
	if v.status == providers.Delivered {
		res.Serial = a.serial
	}
	return res
}

// parse reads the answer to a read other than an enquiry, which has to have error 0.
func parse(status int, body []byte) (wire.Object, error) {
	a, err := readAnswer(body)
	switch {
	case a.isError() && a.barred(status):
		return nil, fmt.Errorf("answer %q: %w", a.code(), providers.ErrCredentials)
	case status != http.StatusOK:
		return nil, fmt.Errorf("HTTP status %d", status)
	case err != nil:
		return nil, err
	case a.failed != "0":
		return nil, fmt.Errorf("answer %q", a.code())
	}
	return wire.ParseObject(body)
}

// readBalance reads wallet_amount (providers/rechargkit.md, "Balance, plans, lists"). Commissions have four
// decimal places ("0.3500"), so the wallet may: fractions of a paisa are cut off.
func readBalance(status int, body []byte) (providers.Money, error) {
	o, err := parse(status, body)
	if err != nil {
		return providers.Money{}, err
	}
	var amount string
	if err := o.Texts(map[string]*string{"wallet_amount": &amount}); err != nil {
		return providers.Money{}, err
	}
	whole, frac, _ := strings.Cut(amount, ".")
	if len(frac) > 2 && strings.Trim(frac, "0123456789") == "" {
		amount = whole + "." + frac[:2]
	}
	return providers.ParseMoney(amount, providers.INR)
}

// readPostback reads the webhook of providers/rechargkit.md, "Webhook". Nothing signs it. Our reference is pid
// in the one known model, which is of payouts; its names at recharge are looked for as well (inferred).
func readPostback(call providers.PostbackCall) (providers.Postback, error) {
	o, err := wire.Fields(call)
	if err != nil {
		return providers.Postback{}, err
	}
	var pid, asked, echoed, state string
	if err := o.Texts(map[string]*string{"pid": &pid, "partner_request_id": &asked, "partnerreqid": &echoed, "status": &state}); err != nil {
		return providers.Postback{}, err
	}
	ref := cmp.Or(pid, asked, echoed)
	for _, other := range []string{asked, echoed} {
		if other != "" && other != ref {
			return providers.Postback{}, wire.ErrRepeated
		}
	}
	if ref == "" {
		return providers.Postback{}, errors.New("no pid in it")
	}
	return providers.Postback{Reference: providers.Reference(ref), Code: "status=" + state}, nil
}
