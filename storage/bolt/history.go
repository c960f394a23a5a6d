package bolt

import (
	"bytes"
	"context"
	"fmt"

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

// page walks an index backwards from below the job before.
func (s *Store) page(ctx context.Context, index string, prefix []byte, before storage.JobID, limit int) (out []storage.Job, err error) {
	err = s.view(ctx, func(t *tx) error {
		if before == 0 {
			before = ^storage.JobID(0)
		}
		seal, c := sealerOf(index), t.bucket(index).Cursor()
		k, _ := c.Seek(append(bytes.Clone(prefix), jobKey(before)...))
		var record []byte
		if k == nil {
			k, record = c.Last()
		} else {
			k, record = c.Prev()
		}
		for ; len(out) < limit && k != nil && bytes.HasPrefix(k, prefix); k, record = c.Prev() {
			if _, err := seal.unseal(k, record); err != nil {
				return err
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
