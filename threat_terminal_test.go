//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unsafe"
)

// terminal is a pair of ends of a pretend terminal: what is written to the second is read from the first.
func terminal(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there are no terminals here: ", err)
	}
	t.Cleanup(func() { ours.Close() })
	var unlocked, number int32
	for request, at := range map[uintptr]*int32{syscall.TIOCSPTLCK: &unlocked, syscall.TIOCGPTN: &number} {
		if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, ours.Fd(), request, uintptr(unsafe.Pointer(at))); e != 0 {
			t.Skip("there are no terminals here: ", e)
		}
	}
	theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there are no terminals here: ", err)
	}
	return ours, theirs
}

// Row "secrets in errors and logs": the log that a person reads on a terminal is another one, and no more telling.
// There the code with which the first owner claims the bot is shown once, on standard output and nowhere else.
func TestThreatCanariesOnATerminal(t *testing.T) {
	t.Parallel()
	ours, theirs := terminal(t)
	a := newAviary(t)
	a.rewrite("owners = [1001]", "owners = []")
	var log, out bytes.Buffer
	var reading sync.WaitGroup
	reading.Go(func() { _, _ = io.Copy(&log, ours) }) // ends with an error when nobody has the other end any more
	shown := lockedWriter{a.desktop}
	a.child = command(context.WithoutCancel(t.Context()), t, "run", "--config", a.config)
	a.child.Stdout, a.child.Stderr = io.MultiWriter(&out, shown), theirs
	if err := a.child.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	code := ""
	a.eventually("a code is shown", func() bool {
		code = regexp.MustCompile(`/claim ([A-Z2-7-]{26,})`).FindString(a.said())
		return code != "" && a.get("/readyz") == http.StatusOK
	})
	code = strings.TrimPrefix(code, "/claim ")
	for i, k := range a.keepers[:3] {
		a.lets(k.account.Name, a.storm(k, i+1))
		a.order(k, i+1)
	}
	wrong := "A" + code[1:]
	if wrong == code {
		wrong = "B" + code[1:]
	}
	a.says(stranger, "/claim "+wrong)
	a.sees(stranger, "code")
	pages := a.pages()
	a.says(admin, "/claim "+code)
	a.sees(admin, "owner")
	a.skyFalls()
	child := a.child
	a.child = nil
	if err := child.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Error(err)
	}
	reading.Wait()
	said := log.String()
	if !strings.Contains(said, "level=INFO") || strings.Contains(said, `"level"`) {
		t.Errorf("that is no log for people:\n%s", said)
	}
	a.secrets = append(a.secrets, canary{name: "code of the first owner", value: code})
	a.clean("the log", said, 0, append(a.secrets, a.numbers...))
	a.clean("the pages", pages, 0, append(a.secrets, a.numbers...))
	if n := strings.Count(out.String(), code); n != 1 {
		t.Errorf("the code is shown %d times", n)
	}
	for _, m := range append(a.telegram.Messages(stranger), a.telegram.Messages(ops)...) {
		if m.From != nil && m.From.IsBot {
			a.clean("a message", m.Text, 0, a.secrets)
		}
	}
}
