package bolt

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.etcd.io/bbolt"
)

// create makes a complete store under another name and links it into place, so that a crash leaves
// either no store or a whole one.
func create(path string, o Options) error {
	dir := filepath.Dir(path)
	if err := makeDirectory(dir); err != nil {
		return err
	}
	suffix := make([]byte, 8)
	if _, err := io.ReadFull(o.Rand, suffix); err != nil {
		return fmt.Errorf("draw a name: %w", err)
	}
	unfinished := path + unfinishedMark + hex.EncodeToString(suffix)
	defer func() { _ = os.Remove(unfinished) }() // it stays only under its real name
	if err := fill(unfinished, o); err != nil {
		return err
	}
	if err := os.Link(unfinished, path); err != nil {
		if _, there := os.Lstat(path); there != nil {
			return err
		} // somebody else was faster
	}
	if err := os.Remove(unfinished); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return syncDirectory(dir)
}

// removeUnfinished removes what crashes while a store was made have left beside the one that is now open.
func removeUnfinished(path string) error {
	dir, name := filepath.Split(path)
	entries, err := os.ReadDir(filepath.Clean(dir))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), name+unfinishedMark) {
			if gone := os.Remove(filepath.Join(dir, e.Name())); !errors.Is(gone, fs.ErrNotExist) {
				err = errors.Join(err, gone)
			}
		}
	}
	return err
}

// unfinishedMark is between a store's name and a random part in the name of a store that is being made.
const unfinishedMark = ".new-"

// fill makes a file with empty buckets and syncs it.
func fill(path string, o Options) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: o.LockTimeout,
		NoSync:  o.NoSync,
		OpenFile: func(path string, flag int, mode os.FileMode) (*os.File, error) {
			return os.OpenFile(path, flag|os.O_EXCL, mode)
		},
	})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // everything is synced by then
	instance := make([]byte, 16)
	if _, err := io.ReadFull(o.Rand, instance); err != nil {
		return fmt.Errorf("draw the instance id: %w", err)
	}
	err = db.Update(func(b *bbolt.Tx) error {
		t := &tx{bolt: b, step: o.hooks.step}
		for _, name := range bucketNames() {
			if _, err := b.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		return errors.Join(
			t.put(bucketMeta, []byte(metaSchema), schemaVersion),
			t.put(bucketMeta, []byte(metaInstance), hex.EncodeToString(instance)),
			t.put(bucketMeta, []byte(metaEpoch), uint64(0)),
			t.put(bucketMeta, []byte(metaAudit), auditHead{}),
		)
	})
	if err != nil {
		return err
	}
	if o.NoSync {
		return nil
	}
	return db.Sync()
}

// makeDirectory makes the directory and those above it that are missing, and has the name of each on the
// disk: a directory that a power cut takes away takes the store with it.
func makeDirectory(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	above := filepath.Dir(dir)
	if err := makeDirectory(above); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := syncDirectory(above); !errors.Is(err, fs.ErrPermission) { // it may be written to and not read
		return err
	}
	return nil
}

func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	return errors.Join(err, d.Close())
}
