package bolt_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// audited is a store's file whose audit log has so many lines, and what it ends in.
func audited(t *testing.T, lines int) (file []byte, end string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	for i := range lines {
		if _, err := s.Commit(t.Context(), storage.Turn{Now: time.Now(), Actor: 1001, Audit: []string{fmt.Sprintf("approved person %d", 2001+i)}}); err != nil {
			t.Fatal(err)
		}
	}
	n, end, err := s.AuditEnd(t.Context())
	if err != nil || n != uint64(lines) {
		t.Fatalf("the audit log has %d lines, want %d (%v)", n, lines, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file, end
}

// verdict opens a file and checks it, and says what either found.
func verdict(t *testing.T, path string) (opened, checked error) {
	t.Helper()
	s, err := bolt.Open(path, quick())
	if err != nil {
		return err, err
	}
	defer s.Close()
	return nil, s.Check(t.Context())
}

// Somebody with the host's password changes what the log says of him, checksums and all. Near its end the next start
// finds that, anywhere else the next check.
func TestTheAuditLogShowsWhoTouchesIt(t *testing.T) {
	t.Parallel()
	file, _ := audited(t, 70)
	rename := func(line []byte) []byte { return bytes.Replace(line, []byte("approved"), []byte("rejected"), 1) }
	for _, c := range []struct {
		name   string
		at     int // the first line concerned
		touch  func(lines [][]byte) [][]byte
		forget uint64 // lines that the file then admits to; 0 = as it was
		want   string
	}{
		{"changed", 68, func(l [][]byte) [][]byte { l[68] = rename(l[68]); return l }, 0, "line 69 is another one"},
		{"changed, the last", 69, func(l [][]byte) [][]byte { l[69] = rename(l[69]); return l }, 0, "line 70 is another one"},
		{"changed, the first", 0, func(l [][]byte) [][]byte { l[0] = rename(l[0]); return l }, 0, "line 1 is another one"},
		{"removed", 66, func(l [][]byte) [][]byte { l[66] = nil; return l }, 0, "line 67 is missing"},
		{"removed, the first", 0, func(l [][]byte) [][]byte { l[0] = nil; return l }, 0, "line 1 is missing"},
		{"removed, and those behind moved up", 30, func(l [][]byte) [][]byte { return slices.Delete(l, 30, 31) }, 69, "is another one"},
		{"two swapped", 40, func(l [][]byte) [][]byte { l[40], l[41] = l[41], l[40]; return l }, 0, "line 42 is another one"},
		{"the end cut off", 60, func(l [][]byte) [][]byte { return l[:60] }, 0, "line 70 is missing"},
		{"the end cut off, and its number changed", 60, func(l [][]byte) [][]byte { return l[:60] }, 60, "line 60 is another one"},
		{"one added at the end", 70, func(l [][]byte) [][]byte { return append(l, l[69]) }, 0, "there is a line behind line 70"},
		{"all removed", 69, func([][]byte) [][]byte { return nil }, 0, "line 70 is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "store.db")
			if err := os.WriteFile(path, file, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := verdict(t, path); err != nil {
				t.Fatalf("untouched: %v", err)
			}
			if err := bolt.Touch(path, c.touch); err != nil {
				t.Fatal(err)
			}
			if c.forget > 0 {
				if err := bolt.Forget(path, c.forget); err != nil {
					t.Fatal(err)
				}
			}
			opened, checked := verdict(t, path)
			if checked == nil || !strings.Contains(checked.Error(), c.want) || !strings.Contains(checked.Error(), "changed outside of the bot") {
				t.Errorf("a check says %v, want %q", checked, c.want)
			}
			if c.at >= 10 && opened == nil {
				t.Error("it opened")
			}
		})
	}
}

// Whoever removes what says where the log ends has changed it too.
func TestTheAuditLogsEndCannotBeForgotten(t *testing.T) {
	t.Parallel()
	file, _ := audited(t, 2)
	path := filepath.Join(t.TempDir(), "store.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := bolt.Forget(path, 0); err != nil {
		t.Fatal(err)
	}
	refuses(t, path, "its end is not known")
}

// A log that somebody wrote anew from its first line holds together, but it ends otherwise than was noted. A start,
// and a line more, go on from the same end.
func TestTheAuditLogsEndDependsOnEveryLine(t *testing.T) {
	t.Parallel()
	_, one := audited(t, 3)
	_, other := audited(t, 3) // written at another time
	if len(one) != 64 || one == other {
		t.Errorf("two logs end in %q and %q", one, other)
	}
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	if n, end, err := s.AuditEnd(t.Context()); n != 0 || end != "" || err != nil {
		t.Errorf("an empty log has %d lines and ends in %q (%v)", n, end, err)
	}
	if err := s.EnsureOwners(t.Context(), time.Now(), 1001, 1002); err != nil {
		t.Fatal(err)
	}
	_, before, _ := s.AuditEnd(t.Context())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	if _, again, _ := s.AuditEnd(t.Context()); again != before {
		t.Errorf("after a start it ends in %q, before in %q", again, before)
	}
	if _, err := s.Commit(t.Context(), storage.Turn{Now: time.Now(), Actor: 1001, Audit: []string{"a", "b"}}); err != nil {
		t.Fatal(err)
	}
	if n, end, _ := s.AuditEnd(t.Context()); n != 4 || end == before {
		t.Errorf("with two more lines: %d, %q", n, end)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// A file of schema 2 has no chain yet: it gets one at the first start, and from then on it is kept.
func TestAnOlderAuditLogIsChained(t *testing.T) {
	t.Parallel()
	file, _ := audited(t, 70)
	path := filepath.Join(t.TempDir(), "store.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := bolt.ToSchema2(path); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := verdict(t, path); err != nil {
			t.Fatal(err)
		}
	}
	cut := func(l [][]byte) [][]byte { return l[:69] }
	if err := bolt.Touch(path, cut); err != nil {
		t.Fatal(err)
	}
	refuses(t, path, "line 70 is missing")
	if err := bolt.ToSchema2(path); err != nil {
		t.Fatal(err)
	}
	if err := bolt.Touch(path, func(l [][]byte) [][]byte { l[3] = nil; return l }); err != nil {
		t.Fatal(err)
	}
	refuses(t, path, "line 4 is missing")
}
