package simulated

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// KindBOS is the dialect of BOS Center, India, as seeds/bos.txt describes DoRecharge, and other pages of its
// site the rest (providers/bos.md).
const KindBOS = "bos"

// BOSPath is the base of the dialect's addresses: POST of JSON with a Bearer token.
const BOSPath = "/bos/api/BOS"

// bos is the dialect. Where the documents leave room:
//   - Login is the RegisterID and Secret the token of the moment (SetSecret renews it); both have to fit. Whatever
//     does not is code 16 with HTTP 401. How a token is signed for is in no document, so a token is only compared.
//   - The samples of failures are not paired with 401 and 412. Here everything but success and a failed login is 412.
//   - Names are read in any letters, as ASP.NET does; but DoRecharge wants RegisterID and RechargesStatus
//     registrationID. Types are those of the sample: operator and amount numbers in digits, the rest text.
//     referenceid is digits, at most 18.
//   - The only code of success is 1. An order that has not ended is status true with code 0, and without operatorid.
//     It is answered with 1 only when it is delivered at once, and one that fails at once with false and 5.
//   - Codes but 1, 11, 15 and 16 are borrowed from the upstream behind BOS: 2 not found, 3 maintenance, 4 wrong
//     fields, 5 refused, also for a float too short, told apart by prose alone.
//   - RechargesStatus says responsecode without underscore, as its page does, also in its failures but that of the
//     login; responsecode 1 and status true mean that the order was found. Its own state is data.status, text as
//     all of data: "1" success, "0" failed, "2" waits. The page of the twin for FASTag has data.
//   - A success that was taken back stays "1", and data.refunded becomes "1".
//   - The message of DoRecharge is prose with names and an amount.
//   - There is no call for the balance.
type bos struct{}

func (bos) kind() string     { return KindBOS }
func (bos) manners() manners { return manners{} }
func (bos) routes() []string {
	return []string{"POST " + BOSPath + "/DoRecharge", "POST " + BOSPath + "/RechargesStatus"}
}

func (bos) ids(n int, _ time.Time) (id, serial string) {
	return strconv.Itoa(11224445564 + n), strconv.Itoa(1111122232 + n)
}

func (bos) read(r *http.Request, login func(login, secret string) string) request {
	body, problem := readJSON(r)
	body = body.folded()
	out := request{call: CallStatus, problem: problem}
	registered := "registrationid"
	if strings.HasSuffix(r.URL.Path, "/DoRecharge") {
		out.call, registered = CallRecharge, "registerid"
	}
	name, _ := body.text(registered)
	out.account = login(name, bearer(r))
	out.reference, _ = body.text("referenceid")
	if out.call == CallRecharge && problem == "" {
		out.number, _ = body.text("canumber")
		out.operator = body.digits("operator")
		out.amount, _ = wholeAmount(body.digits("amount"))
		out.problem = bosProblem(out)
	}
	return out
}

// bosProblem holds a recharge against the body parameters; "" = it keeps them.
func bosProblem(q request) string {
	switch {
	case !indianMobile(q.number):
		return "canumber is not valid"
	case q.operator == "":
		return "operator is not valid"
	case q.amount == 0:
		return "amount is not valid"
	case q.reference == "" || len(q.reference) > 18 || !allDigits(q.reference):
		return "referenceid is not valid"
	}
	return ""
}

// The answers. A number that is a text here is one there.
type (
	bosSaid struct {
		Status  bool   `json:"status"`
		Code    int    `json:"response_code"`
		Message string `json:"message"`
	}
	bosTaken struct {
		Status     bool        `json:"status"`
		Code       int         `json:"response_code"`
		OperatorID json.Number `json:"operatorid,omitempty"`
		AckNo      string      `json:"ackno"`
		Message    string      `json:"message"`
	}
	bosFound struct {
		Code    int      `json:"responsecode"`
		Status  bool     `json:"status"`
		Data    *bosData `json:"data,omitempty"`
		Message string   `json:"message"`
	}
	bosData struct {
		TxnID        string  `json:"txnid"`
		OperatorName string  `json:"operatorname"`
		CANumber     string  `json:"canumber"`
		Amount       string  `json:"amount"`
		Comm         string  `json:"comm"`
		TDS          string  `json:"tds"`
		Status       string  `json:"status"`
		RefID        string  `json:"refid"`
		OperatorID   string  `json:"operatorid"`
		DateAdded    string  `json:"dateadded"`
		Refunded     string  `json:"refunded"`
		RefundTxnID  string  `json:"refundtxnid"`
		DateRefunded *string `json:"daterefunded"`
	}
)

func (bos) write(q request, o outcome) answer {
	const content = "application/json; charset=utf-8"
	switch o.verdict {
	case saidStranger:
		return asJSON(http.StatusUnauthorized, content, bosSaid{false, 16, "Authentication failed"})
	case saidOrder:
		return asJSON(http.StatusOK, content, bosFound{1, true, bosOrder(o.order), "Transaction fetched"})
	case saidAccepted:
		if taken, ok := bosAccepted(o.order); ok {
			return asJSON(http.StatusOK, content, taken)
		}
	}
	code, message := bosRefusal(q, o)
	if q.call == CallStatus {
		return asJSON(http.StatusPreconditionFailed, content, bosFound{Code: code, Message: message})
	}
	return asJSON(http.StatusPreconditionFailed, content, bosSaid{false, code, message})
}

func bosRefusal(q request, o outcome) (code int, message string) {
	switch {
	case o.verdict == saidClosed:
		return 3, "Service is under maintenance"
	case o.verdict == saidDuplicate:
		return 11, "Duplicate Transaction"
	case o.verdict == saidShort:
		return 5, "Insufficient fund in your account"
	case o.verdict == saidNoSuchOrder:
		return 2, "No transaction found"
	case o.verdict == saidRefused && q.problem != "":
		return 4, q.problem
	}
	return 5, "Unable to process the transaction"
}

// bosAccepted words an order that was taken on; false when it has failed already.
func bosAccepted(o Order) (bosTaken, bool) {
	rupees, _ := o.Amount.Whole()
	about := fmt.Sprintf("Recharge for %s of Amount %d is ", o.Operator, rupees)
	switch o.Stage {
	case StageFailed:
		return bosTaken{}, false
	case StageDelivered, StageReversed:
		return bosTaken{true, 1, json.Number(o.Serial), o.ID, about + "successful"}, true
	}
	return bosTaken{Status: true, AckNo: o.ID, Message: about + "under process"}, true
}

// bosOrder is the state of an order.
func bosOrder(o Order) *bosData {
	rupees, _ := o.Amount.Whole()
	out := &bosData{
		TxnID: o.ID, OperatorName: o.Operator, CANumber: o.Number, Amount: strconv.FormatInt(rupees, 10), Comm: "0", TDS: "0", Status: "2",
		RefID: o.Reference, DateAdded: o.Accepted.In(india()).Format(time.DateTime), Refunded: "0",
	}
	switch o.Stage {
	case StageDelivered:
		out.Status, out.OperatorID = "1", o.Serial
	case StageReversed:
		back := o.Settles.Add(o.ReversedAfter).In(india()).Format(time.DateTime)
		out.Status, out.OperatorID, out.Refunded, out.RefundTxnID, out.DateRefunded = "1", o.Serial, "1", "R"+o.ID, &back
	case StageFailed:
		out.Status = "0"
	}
	return out
}

// garble makes of an answer what the samples of requests are: two commas after the first member, and one after the last.
func (bos) garble(body string) string {
	return strings.TrimSuffix(strings.Replace(body, ",", ",,", 1), "}") + ",\n}"
}
