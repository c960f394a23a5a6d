package bolt

import (
	"bytes"
	"fmt"
	"runtime/debug"

	"go.etcd.io/bbolt"

	"rechargebot/storage"
)

// migrate brings an older file to the present schema, in one commit, before anything else is written.
// What is no store, or of a schema that is not known, is left for begin to refuse.
func (s *Store) migrate(never bool) error {
	var schema int
	_, err := s.snapshot(func(t *tx) error {
		if t.bolt.Bucket([]byte(bucketMeta)) == nil {
			return nil
		}
		_, err := t.get(bucketMeta, []byte(metaSchema), &schema)
		return err
	})
	if err != nil || schema < 1 || schema >= schemaVersion {
		return err
	}
	if never {
		return ErrOlder
	}
	if err := s.upgrade(schema); err != nil {
		return fmt.Errorf("bring it from schema %d to %d: %w", schema, schemaVersion, err)
	}
	return nil
}

func (s *Store) upgrade(from int) (err error) {
	fault := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(fault)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the file is damaged, restore a backup: %v", p)
		}
	}()
	return s.db.Update(func(b *bbolt.Tx) error {
		t := &tx{bolt: b}
		for _, step := range []func() error{t.toSchema2, t.toSchema3, t.toSchema4}[from-1:] {
			if err := step(); err != nil {
				return err
			}
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

// toSchema3 chains the lines of the audit log, as they are found.
func (t *tx) toSchema3() error {
	var lines []auditLine
	err := t.each(bucketAudit, nil, func(key, payload []byte) (bool, error) {
		var line auditLine
		if err := decode(bucketAudit, key, payload, &line); err != nil {
			return false, err
		}
		lines = append(lines, line)
		if readUnsigned(key) != uint64(len(lines)) {
			return false, auditBrokenf("line %d is missing", len(lines))
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	var head auditHead
	for _, line := range lines {
		if err := t.chain(&head, line); err != nil {
			return err
		}
	}
	return t.put(bucketMeta, []byte(metaAudit), head)
}

// toSchema4 makes room for the time beside each remembered number of an update; it is not known of those that are there.
func (t *tx) toSchema4() error {
	rows := map[string][]byte{}
	err := t.each(bucketRing, nil, func(key, payload []byte) (bool, error) {
		if len(payload) != 8 {
			return false, &damage{bucketRing, key, errShort}
		}
		rows[string(key)] = append(bytes.Clone(payload), signed(0)...)
		return true, nil
	})
	if err != nil {
		return err
	}
	for key, row := range rows {
		if err := t.write(bucketRing, []byte(key), row); err != nil {
			return err
		}
	}
	return nil
}
