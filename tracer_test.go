//go:build linux && amd64

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"unsafe"
)

// strace counts its injections for each thread, and Go moves work between threads: "the Nth write" of
// strace is no point in the program's course. So the tests trace the program themselves, with one
// count over all threads, and look at what a system call is about before they count it.

// Constants of ptrace(2) and wait(2) that package syscall does not have.
const (
	ptraceExitKill    = 0x100000
	ptraceSyscallInfo = 0x420e
	syscallInfoEntry  = 1
	waitAllThreads    = 0x40000000 // __WALL
	waitOwnChildren   = 0x20000000 // __WNOTHREAD: nobody else's children, such as those of tests beside this one
	sigtrapSyscall    = syscall.SIGTRAP | 0x80
	sysMkdirat        = 258
	sysRenameat2      = 316
)

// traced is the program under a tracer that kills it right before its nth effect: a system call that
// changes a file of the store's folder, or that sends something.
type traced struct {
	*os.Process
	log  *os.File
	data string // the store's folder
	kill int    // which effect; 0 = none

	mu      sync.Mutex
	effects []string // before the death, in their order
	done    chan struct{}
	status  syscall.WaitStatus
	err     error
}

// startTraced starts the real program. Its output goes to the file log.
func startTraced(args, env []string, log *os.File, data string, kill int) (*traced, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	t := &traced{log: log, data: data, kill: kill, done: make(chan struct{})}
	started := make(chan error)
	go func() { // ends with the program
		defer close(t.done)
		runtime.LockOSThread() // ptrace binds the program to this thread; the thread ends with it
		t.Process, err = os.StartProcess(exe, append([]string{exe}, args...), &os.ProcAttr{
			Env: env, Files: []*os.File{nil, log, log}, Sys: &syscall.SysProcAttr{Ptrace: true, Setpgid: true},
		})
		if err == nil {
			err = t.begin()
		}
		started <- err
		if err == nil {
			t.err = t.follow()
		}
	}()
	return t, <-started
}

// begin meets the program at its first instruction.
func (t *traced) begin() error {
	var ws syscall.WaitStatus
	if _, err := syscall.Wait4(t.Pid, &ws, waitOwnChildren, nil); err != nil {
		return fmt.Errorf("wait for the traced program: %w", err)
	}
	if !ws.Stopped() {
		return fmt.Errorf("the traced program did not begin: %v", ws)
	}
	options := syscall.PTRACE_O_TRACESYSGOOD | syscall.PTRACE_O_TRACECLONE | ptraceExitKill
	if err := syscall.PtraceSetOptions(t.Pid, options); err != nil {
		return fmt.Errorf("set options of the tracer: %w", err)
	}
	return syscall.PtraceSyscall(t.Pid, 0)
}

// follow lets the program run from system call to system call until it has ended.
func (t *traced) follow() error {
	for {
		var ws syscall.WaitStatus
		pid, err := syscall.Wait4(-t.Pid, &ws, waitAllThreads|waitOwnChildren, nil) // its process group: this thread may have other children
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return fmt.Errorf("follow the traced program: %w", err)
		case ws.Exited() || ws.Signaled():
			if pid == t.Pid { // the first thread is reported last
				t.status = ws
				return nil
			}
			continue
		}
		pass := 0
		switch sig := ws.StopSignal(); {
		case sig == sigtrapSyscall:
			if t.fatal(pid) {
				if err := syscall.Kill(t.Pid, syscall.SIGKILL); err != nil {
					return fmt.Errorf("kill the traced program: %w", err)
				}
				continue // it never runs again
			}
		case sig == syscall.SIGTRAP || sig == syscall.SIGSTOP: // a new thread
		default:
			pass = int(sig)
		}
		if err := syscall.PtraceSyscall(pid, pass); err != nil && !errors.Is(err, syscall.ESRCH) { // it may die meanwhile
			return fmt.Errorf("resume the traced program: %w", err)
		}
	}
}

// entry is struct ptrace_syscall_info of a system call that begins.
type entry struct {
	op   uint8
	_    [3]byte
	arch uint32
	ip   uint64
	sp   uint64
	nr   uint64
	args [6]uint64
	_    [16]byte
}

// fatal notes an effect that is about to happen, and says whether it is the one.
func (t *traced) fatal(pid int) bool {
	var e entry
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PTRACE, ptraceSyscallInfo, uintptr(pid), unsafe.Sizeof(e), uintptr(unsafe.Pointer(&e)), 0, 0)
	if errno != 0 || e.op != syscallInfoEntry {
		return false
	}
	effect := t.effect(e)
	if effect == "" {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.effects = append(t.effects, effect)
	return len(t.effects) == t.kill
}

// effect names a system call that somebody outside of the process can tell from its absence; "" otherwise.
func (t *traced) effect(e entry) string {
	switch e.nr {
	case syscall.SYS_WRITE, syscall.SYS_WRITEV, syscall.SYS_PWRITE64, syscall.SYS_FSYNC, syscall.SYS_FDATASYNC,
		syscall.SYS_FTRUNCATE, syscall.SYS_FALLOCATE, syscall.SYS_FCHMOD, syscall.SYS_CONNECT, syscall.SYS_SENDTO, syscall.SYS_SENDMSG:
		if about := t.about(int(e.args[0])); about != "" {
			return names()[e.nr] + " " + about
		}
	case syscall.SYS_OPENAT:
		if e.args[2]&syscall.O_CREAT != 0 {
			return "openat"
		}
	case syscall.SYS_LINK, syscall.SYS_LINKAT, syscall.SYS_UNLINK, syscall.SYS_UNLINKAT, syscall.SYS_RENAME, syscall.SYS_RENAMEAT,
		sysRenameat2, syscall.SYS_MKDIR, sysMkdirat, syscall.SYS_CHMOD, syscall.SYS_EXIT_GROUP:
		return names()[e.nr]
	}
	return ""
}

// about is what a descriptor of the program leads to: a file of the store, a socket, or "" for anything else.
func (t *traced) about(fd int) string {
	to, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", t.Pid, fd))
	switch {
	case err != nil:
		return ""
	case strings.HasPrefix(to, "socket:"):
		return "socket"
	case strings.HasPrefix(to, t.data):
		name, _, temporary := strings.Cut(filepath.Base(to), ".new-")
		if temporary {
			name += ".new"
		}
		return name
	}
	return ""
}

func names() map[uint64]string {
	return map[uint64]string{
		syscall.SYS_WRITE: "write", syscall.SYS_WRITEV: "writev", syscall.SYS_PWRITE64: "pwrite64", syscall.SYS_FSYNC: "fsync",
		syscall.SYS_FDATASYNC: "fdatasync", syscall.SYS_FTRUNCATE: "ftruncate", syscall.SYS_FALLOCATE: "fallocate", syscall.SYS_FCHMOD: "fchmod",
		syscall.SYS_CONNECT: "connect", syscall.SYS_SENDTO: "sendto", syscall.SYS_SENDMSG: "sendmsg", syscall.SYS_LINK: "link",
		syscall.SYS_LINKAT: "linkat", syscall.SYS_UNLINK: "unlink", syscall.SYS_UNLINKAT: "unlinkat", syscall.SYS_RENAME: "rename",
		syscall.SYS_RENAMEAT: "renameat", sysRenameat2: "renameat2", syscall.SYS_MKDIR: "mkdir", sysMkdirat: "mkdirat",
		syscall.SYS_CHMOD: "chmod", syscall.SYS_EXIT_GROUP: "exit_group",
	}
}

// trail is the effects so far.
func (t *traced) trail() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.effects...)
}

// ended waits for the program's end: whether the tracer killed it, and otherwise its exit code.
func (t *traced) ended() (killed bool, code int, err error) {
	<-t.done
	if t.err != nil {
		return false, 0, t.err
	}
	return t.status.Signaled() && t.status.Signal() == syscall.SIGKILL, t.status.ExitStatus(), nil
}
