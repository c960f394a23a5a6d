package ecare

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"rechargebot/providers"
	"rechargebot/providers/wire"
)

// operatorCode is "Operator Selection" of seeds/ecare.txt, where the configuration names no other.
// Grameenphone is 3 or 7 and Banglalink 4 or 9 there without a word on the difference; integrators settle
// on 7 and 9 (providers/ecare.md, "MRC"). Skitto is Grameenphone's code with a number type of its own.
func operatorCode(c providers.Config, s providers.Service) string {
	if code, ok := c.OperatorCode(s); ok {
		return code
	}
	switch s.Operator {
	case providers.BDSkitto:
		return operatorCode(c, providers.Service{Operator: providers.BDGrameenphone, Type: s.Type})
	case providers.BDGrameenphone:
		return "7"
	case providers.BDBanglalink:
		return "9"
	case providers.BDRobi:
		return "8"
	case providers.BDAirtel:
		return "6"
	case providers.BDTeletalk:
		return "5"
	}
	return ""
}

// numberTypes is "Number Type" of seeds/ecare.txt.
func numberTypes() map[providers.NumberType]string {
	return map[providers.NumberType]string{
		providers.Prepaid:  "1",
		providers.Postpaid: "2",
		providers.Skitto:   "3",
		providers.Special:  "4", // "PowerLoad/G.Store/Amar Offer"
	}
}

// order is a recharge in ECARE's words: the number national, the amount in whole taka.
type order struct{ operator, numberType, number, amount, reference string }

// query is MRC of seeds/ecare.txt, "Recharge Request API".
func (o order) query() url.Values {
	return url.Values{
		"operator":    {o.operator},
		"number_type": {o.numberType},
		"number":      {o.number},
		"amount":      {o.amount},
		"refid":       {o.reference},
	}
}

// verdict is what a pair STATUS/RECHARGE_STATUS means. Whatever has no row is Unknown.
type verdict struct {
	status providers.Status
	reason providers.Reason
}

// rechargeVerdicts is "Recharge Response" of seeds/ecare.txt. RECEIVED is acceptance, not delivery.
// DUPLICATE may be our own earlier send, so it is no failure. STATUS alone decides nothing: the table of
// general errors pairs OK with "INVALID SERVICE" (providers/ecare.md, "General errors").
func rechargeVerdicts() map[string]verdict {
	return map[string]verdict{
		"OK/RECEIVED":       {providers.Pending, providers.ReasonNone},
		"FAILED/DUPLICATE":  {providers.Unknown, providers.ReasonDuplicate},
		"FAILED/LOWBALANCE": {providers.Refused, providers.ReasonFloatShort},
		"FAILED/FAILED":     {providers.Refused, providers.ReasonRejected},
		"FAILED/REJECT":     {providers.Refused, providers.ReasonCredentials},
		"MAINTENANCE/":      {providers.Unknown, providers.ReasonMaintenance},
	}
}

// statusVerdicts is "Recharge Status Check Response" of seeds/ecare.txt. Only OK speaks of the order;
// FAILED speaks of the question and is never the order's failure.
func statusVerdicts() map[string]verdict {
	return map[string]verdict{
		"OK/SUCCESS":        {providers.Delivered, providers.ReasonNone},
		"OK/FAILED":         {providers.Refused, providers.ReasonRejected},
		"OK/PENDING":        {providers.Pending, providers.ReasonNone},
		"OK/PROCESSING":     {providers.Pending, providers.ReasonNone},
		"FAILED/INVALIDREF": {providers.NotFound, providers.ReasonNone},
		"FAILED/REJECT":     {providers.Unknown, providers.ReasonCredentials},
		"MAINTENANCE/":      {providers.Unknown, providers.ReasonMaintenance},
	}
}

// answer holds the fields of all of ECARE's answers but OFFERPACK's.
type answer struct {
	status, rechargeStatus, message     string
	operator, number, amount, reference string // echoes
	id, serial, mainBalance             string
}

func readAnswer(body []byte) (answer, error) {
	o, err := wire.ParseObject(body)
	if err != nil {
		return answer{}, err
	}
	var a answer
	err = o.Texts(map[string]*string{
		"status": &a.status, "recharge_status": &a.rechargeStatus, "message": &a.message,
		"operator": &a.operator, "number": &a.number, "amount": &a.amount, "refid": &a.reference,
		"trxid": &a.id, "recharge_trxid": &a.serial, "main_balance": &a.mainBalance,
	})
	return a, err
}

// code is the pair that decides, as it is shown to people. MESSAGE decides nothing, ever.
func (a answer) code() string { return a.status + "/" + a.rechargeStatus }

// echoes reports whether the answer speaks of o as far as it says of what it speaks. The document's own
// sample asks for 20 and answers 10. A number that PHP writes as a JSON number has lost its leading zero.
func (a answer) echoes(o order) bool {
	return wire.Same(a.operator, o.operator) && wire.Same(a.reference, o.reference) &&
		wire.SameNumber(a.number, o.number, providers.Bangladesh) && wire.SameAmount(a.amount, o.amount, providers.BDT)
}

// readRecharge reads the answer to MRC.
func readRecharge(status int, body []byte, o order) providers.Result {
	res, a := read(status, body, o, rechargeVerdicts())
	res.UpstreamID = a.id
	return res
}

// readStatus reads the answer to MRCSTATUS. RECHARGE_TRXID is the operator's id; a failed recharge may
// carry one too, so it proves nothing (seeds/ecare.txt).
func readStatus(status int, body []byte, o order) providers.Result {
	res, a := read(status, body, o, statusVerdicts())
	if res.Status == providers.Delivered {
		res.Serial = a.serial
	}
	return res
}

func read(status int, body []byte, o order, verdicts map[string]verdict) (providers.Result, answer) {
	unreadable := providers.Result{Status: providers.Unknown, Reason: providers.ReasonUnreadable}
	a, err := readAnswer(body)
	if err != nil {
		unreadable.Message = err.Error()
		return unreadable, answer{}
	}
	unreadable.Code, unreadable.Message = a.code(), a.message
	v, listed := verdicts[a.code()]
	switch {
	case status != http.StatusOK || !listed:
		return unreadable, answer{}
	case !a.echoes(o):
		unreadable.Reason = providers.ReasonEcho
		return unreadable, answer{}
	}
	return providers.Result{Status: v.status, Reason: v.reason, Code: a.code(), Message: a.message}, a
}

// readBalance reads the answer to BLCK: MAIN_BALANCE "3,500.00". Without an account to speak of, INVALID
// and FAILED are both "Login Failed" (seeds/ecare.txt, "General Error Response").
func readBalance(status int, body []byte) (providers.Money, error) {
	a, err := readAnswer(body)
	switch {
	case status != http.StatusOK:
		return providers.Money{}, fmt.Errorf("HTTP status %d", status)
	case err != nil:
		return providers.Money{}, err
	case a.status == "INVALID" || a.status == "FAILED":
		return providers.Money{}, fmt.Errorf("answer %q: %w", a.code(), providers.ErrCredentials)
	case a.status != "OK":
		return providers.Money{}, fmt.Errorf("answer %q", a.code())
	case a.mainBalance == "":
		return providers.Money{}, errors.New("no MAIN_BALANCE in the answer")
	}
	return providers.ParseMoney(a.mainBalance, providers.BDT)
}
