package wire

import "strings"

// SpeaksOfRepeat reports whether a free text seems to say that the upstream has this order, or one like it,
// already or still: that it is a duplicate, the same as before, in process, or may come again after some
// minutes (which panels say of the same number within a window of theirs). Texts decide nothing, and this is
// no exception: it is for the upstreams that have one code for every refusal, to keep the refusal of a
// repeated order from being taken for the refusal of the order. So it is wide: what it hears without
// reason costs an enquiry, what it does not hear may pay twice.
func SpeaksOfRepeat(message string) bool {
	p := newProse(message)
	return p.says(
		"duplicat", "duplikat", "dublicat", "already", "exists", "unique", "repeat",
		" same number", " same mobile", " same request", " same recharge", " same amount", " same order", " same transaction", " same trx", " same txn", " same ref",
		" previous request", " previous order", " previous recharge", " previous transaction",
		" in process", " in progress", " under process", " processing", " pending", " in queue", " queued",
	) || p.asksToWait()
}

// asksToWait reports whether the text names a time to come back after, "after 5 minutes", "after some time".
func (p prose) asksToWait() bool {
	for i, word := range p.words {
		switch strings.TrimLeft(word, "0123456789") {
		case "sec", "secs", "second", "seconds", "min", "mins", "minute", "minutes", "hr", "hrs", "hour", "hours", "time", "sometime", "while":
			if near := p.words[max(0, i-3):i]; contains(near, "after", "within", "wait") {
				return true
			}
		}
	}
	return false
}
