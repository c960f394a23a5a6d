package sendapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"rechargebot/providers"
	"rechargebot/providers/wire"
)

// Constants of seeds/sendapi.txt, "Recharge Request". In every known sample 64 is the recharge of a
// mobile number (providers/sendapi.md, "Calls"); a panel that differs says so in its settings.
const (
	serviceCode = "64"
	bandKey     = "flexisoftwarebd"
)

// operatorCode is the row "operator" of seeds/sendapi.txt, where the configuration names no other. Lower
// case is in use too (providers/sendapi.md, public client code); we send what the document has. Skitto is
// an operator here, however it was chosen: Grameenphone's code would recharge the wrong account.
func operatorCode(c providers.Config, s providers.Service) string {
	if own, ok := c.OperatorCodes[s]; ok {
		return strings.TrimSpace(own)
	}
	if s.Type == providers.Skitto {
		s.Operator = providers.BDSkitto
	}
	if code, ok := c.OperatorCode(s); ok {
		return code
	}
	switch s.Operator {
	case providers.BDGrameenphone:
		return "GP"
	case providers.BDRobi:
		return "RB"
	case providers.BDAirtel:
		return "AT"
	case providers.BDBanglalink:
		return "BL"
	case providers.BDTeletalk:
		return "TT"
	case providers.BDSkitto:
		return "SK"
	}
	return ""
}

// numberTypes is the row "type" of seeds/sendapi.txt, which knows prepaid and postpaid only. Skitto is
// sold prepaid, so it goes with 1 (inferred; the 3 of other panels is not this document's).
func numberTypes() map[providers.NumberType]string {
	return map[providers.NumberType]string{providers.Prepaid: "1", providers.Postpaid: "2", providers.Skitto: "1"}
}

// order is a recharge in the panel's words: the number national, the amount in whole taka.
type order struct{ service, operator, numberType, number, amount, reference string }

// fields is "Recharge Request Parameters" of seeds/sendapi.txt. The sample program leaves operator out,
// the table has it.
func (o order) fields() url.Values {
	return url.Values{
		"number": {o.number}, "service": {o.service}, "amount": {o.amount}, "type": {o.numberType},
		"id": {o.reference}, "operator": {o.operator},
	}
}

// answer holds the fields of all of the panel's answers. posotion says nothing that we need; lastbalance
// is our float and concerns nobody who asks about an order, so neither is read. about tells that
// the answer has the shape of one about an order.
type answer struct {
	success, status, message string
	serial, balance          string
	about                    bool
}

func readAnswer(body []byte) (answer, error) {
	o, err := wire.ParseObject(body)
	if err != nil {
		return answer{}, err
	}
	var a answer
	err = o.Texts(map[string]*string{
		"success": &a.success, "status": &a.status, "message": &a.message, "trxid": &a.serial, "balance": &a.balance,
	})
	for _, key := range []string{"trxid", "lastbalance", "posotion", "position"} {
		_, there := o[key]
		a.about = a.about || there
	}
	return a, err
}

// code is the pair that decides, as it is shown to people.
func (a answer) code() string { return a.success + "/" + a.status }

// readRecharge reads the answer to request (seeds/sendapi.txt, "Recharge Request"). 1 means submitted, not
// delivered: "Request Submit Successfully". 2 is the one refusal, whatever its reason. No answer to a
// repeated id is documented, so it would be a 2 as well; that one speaks of an order that they have and
// refuses nothing. Ours are sent once, but something on the way may repeat a POST. That, and the
// reason that people read ("Not User" in the document's sample), are what the message is heard for; it never
// makes a verdict.
func readRecharge(status int, body []byte) providers.Result {
	a, err := readAnswer(body)
	res := providers.Result{Status: providers.Unknown, Reason: providers.ReasonUnreadable, Code: a.code(), Message: a.message}
	switch {
	case err != nil:
		return providers.Result{Status: providers.Unknown, Reason: providers.ReasonUnreadable, Message: err.Error()}
	case status != http.StatusOK:
	case a.code() == "true/1":
		res.Status, res.Reason = providers.Pending, providers.ReasonNone
	case a.code() == "false/2" && wire.SpeaksOfRepeat(a.message):
		res.Reason = providers.ReasonDuplicate
	case a.code() == "false/2":
		res.Status, res.Reason = providers.Refused, wire.ReasonIn(a.message)
	}
	return res
}

// readStatus reads the answer to status (seeds/sendapi.txt, "Recharge status", whose sample cannot even be
// read). Clients take 1 for delivered, 2 for failed and go on waiting otherwise; an older one waits for a
// trxid (providers/sendapi.md, public client code). Delivered is what both of them believe. How the panel
// answers to an unknown id or a wrong key is undocumented: what does not look like an answer about an
// order, or says success=false, speaks of the question. reference is ours, by which was asked.
func readStatus(status int, body []byte, reference string) providers.Result {
	a, err := readAnswer(body)
	res := providers.Result{Status: providers.Unknown, Reason: providers.ReasonUnreadable, Code: a.code(), Message: a.message}
	switch {
	case err != nil:
		return providers.Result{Status: providers.Unknown, Reason: providers.ReasonUnreadable, Message: err.Error()}
	case status != http.StatusOK || !a.about || a.success != "" && a.success != "true":
	case a.status == "1" && serial(a.serial, reference):
		res.Status, res.Reason, res.Serial = providers.Delivered, providers.ReasonNone, a.serial
	case a.status == "1":
		res.Status, res.Reason = providers.Pending, providers.ReasonNone
	case a.status == "2":
		res.Status, res.Reason = providers.Refused, providers.ReasonRejected
	}
	return res
}

// serial reports whether text can be a network's transaction id. Programs write "no id yet" as 0, -1, false
// or null as often as they leave it empty, or in words ("In Queue", "Processing...", "N/A."), or repeat our
// reference there. So it holds no blank, a bare number needs four digits and a word three letters; the
// document's own sample has nine letters.
func serial(text, reference string) bool {
	core := strings.ToLower(strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return c
		}
		return -1
	}, text))
	number := json.Valid([]byte(text)) // of scalars only numbers and placeholders are JSON without quotes
	switch {
	case len(core) < 3, number && len(text) < 4, strings.Trim(core, "0") == "":
		return false
	case strings.ContainsFunc(text, unicode.IsSpace), strings.HasSuffix(text, ".."), strings.HasSuffix(text, "…"), strings.EqualFold(text, reference):
		return false
	}
	return !slices.Contains([]string{
		"null", "nil", "none", "true", "false", "undefined", "unknown", "notfound", "notavailable", "empty", "error", "failed", "success",
		"pending", "waiting", "wait", "queue", "queued", "inqueue", "processing", "process", "inprocess", "inprogress", "submitted", "sent", "accepted", "received",
	}, core)
}

// readBalance reads the answer to balance: "102". The question holds nothing but our credentials, so its
// refusal is theirs.
func readBalance(status int, body []byte) (providers.Money, error) {
	a, err := readAnswer(body)
	switch {
	case status != http.StatusOK:
		return providers.Money{}, fmt.Errorf("HTTP status %d", status)
	case err != nil:
		return providers.Money{}, err
	case a.success == "false" && a.status != "1":
		return providers.Money{}, fmt.Errorf("answer %q: %w", a.code(), providers.ErrCredentials)
	case a.code() != "true/1":
		return providers.Money{}, fmt.Errorf("answer %q", a.code())
	case a.balance == "":
		return providers.Money{}, errors.New("no balance in the answer")
	}
	return providers.ParseMoney(a.balance, providers.BDT)
}
