package storage

import (
	"context"
	"time"
)

// Recovery is what a start needs of a store that was put in place from a copy. What happened after the copy was made
// is not in it: orders that are Queued here may long since have been sent, buttons that are alive may have been
// pressed, updates that wait may have been handled (SAFETY.md, I12). Until Quarantine such a store refuses every
// change with an error that breaks nothing.
type Recovery interface {
	// Restored says from what copy the store was put in place, while it waits for Quarantine; zero when it does not.
	Restored(ctx context.Context) (Restored, error)
	// Quarantine makes a restored store fit for work, in one commit:
	//
	//   - every unfinished job is in Review, Restored, without a verdict, and its card and a push are owed;
	//   - all buttons and invitations are gone, all dialogues closed, and their cards left behind;
	//   - no update waits, and of the notices that were owed only those stay that tell of a final state, or correct one;
	//   - the numbers of jobs go on far behind those that may have been given out after the copy was made;
	//   - the audit log has a line.
	//
	// q.Notices are owed with it, before the others. ErrIllegal when the store does not wait for it.
	Quarantine(ctx context.Context, q Quarantine) (Quarantined, error)
}

// Restored says from what a store was put in place.
type Restored struct {
	Copied time.Time `json:"copied"` // everything that was acknowledged before this is in it
	At     time.Time `json:"at"`     // when it was put in place
}

// Quarantine is how a restored store is made fit for work.
type Quarantine struct {
	Now     time.Time
	Due     time.Time                  // when people are reminded of the jobs
	Notices func(Quarantined) []Notice // who else is told what; called once, before the commit; nil = nobody
}

// Quarantined is what a quarantine has done.
type Quarantined struct {
	Restored
	Jobs    int // unfinished, each of them in Review now
	Updates int // that waited and were dropped
	Notices int // that were owed and were dropped
}
