package bolt

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Options change how a store is opened. The zero value is for production.
type Options struct {
	LockTimeout time.Duration // how long to wait for another process to let go of the file; 0 = 2 s
	Logger      *slog.Logger  // nil = nothing is logged
	NoSync      bool          // do not sync commits: for tests only, a power cut then loses acknowledged changes
	AsItIs      bool          // ErrOlder for a file of an older schema, which is brought up to date otherwise
	Rand        io.Reader     // draws the instance id of a new file; nil = crypto/rand

	// BeforeCommit and AfterCommit are where tests let a disk or a process die: an error of the first makes a
	// commit that erred and did not happen, one of the second a commit that erred and happened. nil in production.
	BeforeCommit, AfterCommit func() error

	copied bool   // a copy may be opened, and a restored one changed: only to seal or unseal it
	named  string // what errors call the file; "" = its path
	hooks  hooks
}

const defaultLockTimeout = 2 * time.Second

// Open opens the store in the file, making it (and its directory) when there is none. Its errors are
// sentences for the person who runs the bot. Close the store when done with it.
func Open(path string, o Options) (*Store, error) {
	if o.LockTimeout == 0 {
		o.LockTimeout = defaultLockTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.BeforeCommit != nil {
		o.hooks.commit = o.BeforeCommit
	}
	if o.AfterCommit != nil {
		o.hooks.committed = o.AfterCommit
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		if err := create(path, o); err != nil {
			return nil, fmt.Errorf("create store %s: %w", path, err)
		}
	}
	db, err := openFile(path, o)
	if err != nil {
		return nil, err
	}
	s := &Store{
		db: db, log: o.Logger, hooks: o.hooks, path: cmp.Or(o.named, path),
		queue: make(chan *operation), between: make(chan func()), closing: make(chan struct{}), written: make(chan struct{}),
		broken: make(chan struct{}), lately: hearings{},
	}
	if !o.copied {
		err = s.refuseCopy()
	}
	if err == nil {
		err = s.migrate(o.AsItIs)
	}
	if err == nil {
		err = s.begin()
	}
	if err == nil {
		err = removeUnfinished(path)
	}
	if err != nil {
		_ = db.Close() // the first error says more
		return nil, fmt.Errorf("open store %s: %w", s.path, err)
	}
	go s.write()
	return s, nil
}

// openFile opens and locks an existing file after looking at its permissions and its structure.
func openFile(path string, o Options) (db *bbolt.DB, err error) {
	var file *os.File
	fault := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(fault)
	defer func() {
		if p := recover(); p != nil {
			_ = file.Close() // frees the lock; bbolt's handle is lost in the panic
			err = fmt.Errorf("open store %s: the file is damaged, restore a backup: %v", cmp.Or(o.named, path), p)
		}
	}()
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: o.LockTimeout,
		NoSync:  o.NoSync,
		OpenFile: func(path string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := openPrivate(path, flag&^os.O_CREATE, mode)
			if err != nil {
				return nil, err
			}
			if err := inspect(f); err != nil {
				_ = f.Close()
				return nil, err
			}
			file = f
			return f, nil
		},
	})
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, inUse(path)
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", cmp.Or(o.named, path), err)
	}
	return db, nil
}

// ErrOlder is what Open's error is when it was to leave the file as it is, and an older version wrote it.
var ErrOlder = errors.New("it was written by an older version")

// ErrInUse is what Open's error is when another process holds the store's lock.
var ErrInUse = errors.New("store is in use")

// inUse is that error for the file, as a sentence for people.
type inUse string

func (path inUse) Error() string {
	return fmt.Sprintf("another rechargebot uses %s; stop it first", string(path))
}

func (inUse) Unwrap() error { return ErrInUse }

// openPrivate opens a plain file that nobody else can read.
func openPrivate(path string, flag int, mode os.FileMode) (*os.File, error) {
	before, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if before.Mode()&fs.ModeSymlink != 0 {
		return nil, errors.New("it is a symbolic link; name the file itself")
	}
	if !before.Mode().IsRegular() {
		return nil, errors.New("it is not a plain file")
	}
	f, err := os.OpenFile(path, flag, mode)
	if err != nil {
		return nil, err
	}
	opened, err := f.Stat()
	switch {
	case err != nil:
	case !os.SameFile(before, opened):
		err = errors.New("it was replaced while it was opened")
	case opened.Mode().Perm()&0o077 != 0:
		err = fmt.Errorf("others can use it (mode %04o); run: chmod 600 %s", opened.Mode().Perm(), path)
	default:
		return f, nil
	}
	_ = f.Close()
	return nil, err
}

// begin checks that the file is ours and of a schema that we know, that the end of its audit log is as it was
// written, and reads how often it was opened. The
// first commit counts this opening, so that opening itself waits for no sync.
func (s *Store) begin() error {
	seen, err := s.snapshot(func(t *tx) error {
		if err := t.known(); err != nil {
			return err
		}
		if err := t.followAudit(openedLines); err != nil {
			return err
		}
		restored, err := t.has(bucketMeta, []byte(metaRestored))
		if err != nil {
			return err
		}
		s.restored.Store(restored)
		_, err = t.get(bucketMeta, []byte(metaEpoch), &s.epoch)
		return err
	})
	s.epoch++
	s.horizon = newHorizon(seen)
	return err
}

// known reports why the file's schema cannot be used.
func (t *tx) known() error {
	if t.bolt.Bucket([]byte(bucketMeta)) == nil {
		return errors.New("it is not a store of rechargebot")
	}
	var schema int
	switch found, err := t.get(bucketMeta, []byte(metaSchema), &schema); {
	case err != nil:
		return err
	case !found:
		return errors.New("it is not a store of rechargebot")
	case schema > schemaVersion:
		return fmt.Errorf("it was written by a newer rechargebot (schema %d, this one knows %d); install that one", schema, schemaVersion)
	case schema < schemaVersion:
		return fmt.Errorf("its schema %d is unknown", schema)
	}
	for _, name := range bucketNames() {
		if t.bolt.Bucket([]byte(name)) == nil {
			return fmt.Errorf("the file is damaged, restore a backup: bucket %q is missing", name)
		}
	}
	return nil
}
