package simulated

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"rechargebot/providers"
)

// KindSendapi is the dialect of Flexisoftwarebd-style panels, Bangladesh, as seeds/sendapi.txt describes it.
const KindSendapi = "sendapi"

// SendapiPath is where the dialect's three calls are: POST, a form, multipart or urlencoded.
const SendapiPath = "/sendapi"

// sendapi is the dialect. Where the document leaves room:
//   - The header band-key is wanted with every call, also with status, whose section lists none.
//   - Every parameter of the table is wanted, also operator, which the sample omits; codes in capital letters
//     only. An id is taken as it comes, with any blank that it has.
//   - Uniqueness of the id is not said to be enforced, so it is not: the same id sent again is another recharge.
//     Status then tells of the first.
//   - Whatever is not taken is success false with status 2, told apart by prose alone: a wrong login, a wrong
//     field, a float too short, maintenance, and an id that status does not know. Such a 2 is not the failure
//     of an order; an order's state is in an answer with trxid only.
//   - An order that waits has status "0"; one that is with the network has "1" already, but no trxid yet
//     (providers/sendapi.md: success is 1 with a trxid). A failed one has "2", and a trxid all the same.
//   - There is no word for a success that was taken back: it becomes a "2".
//   - Keys have the blank of the sample, the last one too, whose first quote it lost.
//   - The order's own number with the panel is never told, and nothing is echoed; the wrong-echo mood can
//     only put another amount between the two blanks of the sample's message.
type sendapi struct{}

func (sendapi) kind() string     { return KindSendapi }
func (sendapi) manners() manners { return manners{repeats: true} }
func (sendapi) routes() []string {
	return []string{"POST " + SendapiPath + "/request", "POST " + SendapiPath + "/status", "POST " + SendapiPath + "/balance"}
}

func (sendapi) ids(n int, _ time.Time) (id, serial string) {
	return fmt.Sprintf("F%08d", n), fmt.Sprintf("xyx%07d", n)
}

func (sendapi) read(r *http.Request, login func(login, secret string) string) request {
	q, problem := readForm(r)
	out := request{
		call: CallOther, problem: problem,
		reference: q["id"], operator: q["operator"], kind: q["type"], number: q["number"],
	}
	switch strings.TrimPrefix(r.URL.Path, SendapiPath) {
	case "/request":
		out.call = CallRecharge
		out.amount, _ = wholeAmount(q["amount"])
	case "/status":
		out.call = CallStatus
	case "/balance":
		out.call = CallBalance
	}
	switch {
	case r.Header.Get("band-key") != "flexisoftwarebd":
		out.problem = "Wrong Band Key"
		return out
	case problem != "":
		return out
	case out.call == CallRecharge:
		out.problem = sendapiProblem(q)
	}
	out.account = login(q["user"], q["key"])
	return out
}

// sendapiProblem holds a recharge against the table of parameters; "" = it keeps it.
func sendapiProblem(q map[string]string) string {
	switch q["operator"] {
	case "GP", "RB", "AT", "BL", "TT", "SK":
	default:
		return "Invalid Operator"
	}
	if n := q["number"]; len(n) != 11 || !allDigits(n) || !strings.HasPrefix(n, "01") {
		return "Invalid Number"
	}
	switch _, whole := wholeAmount(q["amount"]); {
	case !whole:
		return "Invalid Amount"
	case q["service"] != "64":
		return "Invalid Service"
	case q["type"] != "1" && q["type"] != "2":
		return "Invalid Type"
	case q["id"] == "":
		return "Invalid Id"
	}
	return ""
}

// The answers, each with the keys of its sample.
type (
	sendapiSaid struct {
		Success bool   `json:"success"`
		Status  int    `json:"status"`
		Message string `json:"message"`
	}
	sendapiStatus struct {
		Position    int    `json:"posotion"`
		TrxID       string `json:" trxid"`
		LastBalance string `json:" lastbalance"`
		Status      string `json:" status"`
	}
	sendapiBalance struct {
		Success bool   `json:"success"`
		Status  int    `json:"status"`
		Balance string `json:"balance"`
	}
)

func (sendapi) write(q request, o outcome) answer {
	return asJSON(http.StatusOK, phpContent, sendapiAnswer(q, o))
}

func sendapiAnswer(q request, o outcome) any {
	refused := func(message string) sendapiSaid { return sendapiSaid{false, 2, message} }
	switch o.verdict {
	case saidStranger:
		if q.problem != "" {
			return refused(q.problem)
		}
		return refused("Not User")
	case saidClosed:
		return refused("Server Under Maintenance")
	case saidAccepted:
		amount := "" // only a wrong one is ever said
		if taka, _ := o.order.Amount.Whole(); taka != q.amount {
			amount = strconv.FormatInt(taka, 10)
		}
		return sendapiSaid{true, 1, "Flexiload- " + amount + " Request Submit Successfully"}
	case saidDuplicate:
		return refused("Duplicate Request")
	case saidShort:
		return refused("Low Balance")
	case saidRefused:
		if q.problem != "" {
			return refused(q.problem)
		}
		return refused("Request Failed")
	case saidOrder:
		return sendapiOrder(o)
	case saidNoSuchOrder:
		return refused("Not Found")
	case saidBalance:
		return sendapiBalance{true, 1, wholeOrDecimal(o.float)}
	}
	return refused("Bad Request")
}

func sendapiOrder(o outcome) sendapiStatus {
	out := sendapiStatus{Position: 1, LastBalance: wholeOrDecimal(o.float), Status: "0"}
	switch o.order.Stage {
	case StageProcessing:
		out.Status = "1"
	case StageDelivered:
		out.Status, out.TrxID = "1", o.order.Serial
	case StageFailed, StageReversed:
		out.Status, out.TrxID = "2", o.order.Serial
	}
	return out
}

// wholeOrDecimal writes "102" as the samples do, and "102.50" for what is not whole.
func wholeOrDecimal(m providers.Money) string {
	return strings.TrimSuffix(m.Decimal(), ".00")
}

// garble makes of an answer what the sample of status is: the value of trxid without quotes, and the last
// quote curled by a word processor.
func (sendapi) garble(body string) string {
	if before, rest, found := strings.Cut(body, `" trxid":"`); found {
		value, after, _ := strings.Cut(rest, `"`)
		body = before + `" trxid":` + value + after
	}
	if i := strings.LastIndexByte(body, '"'); i >= 0 {
		body = body[:i] + "\u201d" + body[i+1:]
	}
	return body
}
