package simulated_test

import (
	"strings"
	"testing"
	"time"

	"rechargebot/providers/simulated"
)

func TestDeeperWebAnswers(t *testing.T) {
	storyOf(t, deeperTongue().account, func(d *desk) {
		order := func(status, message string) string {
			return `200 {"status":"` + status + `","number":"9876543210","amount":"20","operator":"VF","ref_id":"ABC1","txn_id":"123456","opt_id":"ABCDEFGH12345","balance":"3480.00","message":"` + message + `"}`
		}
		d.want("accepted", d.says(deeperRecharge("ABC1")), order("Accepted", "Recharge request accepted."))
		status := deeperQuery("/statusByRefId", "ref_id", "ABC1", "recharge_date", "2000-01-01")
		d.want("waits", d.says(status), order("Pending", "Recharge is pending."))
		time.Sleep(settle / 2)
		d.want("with the network", d.says(status), order("Accepted", "Recharge processing."))
		time.Sleep(settle / 2)
		d.want("in the end", d.says(status), order("Success", "Recharge delivered."))
		d.want("balance", d.says(deeperQuery("/balance")),
			`200 {"status":"Ok","totalBalance":"3630.00","rechargeBalance":"3480.00","utilityBalance":"50.00","aepsBalance":"100.00","message":"Balance fetched"}`)
		d.want("complaint", d.says(deeperQuery("/complain", "txn_id", "123456", "reason", "not received")),
			`200 {"status":"Accepted","complain_id":"C123456","message":"Complain accepted."}`)
		d.want("about nothing", d.says(deeperQuery("/complain", "txn_id", "123457", "reason", "not received")), `200 {"status":"Error","message":"Transaction not found"}`)
		d.want("without a reason", d.says(deeperQuery("/complain", "txn_id", "123456")), `200 {"status":"Error","message":"no reason"}`)
		d.mood(simulated.Refuse, simulated.When{})
		d.want("refused by the network", d.says(deeperRecharge("ABC2")),
			`200 {"status":"Failure","number":"9876543210","amount":"20","operator":"VF","ref_id":"ABC2","txn_id":"","opt_id":"","balance":"","message":"Recharge rejected by operator."}`)
	})
}

// An order is found under the day that it was in India when it was accepted, and under no other.
func TestDeeperWebWantsIndiasDay(t *testing.T) {
	storyOf(t, deeperTongue().account, func(d *desk) {
		d.says(deeperRecharge("morning")) // midnight of 1 January 2000 in Greenwich
		time.Sleep(18*time.Hour + 29*time.Minute)
		d.says(deeperRecharge("before"))
		time.Sleep(time.Minute)
		d.says(deeperRecharge("after"))
		time.Sleep(settle)
		for ref, day := range map[string]string{"morning": "2000-01-01", "before": "2000-01-01", "after": "2000-01-02"} {
			for _, asked := range []string{"1999-12-31", "2000-01-01", "2000-01-02", "01-01-2000", "", "-"} {
				want := `{"status":"Error","message":"Transaction not found"}`
				if asked == day {
					want = `{"status":"Success",`
				}
				d.hears(ref+" asked about under "+asked, deeperQuery("/statusByRefId", "ref_id", ref, "recharge_date", asked), want)
			}
		}
	})
}

func TestDeeperWebIsStrict(t *testing.T) {
	storyOf(t, deeperTongue().account, func(d *desk) {
		for _, bad := range [][]string{
			{"number", "919876543210"}, {"number", "5876543210"}, {"number", "-"}, {"amount", "20.00"}, {"amount", "0"}, {"amount", "-"},
			{"operator", ""}, {"operator", "vf"}, {"operator", "V F"}, {"ref_id", ""}, {"ref_id", "-"},
		} {
			d.hears(strings.Join(bad, " "), deeperRecharge("bad", bad...), `200 {"status":"Error","message":"Invalid `)
		}
		twice, post := deeperRecharge("bad"), deeperRecharge("bad")
		twice.path += "&ref_id=good"
		post.method = "POST"
		d.hears("a parameter twice", twice, `{"status":"Error",`)
		d.hears("POST", post, "404 ")
		d.want("orders", len(d.Orders()), 0)
		d.hears("a blank belongs to the reference", deeperRecharge("ABC1 "), `"ref_id":"ABC1 "`)
		d.want("without it", d.Recharges("ABC1"), 0)
	})
}
