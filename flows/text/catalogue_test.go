package text_test

import (
	"go/ast"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
	"github.com/nicksnyder/go-i18n/v2/i18n"

	"rechargebot/flows/text"
)

// sentence is one form of one key in one language.
type sentence struct{ language, key, form, words string }

// sentences reads every catalogue file in this folder, and fails on a key that a language words twice.
func sentences(t *testing.T) []sentence {
	t.Helper()
	names, err := fs.Glob(os.DirFS("."), "*.toml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no catalogues: %v", err)
	}
	var out []sentence
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := i18n.ParseMessageFileBytes(data, name, map[string]i18n.UnmarshalFunc{"toml": toml.Unmarshal})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, m := range file.Messages {
			if slices.ContainsFunc(out, func(s sentence) bool { return s.language == file.Tag.String() && s.key == m.ID }) {
				t.Errorf("%s: key %s is in another file of the language, too", name, m.ID)
			}
			forms := map[string]string{"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few, "many": m.Many, "other": m.Other}
			for _, form := range slices.Sorted(maps.Keys(forms)) {
				if words := forms[form]; words != "" {
					out = append(out, sentence{file.Tag.String(), m.ID, form, words})
				}
			}
		}
	}
	return out
}

func TestEveryKeyHasItsSentenceAndEverySentenceItsKey(t *testing.T) {
	t.Parallel()
	keys := map[string]bool{}
	for _, constant := range keyConstants(t) {
		if keys[constant.value] {
			t.Errorf("key %q has two constants", constant.value)
		}
		keys[constant.value] = true
		if !regexp.MustCompile(`^[a-z]+(_[a-z0-9]+)+$|^months$`).MatchString(constant.value) {
			t.Errorf("key %q: want lower-case words with underscores (go-i18n has plans for some single words)", constant.value)
		}
	}
	worded := map[string]map[string]bool{}
	for _, s := range sentences(t) {
		if worded[s.language] == nil {
			worded[s.language] = map[string]bool{}
		}
		worded[s.language][s.key] = true
	}
	for language, has := range worded {
		if diff := cmp.Diff(slices.Sorted(maps.Keys(keys)), slices.Sorted(maps.Keys(has))); diff != "" {
			t.Errorf("%s: - constants, + sentences:\n%s", language, diff)
		}
	}
}

func TestEveryLanguageHasTheSamePlaceholders(t *testing.T) {
	t.Parallel()
	english := map[string][]string{}
	for _, s := range sentences(t) {
		if s.language == "en" && s.form == "other" {
			english[s.key] = placeholders(t, s)
		}
	}
	for _, s := range sentences(t) {
		got := placeholders(t, s)
		if s.form != "other" && !slices.Contains(got, "Count") && slices.Contains(english[s.key], "Count") {
			got = slices.Sorted(slices.Values(append(got, "Count"))) // "one" may say it in words
		}
		if diff := cmp.Diff(english[s.key], got); diff != "" {
			t.Errorf("%s %s (%s): placeholders differ from English:\n%s", s.language, s.key, s.form, diff)
		}
	}
}

var placeholder = regexp.MustCompile(`\{\{\.([A-Z][A-Za-z]*)\}\}`)

// placeholders lists the names in a sentence once each. Anything of a template beside them is an error.
func placeholders(t *testing.T, s sentence) []string {
	t.Helper()
	names := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(s.words, -1) {
		names[m[1]] = true
	}
	if rest := placeholder.ReplaceAllString(s.words, ""); strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
		t.Errorf("%s %s: more than {{.Name}} in %q", s.language, s.key, s.words)
	}
	return slices.Sorted(maps.Keys(names))
}

func TestMarksComeInPairs(t *testing.T) {
	t.Parallel()
	for _, s := range sentences(t) {
		for _, mark := range []string{"*", "`"} {
			if strings.Count(s.words, mark)%2 != 0 {
				t.Errorf("%s %s: a %s is not closed in %q", s.language, s.key, mark, s.words)
			}
		}
	}
}

func TestSentencesFitTheirPlaces(t *testing.T) {
	t.Parallel()
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	labels, answers := keysUsedIn(t)
	if len(labels) == 0 || len(answers) == 0 {
		t.Fatal("no labels or answers found in the code: the search is broken")
	}
	for _, language := range catalogue.Languages() {
		say := catalogue.In(language)
		for _, s := range sentences(t) {
			values := text.Values{}
			for _, name := range placeholders(t, s) {
				values[name] = strings.Repeat("x", 24)
			}
			n := say.Say(text.Key(s.key), values).Length()
			if n > 1000 { // with a card and its lines around it, a message stays below 4096
				t.Errorf("%s %s: %d characters are a lecture", language, s.key, n)
			}
			if labels[s.key] && n > 64 {
				t.Errorf("%s %s: %d characters on a button", language, s.key, n)
			}
			if answers[s.key] && n > 200 {
				t.Errorf("%s %s: %d characters over a press, Telegram takes 200", language, s.key, n)
			}
		}
	}
}

// keysUsedIn finds the keys that end up on buttons, and those that may answer a press.
func keysUsedIn(t *testing.T) (labels, answers map[string]bool) {
	values := map[string]string{}
	for _, c := range keyConstants(t) {
		values[c.name] = c.value
	}
	labels, answers = map[string]bool{}, map[string]bool{}
	for _, f := range houseFiles(t) {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if id, ok := n.Key.(*ast.Ident); ok && id.Name == "Label" {
					collect(n.Value, values, labels)
				}
			case *ast.CompositeLit:
				if typeName(n.Type) == "Answer" {
					collect(n, values, answers)
				}
			case *ast.CallExpr:
				if typeName(n.Fun) == "tell" {
					collect(n, values, answers)
				}
			}
			return true
		})
	}
	return labels, answers
}

// collect notes the keys below n.
func collect(n ast.Node, values map[string]string, into map[string]bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if name := keyName(n); name != "" && values[name] != "" {
			into[values[name]] = true
		}
		return true
	})
}
