package bolt

import (
	"errors"
	"sync"
)

// Faults makes writes and commits of a store fail as a disk does.
type Faults struct {
	mu     sync.Mutex
	write  int  // the write to fail, counted down; 0 = none
	commit bool // the next commit errs
	happen bool // and is on the disk nevertheless
}

var errDisk = errors.New("input/output error")

// Write makes the n-th write from now on fail.
func (f *Faults) Write(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.write = n
}

// Commit makes the next commit err.
func (f *Faults) Commit(happened bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.commit, f.happen = true, happened
}

func (f *Faults) step() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.write == 0 {
		return nil
	}
	if f.write--; f.write == 0 {
		return errDisk
	}
	return nil
}

func (f *Faults) committing(happened bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.commit || f.happen != happened {
		return nil
	}
	f.commit = false
	return errDisk
}

// WithFaults returns the options of a store that fails on demand.
func WithFaults(o Options, f *Faults) Options {
	o.hooks = hooks{
		step:      f.step,
		commit:    func() error { return f.committing(false) },
		committed: func() error { return f.committing(true) },
	}
	return o
}
