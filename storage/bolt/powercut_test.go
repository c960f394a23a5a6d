package bolt_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
)

var (
	powerCuts      = flag.Int("powercuts", slower(2000), "power-cut images to build and open")
	powerCutSeed   = flag.Uint64("powercutseed", 1, "seed of the power-cut images")
	powerCutRecord = flag.String("powercutrecord", "", "take the power-cut images from this recording, which a failure has left")
)

// cut is one moment at which the power may go: after so many events. Between two events of the file all
// notes are heard, which asks most of an image.
type cut struct{ Events int }

// moments lists the cuts, first those while the store is made.
func moments(r recording) (making, later []cut) {
	home := false
	for i, e := range r.Events {
		home = home || e.Kind == noted
		if e.Kind != noted && i > 0 {
			if home {
				later = append(later, cut{i})
			} else {
				making = append(making, cut{i})
			}
		}
	}
	return making, append(later, cut{len(r.Events)})
}

// drawn is the n-th image of a seed: its moment, and the state of the generator that draws the rest.
type drawn struct {
	cut
	number int
	rng    *rand.Rand
}

// draw lists images from..to in the order of their moments. Every tenth is of the making of the store.
func draw(r recording, seed uint64, from, to int) []drawn {
	making, later := moments(r)
	var out []drawn
	for n := from; n < to; n++ {
		rng := rand.New(rand.NewPCG(seed, uint64(n)))
		of := later
		if n%10 == 0 && len(making) > 0 {
			of = making
		}
		out = append(out, drawn{of[rng.IntN(len(of))], n, rng})
	}
	slices.SortStableFunc(out, func(a, b drawn) int { return a.Events - b.Events })
	return out
}

// disk is what is surely on the disk at some moment of the recording, and what may be.
type disk struct {
	at      int
	file    []byte
	pending []event // changes of the file that nobody has waited for, in order
	names   []event // and of the names
	home    bool    // the directory is there for sure
	unnamed bool    // the unfinished file is
	named   bool    // the store's file is
	told    *told
}

// advance goes on to the moment.
func (d *disk) advance(r recording, to int) error {
	for ; d.at < to; d.at++ {
		switch e := r.Events[d.at]; e.Kind {
		case written, resized:
			d.pending = append(d.pending, e)
		case synced, grown:
			for _, p := range d.pending {
				d.file = apply(d.file, p, nil)
			}
			d.pending = nil
		case made, linked, unlinked, dirMade:
			d.names = append(d.names, e)
		case dirSynced, homeSynced:
			d.names = slices.DeleteFunc(d.names, func(n event) bool {
				sure := (n.Kind == dirMade) == (e.Kind == homeSynced)
				if sure {
					d.name(n)
				}
				return sure
			})
		case noted:
			if err := d.told.hear(e.Data); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *disk) name(e event) {
	switch e.Kind {
	case dirMade:
		d.home = true
	case made:
		d.unnamed = true
	case linked:
		d.named = true
	case unlinked:
		d.unnamed = false
	}
}

const sector = 512

// apply makes one change of the file, of a write only those sectors that keep lets through.
func apply(file []byte, e event, keep func(sector int) bool) []byte {
	if e.Kind == resized {
		if int64(len(file)) > e.At {
			return file[:e.At]
		}
		return append(file, make([]byte, e.At-int64(len(file)))...)
	}
	for at := 0; at < len(e.Data); at += sector {
		if keep != nil && !keep(at/sector) {
			continue
		}
		part := e.Data[at:min(at+sector, len(e.Data))]
		if end := int(e.At) + at + len(part); end > len(file) {
			file = append(file, make([]byte, end-len(file))...)
		}
		copy(file[int(e.At)+at:], part)
	}
	return file
}

// image is what a power cut may leave: what is surely there, and any of the rest, torn, in any order.
func (d *disk) image(rng *rand.Rand) (file []byte, named, unnamed bool) {
	file = slices.Clone(d.file)
	chosen := choose(rng, d.pending)
	if rng.IntN(2) == 0 {
		rng.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
	}
	for _, e := range chosen {
		file = apply(file, e, tear(rng, len(e.Data)))
	}
	after := *d
	for _, n := range choose(rng, d.names) {
		after.name(n)
	}
	return file, after.home && after.named, after.home && after.unnamed
}

// choose is a subset: none, all, the first ones, all but one, one alone, or any.
func choose(rng *rand.Rand, all []event) []event {
	if len(all) == 0 {
		return nil
	}
	one := rng.IntN(len(all))
	switch rng.IntN(6) {
	case 0:
		return nil
	case 1:
		return slices.Clone(all)
	case 2:
		return slices.Clone(all[:one])
	case 3:
		return slices.Delete(slices.Clone(all), one, one+1)
	case 4:
		return slices.Clone(all[one : one+1])
	}
	some, odds := []event(nil), rng.Float64()
	for _, e := range all {
		if rng.Float64() < odds {
			some = append(some, e)
		}
	}
	return some
}

// tear draws which sectors of a write are there: mostly all, else the first ones, the last ones, or any.
func tear(rng *rand.Rand, size int) func(int) bool {
	sectors := (size + sector - 1) / sector
	if sectors == 0 {
		return nil
	}
	at := rng.IntN(sectors)
	switch rng.IntN(6) {
	case 0:
		return func(s int) bool { return s < at }
	case 1:
		return func(s int) bool { return s > at }
	case 2:
		return func(int) bool { return rng.IntN(2) == 0 }
	}
	return nil
}

// powerCutOrders say which images a child shall look at.
type powerCutOrders struct {
	Recording, Dir string
	Seed           uint64
	From, To       int // images
	Skip           int // of them in the order of their moments
}

// examinePowerCuts builds the images and opens each.
func examinePowerCuts(orders json.RawMessage) error {
	var o powerCutOrders
	if err := json.Unmarshal(orders, &o); err != nil {
		return err
	}
	r, err := loadRecording(o.Recording)
	if err != nil {
		return err
	}
	d := disk{told: newTold()}
	versions, err := everTold(r)
	if err != nil {
		return err
	}
	for at, i := range draw(r, o.Seed, o.From, o.To) {
		if err := d.advance(r, i.Events); err != nil {
			return err
		}
		if at < o.Skip {
			continue
		}
		fmt.Printf("at %d image %d of seed %d, cut after event %d of %d\n", at, i.number, o.Seed, i.Events, len(r.Events))
		verdict, err := d.examine(o.Dir, i, versions)
		if err != nil {
			fmt.Println("bad", oneLine(err))
			continue
		}
		fmt.Println("verdict", verdict)
	}
	fmt.Println("done")
	return nil
}

// examine writes one image and says what becomes of it.
func (d *disk) examine(dir string, i drawn, versions map[version]uint32) (verdict string, err error) {
	path := filepath.Join(dir, "store.db")
	file, named, unnamed := d.image(i.rng)
	for name, there := range map[string]bool{path: named, path + ".new-0011223344556677": unnamed} {
		if err := os.RemoveAll(name); err != nil {
			return "", err
		}
		if there {
			if err := os.WriteFile(name, file, 0o600); err != nil {
				return "", err
			}
		}
	}
	return d.told.verify(path, versions, i.number%8 == 0)
}

// cutPower looks at images of the recording with as many children as there are processors.
func cutPower(t *testing.T, r recording, seed uint64, images int, oneIsEnough bool) (bad []sample, verdicts map[string]int) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "recording")
	r.save(t, path)
	verdicts = map[string]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	children := min(runtime.GOMAXPROCS(0), max(1, images/50))
	for c := range children {
		from, to := images*c/children, images*(c+1)/children
		all.Go(func() {
			orders := func(skip int) any {
				return powerCutOrders{Recording: path, Dir: t.TempDir(), Seed: seed, From: from, To: to, Skip: skip}
			}
			b, v := examineAll(t, "powercuts", orders, 0, to-from, oneIsEnough)
			mu.Lock()
			defer mu.Unlock()
			bad = append(bad, b...)
			for what, n := range v {
				verdicts[what] += n
			}
		})
	}
	all.Wait()
	return bad, verdicts
}

// saidAtEnd is the workload's last note: how many commits it made, of how many operations.
func saidAtEnd(t *testing.T, r recording) note {
	t.Helper()
	var n note
	if err := json.Unmarshal(r.Events[len(r.Events)-1].Data, &n); err != nil || n.What != toldCommits {
		t.Fatalf("the recording ends with %s, %v", r.Events[len(r.Events)-1].Data, err)
	}
	return n
}

// Whatever the disk did of what it was not yet asked to have done, when the power goes: the file opens, is
// whole, and holds all that anybody was told.
func TestPowerCutsLoseNothingAcknowledged(t *testing.T) {
	t.Parallel()
	var r recording
	if *powerCutRecord != "" {
		var err error
		if r, err = loadRecording(*powerCutRecord); err != nil {
			t.Fatal(err)
		}
	} else {
		r = record(t, workloadOrders{Orders: 6, Seed: *powerCutSeed})
	}
	end := saidAtEnd(t, r)
	if syncs, want := r.count(synced), 2*int(end.ID); syncs < want || syncs > want+8 {
		t.Fatalf("%d syncs are recorded of %d commits: the recording is not the whole truth", syncs, end.ID)
	}
	if r.count(grown) < r.count(resized) {
		t.Fatalf("the file grew %d times and was synced %d times", r.count(resized), r.count(grown))
	}
	if end.ID >= end.Version {
		t.Errorf("%d commits for %d operations: none was shared", end.ID, end.Version)
	}
	bad, verdicts := cutPower(t, r, *powerCutSeed, *powerCuts, false)
	t.Logf("%d images of %d moments, %d commits of %d operations: %v", *powerCuts, len(r.Events), end.ID, end.Version, verdicts)
	for _, b := range bad[:min(len(bad), 5)] {
		t.Errorf("%s: %s", b.What, b.Said)
	}
	if len(bad) > 0 && *powerCutRecord == "" {
		f, err := os.CreateTemp("", "powercut-*.recording")
		if err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
		r.save(t, f.Name())
		t.Errorf("%d images are wrong; again with: go test ./storage/bolt -run TestPowerCuts -powercuts %d -powercutseed %d -powercutrecord %s",
			len(bad), *powerCuts, *powerCutSeed, f.Name())
	}
	if *powerCuts >= 100 && (verdicts["whole"] == 0 || verdicts["new"] == 0) {
		t.Errorf("the images were all of one kind: %v", verdicts)
	}
	if verdicts[refusedUnmade] > 0 {
		t.Errorf("a store that was being made is refused, and could be made anew: %v", verdicts)
	}
}

// The method finds what it is there to find: a store that does not sync, one that syncs once a commit,
// one that acknowledges before its last sync, and one that forgets a directory.
func TestPowerCutsAreNoticed(t *testing.T) {
	t.Parallel()
	good := record(t, workloadOrders{Orders: 3, Seed: *powerCutSeed})
	without := recording{}
	early := recording{}
	n := 0
	for i, e := range good.Events {
		if e.Kind != synced {
			without.Events = append(without.Events, e)
		} else if n++; n%2 == 0 {
			without.Events = append(without.Events, e)
		}
		if e.Kind == synced && i > 0 && n > 8 { // whatever it allows to be told is told before it
			continue
		}
		early.Events = append(early.Events, e)
		if e.Kind == noted && (i+1 == len(good.Events) || good.Events[i+1].Kind != noted) {
			early.Events = append(early.Events, event{Kind: synced})
		}
	}
	for name, r := range map[string]recording{
		"no sync at all":          record(t, workloadOrders{Orders: 3, Seed: *powerCutSeed, NoSync: true}),
		"one sync a commit":       without,
		"told before the sync":    early,
		"the file's name is lost": unsynced(good, dirSynced),
		"the directory is lost":   unsynced(good, homeSynced),
	} {
		if bad, verdicts := cutPower(t, r, *powerCutSeed, 400, true); len(bad) == 0 {
			t.Errorf("%s: nobody noticed in %v", name, verdicts)
		} else {
			t.Logf("%s: after %v: %s", name, verdicts, head(bad[0].Said))
		}
	}
}

// unsynced is the recording of a store that never syncs that.
func unsynced(r recording, what kind) recording {
	r.Events = slices.DeleteFunc(slices.Clone(r.Events), func(e event) bool { return e.Kind == what })
	return r
}
