package simulated_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"rechargebot/providers/simulated"
)

func kitCall(method, path, body string) call {
	return withToken(call{method: method, path: simulated.RechargkitPath + "/recharge/" + path, body: body}, "jwt")
}

func TestRechargkitAnswers(t *testing.T) {
	storyOf(t, kitTongue().account, func(d *desk) {
		d.want("accepted", d.says(kitRecharge("asdrt-241", 20)),
			`200 {"error":0,"msg":"order in queue","status":2,"orderid":"da9842e1-f561-4728-827b-ac4dd2934d68","optransid":"","partnerreqid":"asdrt-241","commission":0,"user_var1":"a","user_var2":"","user_var3":""}`)
		postpaid := kitRecharge("5165483", 20)
		postpaid.path = strings.Replace(postpaid.path, "prepaid", "postpaid", 1)
		d.hears("postpaid", postpaid, `"partnerreqid":"5165483"`)
		order, _ := d.Order("kit", "5165483")
		d.want("its type", order.Type, "postpaid")
		time.Sleep(settle)
		d.want("status", d.says(kitStatus("asdrt-241")),
			`200 {"error":0,"msg":"success","status":"1","orderid":"da9842e1-f561-4728-827b-ac4dd2934d68","optransid":"BR000A000001","commission":0.35}`)
		d.want("balance", d.says(kitCall("GET", "balanceCheck", "")), `200 {"error":0,"msg":"success","wallet_amount":3460.00}`)
	})
}

// A wrong method, a wrong token and none are the same to it.
func TestRechargkitDeniesAccess(t *testing.T) {
	storyOf(t, kitTongue().account, func(d *desk) {
		other, none := kitRecharge("1", 20), kitRecharge("1", 20)
		other.header["Authorization"] = "Bearer jwt2"
		delete(none.header, "Authorization")
		for what, c := range map[string]call{
			"another token": other, "no token": none, "GET of a recharge": kitCall("GET", "prepaid", ""), "GET of statusCheck": kitCall("GET", "statusCheck?partner_request_id=1", ""),
			"POST of balanceCheck": kitCall("POST", "balanceCheck", "{}"), "DELETE": kitCall("DELETE", "postpaid", ""),
		} {
			d.want(what, d.says(c), `401 {"error":1,"msg":"access denied."}`)
		}
		d.hears("an unknown call", kitCall("POST", "dth", "{}"), "404 ")
		d.want("recharges", d.Recharges("1"), 0)
	})
}

// The types are those of the table of parameters, whatever the samples show.
func TestRechargkitIsStrictAboutTypes(t *testing.T) {
	storyOf(t, kitTongue().account, func(d *desk) {
		good := kitRecharge("1", 20)
		for _, change := range [][2]string{
			{`"mobile_no":9876543210`, `"mobile_no":"9876543210"`}, {`"mobile_no":9876543210`, `"mobile_no":1876543210`}, {`"mobile_no":9876543210`, `"mobile_no":919876543210`},
			{`"mobile_no":9876543210,`, ``}, {`"operator_code":1`, `"operator_code":"1"`}, {`"operator_code":1,`, ``},
			{`"amount":20`, `"amount":"20"`}, {`"amount":20`, `"amount":20.00`}, {`"amount":20`, `"amount":2e1`}, {`"amount":20`, `"amount":-20`}, {`"amount":20`, `"amount":0`}, {`"amount":20,`, ``},
			{`"partner_request_id":"1"`, `"partner_request_id":1`}, {`"partner_request_id":"1"`, `"partner_req_id":"1"`}, {`"partner_request_id":"1"`, `"partner_request_id":""`},
			{`"partner_request_id":"1"`, `"partner_request_id":"a b"`}, {`"partner_request_id":"1"`, `"partner_request_id":"` + strings.Repeat("a", 37) + `"`},
			{`"circle":23`, `"circle":"23"`}, {`"circle":23,`, ``}, {`"recharge_type":1`, `"recharge_type":"1"`}, {`"recharge_type":1,`, ``}, {`"recharge_type":1`, `"recharge_type":1,"dest":"home"`},
			{`,"user_var3":""`, ``}, {`"user_var3":""`, `"user_var3":null`}, {`"amount":20`, `"amount":20,"Amount":2000`}, {`"user_var3":""}`, `"user_var3":"",}`}, {`"user_var3":""}`, `"user_var3":""}{}`},
		} {
			bad := good
			bad.body = strings.Replace(good.body, change[0], change[1], 1)
			d.want("changed", bad.body != good.body, true)
			d.hears(change[1], bad, `200 {"error":1,"msg":"`)
		}
		list, form := good, good
		list.body = "[" + good.body + "]"
		form.header = map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Bearer jwt"}
		d.hears("a list", list, `200 {"error":1,`)
		d.hears("a form", form, `200 {"error":1,`)
		d.want("orders", len(d.Orders()), 0)
		good.body = strings.Replace(good.body, `"recharge_type":1`, `"recharge_type":1,"dest":"online"`, 1)
		d.hears("with a destination", good, `{"error":0,`)
		spaced := kitRecharge("2", 20) // as the samples are printed
		spaced.body = strings.NewReplacer(",", " ,\n", ":", " : ", "{", "{\n\t").Replace(spaced.body)
		d.hears("over many lines", spaced, `{"error":0,`)
	})
}

func TestRechargkitLists(t *testing.T) {
	storyOf(t, kitTongue().account, func(d *desk) {
		var plans struct {
			Error    int
			PlanData struct {
				Circle string `json:"circle_id"`
				Plan   []map[string][]struct {
					Amount, Validity, Description string
					IsValid                       int `json:"is_valid"`
				}
			}
		}
		_, body, _ := strings.Cut(d.says(kitCall("POST", "prepaidPlanFetch", `{"operator_code":1,"circle":23}`)), " ")
		if err := json.Unmarshal([]byte(body), &plans); err != nil {
			t.Fatal(err)
		}
		d.want("circle", plans.PlanData.Circle, "23")
		open, closed := 0, 0
		for _, tab := range plans.PlanData.Plan {
			for name, list := range tab {
				for _, p := range list {
					if name == "" || p.Amount == "" || p.Description == "" || p.Validity == "" {
						t.Errorf("a plan lacks something: %+v", p)
					}
					open += p.IsValid
					closed += 1 - p.IsValid
				}
			}
		}
		if open < 3 || closed == 0 {
			t.Errorf("%d plans and %d closed ones: there should be some of both", open, closed)
		}
		d.want("without a circle", d.says(kitCall("POST", "prepaidPlanFetch", `{"operator_code":1}`)), `200 {"error":1,"msg":"operator_code and circle are required"}`)
		d.hears("operators", kitCall("GET", "servicewiseOperatorFetch?operator_category=1", ""),
			`{"operator_id":1,"operator_name":"Airtel","service_name":"Recharge","operator_category":1,"operator_category_name":"Prepaid","state_name":"All India"}`)
		d.want("of no category", d.says(kitCall("GET", "servicewiseOperatorFetch?operator_category=99", "")), `200 {"error":0,"msg":"success","operatorList":[]}`)
		d.mood(simulated.Garbled, simulated.When{Calls: []simulated.Call{simulated.CallCodes}})
		d.hears("garbled", kitCall("GET", "servicewiseOperatorFetch?operator_category=1", ""), `"msg":success,`)
	})
}
