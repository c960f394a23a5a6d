package sendapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
	"rechargebot/providers/wire"
)

// seeds are answers as the vendor's document has them, and a few that pretend.
func seeds(f *testing.F) {
	for _, body := range []string{
		`{"success":true,"status":1,"message":"Flexiload-  Request Submit Successfully"}`,
		`{"success":false,"status":2,"message":"Not User"}`,
		`{"posotion":1," trxid":"xyxsdrerr"," lastbalance":"102"," status":"1"}`,
		`{"posotion":1," trxid":xyxsdrerr," lastbalance":"102", status":"1”}`,
		`{"position":1,"trxid":null,"lastbalance":"102","status":1}`,
		`{"posotion":1," trxid":""," lastbalance":"102"," status":"2"}`,
		`{"success":true,"status":1,"balance":"102"}`,
		`{"success":false,"Success":true,"status":1}`, `{"success":[true],"status":1}`, `{"success":"true","status":"1","trxid":"null"}`,
		"success=true&status=1", `<html>{"success":true,"status":1}</html>`, ``, `null`, `{}`,
	} {
		f.Add(200, []byte(body))
		f.Add(500, []byte(body))
	}
}

// says reports whether body is a JSON object with that value, as text or a literal, under that key with
// or without blanks and capitals. It shares nothing with the code under test.
func says(body []byte, key, want string) bool {
	var o map[string]any
	d := json.NewDecoder(bytes.NewReader(bytes.TrimLeft(body, "\ufeff \t\r\n")))
	d.UseNumber()
	if d.Decode(&o) != nil {
		return false
	}
	for k, v := range o {
		if strings.ToLower(strings.TrimSpace(k)) != key {
			continue
		}
		switch v := v.(type) {
		case string:
			return strings.TrimSpace(v) == want
		case json.Number:
			return v.String() == want
		case bool:
			return v == (want == "true") && (want == "true" || want == "false")
		}
	}
	return false
}

func FuzzReadRecharge(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		r := readRecharge(status, body)
		switch r.Status {
		case providers.Unknown:
		case providers.Pending:
			if status != 200 || !says(body, "success", "true") || !says(body, "status", "1") {
				t.Errorf("pending: %d %q", status, body)
			}
		case providers.Refused:
			if status != 200 || !says(body, "success", "false") || !says(body, "status", "2") {
				t.Errorf("refused: %d %q", status, body)
			}
		default:
			t.Errorf("a request is never answered with %v: %d %q", r.Status, status, body)
		}
	})
}

func FuzzReadStatus(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		r := readStatus(status, body, "6385f4f65e16e")
		want := map[providers.Status]string{providers.Delivered: "1", providers.Pending: "1", providers.Refused: "2"}
		if r.Status != providers.Unknown && (status != 200 || !says(body, "status", want[r.Status]) || says(body, "success", "false")) {
			t.Errorf("%v: %d %q", r.Status, status, body)
		}
		if (r.Status == providers.Delivered) != (r.Serial != "") || r.Serial != "" && !says(body, "trxid", r.Serial) {
			t.Errorf("%v with serial %q: %q", r.Status, r.Serial, body)
		}
	})
}

func FuzzReadBalance(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if m, err := readBalance(status, body); err == nil && (status != 200 || !says(body, "success", "true") || !says(body, "status", "1") || m.Currency != providers.BDT) {
			t.Errorf("%v: %d %q", m, status, body)
		}
	})
}

// Whole words of another answer, which the laws do not put in the place of one another.
func TestOneNumberMeansOneThingInEachCall(t *testing.T) {
	t.Parallel()
	const pending, delivered, refused, unknown = providers.Pending, providers.Delivered, providers.Refused, providers.Unknown
	for body, want := range map[string][2]providers.Status{ // of a recharge, of an enquiry
		`{"success":true,"status":1}`:                                            {pending, unknown},
		`{"success":true,"status":2}`:                                            {unknown, unknown},
		`{"success":false,"status":1}`:                                           {unknown, unknown},
		`{"success":false,"status":2}`:                                           {refused, unknown},
		`{"success":false,"status":2,"message":"DUPLICATE id"}`:                  {unknown, unknown},
		`{"success":true,"status":1,"message":"Not a duplicate"}`:                {pending, unknown},
		`{"success":true,"status":0}`:                                            {unknown, unknown},
		`{"success":true,"status":3}`:                                            {unknown, unknown},
		`{"success":true,"status":1,"trxid":"xyxsdrerr"}`:                        {pending, delivered},
		`{"success":false,"status":2,"trxid":""}`:                                {refused, unknown},
		`{"status":"2","trxid":""}`:                                              {unknown, refused},
		`{"status":"2","position":1}`:                                            {unknown, refused},
		`{"status":"2"}`:                                                         {unknown, unknown},
		`{"status":"0","trxid":"xyxsdrerr"}`:                                     {unknown, unknown},
		`{"status":"3","trxid":"xyxsdrerr"}`:                                     {unknown, unknown},
		`{"status":"","trxid":"xyxsdrerr"}`:                                      {unknown, unknown},
		`{"status":"01","trxid":"xyxsdrerr"}`:                                    {unknown, unknown},
		`{"status":1.0,"trxid":"xyxsdrerr"}`:                                     {unknown, unknown},
		`{"status":true,"trxid":"xyxsdrerr"}`:                                    {unknown, unknown},
		`{"status":1,"trxid":"Pending"}`:                                         {unknown, pending},
		`{"status":1,"trxid":"0000"}`:                                            {unknown, pending},
		`{"status":1,"trxid":["xyxsdrerr"]}`:                                     {unknown, unknown},
		`{"status":1,"trxid":"xyxsdrerr","lastbalance":{"x":1}}`:                 {unknown, delivered},
		`{"status":1,"trxid":"xyxsdrerr","lastbalance":"102","success":"maybe"}`: {unknown, unknown},
	} {
		if got := readRecharge(200, []byte(body)).Status; got != want[0] {
			t.Errorf("recharge, %s: %v, want %v", body, got, want[0])
		}
		if got := readStatus(200, []byte(body), "6385f4f65e16e").Status; got != want[1] {
			t.Errorf("status, %s: %v, want %v", body, got, want[1])
		}
	}
}

// Whatever stands for "no id yet" is no network's id: with a 1 beside it the order is under way.
func TestWhatIsNoSerialIsPending(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]providers.Status{
		"xyxsdrerr": providers.Delivered, "BD260322.77": providers.Delivered, "8C3F00Q2": providers.Delivered, "1234": providers.Delivered, "-AB1": providers.Delivered,
		"Processing...": providers.Pending, "pending…": providers.Pending, "N/A.": providers.Pending, "-N/A-": providers.Pending, "(none)": providers.Pending, "In-Queue": providers.Pending,
		"IN_PROCESS": providers.Pending, "*waiting*": providers.Pending, "In Queue": providers.Pending, "Not Found": providers.Pending, "not-found": providers.Pending,
		"xyx sdrerr": providers.Pending, "xyx\u00a0sdrerr": providers.Pending, "8C3F 00Q2": providers.Pending, "Recharge is queued": providers.Pending, "Transmitting...": providers.Pending, "Sending…": providers.Pending,
		"6385f4f65e16e": providers.Pending, "6385F4F65E16E": providers.Pending, "6385f4f65e16f": providers.Delivered,
		"": providers.Pending, "0": providers.Pending, "000000": providers.Pending, "0-0.0": providers.Pending, "-1": providers.Pending, "12": providers.Pending, "…": providers.Pending, "----": providers.Pending, "#1!!": providers.Pending,
	} {
		body, err := json.Marshal(map[string]string{"posotion": "1", " trxid": text, " status": "1"})
		if err != nil {
			t.Fatal(err)
		}
		r := readStatus(200, body, "6385f4f65e16e")
		if r.Status != want || (r.Serial == text) != (want == providers.Delivered || text == "") {
			t.Errorf("%q: %v with serial %q, want %v", text, r.Status, r.Serial, want)
		}
	}
}

// Our float concerns nobody who asks about an order.
func TestTheFloatIsNotToldWithAnOrder(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"posotion":1," trxid":"xyxsdrerr"," lastbalance":"98765"," status":"1"}`, `{"lastbalance":"98765","status":"9","success":false}`} {
		r := readStatus(200, []byte(body), "6385f4f65e16e")
		if strings.Contains(r.Message+r.Code+r.Serial+r.UpstreamID, "98765") {
			t.Errorf("%+v", r)
		}
	}
}

func config() providers.Config {
	return providers.Config{Settings: map[string]providers.Secret{"base_url": "https://panel.test/sendapi", "user": "u", "key": "k"}}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	set := func(key, value string) func(*providers.Config) {
		return func(c *providers.Config) { c.Settings[key] = providers.Secret(value) }
	}
	header := func(name string, value providers.Secret) func(*providers.Config) {
		return func(c *providers.Config) {
			c.Tables = map[string]map[string]providers.Secret{"headers": {name: value, "x-fine": "fine"}}
		}
	}
	code := func(s providers.Service, code string) func(*providers.Config) {
		return func(c *providers.Config) { c.OperatorCodes = map[providers.Service]string{s: code} }
	}
	for name, c := range map[string]struct {
		change func(*providers.Config)
		names  string
	}{
		"no address":              {set("base_url", ""), "setting base_url"},
		"a blank in the host":     {set("base_url", "http://example. com/sendapi"), "setting base_url"},
		"plain http":              {set("base_url", "http://panel.test/sendapi"), "allow_insecure_http"},
		"no user":                 {set("user", ""), "setting user"},
		"no key":                  {set("key", ""), "setting key"},
		"a pasted blank":          {set("key", "k\u00a0"), "setting key: begins or ends"},
		"a pasted service":        {set("service", " 64"), "setting service: begins or ends"},
		"another encoding":        {set("encoding", "json"), "setting encoding: want one of"},
		"a band key of two lines": {set("band_key", "a\r\nx: y"), "setting band_key"},
		"a header's name":         {header("api key", "v"), `setting headers: "api key"`},
		"an empty name":           {header("", "v"), `setting headers: ""`},
		"a line break":            {header("refer", "sesame\r\nx: y"), `setting headers: "refer"`},
		"an empty header":         {header("refer", " "), `setting headers: "refer"`},
		"a length of ours":        {header("content-length", "1"), `setting headers: "content-length"`},
		"a type of ours":          {header("Content-Type", "v"), `setting headers: "Content-Type"`},
		"another host":            {header("HOST", "v"), `setting headers: "HOST"`},
		"another encoding yet":    {header("transfer-Encoding", "v"), `setting headers: "transfer-Encoding"`},
		"the connection":          {header("connection", "v"), `setting headers: "connection"`},
		"sending again":           {header("X-Idempotency-key", "v"), `setting headers: "X-Idempotency-key"`},
		"sending again, short":    {header("idempotency-key", "v"), `setting headers: "idempotency-key"`},
		"a header twice":          {header("X-Fine", "v"), `setting headers: "x-fine"`},
		"a second band-key":       {header("Band-Key", "v"), `setting headers: "Band-Key"`},
		"an Indian operator":      {code(providers.Service{Operator: providers.INJio}, "J"), "in-jio"},
		"an empty code":           {code(providers.Service{Operator: providers.BDRobi}, " "), "bd-robi"},
	} {
		config := config()
		c.change(&config)
		p, err := New(config)
		if err == nil || !strings.Contains(err.Error(), c.names) || p != nil {
			t.Errorf("%s: %v; want an error that names %s", name, err, c.names)
		}
		if err != nil && strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: the error shows a value: %v", name, err)
		}
	}
}

// Panels differ in constants, encoding and headers; what the configuration says goes with every call.
func TestEveryCallSaysWhatIsConfigured(t *testing.T) {
	t.Parallel()
	fields := url.Values{"id": {"6385f4f65e16e"}}
	for encoding, contentType := range map[string]string{"": "multipart/form-data", "multipart": "multipart/form-data", "urlencoded": "application/x-www-form-urlencoded"} {
		c := config()
		maps.Copy(c.Settings, map[string]providers.Secret{"encoding": providers.Secret(encoding), "band_key": "otherband", "service": "65"})
		c.Tables = map[string]map[string]providers.Secret{"headers": {"api-key": "s3same", "refer": "shop.test"}}
		p, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range []string{"request", "status", "balance"} {
			call := p.call(page, fields)
			got := []string{call.Method, call.Path, call.Header.Get("band-key"), call.Header.Get("api-key"), call.Header.Get("refer")}
			if diff := cmp.Diff([]string{"POST", page, "otherband", "s3same", "shop.test"}, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", encoding, page, diff)
			}
			if got := call.Header.Get("Content-Type"); !strings.HasPrefix(got, contentType) {
				t.Errorf("%q: Content-Type %q", encoding, got)
			}
			said, err := wire.Fields(providers.PostbackCall{ContentType: call.Header.Get("Content-Type"), Body: call.Body})
			if diff := cmp.Diff(wire.Object{"user": "u", "key": "k", "id": "6385f4f65e16e"}, said); err != nil || diff != "" {
				t.Errorf("%q: %v (-want +got):\n%s", encoding, err, diff)
			}
		}
		if o := (order{service: p.setting("service")}); o.fields().Get("service") != "65" {
			t.Errorf("service %q", o.fields().Get("service"))
		}
	}
}

func TestOperatorCodesAreTheConfigurations(t *testing.T) {
	t.Parallel()
	gp, robi, skitto := providers.BDGrameenphone, providers.BDRobi, providers.BDSkitto
	for name, c := range map[string]struct {
		configured map[providers.Service]string
		want       map[providers.Service]string
	}{
		"by default":                   {nil, map[providers.Service]string{{Operator: gp, Type: providers.Prepaid}: "GP", {Operator: gp, Type: providers.Skitto}: "SK", {Operator: skitto, Type: providers.Skitto}: "SK"}},
		"small letters":                {map[providers.Service]string{{Operator: gp}: " gp "}, map[providers.Service]string{{Operator: gp, Type: providers.Postpaid}: "gp", {Operator: gp, Type: providers.Skitto}: "SK"}},
		"Skitto, however it is chosen": {map[providers.Service]string{{Operator: skitto}: "sk"}, map[providers.Service]string{{Operator: gp, Type: providers.Skitto}: "sk", {Operator: skitto, Type: providers.Skitto}: "sk"}},
		"one type only":                {map[providers.Service]string{{Operator: gp, Type: providers.Skitto}: "S", {Operator: robi, Type: providers.Postpaid}: "RP"}, map[providers.Service]string{{Operator: gp, Type: providers.Skitto}: "S", {Operator: skitto, Type: providers.Skitto}: "SK", {Operator: robi, Type: providers.Postpaid}: "RP", {Operator: robi, Type: providers.Prepaid}: "RB"}},
	} {
		config := config()
		config.OperatorCodes = c.configured
		p, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		for service, want := range c.want {
			if got := p.code(service); got != want {
				t.Errorf("%s: %s is %q, want %q", name, service, got, want)
			}
		}
	}
}

func TestEveryServiceHasItsCodes(t *testing.T) {
	t.Parallel()
	services := Registration().Services
	for _, s := range services {
		if operatorCode(providers.Config{}, s) == "" || numberTypes()[s.Type] == "" {
			t.Errorf("%v has no code", s)
		}
	}
	if len(services) != 12 {
		t.Errorf("%d services, want prepaid and postpaid of five operators and Skitto in its two guises: %v", len(services), services)
	}
}
