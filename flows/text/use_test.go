package text_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// houseFile is a parsed file of the house that is no test.
type houseFile struct {
	path string
	ast  *ast.File
	fset *token.FileSet
}

// houseFiles parses the whole tree.
func houseFiles(t *testing.T) []houseFile {
	t.Helper()
	var out []houseFile
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, 0)
		out = append(out, houseFile{path, f, fset})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (f houseFile) inText() bool { return filepath.Base(filepath.Dir(f.path)) == "text" }

// constant is a Key and its value.
type constant struct{ name, value string }

func keyConstants(t *testing.T) []constant {
	t.Helper()
	var out []constant
	for _, f := range houseFiles(t) {
		if !f.inText() {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || typeName(spec.Type) != "Key" || len(spec.Values) != 1 {
				return true
			}
			literal, ok := spec.Values[0].(*ast.BasicLit)
			if !ok {
				t.Errorf("%s: %s is no plain constant", f.path, spec.Names[0].Name)
				return true
			}
			value, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Error(err)
			}
			out = append(out, constant{spec.Names[0].Name, value})
			return true
		})
	}
	if len(out) < 20 {
		t.Fatalf("only %d keys found: the search is broken", len(out))
	}
	return out
}

// keyName is X of a text.X, else "".
func keyName(n ast.Node) string {
	s, ok := n.(*ast.SelectorExpr)
	if !ok || typeName(s.X) != "text" {
		return ""
	}
	return s.Sel.Name
}

// typeName is the last word of a type or function.
func typeName(n ast.Node) string {
	switch n := n.(type) {
	case *ast.Ident:
		return n.Name
	case *ast.SelectorExpr:
		return n.Sel.Name
	}
	return ""
}

func TestNoKeyIsUnused(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, f := range houseFiles(t) {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if name := keyName(n); name != "" {
				used[name] = true
			}
			if call, ok := n.(*ast.CallExpr); ok && f.inText() {
				for _, arg := range call.Args {
					used[typeName(arg)] = true
				}
			}
			return true
		})
	}
	for _, c := range keyConstants(t) {
		if !used[c.name] {
			t.Errorf("key %s is said nowhere", c.name)
		}
	}
}

// Where a key stands beside its values, the values must be those of the sentence: a person would see "…" for a missing one.
func TestStepsGiveTheValuesThatSentencesWant(t *testing.T) {
	t.Parallel()
	wanted := map[string][]string{}
	names := map[string]string{}
	for _, c := range keyConstants(t) {
		names[c.name] = c.value
	}
	for _, s := range sentences(t) {
		if s.language == "en" && s.form == "other" {
			wanted[s.key] = placeholders(t, s)
		}
	}
	checked := 0
	for _, f := range houseFiles(t) {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			for i := range len(call.Args) - 1 {
				key, known := names[keyName(call.Args[i])]
				given, literal := givenValues(call.Args[i+1])
				if !known || !literal {
					continue
				}
				checked++
				for _, name := range wanted[key] {
					if !slices.Contains(given, name) {
						t.Errorf("%s: %s wants {{.%s}}", f.fset.Position(call.Pos()), key, name)
					}
				}
				for _, name := range given {
					if !slices.Contains(wanted[key], name) {
						t.Errorf("%s: %s has no {{.%s}}", f.fset.Position(call.Pos()), key, name)
					}
				}
			}
			return true
		})
	}
	if checked < 20 {
		t.Fatalf("only %d sentences checked: the search is broken", checked)
	}
}

// givenValues lists the names of a text.Values literal, or of nil; literal is false for anything else.
func givenValues(n ast.Expr) (names []string, literal bool) {
	if typeName(n) == "nil" {
		return nil, true
	}
	values, ok := n.(*ast.CompositeLit)
	if !ok || typeName(values.Type) != "Values" {
		return nil, false
	}
	for _, element := range values.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			return nil, false
		}
		name, err := strconv.Unquote(pair.Key.(*ast.BasicLit).Value)
		if err != nil {
			return nil, false
		}
		names = append(names, name)
	}
	return names, true
}
