package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

// botRules judges calls by the Bot API's machine-readable description alone, which is kept beside the
// checkout. It shares nothing with the sandbox's own rules.
type botRules struct {
	Methods map[string]botThing
	Types   map[string]botThing
}

type botThing struct {
	Fields []struct {
		Name        string
		Types       []string
		Required    bool
		Description string
	}
	Subtypes []string
}

func readBotRules(t *testing.T) botRules {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "shared", "telegram", "api.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the Bot API's description, shared/telegram/api.json, is not beside the checkout: nothing to compare with")
	}
	var rules botRules
	if err == nil {
		err = json.Unmarshal(raw, &rules)
	}
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// call is what is wrong with a call; nothing means that the description allows it.
func (r botRules) call(method string, params map[string]any) []string {
	m, ok := r.Methods[method]
	if !ok {
		return []string{"no method " + method}
	}
	return r.thing(method, m, params)
}

func (r botRules) thing(where string, thing botThing, values map[string]any) (wrong []string) {
	known := map[string]bool{}
	for _, f := range thing.Fields {
		known[f.Name] = true
		v, there := values[f.Name]
		switch {
		case there:
			at := where + "." + f.Name
			found := r.value(at, f.Types, v)
			if len(found) == 0 {
				found = inWords(at, f.Description, v)
			}
			wrong = append(wrong, found...)
		case f.Required:
			wrong = append(wrong, where+" lacks "+f.Name)
		}
	}
	for name := range values {
		if !known[name] {
			wrong = append(wrong, where+" has no "+name)
		}
	}
	return wrong
}

// value wants one of the types to fit.
func (r botRules) value(where string, types []string, v any) (wrong []string) {
	for _, one := range types {
		found := r.fits(where, one, v)
		if len(found) == 0 {
			return nil
		}
		wrong = append(wrong, found...)
	}
	return wrong
}

func (r botRules) fits(where, kind string, v any) (wrong []string) {
	ok := false
	switch kind {
	case "String", "InputFile":
		_, ok = v.(string)
	case "Boolean":
		_, ok = v.(bool)
	case "Integer":
		var n json.Number
		if n, ok = v.(json.Number); ok {
			_, err := strconv.ParseInt(n.String(), 10, 64)
			ok = err == nil
		}
	default:
		return r.composite(where, kind, v)
	}
	if !ok {
		return []string{where + " is no " + kind}
	}
	return nil
}

func (r botRules) composite(where, kind string, v any) (wrong []string) {
	if inner, list := strings.CutPrefix(kind, "Array of "); list {
		all, ok := v.([]any)
		if !ok {
			return []string{where + " is no " + kind}
		}
		for _, one := range all {
			wrong = append(wrong, r.fits(where+"[]", inner, one)...)
		}
		return wrong
	}
	thing := r.Types[kind]
	if len(thing.Subtypes) > 0 {
		return r.value(where, thing.Subtypes, v)
	}
	o, ok := v.(map[string]any)
	if !ok {
		return []string{where + " is no " + kind}
	}
	return r.thing(kind, thing, o)
}

var (
	spokenLength = regexp.MustCompile(`(\d+)-(\d+) (characters|bytes)`)
	spokenMost   = regexp.MustCompile(`[Aa]t most (\d+) `)
	spokenRange  = regexp.MustCompile(`between (\d+)-(\d+)`)
	spokenWord   = regexp.MustCompile(`"([a-z_]+)"`)
	spokenOnly   = regexp.MustCompile(`must be ([a-z_]+)$`)
	spokenChoice = regexp.MustCompile(`([a-z_]+) (?:for|or) `)
)

// inWords looks for what stands in a field's sentence only: lengths, ranges, choices.
func inWords(where, sentence string, v any) []string {
	n := 0
	switch v := v.(type) {
	case string:
		n = len(utf16.Encode([]rune(v)))
		if strings.Contains(sentence, " bytes") {
			n = len(v)
		}
		if choices := spokenChoices(sentence); choices != nil && !slices.Contains(choices, v) {
			return []string{fmt.Sprintf("%s can't be %q", where, v)}
		}
	case []any:
		n = len(v)
	case json.Number:
		n, _ = strconv.Atoi(v.String())
		if m := spokenRange.FindStringSubmatch(sentence); m != nil && outside(n, m[1], m[2]) {
			return []string{where + " is out of range"}
		}
		return nil
	}
	m := spokenLength.FindStringSubmatch(sentence)
	if m == nil {
		if m = spokenMost.FindStringSubmatch(sentence); m != nil {
			m = []string{"", "0", m[1]}
		}
	}
	if m != nil && outside(n, m[1], m[2]) {
		return []string{fmt.Sprintf("%s has a length of %d", where, n)}
	}
	return nil
}

func spokenChoices(sentence string) (all []string) {
	pattern := spokenWord
	switch {
	case spokenOnly.MatchString(sentence):
		pattern = spokenOnly
	case strings.Contains(sentence, "Choose one"):
		pattern = spokenChoice
	case !strings.Contains(sentence, "ust be one of") && !strings.Contains(sentence, "Currently, can be"):
		return nil
	}
	for _, m := range pattern.FindAllStringSubmatch(sentence, -1) {
		all = append(all, m[1])
	}
	return all
}

func outside(n int, lo, hi string) bool {
	least, _ := strconv.Atoi(lo)
	most, _ := strconv.Atoi(hi)
	return n < least || n > most
}

// typed reads a form's value, which is always text, as the description's type of the parameter.
func (r botRules) typed(method, name, raw string) any {
	for _, f := range r.Methods[method].Fields {
		if f.Name != name || f.Types[0] == "String" || f.Types[0] == "InputFile" {
			continue
		}
		d := json.NewDecoder(strings.NewReader(raw))
		d.UseNumber()
		var v any
		if d.Decode(&v) == nil {
			return v
		}
	}
	return raw
}
