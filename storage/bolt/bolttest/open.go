// Package bolttest gives tests a store of their own.
package bolttest

import (
	"path/filepath"
	"testing"

	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// Open opens an empty store, in a file that goes with the test and that nothing is synced to. It is closed at the
// test's end.
func Open(t testing.TB) storage.Store {
	t.Helper()
	store, err := bolt.Open(filepath.Join(t.TempDir(), "test.db"), bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}
