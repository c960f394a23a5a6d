package simulated_test

import (
	"fmt"
	"maps"
	"net/url"
	"strings"

	"rechargebot/providers/simulated"
)

// tongue is how a test speaks one dialect, and what it expects to hear. References are digits, because one
// dialect takes nothing else. Answers are those of says, or a part of them.
type tongue struct {
	account  simulated.Account
	repeats  bool // a reference that comes again is another recharge
	recharge func(ref string, amount int) call
	status   func(ref string) call
	balance  func() call // nil = there is none
	low      string      // what balance says of a float of nothing

	accepted, duplicate, short, refused, closed, stranger string
	pending, processing, delivered, failed, reversed      string // of status
	unknown                                               string // reference
	echo                                                  string // what only the wrong echo of an order of 20 says
}

func withToken(c call, token string) call {
	c.header = map[string]string{"Content-Type": "application/json", "Authorization": "Bearer " + token}
	return c
}

// with is the call with another password or token, wherever it has it.
func (c call) with(old, secret string) call {
	c.path = strings.Replace(c.path, "="+old, "="+secret, 1)
	c.body = strings.Replace(c.body, "="+old, "="+secret, 1)
	c.header = maps.Clone(c.header)
	if c.header["Authorization"] != "" {
		c.header["Authorization"] = "Bearer " + secret
	}
	return c
}

func panelForm(path string, pairs ...string) call {
	v := url.Values{"user": {"testuser"}, "key": {"k3y"}}
	for i := 0; i < len(pairs); i += 2 {
		if v.Set(pairs[i], pairs[i+1]); pairs[i+1] == "-" {
			v.Del(pairs[i])
		}
	}
	return call{"POST", simulated.SendapiPath + path, v.Encode(), map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "band-key": "flexisoftwarebd"}}
}

func panelRequest(ref string, changes ...string) call {
	return panelForm("/request", append([]string{"number", "01700000000", "service", "64", "amount", "20", "type", "1", "id", ref, "operator", "GP"}, changes...)...)
}

func deeperQuery(path string, pairs ...string) call {
	v := url.Values{"username": {"9000000001"}, "api_token": {"t0ken"}}
	for i := 0; i < len(pairs); i += 2 {
		if v.Set(pairs[i], pairs[i+1]); pairs[i+1] == "-" {
			v.Del(pairs[i])
		}
	}
	return call{method: "GET", path: simulated.DeeperWebPath + path + "?" + v.Encode()}
}

func deeperRecharge(ref string, changes ...string) call {
	return deeperQuery("/recharge", append([]string{"number", "9876543210", "amount", "20", "operator", "VF", "ref_id", ref}, changes...)...)
}

func kitRecharge(ref string, amount int) call {
	return withToken(call{method: "POST", path: simulated.RechargkitPath + "/recharge/prepaid", body: fmt.Sprintf(
		`{"mobile_no":9876543210,"operator_code":1,"amount":%d,"partner_request_id":%q,"circle":23,"recharge_type":1,"user_var1":"a","user_var2":"","user_var3":""}`,
		amount, ref)}, "jwt")
}

func kitStatus(ref string) call {
	return withToken(call{method: "POST", path: simulated.RechargkitPath + "/recharge/statusCheck", body: fmt.Sprintf(`{"partner_request_id":%q}`, ref)}, "jwt")
}

func bosRecharge(ref string, amount int) call {
	return withToken(call{method: "POST", path: simulated.BOSPath + "/DoRecharge", body: fmt.Sprintf(
		`{"operator":311,"canumber":"9876543210","amount":%d,"referenceid":%q,"RegisterID":"BOS-554"}`, amount, ref)}, "jwt")
}

func bosStatus(ref string) call {
	return withToken(call{method: "POST", path: simulated.BOSPath + "/RechargesStatus", body: fmt.Sprintf(`{"registrationID":"BOS-554","referenceid":%q}`, ref)}, "jwt")
}

func tongues() []tongue {
	return []tongue{ecareTongue(), panelTongue(), kitTongue(), deeperTongue(), bosTongue()}
}

func ecareTongue() tongue {
	return tongue{
		account: mainAccount(),
		recharge: func(ref string, amount int) call {
			return call{method: "GET", path: simulated.ECAREPath + "?" + mrc(ref, "amount", fmt.Sprint(amount))}
		},
		status: func(ref string) call {
			return call{method: "GET", path: simulated.ECAREPath + "?" + query("service", "MRCSTATUS", "refid", ref)}
		},
		balance:  func() call { return call{method: "GET", path: simulated.ECAREPath + "?" + query("service", "BLCK")} },
		low:      `"MAIN_BALANCE":"0.00"`,
		accepted: `200 {"STATUS":"OK","RECHARGE_STATUS":"RECEIVED"`, duplicate: `"DUPLICATE"`, short: `"LOWBALANCE"`, refused: `"RECHARGE_STATUS":"FAILED"`,
		closed: `"MAINTENANCE"`, stranger: `"REJECT"`,
		pending: `"PENDING"`, processing: `"PROCESSING"`, delivered: `"SUCCESS"`, failed: `"RECHARGE_STATUS":"FAILED"`, reversed: `"RECHARGE_STATUS":"FAILED"`, unknown: `"INVALIDREF"`,
		echo: `"AMOUNT":"10"`,
	}
}

func panelTongue() tongue {
	return tongue{
		account: simulated.Account{Name: "panel", Kind: simulated.KindSendapi, Login: "testuser", Secret: "k3y", Float: taka(3500)}, repeats: true,
		recharge: func(ref string, amount int) call { return panelRequest(ref, "amount", fmt.Sprint(amount)) },
		status:   func(ref string) call { return panelForm("/status", "id", ref) },
		balance:  func() call { return panelForm("/balance") },
		low:      `"balance":"0"`,
		accepted: `200 {"success":true,"status":1,`, duplicate: `{"success":false,"status":2,"message":"Duplicate Request"}`, short: `"Low Balance"`,
		refused: `{"success":false,"status":2,"message":"Request Failed"}`, closed: `"status":2,"message":"Server Under Maintenance"`, stranger: `{"success":false,"status":2,"message":"Not User"}`,
		pending: `" trxid":""," lastbalance":"3480"," status":"0"}`, processing: `" trxid":""," lastbalance":"3480"," status":"1"}`,
		delivered: `" trxid":"xyx0000001"," lastbalance":"3480"," status":"1"}`, failed: `" trxid":"xyx0000001"," lastbalance":"3500"," status":"2"}`,
		reversed: `" trxid":"xyx0000001"," lastbalance":"3500"," status":"2"}`, unknown: `{"success":false,"status":2,"message":"Not Found"}`,
		echo: "Flexiload- 10 Request",
	}
}

func kitTongue() tongue {
	return tongue{
		account:  simulated.Account{Name: "kit", Kind: simulated.KindRechargkit, Secret: "jwt", Float: rupees(3500)},
		recharge: kitRecharge, status: kitStatus,
		balance: func() call {
			return withToken(call{method: "GET", path: simulated.RechargkitPath + "/recharge/balanceCheck"}, "jwt")
		},
		low:       `"wallet_amount":0.00`,
		accepted:  `200 {"error":0,"msg":"order in queue","status":2,"orderid":"da9842e1-f561-4728-827b-ac4dd2934d`,
		duplicate: `200 {"error":1,"msg":"Duplicate order, Order ID must be unique"}`, short: `{"error":1,"msg":"Insufficient wallet balance"}`,
		refused: `{"error":1,"msg":"order could not be processed"}`, closed: `{"error":1,"msg":"Service is under maintenance, please try again"}`, stranger: `401 {"error":1,"msg":"access denied."}`,
		pending: `"status":"2","orderid":"da98`, processing: `"error":0,"msg":"order on hold","status":"4",`, delivered: `"status":"1","orderid":"da9842e1-f561-4728-827b-ac4dd2934d68","optransid":"BR000A000001"`,
		failed: `"error":0,"msg":"failure","status":"3"`, reversed: `"error":0,"msg":"success reversed","status":"3"`, unknown: `200 {"error":1,"msg":"order not found"}`,
		echo: `"partnerreqid":"5165483"`,
	}
}

func deeperTongue() tongue {
	return tongue{
		account: simulated.Account{Name: "deeper", Kind: simulated.KindDeeperWeb, Login: "9000000001", Secret: "t0ken", Float: rupees(3500)}, repeats: true,
		recharge: func(ref string, amount int) call { return deeperRecharge(ref, "amount", fmt.Sprint(amount)) },
		status: func(ref string) call {
			return deeperQuery("/statusByRefId", "ref_id", ref, "recharge_date", "2000-01-01")
		},
		balance:  func() call { return deeperQuery("/balance") },
		low:      `"rechargeBalance":"0.00"`,
		accepted: `200 {"status":"Accepted","number":"9876543210",`, duplicate: `200 {"status":"Error","message":"Duplicate ref_id"}`, short: `{"status":"Error","message":"Insufficient balance"}`,
		refused: `{"status":"Failure","number":"9876543210","amount":"20",`, closed: `{"status":"Error","message":"Server is under maintenance"}`, stranger: `{"status":"Error","message":"Invalid username or api_token"}`,
		pending: `{"status":"Pending","number":"9876543210","amount":"20","operator":"VF",`, processing: `{"status":"Accepted",`, delivered: `{"status":"Success",`,
		failed: `{"status":"Failure",`, reversed: `{"status":"Refunded",`, unknown: `200 {"status":"Error","message":"Transaction not found"}`,
		echo: `"amount":"10"`,
	}
}

func bosTongue() tongue {
	return tongue{
		account:  simulated.Account{Name: "bos", Kind: simulated.KindBOS, Login: "BOS-554", Secret: "jwt", Float: rupees(3500)},
		recharge: bosRecharge, status: bosStatus,
		accepted: `200 {"status":true,"response_code":0,"ackno":"112244455`, duplicate: `412 {"status":false,"response_code":11,"message":"Duplicate Transaction"}`,
		short: `412 {"status":false,"response_code":5,"message":"Insufficient fund in your account"}`, refused: `412 {"status":false,"response_code":5,"message":"Unable`,
		closed: `412 {"status":false,"response_code":3,`, stranger: `401 {"status":false,"response_code":16,"message":"Authentication failed"}`,
		pending: `"status":"2","refid":`, processing: `"status":"2","refid":`, delivered: `"operatorid":"1111122233","dateadded":"2000-01-01 05:30:00","refunded":"0"`,
		failed: `"status":"0","refid":`, reversed: `"operatorid":"1111122233","dateadded":"2000-01-01 05:30:00","refunded":"1"`, unknown: `412 {"responsecode":2,"status":false,"message":"No transaction found"}`,
		echo: "of Amount 10 is under process",
	}
}
