// Package text chooses the words. Flows say a Key with Values, a Catalogue of each language (en.toml, …)
// holds the sentences, and what comes out is a Rich text that knows nothing of any chat platform.
//
// In a catalogue *asterisks* make bold, `backticks` make code (numbers, ids: a tap copies them), and
// {{.Name}} stands for a value. Values are never read as markup. Voice: short, plain, true; says what
// happened and what to do next; never a provider's words as ours.
package text

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"unicode"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed *.toml
var files embed.FS

// Key names a sentence. Every key is a constant in keys.go; tests hold them against the catalogues.
type Key string

// Values fill a sentence's placeholders.
type Values map[string]any

// Catalogue holds all languages.
type Catalogue struct{ bundle *i18n.Bundle }

// Load reads the built-in languages. English is complete and stands in for what another one lacks.
func Load() (*Catalogue, error) {
	b := i18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	names, err := fs.Glob(files, "*.toml")
	if err != nil {
		return nil, fmt.Errorf("list catalogues: %w", err)
	}
	for _, name := range names {
		if _, err := b.LoadMessageFileFS(files, name); err != nil {
			return nil, fmt.Errorf("load catalogue %s: %w", path.Base(name), err)
		}
	}
	return &Catalogue{bundle: b}, nil
}

// Printer speaks one language. The zero Printer is not usable; take one from a Catalogue.
type Printer struct {
	localizer *i18n.Localizer
	language  string
}

// In is the printer of a language ("en", "bn", "hi"); unknown ones speak English.
func (c *Catalogue) In(lang string) Printer {
	return Printer{i18n.NewLocalizer(c.bundle, lang, "en"), lang}
}

// Language is the tag that the printer was asked for.
func (p Printer) Language() string { return p.language }

// Inner marks of bold and code while a sentence passes through the template engine; values cannot hold them.
const (
	boldMark = '\x02'
	codeMark = '\x03'
)

// Say is the sentence of key with values filled in. A "Count" value chooses the plural form.
func (p Printer) Say(key Key, values Values) Rich { return spans(p.localize(key, values)) }

// Text is Say without styles, for buttons and answers.
func (p Printer) Text(key Key, values Values) string { return p.Say(key, values).String() }

func (p Printer) localize(key Key, values Values) string {
	data := map[string]any{}
	for k, v := range values {
		if s, ok := v.(fmt.Stringer); ok {
			v = s.String()
		}
		if s, ok := v.(string); ok {
			v = clean(s)
		}
		data[k] = v
	}
	s, err := p.localizer.Localize(&i18n.LocalizeConfig{
		MessageID:      string(key),
		TemplateData:   data,
		PluralCount:    values["Count"],
		TemplateParser: parser{},
	})
	if err != nil && s == "" {
		return string(key) // a test makes sure that no key comes here
	}
	return s
}

// clean drops the control characters of a value, so that it can neither style nor break a sentence.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r), r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return -1
		}
		return r
	}, s)
}

// spans splits an executed sentence at its marks.
func spans(s string) Rich {
	var out Rich
	style := Plain
	for s != "" {
		i := strings.IndexAny(s, string([]rune{boldMark, codeMark}))
		if i < 0 {
			i = len(s)
		}
		if i > 0 {
			out = append(out, Span{Text: s[:i], Style: style})
		}
		if i == len(s) {
			break
		}
		next := Bold
		if s[i] == codeMark {
			next = Code
		}
		if style == next {
			next = Plain
		}
		style, s = next, s[i+1:]
	}
	return out
}
