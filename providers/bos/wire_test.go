package bos

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
)

var sent = order{operator: "311", number: "9679833706", amount: "10", reference: "1234435687678"}

// seeds are answers as the vendor's pages have them, and a few that pretend.
func seeds(f *testing.F) {
	for _, body := range []string{
		`{"status":true,"response_code":1,"operatorid":1111122233,"ackno":"11224445565","message":"Recharge for Aircel of Amount 50 is successful"}`,
		`{"status":false,"response_code":11,"message":"Duplicate Transaction"}`, `{"status":false,"response_code":16,"message":"Authentication failed"}`,
		`{"status":false,"response_code":15,"message":"Invalid signature encoding"}`, `{"status":"1","responsecode":"0","ackno":"1"}`, `{"status":true,"response_code":11}`,
		`{"responsecode":1,"status":true,"message":"ok"}`, `{"response_code":1,"responsecode":2,"status":true}`,
		`{"response_code":1,"status":true,"data":{"txnid":1,"canumber":"9679833706","amount":10,"status":1,"refid":"1234435687678","operatorid":"9","refunded":0}}`,
		`{"response_code":1,"status":true,"data":{"status":0,"refid":"1234435687678","refunded":"0"}}`, `{"response_code":1,"status":true,"data":{"status":2,"refid":"1"}}`,
		`{"response_code":1,"status":true,"data":{"status":"1","refid":"1234435687678","refunded":1}}`, `{"response_code":1,"status":true,"data":"ok"}`,
		`{"status":false,"Status":true,"response_code":1}`, `{"status":[true],"response_code":1}`, `"Your IP is not whitelisted"`, `<html>true 1</html>`, ``, `null`, `{}`,
	} {
		for _, status := range []int{200, 401, 412, 500} {
			f.Add(status, []byte(body))
		}
	}
}

// object decodes an answer under keys in lower case. It shares nothing with the code under test.
func object(body []byte) map[string]any {
	var o map[string]any
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(bytes.TrimSpace(body), []byte("\xef\xbb\xbf"))))
	d.UseNumber()
	if d.Decode(&o) != nil {
		return nil
	}
	out := map[string]any{}
	for key, v := range o {
		out[strings.ToLower(strings.TrimSpace(key))] = v
	}
	return out
}

// holds reports whether one of the keys holds one of the words.
func holds(o map[string]any, keys []string, words ...string) bool {
	for _, key := range keys {
		var text string
		switch v := o[key].(type) {
		case string:
			text = strings.ToLower(strings.TrimSpace(v))
		case bool, json.Number:
			text = strings.ToLower(strings.Trim(string(must(v)), `"`))
		default:
			continue
		}
		if slices.Contains(words, text) {
			return true
		}
	}
	return false
}

func must(v any) []byte { b, _ := json.Marshal(v); return b }

var codeKeys = []string{"response_code", "responsecode"}

func yes(o map[string]any) bool { return holds(o, []string{"status"}, "true", "1") }

// inner is the object that tells the state of the order.
func inner(o map[string]any) map[string]any {
	data, _ := o["data"].(map[string]any)
	return object(must(data))
}

func FuzzReadRecharge(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		r, o := readRecharge(status, body, sent), object(body)
		right := true
		switch r.Status {
		case providers.Unknown:
		case providers.Delivered:
			right = status == 200 && yes(o) && holds(o, codeKeys, "1") && (o["data"] == nil || o["data"] == "" || blank(o["data"]) || holds(inner(o), []string{"status"}, "1", "success"))
		case providers.Pending:
			right = status == 200 && yes(o) && !holds(o, codeKeys, "11", "15", "16")
		case providers.Refused:
			right = (status == 200 || status == 401 || status == 412) && !yes(o) && holds(o, codeKeys, "15", "16") && r.Reason == providers.ReasonCredentials &&
				nothing(o["ackno"]) && nothing(o["operatorid"]) && nothing(o["data"])
		default:
			right = false
		}
		if !right {
			t.Errorf("%v (%s): %d %q", r.Status, r.Reason, status, body)
		}
	})
}

func nothing(v any) bool { return v == nil || blank(v) }

func blank(v any) bool { s, ok := v.(string); return ok && strings.TrimSpace(s) == "" }

func FuzzReadStatus(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		r, o := readStatus(status, body, sent), object(body)
		data := inner(o)
		right := status == 200 && yes(o) && holds(o, codeKeys, "1") && data != nil
		ours := holds(data, []string{"refid", "referenceid"}, sent.reference)
		right = right && (ours || !nothing(data["canumber"]) && !nothing(data["amount"]))
		back := holds(data, []string{"refunded"}, "1", "true", "y", "yes")
		switch r.Status {
		case providers.Unknown:
			right = true
		case providers.Delivered:
			right = right && holds(data, []string{"status"}, "1", "success") && !back
		case providers.Pending:
			right = right && !holds(data, []string{"status"}, "0", "1") && !back
		case providers.Refused:
			right = right && ours && (back || holds(data, []string{"status"}, "0", "failed", "failure"))
		default:
			right = false
		}
		if !right {
			t.Errorf("%v (%s): %d %q", r.Status, r.Reason, status, body)
		}
	})
}

// What damage could make of a story's answer stands here: answers that contradict themselves.
func TestContradictionsAreUnknown(t *testing.T) {
	t.Parallel()
	type read = func(int, []byte, order) providers.Result
	for _, c := range []struct {
		what   string
		read   read
		body   string
		reason providers.Reason
	}{
		{"taken, and a duplicate", readRecharge, `{"status":true,"response_code":11}`, providers.ReasonDuplicate},
		{"taken, and refused", readRecharge, `{"status":true,"response_code":16}`, providers.ReasonUnreadable},
		{"refused, of an order that they took", readRecharge, `{"status":false,"response_code":16,"ackno":"11224445565","message":"Authentication failed"}`, providers.ReasonUnreadable},
		{"refused, and the network has it", readRecharge, `{"status":false,"response_code":15,"operatorid":1111122233}`, providers.ReasonUnreadable},
		{"refused, with the order", readRecharge, `{"status":false,"response_code":16,"data":{"status":2,"refid":"1234435687678"}}`, providers.ReasonUnreadable},
		{"not taken, and a success", readRecharge, `{"status":false,"response_code":1}`, providers.ReasonUnreadable},
		{"a word for status", readRecharge, `{"status":"success","response_code":1}`, providers.ReasonUnreadable},
		{"two codes", readRecharge, `{"status":true,"response_code":1,"responsecode":2}`, providers.ReasonUnreadable},
		{"a success whose order failed", readRecharge, `{"status":true,"response_code":1,"data":{"status":0,"refid":"1234435687678"}}`, providers.ReasonUnreadable},
		{"a success with data that say nothing", readRecharge, `{"status":true,"response_code":1,"data":{}}`, providers.ReasonUnreadable},
		{"not found, and a success", readStatus, `{"status":false,"response_code":1,"data":{"status":1}}`, providers.ReasonUnreadable},
		{"no success code, and a success", readStatus, `{"status":true,"response_code":2,"data":{"status":1}}`, providers.ReasonUnreadable},
		{"a success of no order", readStatus, `{"status":true,"response_code":1,"data":{"status":1,"operatorid":"9"}}`, providers.ReasonUnreadable},
		{"a success of a number", readStatus, `{"status":true,"response_code":1,"data":{"status":1,"canumber":"9679833706"}}`, providers.ReasonUnreadable},
		{"under way, of no order", readStatus, `{"status":true,"response_code":1,"data":{"status":2}}`, providers.ReasonUnreadable},
		{"failed, of a number and an amount", readStatus, `{"status":true,"response_code":1,"data":{"status":0,"canumber":"9679833706","amount":10}}`, providers.ReasonUnreadable},
		{"delivered, with the id of a payment back", readStatus, `{"status":true,"response_code":1,"data":{"status":1,"refunded":"0","refundtxnid":"R1","refid":"1234435687678"}}`, providers.ReasonUnreadable},
		{"failed, and half paid back", readStatus, `{"status":true,"response_code":1,"data":{"status":0,"refunded":"2","refid":"1234435687678"}}`, providers.ReasonUnreadable},
		{"paid back, of no order", readStatus, `{"status":true,"response_code":1,"data":{"status":1,"refunded":true}}`, providers.ReasonUnreadable},
	} {
		got := c.read(http.StatusOK, []byte(c.body), sent)
		if got.Status != providers.Unknown || got.Reason != c.reason {
			t.Errorf("%s: %v (%s), want unknown (%s)", c.what, got.Status, got.Reason, c.reason)
		}
	}
	pending := readRecharge(http.StatusOK, []byte(`{"status":true,"response_code":1,"ackno":"7","data":{"status":"pending","refid":"1234435687678"}}`), sent)
	if pending.Status != providers.Pending || pending.UpstreamID != "7" {
		t.Errorf("a success whose order is under way: %+v, want pending", pending)
	}
}

func config() providers.Config {
	return providers.Config{
		Settings:      map[string]providers.Secret{"base_url": "https://bos.test/api/BOS", "register_id": "BOS-s3cret", "token": "t0ken"},
		Lists:         map[string][]string{},
		OperatorCodes: map[providers.Service]string{{Operator: providers.INJio}: " 5 "},
	}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	code := func(o providers.OperatorID, code string) func(*providers.Config) {
		return func(c *providers.Config) { c.OperatorCodes = map[providers.Service]string{{Operator: o}: code} }
	}
	set := func(key, value string) func(*providers.Config) {
		return func(c *providers.Config) { c.Settings[key] = providers.Secret(value) }
	}
	for name, c := range map[string]struct {
		change func(*providers.Config)
		names  string
	}{
		"no address":                {set("base_url", ""), "setting base_url: "},
		"plain http":                {set("base_url", "http://api.bos.test/api/BOS"), "allow_insecure_http"},
		"no registration":           {set("register_id", ""), "setting register_id: "},
		"neither token nor command": {set("token", " "), "setting token: is empty, and so is token_command: the vendor has not published"},
		"both": {func(c *providers.Config) { c.Lists["token_command"] = []string{"sign"} },
			"setting token: is set, and so is token_command"},
		"a command without a program": {func(c *providers.Config) {
			c.Settings["token"], c.Lists["token_command"] = "", []string{" "}
		}, "setting token_command: "},
		"a token of two words":  {set("token", "Bearer s3cret"), "setting token: "},
		"a token of two lines":  {set("token", "s3cret\nX-Header: 1"), "setting token: "},
		"an operator elsewhere": {code(providers.BDRobi, "5"), "setting operator_codes: "},
		"a word for an operator": {
			code(providers.INJio, "JIO"), "setting operator_codes: "},
		"a code with an exponent": {code(providers.INJio, "1e3"), "setting operator_codes: "},
		"a circle":                {func(c *providers.Config) { c.CircleCodes = map[providers.CircleID]string{"in-dl": "5"} }, "setting circle_codes: "},
	} {
		config := config()
		c.change(&config)
		p, err := New(config)
		if err == nil || !strings.Contains(err.Error(), c.names) || strings.Contains(err.Error(), "s3cret") || p != nil {
			t.Errorf("%s: %v; want an error that says %s", name, err, c.names)
		}
	}
}

// An operator's plain code is that of its prepaid numbers; sent with a postpaid one it would be a guess.
func TestAPlainCodeIsForPrepaidNumbers(t *testing.T) {
	t.Parallel()
	p, err := New(config())
	if err != nil {
		t.Fatal(err)
	}
	req := providers.Request{Reference: "100000000000042", Order: providers.Order{
		Operator: providers.INJio, Type: providers.Prepaid, Account: "919679833706", Amount: rupees(5000),
	}}
	got, err := p.order(req)
	if diff := cmp.Diff(`{"RegisterID":"BOS-1","amount":5000,"canumber":"9679833706","operator":5,"referenceid":"100000000000042"}`, string(got.body("BOS-1"))); err != nil || diff != "" {
		t.Errorf("order: %v (-want +got):\n%s", err, diff)
	}
	req.Type = providers.Postpaid
	if _, err := p.order(req); !errors.Is(err, providers.ErrUnsupported) {
		t.Errorf("a postpaid number without a code of its own: %v, want ErrUnsupported", err)
	}
	if _, err := p.Balance(t.Context()); !errors.Is(err, providers.ErrUnsupported) {
		t.Errorf("balance: %v, want ErrUnsupported", err)
	}
}
