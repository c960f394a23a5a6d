package bolt_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"rechargebot/storage/bolt"
)

// victim names, in the environment of this test's own binary, the store that it shall write to until it is killed.
const victim = "RECHARGEBOT_TEST_VICTIM"

func TestMain(m *testing.M) {
	beChild()
	if path := os.Getenv(victim); path != "" {
		if err := writeForEver(path, os.Getenv(victim+"_ROUND")); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForEver writes from eight goroutines and prints the name of each change once it is acknowledged.
func writeForEver(path, round string) error {
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		return err
	}
	var mu sync.Mutex
	errs := make(chan error)
	for w := range 8 {
		go func() {
			for n := 0; ; n++ {
				name := fmt.Sprintf("round-%s-writer-%d-%d", round, w, n)
				if err := s.SetMemo(context.Background(), name, []byte(name)); err != nil {
					errs <- err
					return
				}
				mu.Lock()
				_, err := fmt.Println(name)
				mu.Unlock()
				if err != nil {
					errs <- err
					return
				}
			}
		}()
	}
	return <-errs
}

// A process that is killed in the midst of its work, also while it makes the store, has on the disk
// whatever it was acknowledged, and the file is whole. (A kill keeps the page cache: this finds an
// acknowledgement before the commit, not a missing sync.)
func TestAKilledProcessKeepsWhatItWasAcknowledged(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	var acknowledged []string
	for round := range 12 {
		acknowledged = append(acknowledged, killAfter(t, path, round, round*round*3)...)
		s := open(t, path)
		for _, name := range acknowledged {
			if v, err := s.Memo(t.Context(), name); err != nil || string(v) != name {
				t.Fatalf("%s was acknowledged and is %q, %v", name, v, err)
			}
		}
		if err := s.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killAfter runs a victim until it has acknowledged so many changes, kills it, and returns all that it
// has acknowledged.
func killAfter(t *testing.T, path string, round, lines int) (acknowledged []string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), victim+"="+path, fmt.Sprintf("%s_ROUND=%d", victim, round))
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	scanner := bufio.NewScanner(out)
	for killed := false; ; {
		if !killed && len(acknowledged) >= lines {
			killed = true
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		if !scanner.Scan() {
			break
		}
		acknowledged = append(acknowledged, scanner.Text())
	}
	_ = cmd.Wait() // it was killed
	if complaint.Len() > 0 {
		t.Fatalf("the victim says: %s", complaint.String())
	}
	return acknowledged
}
