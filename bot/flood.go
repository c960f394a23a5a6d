package bot

import (
	"time"

	"rechargebot/storage"
)

// soonAgain is how long after a pause for all another refusal is taken for one of the same kind.
const soonAgain = 10 * time.Second

// pause obeys a 429: nothing more to that chat before it ends. Telegram does not say which limit was hit.
// When the chat was sent little and all chats together much, or a pause for all has just ended, or another such
// chat was told to wait for as long, it is the limit of all, and everybody waits. all reports that.
func (s *schedule) pause(chat storage.ChatID, d time.Duration) (all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	end := now.Add(d)
	c := s.chat(chat, now)
	c.until = later(c.until, end)
	if !c.busy(now) {
		all = s.all.used(now) || now.Before(s.until.Add(soonAgain))
		for id, other := range s.chats {
			gap := other.until.Sub(end).Abs()
			all = all || id != chat && other.until.After(now) && gap <= 2*time.Second && !other.busy(now)
		}
	}
	if all {
		s.hold(now, end)
	}
	s.pump()
	return all
}

// hold lets nobody call before the end of a pause. Of the calls that were refused with it, one makes us slower.
func (s *schedule) hold(now, end time.Time) {
	if !s.until.After(now) {
		s.all.slower(now)
	}
	s.until = later(s.until, end)
}

// pauseAll obeys a 429 to a call that is about no chat.
func (s *schedule) pauseAll(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.hold(now, now.Add(d))
	s.pump()
}

// pausedAll is how long everybody has to wait because of a 429.
func (s *schedule) pausedAll() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(0, time.Until(s.until))
}

// charge lets a message count once more in its chat: long texts hit the limits sooner.
func (s *schedule) charge(chat storage.ChatID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.chat(chat, now).take(now)
}

// unanswered notes that Telegram did not answer a call about the chat.
func (s *schedule) unanswered(chat storage.ChatID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.failing[chat] = true
	if len(s.failing) < unwell || s.probes > 0 && now.Before(s.probeAt) { // of several under way only one counts
		return
	}
	s.probes++
	s.probeAt = now.Add(s.backoff(s.probes, time.Second, 15*time.Second))
	s.pump()
}

// answered notes that Telegram is there.
func (s *schedule) answered() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.failing) == 0 && s.probes == 0 {
		return
	}
	clear(s.failing)
	s.probes, s.probeAt = 0, time.Time{}
	s.pump()
}

// close forgets the timer; nobody waits any more.
func (s *schedule) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer.Stop()
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
