package simulated

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"rechargebot/providers"
)

// KindDeeperWeb is the dialect of Deeper Web, India, as seeds/deeperweb.txt describes recharge, and clients of the
// same software the rest (providers/deeperweb.md).
const KindDeeperWeb = "deeperweb"

// DeeperWebPath is the base of the dialect's addresses: HTTP GET, everything in the query.
const DeeperWebPath = "/deeperweb/webservices/api"

// deeperweb is the dialect. Where the document leaves room:
//   - No answer to a reference that comes again is documented, so there is none: it is another recharge. Status
//     then tells of the first. The moods that speak of duplicates say Error, as probably would a real one.
//   - Error has a message and nothing else: wrong data, a wrong login, a float too short, maintenance, and at
//     statusByRefId an order that it does not know, which also is one asked about under another day than
//     India's of its acceptance. Failure is what the network refuses, at once or in the end.
//   - opt_id is told at acceptance already, as in the sample; it is no sign of delivery. What fails keeps it.
//   - An order that waits is Pending at statusByRefId, one that is with the network Accepted: they are the same promise.
//   - rechargeBalance is what recharges are paid from; totalBalance counts two more purses, which never pay for one.
//   - operator is any code of letters and digits: the list is in the member area.
type deeperweb struct{}

func (deeperweb) kind() string     { return KindDeeperWeb }
func (deeperweb) manners() manners { return manners{repeats: true} }
func (deeperweb) routes() []string {
	base := "GET " + DeeperWebPath
	return []string{base + "/recharge", base + "/statusByRefId", base + "/balance", base + "/complain"}
}

func (deeperweb) ids(n int, _ time.Time) (id, serial string) {
	return strconv.Itoa(123455 + n), fmt.Sprintf("ABCDEFGH%05d", 12344+n)
}

func (deeperweb) read(r *http.Request, login func(login, secret string) string) request {
	q, problem := readQuery(r.URL.RawQuery)
	out := request{
		call: CallOther, account: login(q["username"], q["api_token"]), problem: problem,
		reference: q["ref_id"], id: q["txn_id"], operator: q["operator"], number: q["number"],
		extra: map[string]string{"day": q["recharge_date"]},
	}
	switch strings.TrimPrefix(r.URL.Path, DeeperWebPath) {
	case "/recharge":
		out.call = CallRecharge
		out.amount, _ = wholeAmount(q["amount"])
		if problem == "" {
			out.problem = deeperwebProblem(out)
		}
	case "/statusByRefId":
		out.call = CallStatus
	case "/balance":
		out.call = CallBalance
	case "/complain":
		out.call = CallComplain
		if q["reason"] == "" {
			out.problem = "no reason"
		}
	}
	return out
}

// deeperwebProblem holds a recharge against the table of parameters; "" = it keeps it.
func deeperwebProblem(q request) string {
	switch {
	case !indianMobile(q.number):
		return "Invalid number"
	case q.amount == 0:
		return "Invalid amount"
	case q.operator == "" || strings.Trim(q.operator, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "":
		return "Invalid operator"
	case q.reference == "":
		return "Invalid ref_id"
	}
	return ""
}

// The answers; every value is text, as in the sample.
type (
	deeperwebError struct {
		Status  string `json:"status"`
		Message string `json:"message"`
	}
	deeperwebOrder struct {
		Status   string `json:"status"`
		Number   string `json:"number"`
		Amount   string `json:"amount"`
		Operator string `json:"operator"`
		RefID    string `json:"ref_id"`
		TxnID    string `json:"txn_id"`
		OptID    string `json:"opt_id"`
		Balance  string `json:"balance"`
		Message  string `json:"message"`
	}
	deeperwebBalance struct {
		Status          string `json:"status"`
		TotalBalance    string `json:"totalBalance"`
		RechargeBalance string `json:"rechargeBalance"`
		UtilityBalance  string `json:"utilityBalance"`
		AEPSBalance     string `json:"aepsBalance"`
		Message         string `json:"message"`
	}
	deeperwebComplaint struct {
		Status     string `json:"status"`
		ComplainID string `json:"complain_id"`
		Message    string `json:"message"`
	}
)

func (deeperweb) write(q request, o outcome) answer {
	return asJSON(http.StatusOK, phpContent, deeperwebAnswer(q, o))
}

func deeperwebAnswer(q request, o outcome) any {
	wrong := func(message string) deeperwebError { return deeperwebError{"Error", message} }
	switch o.verdict {
	case saidStranger:
		return wrong("Invalid username or api_token")
	case saidClosed:
		return wrong("Server is under maintenance")
	case saidAccepted:
		return deeperwebSays(q, o, "Accepted", "Recharge request accepted.")
	case saidDuplicate:
		return wrong("Duplicate ref_id")
	case saidShort:
		return wrong("Insufficient balance")
	case saidRefused:
		if q.problem != "" {
			return wrong(q.problem)
		}
		return deeperwebOrder{Status: "Failure", Number: q.number, Amount: strconv.FormatInt(q.amount, 10), Operator: q.operator,
			RefID: q.reference, Message: "Recharge rejected by operator."}
	case saidOrder:
		if q.extra["day"] != o.order.Accepted.In(india()).Format(time.DateOnly) {
			return wrong("Transaction not found")
		}
		return deeperwebSays(q, o, "Pending", "Recharge is pending.")
	case saidNoSuchOrder:
		return wrong("Transaction not found")
	case saidBalance:
		total := o.float
		total.Minor += 150_00
		return deeperwebBalance{"Ok", total.Decimal(), o.float.Decimal(), "50.00", "100.00", "Balance fetched"}
	case saidComplaint:
		if q.problem != "" {
			return wrong(q.problem)
		}
		return deeperwebComplaint{"Accepted", "C" + o.order.ID, "Complain accepted."}
	}
	return wrong("Invalid request")
}

// india is the zone whose days statusByRefId counts.
func india() *time.Location { return time.FixedZone("IST", 5*60*60+30*60) }

// deeperwebSays words an order as it stands; one that has only been taken on has the word of the call.
func deeperwebSays(q request, o outcome, waiting, message string) deeperwebOrder {
	rupees, _ := o.order.Amount.Whole()
	out := deeperwebOrder{
		Status: waiting, Number: o.order.Number, Amount: strconv.FormatInt(rupees, 10), Operator: o.order.Operator, RefID: q.reference,
		TxnID: o.order.ID, OptID: o.order.Serial, Balance: o.float.Decimal(), Message: message,
	}
	if o.order.Stage != StagePending {
		out.Status, out.Message = deeperwebWord(o.order.Stage), "Recharge "+string(o.order.Stage)+"."
	}
	return out
}

func deeperwebWord(stage Stage) string {
	switch stage {
	case StagePending:
		return "Pending"
	case StageProcessing:
		return "Accepted"
	case StageDelivered:
		return "Success"
	case StageReversed:
		return "Refunded"
	}
	return "Failure"
}

// postback is the call of the family's clients: a GET whose names are in other letters than the API's.
func (deeperweb) postback(o Order, float providers.Money) postback {
	rupees, _ := o.Amount.Whole()
	return postback{query: url.Values{
		"number": {o.Number}, "amount": {strconv.FormatInt(rupees, 10)}, "txnId": {o.ID}, "refId": {o.Reference}, "status": {deeperwebWord(o.Stage)},
		"operatorId": {o.Serial}, "operatorCode": {o.Operator}, "balance": {float.Decimal()},
	}}
}
