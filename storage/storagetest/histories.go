package storagetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"rechargebot/providers"
	"rechargebot/storage"
)

// Histories runs n histories of a store: in each, several clients at once confirm orders with the same few
// buttons, move the same few jobs, cancel and read them, while commits fail and the store is opened
// again. Each must be linearizable: explained by some order of the operations, one after the other, in which
// every answer is right and nothing comes before what had ended when it began. Of each history versions
// with a lie in them must be rejected, so that a checker that accepts everything is found out. The seed draws
// what the clients do; when they meet is the scheduler's affair.
func Histories(t *testing.T, n int, seed uint64, open func(t *testing.T) Harness) {
	lies, doubts := 0, 0
	for i := range n {
		h := newHistory(newWorld(t, open), rand.New(rand.NewPCG(seed, uint64(i))))
		h.run()
		h.finish()
		if !explained(h.ops) {
			t.Errorf("history %d of seed %d is not linearizable:\n%s", i, seed, h)
		}
		for what, lie := range h.lies() {
			if lies++; explained(lie) {
				t.Errorf("history %d of seed %d is accepted with %s planted:\n%s", i, seed, what, h)
			}
		}
		for _, o := range h.ops {
			if o.Output.(answer).said == doubtful {
				doubts++
			}
		}
	}
	if n >= 10 && (lies < n || doubts == 0) {
		t.Errorf("%d histories have offered %d lies and %d operations in doubt", n, lies, doubts)
	}
	t.Logf("%d histories, %d lies rejected, %d operations in doubt", n, lies, doubts)
}

// Clients, buttons, and what each client does between two restarts.
const (
	clients = 6
	slots   = 3
	epochs  = 3
	tries   = 14
)

// request is what a client asks: one kind of operation on the job of one button.
type request struct {
	kind    string // confirm, move, read, boot
	slot    int
	version uint64 // move: as the client believes
	to      storage.State
}

// said is how an operation ended.
type said string

const (
	done     said = "done"
	pressed  said = "pressed"
	conflict said = "conflict"
	illegal  said = "illegal"
	nothing  said = "nothing"
	doubtful said = "in doubt" // the store broke: it has happened, happens later, or never does
)

// answer is what came back, with the job as it was shown.
type answer struct {
	said    said
	version uint64
	state   storage.State
}

// register is the sequential model of one button and its job: version 0 is no job.
type register struct {
	version uint64
	state   storage.State
}

// after is the register after the request, and the right answer to it.
func (r register) after(q request) (register, answer) {
	next := register{r.version + 1, q.to}
	switch q.kind {
	case "confirm":
		if r.version != 0 {
			return r, answer{said: pressed}
		}
		next.state = storage.Queued
	case "move":
		if r.version != q.version {
			return r, answer{said: conflict}
		}
		if !r.state.MayBecome(q.to) {
			return r, answer{said: illegal}
		}
	case "boot":
		if r.state != storage.Sending {
			return r, answer{said: done}
		}
		return register{r.version + 1, storage.Unknown}, answer{said: done}
	default:
		if r.version == 0 {
			return r, answer{said: nothing}
		}
		return r, answer{done, r.version, r.state}
	}
	return next, answer{done, next.version, next.state}
}

// explained reports whether the history is linearizable. The jobs do not know of each other.
func explained(ops []porcupine.Operation) bool {
	return porcupine.CheckOperations(porcupine.Model{
		Partition: func(all []porcupine.Operation) [][]porcupine.Operation {
			parts := make([][]porcupine.Operation, slots)
			for _, o := range all {
				slot := o.Input.(request).slot
				parts[slot] = append(parts[slot], o)
			}
			return parts
		},
		Init: func() any { return register{} },
		Step: func(state, input, output any) (bool, any) {
			next, right := state.(register).after(input.(request))
			got := output.(answer)
			return got.said == doubtful || got == right, next
		},
	}, ops)
}

// history is one run of the clients.
type history struct {
	*world
	rng     *rand.Rand
	clock   atomic.Int64
	refs    atomic.Int64
	buttons [slots]storage.KeyboardID

	mu  sync.Mutex
	ops []porcupine.Operation
}

func newHistory(w *world, rng *rand.Rand) *history {
	h := &history{world: w, rng: rng}
	for i := range h.buttons {
		h.buttons[i] = w.keyboard(agent)
	}
	return h
}

// never is the end of an operation in doubt: later than every other.
const never = 1 << 40

// run lets the clients work until a commit fails, and restarts the store, some times over.
func (h *history) run() {
	for epoch := range epochs {
		var all sync.WaitGroup
		rngs := make([]*rand.Rand, clients)
		for c := range rngs {
			rngs[c] = rand.New(rand.NewPCG(h.rng.Uint64(), h.rng.Uint64()))
		}
		for c, rng := range rngs {
			all.Go(func() { h.client(epoch*clients+c, rng, epoch < epochs-1 && c == 0) })
		}
		all.Wait()
		h.FailWrite(0)
		_ = h.Store.SetMemo(h.ctx, "last", nil) // takes a failure that nobody has met, or is refused
		h.reopen()
		begun := h.clock.Add(1)
		_, err := h.Store.RecoverSending(h.ctx, h.now)
		h.must(err)
		for slot := range slots {
			h.note(0, request{kind: "boot", slot: slot}, answer{said: done}, begun)
		}
	}
	for slot := range slots {
		h.ask(0, request{kind: "read", slot: slot})
	}
}

// client does what it likes until it is done or the store breaks, which one of the clients sees to.
func (h *history) client(id int, rng *rand.Rand, saboteur bool) {
	believed := [slots]storage.Job{}
	for n := range tries {
		if saboteur && n == tries/2 {
			if rng.IntN(3) == 0 {
				h.FailWrite(1 + rng.IntN(4))
			} else {
				h.FailCommit(rng.IntN(2) == 0)
			}
		}
		slot := rng.IntN(slots)
		q := request{kind: "read", slot: slot}
		switch j := believed[slot]; {
		case rng.IntN(5) == 0:
			q.kind = "confirm"
		case j.ID != 0 && rng.IntN(3) > 0:
			q.kind, q.version = "move", j.Version
			q.to = storage.States()[rng.IntN(len(storage.States()))]
			if likely := pathFrom(j.State); len(likely) > 0 && rng.IntN(4) > 0 {
				q.to = likely[rng.IntN(len(likely))]
			}
		}
		j, alive := h.askAbout(id, q, believed[slot])
		if !alive {
			return
		}
		if j.ID != 0 {
			believed[slot] = j
		}
	}
}

// pathFrom lists where a job may go from the state.
func pathFrom(from storage.State) (out []storage.State) {
	for _, to := range storage.States() {
		if from.MayBecome(to) {
			out = append(out, to)
		}
	}
	return out
}

func (h *history) ask(id int, q request) { _, _ = h.askAbout(id, q, storage.Job{}) }

// askAbout asks the store, notes what it answered, and returns the job as it was shown; alive is false when
// the store is broken.
func (h *history) askAbout(id int, q request, believed storage.Job) (j storage.Job, alive bool) {
	begun := h.clock.Add(1)
	var err error
	switch q.kind {
	case "confirm":
		order := newOrder(agent, 10)
		order.Account = account(q.slot)
		var r storage.TurnResult
		if r, err = h.turn(storage.Turn{Actor: agent, Press: h.buttons[q.slot], Order: order}); err == nil {
			j = *r.Job
		}
	case "move":
		j, err = h.Store.Move(h.ctx, h.move(believed, q.to))
	default:
		var page []storage.Job
		if page, err = h.Store.JobsOfAccount(h.ctx, account(q.slot), 0, 2); err == nil && len(page) > 0 {
			j = page[0]
		} else if err == nil {
			err = storage.ErrNotFound
		}
	}
	a := answer{said: done, version: j.Version, state: j.State}
	switch {
	case err == nil:
	case errors.Is(err, storage.ErrBroken):
		if q.kind != "read" {
			h.note(id, q, answer{said: doubtful}, begun)
		}
		return storage.Job{}, false
	case errors.Is(err, storage.ErrPressed):
		a = answer{said: pressed}
	case errors.Is(err, storage.ErrConflict):
		a = answer{said: conflict}
	case errors.Is(err, storage.ErrIllegal):
		a = answer{said: illegal}
	case errors.Is(err, storage.ErrNotFound):
		a = answer{said: nothing}
	default:
		h.Errorf("%s: %v", q.kind, err)
	}
	h.note(id, q, a, begun)
	return j, true
}

// account is the number of a button's order, by which its job is read.
func account(slot int) providers.MSISDN {
	return providers.MSISDN(fmt.Sprintf("880181234567%d", slot))
}

// move is one to which only the job's version and the table of moves can object.
func (h *history) move(j storage.Job, to storage.State) storage.Move {
	m := storage.Move{Now: h.now, Job: j.ID, Version: j.Version, To: to, By: "law"}
	if !to.Terminal() {
		m.Due = h.now.Add(time.Minute)
	}
	switch {
	case to == storage.Sending:
		m.Open = &storage.Attempt{Provider: "ecare-main", Reference: providers.Reference(fmt.Sprintf("H%d", h.refs.Add(1)))}
	case j.OpenAttempt() == nil:
	case to == storage.Delivered:
		m.Close = storage.ProofDelivered
	case to == storage.Queued || to == storage.Failed:
		m.Close = storage.ProofFailed
	}
	return m
}

func (h *history) note(id int, q request, a answer, begun int64) {
	ended := h.clock.Add(1)
	if a.said == doubtful {
		ended = never + ended
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, porcupine.Operation{ClientId: id, Input: q, Output: a, Call: begun, Return: ended})
}

// lies are the history with something planted in it that no store that keeps its word can answer.
func (h *history) lies() map[string][]porcupine.Operation {
	out := map[string][]porcupine.Operation{}
	won := map[int]bool{}
	for _, o := range h.ops {
		q, a := o.Input.(request), o.Output.(answer)
		if q.kind == "confirm" && a.said == done {
			won[q.slot] = true
		}
	}
	for i, o := range h.ops {
		q, a := o.Input.(request), o.Output.(answer)
		switch {
		case q.kind == "confirm" && a.said == pressed && won[q.slot]:
			out["a second win"] = h.with(i, answer{done, 1, storage.Queued})
		case q.kind == "move" && a.said == conflict:
			out["a lost update"] = h.with(i, answer{done, q.version + 1, q.to})
		case q.kind == "read" && a.version > 1 && i >= len(h.ops)-slots: // after all others
			out["a stale read"] = h.with(i, answer{done, a.version - 1, a.state})
			out["a vanished job"] = h.with(i, answer{said: nothing})
		}
	}
	return out
}

// with is the history with another answer to one operation.
func (h *history) with(i int, a answer) []porcupine.Operation {
	ops := append([]porcupine.Operation(nil), h.ops...)
	ops[i].Output = a
	return ops
}

func (h *history) String() (out string) {
	for _, o := range h.ops {
		out += fmt.Sprintf("%4d to %4d, client %2d: %+v → %+v\n", o.Call, o.Return, o.ClientId, o.Input, o.Output)
	}
	return out
}
