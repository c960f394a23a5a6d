package simulated_test

import (
	"strings"
	"testing"
	"time"

	"rechargebot/providers/simulated"
)

func TestBOSAnswers(t *testing.T) {
	storyOf(t, bosTongue().account, func(d *desk) {
		d.want("accepted", d.says(bosRecharge("1234435687678", 50)),
			`200 {"status":true,"response_code":0,"ackno":"11224445565","message":"Recharge for 311 of Amount 50 is under process"}`)
		data := func(status, operatorid, more string) string {
			return `200 {"responsecode":1,"status":true,"data":{"txnid":"11224445565","operatorname":"311","canumber":"9876543210","amount":"50","comm":"0","tds":"0","status":"` +
				status + `","refid":"1234435687678","operatorid":"` + operatorid + `","dateadded":"2000-01-01 05:30:00",` + more + `},"message":"Transaction fetched"}`
		}
		kept := `"refunded":"0","refundtxnid":"","daterefunded":null`
		d.want("waits", d.says(bosStatus("1234435687678")), data("2", "", kept))
		time.Sleep(settle)
		d.want("delivered", d.says(bosStatus("1234435687678")), data("1", "1111122233", kept))
		d.want("again", d.says(bosRecharge("1234435687678", 50)), `412 {"status":false,"response_code":11,"message":"Duplicate Transaction"}`)
		d.want("unknown", d.says(bosStatus("1")), `412 {"responsecode":2,"status":false,"message":"No transaction found"}`)
		other, none, unregistered := bosStatus("1234435687678"), bosRecharge("2", 50), bosRecharge("2", 50)
		other.header["Authorization"] = "Bearer expired"
		delete(none.header, "Authorization")
		unregistered.body = strings.Replace(unregistered.body, "BOS-554", "BOS-555", 1)
		for what, c := range map[string]call{"another token": other, "no token": none, "another registration": unregistered} {
			d.want(what, d.says(c), `401 {"status":false,"response_code":16,"message":"Authentication failed"}`)
		}
	})
}

// Only an order that has ended while its caller waits is answered with the code of success.
func TestBOSAnswersAtOnceWhatEndsAtOnce(t *testing.T) {
	t.Parallel()
	d := open(t, simulated.Config{Accounts: []simulated.Account{bosTongue().account}})
	defer d.close()
	d.want("delivered", d.says(bosRecharge("1", 50)), `200 {"status":true,"response_code":1,"operatorid":1111122233,"ackno":"11224445565","message":"Recharge for 311 of Amount 50 is successful"}`)
	d.mood(simulated.FailLater, simulated.When{})
	d.want("failed", d.says(bosRecharge("2", 50)), `412 {"status":false,"response_code":5,"message":"Unable to process the transaction"}`)
	d.want("recharges", d.Recharges("2"), 1)
	d.hears("asked about", bosStatus("2"), `"status":"0","refid":"2","operatorid":""`)
}

func TestBOSTellsARefund(t *testing.T) {
	storyOf(t, bosTongue().account, func(d *desk) {
		d.mood(simulated.Reverse, simulated.When{Delay: time.Hour})
		d.says(bosRecharge("1", 50))
		time.Sleep(settle + time.Hour)
		d.hears("asked about", bosStatus("1"), `"status":"1","refid":"1","operatorid":"1111122233","dateadded":"2000-01-01 05:30:00","refunded":"1","refundtxnid":"R11224445565","daterefunded":"2000-01-01 06:30:20"}`)
	})
}

func TestBOSIsStrictButForLetters(t *testing.T) {
	storyOf(t, bosTongue().account, func(d *desk) {
		good := bosRecharge("1", 50)
		change := func(old, replacement string) call {
			bad := good
			bad.body = strings.Replace(good.body, old, replacement, 1)
			d.want("changed", bad.body != good.body, true)
			return bad
		}
		for _, c := range [][2]string{
			{`"operator":311`, `"operator":"311"`}, {`"operator":311,`, ``}, {`"canumber":"9876543210"`, `"canumber":9876543210`}, {`"canumber":"9876543210"`, `"canumber":"DL12CB4685"`},
			{`"amount":50`, `"amount":"50"`}, {`"amount":50`, `"amount":50.0`}, {`"amount":50,`, ``},
			{`"referenceid":"1"`, `"referenceid":1`}, {`"referenceid":"1"`, `"referenceid":"RECH1"`}, {`"referenceid":"1"`, `"referenceid":"1234567890123456789"`}, {`"referenceid":"1",`, ``},
		} {
			d.hears(c[1], change(c[0], c[1]), `412 {"status":false,"response_code":4,`)
		}
		for _, c := range [][2]string{ // nobody can be read out of these
			{`"RegisterID"`, `"RegistrationID"`}, {`"operator":311,`, `"operator":311,,`}, {`"BOS-554"}`, `"BOS-554",}`}, {`"amount":50`, `"amount":50,"AMOUNT":5000`},
		} {
			d.hears(c[1], change(c[0], c[1]), `401 `)
		}
		get, status := good, bosStatus("1")
		get.method = "GET"
		d.hears("GET", get, "404 ")
		status.body = strings.Replace(status.body, "registrationID", "RegisterID", 1)
		d.hears("the name of the other call", status, `401 `)
		d.want("orders", len(d.Orders()), 0)
		d.hears("in other letters", change(`"referenceid"`, `"ReferenceId"`), `200 {"status":true,`)
		status.body = `{"RegistrationID":"BOS-554","ReferenceId":"1"}`
		d.hears("as in the code samples", status, `"status":"2","refid":"1"`)
	})
}
