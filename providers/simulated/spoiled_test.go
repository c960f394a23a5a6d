package simulated_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/providers/simulated"
)

// However an answer is spoiled, in every dialect: the client learns nothing that it can rely on, and the order is there.
func TestSpoiledAnswersInEveryDialect(t *testing.T) {
	everyKind(t, func(d *desk, k tongue) {
		refs := map[simulated.Mood]string{
			simulated.Garbled: "2001", simulated.Cut: "2002", simulated.HTML: "2003", simulated.Error500: "2004",
			simulated.Silent: "2005", simulated.Drip: "2006", simulated.Slow: "2007",
		}
		for mood, ref := range refs {
			d.mood(mood, simulated.When{Next: 1})
			status, body, err := d.do(k.recharge(ref, 20))
			good := err == nil && status == http.StatusOK && json.Valid([]byte(body))
			d.want(string(mood)+" is a good answer", good, mood == simulated.Slow)
			switch mood {
			case simulated.Cut:
				d.want("cut", errors.Is(err, io.ErrUnexpectedEOF), true)
			case simulated.Silent, simulated.Drip:
				d.want("gave up", os.IsTimeout(err), true)
			}
			d.want(string(mood), d.Recharges(ref), 1)
		}
		d.mood(simulated.Late, simulated.When{Next: 1, Delay: time.Minute})
		_, _, err := d.do(k.recharge("2008", 20))
		d.want("late gave up", os.IsTimeout(err), true)
		d.want("just after", d.Recharges("2008"), 0)
		time.Sleep(time.Minute)
		synctest.Wait()
		d.want("a minute later", d.Recharges("2008"), 1)
		d.mood(simulated.Redirect, simulated.When{Next: 1})
		d.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		d.says(k.recharge("2009", 20))
		d.want("redirected", d.Recharges("2009"), 0)
		d.want("float", d.Float(k.account.Name).Minor, int64(3500_00-8*20_00))
	})
}

// Each vendor's answers break in the way that its own document shows, and the words of success are still in them.
func TestEachVendorGarblesInItsOwnWay(t *testing.T) {
	t.Parallel()
	recharge := map[string]string{
		simulated.KindSendapi:    `200 {"success":true,"status":1,"message":"Flexiload-  Request Submit Successfully”}`,
		simulated.KindRechargkit: `"msg":order in queue,"status":2,`,
		simulated.KindBOS:        `200 {"status":true,,"response_code":0,`,
		simulated.KindDeeperWeb:  `{"status":"Accepted",`,
		simulated.KindECARE:      `<b>Warning</b>`,
	}
	status := map[string]string{
		simulated.KindSendapi:    `200 {"posotion":1," trxid":xyx0000001," lastbalance":"3480"," status":"1”}`,
		simulated.KindRechargkit: `200 {"error":0,"msg":success,"status":"1",`,
		simulated.KindBOS:        `200 {"responsecode":1,,"status":true,"data":{`,
		simulated.KindDeeperWeb:  `"status":"Success"`,
		simulated.KindECARE:      `"RECHARGE_STATUS":"SUCCESS"`,
	}
	for _, k := range tongues() {
		t.Run(k.account.Kind, func(t *testing.T) {
			storyOf(t, k.account, func(d *desk) {
				d.mood(simulated.Garbled, simulated.When{Calls: []simulated.Call{simulated.CallRecharge, simulated.CallStatus}})
				check := func(what string, c call, part string) {
					got := d.says(c)
					_, body, _ := strings.Cut(got, " ")
					if json.Valid([]byte(body)) || !strings.Contains(got, part) {
						d.t.Errorf("%s: got %s, want broken JSON like %s", what, got, part)
					}
				}
				check("recharge", k.recharge("1001", 20), recharge[k.account.Kind])
				time.Sleep(settle)
				check("status", k.status("1001"), status[k.account.Kind])
			})
		})
	}
}
