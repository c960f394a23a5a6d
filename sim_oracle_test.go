package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// The oracle joins what the providers have on record, what the store holds and what people were told, and holds
// it against the invariants of SAFETY.md, section 3:
//
//	I1   for each job at most one recharge is on record that was not given back; for each number no more than
//	     Confirms were pressed for it; no reference arrives twice
//	I2   who wrote or confirmed is answered (people wait for it); at the end every job is final or in Review, and of
//	     each job in Review the operations group was told
//	I3   each final state, and Review, was told in a message of its own; no message claims a state that the store
//	     does not hold when the message arrives; the card's last look is the job's state; a serial is the order's own
//	I4   each history is a chain of legal moves, and nothing follows a final state but Reversed
//	I5   when a recharge arrives, every earlier attempt of the job is closed by a proof; each proof is true on the
//	     provider's record: P1 nothing arrived, P2 nothing was accepted, P3 what was accepted has failed
//	I6   the day's sum of each agent is the sum of his jobs that count, and keeps his limit
//	I7   when a recharge arrives, its attempt is in the store, open, and orders exactly what arrived
//	I8   when a recharge arrives, its attempt is the only open one, and the job is Sending
//	I9   a Confirm pressed many times, redelivered, or pressed by another, makes at most one job
//	I10  no job is made, and none is sent, while the admin knows its agent as suspended; limits as I6
//	I11  Delivered is delivered on the provider's record, Failed and Cancelled are not
//	I13  each attempt that something is claimed of has the evidence for it
//	I14  no redirect is followed (nobody comes to the trap); the log of a replayed run holds no secret and no number
//	I16  no recharge arrives from a process whose store has failed before
//
// Not seen here: I12 (a restored store is not told from the one that it was, so restoring is for people), I15
// (bounds are measured elsewhere), and the clock, which cannot be stepped in a bubble.
type oracle struct {
	w *world

	mu       sync.Mutex
	confirms map[string]map[string]bool // by number: the buttons pressed
	told     map[storage.JobID]map[string]bool
	serials  []claim
	reviews  map[storage.Code]bool
}

func newOracle(w *world) *oracle {
	return &oracle{w: w, confirms: map[string]map[string]bool{}, told: map[storage.JobID]map[string]bool{}, reviews: map[storage.Code]bool{}}
}

// claim is what a message says of a job.
type claim struct {
	code   storage.Code
	word   string
	card   bool
	serial string
}

// stateWords are CONTRACT.md's.
func stateWords() map[string][]storage.State {
	return map[string][]storage.State{
		"Queued": {storage.Queued}, "Sending": {storage.Sending}, "In progress": {storage.Pending, storage.Unknown},
		"Under review": {storage.Review}, "Delivered": {storage.Delivered}, "Failed": {storage.Failed},
		"Cancelled": {storage.Cancelled}, "Reversed": {storage.Reversed},
	}
}

// readClaim reads "#CODE · State" of a card and "State: #CODE, " of a push.
func readClaim(text string) (c claim, ok bool) {
	head, rest, _ := strings.Cut(text, "\n")
	if code, word, found := strings.Cut(head, " · "); found && len(code) == 7 && code[0] == '#' {
		c = claim{code: storage.Code(code[1:]), word: word, card: true}
	} else if word, after, found := strings.Cut(head, ": #"); found && len(after) > 6 && len(word) < 15 {
		c = claim{code: storage.Code(after[:6]), word: word}
	} else {
		return c, false
	}
	if _, serial, found := strings.Cut(rest, "Serial: "); found {
		c.serial, _, _ = strings.Cut(serial, "\n")
	}
	_, known := stateWords()[c.word]
	return c, known
}

// confirmed is told of each Confirm before it is pressed.
func (o *oracle) confirmed(_ int64, e simErrand, t tap) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.confirms[e.number] == nil {
		o.confirms[e.number] = map[string]bool{}
	}
	o.confirms[e.number][t.data] = true
}

// said looks at each message at the moment at which Telegram takes it.
func (o *oracle) said(p *process, chat int64, text string, edit bool) {
	if chat == ops {
		o.saidToOps(text)
		return
	}
	c, ok := readClaim(text)
	if !ok {
		return
	}
	id, valid := storage.ParseCode(string(c.code))
	store := o.w.theStore()
	if !valid || store == nil || p.dead.Load() {
		return
	}
	job, err := store.Job(context.Background(), id)
	switch {
	case errors.Is(err, storage.ErrBroken):
	case err != nil:
		o.w.broken("I3", "chat %d was told %q of a job that is not there: %v", chat, c.word, err)
		return
	case !held(job, c.word) && err == nil:
		o.w.broken("I3", "chat %d was told that %s is %s, and the store holds %s", chat, id, c.word, job.State)
	}
	if err == nil && int64(job.Chat) != chat {
		o.w.broken("I3", "chat %d was told of %s, which is chat %d's", chat, id, job.Chat)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !c.card {
		if o.told[id] == nil {
			o.told[id] = map[string]bool{}
		}
		o.told[id][c.word] = true
	}
	if c.serial != "" {
		o.serials = append(o.serials, c)
	}
}

func (o *oracle) saidToOps(text string) {
	if rest, found := strings.CutPrefix(text, "Needs review"); found {
		if _, code, found := strings.Cut(rest, "#"); found && len(code) > 6 {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.reviews[storage.Code(code[:6])] = true
		}
	}
}

// held reports whether the job is in a state of that word, or was.
func held(job storage.Job, word string) bool {
	states := stateWords()[word]
	return slices.Contains(states, job.State) || slices.ContainsFunc(job.History, func(l storage.Line) bool { return slices.Contains(states, l.To) })
}

// stateOf is the state of a reference's job now, for the coverage.
func (o *oracle) stateOf(reference string) string {
	store := o.w.theStore()
	if store == nil {
		return "away"
	}
	job, err := store.ByReference(context.Background(), providers.Reference(reference))
	if err != nil {
		return "away"
	}
	return string(job.State)
}

// arrived looks at the store at the moment at which a recharge request has arrived.
func (o *oracle) arrived(account string, q want) {
	w, p := o.w, o.w.current.Load()
	if n := w.ups.receivedAs(q.reference); n != 1 {
		w.broken("I1", "%s arrived %d times at %s", q.reference, n, account)
	}
	store := w.theStore()
	if store == nil || p == nil {
		w.broken("I7", "%s arrived at %s, and no bot runs", q.reference, account)
		return
	}
	if failed := p.failedAt(); !failed.IsZero() && time.Now().After(failed) {
		w.broken("I16", "%s arrived %v after the store failed", q.reference, time.Since(failed))
	}
	job, err := store.ByReference(context.Background(), providers.Reference(q.reference))
	switch {
	case errors.Is(err, storage.ErrBroken):
		return // judged at the end
	case err != nil:
		w.broken("I7", "%s arrived at %s and is not stored: %v", q.reference, account, err)
		return
	}
	open := job.OpenAttempt()
	if job.State != storage.Sending || open == nil || string(open.Reference) != q.reference || open.Provider != account {
		w.broken("I7", "%s arrived at %s while %s is %s with %+v", q.reference, account, job.ID, job.State, open)
	}
	whole, _ := job.Amount.Whole()
	if number := job.Account.National(); !strings.HasSuffix(number, q.number) || q.amount != fmt.Sprint(whole) {
		w.broken("I7", "%s arrived for %s of %s, %s orders %s of %s", q.reference, q.number, q.amount, job.ID, number, job.Amount)
	}
	for i, a := range job.Attempts {
		if i < len(job.Attempts)-1 && (a.Closed.IsZero() || !a.Proof.NotCharged()) {
			w.broken("I5", "%s arrived while attempt %d of %s is not closed by a proof: %+v", q.reference, i+1, job.ID, a)
		}
	}
	if age := time.Since(job.Created); age > time.Duration(w.conf.Dispatch.QueueMaxAge)+time.Second {
		w.broken("I2", "%s arrived %v after its order was confirmed", q.reference, age)
	}
}
