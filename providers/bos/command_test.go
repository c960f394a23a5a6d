//go:build unix

package bos

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// run makes the tokens of a real program.
func run(t *testing.T, argv ...string) (string, error) {
	t.Helper()
	c := config()
	c.Settings["token"], c.Lists["token_command"] = "", argv
	tokens, err := newTokens(c)
	if err != nil {
		t.Fatal(err)
	}
	got, err := tokens.get(t.Context())
	if err != nil {
		return "", err
	}
	return got.reveal(), nil
}

func TestAProgramIsRunWithoutAShell(t *testing.T) {
	t.Setenv("BOS_KEY", "k7")
	for want, argv := range map[string][]string{
		"a.b-c":       {"echo", "a.b-c"},
		"$HOME;*|id&": {"echo", "$HOME;*|id&"},
		"from-k7":     {"sh", "-c", `echo "asked for a key" >&2; echo "from-$BOS_KEY"`},
	} {
		if got, err := run(t, argv...); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", argv, got, err, want)
		}
	}
}

func TestAProgramThatFailsSaysNothingOfItself(t *testing.T) {
	t.Parallel()
	for says, argv := range map[string][]string{
		"no such program":  {"no-such-program-canary", "canary"},
		"no such":          {filepath.Join(t.TempDir(), "canary")},
		"exit status 3":    {"sh", "-c", "echo canary; echo canary >&2; exit 3"},
		"could not be run": {t.TempDir()},
		"nothing":          {"sh", "-c", "echo canary >&2"},
		"too much":         {"sh", "-c", "while :; do echo canary || exit 0; done"},
	} {
		if got, err := run(t, argv...); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %q, %v", says, got, err)
		}
	}
}

// Something that a program leaves running, like an agent that keeps its keys, takes no token away.
func TestAChildThatKeepsTheOutputTakesNothingFromIt(t *testing.T) {
	t.Parallel()
	if got, err := run(t, "sh", "-c", "sleep 5 & echo a.b-c"); err != nil || got != "a.b-c" {
		t.Errorf("%q, %v; want the token", got, err)
	}
	if got, err := run(t, "sh", "-c", "sleep 5 & echo a.b-c; exit 3"); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("with a failure: %q, %v", got, err)
	}
}

// Who holds the fifo open is alive: the end of what it gives is the end of the program and of all its children.
func TestAProgramIsStoppedWithItsChildren(t *testing.T) {
	t.Parallel()
	alive := filepath.Join(t.TempDir(), "alive")
	if err := syscall.Mkfifo(alive, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := execute(ctx, []string{"sh", "-c", `exec 3>"$0"; (sleep 3; echo a child outlived it >&3) & echo started >&3; wait`, alive})
		done <- err
	}()
	f, err := os.Open(alive) // returns once the program has opened it
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := bufio.NewReader(f)
	if line, err := r.ReadString('\n'); err != nil || line != "started\n" {
		t.Fatalf("%q, %v", line, err)
	}
	cancel()
	if err := <-done; err == nil {
		t.Error("it ended well although it was stopped")
	}
	if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
		t.Errorf("%q, %v", rest, err)
	}
}

// A program ends with the call that wanted it, also when a child of its own keeps its output open.
func TestAProgramIsStopped(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"alone":        `echo started > "$0"; exec sleep 600`,
		"with a child": `sleep 5 & echo started > "$0"; exec sleep 600`,
	} {
		begun := filepath.Join(t.TempDir(), "begun")
		if err := syscall.Mkfifo(begun, 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := execute(ctx, []string{"sh", "-c", script, begun})
			done <- err
		}()
		if _, err := os.ReadFile(begun); err != nil { // returns once the program has written to it
			t.Fatal(err)
		}
		cancel()
		if err := <-done; err == nil {
			t.Errorf("%s: it ended well although it was stopped", name)
		}
	}
}
