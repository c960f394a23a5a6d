package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"rechargebot/providers"
	"rechargebot/storage"
)

// JobsOfAgent is a page of an agent's jobs, newest first.
func (s *Store) JobsOfAgent(ctx context.Context, agent storage.PersonID, before storage.JobID, limit int) ([]storage.Job, error) {
	jobs, err := s.page(ctx, bucketAgent, agentPrefix(agent), before, limit)
	if err != nil {
		return nil, fmt.Errorf("list jobs of person %d: %w", agent, err)
	}
	return jobs, nil
}

// JobsOfAccount is a page of a number's jobs, newest first.
func (s *Store) JobsOfAccount(ctx context.Context, account providers.MSISDN, before storage.JobID, limit int) ([]storage.Job, error) {
	if len(account) > maxAccount {
		return nil, nil // no order has such a number
	}
	jobs, err := s.page(ctx, bucketAccount, accountPrefix(account), before, limit)
	if err != nil {
		return nil, fmt.Errorf("list jobs of %s: %w", account.Masked(), err)
	}
	return jobs, nil
}

// JobsOfAll is a page of everybody's jobs, newest first. No job is ever removed, so that its number is as good as an
// index; what a restore has left out is left out at once.
func (s *Store) JobsOfAll(ctx context.Context, before storage.JobID, limit int) (out []storage.Job, err error) {
	err = s.view(ctx, func(t *tx) error {
		id := storage.JobID(t.bucket(bucketLive).Sequence())
		if before != 0 {
			id = min(id, before-1)
		}
		for ; id > 0 && len(out) < limit; id-- {
			j, err := t.job(id)
			if errors.Is(err, storage.ErrNotFound) {
				row, _, err := t.skipped(id)
				if err != nil {
					return err
				}
				id = row.After + 1
				continue
			}
			if err != nil {
				return err
			}
			out = append(out, j)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	return out, nil
}

// UnfinishedOfAccount is every unfinished job of a number, newest first.
func (s *Store) UnfinishedOfAccount(ctx context.Context, account providers.MSISDN) (jobs []storage.Job, err error) {
	if len(account) > maxAccount {
		return nil, nil // no order has such a number
	}
	err = s.view(ctx, func(t *tx) error {
		jobs, err = t.unfinishedOf(account)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list unfinished jobs of %s: %w", account.Masked(), err)
	}
	return jobs, nil
}

// unfinishedOf walks the number's jobs and the live ones side by side. Each skips to where the other is,
// so that neither the many finished jobs of a busy number nor the live ones of all others are read.
func (t *tx) unfinishedOf(account providers.MSISDN) (out []storage.Job, err error) {
	prefix := accountPrefix(account)
	index, jobs := sealerOf(bucketAccount), sealerOf(bucketLive)
	of, live := t.bucket(bucketAccount).Cursor(), t.bucket(bucketLive).Cursor()
	for at := storage.JobID(1); ; {
		k, entry := of.Seek(append(bytes.Clone(prefix), jobKey(at)...))
		if !bytes.HasPrefix(k, prefix) {
			return reversed(out), t.beside(bucketAccount, append(bytes.Clone(prefix), jobKey(at)...))
		}
		if _, err := index.unseal(k, entry); err != nil {
			return nil, err
		}
		id := storage.JobID(readUnsigned(k[len(prefix):]))
		l, record := live.Seek(jobKey(id))
		if err := errors.Join(t.beside(bucketAccount, k), t.beside(bucketLive, jobKey(id))); err != nil {
			return nil, err
		}
		if l == nil {
			return reversed(out), nil
		}
		payload, err := jobs.unseal(l, record)
		if err != nil {
			return nil, err
		}
		if at = storage.JobID(readUnsigned(l)); at != id {
			continue
		}
		var j storage.Job
		if err := decode(bucketLive, l, payload, &j); err != nil {
			return nil, err
		}
		out = append(out, j)
		at++
	}
}

func reversed(jobs []storage.Job) []storage.Job {
	slices.Reverse(jobs)
	return jobs
}

// page walks an index backwards from below the job before.
func (s *Store) page(ctx context.Context, index string, prefix []byte, before storage.JobID, limit int) (out []storage.Job, err error) {
	err = s.view(ctx, func(t *tx) error {
		if before == 0 {
			before = ^storage.JobID(0)
		}
		last := append(bytes.Clone(prefix), jobKey(before)...)
		if err := t.beside(index, last); err != nil {
			return err
		}
		seal, c := sealerOf(index), t.bucket(index).Cursor()
		for k, record := below(c, prefix, before); len(out) < limit && k != nil; k, record = c.Prev() {
			if _, err := seal.unseal(k, record); err != nil {
				return err
			}
			if bytes.Compare(k, last) >= 0 {
				return seal.damaged(k, errOrder)
			}
			if last = k; !bytes.HasPrefix(k, prefix) {
				break
			}
			j, err := t.indexed(index, k, storage.JobID(readUnsigned(k[len(prefix):])))
			if err != nil {
				return err
			}
			out = append(out, j)
		}
		return nil
	})
	return out, err
}

// below puts the cursor on the last entry before that of the job, which is another prefix's when there is none.
func below(c *bbolt.Cursor, prefix []byte, before storage.JobID) (key, record []byte) {
	if k, _ := c.Seek(append(bytes.Clone(prefix), jobKey(before)...)); k == nil {
		return c.Last()
	}
	return c.Prev()
}

// newestJob is the newest job of a number, 0 when there is none.
func (t *tx) newestJob(account providers.MSISDN) (storage.JobID, error) {
	prefix, seal := accountPrefix(account), sealerOf(bucketAccount)
	if err := t.beside(bucketAccount, append(bytes.Clone(prefix), jobKey(^storage.JobID(0))...)); err != nil {
		return 0, err
	}
	k, record := below(t.bucket(bucketAccount).Cursor(), prefix, ^storage.JobID(0))
	if !bytes.HasPrefix(k, prefix) {
		return 0, nil
	}
	if _, err := seal.unseal(k, record); err != nil {
		return 0, err
	}
	return storage.JobID(readUnsigned(k[len(prefix):])), nil
}
