package sandbox

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// check refuses a value that has not the shape, and returns it with numbers as json.Number. name is
// the field's. loose allows what a top-level parameter may be: form text, and JSON written as text.
func (s shape) check(name string, v any, loose bool) (any, *apiError) {
	if raw, ok := v.(formText); ok {
		var err *apiError
		if v, err = s.fromForm(name, string(raw)); err != nil {
			return nil, err
		}
	} else if raw, ok := v.(string); ok && loose && (s.kind == object || s.kind == list) {
		var err *apiError
		if v, err = parseJSON(name, raw); err != nil {
			return nil, err
		}
	}
	switch s.kind {
	case text:
		return s.checkText(name, v)
	case integer:
		return s.checkInteger(name, v)
	case boolean:
		if _, ok := v.(bool); !ok {
			return nil, wrongType(name, "Boolean")
		}
		return v, nil
	case chatRef:
		return checkChatRef(name, v)
	case list:
		return s.checkList(name, v)
	case inputFile:
		return checkFile(name, v)
	default:
		return s.checkObject(name, v)
	}
}

func wrongType(name, kind string) *apiError {
	return badRequest("field %q must be of type %s", name, kind)
}

// fromForm reads a form value, which is always text, as the shape's kind.
func (s shape) fromForm(name, raw string) (any, *apiError) {
	switch s.kind {
	case integer:
		return json.Number(raw), nil
	case boolean:
		switch strings.ToLower(raw) {
		case "true", "1":
			return true, nil
		case "false", "0":
			return false, nil
		}
		return nil, wrongType(name, "Boolean")
	case object, list:
		return parseJSON(name, raw)
	default:
		return raw, nil
	}
}

func parseJSON(name, raw string) (any, *apiError) {
	v, err := decodeJSON([]byte(raw))
	if err != nil {
		return nil, badRequest("can't parse %s JSON object", strings.ReplaceAll(name, "_", " "))
	}
	return v, nil
}

func (s shape) checkText(name string, v any) (any, *apiError) {
	t, ok := v.(string)
	if !ok {
		return nil, wrongType(name, "String")
	}
	if !utf8.ValidString(t) {
		return nil, badRequest("strings must be encoded in UTF-8")
	}
	n := utf16Len(t)
	if s.bytes {
		n = len(t)
	}
	if !s.parsed && (n < s.min || s.max > 0 && n > s.max) {
		if s.refusal != "" {
			return nil, badRequest("%s", s.refusal)
		}
		return nil, badRequest("field %q must have %d to %d characters and has %d", name, s.min, s.max, n)
	}
	if s.oneOf != nil && !slices.Contains(s.oneOf, t) {
		if s.refusal != "" {
			return nil, badRequest("%s", s.refusal)
		}
		return nil, badRequest("field %q can't be %q; it must be one of %s", name, t, strings.Join(s.oneOf, ", "))
	}
	return t, nil
}

func (s shape) checkInteger(name string, v any) (any, *apiError) {
	n, ok := v.(json.Number)
	if !ok {
		return nil, wrongType(name, "Integer")
	}
	i, err := strconv.ParseInt(n.String(), 10, 64)
	if err != nil {
		return nil, wrongType(name, "Integer")
	}
	if s.max > 0 && (i < int64(s.min) || i > int64(s.max)) {
		return nil, badRequest("field %q must be between %d and %d and is %d", name, s.min, s.max, i)
	}
	return n, nil
}

// checkChatRef takes an id, or a @username as text; it returns json.Number or the username.
func checkChatRef(name string, v any) (any, *apiError) {
	raw, isText := v.(string)
	if n, ok := v.(json.Number); ok {
		raw = n.String()
	} else if !isText {
		return nil, wrongType(name, "Integer or String")
	}
	if raw == "" {
		return nil, badRequest("%s is empty", name)
	}
	if _, err := strconv.ParseInt(raw, 10, 64); err == nil {
		return json.Number(raw), nil
	}
	if isText && strings.HasPrefix(raw, "@") {
		return raw, nil
	}
	return nil, badRequest("chat not found")
}

// checkFile takes a file that came along, or a word that names one: Telegram's id of it, or a link.
func checkFile(name string, v any) (any, *apiError) {
	switch t := v.(type) {
	case upload:
		return t, nil
	case string:
		if t == "" {
			return nil, badRequest("there is no %s in the request", name)
		}
		return t, nil
	}
	return nil, wrongType(name, "InputFile or String")
}

func (s shape) checkList(name string, v any) (any, *apiError) {
	all, ok := v.([]any)
	if !ok {
		return nil, wrongType(name, "Array")
	}
	if s.refusal != "" && s.max > 0 && len(all) > s.max {
		return nil, badRequest("%s", s.refusal)
	}
	if len(all) < s.min || s.max > 0 && len(all) > s.max {
		return nil, badRequest("field %q must have at most %d elements and has %d", name, s.max, len(all))
	}
	for i, one := range all {
		checked, err := s.elem.check(name, one, false)
		if err != nil {
			return nil, err
		}
		all[i] = checked
	}
	return all, nil
}

func (s shape) checkObject(name string, v any) (any, *apiError) {
	o, ok := v.(map[string]any)
	if !ok {
		return nil, wrongType(name, "Object")
	}
	if s.choices != nil {
		chosen, err := s.choose(o)
		if err != nil {
			return nil, err
		}
		s = chosen
	}
	if err := checkFields(s.name, s.fields, o, false); err != nil {
		return nil, err
	}
	if s.name == inlineButton {
		return o, checkInlineButton(o)
	}
	return o, nil
}

// checkFields checks a call's or an object's fields and replaces each by its checked value.
func checkFields(owner string, fields map[string]field, values map[string]any, loose bool) *apiError {
	for name, v := range values {
		f, ok := fields[name]
		if !ok {
			return badRequest("%s has no field %q", owner, name)
		}
		if f.unplayed {
			return badRequest("the sandbox does not play the field %q of %s", name, owner)
		}
		checked, err := f.check(name, v, loose)
		if err != nil {
			return err
		}
		values[name] = checked
	}
	for name, f := range fields {
		if _, ok := values[name]; ok || !f.required {
			continue
		}
		switch name {
		case "photo", "document":
			return badRequest("there is no %s in the request", name)
		case "text":
			if loose {
				return badRequest("message text is empty")
			}
		case "chat_id":
			if loose {
				return badRequest("chat_id is empty")
			}
		case "message_id":
			return badRequest("message identifier is not specified")
		}
		return badRequest("can't find field %q of %s", name, owner)
	}
	return nil
}
