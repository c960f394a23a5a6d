package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"time"
)

// child keeps the real bot running as a process of its own, which can be killed at any instant.
type child struct {
	config, log string
	ready       string                 // the address that answers 200 once the bot works
	audit       func() (*books, error) // looks into the store of a bot that is dead
	again       time.Duration          // between an end and the next start

	mu       sync.Mutex
	process  *os.Process // nil while it is down
	restarts int
	killed   int
	killedAt time.Time     // of a kill that it is not back from
	back     time.Duration // from the last kill until it was ready again
	books    *books        // as they stood at the last kill
}

func newChild(config, log, ready string, audit func() (*books, error)) *child {
	return &child{config: config, log: log, ready: ready, audit: audit, again: time.Second}
}

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
		c.look(log)
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
	life, over := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() { c.awaitReady(life) })
	_ = cmd.Wait() // killed, failed or stopped: the log says why, and it is started again
	c.set(nil)
	over()
	watch.Wait()
	return nil
}

// look audits the store after a kill, before the bot is started again.
func (c *child) look(log io.Writer) {
	c.mu.Lock()
	killed := !c.killedAt.IsZero()
	c.mu.Unlock()
	if !killed || c.audit == nil {
		return
	}
	found, err := c.audit()
	if err != nil {
		_, _ = fmt.Fprintf(log, "demo: audit after a kill: %v\n", err)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.books = found
}

// awaitReady measures how long the bot took to work again after a kill.
func (c *child) awaitReady(ctx context.Context) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !isReady(ctx, c.ready) {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.killedAt.IsZero() {
		c.back, c.killedAt = time.Since(c.killedAt), time.Time{}
	}
}

func isReady(ctx context.Context, url string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer func() { _ = w.Body.Close() }()
	return w.StatusCode == http.StatusOK
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
	if c.process == nil || c.process.Kill() != nil {
		return false
	}
	c.killed++
	c.killedAt = time.Now()
	return true
}

// childState is what the page shows of the bot's process.
type childState struct {
	Running  bool   `json:"running"`
	Restarts int    `json:"restarts"`
	PID      int    `json:"pid"`
	Killed   int    `json:"killed"`
	BackMS   int64  `json:"back_ms,omitempty"` // from the last kill until /readyz said yes
	Books    *books `json:"books,omitempty"`   // as they stood at the last kill
}

func (c *child) state() childState {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := childState{Restarts: c.restarts, Killed: c.killed, BackMS: c.back.Milliseconds(), Books: c.books}
	if c.process != nil {
		s.Running, s.PID = true, c.process.Pid
	}
	return s
}
