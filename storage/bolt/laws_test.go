package bolt_test

import (
	"path/filepath"
	"testing"
	"time"

	"rechargebot/storage"
	"rechargebot/storage/bolt"
	"rechargebot/storage/storagetest"
)

func TestLaws(t *testing.T) {
	t.Parallel()
	storagetest.Test(t, harness)
}

// harness is a fresh store whose disk fails on demand.
func harness(t *testing.T) storagetest.Harness {
	path := filepath.Join(t.TempDir(), "store.db")
	faults := new(bolt.Faults)
	open := func() (*bolt.Store, error) {
		return bolt.Open(path, bolt.WithFaults(bolt.Options{NoSync: true}, faults))
	}
	s, err := open()
	if err != nil {
		t.Fatal(err)
	}
	return storagetest.Harness{
		Store: s,
		Reopen: func() (storage.Store, error) {
			if err := s.Close(); err != nil {
				return nil, err
			}
			next, err := open()
			s = next
			return next, err
		},
		Restore: func(copied time.Time) (storage.Store, error) {
			if err := replaced(t, s, path, copied); err != nil {
				return nil, err
			}
			next, err := open()
			s = next
			return next, err
		},
		FailWrite:  faults.Write,
		FailCommit: faults.Commit,
	}
}
