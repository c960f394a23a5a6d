package bolt

import (
	"encoding/binary"
	"math"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// The buckets, with their keys and payloads. All numbers are big-endian, signed ones with the sign bit
// flipped, so that the order of the bytes is the order of the values.
const (
	bucketMeta      = "meta"       // name → JSON
	bucketLive      = "live"       // job → storage.Job that is not terminal
	bucketArchive   = "archive"    // job → storage.Job that is terminal
	bucketDue       = "due"        // due, job (its highest bit: is it in Sending?) → nothing. Of jobs that are due some time
	bucketDesk      = "desk"       // job → nothing. Of jobs that wait for a person
	bucketAgent     = "by-agent"   // agent, job → nothing
	bucketAccount   = "by-account" // length and digits of the number, job → nothing
	bucketReference = "references" // reference → job
	bucketSpent     = "spent"      // agent, currency, 0, day → sum in minor units
	bucketPeople    = "people"     // person → storage.Person
	bucketAbout     = "about"      // person → []storage.CardRef, oldest first
	bucketSessions  = "sessions"   // chat → session
	bucketKeyboards = "keyboards"  // keyboard → storage.Keyboard
	bucketExpiry    = "expiry"     // expiry, keyboard → nothing, or markInvite
	bucketNotices   = "notices"    // notice → storage.Notice
	bucketScreens   = "screens"    // chat → the notice that is its newest screen, while it is owed
	bucketCards     = "cards"      // job → the notice that brings its card up to date, while it is owed
	bucketInbox     = "inbox"      // inbox id → storage.Update
	bucketSeen      = "seen"       // update number → its place in the ring
	bucketRing      = "ring"       // place → update number, second of its arrival (0 = unknown), or nothing; the newest storage.SeenUpdates places
	bucketMemos     = "memos"      // name → the watcher's own bytes
	bucketAudit     = "audit"      // number → auditLine; only ever appended to, each line chained to the one before
)

func bucketNames() []string {
	return []string{
		bucketMeta, bucketLive, bucketArchive, bucketDue, bucketDesk, bucketAgent, bucketAccount, bucketReference,
		bucketSpent, bucketPeople, bucketAbout, bucketSessions, bucketKeyboards, bucketExpiry, bucketNotices,
		bucketScreens, bucketCards, bucketInbox, bucketSeen, bucketRing, bucketMemos, bucketAudit,
	}
}

// markInvite marks an invitation among the keyboards, so that the few can be found without reading all.
const markInvite = "invite"

// packed is how full the pages of a bucket are left that grows at its end and is hardly ever changed.
const packed = 0.95

func fillPercent(bucket string) (float64, bool) { // of a page, not of money
	return packed, bucket == bucketArchive || bucket == bucketAudit || bucket == bucketReference
}

// Keys of the meta bucket.
const (
	metaSchema   = "schema"   // number
	metaInstance = "instance" // 32 hexadecimal digits, drawn when the file was made
	metaEpoch    = "epoch"    // how often the file was opened and written to
	metaAudit    = "audit"    // auditHead
	metaCopy     = "copy"     // Mark: the file is a backup, and no bot works on it
	metaRestored = "restored" // storage.Restored: the file was a backup, and its quarantine is to come
	metaSkips    = "skips"    // []skip
)

// schemaVersion is the layout of the buckets that this program reads and writes.
const schemaVersion = 4

func unsigned(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func signed(n int64) []byte { return unsigned(uint64(n) ^ 1<<63) }

func readUnsigned(b []byte) uint64 { return binary.BigEndian.Uint64(b) }

func readSigned(b []byte) int64 { return int64(readUnsigned(b) ^ 1<<63) }

func jobKey(id storage.JobID) []byte { return unsigned(uint64(id)) }

func personKey(id storage.PersonID) []byte { return signed(int64(id)) }

func chatKey(id storage.ChatID) []byte { return signed(int64(id)) }

func noticeKey(id storage.NoticeID) []byte { return unsigned(uint64(id)) }

func inboxKey(id storage.InboxID) []byte { return unsigned(uint64(id)) }

// dueSending marks the entries of jobs in Sending, so that a start finds them without reading any job.
const dueSending = 1 << 63

func dueKey(j storage.Job) []byte {
	id := uint64(j.ID)
	if j.State == storage.Sending {
		id |= dueSending
	}
	return binary.BigEndian.AppendUint64(signed(j.Due.UnixNano()), id)
}

func readDueKey(key []byte) (due int64, id storage.JobID, sending bool) {
	n := readUnsigned(key[8:])
	return readSigned(key), storage.JobID(n &^ dueSending), n&dueSending != 0
}

func expiryKey(k storage.Keyboard) []byte { return append(signed(k.Expires.UnixNano()), k.ID[:]...) }

func agentPrefix(agent storage.PersonID) []byte { return personKey(agent) }

func accountPrefix(account providers.MSISDN) []byte {
	return append([]byte{byte(len(account))}, account...)
}

func spentKey(agent storage.PersonID, c providers.Currency, day string) []byte {
	return append(append(append(personKey(agent), c...), 0), day...)
}

// indexable reports whether the time fits into a key: from 1678 to 2262.
func indexable(t time.Time) bool {
	return t.Year() > 1678 && t.Before(time.Unix(0, math.MaxInt64))
}
