package main

import (
	"math/rand/v2"
	"sync"
	"time"
)

// dice draws by the seed and by what the question is about, so that the order in which goroutines ask changes
// nothing. Each draw moves it on.
type dice uint64

// roll is the dice for a question. What it is about are numbers that mean the same in every run of the seed.
func roll(seed uint64, question string, about ...uint64) dice {
	d := dice(seed)
	for _, c := range []byte(question) {
		d = dice(mix(uint64(d) ^ uint64(c)))
	}
	for _, a := range about {
		d = dice(mix(uint64(d) ^ a))
	}
	return d
}

// mix is the finaliser of splitmix64.
func mix(z uint64) uint64 {
	z += 0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

func (d *dice) next() uint64 {
	*d = dice(mix(uint64(*d)))
	return uint64(*d)
}

// n is a number from 0 to below n.
func (d *dice) n(n int) int { return int(d.next() % uint64(n)) }

// percent is true that often of a hundred.
func (d *dice) percent(p int) bool { return d.n(100) < p }

// between is a duration with nanoseconds of its own, so that no two things happen at one instant: goroutines
// that wake at the same one run in any order (SAFETY.md, finding 10).
func (d *dice) between(from, to time.Duration) time.Duration {
	return from + time.Duration(d.next()%uint64(to-from))
}

// weighted is a name drawn by weight.
func (d *dice) weighted(of []weight) string {
	total := 0
	for _, w := range of {
		total += w.is
	}
	at := d.n(total)
	for _, w := range of {
		if at -= w.is; at < 0 {
			return w.name
		}
	}
	return of[0].name
}

type weight struct {
	name string
	is   int
}

// entropy is the process's randomness: what it gives depends on the instant of the draw and on how many
// came before at that instant, so that one draw more or less elsewhere changes nothing here.
type entropy struct {
	seed uint64

	mu    sync.Mutex
	at    int64
	drawn uint64
	count uint64
}

func (e *entropy) Read(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now().UnixNano()
	if now != e.at {
		e.at, e.drawn = now, 0
	}
	e.drawn++
	e.count++
	src := rand.New(rand.NewPCG(mix(e.seed^uint64(now)), e.drawn))
	for i := range b {
		b[i] = byte(src.Uint32() >> 24)
	}
	return len(b), nil
}

// part is a duration from 0 to below d.
func (e *entropy) part(d time.Duration) time.Duration {
	x := roll(e.seed, "part", uint64(time.Now().UnixNano()))
	return x.between(0, d)
}
