// Package text chooses the words. Flows say a Key with Values, a Catalogue of each language
// (engine.en.toml, recharge.en.toml, …) holds the sentences, and what comes out is a Rich text that
// knows nothing of any chat platform.
//
// In a catalogue *asterisks* make bold, `backticks` make code (numbers, ids: a tap copies them), and
// {{.Name}} stands for a value; nothing else of a template is used. A doubled asterisk or backtick is one
// literal asterisk or backtick. Values are never read as markup and lose their control and direction
// characters. A "Count" value chooses the plural form and is written with the language's digits.
//
// What a language lacks is said in English, and a value that a step forgot is shown as "…": a person
// never sees a raw key. Tests hold the keys, the catalogues and the steps against each other.
//
// Voice: short, plain, true; says what happened and what to do next; never a provider's words as ours.
package text

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed *.toml
var files embed.FS

// Key names a sentence. Every key is a constant in a keys_*.go file.
type Key string

// Values fill a sentence's placeholders.
type Values map[string]any

// Catalogue holds all languages. It is safe for concurrent use.
type Catalogue struct{ bundle *i18n.Bundle }

// Load reads the built-in languages. English is complete and stands in for what another one lacks.
func Load() (*Catalogue, error) { return LoadFrom(files) }

// LoadFrom reads the languages in fsys: files NAME.LANGUAGE.toml.
func LoadFrom(fsys fs.FS) (*Catalogue, error) {
	b := i18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	names, err := fs.Glob(fsys, "*.toml")
	if err != nil {
		return nil, fmt.Errorf("list catalogues: %w", err)
	}
	for _, name := range names {
		if _, err := b.LoadMessageFileFS(fsys, name); err != nil {
			return nil, fmt.Errorf("load catalogue %s: %w", path.Base(name), err)
		}
	}
	return &Catalogue{bundle: b}, nil
}

// Languages lists the languages' tags, English first.
func (c *Catalogue) Languages() []string {
	var out []string
	for _, t := range c.bundle.LanguageTags() {
		if !slices.Contains(out, t.String()) {
			out = append(out, t.String())
		}
	}
	return out
}

// Has reports whether the catalogue speaks lang.
func (c *Catalogue) Has(lang string) bool { return slices.Contains(c.Languages(), lang) }
