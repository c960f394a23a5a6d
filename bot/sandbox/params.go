package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
)

// formText is a value that came in a query or a form, where everything is text.
type formText string

// params are the parameters of a call by name.
type params map[string]any

const maxBody = 1 << 20

// readParams takes parameters as Telegram does: from the query, and from a body that is JSON,
// urlencoded or multipart. A parameter that is there twice is refused.
func readParams(r *http.Request) (params, *apiError) {
	p := params{}
	if err := p.addValues(r.URL.Query()); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, badRequest("can't read the request")
	case len(body) > maxBody:
		return nil, &apiError{code: 413, description: "Request Entity Too Large"}
	case len(body) == 0:
		return p, nil
	}
	kind, options, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, badRequest("the body has no Content-Type")
	}
	switch kind {
	case "application/json":
		return p, p.addJSON(body)
	case "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, badRequest("can't parse the form")
		}
		return p, p.addValues(values)
	case "multipart/form-data":
		return p, p.addParts(multipart.NewReader(bytes.NewReader(body), options["boundary"]))
	default:
		return nil, badRequest("the body can't be %s", kind)
	}
}

func (p params) add(name string, v any) *apiError {
	if _, ok := p[name]; ok {
		return badRequest("the parameter %q is there twice", name)
	}
	p[name] = v
	return nil
}

func (p params) addValues(values url.Values) *apiError {
	for name, all := range values {
		for _, v := range all {
			if err := p.add(name, formText(v)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p params) addJSON(body []byte) *apiError {
	v, err := decodeJSON(body)
	if err != nil {
		return badRequest("can't parse the body as JSON")
	}
	o, ok := v.(map[string]any)
	if !ok {
		return badRequest("the body must be a JSON object")
	}
	for name, v := range o {
		if err := p.add(name, v); err != nil {
			return err
		}
	}
	return nil
}

func (p params) addParts(r *multipart.Reader) *apiError {
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return badRequest("can't parse the multipart form")
		}
		v, err := io.ReadAll(part)
		if err != nil {
			return badRequest("can't parse the multipart form")
		}
		if part.FileName() != "" {
			return badRequest("the sandbox takes no files, and %q is one", part.FormName())
		}
		if err := p.add(part.FormName(), formText(v)); err != nil {
			return err
		}
	}
}

// decodeJSON reads exactly one JSON value and keeps numbers as they are written.
func decodeJSON(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one value")
	}
	return v, nil
}

// into decodes checked parameters into a struct with the Bot API's names.
func (p params) into(v any) *apiError {
	raw, err := json.Marshal(p)
	if err == nil {
		err = json.Unmarshal(raw, v)
	}
	if err != nil {
		return badRequest("can't parse the parameters: %v", err)
	}
	return nil
}
