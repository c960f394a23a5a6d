package text

import (
	"maps"
	"strings"
	gotemplate "text/template"
	"text/template/parse"

	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// Inner marks of bold and code while a sentence passes through the template engine; values cannot hold them.
const (
	boldMark = "\x02"
	codeMark = "\x03"
)

// parser is text/template with our two marks put in place of asterisks and backticks before any value is there.
type parser struct{}

// Cacheable lets the bundle keep parsed sentences.
func (parser) Cacheable() bool { return true }

// Parse parses a catalogue's sentence.
func (parser) Parse(src, _, _ string) (template.ParsedTemplate, error) {
	src = strings.NewReplacer("**", "*", "``", "`", "*", boldMark, "`", codeMark).Replace(src)
	t, err := gotemplate.New("").Option("missingkey=error").Parse(src)
	if err != nil {
		return nil, err
	}
	return parsed{t, placeholders(t)}, nil
}

// placeholders lists the names of a sentence's values, as often as they stand there.
func placeholders(t *gotemplate.Template) []string {
	var out []string
	if t.Tree == nil {
		return nil
	}
	for _, node := range t.Tree.Root.Nodes {
		action, ok := node.(*parse.ActionNode)
		if !ok {
			continue
		}
		for _, command := range action.Pipe.Cmds {
			for _, arg := range command.Args {
				if field, ok := arg.(*parse.FieldNode); ok {
					out = append(out, field.Ident[0])
				}
			}
		}
	}
	return out
}

type parsed struct {
	t     *gotemplate.Template
	names []string
}

// Execute fills in the values. For a map, text/template writes "<no value>" where one is missing, or
// nothing at all with missingkey=error; both would show in a chat.
func (p parsed) Execute(data any) (string, error) {
	values, _ := data.(map[string]any)
	for _, name := range p.names {
		if _, ok := values[name]; !ok {
			values = maps.Clone(values)
			if values == nil {
				values = map[string]any{}
			}
			values[name] = missing
		}
	}
	var b strings.Builder
	if err := p.t.Execute(&b, values); err != nil {
		return "", err
	}
	return b.String(), nil
}
