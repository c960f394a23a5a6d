// Package storage says what must survive a crash: the nouns, the table of legal moves, and the
// contract of a store. storage/bolt keeps it, storagetest holds the laws for any store.
//
//	Queued ──► Sending ──► Delivered ──► Reversed
//	  │           ├──────► Failed                      terminal: Delivered, Failed, Cancelled, Reversed
//	  │           ├──────► Queued   (proof of not charged)
//	  │           ├──────► Pending ─┐ enquire
//	  │           └──────► Unknown ─┴─► Delivered | Failed | Queued (proof) | Review ─► a person decides
//	  └─► Cancelled, Failed (too old)
//
// What waits for a person (Review, and incidents: evidence against what is settled already) lies at the
// desk, Jobs.AtDesk; a person's decision is a Move inside the turn of his press, checked with his role in that commit.
//
// Guarantees: what an operation returned nil for is on the disk. An operation is one commit or
// nothing. An operation that is refused (ErrConflict, ErrPressed, …) has changed nothing. Any other
// error means that nobody knows whether the commit happened; the store then accepts nothing more
// (a bbolt commit that errs may be committed: SAFETY.md, finding 4), Broken is closed, and the process
// must end. Wrong use is refused as ErrIllegal. A context that is over before an operation is taken changes
// nothing, and its error is returned; once taken, the operation is waited for. What the store hands out is the caller's own; what it is given stays the caller's.
//
// A job found in Sending at the start becomes Unknown and is never sent again. After a restore every unfinished job
// goes to Review before anything else happens, and is never sent again either (Recovery).
//
// Deviations from the plan of the house: there is no ledger yet, because agents have no credit yet; what
// an agent may spend is bounded by the day's sum, which Commit and Move keep.
package storage
