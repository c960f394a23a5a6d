package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Errors of ParseObject. They never quote the answer.
var (
	ErrEmpty     = errors.New("empty answer")
	ErrHTML      = errors.New("a web page instead of an answer")
	ErrNotObject = errors.New("not a JSON object")
	ErrRepeated  = errors.New("a key stands in the answer twice")
	ErrTooDeep   = errors.New("answer nested too deeply")
	ErrKind      = errors.New("a field holds something else than expected")
)

// maxDepth bounds nesting; no known upstream goes beyond four.
const maxDepth = 16

// Object is a JSON object under keys that are trimmed and in lower case. Its values are text (numbers in
// the upstream's own digits, "true", "false"; null is ""), Object, or lists of those.
type Object map[string]any

// ParseObject reads the one JSON object that body must consist of. It refuses anything broken, cut off,
// repaired or followed by more, and keys that repeat in any spelling ("status", "Status"), whose winner
// would be a matter of taste. Blanks and byte order marks before it are skipped, however many: PHP files that
// were saved with a mark send it along, each file that another includes one more, and they say nothing. On an
// error the object is nil: half an answer is no answer.
func ParseObject(body []byte) (Object, error) {
	body = bare(body)
	switch {
	case len(body) == 0:
		return nil, ErrEmpty
	case body[0] == '<':
		return nil, ErrHTML
	case body[0] != '{' || !json.Valid(body):
		return nil, ErrNotObject
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	v, err := value(d, 0)
	if err != nil {
		return nil, err
	}
	o, ok := v.(Object)
	if !ok {
		return nil, ErrNotObject
	}
	return o, nil
}

// bare is body without the blanks round it, those of JSON and no others, and the byte order marks before it.
func bare(body []byte) []byte {
	return bytes.TrimRight(bytes.TrimLeft(body, "\ufeff"+blanks), blanks)
}

const blanks = " \t\r\n"

// value reads the next value of d.
func value(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, ErrTooDeep
	}
	token, err := d.Token()
	if err != nil {
		return nil, ErrNotObject
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return object(d, depth)
		}
		return list(d, depth)
	case string:
		return strings.TrimSpace(t), nil
	case json.Number:
		return t.String(), nil
	case bool:
		return fmt.Sprint(t), nil
	}
	return "", nil
}

func object(d *json.Decoder, depth int) (any, error) {
	o := Object{}
	for d.More() {
		token, err := d.Token()
		key, ok := token.(string)
		if err != nil || !ok {
			return nil, ErrNotObject
		}
		v, err := value(d, depth+1)
		if err != nil {
			return nil, err
		}
		key = strings.ToLower(strings.TrimSpace(key))
		if _, seen := o[key]; seen {
			return nil, ErrRepeated
		}
		o[key] = v
	}
	_, err := d.Token()
	return o, err
}

func list(d *json.Decoder, depth int) (any, error) {
	var l []any
	for d.More() {
		v, err := value(d, depth+1)
		if err != nil {
			return nil, err
		}
		l = append(l, v)
	}
	_, err := d.Token()
	return l, err
}

// Texts stores the scalars under the given keys, "" for those that are absent. When one of them is not a
// scalar it stores nothing and returns an error that wraps ErrKind.
func (o Object) Texts(into map[string]*string) error {
	for key := range into {
		switch o[key].(type) {
		case nil, string:
		default:
			return fmt.Errorf("%s: %w", key, ErrKind)
		}
	}
	for key, text := range into {
		*text, _ = o[key].(string)
	}
	return nil
}

// Objects returns the list of objects under key: none when the key is absent, null or empty text, as PHP
// writes a list without members. Anything else wraps ErrKind.
func (o Object) Objects(key string) ([]Object, error) {
	var items []any
	switch v := o[key].(type) {
	case nil:
	case string:
		if v != "" {
			return nil, fmt.Errorf("%s: %w", key, ErrKind)
		}
	case []any:
		items = v
	default:
		return nil, fmt.Errorf("%s: %w", key, ErrKind)
	}
	out := make([]Object, 0, len(items))
	for _, item := range items {
		member, ok := item.(Object)
		if !ok {
			return nil, fmt.Errorf("%s: %w", key, ErrKind)
		}
		out = append(out, member)
	}
	return out, nil
}
