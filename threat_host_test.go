package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

// refused starts the real program, which must say why it does not, and end.
func (d *desktop) refused(why string) {
	d.t.Helper()
	if code, said := d.runs("run"); code != exitFailed || !strings.Contains(said, why) {
		d.t.Errorf("it ended with %d and said:\n%s\nwant %d and %q", code, said, exitFailed, why)
	}
}

func (d *desktop) store() string { return filepath.Join(d.data, storeFile) }

// Row "file access": what others on the machine could read, the bot does not use; what it makes, they cannot read.
func TestThreatFileAccess(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	if err := os.Mkdir(d.data, 0o700); err != nil {
		t.Fatal(err)
	}
	chmod := func(mode os.FileMode) {
		if err := os.Chmod(d.data, mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, mode := range []os.FileMode{0o777, 0o720, 0o702} { // others may have put something there
		chmod(mode)
		d.refused(fmt.Sprintf("(mode %04o)", mode))
	}
	wide := "run: chmod 700 " + d.data
	if _, said := d.runs("check"); !strings.Contains(said, "FAIL  storage: others can use the folder") || !strings.Contains(said, wide) {
		t.Errorf("check says:\n%s", said)
	}
	chmod(0o755) // nothing of ours is there yet, so it is made private
	d.joined()
	d.livesFenced()
	d.stopsReady()
	for path, want := range map[string]os.FileMode{d.data: 0o700, d.store(): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v (%v), want %v", path, info.Mode().Perm(), err, want)
		}
	}

	for _, mode := range []os.FileMode{0o755, 0o710, 0o701, 0o750} { // people's numbers may have been seen
		chmod(mode)
		d.refused(wide)
	}
	chmod(0o700)
	for _, mode := range []os.FileMode{0o644, 0o640, 0o606} {
		if err := os.Chmod(d.store(), mode); err != nil {
			t.Fatal(err)
		}
		d.refused("run: chmod 600 " + d.store())
	}
	if err := os.Chmod(d.store(), 0o600); err != nil {
		t.Fatal(err)
	}
	real := filepath.Join(t.TempDir(), "real.db")
	if err := os.Rename(d.store(), real); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, d.store()); err != nil {
		t.Fatal(err)
	}
	d.refused("it is a symbolic link")
	if err := os.Rename(real, d.store()); err != nil {
		t.Fatal(err)
	}
	d.start()
	d.says(agent, "/history")
	d.sees(agent, "not ordered anything")
}

// livesFenced looks at the running process: no rights for others in what it makes, no core when it crashes.
func (d *desktop) livesFenced() {
	d.t.Helper()
	if runtime.GOOS != "linux" {
		return // nobody else shows it
	}
	for file, line := range map[string][]string{
		"status": {"Umask:", "0077"},
		"limits": {"Max core file size", "0", "0", "bytes"},
	} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", d.child.Process.Pid, file))
		if err != nil {
			d.t.Fatal(err)
		}
		want, found := strings.Join(strings.Fields(strings.Join(line, " ")), " "), false
		for l := range strings.Lines(string(text)) {
			found = found || strings.Join(strings.Fields(l), " ") == want
		}
		if !found {
			d.t.Errorf("%s does not say %q:\n%s", file, want, text)
		}
	}
}

// Row "two instances": a second bot on the store, or on a copy of it, does not start, and does nothing before it
// says so; when the first one is dead, it may.
func TestThreatTwoInstances(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	d.refused("another rechargebot uses " + d.store() + "; stop it first")
	d.stopsReady()

	dir := t.TempDir()
	copied := &desktop{ // another folder and address, the same store
		t: t, telegram: d.telegram, upstream: d.upstream,
		config: filepath.Join(dir, "rechargebot.toml"), data: filepath.Join(dir, "data"), http: freeAddress(t),
	}
	file, err := os.ReadFile(d.store())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(d.config)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte(d.data), []byte(copied.data), 1)
	text = bytes.Replace(text, []byte(d.http), []byte(copied.http), 1)
	if err := os.Mkdir(copied.data, 0o700); err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string][]byte{copied.store(): file, copied.config: text} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d.start()
	d.eventually("the first one is ready", func() bool { return d.get("/readyz") == 200 })
	if runtime.GOOS == "windows" {
		return // nothing tells copies there
	}
	copied.refused("uses a copy of this store")
	if after, err := os.ReadFile(copied.store()); err != nil || !bytes.Equal(after, file) {
		t.Errorf("the copy was written to (%v)", err)
	}
	if d.get("/readyz") != 200 {
		t.Error("the first one is disturbed")
	}
	d.kill()
	copied.start()
	t.Cleanup(copied.stop)
	copied.says(agent, "/history")
	copied.sees(agent, "not ordered anything")
	d.refused("uses a copy of this store")
}

// Row "insiders": who can write to the host's disk changes what the audit log says of him, checksums and all.
func TestThreatInsiders(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	d.stopsReady()
	code, said := d.runs("check")
	if code != exitFine || !strings.Contains(said, "ok    audit log: ") || !strings.Contains(said, "lines, unbroken, ending in ") {
		t.Errorf("check ends with %d and says:\n%s", code, said)
	}
	changed := 0
	d.rewriteRecords("audit", func(payload string) string {
		next := strings.Replace(payload, "approved person 2001", "rejected person 2001", 1)
		if next != payload {
			changed++
		}
		return next
	})
	if changed != 1 {
		t.Fatalf("%d lines say that person 2001 was approved, want 1", changed)
	}
	why := "the audit log was changed outside of the bot: line "
	d.refused(why)
	if code, said := d.runs("check"); code != exitFailed || !strings.Contains(said, "FAIL  storage: ") || !strings.Contains(said, why) {
		t.Errorf("check ends with %d and says:\n%s", code, said)
	}
}

// Who looks at a store with a newer version first can go back to the older one: only run brings the file up to date.
func TestCheckLeavesAnOlderStoreAsItIs(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	d.stopsReady()
	schemas := 0
	d.rewriteRecords("meta", func(payload string) string {
		if payload != "4" {
			return payload
		}
		schemas++
		return "3"
	})
	if schemas != 1 {
		t.Fatalf("%d records say which schema it is, want 1", schemas)
	}
	before, err := os.ReadFile(d.store())
	if err != nil {
		t.Fatal(err)
	}
	if code, said := d.runs("check"); code != exitFine || !strings.Contains(said, "of an older version") {
		t.Errorf("check ends with %d and says:\n%s", code, said)
	}
	if after, err := os.ReadFile(d.store()); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file has changed (%v)", err)
	}
}

// rewriteRecords changes a bucket's records behind the store's back, each with a right checksum (its record is a
// version, CRC-32C of bucket, key and payload, and the payload).
func (d *desktop) rewriteRecords(bucket string, change func(payload string) string) {
	d.t.Helper()
	db, err := bbolt.Open(d.store(), 0o600, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		next := map[string][]byte{}
		b := tx.Bucket([]byte(bucket))
		_ = b.ForEach(func(key, record []byte) error {
			payload := change(string(record[5:]))
			sum := crc32.Checksum([]byte(bucket+string(key)+payload), crc32.MakeTable(crc32.Castagnoli))
			next[string(key)] = append(binary.BigEndian.AppendUint32(record[:1:1], sum), payload...)
			return nil
		})
		for key, record := range next {
			if err := b.Put([]byte(key), record); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		d.t.Fatal(err)
	}
}
