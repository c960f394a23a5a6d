package custom

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"rechargebot/providers"
)

// orderWords are the placeholders that an order fills in.
func orderWords(section string) []string {
	words := []string{"number", "msisdn", "amount", "operator", "type", "circle", "reference"}
	switch section {
	case inEnquire:
		return append(words, "date")
	case inRecharge:
		return words
	}
	return nil
}

// readCalls reads the three calls.
func (d *description) readCalls(t *table) {
	d.shared = request{headers: d.readTemplates(t, "headers", ""), params: d.readTemplates(t, "params", "")}
	if !t.has(inRecharge) {
		t.complain(inRecharge, "is missing: how an order is sent, and what the panel answers")
		return
	}
	d.recharge = d.readQuestion(t, inRecharge)
	status := d.registration.Capabilities.Status
	switch {
	case t.has(inEnquire) && status == providers.StatusNone:
		t.complain(inEnquire, "does not go with status S0: say S1 or S2, or leave it out")
	case t.has(inEnquire):
		q := d.readQuestion(t, inEnquire)
		d.enquire = &q
	case status != providers.StatusNone:
		t.complainf(inEnquire, "is missing: with status %s the panel is asked for an order by our reference", status)
	}
	if t.has(inBalance) {
		d.readBalance(t.sub(inBalance))
	}
}

func (d *description) readQuestion(t *table, section string) question {
	s := t.sub(section)
	s.only("method", "path", "encoding", "headers", "params", "numbers", "http", "rules", "upstream_id", "serial", "message", "echo")
	q := question{request: d.readRequest(s, section)}
	q.section, q.http = section, readHTTP(s)
	q.upstreamID, q.serial, q.message = readPath(s, "upstream_id"), readPath(s, "serial"), readPath(s, "message")
	q.echo = map[string]path{}
	echo := s.sub("echo")
	echo.only("number", "amount", "reference", "operator")
	for what := range echo.values {
		q.echo[what] = readPath(echo, what)
	}
	q.rules = readRules(s, q)
	return q
}

func (d *description) readBalance(s *table) {
	s.only("method", "path", "encoding", "headers", "params", "numbers", "value", "ok", "credentials")
	b := &balance{request: d.readRequest(s, inBalance), value: readPath(s, "value")}
	b.ok.when, b.credentials.when = readWords(s, "ok"), readWords(s, "credentials")
	if b.value == "" {
		s.complain("value", "is missing: where the float stands in the answer")
	}
	if s.has("ok") && s.has("credentials") && !b.ok.excludes(b.credentials) {
		s.complain("credentials", "and ok could both be true of one answer; give them different words at one path")
	}
	d.balance = b
}

func readPath(t *table, key string) path {
	text := t.text(key, "")
	if text == "" && !t.has(key) {
		return ""
	}
	p, ok := parsePath(text)
	if !ok {
		t.complain(key, wantPath(text))
	}
	return p
}

// readHTTP reads the status codes with which an answer counts. What is between and above these says that
// somebody else answered, or that nobody should be believed.
func readHTTP(t *table) []int {
	codes := []int{}
	for _, v := range t.items("http") {
		n, _ := v.(int64)
		if n != 200 && n != 201 && n != 202 && (n < 400 || n > 499) || n == http.StatusRequestTimeout || n == http.StatusTooManyRequests {
			t.complain("http", "may hold 200, 201, 202, and 400 to 499 (never as a success) but for 408 and 429")
		}
		codes = append(codes, int(n))
	}
	if len(codes) == 0 {
		return []int{http.StatusOK}
	}
	return codes
}

func (d *description) readRequest(s *table, section string) request {
	r := request{
		method: s.choice("method", "", http.MethodGet, http.MethodPost),
		path:   template(s.text("path", "")),
	}
	def := asForm
	if r.method == http.MethodGet {
		def = asQuery
	}
	r.encoding = s.choice("encoding", def, asQuery, asForm, asMultipart, asJSON)
	if r.method == http.MethodGet && r.encoding != asQuery {
		s.complainf("encoding", "must be query: a GET has no body for %s", r.encoding)
	}
	d.checkPath(s, section, r.path)
	r.headers = d.merged(s, "headers", section, d.shared.headers)
	r.params = d.merged(s, "params", section, d.shared.params)
	r.numbers = s.list("numbers")
	for _, name := range r.numbers {
		words, _ := r.params[name].names()
		switch _, sent := r.params[name]; {
		case r.encoding != asJSON:
			s.complain("numbers", "goes with encoding json only")
		case !sent:
			s.complainf("numbers", "holds %q, which is no parameter%s", name, suggestion(name, slices.Sorted(maps.Keys(r.params))))
		case slices.Contains(words, "reference"), slices.Contains(words, "number") && d.registration.Country == providers.Bangladesh:
			s.complainf("numbers", "must not hold %q: as a number it would lose its leading zeros", name)
		}
	}
	return r
}

// checkPath lets only codes of types, and the reference of an enquiry, into a path: what stands there is
// seen by everybody who keeps a log.
func (d *description) checkPath(s *table, section string, p template) {
	allowed := map[string][]string{inRecharge: {"type"}, inEnquire: {"type", "reference"}}[section]
	names, err := p.names()
	var literal strings.Builder
	_ = p.walk(func(text string) { literal.WriteString(text) }, func(string) { literal.WriteString("x") })
	switch {
	case err != nil:
		s.complain("path", "cannot be used: "+err.Error())
	case slices.ContainsFunc(names, d.isSecret):
		s.complain("path", "must not hold a secret: send it as a header or parameter")
	case slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(allowed, n) }):
		s.complain("path", "may hold {type}, in enquire also {reference}, and no other placeholder")
	case !plainPath(literal.String()):
		s.complain("path", errPath.Error())
	}
}

func (d *description) isSecret(name string) bool {
	return slices.ContainsFunc(d.registration.Settings, func(s providers.Setting) bool { return s.Key == name && s.Secret })
}

// merged are a section's headers or parameters with those of every call.
func (d *description) merged(s *table, key, section string, shared map[string]template) map[string]template {
	out := d.readTemplates(s, key, section)
	for name, t := range shared {
		for own := range out {
			if strings.EqualFold(own, name) {
				s.complainf(key+"."+own, "stands in api.%s too; keep one of them", key)
			}
		}
		out[name] = t
	}
	return out
}

// readTemplates reads headers or parameters.
func (d *description) readTemplates(t *table, key, section string) map[string]template {
	known := orderWords(section)
	if key == "headers" {
		known = nil
	}
	for _, s := range d.registration.Settings[1:] { // base_url is where they go, not what is said
		known = append(known, s.Key)
	}
	out := map[string]template{}
	texts := t.texts(key)
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if why := badName(key, name, out); why != "" {
			t.complain(key+"."+name, why)
		}
		value := template(strings.TrimSpace(texts[name]))
		out[name] = value
		words, err := value.names()
		if err != nil {
			t.complain(key+"."+name, "cannot be used: "+err.Error())
		}
		for _, w := range words {
			switch {
			case !slices.Contains(known, w):
				t.complainf(key+"."+name, "has no placeholder {%s} here%s (known: %s)", w, suggestion(w, known), strings.Join(known, ", "))
			case slices.Contains([]string{"number", "msisdn", "amount", "reference"}, w) && value != template("{"+w+"}"):
				t.complainf(key+"."+name, "must be {%s} and nothing else: with more round it, it would be another %s", w, w)
			}
		}
	}
	return out
}

// badName says what is wrong with the name of a header or parameter.
func badName(key, name string, others map[string]template) string {
	for other := range others {
		if strings.EqualFold(strings.TrimSpace(other), strings.TrimSpace(name)) {
			return "is there twice, in two spellings"
		}
	}
	lower := strings.ToLower(name)
	switch {
	case name == "" || strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c > '~' }):
		return "must have a name of plain characters without blanks"
	case key != "headers":
		return ""
	case strings.ContainsFunc(name, func(c rune) bool { return !isAlphanumeric(c) && c != '-' && c != '_' }):
		return "is no name of a header"
	case strings.HasSuffix(lower, "idempotency-key"):
		return "must not be sent: with it Go's transport sends a request twice by itself"
	case slices.Contains([]string{"content-type", "content-length", "content-encoding", "transfer-encoding", "host", "connection", "keep-alive",
		"proxy-connection", "accept-encoding", "te", "trailer", "upgrade", "expect"}, lower):
		return "is written by the transport"
	}
	return ""
}
