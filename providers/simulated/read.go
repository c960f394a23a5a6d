package simulated

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxRequestBody bounds what a dialect reads of a request.
const maxRequestBody = 64 << 10

// readQuery refuses what two readers could understand differently: a parameter that is there twice, and broken escapes.
func readQuery(raw string) (out map[string]string, problem string) {
	values, err := url.ParseQuery(raw)
	out, problem = single(values)
	if err != nil {
		problem = "the query cannot be read"
	}
	return out, problem
}

func single(values map[string][]string) (out map[string]string, problem string) {
	out = map[string]string{}
	for k, v := range values {
		if out[k] = v[0]; len(v) > 1 {
			problem = "a parameter is there twice"
		}
	}
	return out, problem
}

// readBody reads all of it, also what nobody will look at: only then does the server see a client leave.
func readBody(r *http.Request) ([]byte, string) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxRequestBody+1))
	switch {
	case err != nil:
		return nil, "the body did not come"
	case len(raw) > maxRequestBody:
		return nil, "the body is too long"
	}
	return raw, ""
}

// readForm reads a form, multipart or urlencoded, as strictly as readQuery.
func readForm(r *http.Request) (out map[string]string, problem string) {
	raw, problem := readBody(r)
	if problem != "" {
		return nil, problem
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == "application/x-www-form-urlencoded":
		return readQuery(string(raw))
	case err == nil && kind == "multipart/form-data":
		form, err := multipart.NewReader(bytes.NewReader(raw), params["boundary"]).ReadForm(maxRequestBody)
		if err != nil || len(form.File) > 0 {
			return nil, "the form cannot be read"
		}
		return single(form.Value)
	}
	return nil, "the body is no form"
}

// fields are the members of a JSON object, by key, each in its own form.
type fields map[string]json.RawMessage

// readJSON reads a body that says that it is JSON and is one object, none of whose keys is there twice in any letters.
func readJSON(r *http.Request) (out fields, problem string) {
	raw, problem := readBody(r)
	if problem != "" {
		return nil, problem
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, "the body does not say that it is JSON"
	}
	out, err := readObject(raw)
	if err != nil {
		return nil, "the body is no clear JSON object"
	}
	return out, ""
}

func readObject(raw []byte) (fields, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("no object")
	}
	out, seen := fields{}, map[string]bool{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name := key.(string) // the decoder lets nothing else be a key
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		if seen[strings.ToLower(name)] {
			return nil, fmt.Errorf("%q is there twice", name)
		}
		out[name], seen[strings.ToLower(name)] = value, true
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something comes after the object")
	}
	return out, nil
}

// text is a member that must be a JSON string; false when it is absent or something else.
func (f fields) text(key string) (string, bool) {
	raw, there := f[key]
	if !there || raw[0] != '"' {
		return "", false
	}
	var out string
	return out, json.Unmarshal(raw, &out) == nil
}

// digits is a member that must be a JSON number written in digits alone; as it is written, "" when it is not.
func (f fields) digits(key string) string {
	if raw := string(f[key]); allDigits(raw) {
		return raw
	}
	return ""
}

// folded is the object with its keys in small letters, for an upstream whose reader does not tell them apart.
func (f fields) folded() fields {
	out := fields{}
	for k, v := range f {
		out[strings.ToLower(k)] = v
	}
	return out
}

// wholeAmount reads a number of whole units above zero, below 10^9, in digits alone.
func wholeAmount(text string) (int64, bool) {
	if text == "" || len(text) > 9 || text[0] == '0' || !allDigits(text) {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// indianMobile reports whether n is the national number of an Indian mobile: ten digits from 6, 7, 8 or 9 (providers/numbers.md).
func indianMobile(n string) bool { return len(n) == 10 && allDigits(n) && n[0] >= '6' }

// bearer is the token that a request carries; "" when there is none.
func bearer(r *http.Request) string {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found {
		return ""
	}
	return token
}
