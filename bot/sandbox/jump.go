package sandbox

import "fmt"

// maxFuture is how far beyond the newest update an offset may lie; one beyond that is read as none
// (telegram-bot-api, tdlib's TQueue::get: "Specified from_id is in the future").
const maxFuture = 10

// JumpUpdateID gives the next update this number. After a week without updates Telegram goes on at a random one
// (Bot API 10.1, Update), which may be lower than those before, so nothing may be waiting.
func (s *Server) JumpUpdateID(id int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id <= 0 || id > 1<<31-1-1_000_000 {
		return fmt.Errorf("jump: %d is no number for an update", id)
	}
	if n := len(s.updates.waiting) + len(s.updates.again); n > 0 {
		return fmt.Errorf("jump: %d updates wait, so the bot was not silent", n)
	}
	s.updates.next = id
	if s.hook != nil {
		s.hook.queued = id - 1
	}
	return nil
}
