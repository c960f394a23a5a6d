package bolt

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// Job returns one job.
func (s *Store) Job(ctx context.Context, id storage.JobID) (j storage.Job, err error) {
	err = s.view(ctx, func(t *tx) error {
		j, err = t.job(id)
		return err
	})
	if err != nil {
		return storage.Job{}, fmt.Errorf("read %s: %w", id, err)
	}
	return j, nil
}

// job reads a job from where it lives.
func (t *tx) job(id storage.JobID) (j storage.Job, err error) {
	for _, bucket := range []string{bucketLive, bucketArchive} {
		found, err := t.get(bucket, jobKey(id), &j)
		if found && bucket == bucketLive {
			err = t.timely(j)
		}
		if err != nil || found {
			return j, err
		}
	}
	return storage.Job{}, t.never(id)
}

// ByReference finds the job of an attempt's reference.
func (s *Store) ByReference(ctx context.Context, ref providers.Reference) (j storage.Job, err error) {
	err = s.view(ctx, func(t *tx) error {
		id, found, err := t.number(bucketReference, []byte(ref))
		if err != nil || !found {
			return orNotFound(err)
		}
		j, err = t.indexed(bucketReference, []byte(ref), storage.JobID(id))
		return err
	})
	if err != nil {
		return storage.Job{}, fmt.Errorf("read job by reference: %w", err)
	}
	return j, nil
}

// indexed reads a job that an index speaks of, so that its absence is damage.
func (t *tx) indexed(index string, key []byte, id storage.JobID) (storage.Job, error) {
	j, err := t.job(id)
	if refusal(err) {
		return j, &damage{index, key, fmt.Errorf("%s is missing", id)}
	}
	return j, err
}

func orNotFound(err error) error {
	if err != nil {
		return err
	}
	return storage.ErrNotFound
}

// dueEntry is what recovery holds of an unfinished job.
type dueEntry struct {
	id  storage.JobID
	due int64 // ns since 1970
}

// dueChunk is how many of them are allocated at a time.
const dueChunk = 4096

// Unfinished calls yield with every job that is due some time, in order of due time. It reads the due index alone,
// in one snapshot, and holds no transaction while yield runs, so yield may use the store.
func (s *Store) Unfinished(ctx context.Context, yield func(id storage.JobID, due time.Time) bool) error {
	var chunks [][]dueEntry
	err := s.view(ctx, func(t *tx) error {
		chunk := make([]dueEntry, 0, dueChunk)
		seal, c := sealerOf(bucketDue), t.bucket(bucketDue).Cursor()
		var last []byte
		for key, record := c.First(); key != nil; key, record = c.Next() {
			if err := seal.entry(key, record); err != nil {
				return err
			}
			if bytes.Compare(last, key) >= 0 {
				return seal.damaged(key, errOrder)
			}
			last = key
			if len(chunk) == dueChunk {
				chunks, chunk = append(chunks, chunk), make([]dueEntry, 0, dueChunk)
			}
			due, id, _ := readDueKey(key)
			chunk = append(chunk, dueEntry{id, due})
		}
		chunks = append(chunks, chunk)
		return nil
	})
	if err != nil {
		return fmt.Errorf("list unfinished jobs: %w", err)
	}
	for _, chunk := range chunks {
		for _, e := range chunk {
			if !yield(e.id, time.Unix(0, e.due).UTC()) {
				return nil
			}
		}
	}
	return nil
}

// RecoverSending moves every job found in Sending to Unknown, in one commit.
func (s *Store) RecoverSending(ctx context.Context, now time.Time) (n int, err error) {
	err = s.submit(ctx, func(t *tx) (func() error, error) {
		var moves []transition
		err := t.each(bucketDue, nil, func(key, _ []byte) (bool, error) {
			_, id, sending := readDueKey(key)
			if !sending {
				return true, nil
			}
			j, err := t.indexed(bucketDue, key, id)
			if err != nil {
				return false, err
			}
			m, err := t.check(storage.Move{
				Now: now, Job: id, Version: j.Version, To: storage.Unknown, Due: now,
				By: "boot", Note: "found in sending at the start",
			})
			moves = append(moves, m)
			return true, err
		})
		if err != nil {
			return nil, err
		}
		n = len(moves)
		return func() error {
			for _, m := range moves {
				if err := t.take(m); err != nil {
					return err
				}
			}
			return nil
		}, nil
	})
	if err != nil {
		return 0, fmt.Errorf("recover jobs in sending: %w", err)
	}
	return n, nil
}

// store writes a job where it belongs, and its entries in the indexes of what is due and what waits for a person. before is nil for a new job.
func (t *tx) store(before *storage.Job, j storage.Job) error {
	t.moves(before, j)
	if before != nil && !before.NeverDue() {
		if err := t.remove(bucketDue, dueKey(*before)); err != nil {
			return err
		}
	}
	if before != nil && !before.State.Terminal() && j.State.Terminal() {
		if err := t.remove(bucketLive, jobKey(j.ID)); err != nil {
			return err
		}
	}
	if !j.NeverDue() {
		if err := t.write(bucketDue, dueKey(j), nil); err != nil {
			return err
		}
	}
	if err := t.storeAtDesk(before, j); err != nil {
		return err
	}
	if j.State.Terminal() {
		return t.put(bucketArchive, jobKey(j.ID), j)
	}
	return t.put(bucketLive, jobKey(j.ID), j)
}

// storeAtDesk notes whether a job waits for a person.
func (t *tx) storeAtDesk(before *storage.Job, j storage.Job) error {
	switch waited, waits := before != nil && before.WaitsForPerson(), j.WaitsForPerson(); {
	case waits && !waited:
		return t.write(bucketDesk, jobKey(j.ID), nil)
	case waited && !waits:
		return t.remove(bucketDesk, jobKey(j.ID))
	}
	return nil
}

// spend changes the day's sum in which the job counts.
func (t *tx) spend(j storage.Job, minor int64) error {
	key := spentKey(j.Agent, j.Amount.Currency, j.Day)
	sum, err := t.spent(j.Agent, j.Amount.Currency, j.Day)
	if err != nil {
		return err
	}
	if sum += minor; sum < 0 {
		return &damage{bucketSpent, key, fmt.Errorf("the sum would be %d", sum)}
	}
	return t.write(bucketSpent, key, signed(sum))
}

// spent is the day's sum in minor units.
func (t *tx) spent(agent storage.PersonID, c providers.Currency, day string) (int64, error) {
	key := spentKey(agent, c, day)
	payload, found, err := t.read(bucketSpent, key)
	if err != nil || !found {
		return 0, err
	}
	if len(payload) != 8 {
		return 0, &damage{bucketSpent, key, errShort}
	}
	return readSigned(payload), nil
}
