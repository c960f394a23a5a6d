package bos

import (
	"context"
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
		"$HOME;*`id`": {"echo", "$HOME;*`id`"},
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
