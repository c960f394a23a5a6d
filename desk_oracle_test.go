package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/providers"
	"rechargebot/providers/simulated"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// The oracle joins four witnesses after the program has ended: what the providers recorded, what the store
// holds, what the chats were told, and which confirmations were pressed. It judges by SAFETY.md, section 3,
// as far as the invariants can be seen from outside of the process.

// deskWish is an order as an agent means it. Number is as people dial it in the country.
type deskWish struct {
	agent  int64
	number string
	amount providers.Money
}

// deskLedger is what the people did: who pressed which confirmation.
type deskLedger struct {
	mu      sync.Mutex
	pressed map[deskWish]map[string]bool // the data of each button that was pressed, however often
}

func newDeskLedger() *deskLedger { return &deskLedger{pressed: map[deskWish]map[string]bool{}} }

func (l *deskLedger) add(w deskWish, button string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pressed[w] == nil {
		l.pressed[w] = map[string]bool{}
	}
	l.pressed[w][button] = true
}

// wishes lists what was confirmed, in order of agent and number.
func (l *deskLedger) wishes() []deskWish {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []deskWish
	for w := range l.pressed {
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b deskWish) int {
		return cmp.Or(cmp.Compare(a.agent, b.agent), strings.Compare(a.number, b.number), cmp.Compare(a.amount.Minor, b.amount.Minor))
	})
	return out
}

func (l *deskLedger) buttons(w deskWish) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.pressed[w])
}

// deskDeath is one end of the program.
type deskDeath struct {
	at  time.Time
	how string
}

// deskTrial is everything that the oracle reads, once the program has ended.
type deskTrial struct {
	*desktop
	name   string // the seed or the crash point
	ledger *deskLedger
	deaths []deskDeath

	jobs   []storage.Job
	owed   []storage.Notice
	calls  []sandbox.Call
	events []simulated.Event
	group  string // all that groups were told
	breaks []string
}

// deskVerdict is what the oracle counted.
type deskVerdict struct {
	jobs     int
	states   map[storage.State]int
	attempts int
}

// judge opens the store, which the program must have let go of, and reports every violation as an error.
func (d *desktop) judge(t *testing.T, name string, l *deskLedger, deaths []deskDeath) deskVerdict {
	t.Helper()
	return d.judgeCalls(t, name, l, deaths, d.telegram.Calls())
}

// judgeCalls is judge of a run whose calls the test has kept, because Telegram's record forgets the old ones.
func (d *desktop) judgeCalls(t *testing.T, name string, l *deskLedger, deaths []deskDeath, calls []sandbox.Call) deskVerdict {
	t.Helper()
	o := &deskTrial{desktop: d, name: name, ledger: l, deaths: deaths, calls: calls, events: d.upstream.Events()}
	o.readStore(t)
	o.judgePresses()
	o.judgeReferences()
	out := deskVerdict{jobs: len(o.jobs), states: map[storage.State]int{}}
	said := o.claims()
	for _, j := range o.jobs {
		o.judgeHistory(j)
		o.judgeMoney(j)
		o.judgeTold(j, said[j.ID.Code()])
		out.states[j.State]++
		out.attempts += len(j.Attempts)
	}
	for code := range said {
		if !slices.ContainsFunc(o.jobs, func(j storage.Job) bool { return j.ID.Code() == code }) {
			o.broken("I3: a chat was told of #%s, which the store does not hold", code)
		}
	}
	o.judgeLog()
	for _, b := range o.breaks {
		t.Error(b)
	}
	return out
}

func (o *deskTrial) readStore(t *testing.T) {
	t.Helper()
	store, err := bolt.Open(filepath.Join(o.data, storeFile), bolt.Options{})
	if err != nil {
		t.Fatalf("%s: the store does not open: %v\n%s", o.name, err, o.stories())
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := store.Check(t.Context()); err != nil {
		o.broken("the store contradicts itself: %v", err)
	}
	people, err := store.PeopleWhere(t.Context(), func(storage.Person) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		for before, more := storage.JobID(0), true; more; {
			page, err := store.JobsOfAgent(t.Context(), p.ID, before, 500)
			if err != nil {
				t.Fatal(err)
			}
			if more = len(page) == 500; more {
				before = page[499].ID
			}
			o.jobs = append(o.jobs, page...)
		}
	}
	slices.SortFunc(o.jobs, func(a, b storage.Job) int { return cmp.Compare(a.ID, b.ID) })
	if o.owed, err = store.Pending(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// judgePresses: a confirmed order is there (I2), a button makes one order (I9), and nobody else's press did (I10).
func (o *deskTrial) judgePresses() {
	made := map[deskWish]int{}
	for _, j := range o.jobs {
		w := deskWish{int64(j.Agent), j.Account.National(), j.Amount}
		made[w]++
		if n := o.ledger.buttons(w); made[w] > n {
			o.breaksJob(j, "I9: %d buttons were pressed for it, and this is order %d", n, made[w])
		}
	}
	for _, w := range o.ledger.wishes() {
		if made[w] == 0 {
			o.broken("I2: %s to %s was confirmed by %d and is not in the store\n%s", w.amount, w.number, w.agent, o.chatAbout(w.agent, w.number))
		}
	}
}

// judgeReferences: every send was durable before it left (I7), and none left twice (I1).
func (o *deskTrial) judgeReferences() {
	known := map[string]storage.Attempt{}
	jobs := map[string]storage.Job{}
	for _, j := range o.jobs {
		for _, a := range j.Attempts {
			if _, twice := known[string(a.Reference)]; twice {
				o.breaksJob(j, "I12: reference %s belongs to two attempts", a.Reference)
			}
			known[string(a.Reference)], jobs[string(a.Reference)] = a, j
		}
	}
	seen := map[string]bool{}
	for _, e := range o.events {
		switch {
		case e.Kind == simulated.EventTrapped:
			o.broken("a redirect was followed: %+v", e)
		case e.Kind == simulated.EventAccepted && seen["accepted "+e.Reference]:
			o.breaksJob(jobs[e.Reference], "I1: reference %s was accepted twice", e.Reference)
		case e.Kind == simulated.EventAccepted:
			seen["accepted "+e.Reference] = true
		}
		if e.Kind != simulated.EventReceived || e.Call != simulated.CallRecharge {
			continue
		}
		a, ok := known[e.Reference]
		if !ok || a.Provider != e.Account {
			o.broken("I7: %s received reference %q, which is of no attempt with it in the store\n%+v", e.Account, e.Reference, e)
			continue
		}
		if e.At.Before(a.Opened) {
			o.breaksJob(jobs[e.Reference], "I7: reference %s was received at %v, before its attempt", e.Reference, e.At)
		}
		if seen["received "+e.Reference] {
			o.breaksJob(jobs[e.Reference], "I1: reference %s was sent twice", e.Reference)
		}
		seen["received "+e.Reference] = true
	}
}

// judgeHistory: only legal moves, final is final (I4), and an attempt follows a proof (I5, I8).
func (o *deskTrial) judgeHistory(j storage.Job) {
	from := storage.State("")
	for i, l := range j.History {
		if l.From != from || (i == 0) != (from == "") || i == 0 && l.To != storage.Queued || i > 0 && !from.MayBecome(l.To) {
			o.breaksJob(j, "I4: line %d of its history goes from %q to %q after %q", i, l.From, l.To, from)
		}
		from = l.To
	}
	if from != j.State {
		o.breaksJob(j, "I4: it is %s, and its history ends in %q", j.State, from)
	}
	if !j.State.Terminal() && j.State != storage.Review {
		o.breaksJob(j, "I2: it has not come to an end")
	}
	for i, a := range j.Attempts {
		if i+1 < len(j.Attempts) && (a.Closed.IsZero() || !a.Proof.NotCharged() || j.Attempts[i+1].Opened.Before(a.Closed)) {
			o.breaksJob(j, "I5, I8: attempt %d follows one that was not closed by a proof", i+2)
		}
	}
}

// judgeMoney joins a job with the providers' record: at most one recharge is or may still be paid (I1), an
// end is what the providers say it is (I11), and a second send began only when the first could not pay (I5).
func (o *deskTrial) judgeMoney(j storage.Job) {
	paid, delivered := 0, 0
	for _, a := range j.Attempts {
		order, ok := o.upstream.Order(a.Provider, string(a.Reference))
		if !ok {
			continue
		}
		number := j.Account.National()
		if order.Amount != j.Amount || !strings.HasSuffix(order.Number, number[len(number)-10:]) {
			o.breaksJob(j, "reference %s recharged %s with %s", a.Reference, order.Number, order.Amount)
		}
		if order.Stage == simulated.StageFailed {
			continue
		}
		paid++
		if order.Stage != simulated.StageDelivered {
			continue
		}
		delivered++
		if j.State == storage.Delivered && j.Serial != order.Serial {
			o.breaksJob(j, "I3: its serial is %q, the provider's %q", j.Serial, order.Serial)
		}
	}
	switch {
	case paid > 1:
		o.breaksJob(j, "I1: it was recharged %d times", paid)
	case j.State == storage.Delivered && delivered != 1:
		o.breaksJob(j, "I11: it is said to be delivered, and the providers delivered %d", delivered)
	case (j.State == storage.Failed || j.State == storage.Cancelled) && paid != 0:
		o.breaksJob(j, "I11: it is said to be %s, and a provider took it", j.State)
	}
	o.judgeOrder(j)
}

// judgeOrder: when a send came in, the sends before it had failed for good or had never been taken (I5).
func (o *deskTrial) judgeOrder(j storage.Job) {
	open := map[string]bool{}
	for _, e := range o.events {
		i := slices.IndexFunc(j.Attempts, func(a storage.Attempt) bool { return string(a.Reference) == e.Reference })
		if i < 0 || e.Reference == "" {
			continue
		}
		switch e.Kind {
		case simulated.EventAccepted:
			open[e.Reference] = true
		case simulated.EventFailed:
			delete(open, e.Reference)
		case simulated.EventReceived:
			if e.Call == simulated.CallRecharge && len(open) > 0 {
				o.breaksJob(j, "I5: reference %s was sent while an earlier one was open", e.Reference)
			}
		}
	}
}

// deskBreaks bounds what is reported of one run.
const deskBreaks = 10

func (o *deskTrial) broken(format string, args ...any) {
	if len(o.breaks) < deskBreaks {
		o.breaks = append(o.breaks, o.name+": "+fmt.Sprintf(format, args...))
	}
}

// breaksJob reports a violation with everything that is known about the job.
func (o *deskTrial) breaksJob(j storage.Job, format string, args ...any) {
	if len(o.breaks) >= deskBreaks {
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, format, args...)
	record, err := json.MarshalIndent(j, "", " ")
	if err != nil {
		record = []byte(err.Error())
	}
	fmt.Fprintf(&b, "\n%s is %s:\n%s\nproviders:\n", j.ID, j.State, record)
	for _, e := range o.events {
		if slices.ContainsFunc(j.Attempts, func(a storage.Attempt) bool { return string(a.Reference) == e.Reference }) {
			fmt.Fprintf(&b, "  %s %s %s %s %s %s %s\n", e.At.Format(time.StampMicro), e.Account, e.Kind, e.Call, e.Reference, e.Mood, e.Note)
		}
	}
	if j.Account != "" {
		b.WriteString(o.chatAbout(int64(j.Agent), j.Account.National()))
	}
	for _, d := range o.deaths {
		if !j.Created.IsZero() && d.at.After(j.Created.Add(-time.Second)) && d.at.Before(j.Changed.Add(time.Second)) {
			fmt.Fprintf(&b, "died %s: %s\n", d.at.Format(time.StampMicro), d.how)
		}
	}
	o.broken("%s", b.String())
}

// chatAbout is what a chat shows about a number, and every call about it.
func (o *deskTrial) chatAbout(chat int64, number string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "chat %d:\n", chat)
	for _, m := range o.telegram.Messages(chat) {
		if strings.Contains(m.Text, number) {
			fmt.Fprintf(&b, "  message %d: %q\n", m.ID, shown(m))
		}
	}
	for _, c := range o.calls {
		if text, _ := c.Params["text"].(string); c.Chat == chat && strings.Contains(text, number) {
			fmt.Fprintf(&b, "  %s %s %d %s effect=%v %q\n", c.At.Format(time.StampMicro), c.Method, c.Status, c.Fault, c.Effect, htmlTags.ReplaceAllString(text, ""))
		}
	}
	return b.String()
}

// stories lists how the program ended each time.
func (o *deskTrial) stories() string {
	var b strings.Builder
	for _, d := range o.deaths {
		fmt.Fprintf(&b, "died %s: %s\n", d.at.Format(time.StampMicro), d.how)
	}
	return b.String()
}
