package bolt

import (
	"fmt"
	"runtime/debug"

	"go.etcd.io/bbolt"

	"rechargebot/storage"
)

// migrate brings an older file to the present schema, in one commit, before anything else is written.
// What is no store, or of a schema that is not known, is left for begin to refuse.
func (s *Store) migrate() error {
	var schema int
	_, err := s.snapshot(func(t *tx) error {
		if t.bolt.Bucket([]byte(bucketMeta)) == nil {
			return nil
		}
		_, err := t.get(bucketMeta, []byte(metaSchema), &schema)
		return err
	})
	if err != nil || schema != 1 {
		return err
	}
	if err := s.upgrade(); err != nil {
		return fmt.Errorf("bring it from schema %d to %d: %w", schema, schemaVersion, err)
	}
	return nil
}

func (s *Store) upgrade() (err error) {
	fault := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(fault)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the file is damaged, restore a backup: %v", p)
		}
	}()
	return s.db.Update(func(b *bbolt.Tx) error {
		t := &tx{bolt: b}
		if err := t.toSchema2(); err != nil {
			return err
		}
		return t.put(bucketMeta, []byte(metaSchema), schemaVersion)
	})
}

// toSchema2 makes the index of the jobs that wait for a person.
func (t *tx) toSchema2() error {
	if _, err := t.bolt.CreateBucketIfNotExists([]byte(bucketDesk)); err != nil {
		return err
	}
	var waiting []storage.Job
	err := t.each(bucketLive, nil, func(key, payload []byte) (bool, error) {
		var j storage.Job
		err := decode(bucketLive, key, payload, &j)
		if j.WaitsForPerson() {
			waiting = append(waiting, j)
		}
		return true, err
	})
	if err != nil {
		return err
	}
	for _, j := range waiting {
		if err := t.storeAtDesk(nil, j); err != nil {
			return err
		}
	}
	return nil
}
