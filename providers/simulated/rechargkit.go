package simulated

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"rechargebot/providers"
)

// KindRechargkit is the dialect of RechargKit, India, as seeds/rechargkit.txt describes it and its other pages
// and clients show it (providers/rechargkit.md).
const KindRechargkit = "rechargkit"

// RechargkitPath is the base of the dialect's addresses: JSON by POST, or GET, with a Bearer token.
const RechargkitPath = "/rechargkit"

// rechargkit is the dialect. Where the documents leave room:
//   - The token alone says who speaks. A wrong one, and a wrong method, is HTTP 401 and access denied, as a client
//     reports of GET for statusCheck; everything else is 200.
//   - Types are those of the table, not of the sample: numbers in digits alone and without quotes, also
//     recharge_type; the reference is text of letters, digits and hyphens, at most 36. user_var1 to 3 have to be
//     there and may be empty; they are sent back.
//   - error 1 is everything that is not processed, told apart by prose alone: duplicates, wrong fields, a float
//     too short, maintenance, an order that statusCheck does not know. None of these has a status.
//   - An order that is with the network has status 4: any status but 1 to 3 is on hold, says the page of statusCheck.
//   - status is a number at recharge, as in its sample, and text at statusCheck, where the page has it so.
//   - There is no word for a success that was taken back: it becomes a 3 that keeps its optransid.
//   - No amount is echoed. partnerreqid is echoed at recharge only, as one page's sample does without it.
//   - wallet_amount is a number with two places.
//   - The call back is a POST of JSON with the fields of the one known model, whose opttranid is spelt otherwise.
type rechargkit struct{}

func (rechargkit) kind() string     { return KindRechargkit }
func (rechargkit) manners() manners { return manners{nameless: true} }
func (rechargkit) routes() []string {
	var out []string
	for path := range rechargkitCalls() {
		out = append(out, RechargkitPath+path)
	}
	return out
}

func (rechargkit) ids(n int, _ time.Time) (id, serial string) {
	return fmt.Sprintf("da9842e1-f561-4728-827b-%012x", 0xac4dd2934d67+n), fmt.Sprintf("BR000A%06d", n)
}

// rechargkitCall is one address.
type rechargkitCall struct {
	method string
	call   Call
}

func rechargkitCalls() map[string]rechargkitCall {
	return map[string]rechargkitCall{
		"/recharge/prepaid":                  {http.MethodPost, CallRecharge},
		"/recharge/postpaid":                 {http.MethodPost, CallRecharge},
		"/recharge/statusCheck":              {http.MethodPost, CallStatus},
		"/recharge/balanceCheck":             {http.MethodGet, CallBalance},
		"/recharge/prepaidPlanFetch":         {http.MethodPost, CallOffers},
		"/recharge/servicewiseOperatorFetch": {http.MethodGet, CallCodes},
	}
}

func (rechargkit) read(r *http.Request, login func(login, secret string) string) request {
	path := strings.TrimPrefix(r.URL.Path, RechargkitPath)
	want := rechargkitCalls()[path]
	if r.Method != want.method {
		_, _ = readBody(r)
		return request{call: CallOther, problem: "access denied: " + r.Method}
	}
	out := request{call: want.call, account: login("", bearer(r)), extra: map[string]string{}}
	var body fields
	if want.method == http.MethodPost {
		body, out.problem = readJSON(r)
	}
	out.reference, _ = body.text("partner_request_id")
	switch {
	case out.problem != "":
	case want.call == CallRecharge:
		out.kind = strings.TrimPrefix(path, "/recharge/")
		out.number, out.operator = body.digits("mobile_no"), body.digits("operator_code")
		out.amount, _ = wholeAmount(body.digits("amount"))
		for _, key := range []string{"user_var1", "user_var2", "user_var3"} {
			out.extra[key], _ = body.text(key)
		}
		out.problem = rechargkitProblem(body, out)
	case want.call == CallOffers:
		if out.extra["circle"] = body.digits("circle"); out.extra["circle"] == "" || body.digits("operator_code") == "" {
			out.problem = "operator_code and circle are required"
		}
	case want.call == CallCodes:
		q, problem := readQuery(r.URL.RawQuery)
		out.extra["category"], out.problem = q["operator_category"], problem
	}
	return out
}

// rechargkitProblem holds a recharge against the table of parameters; "" = it keeps it.
func rechargkitProblem(body fields, q request) string {
	switch {
	case !indianMobile(q.number):
		return "mobile_no is not valid"
	case q.operator == "":
		return "operator_code is not valid"
	case q.amount == 0:
		return "amount is not valid"
	case q.reference == "" || len(q.reference) > 36 || strings.Trim(strings.ToLower(q.reference), "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return "partner_request_id is not valid"
	case body.digits("circle") == "":
		return "circle is not valid"
	case body.digits("recharge_type") != "1":
		return "recharge_type is not valid"
	}
	if dest, _ := body.text("dest"); body["dest"] != nil && dest != "online" && dest != "offline" {
		return "dest is not valid"
	}
	for _, key := range []string{"user_var1", "user_var2", "user_var3"} {
		if _, ok := body.text(key); !ok {
			return key + " is required"
		}
	}
	return ""
}

// The answers. commission is a float in the documents; here it never is one.
type (
	rechargkitError struct {
		Error int    `json:"error"`
		Msg   string `json:"msg"`
	}
	rechargkitTaken struct {
		rechargkitError
		Status       int         `json:"status"`
		OrderID      string      `json:"orderid"`
		OpTransID    string      `json:"optransid"`
		PartnerReqID string      `json:"partnerreqid"`
		Commission   json.Number `json:"commission"`
		UserVar1     string      `json:"user_var1"`
		UserVar2     string      `json:"user_var2"`
		UserVar3     string      `json:"user_var3"`
	}
	rechargkitStatus struct {
		rechargkitError
		Status     string      `json:"status"`
		OrderID    string      `json:"orderid"`
		OpTransID  string      `json:"optransid"`
		Commission json.Number `json:"commission"`
	}
	rechargkitBalance struct {
		rechargkitError
		WalletAmount json.Number `json:"wallet_amount"`
	}
)

func (rechargkit) write(q request, o outcome) answer {
	status := http.StatusOK
	if o.verdict == saidStranger {
		status = http.StatusUnauthorized
	}
	return asJSON(status, "application/json; charset=utf-8", rechargkitAnswer(q, o))
}

func rechargkitAnswer(q request, o outcome) any {
	refused := func(msg string) rechargkitError { return rechargkitError{1, msg} }
	switch o.verdict {
	case saidStranger:
		return refused("access denied.")
	case saidClosed:
		return refused("Service is under maintenance, please try again")
	case saidAccepted:
		code, msg, optransid, commission := rechargkitStage(o.order)
		return rechargkitTaken{rechargkitError{0, msg}, code, o.order.ID, optransid, o.order.Reference, commission,
			q.extra["user_var1"], q.extra["user_var2"], q.extra["user_var3"]}
	case saidDuplicate:
		return refused("Duplicate order, Order ID must be unique")
	case saidShort:
		return refused("Insufficient wallet balance")
	case saidRefused:
		if q.problem != "" {
			return refused(q.problem)
		}
		return refused("order could not be processed")
	case saidOrder:
		code, msg, optransid, commission := rechargkitStage(o.order)
		return rechargkitStatus{rechargkitError{0, msg}, fmt.Sprint(code), o.order.ID, optransid, commission}
	case saidNoSuchOrder:
		return refused("order not found")
	case saidBalance:
		return rechargkitBalance{rechargkitError{0, "success"}, json.Number(o.float.Decimal())}
	case saidOffers, saidCodes:
		return rechargkitList(q)
	}
	return refused("access denied.")
}

// rechargkitStage is the code of an order with what goes with it.
func rechargkitStage(o Order) (code int, msg, optransid string, commission json.Number) {
	switch o.Stage {
	case StagePending:
		return 2, "order in queue", "", "0"
	case StageProcessing:
		return 4, "order on hold", "", "0"
	case StageDelivered:
		return 1, "success", o.Serial, "0.35"
	case StageReversed:
		return 3, "success reversed", o.Serial, "0"
	}
	return 3, "failure", "", "0"
}

// garble makes of an answer what the samples are: msg without quotes, and a comma after the last member.
func (rechargkit) garble(body string) string {
	if before, rest, found := strings.Cut(body, `"msg":"`); found {
		value, after, _ := strings.Cut(rest, `"`)
		body = before + `"msg":` + value + after
	}
	return strings.TrimSuffix(body, "}") + ",\n}"
}

// postback is the call of the one known model: pid is our partner_request_id.
func (rechargkit) postback(o Order, _ providers.Money) postback {
	code, _, optransid, commission := rechargkitStage(o)
	return postback{body: struct {
		Status     int         `json:"status"`
		OrderID    string      `json:"orderid"`
		OptTranID  string      `json:"opttranid"`
		PID        string      `json:"pid"`
		Commission json.Number `json:"commission"`
	}{code, o.ID, optransid, o.Reference, commission}}
}
