// Package bolt keeps a storage.Store in one bbolt file.
//
// Writing. Every operation is a change: a check that reads and may refuse, having written nothing, and
// an apply whose error is fatal. One goroutine owns the only write transaction. It takes whatever
// operations wait, runs them one after the other in one transaction (each sees the writes of those
// before it), commits, and only then answers each caller with its own verdict; what gathered meanwhile
// is the next batch. There is no timer: a lone writer is served at once, and under load the cost of the
// two syncs of a commit is shared.
//
// Reading. Readers use bbolt's snapshots. bbolt shows a commit to readers before its last sync has
// returned, so a reader that saw such a commit is held back until the commit is known to be on the disk:
// nobody can tell a person about a state that a power cut may undo.
//
// Failing. A commit that errs may be on the disk or not (SAFETY.md, finding 4), and damage means that the
// file cannot be trusted. Both are fail-stop: everybody gets storage.ErrBroken from then on, readers too,
// Broken is closed, and nothing more is written. The next Open reads what is really there.
//
// The file. Each record is a version byte, a CRC-32C over bucket, key and payload, and the payload;
// bbolt itself checks only its two meta pages (finding 5). The file is made under another name and
// linked into place when it is complete and synced, because a file torn while it is made can make bbolt
// panic (finding 6). Unfinished jobs live in a bucket of their own, finished ones in an archive that is packed tightly
// (PERFORMANCE.md, section 2), and the due index repeats of each unfinished job only what
// recovery needs.
//
// The audit log. Each line holds the SHA-256 link of the line before, and beside the lines stands where they
// end, so that a line that somebody with the host's password changes, removes, moves or cuts off is found: near
// the end by Open, anywhere by Check. It is a chain, not a signature: what its end was must be kept elsewhere too.
//
// What a damaged file does. Open itself refuses, with a sentence: an empty file, one without two meta
// pages, a foreign one, one of which either meta page is damaged, one cut off below the length that its
// newest meta page promises, one without our buckets; and, up to maxSurvey bytes, one in which a page is not
// what and where it should be, or is used twice or by nobody, the free list included. Damage inside a record
// is found by its CRC when it is read, and a record that is not found is doubted: its neighbours must be whole
// and on their sides, and no job that was given a number is ever missing. In files that are too large to
// be surveyed at the start, a wrong page shows as the fault or panic that it causes in bbolt, which is caught
// in the goroutine that reads (page faults of the mapped file included) and breaks the store. Check surveys
// files of any size. Not found when it is read: a page as it was at an earlier time (a disk that has lost a write),
// where it contradicts nothing that is read with it. Check finds it where it contradicts anything at all.
package bolt
