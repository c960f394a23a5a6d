package custom

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rechargebot/providers"
)

// table reads one table of a description. The first complaint of all its tables is kept.
type table struct {
	key    string // dotted; "" is the description itself
	values map[string]any
	wrong  *complaint
}

type complaint struct{ first *providers.DescriptionError }

func (t *table) complain(key, why string) {
	if t.wrong.first == nil {
		t.wrong.first = &providers.DescriptionError{Key: t.dotted(key), Why: why}
	}
}

// dotted is a key as the whole description knows it; one without a name is shown as "".
func (t *table) dotted(key string) string {
	if key == "" {
		key = `""`
	}
	if t.key == "" {
		return key
	}
	return t.key + "." + key
}

func (t *table) complainf(key, format string, args ...any) {
	t.complain(key, fmt.Sprintf(format, args...))
}

// only refuses keys that mean nothing, with the nearest one that does.
func (t *table) only(known ...string) {
	for _, key := range slices.Sorted(maps.Keys(t.values)) {
		if !slices.Contains(known, key) {
			t.complain(key, "is not known here"+suggestion(key, known)+" (known: "+strings.Join(known, ", ")+")")
		}
	}
}

// as is the value of a key, or the default when it is absent; another type is a complaint.
func as[T any](t *table, key string, def T, want string) T {
	v, given := t.values[key]
	if !given {
		return def
	}
	typed, ok := v.(T)
	if !ok {
		t.complain(key, "must be "+want)
		return def
	}
	return typed
}

func (t *table) has(key string) bool {
	_, given := t.values[key]
	return given
}

func (t *table) text(key, def string) string {
	return strings.TrimSpace(as(t, key, def, "a text in quotes"))
}

// need is a text that must be there.
func (t *table) need(key, why string) string {
	text := t.text(key, "")
	if text == "" {
		t.complain(key, "is missing: "+why)
	}
	return text
}

// choice is a text that must be one of these.
func (t *table) choice(key, def string, of ...string) string {
	text := t.text(key, def)
	if !slices.Contains(of, text) {
		t.complain(key, "must be one of: "+strings.Join(of, ", ")+suggestion(text, of))
	}
	return text
}

// texts is a table of texts that are not empty.
func (t *table) texts(key string) map[string]string {
	sub, out := t.sub(key), map[string]string{}
	for _, k := range slices.Sorted(maps.Keys(sub.values)) {
		out[k] = as(sub, k, "", "a text in quotes")
	}
	return out
}

// list is a list of texts.
func (t *table) list(key string) []string {
	var out []string
	for _, v := range t.items(key) {
		text, ok := v.(string)
		if !ok {
			t.complain(key, "must be a list of texts in quotes")
		}
		out = append(out, text)
	}
	return out
}

// items is a list, however it was written.
func (t *table) items(key string) []any {
	if tables, ok := t.values[key].([]map[string]any); ok {
		out := make([]any, len(tables))
		for i, v := range tables {
			out[i] = v
		}
		return out
	}
	return as(t, key, []any(nil), "a list")
}

// sub is the table under a key, empty when it is absent.
func (t *table) sub(key string) *table {
	return &table{
		key:    t.dotted(key),
		values: as(t, key, map[string]any{}, "a table"),
		wrong:  t.wrong,
	}
}

// word writes a text, whole number or truth value as an answer would say it.
func word(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v), true
	case int64, bool:
		return fmt.Sprint(v), true
	}
	return "", false
}

// suggestion is ", did you mean …?" when a known word is near.
func suggestion(word string, known []string) string {
	best, at := 4, ""
	for _, k := range known {
		if d := distance(word, k); d < best {
			best, at = d, k
		}
	}
	if at == "" || word == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", at)
}

// distance is Levenshtein's, for words of a length that keys have.
func distance(a, b string) int {
	if len(a) > 40 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
