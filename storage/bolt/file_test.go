package bolt_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.etcd.io/bbolt"

	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// quick are the options of tests that are not about the disk.
func quick() bolt.Options { return bolt.Options{NoSync: true} }

func open(t *testing.T, path string) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(path, quick())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// closed makes a store with something in it and closes it.
func closed(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	if err := s.EnsureOwners(t.Context(), time.Now(), 1001); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func refuses(t *testing.T, path, sentence string) {
	t.Helper()
	s, err := bolt.Open(path, quick())
	if err == nil {
		_ = s.Close()
		t.Fatalf("it opened; wanted %q", sentence)
	}
	if !strings.Contains(err.Error(), sentence) || !strings.Contains(err.Error(), filepath.Base(path)) {
		t.Fatalf("it says %q; wanted the file and %q", err, sentence)
	}
}

func TestANewStoreIsPrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data", "deeper")
	path := filepath.Join(dir, "store.db")
	if err := open(t, path).Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, dir: 0o700, filepath.Dir(dir): 0o700} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", name, info.Mode().Perm(), want)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the store there is %v, %v", entries, err)
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	whole, err := os.ReadFile(closed(t))
	if err != nil {
		t.Fatal(err)
	}
	wide := write("wide.db", whole)
	if err := os.Chmod(wide, 0o640); err != nil {
		t.Fatal(err)
	}
	refuses(t, wide, "run: chmod 600")
	link := filepath.Join(dir, "link.db")
	if err := os.Symlink(write("real.db", whole), link); err != nil {
		t.Fatal(err)
	}
	refuses(t, link, "symbolic link")
	dangling := filepath.Join(dir, "dangling.db")
	if err := os.Symlink(filepath.Join(dir, "nowhere"), dangling); err != nil {
		t.Fatal(err)
	}
	refuses(t, dangling, "symbolic link")
	folder := filepath.Join(dir, "folder.db")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	refuses(t, folder, "not a plain file")
	refuses(t, write("empty.db", nil), "empty")
	refuses(t, write("stub.db", whole[:50]), "not a store")
	refuses(t, write("short.db", whole[:100]), "cut off")
	refuses(t, write("text.db", []byte(strings.Repeat("token = 1\n", 5000))), "not a store")
	refuses(t, write("zero.db", make([]byte, len(whole))), "not a store")

	foreign := filepath.Join(dir, "foreign.db")
	db, err := bbolt.Open(foreign, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	refuses(t, foreign, "not a store of rechargebot")
}

func TestANewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	path := closed(t)
	err := bolt.Rewrite(path, func(bucket string, key, _ []byte) []byte {
		if bucket == "meta" && string(key) == "schema" {
			return bolt.Sealed(bucket, key, []byte("5"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	refuses(t, path, "written by a newer rechargebot (schema 5, this one knows 4)")
}

// The second bot on a file is told so after two seconds, and the first one goes on.
func TestASecondOpenerIsToldWhatToDo(t *testing.T) {
	t.Parallel()
	path := closed(t)
	synctest.Test(t, func(t *testing.T) {
		first, err := bolt.Open(path, quick())
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = bolt.Open(path, quick())
		if !errors.Is(err, bolt.ErrInUse) || err.Error() != "another rechargebot uses "+path+"; stop it first" {
			t.Errorf("the second one is told: %v", err)
		}
		if waited := time.Since(start); waited < time.Second || waited > 3*time.Second {
			t.Errorf("the second one was told after %v", waited)
		}
		if err := first.EnsureOwners(t.Context(), time.Now(), 1002); err != nil {
			t.Error(err)
		}
		if err := first.Close(); err != nil {
			t.Error(err)
		}
	})
	open(t, path)
}

// A crash while a store is made leaves no store, and the next start makes one.
func TestAnInterruptedCreationLeavesNoHalfStore(t *testing.T) {
	t.Parallel()
	for n := 1; ; n++ {
		path := filepath.Join(t.TempDir(), "store.db")
		faults := new(bolt.Faults)
		faults.Write(n)
		s, err := bolt.Open(path, bolt.WithFaults(quick(), faults))
		if err == nil {
			_ = s.Close()
			if n == 1 {
				t.Fatal("nothing was written")
			}
			return
		}
		if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 0 {
			t.Fatalf("write %d failed and left %v, %v", n, entries, err)
		}
		leftover := path + ".new-00112233" // of a crash that could not clean up
		if err := os.WriteFile(leftover, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := open(t, path).Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(leftover); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("the leftover is still there: %v", err)
		}
	}
}

// Of many that start at once on no file, one gets the store and the others a sentence.
func TestManyCreators(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data", "store.db")
	var wg sync.WaitGroup
	stores, errs := make([]*bolt.Store, 8), make([]error, 8)
	for i := range stores {
		wg.Go(func() {
			o := quick()
			o.LockTimeout = time.Millisecond
			stores[i], errs[i] = bolt.Open(path, o)
		})
	}
	wg.Wait()
	var winner *bolt.Store
	for i, s := range stores {
		switch {
		case s != nil && winner != nil:
			t.Fatal("two have the store")
		case s != nil:
			winner = s
		case !strings.Contains(errs[i].Error(), "another rechargebot uses"):
			t.Errorf("a loser is told: %v", errs[i])
		}
	}
	if winner == nil {
		t.Fatal("nobody has the store")
	}
	if err := errors.Join(winner.Check(t.Context()), winner.Close(), winner.Close()); err != nil {
		t.Error(err)
	}
	if err := winner.Check(t.Context()); !errors.Is(err, storage.ErrBroken) {
		t.Errorf("a closed store says %v", err)
	}
}
