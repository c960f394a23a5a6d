package bolt

import (
	"bytes"
	"errors"
	"sync"

	"go.etcd.io/bbolt"
)

// Faults makes writes and commits of a store fail as a disk does.
type Faults struct {
	mu     sync.Mutex
	write  int  // the write to fail, counted down; 0 = none
	commit bool // the next commit errs
	happen bool // and is on the disk nevertheless
}

var errDisk = errors.New("input/output error")

// Write makes the n-th write from now on fail.
func (f *Faults) Write(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.write = n
}

// Commit makes the next commit err.
func (f *Faults) Commit(happened bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.commit, f.happen = true, happened
}

func (f *Faults) step() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.write == 0 {
		return nil
	}
	if f.write--; f.write == 0 {
		return errDisk
	}
	return nil
}

func (f *Faults) committing(happened bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.commit || f.happen != happened {
		return nil
	}
	f.commit = false
	return errDisk
}

// WithFaults returns the options of a store that fails on demand.
func WithFaults(o Options, f *Faults) Options {
	o.hooks = hooks{
		step:      f.step,
		commit:    func() error { return f.committing(false) },
		committed: func() error { return f.committing(true) },
	}
	return o
}

// WithCommitted returns the options of a store that calls f after each of its commits, before anybody
// is told about it: where a sync would still be under way.
func WithCommitted(o Options, f func()) Options {
	o.hooks.committed = func() error { f(); return nil }
	return o
}

// Rewrite changes a store's file behind its back: f gets a bucket's name and one of its records, and
// returns what to write in its place, nil for nothing.
func Rewrite(path string, f func(bucket string, key, record []byte) []byte) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		return err
	}
	err = db.Update(func(b *bbolt.Tx) error {
		for _, name := range bucketNames() {
			changed := map[string][]byte{}
			_ = b.Bucket([]byte(name)).ForEach(func(k, v []byte) error {
				if next := f(name, k, bytes.Clone(v)); next != nil {
					changed[string(k)] = next
				}
				return nil
			})
			for k, v := range changed {
				if err := b.Bucket([]byte(name)).Put([]byte(k), v); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return errors.Join(err, db.Close())
}

// Sealed is a record as the store would write it.
func Sealed(bucket string, key, payload []byte) []byte {
	s := sealerOf(bucket)
	return s.seal(key, payload)
}

// ToSchema1 makes a file what the first schema made of it.
func ToSchema1(path string) error {
	return behind(path, func(t *tx) error {
		return errors.Join(t.untime(), t.unchain(), t.bolt.DeleteBucket([]byte(bucketDesk)), t.put(bucketMeta, []byte(metaSchema), 1))
	})
}

// ToSchema2 makes a file what the second schema made of it.
func ToSchema2(path string) error {
	return behind(path, func(t *tx) error {
		return errors.Join(t.untime(), t.unchain(), t.put(bucketMeta, []byte(metaSchema), 2))
	})
}

// ToSchema3 makes a file what the third schema made of it.
func ToSchema3(path string) error {
	return behind(path, func(t *tx) error {
		return errors.Join(t.untime(), t.put(bucketMeta, []byte(metaSchema), 3))
	})
}

// untime takes the times from the remembered numbers of updates.
func (t *tx) untime() error {
	rows := map[string][]byte{}
	err := t.each(bucketRing, nil, func(key, payload []byte) (bool, error) {
		rows[string(key)] = bytes.Clone(payload[:8])
		return true, nil
	})
	for key, row := range rows {
		err = errors.Join(err, t.write(bucketRing, []byte(key), row))
	}
	return err
}

// unchain makes the audit log what it was before its lines were chained.
func (t *tx) unchain() error {
	lines := map[string]auditLine{}
	err := t.each(bucketAudit, nil, func(key, payload []byte) (bool, error) {
		var line auditLine
		err := decode(bucketAudit, key, payload, &line)
		line.Before = nil
		lines[string(key)] = line
		return true, err
	})
	for key, line := range lines {
		err = errors.Join(err, t.put(bucketAudit, []byte(key), line))
	}
	return errors.Join(err, t.remove(bucketMeta, []byte(metaAudit)))
}

// behind changes a store's file behind its back.
func behind(path string, f func(*tx) error) error {
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	err = db.Update(func(b *bbolt.Tx) error { return f(&tx{bolt: b}) })
	return errors.Join(err, db.Close())
}

// Touch changes the audit log behind the store's back, records sealed as they should be: f gets its payloads, the
// first at 0, and returns what to leave of them.
func Touch(path string, f func(lines [][]byte) [][]byte) error {
	return behind(path, func(t *tx) error {
		var lines [][]byte
		err := t.each(bucketAudit, nil, func(_, payload []byte) (bool, error) {
			lines = append(lines, bytes.Clone(payload))
			return true, nil
		})
		for n := range lines {
			err = errors.Join(err, t.remove(bucketAudit, unsigned(uint64(n+1))))
		}
		for i, payload := range f(lines) {
			if payload != nil {
				err = errors.Join(err, t.write(bucketAudit, unsigned(uint64(i+1)), payload))
			}
		}
		return err
	})
}

// Forget removes what says where the audit log ends, or says that it ends after so many lines.
func Forget(path string, lines uint64) error {
	return behind(path, func(t *tx) error {
		if lines == 0 {
			return t.remove(bucketMeta, []byte(metaAudit))
		}
		head, err := t.auditHead()
		head.Lines = lines
		return errors.Join(err, t.bucket(bucketAudit).SetSequence(lines), t.put(bucketMeta, []byte(metaAudit), head))
	})
}
