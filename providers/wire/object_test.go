package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseObjectIsTolerantWhereTheMeaningIsClear(t *testing.T) {
	t.Parallel()
	o, err := ParseObject([]byte("\xef\xbb\xbf \n" + `{" trxid":" x1 ","STATUS":"OK","n":12345678901234567890,"f":3500.00,"e":1e3,"b":true,"z":null,"deep":{"A":{"B":1}},"list":[{"K":"v"},{}]}` + "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	var trxid, status, n, f, e, b, z, absent string
	if err := o.Texts(map[string]*string{"trxid": &trxid, "status": &status, "n": &n, "f": &f, "e": &e, "b": &b, "z": &z, "absent": &absent}); err != nil {
		t.Fatal(err)
	}
	got := []string{trxid, status, n, f, e, b, z, absent}
	if diff := cmp.Diff([]string{"x1", "OK", "12345678901234567890", "3500.00", "1e3", "true", "", ""}, got); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
	list, err := o.Objects("list")
	if diff := cmp.Diff([]Object{{"k": "v"}, {}}, list); err != nil || diff != "" {
		t.Errorf("list, %v (-want +got):\n%s", err, diff)
	}
}

// Each PHP file that was saved with a byte order mark sends its own, with the blanks between them.
func TestParseObjectSkipsWhatStandsBeforeTheObject(t *testing.T) {
	t.Parallel()
	const mark = "\xef\xbb\xbf"
	for _, before := range []string{"", mark, " " + mark, mark + mark, mark + "\r\n" + mark + mark + "\n\t", "\n " + mark} {
		if o, err := ParseObject([]byte(before + `{"a":1}`)); err != nil || cmp.Diff(Object{"a": "1"}, o) != "" {
			t.Errorf("%q: %v, %v", before, o, err)
		}
	}
	for _, body := range []string{mark + "x" + mark + `{"a":1}`, `{"a":1}` + mark, mark[:2] + `{"a":1}`, mark + mark, "\u00a0" + `{"a":1}`, `{"a":1}` + "\v"} {
		if o, err := ParseObject([]byte(body)); err == nil || o != nil {
			t.Errorf("%q: %v, %v", body, o, err)
		}
	}
}

func TestParseObjectRefusesWhatItWouldHaveToGuess(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]error{
		"": ErrEmpty, "\xef\xbb\xbf": ErrEmpty, " \n": ErrEmpty, "<html>": ErrHTML, " <?xml version='1.0'?>": ErrHTML,
		"null": ErrNotObject, "[]": ErrNotObject, `"OK"`: ErrNotObject, "12": ErrNotObject, "OK": ErrNotObject, "status=OK": ErrNotObject,
		`{"a":1`: ErrNotObject, `{"a":1}}`: ErrNotObject, `{"a":1} {}`: ErrNotObject, `{"a":1,}`: ErrNotObject, `{'a':1}`: ErrNotObject, `{a:1}`: ErrNotObject,
		`{"a":01}`: ErrNotObject, `{"a":NaN}`: ErrNotObject, "{\"a\":\"line\nbreak\"}": ErrNotObject, `{"a":1}//`: ErrNotObject, "{\"a\":\u201dx\u201d}": ErrNotObject, "\xff\xfe{\x00}\x00": ErrNotObject,
		`{"a":1,"a":1}`: ErrRepeated, `{"status":"FAILED","Status":"SUCCESS"}`: ErrRepeated, `{"a":1," a ":2}`: ErrRepeated, `{"x":{"a":1,"A":2}}`: ErrRepeated, `{"x":[{"a":1,"a":2}]}`: ErrRepeated, `{"\u0061":1,"a":2}`: ErrRepeated,
		strings.Repeat(`{"a":`, 20) + "1" + strings.Repeat("}", 20):       ErrTooDeep,
		`{"a":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + "}": ErrTooDeep,
	} {
		if o, err := ParseObject([]byte(body)); !errors.Is(err, want) || o != nil {
			t.Errorf("%.60q: %v, %v; want nothing and %v", body, o, err, want)
		}
	}
}

// When one field has the wrong kind, none is believed.
func TestTextsStoresAllOrNothing(t *testing.T) {
	t.Parallel()
	o, err := ParseObject([]byte(`{"status":"OK","trxid":["x"],"list":{},"items":["x"],"none":"","word":"no"}`))
	if err != nil {
		t.Fatal(err)
	}
	status, trxid := "before", "before"
	if err := o.Texts(map[string]*string{"status": &status, "trxid": &trxid}); !errors.Is(err, ErrKind) || status != "before" || trxid != "before" {
		t.Errorf("%v; status %q, trxid %q", err, status, trxid)
	}
	for key, wrong := range map[string]bool{"list": true, "items": true, "word": true, "none": false, "absent": false} {
		if list, err := o.Objects(key); errors.Is(err, ErrKind) != wrong || len(list) != 0 {
			t.Errorf("%s: %v, %v", key, list, err)
		}
	}
}

// Whatever is accepted is one whole JSON object that says nothing twice, and no input is fatal.
func FuzzParseObject(f *testing.F) {
	for _, seed := range []string{`{}`, `{"STATUS":"OK","a":[1,{"b":null}]}`, `{"a":1,"A":2}`, "\xef\xbb\xbf{}", "\xef\xbb\xbf \xef\xbb\xbf{}", `{"a":"\ud800"}`, `[{}]`, `{"a":1}x`, "{\"\xff\":1,\"\xfe\":2}", "{}\v", "\u00a0{}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := ParseObject(body)
		if err != nil {
			if o != nil {
				t.Errorf("an error and %v", o)
			}
			return
		}
		var plain map[string]json.RawMessage
		if err := json.Unmarshal(bytes.TrimLeft(body, "\ufeff \t\r\n"), &plain); err != nil || len(plain) != len(o) {
			t.Errorf("%q has %d members of %d: %v", body, len(o), len(plain), err)
		}
	})
}
