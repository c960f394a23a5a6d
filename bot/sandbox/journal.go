package sandbox

import (
	"cmp"
	"slices"
)

// maxJournal bounds the changes that are remembered; whoever has not looked for longer looks at everything.
const maxJournal = 1 << 16

// journal lists the latest changes in the order of their revisions, so that whoever looks after each
// change need not look through all chats.
type journal struct {
	changes []change
	before  int64 // changes up to this revision are forgotten
}

// change says what changed: a message, or the chat itself when message is nil.
type change struct {
	rev     int64
	chat    *chat
	message *stored
}

func (j *journal) add(c change) {
	if len(j.changes) == maxJournal {
		j.before = j.changes[maxJournal/2-1].rev
		n := copy(j.changes, j.changes[maxJournal/2:])
		clear(j.changes[n:])
		j.changes = j.changes[:n]
	}
	j.changes = append(j.changes, c)
}

// since lists what has changed after a revision, each thing once; false when that is not known any more.
func (j *journal) since(rev int64) ([]change, bool) {
	if rev == 0 || rev < j.before {
		return nil, false
	}
	at, _ := slices.BinarySearchFunc(j.changes, rev+1, func(c change, rev int64) int { return cmp.Compare(c.rev, rev) })
	var latest []change
	for _, c := range j.changes[at:] {
		if c.message != nil && c.rev == c.message.rev || c.message == nil && c.rev == c.chat.rev {
			latest = append(latest, c)
		}
	}
	return latest, true
}

// touchMessage counts a change of a message; the lock is held.
func (s *Server) touchMessage(m *stored) {
	m.rev = s.touch()
	s.journal.add(change{m.rev, m.in, m})
}

// touchChat counts a change of a chat; the lock is held.
func (s *Server) touchChat(c *chat) {
	c.rev = s.touch()
	s.journal.add(change{c.rev, c, nil})
}

// messagesSince lists the chat's messages that are new or changed since a revision, oldest first and
// without deleted ones, and the revision as of which that is true.
func (s *Server) messagesSince(chatID, since int64) ([]Message, int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[chatID]
	if c == nil {
		return nil, s.rev
	}
	var fresh []Message
	changes, known := s.journal.since(since)
	if !known {
		for _, m := range c.messages {
			if !m.deleted {
				fresh = append(fresh, m.Message)
			}
		}
		return fresh, s.rev
	}
	for _, one := range changes {
		if m := one.message; m != nil && one.chat == c && !m.deleted {
			fresh = append(fresh, m.Message)
		}
	}
	slices.SortFunc(fresh, func(a, b Message) int { return cmp.Compare(a.ID, b.ID) })
	return fresh, s.rev
}
