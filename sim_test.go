package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The simulation's runs. Each has a world of its own, named by its seed:
//
//	go test -run '^TestSimulation$' .                                   a few seeds
//	go test -run '^TestSimulation$' -simseeds 200 -simjobs 1000 -v .    the goal, with the table of what was met
//	go test -run '^TestSimulation$' -simseed 17 -simjobs 1000 -v .      one again, exactly, with its log in a file
var (
	simJobs   = flag.Int("simjobs", 150, "jobs of each simulated run")
	simSeeds  = flag.Int("simseeds", 4, "simulated runs")
	simSeed   = flag.Int64("simseed", -1, "replay the simulated run of this seed alone")
	simWorker = flag.String("simworker", "", "be a child that runs the seeds FROM:STEP:TO, and stops at the first violation with :stop")
)

// seedReport is what one run has to say.
type seedReport struct {
	Seed    uint64
	Jobs    int
	Lives   int
	Calls   int
	Faulty  int
	Breaks  []breach
	Covered map[string]int
	Trace   uint64 // of everything that the outside saw, with its instants
	Took    time.Duration
}

// TestSimulation lets children run the seeds, one for each core and each on one core: a bubble gains nothing
// from a second one, and is then the same each time.
func TestSimulation(t *testing.T) {
	switch {
	case *simWorker != "":
		workAsChild(t)
	case *simSeed >= 0:
		replay(t)
	default:
		t.Parallel()
		simulate(t)
	}
}

// runSeed plays one world.
func runSeed(t *testing.T, seed uint64, log *os.File) (r seedReport) {
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, seed, *simJobs)
		if log != nil {
			w.logs = log
		}
		w.play()
		r = seedReport{seed, w.made, w.lives, w.calls, w.faulty, w.breaks, w.covered, w.trace(), 0}
	})
	r.Took = time.Since(began)
	return r
}

const reportMark = "simulated: "

// workAsChild is a child: it prints a report for each of its seeds.
func workAsChild(t *testing.T) {
	runtime.GOMAXPROCS(1)
	var from, step, to int
	ranged, stop := strings.CutSuffix(*simWorker, ":stop")
	if _, err := fmt.Sscanf(ranged, "%d:%d:%d", &from, &step, &to); err != nil {
		t.Fatal(err)
	}
	for seed := from; seed < to; seed += step {
		r := runSeed(t, uint64(seed), nil)
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("%s%s\n", reportMark, line)
		if stop && len(r.Breaks) > 0 {
			return
		}
	}
}

// replay runs one seed here, and keeps its log.
func replay(t *testing.T) {
	runtime.GOMAXPROCS(1)
	log, err := os.CreateTemp("", fmt.Sprintf("simulation-%d-*.log", *simSeed))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	r := runSeed(t, uint64(*simSeed), log)
	t.Logf("seed %d: %d jobs, %d lives, %d of %d calls faulty, trace %016x, %v; the bot's log is in %s",
		r.Seed, r.Jobs, r.Lives, r.Faulty, r.Calls, r.Trace, r.Took, log.Name())
	r.complain(t)
	said, err := os.ReadFile(log.Name())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"canary", "01700", "01800", "01900", "9800"} {
		if at := bytes.Index(said, []byte(secret)); at >= 0 {
			t.Errorf("I14: the log holds %q: %s", secret, said[max(0, at-200):min(len(said), at+100)])
		}
	}
}

func (r seedReport) complain(t *testing.T) {
	t.Helper()
	for _, b := range r.Breaks {
		t.Errorf("seed %d: %s at %s: %s", r.Seed, b.Invariant, b.At.Format("15:04:05.000"), b.What)
	}
	if len(r.Breaks) > 0 {
		t.Logf("again: go test -run '^TestSimulation$' -simseed %d -simjobs %d -v .", r.Seed, *simJobs)
	}
}

// simulate shares the seeds among children and judges what they report together.
func simulate(t *testing.T) {
	began := time.Now()
	children := min(runtime.NumCPU(), *simSeeds)
	reports := make(chan seedReport)
	var all sync.WaitGroup
	for c := range children {
		all.Go(func() {
			if err := runChild(t, os.Args[0], fmt.Sprintf("%d:%d:%d", c, children, *simSeeds), *simJobs, began.Add(12*time.Hour), nil, func(r seedReport) { reports <- r }); err != nil {
				t.Errorf("child %d: %v", c, err)
			}
		})
	}
	go func() {
		all.Wait()
		close(reports)
	}()
	sum := seedReport{Covered: map[string]int{}}
	seeds := 0
	for r := range reports {
		seeds++
		r.complain(t)
		sum.add(r)
	}
	took := time.Since(began)
	t.Logf("%d seeds, %d jobs in %v: %.0f jobs/s with %d children; %d lives, %d of %d calls faulty (%d %%)",
		seeds, sum.Jobs, took.Round(time.Millisecond), float64(sum.Jobs)/took.Seconds(), children, sum.Lives, sum.Faulty, sum.Calls, 100*sum.Faulty/max(1, sum.Calls))
	if seeds != *simSeeds {
		t.Errorf("%d of %d seeds were reported", seeds, *simSeeds)
	}
	if 100*sum.Faulty < 30*sum.Calls {
		t.Errorf("only %d of %d provider calls were faulty", sum.Faulty, sum.Calls)
	}
	judgeCoverage(t, sum.Covered, sum.Jobs)
}

func (r *seedReport) add(o seedReport) {
	r.Jobs += o.Jobs
	r.Lives += o.Lives
	r.Calls += o.Calls
	r.Faulty += o.Faulty
	for what, n := range o.Covered {
		r.Covered[what] += n
	}
}

// runChild runs seeds in a process of the test binary and hands on each report as it comes.
func runChild(t *testing.T, binary, seeds string, jobs int, until time.Time, env []string, report func(seedReport)) error {
	ctx, cancel := context.WithDeadline(t.Context(), until)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-test.run", "^TestSimulation$", "-test.timeout", "0", "-simworker", seeds, "-simjobs", fmt.Sprint(jobs))
	cmd.Env = append(append(os.Environ(), "GOGC=400"), env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	var rest, errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		line, found := bytes.CutPrefix(lines.Bytes(), []byte(reportMark))
		if !found {
			rest.Write(lines.Bytes())
			rest.WriteByte('\n')
			continue
		}
		var r seedReport
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		report(r)
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%w\n%.4000s\n%.8000s", err, rest.String(), errs.String())
	}
	return nil
}
