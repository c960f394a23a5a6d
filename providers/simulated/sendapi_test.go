package simulated_test

import (
	"bytes"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"rechargebot/providers"
)

// The three calls with the answers of the document, by either kind of form.
func TestSendapiAnswers(t *testing.T) {
	storyOf(t, panelTongue().account, func(d *desk) {
		submitted := `200 {"success":true,"status":1,"message":"Flexiload-  Request Submit Successfully"}`
		d.want("urlencoded", d.says(panelRequest("6385f4f65e16e")), submitted)
		d.want("multipart", d.says(multipartOf(t, panelRequest("6385f4f65e16f"))), submitted)
		d.want("a wrong login", d.says(panelForm("/balance", "key", "wrong")), `200 {"success":false,"status":2,"message":"Not User"}`)
		d.want("status", d.says(panelForm("/status", "id", "6385f4f65e16e")), `200 {"posotion":1," trxid":""," lastbalance":"3460"," status":"0"}`)
		time.Sleep(settle)
		d.want("status in the end", d.says(multipartOf(t, panelForm("/status", "id", "6385f4f65e16f"))),
			`200 {"posotion":1," trxid":"xyx0000002"," lastbalance":"3460"," status":"1"}`)
		d.want("balance", d.says(panelForm("/balance")), `200 {"success":true,"status":1,"balance":"3460"}`)
		if err := d.SetFloat("panel", providers.Money{Minor: 102_50, Currency: providers.BDT}); err != nil {
			t.Fatal(err)
		}
		d.want("a balance that is not whole", d.says(panelForm("/balance")), `200 {"success":true,"status":1,"balance":"102.50"}`)
		d.want("an id with a blank is another", d.says(panelForm("/status", "id", " 6385f4f65e16e")), `200 {"success":false,"status":2,"message":"Not Found"}`)
	})
}

// multipartOf sends the fields of a form as the document's PHP does.
func multipartOf(t *testing.T, c call) call {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, pair := range strings.Split(c.body, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if err := w.WriteField(key, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	c.body = body.String()
	c.header = map[string]string{"Content-Type": w.FormDataContentType(), "band-key": "flexisoftwarebd"}
	return c
}

func TestSendapiIsStrict(t *testing.T) {
	storyOf(t, panelTongue().account, func(d *desk) {
		for _, good := range [][]string{{"operator", "RB"}, {"operator", "AT"}, {"operator", "BL"}, {"operator", "TT"}, {"operator", "SK"}, {"type", "2"}} {
			d.hears(strings.Join(good, " "), panelRequest("good", good...), `{"success":true,`)
		}
		before := d.Float("panel")
		for _, bad := range [][]string{
			{"operator", "gp"}, {"operator", "-"}, {"operator", "7"}, {"type", "3"}, {"type", "-"}, {"service", "63"}, {"service", "-"}, {"id", ""}, {"id", "-"},
			{"number", "8801700000000"}, {"number", "1700000000"}, {"number", "-"}, {"amount", "10.00"}, {"amount", "0"}, {"amount", "010"}, {"amount", "-10"}, {"amount", "-"},
		} {
			d.hears(strings.Join(bad, " "), panelRequest("bad", bad...), `200 {"success":false,"status":2,"message":"Invalid `)
		}
		twice, json, wrongKey, noKey, inURL := panelRequest("bad"), panelRequest("bad"), panelRequest("bad"), panelForm("/status", "id", "good"), panelRequest("bad")
		twice.body += "&amount=2000"
		json.body, json.header["Content-Type"] = `{"user":"testuser"}`, "application/json"
		wrongKey.header["band-key"] = "FlexiSoftwareBD"
		delete(noKey.header, "band-key")
		inURL.path, inURL.body = inURL.path+"?"+inURL.body, ""
		for what, c := range map[string]call{"a field twice": twice, "a body of JSON": json, "a wrong band-key": wrongKey, "no band-key": noKey, "the form in the address": inURL} {
			d.hears(what, c, `200 {"success":false,"status":2,"message":"`)
		}
		get := panelRequest("bad")
		get.method = "GET"
		d.hears("GET", get, "404 ")
		d.want("recharges", d.Recharges("bad"), 0)
		d.want("float", d.Float("panel"), before)
	})
}
