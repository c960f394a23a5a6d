package simulated

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"rechargebot/providers"
)

// KindECARE is the dialect of ECARE Technology, Bangladesh, as seeds/ecare.txt (version 2021.11.20.007)
// describes it and captures of its clients show it (providers/ecare.md).
const KindECARE = "ecare"

// ECAREPath is the one address of the dialect: HTTP GET, everything in the query.
const ECAREPath = "/ecare/recharge_api_thirdparty.php"

// ecare is the dialect. Where the document leaves room:
//   - The answers are JSON whose values are all strings, as in captures. The content type is the one that a PHP
//     script has when it sets none. An empty cell of a table is an empty string.
//   - The table of general errors is read by column, as printed: an unknown service is answered with STATUS "OK".
//   - MRC words a refused login as in its own table; the other services as in the general one.
//   - An order that breaks the document's rules is FAILED/FAILED. The document has no limits of amount, so
//     there are none here.
//   - There is no word for a success that was taken back: its status is a FAILED that still has its
//     RECHARGE_TRXID, as the sample of FAILED has.
//   - The whole amount is drawn on MAIN_BALANCE; the commission is only told.
type ecare struct{}

func (ecare) kind() string     { return KindECARE }
func (ecare) routes() []string { return []string{"GET " + ECAREPath} }
func (ecare) manners() manners { return manners{} }

// ids have the shapes of a capture ("E160226MRC15602022") and of the document ("MTS2336355464").
func (ecare) ids(n int, now time.Time) (id, serial string) {
	return fmt.Sprintf("E%sMRC%08d", now.UTC().Format("020106"), 15602021+n), fmt.Sprintf("MTS%010d", 2336355463+n)
}

const noLogin = "no login given"

func (ecare) read(r *http.Request, login func(login, secret string) string) request {
	q, problem := readQuery(r.URL.RawQuery)
	out := request{
		call: CallOther, account: login(q["access_id"], q["access_pass"]), problem: problem,
		reference: q["refid"], operator: q["operator"], kind: q["number_type"], number: q["number"],
	}
	switch q["service"] {
	case "MRC":
		out.call = CallRecharge
		out.amount, _ = wholeAmount(q["amount"])
	case "MRCSTATUS":
		out.call = CallStatus
	case "BLCK":
		out.call = CallBalance
	case "OFFERPACK":
		out.call = CallOffers
	}
	switch {
	case out.problem != "":
	case q["access_id"] == "" || q["access_pass"] == "":
		out.problem = noLogin
	case out.call == CallRecharge:
		out.problem = ecareProblem(q)
	}
	return out
}

// ecareProblem holds an MRC against the document's rules; "" = it keeps them.
func ecareProblem(q map[string]string) string {
	switch q["operator"] {
	case "3", "7", "4", "9", "8", "6", "5": // Grameenphone 3/7, Banglalink 4/9, Robi 8, Airtel 6, TeleTalk 5
	default:
		return "operator is not in the document"
	}
	switch q["number_type"] {
	case "1", "2", "3", "4": // prepaid, postpaid, Skitto, PowerLoad
	default:
		return "number_type is not 1 to 4"
	}
	if n := q["number"]; len(n) != 11 || !allDigits(n) || !strings.HasPrefix(n, "01") {
		return "number is not 11 digits from 01"
	}
	if _, ok := wholeAmount(q["amount"]); !ok {
		return "amount is not a whole number above zero"
	}
	if q["refid"] == "" {
		return "there is no refid"
	}
	return ""
}

// The answers, each field a cell of the document's table.
type (
	ecareError struct{ STATUS, MESSAGE string }
	ecareMRC   struct {
		STATUS, RECHARGE_STATUS, OPERATOR, NUMBER, AMOUNT, TRXID, MESSAGE string
	}
	ecareStatus  struct{ STATUS, RECHARGE_STATUS, RECHARGE_TRXID, MESSAGE string }
	ecareBalance struct {
		STATUS, MAIN_BALANCE, STOCK_BALANCE, COMMISSION_TYPE, COMMISSION_RATE, MESSAGE string
	}
)

func (ecare) write(q request, o outcome) answer {
	return asJSON(http.StatusOK, phpContent, ecareAnswer(q, o))
}

func ecareAnswer(q request, o outcome) any {
	switch o.verdict {
	case saidClosed:
		return ecareError{"MAINTENANCE", "Server Maintenance Mode Running, Try After Sometime"}
	case saidStranger:
		switch {
		case q.call == CallRecharge:
			return ecareMRC{STATUS: "FAILED", RECHARGE_STATUS: "REJECT", MESSAGE: "Sorry! Invalid Credentials."}
		case q.problem == noLogin:
			return ecareError{"FAILED", "Login Failed"}
		}
		return ecareError{"INVALID", "Login Failed, Invalid Credential"}
	case saidAccepted:
		taka, _ := o.order.Amount.Whole()
		return ecareMRC{"OK", "RECEIVED", o.order.Operator, o.order.Number, strconv.FormatInt(taka, 10), o.order.ID, "Your Mobile Recharge Request Received."}
	case saidDuplicate:
		return ecareMRC{STATUS: "FAILED", RECHARGE_STATUS: "DUPLICATE", MESSAGE: "Duplicate Reference or Duplicate Recharge Request"}
	case saidShort:
		return ecareMRC{STATUS: "FAILED", RECHARGE_STATUS: "LOWBALANCE", MESSAGE: "Insufficient Wallet Balance"}
	case saidRefused:
		return ecareMRC{STATUS: "FAILED", RECHARGE_STATUS: "FAILED", MESSAGE: "Recharge Request Failed."}
	case saidOrder:
		return ecareOrder(o)
	case saidNoSuchOrder:
		return ecareStatus{STATUS: "FAILED", RECHARGE_STATUS: "INVALIDREF", MESSAGE: "Sorry! Invalid Reference"}
	case saidBalance:
		return ecareBalance{"OK", ecareMoney(o.float), "30.00", "Prepaid", "3.00", "Balance Equerry Success"}
	case saidOffers:
		return ecareOffers()
	}
	return ecareError{"OK", "INVALID SERVICE"}
}

// ecareOrder words MRCSTATUS. The texts are of the kind that misleads who reads them: our remaining
// balance in a success (as in captures), words of success in a failure.
func ecareOrder(o outcome) ecareStatus {
	order, taka := o.order, o.order.Amount.Decimal()
	switch order.Stage {
	case StagePending:
		return ecareStatus{STATUS: "OK", RECHARGE_STATUS: "PENDING"}
	case StageProcessing:
		return ecareStatus{STATUS: "OK", RECHARGE_STATUS: "PROCESSING"}
	case StageDelivered:
		return ecareStatus{"OK", "SUCCESS", order.Serial,
			fmt.Sprintf("Recharge %s Tk to %s is successful. TrxID %s. C/B Tk %s", taka, order.Number, order.Serial, ecareMoney(o.float))}
	case StageReversed:
		return ecareStatus{"OK", "FAILED", order.Serial,
			fmt.Sprintf("Recharge %s Tk to %s was successful. TrxID %s. Refund done. C/B Tk %s", taka, order.Number, order.Serial, ecareMoney(o.float))}
	}
	return ecareStatus{"OK", "FAILED", order.Serial,
		fmt.Sprintf("Sorry, the status SUCCESS was not received for %s Tk to %s. Balance returned successfully. C/B Tk %s", taka, order.Number, ecareMoney(o.float))}
}

// ecareMoney writes a balance with commas between the thousands, "3,500.00".
func ecareMoney(m providers.Money) string {
	whole, frac, _ := strings.Cut(m.Decimal(), ".")
	sign := ""
	if rest, negative := strings.CutPrefix(whole, "-"); negative {
		sign, whole = "-", rest
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return sign + whole + "." + frac
}
