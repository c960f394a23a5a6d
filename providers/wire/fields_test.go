package wire

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
)

const (
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data; boundary=b"
)

// part is one part of a multipart form with the boundary "b".
func part(disposition, value string) string {
	return "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + value + "\r\n"
}

func TestFieldsAreTheSameInEveryClothing(t *testing.T) {
	t.Parallel()
	want := Object{"refid": "A1 b", "status": "Success", "amount": "10"}
	for name, call := range map[string]providers.PostbackCall{
		"query":                  {Query: "refId=A1+b&STATUS=%20Success&amount=10"},
		"form":                   {ContentType: formType + "; charset=UTF-8", Body: []byte("refId=A1%20b&status=Success&amount=10\r\n")},
		"form of no type":        {Body: []byte("refId=A1+b&status=Success&amount=10")},
		"form of an unread type": {ContentType: "text/plain;;", Body: []byte("refId=A1+b&status=Success&amount=10")},
		"query and form":         {Query: "refId=A1+b&amount=10", ContentType: formType, Body: []byte("status=Success&amount=10")},
		"multipart":              {ContentType: multipartType, Body: []byte(part(`name="refId"`, "A1 b") + part(`name="Status"`, "Success ") + part(`name="amount"`, "10") + "--b--\r\n")},
		"JSON":                   {ContentType: "application/json", Body: []byte("\xef\xbb\xbf" + `{" refId":"A1 b","status":"Success","amount":10}`)},
		"JSON, called a form":    {ContentType: formType, Body: []byte(` {"refId":"A1 b","status":"Success","amount":"10"}`)},
		"the same, said twice":   {Query: "refId=A1+b&refid=A1%20b&status=Success", Body: []byte(`{"refId":"A1 b","amount":"10"}`)},
	} {
		got, err := Fields(call)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestFieldsRefuseWhatTheyWouldHaveToGuess(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		call providers.PostbackCall
		want error
	}{
		"nothing":                      {providers.PostbackCall{ContentType: formType, Body: []byte(" \n")}, ErrEmpty},
		"two references":               {providers.PostbackCall{Query: "refId=A1&refId=A2"}, ErrRepeated},
		"two spellings":                {providers.PostbackCall{Query: "refId=A1&RefID=A2"}, ErrRepeated},
		"query against body":           {providers.PostbackCall{Query: "refId=A1", ContentType: formType, Body: []byte("refId=A2")}, ErrRepeated},
		"query against JSON":           {providers.PostbackCall{Query: "refId=A1", Body: []byte(`{"refid":"A2"}`)}, ErrRepeated},
		"JSON against itself":          {providers.PostbackCall{Body: []byte(`{"refId":"A1","refid":"A1"}`)}, ErrRepeated},
		"multipart against itself":     {providers.PostbackCall{ContentType: multipartType, Body: []byte(part("name=a", "1") + part("name=A", "2") + "--b--\r\n")}, ErrRepeated},
		"a broken query":               {providers.PostbackCall{Query: "refId=%zz"}, ErrForm},
		"a semicolon":                  {providers.PostbackCall{Query: "refId=A1;status=x"}, ErrForm},
		"a broken form":                {providers.PostbackCall{ContentType: formType, Body: []byte("refId=%")}, ErrForm},
		"a form cut off":               {providers.PostbackCall{ContentType: multipartType, Body: []byte(part("name=a", "1"))}, ErrForm},
		"a multipart form of none":     {providers.PostbackCall{ContentType: "multipart/form-data", Body: []byte(part("name=a", "1") + "--b--\r\n")}, ErrForm},
		"a file":                       {providers.PostbackCall{ContentType: multipartType, Body: []byte(part(`name="refId"; filename="x"`, "A1") + "--b--\r\n")}, ErrForm},
		"a part without a name":        {providers.PostbackCall{ContentType: multipartType, Body: []byte(part("x=y", "A1") + "--b--\r\n")}, ErrForm},
		"nested JSON":                  {providers.PostbackCall{Body: []byte(`{"data":{"refId":"A1"}}`)}, ErrKind},
		"a list in JSON":               {providers.PostbackCall{Body: []byte(`{"refId":["A1"]}`)}, ErrKind},
		"JSON that is no object":       {providers.PostbackCall{ContentType: "application/json", Body: []byte(`["A1"]`)}, ErrNotObject},
		"JSON cut off":                 {providers.PostbackCall{Body: []byte(`{"refId":"A1"`)}, ErrNotObject},
		"a good query with a bad body": {providers.PostbackCall{Query: "refId=A1", Body: []byte(`{"status":`)}, ErrNotObject},
	} {
		o, err := Fields(c.call)
		if !errors.Is(err, c.want) || o != nil {
			t.Errorf("%s: %v, %v; want nothing and %v", name, o, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "A1") {
			t.Errorf("%s: the error quotes the call: %v", name, err)
		}
	}
}

// No call is fatal, and whatever is read is flat text under plain keys.
func FuzzFields(f *testing.F) {
	f.Add("refId=A1&status=Success", "", []byte(nil))
	f.Add("", formType, []byte("refId=A1"))
	f.Add("a=1", multipartType, []byte(part("name=a", "1")+"--b--\r\n"))
	f.Add("", "application/json", []byte(`{"refId":"A1","n":1,"o":{}}`))
	f.Fuzz(func(t *testing.T, query, contentType string, body []byte) {
		o, err := Fields(providers.PostbackCall{Query: query, ContentType: contentType, Body: body})
		if (err == nil) != (len(o) > 0) {
			t.Errorf("%v, %v", o, err)
		}
		for key, value := range o {
			text, ok := value.(string)
			if !ok || key != strings.ToLower(strings.TrimSpace(key)) || text != strings.TrimSpace(text) {
				t.Errorf("%q: %#v", key, value)
			}
		}
	})
}
