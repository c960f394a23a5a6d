package main

import (
	"bytes"
	"debug/buildinfo"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// modules are all that the program is made of, beside the standard library, and what for. Whatever only tests need is
// not in it.
func modules() map[string]string {
	return map[string]string{
		"filippo.io/age":                      "backups that only their owner can read",
		"filippo.io/hpke":                     "of age",
		"github.com/beorn7/perks":             "of the Prometheus client",
		"github.com/cespare/xxhash/v2":        "of the Prometheus client",
		"github.com/munnerz/goautoneg":        "of the Prometheus client",
		"github.com/prometheus/client_golang": "what the metrics count with",
		"github.com/prometheus/client_model":  "of the Prometheus client",
		"github.com/prometheus/common":        "writes the metrics' page",
		"github.com/prometheus/procfs":        "of the Prometheus client",
		"github.com/BurntSushi/toml":          "configuration and catalogues",
		"github.com/alecthomas/kong":          "commands and flags",
		"github.com/go-telegram/bot":          "the Bot API's types and calls",
		"github.com/govalues/decimal":         "amounts, at the edge",
		"github.com/nicksnyder/go-i18n/v2":    "words for people",
		"github.com/nyaruka/phonenumbers":     "numbers, parsed",
		"github.com/tidwall/gjson":            "answers of described providers",
		"github.com/tidwall/match":            "of gjson",
		"github.com/tidwall/pretty":           "of gjson",
		"go.etcd.io/bbolt":                    "the store's file",
		"golang.org/x/crypto":                 "of age",
		"golang.org/x/sync":                   "groups of goroutines",
		"golang.org/x/sys":                    "of bbolt and term",
		"golang.org/x/term":                   "whether the log goes to a person",
		"golang.org/x/text":                   "languages and numbers",
		"golang.org/x/time":                   "pace",
		"google.golang.org/protobuf":          "of phonenumbers",
	}
}

// Row "supply chain": the program is made of these modules and no others, by one toolchain, and of the same source the
// same bytes come out wherever it is built. The builds are for CI, which has made one before.
func TestThreatSupplyChain(t *testing.T) {
	t.Parallel()
	ci := os.Getenv("CI") == "true"
	if _, err := exec.LookPath("go"); err != nil && !ci {
		t.Skip("there is no go command")
	}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^toolchain go1\.\d+\.\d+$`).Match(mod) || bytes.Contains(mod, []byte("replace ")) {
		t.Error("go.mod names no toolchain, or puts something in the place of a module")
	}
	var want, got []string
	for path := range modules() {
		want = append(want, path)
	}
	slices.Sort(want)
	for path := range strings.FieldsSeq(string(gocmd(t, ".", "list", "-mod=readonly", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "."))) {
		if path != module {
			got = append(got, path)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
		t.Errorf("modules of the program (-allowed +there):\n%s", diff)
	}
	if !ci {
		return
	}
	gocmd(t, ".", "mod", "verify")
	elsewhere := filepath.Join(t.TempDir(), "deeper", "source")
	copySource(t, elsewhere)
	one, other := builds(t, "."), builds(t, elsewhere)
	info, err := buildinfo.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	var built []string
	for _, dep := range info.Deps {
		if built = append(built, dep.Path); dep.Replace != nil || dep.Sum == "" {
			t.Errorf("%s is not what go.sum vouches for", dep.Path)
		}
	}
	if diff := cmp.Diff(want, built); diff != "" {
		t.Errorf("modules in the binary (-allowed +there):\n%s", diff)
	}
	first, err := os.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := os.ReadFile(other); err != nil || !bytes.Equal(first, second) {
		t.Errorf("two builds of one source differ (%d and %d bytes, %v)", len(first), len(second), err)
	}
	if here, _ := os.Getwd(); bytes.Contains(first, []byte(here)) {
		t.Error("the binary names the folder that it was built in")
	}
}

// gocmd runs the go command in a folder and returns what it prints.
func gocmd(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %v: %v: %s", args, err, err.(*exec.ExitError).Stderr)
	}
	return out
}

// builds makes the program as a release is made.
func builds(t *testing.T, dir string) (binary string) {
	t.Helper()
	binary = filepath.Join(t.TempDir(), "rechargebot")
	gocmd(t, dir, "build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-o", binary, ".")
	return binary
}

// copySource copies what the program is built from.
func copySource(t *testing.T, to string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "data"):
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, path), 0o700)
		case !d.Type().IsRegular() || filepath.Ext(path) == "" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, path), content, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}
