package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// child keeps the real bot running as a process of its own, which can be killed at any instant.
type child struct {
	config, log string
	again       time.Duration // between an end and the next start

	mu       sync.Mutex
	process  *os.Process // nil while it is down
	restarts int
}

func newChild(config, log string) *child { return &child{config: config, log: log, again: time.Second} }

// run starts the bot again whenever it ends, until ctx is over; then it asks it to stop, and waits.
func (c *child) run(ctx context.Context) error {
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find our own program: %w", err)
	}
	log, err := os.OpenFile(c.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the bot's log: %w", err)
	}
	defer log.Close()
	for {
		if err := c.once(ctx, exe, log); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(c.again):
		}
		c.mu.Lock()
		c.restarts++
		c.mu.Unlock()
	}
}

// once runs the bot until it ends. Its standard input is a pipe of ours, so that it ends with us even if
// we are killed.
func (c *child) once(ctx context.Context, exe string, log io.Writer) error {
	cmd := exec.CommandContext(ctx, exe, "run", "--config", c.config, "--stop-with-stdin")
	cmd.Stdout, cmd.Stderr = log, log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("start the bot: %w", err)
	}
	cmd.Cancel = func() error { return stdin.Close() }
	cmd.WaitDelay = 15 * time.Second
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the bot: %w", err)
	}
	c.set(cmd.Process)
	_ = cmd.Wait() // killed, failed or stopped: the log says why, and it is started again
	c.set(nil)
	return nil
}

func (c *child) set(p *os.Process) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.process = p
}

// crash kills the bot with SIGKILL, whatever it is doing; it reports whether there was one to kill.
func (c *child) crash() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.process != nil && c.process.Kill() == nil
}

// childState is what the page shows of the bot's process.
type childState struct {
	Running  bool `json:"running"`
	Restarts int  `json:"restarts"`
	PID      int  `json:"pid"`
}

func (c *child) state() childState {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process == nil {
		return childState{Restarts: c.restarts}
	}
	return childState{Running: true, Restarts: c.restarts, PID: c.process.Pid}
}
