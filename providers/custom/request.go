package custom

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"rechargebot/providers/wire"
)

// How parameters are written.
const (
	asQuery     = "query"
	asForm      = "form"
	asMultipart = "multipart"
	asJSON      = "json"
)

// request is one call of the panel, with placeholders.
type request struct {
	method, encoding string
	path             template
	headers, params  map[string]template
	numbers          []string // parameters that JSON writes without quotes
}

// call puts words in the place of the placeholders. Its errors name parameters, never values.
func (r request) call(words map[string]string) (wire.Call, error) {
	c := wire.Call{Method: r.method, Header: http.Header{}}
	var err error
	if c.Path, err = r.path.fill(words); err != nil {
		return wire.Call{}, fmt.Errorf("path: %w", err)
	}
	if !plainPath(c.Path) {
		return wire.Call{}, fmt.Errorf("path: %w", errPath)
	}
	for name, t := range r.headers {
		value, err := t.fill(words)
		if err != nil {
			return wire.Call{}, fmt.Errorf("header %s: %w", name, err)
		}
		if value == "" || strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c > '~' }) {
			return wire.Call{}, fmt.Errorf("header %s: %w", name, errHeader)
		}
		c.Header.Set(name, value)
	}
	params := map[string]string{}
	for name, t := range r.params {
		if params[name], err = t.fill(words); err != nil {
			return wire.Call{}, fmt.Errorf("parameter %s: %w", name, err)
		}
	}
	if err := r.encode(&c, params); err != nil {
		return wire.Call{}, err
	}
	return c, nil
}

// encode writes the parameters into the call.
func (r request) encode(c *wire.Call, params map[string]string) error {
	values := url.Values{}
	for name, value := range params {
		values.Set(name, value)
	}
	var kind string
	switch r.encoding {
	case asForm:
		kind, c.Body = wire.Urlencoded(values)
	case asMultipart:
		kind, c.Body = wire.Multipart(values)
	case asJSON:
		body, err := r.object(params)
		if err != nil {
			return err
		}
		kind, c.Body = "application/json", body
	default:
		c.Query = values
		return nil
	}
	c.Header.Set("Content-Type", kind)
	return nil
}

// object writes the parameters as a flat JSON object.
func (r request) object(params map[string]string) ([]byte, error) {
	o := map[string]any{}
	for name, value := range params {
		o[name] = value
		if slices.Contains(r.numbers, name) {
			if !plainNumber(value) {
				return nil, fmt.Errorf("parameter %s: %w", name, errNumber)
			}
			o[name] = json.Number(value)
		}
	}
	return json.Marshal(o)
}

// Errors of filling in a request.
var (
	errBraces = errors.New("{ and } may only stand round the name of a placeholder")
	errNoWord = errors.New("nothing is known to put there")
	errPath   = errors.New("may hold letters, digits, - . _ ~ and single slashes, and begins with none")
	errHeader = errors.New("its value must be one line of plain characters")
	errNumber = errors.New("is listed in numbers, so its value must be a number without leading zeros")
)

// template is text with placeholders, "Bearer {token}".
type template string

// walk goes through the text between the placeholders and their names.
func (t template) walk(literal, name func(string)) error {
	for rest := string(t); ; {
		before, after, found := strings.Cut(rest, "{")
		if strings.Contains(before, "}") {
			return errBraces
		}
		literal(before)
		if !found {
			return nil
		}
		inside, tail, closed := strings.Cut(after, "}")
		if !closed || !plainName(inside) {
			return errBraces
		}
		name(inside)
		rest = tail
	}
}

// names lists the placeholders, each as often as it stands there.
func (t template) names() (names []string, err error) {
	err = t.walk(func(string) {}, func(n string) { names = append(names, n) })
	return names, err
}

func (t template) fill(words map[string]string) (string, error) {
	var b strings.Builder
	missing := false
	err := t.walk(func(s string) { b.WriteString(s) }, func(n string) {
		value, ok := words[n]
		missing = missing || !ok
		b.WriteString(value)
	})
	if err == nil && missing {
		err = errNoWord
	}
	return b.String(), err
}

// plainName reports whether s can name a setting: small letters, digits and underscores.
func plainName(s string) bool {
	return s != "" && s[0] >= 'a' && s[0] <= 'z' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// plainPath reports whether a path is below the address of base_url, whatever stands in it.
func plainPath(s string) bool {
	if s == "" {
		return true
	}
	for i, part := range strings.Split(s, "/") {
		if part == "." || part == ".." || part == "" && (i == 0 || i < strings.Count(s, "/")) {
			return false
		}
		for _, c := range part {
			if !isAlphanumeric(c) && !strings.ContainsRune("-._~", c) {
				return false
			}
		}
	}
	return true
}

// plainNumber reports whether JSON can write s as a number in these very characters.
func plainNumber(s string) bool {
	return strings.Trim(s, "0123456789.") == "" && json.Valid([]byte(s))
}

func isAlphanumeric(c rune) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
