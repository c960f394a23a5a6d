package bolt_test

import (
	"encoding/binary"
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
	corruptions    = flag.Int("corruptions", slower(200), "damaged files to build and open")
	corruptionSeed = flag.Uint64("corruptionseed", 1, "seed of the damaged files")
)

// wound is one way to damage a file: older is the same file at an earlier time.
type wound struct {
	name string
	hurt func(rng *rand.Rand, file, older []byte) []byte
	// stale: what is there was right once. Where it contradicts nothing that is read with it, only Check finds
	// it, and where it contradicts nothing at all, nobody can: of a job this may be its card alone.
	stale bool
}

func wounds() []wound {
	return []wound{
		{"a flipped bit", flipBit, false}, {"a flipped bit in a page header", flipHeader, false}, {"a flipped bit behind a page header", flipElement, false},
		{"a zeroed page", zeroPage, false}, {"two pages swapped", swapPages, false}, {"a page twice", doublePage, false},
		{"a random block", randomBlock, false}, {"a cut", cutOff, false}, {"garbage at the end", extend, false}, {"an older page", olderPage, true},
		{"an older sector", olderSector, true}, {"a damaged meta page", oneMeta, false}, {"both meta pages damaged", bothMetas, false}, {"a damaged free list", freeList, false},
	}
}

const pageSize = 4096

func pageOf(file []byte, n int) []byte { return file[n*pageSize : (n+1)*pageSize] }

// anyPage is a page behind the meta pages that is not empty.
func anyPage(rng *rand.Rand, file []byte) int {
	for {
		n := 2 + rng.IntN(len(file)/pageSize-2)
		if slices.ContainsFunc(pageOf(file, n), func(b byte) bool { return b != 0 }) {
			return n
		}
	}
}

func flip(rng *rand.Rand, file []byte, from, to int) []byte {
	file[from+rng.IntN(to-from)] ^= 1 << rng.IntN(8)
	return file
}

func flipBit(rng *rand.Rand, file, _ []byte) []byte {
	at := anyPage(rng, file) * pageSize
	return flip(rng, file, at, at+pageSize)
}

func flipHeader(rng *rand.Rand, file, _ []byte) []byte {
	at := anyPage(rng, file) * pageSize
	return flip(rng, file, at, at+16)
}

// flipElement hits where a page says where its keys are.
func flipElement(rng *rand.Rand, file, _ []byte) []byte {
	at := anyPage(rng, file) * pageSize
	return flip(rng, file, at+16, at+16*(2+int(binary.LittleEndian.Uint16(file[at+10:])%64)))
}

func zeroPage(rng *rand.Rand, file, _ []byte) []byte {
	clear(pageOf(file, anyPage(rng, file)))
	return file
}

func swapPages(rng *rand.Rand, file, _ []byte) []byte {
	a, b := anyPage(rng, file), anyPage(rng, file)
	first := slices.Clone(pageOf(file, a))
	copy(pageOf(file, a), pageOf(file, b))
	copy(pageOf(file, b), first)
	return file
}

func doublePage(rng *rand.Rand, file, _ []byte) []byte {
	copy(pageOf(file, anyPage(rng, file)), pageOf(file, anyPage(rng, file)))
	return file
}

func randomBlock(rng *rand.Rand, file, _ []byte) []byte {
	size := sector << rng.IntN(5)
	at := rng.IntN(len(file)/size) * size
	for i := range size {
		file[at+i] = byte(rng.Uint32())
	}
	return file
}

func cutOff(rng *rand.Rand, file, _ []byte) []byte { return file[:rng.IntN(len(file))] }

func extend(rng *rand.Rand, file, _ []byte) []byte {
	for range 1 + rng.IntN(3*pageSize) {
		file = append(file, byte(rng.Uint32()))
	}
	return file
}

// olderPage puts back what a page held before, as a disk that has lost a write does.
func olderPage(rng *rand.Rand, file, older []byte) []byte {
	for {
		n := anyPage(rng, older)
		if !slices.Equal(pageOf(file, n), pageOf(older, n)) {
			copy(pageOf(file, n), pageOf(older, n))
			return file
		}
	}
}

func olderSector(rng *rand.Rand, file, older []byte) []byte {
	for {
		at := anyPage(rng, older)*pageSize + rng.IntN(pageSize/sector)*sector
		if !slices.Equal(file[at:at+sector], older[at:at+sector]) {
			copy(file[at:at+sector], older[at:at+sector])
			return file
		}
	}
}

func oneMeta(rng *rand.Rand, file, _ []byte) []byte {
	at := rng.IntN(2) * pageSize
	return flip(rng, file, at+16, at+16+64)
}

func bothMetas(rng *rand.Rand, file, _ []byte) []byte {
	flip(rng, file, 16, 16+64)
	return flip(rng, file, pageSize+16, pageSize+16+64)
}

// freeList hits the page that holds the list, in its length or in one of its entries.
func freeList(rng *rand.Rand, file, _ []byte) []byte {
	for n := 2; n < len(file)/pageSize; n++ {
		if p := pageOf(file, n); binary.LittleEndian.Uint16(p[8:]) == 0x10 && binary.LittleEndian.Uint64(p) == uint64(n) && rng.IntN(3) == 0 {
			at := n * pageSize
			flip(rng, file, at+8, at+16+8*int(1+binary.LittleEndian.Uint16(p[10:])))
			if rng.IntN(2) == 0 {
				break
			}
		}
	}
	return file
}

// corruptionOrders say which damaged files a child shall look at.
type corruptionOrders struct {
	Whole, Older, Dir string
	Seed              uint64
	From, To          int
}

// examineCorruptions makes the files and says of each what became of it.
func examineCorruptions(orders json.RawMessage) error {
	var o corruptionOrders
	if err := json.Unmarshal(orders, &o); err != nil {
		return err
	}
	whole, err := os.ReadFile(o.Whole)
	if err != nil {
		return err
	}
	older, err := os.ReadFile(o.Older)
	if err != nil {
		return err
	}
	path := filepath.Join(o.Dir, "store.db")
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		return err
	}
	truth, err := readTruth(path)
	if err != nil {
		return err
	}
	for n := o.From; n < o.To; n++ {
		rng := rand.New(rand.NewPCG(o.Seed, uint64(n)))
		w := wounds()[n%len(wounds())]
		fmt.Printf("at %d file %d of seed %d, %s\n", n, n, o.Seed, w.name)
		if err := os.WriteFile(path, w.hurt(rng, slices.Clone(whole), older), 0o600); err != nil {
			return err
		}
		verdict, err := truth.compare(path, rng, w.stale)
		if err != nil {
			fmt.Println("bad", oneLine(err))
			continue
		}
		fmt.Println("verdict", w.name+": "+verdict)
	}
	fmt.Println("done")
	return nil
}

// A damaged file is refused, or what is read from it is right: never is anything silently wrong or missing,
// never does it end the process.
func TestCorruptedFilesAreRefusedOrRight(t *testing.T) {
	t.Parallel()
	whole, older := manyJobs(t)
	children := runtime.GOMAXPROCS(0)
	verdicts := map[string]int{}
	var bad []sample
	var mu sync.Mutex
	var all sync.WaitGroup
	for c := range children {
		from, to := *corruptions*c/children, *corruptions*(c+1)/children
		dir := t.TempDir()
		all.Go(func() {
			orders := func(next int) any {
				return corruptionOrders{Whole: whole, Older: older, Dir: dir, Seed: *corruptionSeed, From: next, To: to}
			}
			b, v := examineAll(t, "corruptions", orders, from, to, false)
			mu.Lock()
			defer mu.Unlock()
			bad = append(bad, b...)
			for what, n := range v {
				verdicts[what] += n
			}
		})
	}
	all.Wait()
	for _, b := range bad {
		t.Errorf("%s: %s", b.What, b.Said)
	}
	var names []string
	for what, n := range verdicts {
		names = append(names, fmt.Sprintf("%5d %s", n, what))
	}
	slices.SortFunc(names, func(a, b string) int { return slices.Compare([]byte(a[6:]), []byte(b[6:])) })
	for _, n := range names {
		t.Log(n)
	}
}
