package bos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"time"
)

// execute runs a program without a shell, in our environment, and returns what it prints. What it says on
// stderr may be secret, and is dropped. When ctx ends it is killed, with its children where the system can; a
// child that it leaves behind at a good end may keep its output open, which takes nothing from what it printed.
func execute(ctx context.Context, argv []string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var out capped
	cmd.Stdout = &out
	cmd.WaitDelay = time.Second // for a child of its that keeps stdout
	alone(cmd)
	if err := cmd.Run(); err != nil && !out.over && !errors.Is(err, exec.ErrWaitDelay) { // which says that it ended well
		return nil, err
	}
	if out.over {
		return nil, errTooMuch
	}
	return out.kept.Bytes(), nil
}

var errTooMuch = errors.New("it printed too much")

// capped takes a little more than a token may have, and ends a program that prints more.
type capped struct {
	kept bytes.Buffer
	over bool
}

func (c *capped) Write(p []byte) (int, error) {
	if c.over = c.over || c.kept.Len()+len(p) > 2*maxToken; c.over {
		return 0, errTooMuch
	}
	return c.kept.Write(p)
}

// commandFailure names the reason without quoting anything.
func commandFailure(err error) string {
	var exit *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return "there is no such program"
	case errors.Is(err, errTooMuch):
		return errTooMuch.Error()
	case errors.As(err, &exit) && exit.ExitCode() < 0:
		return "it was stopped"
	case errors.As(err, &exit):
		return fmt.Sprintf("it ended with exit status %d", exit.ExitCode())
	}
	return "it could not be run"
}
