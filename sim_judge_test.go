package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"rechargebot/providers"
	"rechargebot/providers/simulated"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// judge looks at everything when all has come to rest.
func (o *oracle) judge() {
	store, err := bolt.Open(o.w.path, bolt.Options{NoSync: true, Rand: o.w.random})
	if err != nil {
		o.w.broken("harness", "open the store: %v", err)
		return
	}
	defer func() { _ = store.Close() }()
	if err := store.Check(context.Background()); err != nil {
		o.w.broken("I6", "the store contradicts itself: %v", err)
	}
	var jobs []storage.Job
	for id := int64(agent); id < agent+simAgents; id++ {
		jobs = append(jobs, o.jobsOf(store, storage.PersonID(id))...)
	}
	o.w.mu.Lock()
	o.w.made = len(jobs)
	o.w.mu.Unlock()
	r := o.record()
	for _, j := range jobs {
		o.judgeJob(j, r)
		o.coverJob(j)
	}
	o.judgeNumbers(jobs, r)
	o.judgeTraffic(jobs)
}

// record is the providers' record by reference and by number.
type record struct {
	orders map[string][]simulated.Order // by reference
	number map[string]int               // recharges that were not given back
}

func (o *oracle) record() record {
	r := record{map[string][]simulated.Order{}, map[string]int{}}
	for _, order := range o.w.ups.server.Orders() {
		r.orders[order.Reference] = append(r.orders[order.Reference], order)
		if charged(order) {
			r.number[order.Number]++
		}
	}
	return r
}

// charged reports whether the order reached the number and was not taken back.
func charged(order simulated.Order) bool { return order.Stage == simulated.StageDelivered }

func (o *oracle) jobsOf(store *bolt.Store, who storage.PersonID) (jobs []storage.Job) {
	ctx, before := context.Background(), storage.JobID(0)
	for {
		page, err := store.JobsOfAgent(ctx, who, before, 500)
		if err != nil {
			o.w.broken("harness", "list jobs: %v", err)
			return jobs
		}
		jobs = append(jobs, page...)
		if len(page) < 500 {
			break
		}
		before = page[len(page)-1].ID
	}
	o.judgeSum(store, who, jobs)
	return jobs
}

// judgeSum is I6 and the limits of I10.
func (o *oracle) judgeSum(store *bolt.Store, who storage.PersonID, jobs []storage.Job) {
	type purse struct {
		day      string
		currency providers.Currency
	}
	sums := map[purse]int64{}
	for _, j := range jobs {
		p := purse{j.Day, j.Amount.Currency}
		sums[p] += 0
		if j.State != storage.Failed && j.State != storage.Cancelled && j.State != storage.Reversed {
			sums[p] += j.Amount.Minor
		}
		if o.w.wasSuspended(int64(who), j.Created) {
			o.w.broken("I10", "%s was made while %d was suspended", j.ID, who)
		}
	}
	for p, sum := range sums {
		spent, err := store.SpentOn(context.Background(), who, p.day, p.currency)
		if err != nil || spent.Minor != sum {
			o.w.broken("I6", "the sum of %d on %s is %s, his jobs make %d (%v)", who, p.day, spent, sum, err)
		}
		if sum > 6_000_00 {
			o.w.broken("I10", "%d ordered %d on %s", who, sum, p.day)
		}
	}
}

// judgeJob holds one job against the record and the chat.
func (o *oracle) judgeJob(j storage.Job, r record) {
	w := o.w
	paid, delivered := 0, false
	for i, a := range j.Attempts {
		orders := r.orders[string(a.Reference)]
		taken := 0
		for _, order := range orders {
			if order.Account != a.Provider {
				w.broken("I5", "%s of %s is with %s, not with %s", a.Reference, j.ID, order.Account, a.Provider)
			}
			if charged(order) {
				taken++
			}
			if charged(order) || order.Stage == simulated.StageReversed {
				delivered = delivered || j.Serial == "" || order.Serial == j.Serial
			}
		}
		paid += taken
		o.judgeProof(j, i, a, len(orders), taken)
	}
	if paid > 1 {
		w.broken("I1", "%s was paid %d times: %+v", j.ID, paid, j.Attempts)
	}
	switch j.State {
	case storage.Delivered:
		if !delivered {
			w.broken("I11", "%s is Delivered with serial %q, and the record has %d recharges of it", j.ID, j.Serial, paid)
		}
	case storage.Failed, storage.Cancelled:
		if paid != 0 {
			w.broken("I11", "%s is %s (%s), and the record has a recharge of it; %s", j.ID, j.State, j.Reason, chain(j))
		}
	case storage.Review, storage.Reversed:
	default:
		w.broken("I2", "%s came to rest in %s, due %v; %s", j.ID, j.State, j.Due, chain(j))
	}
	o.judgeHistory(j)
	o.judgeTold(j)
}

// judgeProof holds a closed attempt's proof against the record.
func (o *oracle) judgeProof(j storage.Job, i int, a storage.Attempt, accepted, taken int) {
	w := o.w
	wrong := ""
	switch a.Proof {
	case storage.ProofNotSent:
		if n := w.ups.receivedAs(string(a.Reference)); n != 0 {
			wrong = fmt.Sprintf("%d requests arrived", n)
		}
	case storage.ProofRefused:
		if accepted != 0 {
			wrong = "it was accepted"
		}
	case storage.ProofFailed:
		if taken != 0 {
			wrong = "it was delivered"
		}
	}
	if wrong != "" {
		w.broken("I5", "attempt %d of %s is closed by %s, and %s; %s", i+1, j.ID, a.Proof, wrong, chain(j))
	}
	for _, e := range a.Evidence {
		whole, _ := j.Amount.Whole()
		_, echo, found := strings.Cut(e.Body, `"AMOUNT":"`)
		if echo, _, _ = strings.Cut(echo, `"`); found && echo != "" && echo != fmt.Sprint(whole) && a.Proof != "" && a.Proof != storage.ProofPerson {
			w.broken("I11", "attempt %d of %s is closed by %s, and an answer spoke of %s; %s", i+1, j.ID, a.Proof, echo, chain(j))
		}
	}
	if !a.Closed.IsZero() && a.Proof != storage.ProofNotSent && a.Proof != storage.ProofPerson && len(a.Evidence) == 0 {
		w.broken("I13", "attempt %d of %s is closed by %s without evidence", i+1, j.ID, a.Proof)
	}
}

// judgeHistory is I4, and what of I8 is still to be seen.
func (o *oracle) judgeHistory(j storage.Job) {
	w, at := o.w, storage.State("")
	for i, l := range j.History {
		switch {
		case l.From != at:
			w.broken("I4", "%s: line %d begins at %s after %s", j.ID, i+1, l.From, at)
		case i > 0 && !at.MayBecome(l.To), at.Terminal() && (at != storage.Delivered || l.To != storage.Reversed):
			w.broken("I4", "%s: %s became %s", j.ID, at, l.To)
		}
		at = l.To
	}
	if at != j.State {
		w.broken("I4", "%s is %s after %s", j.ID, j.State, chain(j))
	}
	tried := map[string]bool{}
	for i, a := range j.Attempts {
		if tried[a.Provider] {
			w.broken("I8", "%s was sent to %s twice", j.ID, a.Provider)
		}
		if tried[a.Provider] = true; a.Closed.IsZero() && i < len(j.Attempts)-1 {
			w.broken("I8", "%s has an open attempt before its last", j.ID)
		}
	}
	if len(j.Attempts) > w.conf.Dispatch.MaxProviders {
		w.broken("I5", "%s has %d attempts", j.ID, len(j.Attempts))
	}
}

// judgeTold is I3 at the end, and I2 for Review.
func (o *oracle) judgeTold(j storage.Job) {
	o.mu.Lock()
	told := o.told[j.ID]
	alerted := o.reviews[j.ID.Code()]
	o.mu.Unlock()
	for word, states := range stateWords() {
		if slices.Contains(states, j.State) && j.State.Pushed() && !told[word] {
			o.w.broken("I3", "%s is %s, and nobody was told; %s", j.ID, j.State, chain(j))
		}
	}
	if reviewed := slices.ContainsFunc(j.History, func(l storage.Line) bool { return l.To == storage.Review }); reviewed && !alerted {
		o.w.broken("I2", "%s was in Review, and the operations group was not told", j.ID)
	}
	o.w.chats.mu.Lock()
	defer o.w.chats.mu.Unlock()
	m := o.w.chats.chat(int64(j.Chat)).messages[j.Card]
	if m == nil {
		o.w.broken("I3", "%s has no card (%d)", j.ID, j.Card)
		return
	}
	if c, ok := readClaim(m.text); !ok || c.code != j.ID.Code() || !slices.Contains(stateWords()[c.word], j.State) {
		o.w.broken("I3", "the card of %s, which is %s, says %q", j.ID, j.State, m.text)
	}
}

// judgeNumbers is I1 and I9 by what people pressed, and the serials of I3.
func (o *oracle) judgeNumbers(jobs []storage.Job, r record) {
	made := map[string]int{}
	serials := map[storage.Code]string{}
	for _, j := range jobs {
		number := strings.TrimPrefix(j.Account.National(), "+91")
		made[number]++
		for _, a := range j.Attempts {
			for _, order := range r.orders[string(a.Reference)] {
				if charged(order) || order.Stage == simulated.StageReversed {
					serials[j.ID.Code()] = order.Serial
				}
			}
		}
	}
	for number, n := range made {
		if pressed := len(o.confirms[number]); n > pressed {
			o.w.broken("I9", "%d jobs for %s, and %d buttons were pressed; people saw:%s", n, number, pressed, o.w.chats.about(number))
		}
	}
	for number, n := range r.number {
		if pressed := len(o.confirms[number]); n > pressed || n > made[number] {
			o.w.broken("I1", "%d recharges of %s, of which %d jobs are stored and %d were confirmed", n, number, made[number], pressed)
		}
	}
	for _, c := range o.serials {
		if serials[c.code] != c.serial {
			o.w.broken("I3", "#%s was told serial %q, the record has %q", c.code, c.serial, serials[c.code])
		}
	}
}

// judgeTraffic looks at each request that arrived: it is in the store, and nobody came to the trap.
func (o *oracle) judgeTraffic(jobs []storage.Job) {
	owner := map[string]*storage.Job{}
	for i := range jobs {
		for _, a := range jobs[i].Attempts {
			if owner[string(a.Reference)] != nil {
				o.w.broken("I5", "reference %s belongs to two attempts", a.Reference)
			}
			owner[string(a.Reference)] = &jobs[i]
		}
	}
	for _, a := range o.w.ups.received {
		j := owner[a.reference]
		if j == nil {
			o.w.broken("I7", "%s arrived at %s for %s, and no job of it is stored", a.reference, a.account, a.number)
			continue
		}
		if o.w.wasSuspended(int64(j.Agent), a.at.Add(-time.Second)) && o.w.wasSuspended(int64(j.Agent), a.at) {
			o.w.broken("I10", "%s of %s was sent while %d was suspended", a.reference, j.ID, j.Agent)
		}
	}
	for _, e := range o.w.ups.server.Events() {
		if e.Kind == simulated.EventTrapped {
			o.w.broken("I14", "a redirect was followed: %s", e.Note)
		}
	}
}

// chain is a history on one line.
func chain(j storage.Job) string {
	var parts []string
	for _, l := range j.History {
		parts = append(parts, fmt.Sprintf("%s %s", l.At.Format("15:04:05"), cmp.Or(string(l.To)+" ("+l.Note+")", "?")))
	}
	return strings.Join(parts, ", ")
}

// coverJob counts the moves of a job and what they were proved by.
func (o *oracle) coverJob(j storage.Job) {
	closed := 0
	for i, l := range j.History {
		if i == 0 {
			continue
		}
		move := fmt.Sprintf("%s → %s", l.From, l.To)
		o.w.cover("move: " + move)
		if underWay := l.From == storage.Sending || l.From == storage.Pending || l.From == storage.Unknown || l.From == storage.Review; underWay && (l.To == storage.Queued || l.To.Terminal()) && closed < len(j.Attempts) {
			o.w.cover(fmt.Sprintf("proof: %s × %s", j.Attempts[closed].Proof, move))
			closed++
		}
	}
	o.w.cover("end: " + string(j.State))
}
