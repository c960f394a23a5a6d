package bolt_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// task tells this test's own binary, in the environment, to be a child that does one of the roles below.
const task = "RECHARGEBOT_TEST_TASK"

// role is what a child does with its orders. What it prints is read by the test that started it.
type role func(orders json.RawMessage) error

func roles() map[string]role {
	return map[string]role{"workload": workload, "powercuts": examinePowerCuts, "corruptions": examineCorruptions}
}

// assignment is the value of the variable.
type assignment struct {
	Role   string
	Orders json.RawMessage
}

// beChild does what the environment asks for, and never comes back if it asks for something.
func beChild() {
	text := os.Getenv(task)
	if text == "" {
		return
	}
	var a assignment
	err := json.Unmarshal([]byte(text), &a)
	if err == nil {
		if do := roles()[a.Role]; do != nil {
			err = do(a.Orders)
		} else {
			err = fmt.Errorf("no role %q", a.Role)
		}
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// child is this binary with a role, started by the words before it (a tracer's).
func child(t *testing.T, name string, orders any, before ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(orders)
	if err != nil {
		t.Fatal(err)
	}
	all, err := json.Marshal(assignment{name, text})
	if err != nil {
		t.Fatal(err)
	}
	args := append(before, self)
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), task+"="+string(all), "GOTRACEBACK=all")
	return cmd
}

// sample is one file that a child looks at. Children go through them in order and say before each which
// one is next, so that the one that ends a process is known.
type sample struct {
	At   int    // its place in the order
	What string // what was done to it
	Said string // what is wrong with it; empty = nothing
	Died bool   // it ended the child, or the child did not come back from it
}

// sampleTime is how long one sample may take: far more than any needs, also under the race detector beside other tests.
const sampleTime = 20 * time.Second

// examineAll runs children over the samples from..to of the orders until all are looked at: a child that dies at one
// is followed by another that begins behind it. It returns the samples that are not as they should be,
// and how many were judged in what way. Where one bad sample is enough, it stops there.
func examineAll(t *testing.T, name string, orders func(from int) any, from, to int, oneIsEnough bool) (bad []sample, verdicts map[string]int) {
	t.Helper()
	verdicts = map[string]int{}
	for from < to && (len(bad) == 0 || !oneIsEnough) {
		cmd := child(t, name, orders(from))
		var complaint bytes.Buffer
		cmd.Stderr = &complaint
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		limit := time.AfterFunc(sampleTime, func() { _ = cmd.Process.Signal(syscall.SIGQUIT) }) // it says where it is
		at, finished := sample{At: from}, false
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			limit.Reset(sampleTime)
			word, rest, _ := strings.Cut(lines.Text(), " ")
			switch word {
			case "at":
				at = sample{}
				_, _ = fmt.Sscan(rest, &at.At)
				_, at.What, _ = strings.Cut(rest, " ")
			case "bad":
				at.Said = rest
				bad = append(bad, at)
				if oneIsEnough {
					_ = cmd.Process.Kill()
				}
			case "verdict":
				verdicts[rest]++
			case "done":
				finished = true
			}
		}
		hung := !limit.Stop()
		err = cmd.Wait()
		if finished && err == nil || oneIsEnough && len(bad) > 0 {
			return bad, verdicts
		}
		at.Died, at.Said = true, fmt.Sprintf("ended the process (%v, out of time: %v): %s", err, hung, head(complaint.String()))
		bad = append(bad, at)
		from = at.At + 1
	}
	return bad, verdicts
}

// head is the beginning of what a dying process said, of goroutines only of those inside bbolt.
func head(text string) string {
	parts := strings.Split(text, "\n\n")
	kept := parts[:1]
	for _, p := range parts[1:] {
		if strings.Contains(p, "go.etcd.io/bbolt.") {
			kept = append(kept, p)
		}
	}
	lines := strings.Split(strings.Join(kept, "\n\n"), "\n")
	return strings.Join(lines[:min(len(lines), 40)], "\n")
}

// oneLine makes an error fit into a line of a child's report.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", " | ") }
