package ecare

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"rechargebot/providers"
)

var sent = order{operator: "7", numberType: "1", number: "01712345678", amount: "50", reference: "k3v9q2m8x7w1z5b4"}

// seeds are answers as the vendor's document has them, and a few that pretend.
func seeds(f *testing.F) {
	for _, body := range []string{
		`{"STATUS":"OK","RECHARGE_STATUS":"RECEIVED","OPERATOR":"7","NUMBER":"01712345678","AMOUNT":"50","TRXID":"MTS2336355464","MESSAGE":"Your Mobile Recharge Request Received."}`,
		`{"STATUS":"FAILED","RECHARGE_STATUS":"DUPLICATE","OPERATOR":"","NUMBER":"","AMOUNT":"","TRXID":"","MESSAGE":"Duplicate Reference or Duplicate Recharge Request"}`,
		`{"STATUS":"FAILED","RECHARGE_STATUS":"LOWBALANCE","MESSAGE":"Insufficient Wallet Balance"}`,
		`{"STATUS":"OK","RECHARGE_STATUS":"SUCCESS","RECHARGE_TRXID":"MTS2336355464","MESSAGE":"Recharge SMS"}`,
		`{"STATUS":"OK","RECHARGE_STATUS":"FAILED","RECHARGE_TRXID":"MTS2336355464","MESSAGE":"Recharge SMS"}`,
		`{"STATUS":"FAILED","RECHARGE_STATUS":"INVALIDREF","MESSAGE":"Sorry! Invalid Reference"}`,
		`{"STATUS":"OK","MAIN_BALANCE":"3,500.00","STOCK_BALANCE":"30.00","COMMISSION_TYPE":"Prepaid","COMMISSION_RATE":"3.00","MESSAGE":"Balance Equerry Success"}`,
		`{"STATUS":"OK","GP":[{"_operator":"GP","_number_type":"1","_offer_type":"IN","_amount":"49","_validity":"7 Days","_status":"A","_offer_details":"1 GB"}],"BL":[],"MESSAGE":""}`,
		`{"STATUS":"FAILED","Status":"OK","RECHARGE_STATUS":"SUCCESS"}`, `{"STATUS":["OK"],"RECHARGE_STATUS":"SUCCESS"}`, `{"status":"ok","recharge_status":"success"}`,
		"STATUS=OK\nRECHARGE_STATUS=SUCCESS", `<html>OK/SUCCESS</html>`, ``, `null`, `{}`,
	} {
		f.Add(200, []byte(body))
		f.Add(500, []byte(body))
	}
}

// says reports whether body is a JSON object in which each word stands as a whole value. It shares nothing
// with the code under test.
func says(body []byte, words ...string) bool {
	var o map[string]any
	if json.Unmarshal(bytes.TrimLeft(body, "\ufeff \t\r\n"), &o) != nil {
		return false
	}
	for _, w := range words {
		found := false
		for _, v := range o {
			text, ok := v.(string)
			found = found || ok && strings.TrimSpace(text) == w
		}
		if !found {
			return false
		}
	}
	return true
}

func FuzzReadRecharge(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		r := readRecharge(status, body, sent)
		switch r.Status {
		case providers.Unknown:
		case providers.Pending:
			if status != 200 || !says(body, "OK", "RECEIVED") {
				t.Errorf("pending: %d %q", status, body)
			}
		case providers.Refused:
			if status != 200 || !says(body, "FAILED") {
				t.Errorf("refused: %d %q", status, body)
			}
		default:
			t.Errorf("MRC never says %v: %d %q", r.Status, status, body)
		}
	})
}

func FuzzReadStatus(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		want := map[providers.Status][]string{
			providers.Delivered: {"OK", "SUCCESS"}, providers.Refused: {"OK", "FAILED"}, providers.NotFound: {"FAILED", "INVALIDREF"}, providers.Pending: {"OK"},
		}
		r := readStatus(status, body, sent)
		if words := want[r.Status]; r.Status != providers.Unknown && (status != 200 || !says(body, words...)) {
			t.Errorf("%v: %d %q", r.Status, status, body)
		}
	})
}

func FuzzReadBalance(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if m, err := readBalance(status, body); err == nil && (status != 200 || !says(body, "OK") || m.Currency != providers.BDT) {
			t.Errorf("%v: %d %q", m, status, body)
		}
	})
}

func FuzzReadOffers(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		list, err := readOffers(status, body, providers.BDGrameenphone)
		if err == nil && (status != 200 || !says(body, "OK")) {
			t.Errorf("%v: %d %q", list, status, body)
		}
		for _, o := range list {
			if o.Price.Minor <= 0 || strings.ContainsAny(o.Details+o.Validity, "\n\r") {
				t.Errorf("offer %+v", o)
			}
		}
	})
}

// An answer is about our order in every writing of the number, and about no other one; an order of an
// operator that is not served any more is still told from another by its number and amount.
func TestAnAnswerIsHeldAgainstTheOrder(t *testing.T) {
	t.Parallel()
	p, err := New(providers.Config{Settings: settings()})
	if err != nil {
		t.Fatal(err)
	}
	old := p.words(providers.Request{
		Order:     providers.Order{Operator: "bd-citycell", Type: providers.Prepaid, Account: "8801712345678", Amount: providers.Money{Minor: 50_00, Currency: providers.BDT}},
		Reference: "k3v9q2m8x7w1z5b4",
	})
	for echo, same := range map[string]bool{
		`"NUMBER":1712345678`: true, `"NUMBER":"1712345678","AMOUNT":50`: true, `"NUMBER":8801712345678`: true, `"NUMBER":"+88 01712-345678"`: true, `"AMOUNT":"50.00"`: true,
		`"NUMBER":1712345679`: false, `"NUMBER":712345678`: false, `"NUMBER":"0"`: false, `"AMOUNT":500`: false, `"REFID":"another"`: false,
	} {
		want := map[bool]providers.Status{true: providers.Refused}[same]
		for name, o := range map[string]order{"sent": sent, "without an operator": old} {
			if got := readStatus(200, []byte(`{"STATUS":"OK","RECHARGE_STATUS":"FAILED",`+echo+`}`), o); got.Status != want {
				t.Errorf("%s, %s: %v, want %v", name, echo, got.Status, want)
			}
		}
	}
	if old.operator != "" || old.number != "01712345678" || old.amount != "50" {
		t.Errorf("words of an order that cannot be said: %+v", old)
	}
}

// A pack that says that it is another operator's, or of a type that we do not know, is nobody's.
func TestPacksOfOthersAreLeftOut(t *testing.T) {
	t.Parallel()
	for pack, shown := range map[string]bool{
		`"_operator":"GP","_number_type":"1"`: true, `"_operator":" gp ","_number_type":2`: true, `"_number_type":"1"`: true, `"_operator":"7","_number_type":"1"`: true,
		`"_operator":"BL","_number_type":"1"`: false, `"_operator":"rb","_number_type":"1"`: false, `"_operator":"AR","_number_type":"1"`: false, `"_operator":"TL","_number_type":"3"`: false,
		`"_operator":"GP","_number_type":"9"`: false, `"_operator":"GP","_number_type":""`: false, `"_operator":"GP"`: false, `"_operator":["GP"],"_number_type":"1"`: false,
	} {
		body := `{"STATUS":"OK","GP":[{` + pack + `,"_offer_type":"IN","_amount":"49","_status":"A"}]}`
		if list, err := readOffers(200, []byte(body), providers.BDGrameenphone); err != nil || (len(list) == 1) != shown {
			t.Errorf("%s: %v, %v; want it shown: %v", pack, list, err, shown)
		}
	}
}

func settings() map[string]providers.Secret {
	return map[string]providers.Secret{"base_url": "https://ecare.test/a.php", "access_id": "id", "access_pass": "pass"}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*providers.Config)
		names  string
	}{
		"no address":         {func(c *providers.Config) { c.Settings["base_url"] = "" }, "base_url"},
		"plain http":         {func(c *providers.Config) { c.Settings["base_url"] = "http://118.179.129.98/a.php" }, "allow_insecure_http"},
		"no user":            {func(c *providers.Config) { delete(c.Settings, "access_id") }, "access_id"},
		"no password":        {func(c *providers.Config) { c.Settings["access_pass"] = "" }, "access_pass"},
		"an Indian operator": {func(c *providers.Config) { c.OperatorCodes = map[providers.Service]string{{Operator: "in-jio"}: "5"} }, "in-jio"},
		"an empty code": {func(c *providers.Config) {
			c.OperatorCodes = map[providers.Service]string{{Operator: providers.BDRobi}: " "}
		}, "bd-robi"},
	} {
		config := providers.Config{Settings: settings()}
		c.change(&config)
		if p, err := New(config); err == nil || !strings.Contains(err.Error(), c.names) || p != nil {
			t.Errorf("%s: %v; want an error that names %s", name, err, c.names)
		}
	}
}

// The document lists two codes each for Grameenphone and Banglalink; the configuration decides.
func TestOperatorCodesAreTheConfigurations(t *testing.T) {
	t.Parallel()
	const gp, bl, robi, skitto = providers.BDGrameenphone, providers.BDBanglalink, providers.BDRobi, providers.BDSkitto
	for name, c := range map[string]struct {
		configured map[providers.Service]string
		want       map[providers.OperatorID]string
	}{
		"by default":                    {nil, map[providers.OperatorID]string{gp: "7", skitto: "7", bl: "9", robi: "8"}},
		"3 and 4; Skitto follows":       {map[providers.Service]string{{Operator: gp}: "3", {Operator: bl}: " 4 "}, map[providers.OperatorID]string{gp: "3", skitto: "3", bl: "4", robi: "8"}},
		"Skitto's own":                  {map[providers.Service]string{{Operator: skitto}: "4"}, map[providers.OperatorID]string{gp: "7", skitto: "4"}},
		"one for a single type of them": {map[providers.Service]string{{Operator: gp, Type: providers.Postpaid}: "3"}, map[providers.OperatorID]string{gp: "7"}},
	} {
		p, err := New(providers.Config{Settings: settings(), OperatorCodes: c.configured})
		if err != nil {
			t.Fatal(err)
		}
		for operator, want := range c.want {
			if got := p.code(providers.Service{Operator: operator, Type: providers.Prepaid}); got != want {
				t.Errorf("%s: %s is %q, want %q", name, operator, got, want)
			}
		}
	}
}

func TestEveryServiceHasItsCodes(t *testing.T) {
	t.Parallel()
	for _, s := range Registration().Services {
		if operatorCode(providers.Config{}, s) == "" || numberTypes()[s.Type] == "" {
			t.Errorf("%v has no code", s)
		}
	}
	if _, err := readOffers(200, []byte(`{"STATUS":"OK"}`), "bd-citycell"); !errors.Is(err, providers.ErrUnsupported) {
		t.Errorf("offers of an operator without a list: %v", err)
	}
}
