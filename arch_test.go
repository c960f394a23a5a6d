package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// arrows lists which of the house's packages a package may import, tests aside, and why. A package that
// is not listed fails the test: add it with its reason. A trailing /* stands for every folder below.
var arrows = []struct {
	from string
	to   []string
	why  string
}{
	{".", []string{"bot", "bot/sandbox", "flows", "flows/*", "storage", "storage/bolt", "providers", "providers/builtin", "providers/simulated"}, "main decides which store and which providers are used; nobody else does"},
	{"bot", []string{"flows", "flows/text", "storage", "providers"}, "the edge knows people's inputs and notices, but neither a store's file nor an adapter"},
	{"bot/sandbox", nil, "a stranger's view of the Bot API: sharing code with the bot would let both be wrong together"},
	{"bot/sandbox/pagetest", nil, "looks at any page"},
	{"flows", []string{"flows/text", "storage", "providers"}, "the engine knows its flows only by their interface"},
	{"flows/text", []string{"providers"}, "words know values and nothing else"},
	{"flows/recharge", []string{"flows", "flows/text", "storage", "providers"}, "a flow is pure"},
	{"flows/access", []string{"flows", "flows/text", "storage", "providers"}, "a flow is pure"},
	{"flows/offers", []string{"providers"}, "keeps lists of packs at hand, so that a flow never waits for a provider"},
	{"flows/history", []string{"flows", "flows/text", "storage", "providers"}, "a flow is pure"},
	{"flows/review", []string{"flows", "flows/text", "storage", "providers"}, "a flow is pure"},
	{"flows/desk", []string{"flows", "flows/text", "storage", "providers"}, "a flow is pure; how a provider stands is told to it"},
	{"flows/dispatch", []string{"storage", "providers"}, "the only caller of providers; it speaks to nobody"},
	{"flows/alerts", []string{"flows", "flows/text", "storage", "providers"}, "alerts are notices"},
	{"flows/flowtest", []string{"flows", "flows/text", "storage", "providers"}, "runs any flow over any store"},
	{"storage", []string{"providers"}, "for plain values only"},
	{"storage/bolt", []string{"storage", "providers"}, "one way to keep the contract"},
	{"storage/bolt/bolttest", []string{"storage", "storage/bolt"}, "gives tests a store of their own"},
	{"storage/storagetest", []string{"storage", "providers"}, "the laws bind every store, so they know none"},
	{"providers", nil, "the contract and the shared values depend on nobody"},
	{"providers/wire", []string{"providers"}, "the transport serves every adapter and knows none"},
	{"providers/providertest", []string{"providers", "providers/wire"}, "the laws bind every adapter, so they know none"},
	{"providers/simulated", []string{"providers"}, "written as an outsider would: no adapter's tables, only plain values"},
	{"providers/builtin", []string{"providers", "providers/ecare", "providers/sendapi", "providers/rechargkit", "providers/deeperweb", "providers/bos", "providers/custom"}, "the one list of adapters"},
	{"providers/ecare", []string{"providers", "providers/wire"}, "an adapter knows the contract and the transport"},
	{"providers/sendapi", []string{"providers", "providers/wire"}, "an adapter knows the contract and the transport"},
	{"providers/rechargkit", []string{"providers", "providers/wire"}, "an adapter knows the contract and the transport"},
	{"providers/deeperweb", []string{"providers", "providers/wire"}, "an adapter knows the contract and the transport"},
	{"providers/bos", []string{"providers", "providers/wire"}, "an adapter knows the contract and the transport"},
	{"providers/custom", []string{"providers", "providers/wire"}, "an adapter that reads a description in the place of a document"},
}

// fenced lists foreign packages that only some may import.
var fenced = []struct {
	path    string
	allowed []string
	why     string
}{
	{"github.com/go-telegram/bot", []string{"bot"}, "Telegram lives at the edge only"},
	{"go.etcd.io/bbolt", []string{"storage/bolt"}, "the store's file has one owner"},
	{"net/http", []string{".", "bot", "bot/sandbox", "providers/wire", "providers/simulated", "providers/providertest", "providers/ecare", "providers/sendapi", "providers/rechargkit", "providers/deeperweb", "providers/bos", "providers/custom"}, "flows and storage know no HTTP; adapters name methods and status codes with it, and call through providers/wire"},
}

const module = "rechargebot"

// goFile is one parsed file.
type goFile struct {
	pkg, path string
	test      bool
	ast       *ast.File
	fset      *token.FileSet
}

func parseTree(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "data") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		files = append(files, goFile{filepath.ToSlash(filepath.Dir(path)), path, strings.HasSuffix(path, "_test.go"), f, fset})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("only %d Go files found: the walk is broken", len(files))
	}
	return files
}

func TestImportsFollowTheArrows(t *testing.T) {
	t.Parallel()
	allowed := map[string][]string{}
	for _, a := range arrows {
		allowed[a.from] = a.to
	}
	for _, f := range parseTree(t) {
		to, listed := allowed[f.pkg]
		if !listed {
			t.Errorf("%s: package %q has no arrows: list it in arch_test.go with the reason", f.path, f.pkg)
			continue
		}
		if f.test {
			continue
		}
		for _, imp := range f.ast.Imports {
			path := strings.Trim(imp.Path.Value, `"`)
			if own, ok := strings.CutPrefix(path, module+"/"); ok && !matches(to, own) {
				t.Errorf("%s imports %s: no such arrow from %q", f.path, own, f.pkg)
			}
			for _, fence := range fenced {
				if (path == fence.path || strings.HasPrefix(path, fence.path+"/")) && !slices.Contains(fence.allowed, f.pkg) {
					t.Errorf("%s imports %s: %s", f.path, path, fence.why)
				}
			}
		}
	}
}

func matches(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		folder, below := strings.CutSuffix(p, "/*")
		return p == path || below && strings.HasPrefix(path, folder+"/")
	})
}

func TestEveryPackageHasOneComment(t *testing.T) {
	t.Parallel()
	comments := map[string]int{}
	for _, f := range parseTree(t) {
		if f.test {
			continue
		}
		if f.ast.Doc != nil {
			comments[f.pkg]++
		} else {
			comments[f.pkg] += 0
		}
	}
	for pkg, n := range comments {
		if n != 1 {
			t.Errorf("package %s has %d package comments, want one", pkg, n)
		}
	}
}

func TestNoInitAndNoFloatNearMoney(t *testing.T) {
	t.Parallel()
	adapters := map[string]bool{
		"providers/ecare": true, "providers/sendapi": true, "providers/rechargkit": true, "providers/deeperweb": true, "providers/bos": true, "providers/custom": true,
	}
	for _, f := range parseTree(t) {
		money := strings.HasPrefix(f.pkg, "providers") || strings.HasPrefix(f.pkg, "flows") || strings.HasPrefix(f.pkg, "storage")
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Name.Name == "init" && n.Recv == nil {
					t.Errorf("%s: init hides what a program does when it starts", f.fset.Position(n.Pos()))
				}
				if lines := f.fset.Position(n.End()).Line - f.fset.Position(n.Pos()).Line; !f.test && lines > 60 {
					t.Errorf("%s: %s has %d lines; a function fits a screen (60)", f.fset.Position(n.Pos()), n.Name.Name, lines)
				}
				return n.Name.Name != "fillPercent" // of a page of the store's file
			case *ast.Field: // a rate of requests is no money
				if len(n.Names) == 1 && n.Names[0].Name == "RatePerSecond" {
					return false
				}
			case *ast.SelectorExpr: // an adapter's own call would be careless with money
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "http" && adapters[f.pkg] && !f.test && !named(n.Sel.Name) {
					t.Errorf("%s: http.%s in an adapter: call through providers/wire", f.fset.Position(n.Pos()), n.Sel.Name)
				}
			case *ast.Ident:
				if money && !f.test && (n.Name == "float64" || n.Name == "float32") {
					t.Errorf("%s: a float near money", f.fset.Position(n.Pos()))
				}
			}
			return true
		})
	}
}

// named reports whether a word of net/http is a name of something, not a way to call.
func named(word string) bool {
	return word == "Header" || word == "CanonicalHeaderKey" || strings.HasPrefix(word, "Method") || strings.HasPrefix(word, "Status")
}

func TestFilesAreOneIdea(t *testing.T) {
	t.Parallel()
	for _, f := range parseTree(t) {
		if lines := f.fset.Position(f.ast.FileEnd).Line; !f.test && lines > 400 {
			t.Errorf("%s has %d lines; a file is one idea (400 at most)", f.path, lines)
		}
	}
}
