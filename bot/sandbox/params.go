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
	"strings"
)

// formText is a value that came in a query or a form, where everything is text.
type formText string

// params are the parameters of a call by name.
type params map[string]any

const (
	maxBody = 1 << 20
	maxForm = maxUpload + maxBody // with a file
)

// readParams takes parameters as Telegram does: from the query, and from a body that is JSON,
// urlencoded or multipart. A parameter that is there twice is refused.
func readParams(r *http.Request) (params, *apiError) {
	p := params{}
	if err := p.addValues(r.URL.Query()); err != nil {
		return nil, err
	}
	kind, options, wrong := mime.ParseMediaType(r.Header.Get("Content-Type"))
	most := maxBody
	if kind == "multipart/form-data" {
		most = maxForm
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(most)+1))
	switch {
	case err != nil:
		return nil, badRequest("can't read the request")
	case len(body) > most:
		return nil, &apiError{code: 413, description: "Request Entity Too Large"}
	case len(body) == 0:
		return p, nil
	}
	if wrong != nil {
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

// addParts reads a multipart form. A field that says attach://part gets the file of that part.
func (p params) addParts(r *multipart.Reader) *apiError {
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return p.attach()
		}
		if err != nil {
			return badRequest("can't parse the multipart form")
		}
		v, err := io.ReadAll(part)
		if err != nil {
			return badRequest("can't parse the multipart form")
		}
		var value any = formText(v)
		if part.FileName() != "" {
			value = upload{Name: part.FileName(), Size: len(v), data: v}
		}
		if err := p.add(part.FormName(), value); err != nil {
			return err
		}
	}
}

func (p params) attach() *apiError {
	for name, v := range p {
		words, _ := v.(formText)
		part, attached := strings.CutPrefix(string(words), "attach://")
		if !attached {
			continue
		}
		file, ok := p[part].(upload)
		if !ok {
			return badRequest("there is no file in the part %q, which %q attaches", part, name)
		}
		p[name] = file
		delete(p, part)
	}
	return nil
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
