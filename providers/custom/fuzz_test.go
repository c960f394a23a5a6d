package custom

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"rechargebot/providers"
)

// samples are the descriptions of panel.toml.
func samples(f *testing.F) []*description {
	f.Helper()
	var file struct{ Providers []map[string]any }
	if _, err := toml.DecodeFile("testdata/panel.toml", &file); err != nil {
		f.Fatal(err)
	}
	var out []*description
	for _, p := range file.Providers {
		values, _ := p["api"].(map[string]any)
		t := &table{values: values, wrong: new(complaint)}
		d := read(t)
		if t.wrong.first != nil {
			f.Fatal(t.wrong.first)
		}
		out = append(out, d)
	}
	return out
}

// says reports whether body is a JSON object in which each word stands as a whole value, at any depth. It
// shares nothing with the code under test.
func says(body []byte, words ...string) bool {
	var o map[string]any
	d := json.NewDecoder(bytes.NewReader(bytes.TrimLeft(body, "\ufeff \t\r\n")))
	d.UseNumber()
	if d.Decode(&o) != nil || d.More() {
		return false
	}
	found := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, below := range v {
				walk(below)
			}
		case []any:
			for _, below := range v {
				walk(below)
			}
		case string:
			found[strings.TrimSpace(v)] = true
		case json.Number:
			found[v.String()] = true
		case bool:
			found[map[bool]string{true: "true", false: "false"}[v]] = true
		}
	}
	walk(o)
	for _, w := range words {
		if !found[w] {
			return false
		}
	}
	return true
}

// anyOf reports whether one of the lists of words is said.
func anyOf(body []byte, lists ...[]string) bool {
	for _, words := range lists {
		if says(body, words...) {
			return true
		}
	}
	return false
}

// FuzzAnswers: no answer to the samples' calls makes a verdict of which it does not hold the words.
func FuzzAnswers(f *testing.F) {
	for _, body := range []string{
		`{"success":true,"message":"ok","order":{"id":"F-1001","ref":"k3v9q2m8x7w1z5b4","msisdn":"01712345678","amount":50.00,"operator":"7","state":"TAKEN","serial":null}}`,
		`{"success":true,"order":{"state":"DONE","serial":"BD260322.77"}}`, `{"success":false,"error":"NO_FUNDS"}`, `{"success":false,"error":"SEEN"}`, `{"success":false,"error":"NO_REF"}`,
		`{"success":true,"order":{"state":"FAILED"}}`, `{"success":true,"wallet":{"main":"3,500.50"}}`, `{"success":true,"order":[{"state":"DONE"}]}`,
		`{"STATUS":"OK","RECHARGE_STATUS":"RECEIVED","NUMBER":"01712345678","AMOUNT":"50","TRXID":"MTS2336355464"}`,
		`{"STATUS":"FAILED","RECHARGE_STATUS":"DUPLICATE"}`, `{"STATUS":"OK","RECHARGE_STATUS":"SUCCESS","RECHARGE_TRXID":"MTS1"}`, `{"STATUS":"OK","RECHARGE_STATUS":"FAILED"}`,
		`{"STATUS":"FAILED","RECHARGE_STATUS":"INVALIDREF"}`, `{"STATUS":"OK","MAIN_BALANCE":"3,500.00"}`, `{"STATUS":"OK","Status":"FAILED","RECHARGE_STATUS":"FAILED"}`,
		`{"order.state":"DONE","success":true}`, `{"success":true,"order":{"state":"DONE"},"order":{"state":"FAILED"}}`, `<html>`, ``, `null`, `[]`,
	} {
		f.Add(200, []byte(body))
		f.Add(404, []byte(body))
	}
	descriptions := samples(f)
	order := providers.Request{
		Order: providers.Order{
			Operator: providers.BDGrameenphone, Type: providers.Prepaid, Account: "8801712345678",
			Amount: providers.Money{Minor: 50_00, Currency: providers.BDT},
		},
		Reference: "k3v9q2m8x7w1z5b4",
	}
	words := map[string]string{"operator": "7"}
	want := map[providers.Status][][]string{
		providers.Pending:   {{"true", "TAKEN"}, {"true", "QUEUED"}, {"OK", "RECEIVED"}, {"OK", "PENDING"}, {"OK", "PROCESSING"}},
		providers.Delivered: {{"true", "DONE"}, {"OK", "SUCCESS"}},
		providers.Refused: {{"false", "BAD_NUMBER"}, {"false", "NO_FUNDS"}, {"false", "BAD_TOKEN"}, {"true", "FAILED"}, {"true", "RETURNED"},
			{"FAILED", "LOWBALANCE"}, {"FAILED", "REJECT"}, {"FAILED"}},
		providers.NotFound: {{"false", "NO_REF"}, {"FAILED", "INVALIDREF"}},
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		for _, d := range descriptions {
			for section, q := range map[string]question{inRecharge: d.recharge, inEnquire: *d.enquire} {
				res := q.read(status, body, order, words)
				if res.Status == providers.Unknown {
					continue
				}
				if !anyOf(body, want[res.Status]...) || status != 200 && (status < 400 || res.Status == providers.Delivered || res.Status == providers.Pending) {
					t.Errorf("%s %s: %v from HTTP %d %q", d.registration.Title, section, res.Status, status, body)
				}
			}
			if m, err := d.balance.read(status, body, providers.BDT); err == nil && (status != 200 || !anyOf(body, []string{"true"}, []string{"OK"}) || m.Currency != providers.BDT) {
				t.Errorf("%s balance: %v from HTTP %d %q", d.registration.Title, m, status, body)
			}
		}
	})
}

// FuzzDescribe: no table is too strange to be refused with a key, and what is accepted can be opened.
func FuzzDescribe(f *testing.F) {
	var file struct{ Providers []map[string]any }
	if _, err := toml.DecodeFile("testdata/panel.toml", &file); err != nil {
		f.Fatal(err)
	}
	for _, p := range file.Providers {
		var text bytes.Buffer
		if err := toml.NewEncoder(&text).Encode(p["api"]); err != nil {
			f.Fatal(err)
		}
		f.Add(text.String())
	}
	f.Add(`country = "BD"` + "\namount = {}\n[[recharge.rules]]\nwhen.a.b = [1, true]\n")
	f.Add("title = 1979-05-27T07:32:00Z\nrecharge = [[1.5]]\n")
	f.Fuzz(func(t *testing.T, text string) {
		var values map[string]any
		if _, err := toml.Decode(text, &values); err != nil {
			return
		}
		r, err := Describe(values)
		if err != nil {
			if wrong, ok := err.(*providers.DescriptionError); !ok || wrong.Key == "" || wrong.Why == "" {
				t.Errorf("%v names no key", err)
			}
			return
		}
		c := providers.Config{Settings: map[string]providers.Secret{}, CircleCodes: map[providers.CircleID]string{"in-dl": "5"}}
		for _, s := range r.Settings {
			c.Settings[s.Key] = providers.Secret(s.Default)
			if s.Default == "" {
				c.Settings[s.Key] = "1"
			}
		}
		c.Settings["base_url"] = "https://panel.test/api"
		if !r.NeedsCircle {
			c.CircleCodes = nil
		}
		if p, err := r.New(c); err != nil || p == nil || len(r.Services) == 0 || r.Amount.Min.Minor <= 0 || !r.Amount.Allows(r.Amount.Max) {
			t.Errorf("%v of %q", err, text)
		}
	})
}
