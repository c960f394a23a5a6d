package bolt_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// version is one version of a job.
type version struct{ Job, Version uint64 }

// told is what the workload has told the world up to some moment: what must be on the disk then.
type told struct {
	jobs     map[uint64]uint64 // to version
	owed     map[uint64]note
	newest   map[string]uint64 // of what only one is kept: the newest notice told of
	sending  map[uint64]bool
	sendKeys map[string]uint64 // the newest one of them that somebody has begun to send
	sent     map[uint64]bool
	updates  map[uint64]note
	handling map[uint64]bool
	handled  map[uint64]bool
	buttons  map[string]bool
	pressing map[string]bool
	pressed  map[string]bool
	memos    map[string]uint64
	sessions map[int64]uint64
}

func newTold() *told {
	return &told{
		jobs: map[uint64]uint64{}, owed: map[uint64]note{}, newest: map[string]uint64{}, sending: map[uint64]bool{},
		sendKeys: map[string]uint64{}, sent: map[uint64]bool{}, updates: map[uint64]note{}, handling: map[uint64]bool{},
		handled: map[uint64]bool{}, buttons: map[string]bool{}, pressing: map[string]bool{}, pressed: map[string]bool{},
		memos: map[string]uint64{}, sessions: map[int64]uint64{},
	}
}

// hear takes in one note.
func (w *told) hear(line []byte) error {
	var n note
	if err := json.Unmarshal(line, &n); err != nil {
		return fmt.Errorf("note %q: %w", line, err)
	}
	switch n.What {
	case toldJob:
		w.jobs[n.ID] = max(w.jobs[n.ID], n.Version)
	case toldOwed:
		w.owed[n.ID] = n
		if n.Key != "" {
			w.newest[n.Key] = max(w.newest[n.Key], n.ID)
		}
	case willSend:
		w.sending[n.ID] = true
		if n.Key != "" {
			w.sendKeys[n.Key] = max(w.sendKeys[n.Key], n.ID)
		}
	case toldSent:
		w.sent[n.ID] = true
	case toldUpdate:
		w.updates[n.ID] = n
	case willHandle:
		w.handling[n.ID] = true
	case toldHandled:
		w.handled[n.ID] = true
	case toldButton:
		w.buttons[n.Key] = true
	case willPress:
		w.pressing[n.Key] = true
	case toldPressed:
		w.pressed[n.Key] = true
	case toldMemo:
		w.memos[n.Key] = max(w.memos[n.Key], n.ID)
	case toldSession:
		w.sessions[n.Number] = max(w.sessions[n.Number], n.Version)
	case toldCommits:
	default:
		return fmt.Errorf("a note of %q", n.What)
	}
	return nil
}

// nothing reports whether nobody was told anything yet.
func (w *told) nothing() bool {
	return len(w.jobs)+len(w.owed)+len(w.updates)+len(w.memos)+len(w.sessions) == 0
}

// everTold is how every version of every job looked, of all that the recording tells.
func everTold(r recording) (map[version]uint32, error) {
	all := map[version]uint32{}
	for _, e := range r.Events {
		var n note
		if e.Kind != noted {
			continue
		}
		if err := json.Unmarshal(e.Data, &n); err != nil {
			return nil, err
		}
		if n.What != toldJob {
			continue
		}
		v := version{n.ID, n.Version}
		if sum, known := all[v]; known && sum != n.Sum {
			return nil, fmt.Errorf("job %d was told in two ways at version %d", n.ID, n.Version)
		}
		all[v] = n.Sum
	}
	return all, nil
}

// refusedUnmade is the verdict on a file that cannot be opened and of which nobody was told anything.
const refusedUnmade = "refused while it was made"

// verify opens the file and reports what is missing or wrong in it. The verdict is "new" for a store
// that was not there and was made, and "whole" for one with all in it.
// Check compares the indexes with the jobs; asked to, thorough uses them as a bot does as well.
func (w *told) verify(path string, versions map[version]uint32, thorough bool) (verdict string, err error) {
	s, err := bolt.Open(path, quick())
	if err != nil {
		if w.nothing() {
			return refusedUnmade, nil
		}
		return "", fmt.Errorf("open: %w", err)
	}
	ctx := context.Background()
	fresh, err := s.Job(ctx, 1)
	err = errors.Join(ignoreMissing(err), s.Check(ctx), w.verifyJobs(ctx, s, versions), w.verifyNotices(ctx, s), w.verifyInbox(ctx, s), w.verifyTurns(ctx, s))
	if thorough {
		err = errors.Join(err, w.verifyIndexes(ctx, s))
	}
	err = errors.Join(err, s.Close())
	if fresh.ID == 0 {
		return "new", err
	}
	return "whole", err
}

func ignoreMissing(err error) error {
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	return err
}

// verifyJobs finds every job with its agent and in the list of the unfinished ones, as somebody made it.
func (w *told) verifyJobs(ctx context.Context, s *bolt.Store, versions map[version]uint32) error {
	due, at := map[storage.JobID]time.Time{}, map[uint64]uint64{}
	err := s.Unfinished(ctx, func(id storage.JobID, at time.Time) bool { due[id] = at; return true })
	if err != nil {
		return err
	}
	for a := range 4 {
		jobs, err := s.JobsOfAgent(ctx, storage.PersonID(2001+a), 0, 1000)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			at[uint64(j.ID)] = j.Version
			if sum, known := versions[version{uint64(j.ID), j.Version}]; !known || sum != jobSum(j) {
				return fmt.Errorf("%s, version %d, looks as nobody ever made it", j.ID, j.Version)
			}
			if d, there := due[j.ID]; there == j.State.Terminal() || there && !d.Equal(j.Due) {
				return fmt.Errorf("%s is %s, due %v, and is listed as unfinished: %v, %v", j.ID, j.State, j.Due, there, d)
			}
		}
	}
	for id, v := range w.jobs {
		if at[id] < v {
			return fmt.Errorf("%s was acknowledged at version %d and is at %d", storage.JobID(id), v, at[id])
		}
	}
	return nil
}

// verifyIndexes finds every job by its id, its number and its references.
func (w *told) verifyIndexes(ctx context.Context, s *bolt.Store) error {
	for id := range w.jobs {
		j, err := s.Job(ctx, storage.JobID(id))
		if err != nil {
			return err
		}
		page, err := s.JobsOfAccount(ctx, j.Account, j.ID+1, 1)
		if err != nil || len(page) != 1 || page[0].ID != j.ID {
			return fmt.Errorf("%s is not found by its number: %w", j.ID, err)
		}
		for _, attempt := range j.Attempts {
			if k, err := s.ByReference(ctx, attempt.Reference); err != nil || k.ID != j.ID {
				return fmt.Errorf("reference %s of %s leads to %s: %w", attempt.Reference, j.ID, k.ID, err)
			}
		}
	}
	return nil
}

// verifyNotices finds what is owed, unless somebody has begun to send it or a newer one took its place.
func (w *told) verifyNotices(ctx context.Context, s *bolt.Store) error {
	pending, err := s.Pending(ctx)
	if err != nil {
		return err
	}
	there, keys := map[uint64]uint32{}, map[string]uint64{}
	for _, n := range pending {
		there[uint64(n.ID)] = sumOf(n)
		if k := onlyOne(n); k != "" {
			keys[k] = uint64(n.ID)
		}
		if w.sent[uint64(n.ID)] {
			return fmt.Errorf("notice %d was sent and is owed again", n.ID)
		}
	}
	for id, n := range w.owed {
		sum, owed := there[id]
		switch {
		case owed && sum != n.Sum:
			return fmt.Errorf("notice %d has another content", id)
		case owed || w.sending[id]:
		case n.Key == "":
			return fmt.Errorf("notice %d was owed and is lost", id)
		case keys[n.Key] < w.newest[n.Key] && w.sendKeys[n.Key] < w.newest[n.Key]:
			return fmt.Errorf("the newest notice of %q was %d and is %d", n.Key, w.newest[n.Key], keys[n.Key])
		}
	}
	return nil
}

// verifyInbox finds every update that nobody has begun to handle, none that was handled, and knows the
// numbers of all.
func (w *told) verifyInbox(ctx context.Context, s *bolt.Store) error {
	waiting, err := s.Waiting(ctx)
	if err != nil {
		return err
	}
	there := map[uint64]uint32{}
	for _, u := range waiting {
		there[uint64(u.ID)] = sumOf(u)
		if w.handled[uint64(u.ID)] {
			return fmt.Errorf("update %d was handled and waits again", u.ID)
		}
	}
	var again []storage.Update
	for id, n := range w.updates {
		if sum, waits := there[id]; waits && sum != n.Sum || !waits && !w.handling[id] {
			return fmt.Errorf("update %d waits: %v, and has another content or nobody handled it", id, waits)
		}
		again = append(again, storage.Update{UpdateID: n.Number, Raw: []byte("{}"), Arrived: time.Now()})
	}
	if len(again) == 0 {
		return nil
	}
	accepted, err := s.Accept(ctx, again...)
	if err != nil || len(accepted) > 0 {
		return fmt.Errorf("%d updates are accepted a second time: %w", len(accepted), err)
	}
	return nil
}

// verifyTurns finds buttons that nobody has begun to press, none that was pressed, and every session and
// memo as new as it was told.
func (w *told) verifyTurns(ctx context.Context, s *bolt.Store) error {
	for key := range w.buttons {
		_, err := s.Keyboard(ctx, storage.KeyboardID([]byte(key)))
		if err := ignoreMissing(err); err != nil {
			return err
		}
		if there := err == nil; there && w.pressed[key] || !there && !w.pressing[key] {
			return fmt.Errorf("keyboard %s is there: %v", key, there)
		}
	}
	for chat, v := range w.sessions {
		if got, err := s.Session(ctx, storage.ChatID(chat)); err != nil || got.Version < v {
			return fmt.Errorf("session %d was at version %d and is at %d: %w", chat, v, got.Version, err)
		}
	}
	for name, v := range w.memos {
		var n uint64
		text, err := s.Memo(ctx, name)
		if err == nil {
			_, err = fmt.Sscan(string(text), &n)
		}
		if err != nil || n < v {
			return fmt.Errorf("memo %s was %d and is %d: %w", name, v, n, err)
		}
	}
	return nil
}
