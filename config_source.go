package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"rechargebot/providers"
)

// configError is a complaint about the configuration; the process ends with exit code 2.
type configError struct {
	file string
	line int // 0 = nowhere in particular
	key  string
	why  string
}

// Error is one line: file, line, key, what was expected. It never holds a value of the file.
func (e configError) Error() string {
	where := e.file
	if e.line > 0 {
		where += fmt.Sprintf(" line %d", e.line)
	}
	if e.key != "" {
		where += ": " + e.key
	}
	return where + " " + e.why
}

// source is the file's text, for naming lines.
type source struct {
	file  string
	lines []string
	given map[string]string // keys that were given elsewhere, and where
}

// problem is a configError about a key such as "dispatch.max_providers" or "providers[1].name".
func (s source) problem(key, why string) error {
	if where := s.given[key]; where != "" {
		return configError{file: where, key: key, why: why}
	}
	return configError{file: s.file, line: s.lineOf(key), key: key, why: why}
}

var (
	tableHead = regexp.MustCompile(`^\s*\[(\[)?\s*([^\]]+?)\s*\]`)
	secretKey = regexp.MustCompile(`(?i)^\s*"?[a-z_]*(token|pass|secret|key|user|access_id|register_id)[a-z_]*"?\s*=`)
	fromFile  = regexp.MustCompile(`"[^"]{2,}"|'[^' \\]{2,}'|\d{2,}`) // what an error of the TOML reader has quoted
	wrongType = regexp.MustCompile(`incompatible types: TOML value has type ([^;]+); destination has type (.+)`)
	atLine    = regexp.MustCompile(`line (\d+)(?: \(last key "([^"]*)"\))?:? ?(.*)`)
)

// lineOf finds the line of a key, or of the nearest table around it when the key itself is absent; 0 when
// none is there.
func (s source) lineOf(key string) int {
	for {
		if line := s.lineAt(key); line > 0 {
			return line
		}
		i := strings.LastIndex(key, ".")
		if i < 0 {
			return 0
		}
		key = key[:i]
	}
}

func (s source) lineAt(key string) int {
	section, name := "", key
	if i := strings.LastIndex(key, "."); i >= 0 {
		section, name = key[:i], key[i+1:]
	}
	here, counts, best := "", map[string]int{}, 0
	for i, line := range s.lines {
		if m := tableHead.FindStringSubmatch(line); m != nil {
			here = m[2]
			if m[1] != "" {
				here = fmt.Sprintf("%s[%d]", m[2], counts[m[2]])
				counts[m[2]]++
			} else if table, sub, ok := strings.Cut(here, "."); ok && counts[table] > 0 {
				here = fmt.Sprintf("%s[%d].%s", table, counts[table]-1, sub)
			}
			if here == section || here == key {
				best = i + 1
			}
			continue
		}
		left, _, ok := strings.Cut(line, "=")
		if ok && here == section && strings.Trim(strings.TrimSpace(left), `"`) == name {
			return i + 1
		}
	}
	return best
}

// syntax rewrites an error of the TOML reader, without the text that it quotes: any line may be a part of a secret.
func (s source) syntax(err error) error {
	e := configError{file: s.file, why: "is not valid TOML"}
	m := atLine.FindStringSubmatch(err.Error())
	if m == nil {
		return e
	}
	_, _ = fmt.Sscan(m[1], &e.line)
	e.key = m[2]
	if e.line < 1 || e.line > len(s.lines) {
		return e
	}
	switch wrong := wrongType.FindStringSubmatch(m[3]); {
	case wrong != nil:
		e.why = "must be " + plainType(wrong[2]) + ", not " + plainType(wrong[1])
	case strings.Contains(m[3], " already "):
		e.why = "is given a second time; keep one of them"
	case secretKey.MatchString(s.lines[e.line-1]):
		e.why = `must be a text in quotes, such as KEY = "…"`
	case fromFile.MatchString(m[3]):
		e.why = `cannot be read; a text stands in quotes, such as KEY = "…"`
	case m[3] != "":
		e.why = "cannot be read: " + m[3]
	}
	return e
}

// plainType is a type of the TOML reader in words for people.
func plainType(name string) string {
	for _, t := range []struct{ in, words string }{
		{"slice", "a list"}, {"string", "a text in quotes"}, {"int", "a whole number"}, {"bool", "true or false"}, {"float", "a decimal number"},
		{"map", "a table"}, {"struct", "a table"}, {"main.", "a text in quotes"}, {"[]", "a list"},
	} {
		if strings.Contains(name, t.in) {
			return t.words
		}
	}
	return name
}

// unknown refuses keys that mean nothing, with the nearest one that does.
func (s source) unknown(meta toml.MetaData, known []string) error {
	for _, key := range meta.Undecoded() {
		name := key.String()
		if len(key) > 1 && key[0] == "providers" {
			continue // each provider's table is read by its kind
		}
		return s.problem(name, "is not a known key"+suggestion(name, known))
	}
	return nil
}

// secretFile is the secret itself, or what its file holds; both is a complaint. Blanks around it are dropped.
func (s source) secretFile(key string, value providers.Secret, path string) (providers.Secret, error) {
	if path == "" {
		return providers.Secret(strings.TrimSpace(value.Reveal())), nil
	}
	if value != "" {
		return "", s.problem(key, "is given together with its file; keep one of them")
	}
	raw, err := os.ReadFile(path)
	if err != nil { // the name may be the secret itself, put into the wrong key
		return "", s.problem(key+"_file", "names a file that cannot be read: "+bareCause(err).Error())
	}
	return providers.Secret(strings.TrimSpace(string(raw))), nil
}

// knownKeys are all keys outside the providers' tables, from the struct itself.
func knownKeys() []string {
	var out []string
	var walk func(t reflect.Type, prefix string)
	walk = func(t reflect.Type, prefix string) {
		for i := range t.NumField() {
			name := t.Field(i).Tag.Get("toml")
			if name == "-" {
				continue
			}
			out = append(out, prefix+name)
			if t.Field(i).Type.Kind() == reflect.Struct {
				walk(t.Field(i).Type, prefix+name+".")
			}
		}
	}
	walk(reflect.TypeFor[config](), "")
	return out
}

// suggestion is ", did you mean …?" when a known word is near.
func suggestion(word string, known []string) string {
	best, at := 4, ""
	for _, k := range known {
		if d := distance(word, k); d < best {
			best, at = d, k
		}
	}
	if at == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", at)
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		prev := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := prev
			if a[i] != b[j] {
				cost++
			}
			prev = row[j+1]
			row[j+1] = slices.Min([]int{cost, row[j] + 1, prev + 1})
		}
	}
	return row[len(b)]
}

// pathCause is why a file could not be opened, after its name.
func pathCause(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Path + ": " + pe.Err.Error()
	}
	return err.Error()
}

// bareCause is why a file could not be opened, without its name.
func bareCause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
