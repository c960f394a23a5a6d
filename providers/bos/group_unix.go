//go:build unix

package bos

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// alone gives a program a process group of its own, so that what it has started ends with it when it is stopped.
func alone(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
}
