package bolt

import "sync"

// horizon is the newest transaction that is known to be on the disk. bbolt shows a commit to readers as
// soon as its meta page is written, before that page is synced.
type horizon struct {
	mu     sync.Mutex
	synced uint64
	moved  chan struct{} // closed when synced moves on
}

func newHorizon(synced uint64) *horizon {
	return &horizon{synced: synced, moved: make(chan struct{})}
}

// reach says that the transaction is on the disk.
func (h *horizon) reach(id uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.synced = id
	close(h.moved)
	h.moved = make(chan struct{})
}

// await waits until the transaction is on the disk; false when given up.
func (h *horizon) await(id uint64, giveUp <-chan struct{}) bool {
	for {
		h.mu.Lock()
		synced, moved := h.synced, h.moved
		h.mu.Unlock()
		if synced >= id {
			return true
		}
		select {
		case <-moved:
		case <-giveUp:
			return false
		}
	}
}
