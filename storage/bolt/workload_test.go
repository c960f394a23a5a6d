package bolt_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// workloadOrders say what a recorded child shall do.
type workloadOrders struct {
	Store, Notes string // files
	Orders       int    // jobs that each of four agents orders
	Seed         uint64
	NoSync       bool
}

// note is a line that the workload writes when it has learnt something, as a bot tells people, or when
// it is about to do something that may undo what was told.
type note struct {
	What    what
	ID      uint64 `json:",omitempty"` // of a job, notice, inbox update; a memo's value; a commit count
	Version uint64 `json:",omitempty"`
	Sum     uint32 `json:",omitempty"` // of what is stored under it
	Key     string `json:",omitempty"` // what only the newest is kept of; a memo's name; a keyboard
	Number  int64  `json:",omitempty"` // the platform's, of an update; a chat
}

type what string

const (
	toldJob     what = "job"      // a job has this version, which looks like Sum
	toldOwed    what = "owed"     // the notice is owed
	willSend    what = "sending"  // it is about to be forgotten
	toldSent    what = "sent"     // it is
	toldUpdate  what = "accepted" // the update waits
	willHandle  what = "handling"
	toldHandled what = "handled"
	toldButton  what = "buttons" // the keyboard is there
	willPress   what = "pressing"
	toldPressed what = "pressed"
	toldMemo    what = "memo"
	toldSession what = "session"
	toldCommits what = "commits" // so many were made in this run
)

// desk is the workload at work: four agents, a sender, a reader, a watcher.
type desk struct {
	workloadOrders
	*bolt.Store
	out     *os.File
	commits atomic.Uint64
	ops     atomic.Uint64
	owed    chan struct{} // one slot
	newest  atomic.Uint64 // job
	ticks   atomic.Int64  // of a clock that only counts, where that is wanted
	calm    bool          // counts, and presses buttons once
}

// workload runs the desk twice, with a restart between, which finds jobs in Sending.
func workload(orders json.RawMessage) error {
	var d desk
	if err := json.Unmarshal(orders, &d.workloadOrders); err != nil {
		return err
	}
	var err error
	if d.out, err = os.OpenFile(d.Notes, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		return err
	}
	for run := range 2 {
		if err := d.run(run); err != nil {
			return err
		}
	}
	return errors.Join(d.tell(note{What: toldCommits, ID: d.commits.Load(), Version: d.ops.Load()}), d.out.Close())
}

// now is a time in the desk's day.
func (d *desk) now() time.Time {
	if d.calm {
		return time.Date(2026, 11, 21, 9, 0, 0, int(d.ticks.Add(1)), time.UTC)
	}
	return time.Now().UTC()
}

func (d *desk) tell(n note) error {
	line, err := json.Marshal(n)
	if err == nil {
		_, err = d.out.Write(append(line, '\n'))
	}
	return err
}

// tellJob tells a job as it was read or returned.
func (d *desk) tellJob(j storage.Job) error {
	return d.tell(note{What: toldJob, ID: uint64(j.ID), Version: j.Version, Sum: jobSum(j)})
}

// jobSum is a job's looks but for its card, which changes without a version.
func jobSum(j storage.Job) uint32 {
	j.Card = 0
	return sumOf(j)
}

func sumOf(v any) uint32 {
	text, err := json.Marshal(v)
	if err != nil {
		return 0
	}
	return crc32.ChecksumIEEE(text)
}

func (d *desk) run(run int) (err error) {
	o := bolt.WithCommitted(bolt.Options{NoSync: d.NoSync}, func() { d.commits.Add(1) })
	if d.Store, err = bolt.Open(d.Store0(), o); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	d.owed = make(chan struct{}, 1)
	d.OnOwed(func(notices []storage.Notice) {
		for _, n := range notices {
			_ = d.tell(note{What: toldOwed, ID: uint64(n.ID), Key: onlyOne(n), Sum: sumOf(n)})
		}
		select {
		case d.owed <- struct{}{}:
		default:
		}
	})
	if err := d.begin(ctx); err != nil {
		return err
	}
	var agents, others sync.WaitGroup
	errs := make([]error, 7)
	for a := range 4 {
		agents.Go(func() { errs[a] = d.agent(ctx, run, a) })
	}
	for i, f := range []func(context.Context) error{d.sender, d.reader, d.watcher} {
		others.Go(func() { errs[4+i] = f(ctx) })
	}
	agents.Wait()
	cancel()
	others.Wait()
	return errors.Join(append(errs, d.Close())...)
}

// Store0 is the store's path, whose field the store itself hides.
func (d *desk) Store0() string { return d.workloadOrders.Store }

// begin is what a start does: owners, people, jobs in Sending.
func (d *desk) begin(ctx context.Context) error {
	now := d.now()
	err := d.EnsureOwners(ctx, now, 1001)
	for a := range 4 {
		id := storage.PersonID(2001 + a)
		if _, missing := d.Person(ctx, id); errors.Is(missing, storage.ErrNotFound) {
			p := storage.Person{ID: id, Chat: storage.ChatID(id), Name: "Agent", Role: storage.RoleAgent}
			_, failed := d.Commit(ctx, storage.Turn{Now: now, Actor: 1001, Audit: []string{"approved"}, People: []storage.PersonChange{{After: p, ByAdmin: true}}})
			err = errors.Join(err, failed)
		}
	}
	_, failed := d.RecoverSending(ctx, now)
	err = errors.Join(err, failed)
	for id := storage.JobID(1); err == nil && uint64(id) <= d.newest.Load(); id++ {
		var j storage.Job
		if j, err = d.Job(ctx, id); err == nil {
			err = d.tellJob(j)
		}
	}
	return err
}

// onlyOne is what there is only one notice of at a time; empty for others.
func onlyOne(n storage.Notice) string {
	switch n.Kind {
	case storage.NoticeScreen:
		return fmt.Sprint("screen ", n.Chat)
	case storage.NoticeCard:
		return fmt.Sprint("card ", n.Job)
	}
	return ""
}

// sender sends what is owed, a few at a time, so that something always is.
func (d *desk) sender(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.owed:
		}
		notices, err := d.Pending(context.Background())
		if err != nil {
			return err
		}
		for _, n := range notices[:len(notices)/3] {
			if err := d.tell(note{What: willSend, ID: uint64(n.ID), Key: onlyOne(n)}); err != nil {
				return err
			}
			if err := d.Sent(context.Background(), n, int64(n.ID)+100); err != nil {
				return err
			}
			if err := d.tell(note{What: toldSent, ID: uint64(n.ID)}); err != nil {
				return err
			}
		}
	}
}

// reader tells people what it reads: that must be on the disk too, although somebody else wrote it.
func (d *desk) reader(ctx context.Context) error {
	rng := rand.New(rand.NewPCG(d.Seed, 99))
	for ctx.Err() == nil {
		newest := d.newest.Load()
		if newest == 0 {
			time.Sleep(time.Millisecond) // nothing to read yet
			continue
		}
		j, err := d.Job(context.Background(), storage.JobID(newest-rng.Uint64N(min(newest, 4))))
		if err != nil {
			return err
		}
		if err := d.tellJob(j); err != nil {
			return err
		}
		time.Sleep(300 * time.Microsecond) // leaves the processor to the others
	}
	return nil
}

// watcher remembers a float and alerts about it, in one commit.
func (d *desk) watcher(ctx context.Context) error {
	for n := uint64(1); ctx.Err() == nil; n++ {
		name := "float/ecare"
		if v, err := d.Memo(context.Background(), name); err == nil && n == 1 {
			_, _ = fmt.Sscan(string(v), &n)
			n++
		}
		alert := storage.Notice{Chat: -5, Kind: storage.NoticeMessage, Body: json.RawMessage(`{"text":"low"}`), Created: d.now()}
		if err := d.SetMemo(context.Background(), name, fmt.Append(nil, n), alert); err != nil {
			return err
		}
		if err := d.tell(note{What: toldMemo, Key: name, ID: n}); err != nil {
			return err
		}
		time.Sleep(5 * time.Millisecond) // alerts are rare
	}
	return nil
}

// agent orders job after job, by screens and buttons, and sees each through.
func (d *desk) agent(ctx context.Context, run, a int) error {
	rng := rand.New(rand.NewPCG(d.Seed, uint64(run*10+a)))
	for i := range d.Orders {
		serial := int64(run*10_000 + a*1000 + i + 1)
		k, err := d.screen(ctx, a, serial)
		if err != nil {
			return fmt.Errorf("screen: %w", err)
		}
		j, err := d.confirm(ctx, a, serial, k)
		if err != nil {
			return fmt.Errorf("confirm: %w", err)
		}
		last := run == 0 && i == d.Orders-1 // stays in Sending over the restart
		if err := d.dispatch(ctx, j, route(rng, last)); err != nil {
			return fmt.Errorf("dispatch: %w", err)
		}
	}
	return nil
}

// route is where a job goes.
func route(rng *rand.Rand, last bool) []storage.State {
	const (
		sending, delivered, failed, pending = storage.Sending, storage.Delivered, storage.Failed, storage.Pending
		unknown, review, queued             = storage.Unknown, storage.Review, storage.Queued
	)
	if last {
		return []storage.State{sending}
	}
	routes := [][]storage.State{
		{storage.Cancelled}, {sending, delivered}, {sending, failed}, {sending, pending, pending, delivered, storage.Reversed},
		{sending, unknown, unknown, pending, failed}, {sending, queued, sending, delivered}, {sending, unknown, review},
		{sending, unknown, review, delivered}, {sending, pending}, {sending, unknown}, {}, {sending, pending, unknown, queued, sending, delivered},
	}
	return routes[rng.IntN(len(routes))]
}

// screen handles an update with a new screen, and another one that changes nothing.
func (d *desk) screen(ctx context.Context, a int, serial int64) (storage.Keyboard, error) {
	now, person := d.now(), storage.PersonID(2001+a)
	chat := storage.ChatID(person)
	k := storage.Keyboard{Person: person, Chat: chat, Expires: now.Add(time.Hour), Buttons: []storage.Button{{Flow: "recharge", Action: "confirm"}}}
	copy(k.ID[:], fmt.Sprintf("k%011d", serial))
	updates, err := d.Accept(ctx, storage.Update{UpdateID: serial, Raw: []byte(`{"text":"hi"}`), Arrived: now}, storage.Update{UpdateID: -serial, Raw: []byte(`{}`), Arrived: now})
	if err != nil {
		return k, err
	}
	if len(updates) != 2 {
		return k, fmt.Errorf("%d of two updates were accepted", len(updates))
	}
	d.ops.Add(3)
	errs := []error{
		d.tell(note{What: toldUpdate, ID: uint64(updates[0].ID), Number: serial, Sum: sumOf(updates[0])}),
		d.tell(note{What: toldUpdate, ID: uint64(updates[1].ID), Number: -serial, Sum: sumOf(updates[1])}),
		d.tell(note{What: willHandle, ID: uint64(updates[1].ID)}),
		d.Handled(ctx, updates[1].ID),
		d.tell(note{What: toldHandled, ID: uint64(updates[1].ID)}),
		d.tell(note{What: willHandle, ID: uint64(updates[0].ID)}),
	}
	s, err := d.Session(ctx, chat)
	if errors.Is(err, storage.ErrNotFound) {
		s, err = storage.Session{Chat: chat, Person: person}, nil
	}
	s.Flow, s.State, s.Keyboard, s.Changed = "recharge", json.RawMessage(`{"step":2}`), k.ID, now
	_, failed := d.Commit(ctx, storage.Turn{
		Now: now, Actor: person, Inbox: updates[0].ID, Session: &s, Keyboards: []storage.Keyboard{k},
		Notices: []storage.Notice{{Chat: chat, Kind: storage.NoticeScreen, Body: json.RawMessage(`{"text":"confirm?"}`), Created: now}},
	})
	errs = append(errs, err, failed,
		d.tell(note{What: toldHandled, ID: uint64(updates[0].ID)}),
		d.tell(note{What: toldSession, Number: int64(chat), Version: s.Version + 1}),
		d.tell(note{What: toldButton, Key: string(k.ID[:])}))
	return k, errors.Join(errs...)
}

// confirm presses the button twice at once. One press makes the job.
func (d *desk) confirm(ctx context.Context, a int, serial int64, k storage.Keyboard) (j storage.Job, err error) {
	if err := d.tell(note{What: willPress, Key: string(k.ID[:])}); err != nil {
		return j, err
	}
	sum := func(taka int64) providers.Money { return providers.Money{Minor: taka * 100, Currency: providers.BDT} }
	presses := 2
	if d.calm {
		presses = 1
	}
	results, errs := make([]storage.TurnResult, presses), make([]error, presses)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() {
			results[i], errs[i] = d.Commit(ctx, storage.Turn{Now: d.now(), Actor: k.Person, Press: k.ID, Order: &storage.NewOrder{
				Order:  providers.Order{Operator: providers.BDRobi, Type: providers.Prepaid, Account: providers.MSISDN(fmt.Sprintf("880181234567%d", a)), Amount: sum(20 + serial%7)},
				Newest: ^storage.JobID(0), Chat: k.Chat, Day: "2026-11-21", Limits: storage.Limits{PerOrder: sum(1000), PerDay: sum(1_000_000)},
			}})
		})
	}
	wg.Wait()
	d.ops.Add(2)
	won := slices.Index(errs, nil)
	if won < 0 || len(errs) > 1 && !errors.Is(errs[1-won], storage.ErrPressed) {
		return j, fmt.Errorf("two presses of one button: %w", errors.Join(errs...))
	}
	j = *results[won].Job
	for newest := d.newest.Load(); newest < uint64(j.ID) && !d.newest.CompareAndSwap(newest, uint64(j.ID)); newest = d.newest.Load() {
	}
	return j, errors.Join(d.tellJob(j), d.tell(note{What: toldPressed, Key: string(k.ID[:])}))
}

// dispatch moves the job along the states and tells each.
func (d *desk) dispatch(ctx context.Context, j storage.Job, states []storage.State) error {
	for step, to := range states {
		now := d.now()
		m := storage.Move{Now: now, Job: j.ID, Version: j.Version, To: to, By: "dispatch", Note: "a step"}
		if !to.Terminal() {
			m.Due = now.Add(time.Minute)
		}
		switch {
		case to == storage.Sending:
			m.Open = &storage.Attempt{Provider: "ecare-main", Reference: providers.Reference(fmt.Sprintf("R%d-%d", j.ID, step))}
		case j.OpenAttempt() != nil:
			m.Evidence = &providers.Evidence{Call: "enquire", At: now, Body: `{"status":"..."}`}
			m.Enquiry = to == j.State
			switch to {
			case storage.Delivered:
				m.Close, m.Serial = storage.ProofDelivered, "S1"
			case storage.Failed, storage.Queued:
				m.Close, m.Reason = storage.ProofFailed, providers.ReasonUnreadable
			}
		}
		next, err := d.Move(ctx, m)
		if err != nil {
			return err
		}
		d.ops.Add(1)
		if err := d.tellJob(next); err != nil {
			return err
		}
		j = next
	}
	return nil
}
