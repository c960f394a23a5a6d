package bolt

import (
	"bytes"
	"errors"
	"fmt"

	"rechargebot/storage"
)

var (
	errOrder   = errors.New("out of order")
	errMissing = errors.New("missing")
)

// absent doubts that there is no record under the key, which bbolt did not find.
func (t *tx) absent(bucket string, key []byte) error {
	if err := t.beside(bucket, key); err != nil {
		return err
	}
	if k, _ := t.bucket(bucket).Cursor().Seek(key); k != nil && bytes.Equal(k, key) {
		seal := sealerOf(bucket)
		return seal.damaged(key, errOrder)
	}
	return nil
}

// beside checks the records at the key's place and before it. bbolt finds nothing, or something else, also where a
// bit of a record's key has flipped, or one of a page that leads to it: then one of these is damaged or
// lies on the wrong side.
func (t *tx) beside(bucket string, key []byte) error {
	seal, c := sealerOf(bucket), t.bucket(bucket).Cursor()
	next, record := c.Seek(key)
	if next != nil {
		if _, err := seal.unseal(next, record); err != nil {
			return err
		}
		if bytes.Compare(next, key) < 0 {
			return seal.damaged(key, errOrder)
		}
	}
	last := c.Prev
	if next == nil {
		last = c.Last
	}
	before, record := last()
	if before == nil {
		return nil
	}
	if _, err := seal.unseal(before, record); err != nil {
		return err
	}
	if bytes.Compare(before, key) >= 0 {
		return seal.damaged(key, errOrder)
	}
	return nil
}

// never is the error for a job that is in neither bucket: no job is ever removed, so that one with a
// number that was given out here is lost.
func (t *tx) never(id storage.JobID) error {
	if id == 0 || uint64(id) > t.bucket(bucketLive).Sequence() {
		return storage.ErrNotFound
	}
	switch _, left, err := t.skipped(id); {
	case err != nil:
		return err
	case left:
		return storage.ErrNotFound
	}
	return &damage{bucketLive, jobKey(id), errMissing}
}

// timely checks that an unfinished job is listed as due when it says. A job of an older time, which a disk
// that has lost a write gives back, mostly is not.
func (t *tx) timely(j storage.Job) error {
	if j.State.Terminal() {
		return &damage{bucketLive, jobKey(j.ID), fmt.Errorf("it is %s", j.State)}
	}
	listed, err := t.has(bucketDue, dueKey(j))
	if err == nil && !listed {
		err = &damage{bucketLive, jobKey(j.ID), errOrder}
	}
	return err
}
