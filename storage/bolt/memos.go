package bolt

import (
	"bytes"
	"context"
	"fmt"

	"rechargebot/storage"
)

// maxMemoName bounds a memo's key, far above any watcher's name.
const maxMemoName = 1024

// Memo returns what a watcher remembers.
func (s *Store) Memo(ctx context.Context, name string) (value []byte, err error) {
	err = s.view(ctx, func(t *tx) error {
		payload, found, err := t.read(bucketMemos, []byte(name))
		if err != nil || !found {
			return orNotFound(err)
		}
		value = bytes.Clone(payload)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read memo %q: %w", name, err)
	}
	return value, nil
}

// SetMemo stores what a watcher remembers, and owes the notices that its change causes.
func (s *Store) SetMemo(ctx context.Context, name string, value []byte, notices ...storage.Notice) error {
	err := encodable(notices)
	if name == "" || len(name) > maxMemoName {
		err = errMemoName()
	}
	if err == nil {
		err = s.submit(ctx, func(t *tx) (func() error, error) {
			return func() error {
				if err := t.write(bucketMemos, []byte(name), value); err != nil {
					return err
				}
				return t.oweAll(notices)
			}, t.checkNotices(notices)
		})
	}
	if err != nil {
		return fmt.Errorf("store memo %q: %w", name, err)
	}
	return nil
}

func errMemoName() error {
	return fmt.Errorf("a memo needs a name of up to %d bytes: %w", maxMemoName, storage.ErrIllegal)
}
