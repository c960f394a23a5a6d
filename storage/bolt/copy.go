package bolt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Copy writes the store as it is now to w, while it is used: everything that was acknowledged before is in it. begin
// is called first, with the number of bytes that will come. It reads one snapshot, which holds up neither readers nor
// the writer; but as long as it takes, no page that the writer frees can be used again, and the file grows by what
// is written meanwhile. An error of w breaks nothing.
func (s *Store) Copy(ctx context.Context, w io.Writer, begin func(bytes int64)) error {
	var failed error
	err := s.view(ctx, func(t *tx) error {
		begin(t.bolt.Size())
		failed = writeTo(ctx, t.bolt, w)
		return nil
	})
	if err = errors.Join(err, failed); err != nil {
		return fmt.Errorf("copy the store: %w", err)
	}
	return nil
}

// CopyFile is Copy of a store that no process uses. ErrInUse when one does.
func CopyFile(ctx context.Context, path string, w io.Writer) (err error) {
	fault := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(fault)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("copy %s: the file is damaged, restore a backup: %v", path, p)
		}
	}()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: defaultLockTimeout, ReadOnly: true,
		OpenFile: func(path string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := openPrivate(path, flag&^os.O_CREATE, mode)
			if err == nil {
				if err = inspect(f); err == nil {
					return f, nil
				}
				_ = f.Close()
			}
			return nil, err
		},
	})
	if errors.Is(err, berrors.ErrTimeout) {
		return inUse(path)
	}
	if err != nil {
		return fmt.Errorf("open store %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.View(func(b *bbolt.Tx) error { return writeTo(ctx, b, w) })
	if err != nil {
		return fmt.Errorf("copy store %s: %w", path, err)
	}
	return nil
}

// writeTo writes the file as the transaction sees it, as long as somebody waits for it.
func writeTo(ctx context.Context, b *bbolt.Tx, w io.Writer) error {
	u := untilDone{ctx: ctx, w: w}
	if _, err := b.WriteTo(&u); err != nil {
		return cmp.Or(u.err, err) // bbolt only quotes it
	}
	return nil
}

type untilDone struct {
	ctx context.Context
	w   io.Writer
	err error
}

func (u *untilDone) Write(p []byte) (n int, err error) {
	if u.err = u.ctx.Err(); u.err == nil {
		n, u.err = u.w.Write(p)
	}
	return n, u.err
}

// Mark is what a backup says of itself.
type Mark struct {
	At  time.Time `json:"at"`            // everything that was acknowledged before this is in it
	Bot string    `json:"bot,omitempty"` // whose store it is, by the platform's number; "" = not known
}

// Contents is what was found in a copy, whole.
type Contents struct {
	Mark
	Instance                 string // Store.Instance
	Jobs, Unfinished, People int
}

// errIsCopy is about a backup that somebody has put in a store's place by hand.
type errIsCopy struct{ at time.Time }

func (e errIsCopy) Error() string {
	return fmt.Sprintf("it is a backup of %s, and orders that it calls unfinished may have been sent since; put it in place with: rechargebot restore FILE",
		e.at.UTC().Format(time.RFC3339))
}

// refuseCopy refuses a backup. What cannot be read is left for begin.
func (s *Store) refuseCopy() error {
	var m Mark
	_, err := s.snapshot(func(t *tx) error {
		if t.bolt.Bucket([]byte(bucketMeta)) == nil {
			return nil
		}
		found, err := t.get(bucketMeta, []byte(metaCopy), &m)
		if err == nil && found {
			err = errIsCopy{m.At}
		}
		return err
	})
	return err
}

// Seal makes a backup of what Copy or CopyFile has written to the file: it marks it, so that no bot works on it, and
// checks all of it. named is what errors call the file. When it returns nil, the file is on the disk.
func Seal(ctx context.Context, path, named string, m Mark) (c Contents, err error) {
	s, err := Open(path, Options{copied: true, named: named})
	if err != nil {
		return c, err
	}
	err = s.enqueue(ctx, func(t *tx) (func() error, error) {
		return func() error { return t.put(bucketMeta, []byte(metaCopy), m) }, nil
	})
	if err != nil {
		err = fmt.Errorf("mark %s as a backup: %w", named, err)
	} else if err = s.Check(ctx); err == nil {
		c, err = s.contents(ctx)
	}
	if err = errors.Join(err, s.Close()); err == nil {
		err = trim(path)
	}
	if err != nil {
		return Contents{}, err
	}
	return c, nil
}

// trim cuts off what bbolt keeps behind a file's last page for later, so that whatever is cut off a backup is missed.
func trim(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("trim the copy: %w", err)
	}
	m, err := newestMeta(f)
	if err == nil {
		err = f.Truncate(int64(m.end) * int64(m.pageSize))
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("trim the copy: %w", err)
	}
	return nil
}

// contents counts what is in the store.
func (s *Store) contents(ctx context.Context) (c Contents, err error) {
	if c.Instance, err = s.Instance(ctx); err != nil {
		return c, err
	}
	err = s.view(ctx, func(t *tx) error {
		if _, err := t.get(bucketMeta, []byte(metaCopy), &c.Mark); err != nil {
			return err
		}
		for bucket, n := range map[string]*int{bucketLive: &c.Unfinished, bucketArchive: &c.Jobs, bucketPeople: &c.People} {
			if err := t.each(bucket, nil, func([]byte, []byte) (bool, error) { *n++; return true, nil }); err != nil {
				return err
			}
		}
		c.Jobs += c.Unfinished
		return nil
	})
	return c, err
}
