package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"

	"rechargebot/providers"
)

// ErrForm is what Fields says of a query or form that cannot be read. It does not quote it.
var ErrForm = errors.New("not a form")

// Fields reads a call of an upstream to us: its query, together with a body that is an urlencoded form, a
// multipart form or one flat JSON object, under keys that are trimmed and in lower case. Which of these it
// is, panels leave to chance and often announce wrongly, so a body that begins like a JSON object is taken
// for one. A key may come twice, also in other spellings or in query and body, when it says the same both
// times. An uploaded file, a nested value and a call without any field are errors.
func Fields(call providers.PostbackCall) (Object, error) {
	o := Object{}
	if err := o.addQuery(call.Query); err != nil {
		return nil, err
	}
	if err := o.addBody(call.ContentType, call.Body); err != nil {
		return nil, err
	}
	if len(o) == 0 {
		return nil, ErrEmpty
	}
	return o, nil
}

// add stores one field.
func (o Object) add(key, value string) error {
	key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
	if was, seen := o[key]; seen && was != value {
		return ErrRepeated
	}
	o[key] = value
	return nil
}

func (o Object) addQuery(text string) error {
	form, err := url.ParseQuery(text)
	if err != nil {
		return ErrForm
	}
	for key, values := range form {
		for _, value := range values {
			if err := o.add(key, value); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o Object) addBody(contentType string, body []byte) error {
	body = bare(body)
	kind, params, _ := mime.ParseMediaType(contentType)
	switch {
	case len(body) == 0:
		return nil
	case kind == "multipart/form-data":
		return o.addMultipart(multipart.NewReader(bytes.NewReader(body), params["boundary"]))
	case body[0] == '{':
		return o.addObject(body)
	case kind == "application/json":
		return ErrNotObject
	}
	return o.addQuery(string(body))
}

func (o Object) addObject(body []byte) error {
	said, err := ParseObject(body)
	if err != nil {
		return err
	}
	for key, value := range said {
		text, ok := value.(string)
		if !ok {
			return fmt.Errorf("%s: %w", key, ErrKind)
		}
		if err := o.add(key, text); err != nil {
			return err
		}
	}
	return nil
}

func (o Object) addMultipart(r *multipart.Reader) error {
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil || part.FormName() == "" || part.FileName() != "" {
			return ErrForm
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return ErrForm
		}
		if err := o.add(part.FormName(), string(value)); err != nil {
			return err
		}
	}
}
