package deeperweb

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
)

var sent = order{operator: "AT", number: "9812345670", amount: "10", reference: "AT1233430400001"}

// seeds are answers as the vendor's document and its family have them, and a few that pretend.
func seeds(f *testing.F) {
	for _, body := range []string{
		`{"status":"Accepted","number":"9812345670","amount":"10","operator":"AT","ref_id":"AT1233430400001","txn_id":"123456","opt_id":"ABCDEFGH12345","balance" : "100.00", "message":"Recharge request accepted." }`,
		`{"status":"Success","number":"9812345670","amount":"10.00","operator":"AT","ref_id":"AT1233430400001","txn_id":"123456","opt_id":"ABCDEFGH12345"}`,
		`{"status":"Failure","ref_id":"AT1233430400001","txn_id":"123456","opt_id":null}`, `{"status":"Refunded","txn_id":123456}`,
		`{"status":"Error","message":"Invalid API token"}`, `{"status":"SUCCESS","tx_status":"FAILED","txn_id":"1001"}`, `{"status":"Success","txn_id":"1001","duplicate":true}`,
		`{"status":"Ok","totalBalance":"5000.00","rechargeBalance":"1250.50","utilityBalance":"3000.00","aepsBalance":"749.50","message":"Success"}`,
		`{"status":"Accepted","complain_id":"C9","message":""}`, `{"status":"Error","Status":"Success"}`, `{"status":["Success"],"txn_id":"1001"}`, `{"status":"Success","ref_id":"ABC1"}`,
		"status=Success", `<html>Success</html>`, ``, `null`, `{}`,
	} {
		f.Add(200, []byte(body))
		f.Add(500, []byte(body))
	}
}

// said is the text or number under a key of the object in body, in lower case; "" when there is none. It
// shares nothing with the code under test.
func said(body []byte, key string) string {
	var o map[string]any
	d := json.NewDecoder(bytes.NewReader(bytes.TrimLeft(body, "\ufeff \t\r\n")))
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
			return strings.ToLower(strings.TrimSpace(v))
		case json.Number:
			return strings.ToLower(v.String())
		}
	}
	return ""
}

// finals are the words that end an order, by what they end it as.
func finals() map[providers.Status]string {
	return map[providers.Status]string{providers.Pending: "pending accepted", providers.Delivered: "success", providers.Refused: "failure refunded"}
}

func FuzzReadRecharge(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		words := finals()
		words[providers.Refused] += " error"
		r := readRecharge(status, body, sent)
		checkVerdict(t, r, status, body, words)
		if r.Status != providers.Unknown && said(body, "duplicate") == "1" {
			t.Errorf("%v of a duplicate: %q", r.Status, body)
		}
	})
}

func FuzzReadStatus(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		r := readStatus(status, body, sent)
		checkVerdict(t, r, status, body, finals())
		if r.Status != providers.Unknown && r.UpstreamID == "" {
			t.Errorf("%v of no order of theirs: %q", r.Status, body)
		}
	})
}

// checkVerdict: a verdict has its word, and nothing in the answer speaks of another order or of a lookup.
func checkVerdict(t *testing.T, r providers.Result, status int, body []byte, words map[providers.Status]string) {
	t.Helper()
	if r.Status == providers.Unknown {
		return
	}
	word, reference := said(body, "status"), said(body, "ref_id")
	if status != 200 || word == "" || !strings.Contains(" "+words[r.Status]+" ", " "+word+" ") {
		t.Errorf("%v: %d %q", r.Status, status, body)
	}
	if reference != "" && reference != strings.ToLower(sent.reference) || said(body, "tx_status") != "" {
		t.Errorf("%v of another order: %q", r.Status, body)
	}
	if r.Serial != "" && r.Status != providers.Delivered {
		t.Errorf("%v with serial %q", r.Status, r.Serial)
	}
}

func FuzzReadBalance(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if m, err := readBalance(status, body); err == nil && (status != 200 || said(body, "status") != "ok" || m.Currency != providers.INR) {
			t.Errorf("%v: %d %q", m, status, body)
		}
	})
}

func FuzzReadTicket(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		ticket, err := readTicket(status, body)
		if err == nil && (status != 200 || ticket == "" || said(body, "status") != "accepted") {
			t.Errorf("%q: %d %q", ticket, status, body)
		}
	})
}

// Whole words of another answer, which the laws do not put in the place of one another.
func TestOneWordMeansWhatItsCallMeans(t *testing.T) {
	t.Parallel()
	const pending, delivered, refused, unknown = providers.Pending, providers.Delivered, providers.Refused, providers.Unknown
	for body, want := range map[string][2]providers.Status{ // of a recharge, of an enquiry
		`{"status":"Pending","txn_id":"1001"}`:                                         {pending, pending},
		`{"status":"Accepted","txn_id":"1001"}`:                                        {pending, pending},
		`{"status":"Success","txn_id":"1001"}`:                                         {delivered, delivered},
		`{"status":"Failure","txn_id":"1001"}`:                                         {refused, refused},
		`{"status":"Refunded","txn_id":"1001"}`:                                        {refused, refused},
		`{"status":"Error","txn_id":"1001"}`:                                           {refused, unknown},
		`{"status":"eRRor"}`:                                                           {refused, unknown},
		`{"status":"Success"}`:                                                         {delivered, unknown},
		`{"status":"Failure","txn_id":null}`:                                           {refused, unknown},
		`{"status":"Failure","txn_id":false}`:                                          {refused, unknown},
		`{"status":"Failure","txn_id":"N.A."}`:                                         {refused, unknown},
		`{"status":"Failure","txn_id":"--"}`:                                           {refused, unknown},
		`{"status":"Failure","txn_id":"00"}`:                                           {refused, unknown},
		`{"status":"Failure","txn_id":"0000"}`:                                         {refused, unknown},
		`{"status":"Failure","txn_id":"NOT FOUND"}`:                                    {refused, unknown},
		`{"status":"Failure","txn_id":"error 404"}`:                                    {refused, unknown},
		`{"status":"Failure","txn_id":"-"}`:                                            {refused, unknown},
		`{"status":"Failure","txn_id":-1}`:                                             {refused, unknown},
		`{"status":"Failure","txn_id":"123"}`:                                          {refused, unknown},
		`{"status":"Success","txn_id":"1001","txn_status":"FAILED"}`:                   {unknown, unknown},
		`{"status":"Success","txn_id":"1001"," Order_Status ":null}`:                   {unknown, unknown},
		`{"status":"Success","txn_id":"1001","rechargeStatus":"PENDING"}`:              {unknown, unknown},
		`{"status":"Success","txn_id":"1001","data":{"status":"Failure"}}`:             {unknown, unknown},
		`{"status":"Success","txn_id":"1001","data":[]}`:                               {unknown, unknown},
		`{"status":"Success","txn_id":"1001","data":"","statuscode":"200"}`:            {delivered, delivered},
		`{"status":"Failure","txn_id":"1001","tx_status":null}`:                        {unknown, unknown},
		`{"status":"Success","txn_id":"1001","TX_STATUS":"SUCCESS"}`:                   {unknown, unknown},
		`{"status":"Success","txn_id":"1001","duplicate":"true"}`:                      {unknown, delivered},
		`{"status":"Success","txn_id":"1001","duplicate":false}`:                       {delivered, delivered},
		`{"status":"Accepted","txn_id":"1001","message":"Not a DUPLICATE"}`:            {pending, pending},
		`{"status":"Error","message":"DUPLICATE reference"}`:                           {unknown, unknown},
		`{"status":"Failure","txn_id":"1001","message":"Number is already recharged"}`: {unknown, refused},
		`{"status":"Refund","txn_id":"1001"}`:                                          {unknown, unknown},
		`{"status":"Success ful","txn_id":"1001"}`:                                     {unknown, unknown},
		`{"status":true,"txn_id":"1001"}`:                                              {unknown, unknown},
		`{"status":1,"txn_id":"1001"}`:                                                 {unknown, unknown},
		`{"status":"Success","txn_id":"1001","operator":"Airtel"}`:                     {unknown, unknown},
		`{"status":"Success","txn_id":"1001","amount":"10.01"}`:                        {unknown, unknown},
		`{"status":"Success","txn_id":"1001","amount":"ten"}`:                          {unknown, unknown},
		`{"status":"Success","txn_id":"1001","ref_id":"at1233430400001"}`:              {unknown, unknown},
		`{"status":"Success","txn_id":"1001","number":919812345670,"amount":10.0}`:     {delivered, delivered},
	} {
		if got := readRecharge(200, []byte(body), sent).Status; got != want[0] {
			t.Errorf("recharge, %s: %v, want %v", body, got, want[0])
		}
		if got := readStatus(200, []byte(body), sent).Status; got != want[1] {
			t.Errorf("status, %s: %v, want %v", body, got, want[1])
		}
	}
}

// An error's reason is people's, and an id that is none is not kept, or no later answer could be about it.
func TestARefusalHasTheReasonOfItsText(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]providers.Result{
		`{"status":"Error","message":"Invalid API token"}`:                      {Reason: providers.ReasonCredentials},
		`{"status":"Failure","txn_id":"123456","message":"Low balance"}`:        {Reason: providers.ReasonFloatShort, UpstreamID: "123456"},
		`{"status":"Error","txn_id":"--","message":"Server is in maintenance"}`: {Reason: providers.ReasonMaintenance},
		`{"status":"Failure","txn_id":"NOT FOUND","message":"Operator down"}`:   {Reason: providers.ReasonRejected},
		`{"status":"Refunded","txn_id":"123456"}`:                               {Reason: providers.ReasonRefunded, UpstreamID: "123456"},
	} {
		got := readRecharge(200, []byte(body), sent)
		if got.Status != providers.Refused || got.Reason != want.Reason || got.UpstreamID != want.UpstreamID {
			t.Errorf("%s: %v %q, their id %q", body, got.Status, got.Reason, got.UpstreamID)
		}
		if later := readStatus(200, []byte(body), sent); later.Status == providers.Refused && later.Reason != providers.ReasonRejected && want.Reason != providers.ReasonRefunded {
			t.Errorf("%s of an enquiry: %q", body, later.Reason)
		}
	}
}

// An order whose operator is no longer configured is still told from another one by its number and amount.
func TestAnEnquiryWithoutACodeComparesTheRest(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]providers.Result{
		`{"status":"Success","txn_id":"123456","number":"8812345670","amount":"10","operator":"JIO"}`: {Status: providers.Delivered},
		`{"status":"Success","txn_id":"123456","number":"8812345671","amount":"10","operator":"JIO"}`: {Reason: providers.ReasonEcho},
		`{"status":"Failure","txn_id":"123456","number":"8812345670","amount":"11"}`:                  {Reason: providers.ReasonEcho},
		`{"status":"Failure","txn_id":"123456","ref_id":"AAAAAAAAAAAAAAA"}`:                           {Reason: providers.ReasonEcho},
	} {
		synctest.Test(t, func(t *testing.T) {
			conf := config()
			conf.Dial, conf.AllowInsecureHTTP = panel(new([]string), map[string]string{"2026-02-28": body}), true
			conf.Settings["base_url"] = "http://panel.test/webservices/api"
			p, err := New(conf)
			if err != nil {
				t.Fatal(err)
			}
			req := providers.Request{Order: providers.Order{Operator: providers.INJio, Type: providers.Prepaid, Account: "918812345670", Amount: rupees(10)}, Reference: "AT1233430400001"}
			got, err := p.Enquire(t.Context(), providers.Sent{Request: req, At: time.Date(2026, 2, 28, 6, 30, 0, 0, time.UTC)})
			if err != nil || got.Status != want.Status || got.Reason != want.Reason {
				t.Errorf("%s: %v %q, %v; want %v %q", body, got.Status, got.Reason, err, want.Status, want.Reason)
			}
			time.Sleep(time.Minute) // idle connections time out
		})
	}
}

// The day is India's, and near its midnight there are two.
func TestTheDayIsIndias(t *testing.T) {
	t.Parallel()
	for at, want := range map[string][2]string{
		"2026-03-01T12:00:00Z":      {"2026-03-01", ""},
		"2026-02-28T18:19:59Z":      {"2026-02-28", ""},
		"2026-02-28T18:20:00Z":      {"2026-02-28", "2026-03-01"}, // 23:50
		"2026-02-28T18:29:59Z":      {"2026-02-28", "2026-03-01"},
		"2026-02-28T18:30:00Z":      {"2026-03-01", "2026-02-28"}, // 00:00
		"2026-02-28T18:39:59Z":      {"2026-03-01", "2026-02-28"},
		"2026-02-28T18:40:00Z":      {"2026-03-01", ""},
		"2026-01-01T00:00:00+06:00": {"2025-12-31", ""}, // 23:30 in India
		"2026-12-31T23:59:00+05:30": {"2026-12-31", "2027-01-01"},
	} {
		instant, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		other, near := otherDay(instant)
		if got := [2]string{day(instant), other}; got != want || near != (want[1] != "") {
			t.Errorf("%s: %v, want %v", at, got, want)
		}
	}
}

func config() providers.Config {
	return providers.Config{
		Settings:      map[string]providers.Secret{"base_url": "https://panel.test/webservices/api", "username": "9000000000", "api_token": "t"},
		OperatorCodes: map[providers.Service]string{{Operator: providers.INAirtel}: "\u00a0AT "},
	}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	set := func(key, value string) func(*providers.Config) {
		return func(c *providers.Config) { c.Settings[key] = providers.Secret(value) }
	}
	code := func(s providers.Service, code string) func(*providers.Config) {
		return func(c *providers.Config) { c.OperatorCodes = map[providers.Service]string{s: code} }
	}
	for name, c := range map[string]struct {
		change func(*providers.Config)
		names  string
	}{
		"no address":            {set("base_url", ""), "setting base_url"},
		"plain http":            {set("base_url", "http://panel.test/webservices/api"), "allow_insecure_http"},
		"the whole document":    {set("base_url", "https://www.deeperweb.in/webservices/api/recharge?username=[username]"), "setting base_url"},
		"no user":               {set("username", ""), "setting username"},
		"no token":              {set("api_token", ""), "setting api_token"},
		"a non-breaking blank":  {set("api_token", "sesame\u00a0open"), "setting api_token: holds a blank"},
		"a zero-width blank":    {set("api_token", "sesame\u200b"), "setting api_token: holds a blank"},
		"a line's end":          {set("username", "9000000000\n"), "setting username: holds a blank"},
		"a blank within a code": {code(providers.Service{Operator: providers.INJio}, "J\u00a0IO"), "in-jio"},
		"an empty code":         {code(providers.Service{Operator: providers.INJio}, "\u00a0"), "in-jio"},
		"a Bengali operator":    {code(providers.Service{Operator: providers.BDRobi}, "RB"), "bd-robi"},
		"a circle": {func(c *providers.Config) {
			c.CircleCodes = map[providers.CircleID]string{"in-dl": "5"}
		}, "in-dl"},
	} {
		config := config()
		c.change(&config)
		p, err := New(config)
		if err == nil || !strings.Contains(err.Error(), c.names) || p != nil {
			t.Errorf("%s: %v; want an error that names %s", name, err, c.names)
		}
		if err != nil && strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: the error shows the token: %v", name, err)
		}
	}
}

// At these vendors the code tells prepaid and postpaid apart, so one without a code of its own is not served.
func TestWithoutACodeNothingIsSaid(t *testing.T) {
	t.Parallel()
	p, err := New(config())
	if err != nil {
		t.Fatal(err)
	}
	req := providers.Request{Order: providers.Order{Operator: providers.INAirtel, Type: providers.Prepaid, Account: "919812345670", Amount: rupees(10)}, Reference: "AT1233430400001"}
	o, err := p.order(req)
	if diff := cmp.Diff(map[string][]string{"number": {"9812345670"}, "amount": {"10"}, "operator": {"AT"}, "ref_id": {"AT1233430400001"}}, map[string][]string(o.query())); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, s := range []providers.Service{{Operator: providers.INAirtel, Type: providers.Postpaid}, {Operator: providers.INJio, Type: providers.Prepaid}} {
		req.Operator, req.Type = s.Operator, s.Type
		res, err := p.Recharge(t.Context(), req)
		if !errors.Is(err, providers.ErrUnsupported) || !errors.Is(err, providers.ErrNotSent) || res.Status != providers.Unknown {
			t.Errorf("%s without a code: %v, %v", s, res.Status, err)
		}
	}
	if _, err := p.Enquire(t.Context(), providers.Sent{Request: req}); err == nil {
		t.Error("an enquiry without the time of its send has no day to ask for")
	}
}

// However the panel calls us, the reference is found.
func TestPostbacksInEveryClothing(t *testing.T) {
	t.Parallel()
	p, err := New(config())
	if err != nil {
		t.Fatal(err)
	}
	want := providers.Postback{Reference: "AT1233430400001", Code: "Refunded"}
	for name, call := range map[string]providers.PostbackCall{
		"query":        {Query: "refId=AT1233430400001&status=Refunded"},
		"form":         {ContentType: "application/x-www-form-urlencoded", Body: []byte("refId=AT1233430400001&status=Refunded")},
		"query + form": {Query: "refId=AT1233430400001", Body: []byte("status=Refunded&txnId=1")},
		"multipart":    {ContentType: "multipart/form-data; boundary=b", Body: []byte("--b\r\nContent-Disposition: form-data; name=\"refId\"\r\n\r\nAT1233430400001\r\n--b\r\nContent-Disposition: form-data; name=status\r\n\r\nRefunded\r\n--b--\r\n")},
		"JSON":         {ContentType: "application/json", Body: []byte(`{"refId":"AT1233430400001","status":"Refunded"}`)},
	} {
		got, err := p.Postback(call)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// Their id names the order, however short it is, when they told it at the recharge; alone it needs more.
func TestAShortIDIsKnownAgain(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]providers.Status{"T1": providers.Delivered, "": providers.Unknown, "T2": providers.Unknown} {
		if r := readStatus(200, []byte(`{"status":"Success","txn_id":"T1","opt_id":"S1"}`), order{id: id}); r.Status != want {
			t.Errorf("told %q: %v, want %v", id, r.Status, want)
		}
	}
	if r := readStatus(200, []byte(`{"status":"Failure","txn_id":"N.A."}`), order{id: "T1"}); r.Status != providers.Unknown || r.Reason == providers.ReasonEcho {
		t.Errorf("what stands for no id is no other order's: %v %q", r.Status, r.Reason)
	}
	if r := readRecharge(200, []byte(`{"status":"Accepted","txn_id":"T1"}`), order{}); r.UpstreamID != "T1" {
		t.Errorf("the id of an accepted order: %q", r.UpstreamID)
	}
}
