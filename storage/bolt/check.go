package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"rechargebot/storage"
)

// maxFindings bounds what Check reports.
const maxFindings = 20

// checker walks one snapshot and collects what contradicts itself.
type checker struct {
	*tx
	findings []error
}

func (c *checker) report(format string, args ...any) {
	if len(c.findings) < maxFindings {
		c.findings = append(c.findings, fmt.Errorf(format, args...))
	}
}

// Check walks the whole store: every record, every index both ways, and bbolt's own structure. What it
// finds is reported and does not break the store. Nothing is written while the structure is walked. bbolt's
// own check runs last, because it may end the process where a survey of the pages finds something.
func (s *Store) Check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.brokenError(); err != nil {
		return err
	}
	var c checker
	_, err := s.snapshot(c.walk)
	if errors.Is(err, errClosed) {
		return err
	}
	if err == nil && len(c.findings) == 0 {
		err = s.betweenCommits(ctx, c.structure)
	}
	if err != nil {
		c.findings = append(c.findings, err)
	}
	if len(c.findings) > 0 {
		return fmt.Errorf("check %s: %w", s.path, errors.Join(c.findings...))
	}
	return nil
}

// walk checks the records against each other.
func (c *checker) walk(t *tx) error {
	c.tx = t
	for _, part := range []func() error{
		c.records, c.jobs, c.dueIndex, c.jobIndexes, c.sums, c.notices, c.keyboards, c.inbox, c.sessions, c.meta,
	} {
		if err := part(); err != nil {
			c.report("%w", err)
		}
	}
	return nil
}

// structure surveys the file, and asks bbolt whether every page is used exactly once.
func (c *checker) structure(t *tx) error {
	if err := surveyFile(t.bolt.DB().Path()); err != nil {
		return fmt.Errorf("structure: %w", err)
	}
	for err := range t.bolt.Check() {
		c.report("structure: %w", err)
	}
	return nil
}

// betweenCommits runs f in a snapshot while no transaction writes: bbolt's check reads what a writer
// changes in memory.
func (s *Store) betweenCommits(ctx context.Context, f func(*tx) error) error {
	done := make(chan error, 1)
	run := func() {
		_, err := s.snapshot(f)
		done <- err
	}
	select {
	case s.between <- run:
		return <-done
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return errClosed
	}
}

// records unseals every record of every bucket.
func (c *checker) records() error {
	for _, name := range bucketNames() {
		var last []byte
		seal, cursor := sealerOf(name), c.bucket(name).Cursor()
		for k, record := cursor.First(); k != nil; k, record = cursor.Next() {
			if last != nil && bytes.Compare(last, k) >= 0 {
				return seal.damaged(k, errOrder) // pages may lead round in a circle
			}
			last = k
			if _, err := seal.unseal(k, record); err != nil {
				c.report("%w", err)
			}
		}
	}
	return nil
}

// allJobs calls f with every job and the bucket that it lives in.
func (c *checker) allJobs(f func(bucket string, j storage.Job) error) error {
	for _, bucket := range []string{bucketLive, bucketArchive} {
		err := c.each(bucket, nil, func(key, payload []byte) (bool, error) {
			var j storage.Job
			if err := decode(bucket, key, payload, &j); err != nil {
				return false, err
			}
			if string(jobKey(j.ID)) != string(key) {
				c.report("%s is stored under key %x", j.ID, key)
			}
			return true, f(bucket, j)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// jobs checks each job in itself and that the indexes know it.
func (c *checker) jobs() error {
	newest := storage.JobID(c.bucket(bucketLive).Sequence())
	return c.allJobs(func(bucket string, j storage.Job) error {
		if (bucket == bucketArchive) != j.State.Terminal() {
			c.report("%s is %s and lives in bucket %q", j.ID, j.State, bucket)
		}
		if other, err := c.has(bucketArchive, jobKey(j.ID)); bucket == bucketLive && (err != nil || other) {
			c.report("%s lives in two buckets (%v)", j.ID, err)
		}
		if j.ID == 0 || j.ID > newest {
			c.report("%s is newer than the newest job", j.ID)
		}
		if j.Due.IsZero() != j.NeverDue() {
			c.report("%s is %s with due time %v", j.ID, j.State, j.Due)
		}
		if j.Verdict != nil && !stands(*j.Verdict, j) {
			c.report("%s is %s with a verdict that leads to %q", j.ID, j.State, j.Verdict.To)
		}
		c.historyOf(j)
		c.attemptsOf(j)
		keys := map[string][]byte{
			bucketAgent:   append(agentPrefix(j.Agent), jobKey(j.ID)...),
			bucketAccount: append(accountPrefix(j.Account), jobKey(j.ID)...),
		}
		if !j.NeverDue() {
			keys[bucketDue] = dueKey(j)
		}
		if j.WaitsForPerson() {
			keys[bucketDesk] = jobKey(j.ID)
		}
		for index, key := range keys {
			if found, err := c.has(index, key); err != nil || !found {
				c.report("%s is missing in index %q (%v)", j.ID, index, err)
			}
		}
		return nil
	})
}

// historyOf checks that the history leads from the creation to the state by legal moves.
func (c *checker) historyOf(j storage.Job) {
	var at storage.State
	for i, line := range j.History {
		legal := line.From != line.To && at.MayBecome(line.To) || fromRestore(line)
		if line.From != at || i == 0 && line.To != storage.Queued || i > 0 && !legal {
			c.report("%s has the history line %q to %q after %q", j.ID, line.From, line.To, at)
		}
		at = line.To
	}
	if at != j.State {
		c.report("%s is %s and its history ends in %q", j.ID, j.State, at)
	}
	if j.Version < uint64(len(j.History)) {
		c.report("%s has version %d after %d changes", j.ID, j.Version, len(j.History))
	}
}

// attemptsOf checks the attempts against the state, and their references.
func (c *checker) attemptsOf(j storage.Job) {
	for i, a := range j.Attempts {
		if a.Closed.IsZero() != (a.Proof == storage.ProofNone) || a.Closed.IsZero() && i != len(j.Attempts)-1 {
			c.report("%s has attempt %d closed %v by %q", j.ID, i, a.Closed, a.Proof)
		}
		if len(a.Evidence) > storage.MaxEvidence {
			c.report("%s has %d exchanges with attempt %d", j.ID, len(a.Evidence), i)
		}
		if id, found, err := c.number(bucketReference, []byte(a.Reference)); err != nil || !found || storage.JobID(id) != j.ID {
			c.report("%s has a reference that leads to job %d (%v)", j.ID, id, err)
		}
	}
	if (j.OpenAttempt() != nil) != underWay(j.State) && !unsure(j) {
		c.report("%s is %s with an open attempt: %v", j.ID, j.State, j.OpenAttempt() != nil)
	}
}

// dueIndex checks that each due entry is that of a job that is due, and each entry of the desk that of one
// that waits for a person.
func (c *checker) dueIndex() error {
	err := c.each(bucketDesk, nil, func(key, _ []byte) (bool, error) {
		j, err := c.indexed(bucketDesk, key, storage.JobID(readUnsigned(key)))
		if err == nil && !j.WaitsForPerson() {
			c.report("%s is %s and has an entry at the desk", j.ID, j.State)
		}
		return true, err
	})
	if err != nil {
		return err
	}
	return c.each(bucketDue, nil, func(key, _ []byte) (bool, error) {
		_, id, _ := readDueKey(key)
		j, err := c.indexed(bucketDue, key, id)
		if err == nil && (j.NeverDue() || string(dueKey(j)) != string(key)) {
			c.report("%s is %s, due %v, and has due entry %x", j.ID, j.State, j.Due, key)
		}
		return true, err
	})
}
