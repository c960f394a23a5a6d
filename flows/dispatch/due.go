package dispatch

import (
	"time"

	"rechargebot/storage"
)

// entry is one waiting job: 16 bytes, so that 100,000 of them cost less than 4 MiB with the slice's slack.
type entry struct {
	due int64 // Unix nanoseconds
	id  storage.JobID
}

func (e entry) before(f entry) bool { return e.due < f.due || e.due == f.due && e.id < f.id }

// dueIndex is a binary heap of what waits, the next one first. It may hold a job more than once: who
// takes an entry reads the job, and an entry that is not true any more does no harm. Equal entries lie
// beside each other, so take removes them together and they do not pile up.
type dueIndex []entry

// add puts a job in.
func (h *dueIndex) add(e entry) {
	*h = append(*h, e)
	s := *h
	for i := len(s) - 1; i > 0; {
		parent := (i - 1) / 2
		if !s[i].before(s[parent]) {
			return
		}
		s[i], s[parent] = s[parent], s[i]
		i = parent
	}
}

// next is when the first entry is due; false when nothing waits.
func (h dueIndex) next() (time.Time, bool) {
	if len(h) == 0 {
		return time.Time{}, false
	}
	return time.Unix(0, h[0].due), true
}

// take removes the first entry and its equals; it must not be empty.
func (h *dueIndex) take() entry {
	first := (*h)[0]
	for len(*h) > 0 && (*h)[0] == first {
		h.pop()
	}
	return first
}

// advance makes everything due that much earlier.
func (h dueIndex) advance(by time.Duration) {
	if by == 0 {
		return
	}
	for i := range h {
		h[i].due -= int64(by)
	}
}

func (h *dueIndex) pop() {
	s := *h
	last := len(s) - 1
	if last == 0 {
		*h = nil
		return
	}
	s[0] = s[last]
	s = s[:last]
	*h = s
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			return
		}
		if right := child + 1; right < last && s[right].before(s[child]) {
			child = right
		}
		if !s[child].before(s[i]) {
			return
		}
		s[i], s[child] = s[child], s[i]
		i = child
	}
}
