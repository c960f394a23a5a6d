package bolt_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"time"

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
