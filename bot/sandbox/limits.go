package sandbox

import "time"

// Limits is Telegram's flood control: about one message a second in one chat with short bursts, twenty
// a minute in a group (edits count there, too), thirty a second over all chats ("Hitting limits" of the
// Bot FAQ; the real ones are flexible). Zero fields mean these.
type Limits struct {
	Off bool // no flood control

	ChatEvery  time.Duration
	ChatBurst  int
	GroupEvery time.Duration
	GroupBurst int
	AllEvery   time.Duration
	AllBurst   int
}

func (l Limits) orTelegrams() Limits {
	duration := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	count := func(n *int, value int) {
		if *n == 0 {
			*n = value
		}
	}
	duration(&l.ChatEvery, time.Second)
	duration(&l.GroupEvery, 3*time.Second)
	duration(&l.AllEvery, time.Second/30)
	count(&l.ChatBurst, 5)
	count(&l.GroupBurst, 20)
	count(&l.AllBurst, 30)
	return l
}

// bucket lets burst calls through at once and one more each interval. It keeps the moment at which it
// will be full again; the zero bucket is full.
type bucket struct {
	full time.Time
}

// wait is how long a call has to wait now; 0 means that it may go.
func (b bucket) wait(now time.Time, every time.Duration, burst int) time.Duration {
	debt := max(0, b.full.Sub(now)) // Sub of the zero time is as negative as can be
	room := time.Duration(burst-1) * every
	return max(0, debt-room)
}

func (b *bucket) take(now time.Time, every time.Duration) {
	if b.full.Before(now) {
		b.full = now
	}
	b.full = b.full.Add(every)
}

// flood takes a message's place in the limits of its chat and of the bot, or refuses it and takes none.
func (s *Server) flood(c *chat, words string, edit bool) *apiError {
	if s.limits.Off {
		return nil
	}
	now, l := time.Now(), s.limits
	every, burst := l.ChatEvery, l.ChatBurst
	if c.kind != private {
		every, burst = l.GroupEvery, l.GroupBurst
	}
	counts := !edit || c.kind != private
	wait := s.all.wait(now, l.AllEvery, l.AllBurst)
	if counts {
		wait = max(wait, c.pace.wait(now, every, burst))
	}
	if wait > 0 {
		return tooMany(int((wait + time.Second - 1) / time.Second))
	}
	s.all.take(now, l.AllEvery)
	if counts {
		c.pace.take(now, every)
	}
	return nil
}
