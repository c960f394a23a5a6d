package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Planted bugs show that the simulation sees what it is for: each is a money bug that it has to catch within
// mostPlantedJobs. They are in no file of the program: a build overlay puts all of them, behind a switch, into one
// test binary.
//
//	go test -run TestPlantedBugsAreCaught .                          a few of them, others each day
//	go test -run TestPlantedBugsAreCaught -planted all -v .          all
//	go test -run TestPlantedBugsAreCaught -planted echo-ignored -v . one
var plantedFlag = flag.String("planted", "", `the planted bugs to look for: "all", or names with commas; empty = a few`)

const (
	mostPlantedJobs = 10_000
	plantedJobs     = 250         // of each seed
	plantedAtOnce   = 4           // when nobody says which
	plantedPatience = time.Minute // of a run that a bug keeps from its end
)

// mutantSource is the switch; it exists only in the overlay.
const mutantSource = `// Package mutant switches planted bugs on.
package mutant

import (
	"os"
	"strings"
	"sync"
)

var (
	on   = os.Getenv("PLANTED_BUG")
	mu   sync.Mutex
	last = map[string]any{}
)

// On reports whether the bug is switched on.
func On(name string) bool { return on == name }

// Says reports whether the bug is switched on, and the error says that.
func Says(name string, err error, text string) bool { return on == name && strings.Contains(err.Error(), text) }

// Pick is the first value with the bug, else the second.
func Pick[T any](name string, with, without T) T {
	if on == name {
		return with
	}
	return without
}

// Last is, with the bug, the value of the call before, each other time.
func Last[T any](name string, value T) T {
	if on != name {
		return value
	}
	mu.Lock()
	defer mu.Unlock()
	if before, ok := last[name]; ok {
		delete(last, name)
		return before.(T)
	}
	last[name] = value
	return value
}
`

func TestPlantedBugsAreCaught(t *testing.T) {
	if *simWorker != "" || *simSeed >= 0 {
		t.Skip("only the simulation is wanted")
	}
	t.Parallel()
	if _, err := exec.LookPath("go"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("planted bugs are compiled here, and there is no go command")
		}
		t.Skip("planted bugs are compiled here, and there is no go command")
	}
	names := plantedNames(t)
	binary := compilePlanted(t)
	clean := plantedRun(t, binary, "", 2)
	if len(clean.Breaks) > 0 {
		t.Fatalf("without any bug the simulation found %s: %s", clean.Breaks[0].Invariant, clean.Breaks[0].What)
	}
	var mu sync.Mutex
	var table []string
	each(names, func(name string) {
		r := plantedRun(t, binary, name, mostPlantedJobs/plantedJobs)
		mu.Lock()
		defer mu.Unlock()
		i := slices.IndexFunc(r.Breaks, func(b breach) bool { return b.Invariant != "harness" })
		if i < 0 {
			t.Errorf("%s was not caught in %d jobs", name, r.Jobs)
			return
		}
		table = append(table, fmt.Sprintf("%-30s %6d jobs  %-14s %.150s", name, r.Jobs, invariants(r.Breaks), r.Breaks[i].What))
	})
	slices.Sort(table)
	t.Logf("%d of %d planted bugs were caught:\n%s", len(table), len(names), strings.Join(table, "\n"))
}

// each does it for every name, as many at a time as there are cores.
func each(names []string, do func(string)) {
	var all sync.WaitGroup
	slots := make(chan struct{}, runtime.NumCPU())
	for _, name := range names {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			do(name)
		})
	}
	all.Wait()
}

func invariants(breaks []breach) string {
	var out []string
	for _, b := range breaks {
		if !slices.Contains(out, b.Invariant) {
			out = append(out, b.Invariant)
		}
	}
	return strings.Join(out, " ")
}

// plantedNames are those that are wanted.
func plantedNames(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, p := range plants() {
		if !slices.Contains(plantHelpers(), p.name) {
			all = append(all, p.name)
		}
	}
	switch *plantedFlag {
	case "all":
		return all
	case "":
		first := time.Now().YearDay() * plantedAtOnce
		var some []string
		for i := range plantedAtOnce {
			some = append(some, all[(first+i)%len(all)])
		}
		return some
	}
	names := strings.Split(*plantedFlag, ",")
	for _, name := range names {
		if !slices.Contains(all, name) {
			t.Fatalf("no bug is called %q; there are %s", name, strings.Join(all, ", "))
		}
	}
	return names
}

// plantedRun plays seeds with a bug switched on until one is caught.
func plantedRun(t *testing.T, binary, name string, seeds int) (sum seedReport) {
	t.Helper()
	sum.Covered = map[string]int{}
	limit := time.Now().Add(plantedPatience)
	if name == "" {
		limit = time.Now().Add(longest)
	}
	err := runChild(t, binary, fmt.Sprintf("0:1:%d:stop", seeds), plantedJobs, limit, []string{"PLANTED_BUG=" + name}, func(r seedReport) {
		if len(r.Breaks) == 0 {
			sum.add(r)
			return
		}
		sum.Breaks = r.Breaks
		sum.Jobs += r.Breaks[0].Jobs
	})
	switch {
	case err == nil || len(sum.Breaks) > 0:
	case name != "" && !time.Now().Before(limit):
		sum.Breaks = []breach{{Invariant: "I2", What: "the run never came to its end"}}
	default:
		t.Errorf("%s: %v", name, err)
	}
	return sum
}

var packageClause = regexp.MustCompile(`(?m)^package \w+$`)

// compilePlanted makes the test binary that holds every bug.
func compilePlanted(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	put := func(file string, text string) {
		copied := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(copied, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[filepath.Join(root, file)] = copied
	}
	put("mutant/mutant.go", mutantSource)
	for file, text := range plantedFiles(t) {
		put(file, text)
	}
	list, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), list, 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "planted.test")
	out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-overlay", filepath.Join(dir, "overlay.json"), "-o", binary, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("compile with the bugs: %v\n%s", err, out)
	}
	return binary
}

// plantedFiles are the files that hold bugs, with all of theirs.
func plantedFiles(t *testing.T) map[string]string {
	t.Helper()
	original, changed := map[string]string{}, map[string]string{}
	for _, p := range plants() {
		for _, e := range p.edits {
			if original[e.file] == "" {
				text, err := os.ReadFile(filepath.FromSlash(e.file))
				if err != nil {
					t.Fatalf("%s: the code moved; mend the patch: %v", p.name, err)
				}
				original[e.file], changed[e.file] = string(text), string(text)
			}
			if n := strings.Count(original[e.file], e.old); n != 1 {
				t.Fatalf("%s: the code moved; mend the patch: %s holds %d times:\n%s", p.name, e.file, n, e.old)
			}
			if strings.Count(changed[e.file], e.old) != 1 {
				t.Fatalf("%s: its patch of %s overlaps another", p.name, e.file)
			}
			changed[e.file] = strings.Replace(changed[e.file], e.old, e.new, 1)
		}
	}
	for file, text := range changed {
		at := packageClause.FindStringIndex(text)
		changed[file] = text[:at[1]] + "\n\nimport \"rechargebot/mutant\"\n" + text[at[1]:]
	}
	return changed
}
