package bolt

import (
	"bytes"
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"

	"rechargebot/storage"
)

// tx is a bbolt transaction that seals what is written and unseals what is read.
type tx struct {
	bolt  *bbolt.Tx
	step  func() error     // called before every write; an error is that of a failing disk. nil outside tests
	wrote bool             // something was written
	owed  []storage.Notice // notices owed in this transaction, in order, without those replaced in it
	moved []Moved          // what became of jobs in this transaction

	lately hearings // Store.lately; nil where nothing is written
}

func (t *tx) bucket(name string) *bbolt.Bucket {
	b := t.bolt.Bucket([]byte(name))
	if fill, ok := fillPercent(name); ok {
		b.FillPercent = fill
	}
	return b
}

// read returns the payload under the key, which lives as long as the transaction.
func (t *tx) read(bucket string, key []byte) (payload []byte, found bool, err error) {
	record := t.bucket(bucket).Get(key)
	if record == nil {
		return nil, false, t.absent(bucket, key)
	}
	seal := sealerOf(bucket)
	payload, err = seal.unseal(key, record)
	return payload, err == nil, err
}

// has reports whether there is a record under the key.
func (t *tx) has(bucket string, key []byte) (bool, error) {
	_, found, err := t.read(bucket, key)
	return found, err
}

// get decodes the JSON record under the key into v.
func (t *tx) get(bucket string, key []byte, v any) (found bool, err error) {
	payload, found, err := t.read(bucket, key)
	if err != nil || !found {
		return false, err
	}
	return true, decode(bucket, key, payload, v)
}

// number reads a record of eight bytes.
func (t *tx) number(bucket string, key []byte) (n uint64, found bool, err error) {
	payload, found, err := t.read(bucket, key)
	if err != nil || !found {
		return 0, false, err
	}
	if len(payload) != 8 {
		return 0, false, &damage{bucket, key, errShort}
	}
	return readUnsigned(payload), true, nil
}

func (t *tx) writing() error {
	t.wrote = true
	if t.step != nil {
		return t.step()
	}
	return nil
}

// write stores the payload under the key.
func (t *tx) write(bucket string, key, payload []byte) error {
	if err := t.writing(); err != nil {
		return err
	}
	seal := sealerOf(bucket)
	if err := t.bucket(bucket).Put(key, seal.seal(key, payload)); err != nil {
		return fmt.Errorf("write to bucket %q: %w", bucket, err)
	}
	return nil
}

// put stores v as JSON under the key.
func (t *tx) put(bucket string, key []byte, v any) error {
	payload, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode for bucket %q: %w", bucket, err)
	}
	return t.write(bucket, key, payload)
}

// remove deletes the record under the key, if there is one.
func (t *tx) remove(bucket string, key []byte) error {
	if err := t.writing(); err != nil {
		return err
	}
	if err := t.bucket(bucket).Delete(key); err != nil {
		return fmt.Errorf("delete from bucket %q: %w", bucket, err)
	}
	return nil
}

// next draws the next number of a bucket, from 1.
func (t *tx) next(bucket string) (uint64, error) {
	if err := t.writing(); err != nil {
		return 0, err
	}
	n, err := t.bucket(bucket).NextSequence()
	if err != nil {
		return 0, fmt.Errorf("number in bucket %q: %w", bucket, err)
	}
	return n, nil
}

// each calls f with every record whose key begins with prefix, in order, until f returns false.
func (t *tx) each(bucket string, prefix []byte, f func(key, payload []byte) (bool, error)) error {
	return t.eachFrom(bucket, prefix, prefix, f)
}

// eachFrom is each from a key on, which need not be there.
func (t *tx) eachFrom(bucket string, prefix, from []byte, f func(key, payload []byte) (bool, error)) error {
	seal, c := sealerOf(bucket), t.bucket(bucket).Cursor()
	var last []byte
	for k, record := c.Seek(from); k != nil && bytes.HasPrefix(k, prefix); k, record = c.Next() {
		payload, err := seal.unseal(k, record)
		if err != nil {
			return err
		}
		if last != nil && bytes.Compare(last, k) >= 0 {
			return seal.damaged(k, errOrder)
		}
		last = k
		if more, err := f(k, payload); err != nil || !more {
			return err
		}
	}
	return nil
}
