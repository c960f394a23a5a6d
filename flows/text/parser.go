package text

import (
	"strings"
	gotemplate "text/template"

	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// parser is text/template with our two marks put in place of asterisks and backticks before any value is there.
type parser struct{}

// Cacheable lets the bundle keep parsed sentences.
func (parser) Cacheable() bool { return true }

// Parse parses a catalogue's sentence.
func (parser) Parse(src, _, _ string) (template.ParsedTemplate, error) {
	src = strings.NewReplacer("*", string(boldMark), "`", string(codeMark)).Replace(src)
	t, err := gotemplate.New("").Option("missingkey=error").Parse(src)
	if err != nil {
		return nil, err
	}
	return parsed{t}, nil
}

type parsed struct{ t *gotemplate.Template }

// Execute fills in the values.
func (p parsed) Execute(data any) (string, error) {
	var b strings.Builder
	if err := p.t.Execute(&b, data); err != nil {
		return "", err
	}
	return b.String(), nil
}
