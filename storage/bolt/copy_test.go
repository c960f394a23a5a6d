package bolt_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/storage/bolt"
)

// copies writes a store that is open to a new file.
func copies(ctx context.Context, s *bolt.Store, to string) (err error) {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return s.Copy(ctx, f, func(int64) {})
}

// replaced makes a backup of the store, closes it, and puts the backup in its place.
func replaced(t *testing.T, s *bolt.Store, path string, copied time.Time) error {
	t.Helper()
	prepared := path + ".new-test"
	if err := copies(t.Context(), s, prepared); err != nil {
		return err
	}
	if _, err := bolt.Seal(t.Context(), prepared, "the copy", bolt.Mark{At: copied, Bot: "4242"}); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	accept := func(c bolt.Contents) error {
		if diff := cmp.Diff(bolt.Mark{At: copied, Bot: "4242"}, c.Mark); diff != "" {
			t.Errorf("the mark of the copy (-want +got):\n%s", diff)
		}
		return nil
	}
	if _, err := bolt.Unseal(t.Context(), prepared, "the copy", copied.Add(time.Minute), accept); err != nil {
		return err
	}
	kept := filepath.Join(t.TempDir(), "kept.db")
	_, err := bolt.Replace(prepared, path, kept)
	return err
}
