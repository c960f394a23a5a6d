package rechargkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
)

var sent = order{operator: "1", circle: "23", number: "9679833706", amount: "10", reference: "5165483"}

// seeds are answers as the vendor's document has them, mended where they are no JSON, and a few that pretend.
func seeds(f *testing.F) {
	for _, body := range []string{
		`{"error":0,"msg":"order in queue","status":2,"orderid":"da9842e1-f561-4728-827b-ac4dd2934d68","optransid":"","partnerreqid":"5165483","commission":0,"user_var1":"","user_var2":"","user_var3":""}`,
		`{"error":0,"msg":order in queue,"status":2,"partnerreqid":"5165483"}`, `{"error":1,"msg":"Duplicate order, Order ID must be unique",}`,
		`{"error":0,"msg":"success","status":1,"orderid":"1","optransid":"MP1","commission":0.35,"amount":"10.00"}`, `{"error":"0","msg":"failed","status":"3","orderid":"1"}`,
		`{"error":1,"msg":"Duplicate order, Order ID must be unique"}`, `{"error":1,"msg":"access denied."}`, `{"error":1,"msg":"Invalid mobile number"}`,
		`{"error":1,"msg":"Insufficient wallet balance","status":3}`, `{"error":1,"msg":"Something went wrong"}`, `{"error":1,"status":1}`,
		`{"error":0,"wallet_amount":"12345.6789"}`, `{"error":0,"planData":{"plan":[{"DATA":[{"amount":"19","validity":"1 Day","description":"1 GB"}]}]}}`,
		`{"error":0,"operatorList":[{"operator_id":1,"operator_name":"Airtel","service_name":"Mobile"}]}`,
		`{"error":1,"Error":0,"status":1}`, `{"error":[0],"status":1}`, "error=0&status=1&pid=5165483", `{"pid":"5165483","status":1}`, `<html>0 1</html>`, ``, `null`, `{}`,
	} {
		for _, status := range []int{200, 401, 500} {
			f.Add(status, []byte(body))
		}
	}
}

// field finds a top-level scalar as text by its key in lower case. It shares nothing with the code under test.
func field(body []byte, key string) string {
	var o map[string]any
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(bytes.TrimSpace(body), []byte("\xef\xbb\xbf"))))
	d.UseNumber()
	if d.Decode(&o) != nil {
		return ""
	}
	for k, v := range o {
		if strings.ToLower(strings.TrimSpace(k)) != key {
			continue
		}
		switch v := v.(type) {
		case string:
			return strings.TrimSpace(v)
		case json.Number:
			return v.String()
		}
	}
	return ""
}

var whole = regexp.MustCompile(`^[0-9]+$`)

// judged checks a verdict about an order against the two fields that may decide it.
func judged(t *testing.T, r providers.Result, status int, body []byte) {
	t.Helper()
	failed, state := field(body, "error"), field(body, "status")
	right := true
	switch r.Status {
	case providers.Unknown:
	case providers.Delivered:
		right = status == 200 && failed == "0" && state == "1" && r.Reason == ""
	case providers.Pending:
		right = status == 200 && failed == "0" && whole.MatchString(state) && state != "1" && state != "3"
	case providers.Refused:
		right = status == 200 && failed == "0" && state == "3"
	default:
		right = false
	}
	if r.Status == providers.Unknown && r.UpstreamID != "" {
		right = false
	}
	if ref := field(body, "partnerreqid"); r.Status != providers.Unknown && ref != "" && ref != sent.reference {
		right = false
	}
	if !right {
		t.Errorf("%v (%s): %d %q", r.Status, r.Reason, status, body)
	}
}

func FuzzReadRecharge(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		r := readRecharge(status, body, sent)
		failed, state := field(body, "error"), field(body, "status")
		if r.Status != providers.Refused || failed == "0" {
			judged(t, r, status, body)
			return
		}
		message := strings.ToLower(field(body, "msg"))
		for _, word := range []string{"duplicate", "dublicate", "unique", "already", "exist", "same", "used", "repeat",
			"progress", "hold", "accepted", "received", "later", "status", "connect", "network", "internal", "exception", "queue", "pending", "processing"} {
			if strings.Contains(message, word) {
				t.Errorf("an order that they may have is refused: %q", body)
			}
		}
		if field(body, "orderid") != "" || field(body, "optransid") != "" {
			t.Errorf("an order with a name is refused: %q", body)
		}
		if !whole.MatchString(failed) || message == "" || state != "" && state != "3" || status != 200 && status != 401 && status != 403 {
			t.Errorf("refused: %d %q", status, body)
		}
	})
}

func FuzzReadStatus(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		r := readStatus(status, body, sent)
		judged(t, r, status, body)
		if r.Status != providers.Unknown && field(body, "partnerreqid") == "" && len(field(body, "orderid")) < 4 {
			t.Errorf("%v of an order without a name: %q", r.Status, body)
		}
	})
}

func FuzzReadBalance(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if m, err := readBalance(status, body); err == nil && (status != 200 || field(body, "error") != "0" || m.Currency != providers.INR) {
			t.Errorf("%v: %d %q", m, status, body)
		}
	})
}

func FuzzReadPlans(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		list, err := readPlans(status, body, providers.INAirtel)
		if err == nil && (status != 200 || field(body, "error") != "0") {
			t.Errorf("%v: %d %q", list, status, body)
		}
		for _, o := range list {
			if o.Price.Minor <= 0 || strings.ContainsAny(o.Details+o.Validity, "\n\r") {
				t.Errorf("offer %+v", o)
			}
		}
	})
}

func FuzzReadCodes(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		list, err := readCodes(status, body)
		if err == nil && (status != 200 || field(body, "error") != "0") {
			t.Errorf("%v: %d %q", list, status, body)
		}
		for _, c := range list {
			if c.Code == "" || c.Name == "" {
				t.Errorf("code %+v", c)
			}
		}
	})
}

var named = regexp.MustCompile(`(?i)pid|partner_?req|%|\\u`) // an escape may stand for any letter

func FuzzReadPostback(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, _ int, body []byte) {
		for _, call := range []providers.PostbackCall{{Query: string(body)}, {Body: body}} {
			if about, err := readPostback(call); err == nil && (about.Reference == "" || !named.Match(body)) {
				t.Errorf("%+v: %q", about, body)
			}
		}
	})
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	code := func(o providers.OperatorID, code string) func(*providers.Config) {
		return func(c *providers.Config) { c.OperatorCodes = map[providers.Service]string{{Operator: o}: code} }
	}
	circle := func(id providers.CircleID, code string) func(*providers.Config) {
		return func(c *providers.Config) { c.CircleCodes = map[providers.CircleID]string{id: code} }
	}
	set := func(key, value string) func(*providers.Config) {
		return func(c *providers.Config) { c.Settings[key] = providers.Secret(value) }
	}
	for name, c := range map[string]struct {
		change func(*providers.Config)
		names  string
	}{
		"no address":              {set("base_url", ""), "setting base_url: "},
		"plain http":              {set("base_url", "http://v2.rechargkit.test"), "allow_insecure_http"},
		"no token":                {set("token", ""), "setting token: "},
		"another method":          {set("status_method", "PUT"), "setting status_method: want one of: POST, GET"},
		"an operator elsewhere":   {code(providers.BDRobi, "5"), "setting operator_codes: "},
		"an empty operator code":  {code(providers.INJio, " "), "setting operator_codes: "},
		"a word for an operator":  {code(providers.INJio, "JIO"), "setting operator_codes: "},
		"a code with a sign":      {code(providers.INJio, "-5"), "setting operator_codes: "},
		"a code with a zero":      {code(providers.INJio, "05"), "setting operator_codes: "},
		"a code with an exponent": {code(providers.INJio, "1e3"), "setting operator_codes: "},
		"a circle that is none":   {circle("in-xx", "5"), "setting circle_codes: "},
		"letters for a circle":    {circle("in-dl", "DL"), "setting circle_codes: "},
		"a fraction for a circle": {circle("in-dl", "5.0"), "setting circle_codes: "},
	} {
		config := config()
		c.change(&config)
		p, err := New(config)
		if err == nil || !strings.Contains(err.Error(), c.names) || strings.Contains(err.Error(), "s3cret") || p != nil {
			t.Errorf("%s: %v; want an error that says %s", name, err, c.names)
		}
	}
}

func config() providers.Config {
	return providers.Config{
		Settings:      map[string]providers.Secret{"base_url": "https://rechargkit.test", "token": "s3cret", "status_method": "POST"},
		OperatorCodes: map[providers.Service]string{{Operator: providers.INJio}: " 5 "},
		CircleCodes:   map[providers.CircleID]string{"in-dl": " 7 "},
	}
}

// An operator's plain code is that of its prepaid numbers; sent with a postpaid one it would be a guess.
func TestAPlainCodeIsForPrepaidNumbers(t *testing.T) {
	t.Parallel()
	p, err := New(config())
	if err != nil {
		t.Fatal(err)
	}
	req := providers.Request{Reference: "r", Order: providers.Order{
		Operator: providers.INJio, Type: providers.Prepaid, Account: "919679833706", Amount: rupees(5000), Circle: "in-dl",
	}}
	got, err := p.order(req)
	if diff := cmp.Diff(`{"amount":5000,"circle":7,"mobile_no":9679833706,"operator_code":5,"partner_request_id":"r","recharge_type":1,"user_var1":"","user_var2":"","user_var3":""}`, string(got.body())); err != nil || diff != "" {
		t.Errorf("order: %v (-want +got):\n%s", err, diff)
	}
	req.Type = providers.Postpaid
	if _, err := p.order(req); !errors.Is(err, providers.ErrUnsupported) {
		t.Errorf("a postpaid number without a code of its own: %v, want ErrUnsupported", err)
	}
}

// The document says GET; the setting says what works.
func TestTheStatusIsAskedAsConfigured(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]string{
		"": "POST  {\"partner_request_id\":\"r1\"}", "POST": "POST  {\"partner_request_id\":\"r1\"}", "GET": "GET partner_request_id=r1 ",
	} {
		c := config()
		c.Settings["status_method"] = providers.Secret(method)
		p, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		call := p.status("r1")
		if got := call.Method + " " + call.Query.Encode() + " " + string(call.Body); got != want || call.Path != "recharge/statusCheck" || call.Header.Get("Authorization") != "Bearer s3cret" {
			t.Errorf("status_method %q: %s, %s", method, got, call.Path)
		}
	}
}

// Their id names the order, however short it is, when they told it at the recharge; alone it needs more.
func TestAShortIDIsKnownAgain(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]providers.Status{"R1": providers.Delivered, "": providers.Unknown, "R2": providers.Unknown} {
		if r := readStatus(200, []byte(`{"error":0,"msg":"success","status":1,"orderid":"R1"}`), order{upstream: id}); r.Status != want {
			t.Errorf("told %q: %v, want %v", id, r.Status, want)
		}
	}
	if r := readRecharge(200, []byte(`{"error":0,"msg":"queued","status":2,"orderid":"R1"}`), order{}); r.UpstreamID != "R1" {
		t.Errorf("the id of an accepted order: %q", r.UpstreamID)
	}
}
