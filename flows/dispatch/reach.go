package dispatch

import (
	"time"

	"rechargebot/storage"
)

// Askable reports whether an enquiry about the job's open attempt would be made now: its provider is
// configured, answers enquiries, and still about one of that age. A person asks before he has it asked again.
func (d *Dispatcher) Askable(job storage.Job) bool {
	a := job.OpenAttempt()
	if a == nil {
		return false
	}
	n := d.lanes.find(a.Provider)
	return n != nil && askable(n.up.Registration().Capabilities, *a, time.Now())
}
