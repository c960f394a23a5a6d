package bolt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"rechargebot/storage"
)

// Unseal makes of a copy, which nobody uses, a store that begins in quarantine: it checks all of it, asks accept, and
// exchanges its mark. A store that was never sealed is taken as one of the time of the newest thing in it. named
// is what errors call the file. When it returns nil, the file is on the disk.
func Unseal(ctx context.Context, path, named string, now time.Time, accept func(Contents) error) (c Contents, err error) {
	s, err := Open(path, Options{copied: true, named: named})
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Check(ctx); err != nil {
		return c, err
	}
	if c, err = s.contents(ctx); err != nil {
		return c, err
	}
	if c.At, err = s.age(ctx, c.At, now); err != nil {
		return c, err
	}
	if err := accept(c); err != nil {
		return c, err
	}
	err = s.enqueue(ctx, func(t *tx) (func() error, error) {
		return func() error {
			return errors.Join(
				t.remove(bucketMeta, []byte(metaCopy)),
				t.put(bucketMeta, []byte(metaRestored), storage.Restored{Copied: c.At, At: now}),
				t.audit(now, 0, "restored from a copy of "+c.At.UTC().Format(time.RFC3339)),
			)
		}, nil
	})
	if err != nil {
		return c, fmt.Errorf("prepare %s: %w", named, err)
	}
	return c, nil
}

// age is of what time a copy is that was marked so. One that was restored and did no work since is as old as what it
// was restored from, and one with nothing in it is of now.
func (s *Store) age(ctx context.Context, marked, now time.Time) (time.Time, error) {
	restored, err := s.Restored(ctx)
	switch {
	case err != nil:
		return marked, err
	case !restored.At.IsZero():
		return restored.Copied, nil
	case !marked.IsZero():
		return marked, nil
	}
	newest := time.Time{}
	see := func(times ...time.Time) {
		for _, at := range times {
			if at.After(newest) {
				newest = at
			}
		}
	}
	err = s.view(ctx, func(t *tx) error {
		for _, bucket := range []string{bucketLive, bucketArchive, bucketSessions, bucketAudit} {
			err := t.each(bucket, nil, func(key, payload []byte) (bool, error) {
				var dated struct{ Changed, At time.Time }
				err := json.Unmarshal(payload, &dated)
				see(dated.Changed, dated.At)
				return true, err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if newest.IsZero() {
		newest = now
	}
	return newest, err
}

// Replace puts a prepared file of the same folder in the store's place, at once, and leaves the one that was there under the
// name kept, which must be free; "" is returned when there was none. ErrInUse when a process uses it. Whenever it is
// cut short, the store's name leads to the one or to the other.
func Replace(prepared, path, kept string) (string, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		kept = ""
	case err != nil:
		return "", fmt.Errorf("look at %s: %w", path, err)
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is not a plain file", path)
	}
	if kept != "" {
		unlock, err := lock(path, info.Size())
		if err != nil {
			return "", err
		}
		defer unlock()
		if runtime.GOOS == "windows" { // where nothing that is open can be renamed
			unlock()
		}
		if err := os.Link(path, kept); err != nil {
			return "", fmt.Errorf("keep the store that is there: %w", err)
		}
	}
	if err := os.Rename(prepared, path); err != nil {
		if kept != "" {
			_ = os.Remove(kept)
		}
		return "", fmt.Errorf("put the copy in place: %w", err)
	}
	if err := syncDirectory(filepath.Dir(path)); err != nil {
		return kept, fmt.Errorf("put the copy in place for good: %w", err)
	}
	return kept, nil
}

// InUse is ErrInUse, as a sentence, when a process uses the store.
func InUse(path string) error {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil // Replace says what is wrong
	}
	unlock, err := lock(path, info.Size())
	if err != nil {
		return err
	}
	unlock()
	return nil
}

// lock holds a store's lock, however damaged it is: bbolt takes it before it looks. One that is too damaged to be held
// cannot be worked on either.
func lock(path string, size int64) (unlock func(), err error) {
	unlock = func() {}
	if size == 0 { // bbolt would fill it
		return unlock, nil
	}
	var file *os.File
	fault := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(fault)
	defer func() {
		if p := recover(); p != nil {
			_ = file.Close()
			unlock, err = func() {}, nil
		}
	}()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: defaultLockTimeout,
		OpenFile: func(path string, _ int, _ os.FileMode) (*os.File, error) {
			var err error
			file, err = os.OpenFile(path, os.O_RDWR, 0)
			return file, err
		},
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, inUse(path)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("lock %s: %w", path, err)
	case err != nil:
		return unlock, nil
	}
	return func() { _ = db.Close() }, nil
}
