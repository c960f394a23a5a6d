package simulated_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"rechargebot/providers/simulated"
)

// The rows of the document's table of general errors, read by column.
func TestECAREGeneralErrors(t *testing.T) {
	story(t, func(d *desk) {
		for _, row := range []struct{ name, query, answer string }{
			{"an unknown service", query("service", "TOPUP"), `{"STATUS":"OK","MESSAGE":"INVALID SERVICE"}`},
			{"no service", query(), `{"STATUS":"OK","MESSAGE":"INVALID SERVICE"}`},
			{"a service in small letters", query("service", "blck"), `{"STATUS":"OK","MESSAGE":"INVALID SERVICE"}`},
			{"a wrong password", query("service", "BLCK", "access_pass", "1234"), `{"STATUS":"INVALID","MESSAGE":"Login Failed, Invalid Credential"}`},
			{"an unknown user", query("service", "MRCSTATUS", "access_id", "Test"), `{"STATUS":"INVALID","MESSAGE":"Login Failed, Invalid Credential"}`},
			{"no password", query("service", "OFFERPACK", "access_pass", "-"), `{"STATUS":"FAILED","MESSAGE":"Login Failed"}`},
			{"no user", query("service", "BLCK", "access_id", ""), `{"STATUS":"FAILED","MESSAGE":"Login Failed"}`},
		} {
			d.want(row.name, d.ask(row.query), row.answer)
		}
		d.mood(simulated.Maintenance, simulated.When{})
		d.want("maintenance", d.ask(query("service", "BLCK")), `{"STATUS":"MAINTENANCE","MESSAGE":"Server Maintenance Mode Running, Try After Sometime"}`)
	})
}

// The five columns of the table "Recharge Response".
func TestECARERechargeAnswers(t *testing.T) {
	story(t, func(d *desk) {
		first := d.fields(mrc("43645443643"))
		trxid := first["TRXID"]
		if !strings.HasPrefix(trxid, "E010100MRC") || len(trxid) != 18 { // a bubble begins on 1 January 2000
			t.Errorf("TRXID %q does not look like E160226MRC15602022", trxid)
		}
		d.want("received", d.ask(mrc("43645443644")), `{"STATUS":"OK","RECHARGE_STATUS":"RECEIVED","OPERATOR":"7","NUMBER":"01700000000","AMOUNT":"20","TRXID":"`+
			trxid[:17]+"3"+`","MESSAGE":"Your Mobile Recharge Request Received."}`)
		failed := func(status, message string) string {
			return `{"STATUS":"FAILED","RECHARGE_STATUS":"` + status + `","OPERATOR":"","NUMBER":"","AMOUNT":"","TRXID":"","MESSAGE":"` + message + `"}`
		}
		d.want("duplicate", d.ask(mrc("43645443643", "amount", "30")), failed("DUPLICATE", "Duplicate Reference or Duplicate Recharge Request"))
		d.want("low balance", d.ask(mrc("3", "amount", "3461")), failed("LOWBALANCE", "Insufficient Wallet Balance"))
		d.want("failed", d.ask(mrc("4", "operator", "2")), failed("FAILED", "Recharge Request Failed."))
		d.want("reject", d.ask(mrc("5", "access_pass", "12345")), failed("REJECT", "Sorry! Invalid Credentials."))
		d.want("reject without a login", d.ask(mrc("5", "access_id", "-")), failed("REJECT", "Sorry! Invalid Credentials."))
	})
}

// The columns of the table "Recharge Status Check Response", in the course of two orders.
func TestECAREStatusAnswers(t *testing.T) {
	story(t, func(d *desk) {
		status := func(ref string) string { return d.ask(query("service", "MRCSTATUS", "refid", ref)) }
		invalid := `{"STATUS":"FAILED","RECHARGE_STATUS":"INVALIDREF","RECHARGE_TRXID":"","MESSAGE":"Sorry! Invalid Reference"}`
		d.want("before", status("good"), invalid)
		d.want("without a reference", status("-"), invalid)
		trxid := d.fields(mrc("good"))["TRXID"]
		d.mood(simulated.FailLater, simulated.When{Next: 1})
		d.ask(mrc("bad"))
		d.want("at once", status("good"), `{"STATUS":"OK","RECHARGE_STATUS":"PENDING","RECHARGE_TRXID":"","MESSAGE":""}`)
		time.Sleep(settle / 2)
		d.want("half way", status("good"), `{"STATUS":"OK","RECHARGE_STATUS":"PROCESSING","RECHARGE_TRXID":"","MESSAGE":""}`)
		time.Sleep(settle / 2)

		done := d.fields(query("service", "MRCSTATUS", "refid", "good"))
		d.want("in the end", done["STATUS"]+"/"+done["RECHARGE_STATUS"], "OK/SUCCESS")
		serial := done["RECHARGE_TRXID"]
		if !strings.HasPrefix(serial, "MTS") || serial == trxid || !strings.Contains(done["MESSAGE"], serial) || !strings.Contains(done["MESSAGE"], "C/B Tk 3,480.00") {
			t.Errorf("a success says %q after TRXID %q", done, trxid)
		}
		failed := d.fields(query("service", "MRCSTATUS", "refid", "bad"))
		d.want("the other", failed["STATUS"]+"/"+failed["RECHARGE_STATUS"], "OK/FAILED")
		if failed["RECHARGE_TRXID"] == "" || !strings.Contains(strings.ToLower(failed["MESSAGE"]), "success") {
			t.Errorf("a failure does not tempt the naive: %q", failed)
		}
	})
}

func TestECAREBalanceAnswer(t *testing.T) {
	story(t, func(d *desk) {
		for minor, text := range map[int64]string{0: "0.00", 7: "0.07", 113_55: "113.55", 999_99: "999.99", 1_000_00: "1,000.00",
			100_000_00: "100,000.00", 1_234_567_89: "1,234,567.89", -5_000_50: "-5,000.50"} {
			float := taka(0)
			float.Minor = minor
			if err := d.SetFloat("ecare-main", float); err != nil {
				t.Fatal(err)
			}
			d.want("balance", d.ask(query("service", "BLCK")), `{"STATUS":"OK","MAIN_BALANCE":"`+text+
				`","STOCK_BALANCE":"30.00","COMMISSION_TYPE":"Prepaid","COMMISSION_RATE":"3.00","MESSAGE":"Balance Equerry Success"}`)
		}
	})
}

func TestECAREOffersHaveTheKeysOfCaptures(t *testing.T) {
	story(t, func(d *desk) {
		var list map[string]json.RawMessage
		if err := json.Unmarshal([]byte(d.ask(query("service", "OFFERPACK"))), &list); err != nil {
			t.Fatal(err)
		}
		d.want("status", string(list["STATUS"]), `"OK"`)
		packs, closed := 0, 0
		for _, operator := range []string{"GP", "BL", "RB", "AR", "TL"} {
			var items []map[string]string
			if err := json.Unmarshal(list[operator], &items); err != nil || items == nil {
				t.Errorf("%s is no list of packs: %v", operator, err)
			}
			for _, item := range items {
				for _, key := range strings.Fields("_operator _number_type _offer_type _minute_pack _internet_pack _sms_pack _callrate_pack _validity _amount _commission_amount _status _offer_details") {
					if item[key] == "" {
						t.Errorf("a pack of %s has no %s", operator, key)
					}
				}
				packs++
				if item["_status"] != "A" {
					closed++
				}
			}
		}
		if packs-closed < 5 || closed == 0 {
			t.Errorf("%d packs of which %d closed: there should be some of both", packs, closed)
		}
	})
}

// What the document says about the parameters of MRC is enforced; nothing else is.
func TestECAREIsStrictAboutRecharges(t *testing.T) {
	story(t, func(d *desk) {
		for _, good := range [][]string{
			{"operator", "3"}, {"operator", "4"}, {"operator", "9"}, {"operator", "8"}, {"operator", "6"}, {"operator", "5"},
			{"number_type", "2"}, {"number_type", "3"}, {"number_type", "4"}, {"amount", "1"}, {"number", "01399999999"},
		} {
			ref := "good-" + strings.Join(good, "-")
			d.want(ref, d.verdict(mrc(ref, good...)), "OK/RECEIVED")
		}
		before := d.Float("ecare-main")
		for _, bad := range [][]string{
			{"operator", "1"}, {"operator", "07"}, {"operator", ""}, {"operator", "GP"}, {"operator", "-"},
			{"number_type", "0"}, {"number_type", "5"}, {"number_type", "01"}, {"number_type", "-"},
			{"number", "1700000000"}, {"number", "8801700000000"}, {"number", "0170000000x"}, {"number", "02700000000"}, {"number", "০১৭০০০০০০০০"}, {"number", "-"},
			{"amount", "0"}, {"amount", "-5"}, {"amount", "20.00"}, {"amount", "020"}, {"amount", "1e3"}, {"amount", "+20"}, {"amount", " 20"}, {"amount", "1,000"}, {"amount", "9999999999"}, {"amount", "-"},
		} {
			ref := "bad-" + strings.Join(bad, "-")
			d.want(ref, d.verdict(mrc(ref, bad...)), "FAILED/FAILED")
			d.want(ref+" recharges", d.Recharges(ref), 0)
			d.want(ref+" asked about", d.status(ref), "FAILED/INVALIDREF")
		}
		d.want("no refid", d.verdict(mrc("-")), "FAILED/FAILED")
		d.want("amount twice", d.verdict(mrc("twice")+"&amount=2000"), "FAILED/FAILED")
		d.want("broken escapes", d.verdict(mrc("broken")+"&x=%zz"), "FAILED/FAILED")
		d.want("float", d.Float("ecare-main"), before)
	})
}

func TestOnlyGETRecharges(t *testing.T) {
	story(t, func(d *desk) {
		for _, method := range []string{http.MethodHead, http.MethodPost, http.MethodPut} {
			req, err := http.NewRequest(method, "http://ecare.example"+simulated.ECAREPath+"?"+mrc("once"), nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := d.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			d.want(method, d.Recharges("once"), 0)
		}
		d.want("and then", d.verdict(mrc("once")), "OK/RECEIVED")
	})
}
