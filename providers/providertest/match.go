package providertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// compare returns how a request differs from its written form, by meaning: the order of parameters, the
// encoding of a form and the layout of JSON do not matter. Only headers that are written are compared.
func (s *suite) compare(written string, got request) string {
	want, err := parseRequest(written)
	if err != nil {
		return err.Error()
	}
	wantLines, gotLines := outline(want, want.header), outline(got, want.header)
	for i := range wantLines {
		wantLines[i] = s.fill(wantLines[i])
	}
	slices.Sort(wantLines)
	slices.Sort(gotLines)
	return cmp.Diff(wantLines, gotLines)
}

// fill puts the values of settings in the place of $KEY.
func (s *suite) fill(text string) string {
	values := s.config(newUpstream(nil)).Settings
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int { return len(b) - len(a) })
	for _, key := range keys {
		text = strings.ReplaceAll(text, "$"+strings.ToUpper(key), values[key].Reveal())
	}
	return text
}

// parseRequest reads the written form. Head and body are parted here, because net/http would give a
// message without Content-Length an empty body.
func parseRequest(text string) (request, error) {
	first, rest, _ := strings.Cut(strings.TrimLeft(text, "\n"), "\n")
	method, target, _ := strings.Cut(strings.TrimSpace(first), " ")
	u, err := url.Parse(target)
	if err != nil || target == "" {
		return request{}, fmt.Errorf("a request begins with METHOD /path, not %q", first)
	}
	header, body := splitHead(rest)
	return request{method: method, path: u.Path, query: u.Query(), header: header, body: []byte(strings.TrimSpace(body))}, nil
}

// outline writes a request as lines of "what = value".
func outline(r request, headers http.Header) []string {
	out := []string{r.method + " " + r.path}
	add := func(what string, v url.Values) {
		for key, values := range v {
			for _, value := range values {
				out = append(out, what+" "+key+" = "+value)
			}
		}
	}
	add("query", r.query)
	for key := range headers {
		value, _, _ := strings.Cut(strings.Join(r.header[key], ", "), "; boundary=") // chance
		out = append(out, "header "+key+" = "+value)
	}
	switch form, isForm := r.form(); {
	case isForm:
		add("form", form)
	case bytes.HasPrefix(r.body, []byte("{")):
		out = append(out, jsonLines(r.body)...)
	case len(r.body) > 0:
		if form, err := url.ParseQuery(string(r.body)); err == nil {
			add("form", form)
		}
	}
	return out
}

// jsonLines writes the members of an object in order, numbers as they are written.
func jsonLines(body []byte) []string {
	var o map[string]any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&o); err != nil {
		return []string{"body that is not JSON: " + string(body)}
	}
	var out []string
	for key, v := range o {
		var text bytes.Buffer
		e := json.NewEncoder(&text)
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			return []string{"body that is not JSON: " + string(body)}
		}
		out = append(out, "json "+key+" = "+strings.TrimSpace(text.String()))
	}
	return out
}

// describe writes a request for a failure message.
func describe(r request) string { return strings.Join(outline(r, r.header), "\n") }
