package sandbox

import "time"

// Limits is Telegram's flood control: about one message a second in one chat with short bursts, twenty
// a minute in a group (edits count there, too), thirty a second over all chats ("Hitting limits" of the
// Bot FAQ; the real ones are flexible). Zero fields mean these. What Telegram counts with is not known:
// Sliding and Harsh play what a bot has to live with at worst.
type Limits struct {
	Off bool // no flood control

	ChatEvery  time.Duration
	ChatBurst  int
	GroupEvery time.Duration
	GroupBurst int
	AllEvery   time.Duration
	AllBurst   int

	// Sliding allows so many (Burst) in any stretch of Burst times Every: 30 in any second over all chats,
	// 20 in any minute of a group. Without it a bucket fills again while it empties, and a pause saves up a
	// burst, which in a private chat stays so.
	Sliding bool
	// Harsh doubles the wait of whoever calls again before it is over, up to maxPenalty.
	Harsh bool
	// LongTexts counts a text of more than 500 characters twice ("may hit limits sooner", same place).
	LongTexts bool
}

const (
	maxPenalty = 5 * time.Minute
	longText   = 500 // UTF-16 units
)

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

// rate is how many calls may be made in what time.
type rate struct {
	every   time.Duration
	burst   int
	sliding bool
}

// meter counts calls against a rate. The zero meter has counted none.
type meter struct {
	full  time.Time   // of a bucket: the moment at which it will be full again
	past  []time.Time // of a sliding window: the calls in it
	until time.Time   // the end of the wait that was last asked for
	asked time.Duration
}

// wait is how long a call of that cost has to wait now; 0 means that it may go.
func (m *meter) wait(now time.Time, r rate, cost int) time.Duration {
	cost = min(cost, r.burst)
	if !r.sliding {
		debt := max(0, m.full.Sub(now)) // Sub of the zero time is as negative as can be
		room := time.Duration(r.burst-cost) * r.every
		return max(0, debt-room)
	}
	window := time.Duration(r.burst) * r.every
	for len(m.past) > 0 && now.Sub(m.past[0]) >= window {
		m.past = m.past[1:]
	}
	over := len(m.past) + cost - r.burst
	if over <= 0 {
		return 0
	}
	return window - now.Sub(m.past[over-1])
}

func (m *meter) take(now time.Time, r rate, cost int) {
	if r.sliding {
		for range cost {
			m.past = append(m.past, now)
		}
		return
	}
	if m.full.Before(now) {
		m.full = now
	}
	m.full = m.full.Add(time.Duration(cost) * r.every)
}

// refuse asks a call to wait, in whole seconds.
func (m *meter) refuse(now time.Time, wait time.Duration, harsh bool) *apiError {
	if harsh && now.Before(m.until) {
		wait = max(wait, min(2*m.asked, maxPenalty))
	}
	m.asked = (wait + time.Second - 1).Truncate(time.Second)
	m.until = now.Add(m.asked)
	return tooMany(int(m.asked / time.Second))
}

// flood takes a message's place in the limits of its chat and of the bot, or refuses it and takes none.
func (s *Server) flood(c *chat, words string, edit bool) *apiError {
	l := s.limits
	if l.Off {
		return nil
	}
	now, cost := time.Now(), 1
	if l.LongTexts && utf16Len(words) > longText {
		cost = 2
	}
	here, all := rate{l.ChatEvery, l.ChatBurst, false}, rate{l.AllEvery, l.AllBurst, l.Sliding}
	if c.kind != private {
		here = rate{l.GroupEvery, l.GroupBurst, l.Sliding}
	}
	counts := !edit || c.kind != private
	for _, of := range []struct {
		*meter
		rate
		counts bool
	}{{&s.all, all, true}, {&c.pace, here, counts}} {
		if !of.counts {
			continue
		}
		wait := of.wait(now, of.rate, cost)
		if l.Harsh {
			wait = max(wait, of.until.Sub(now))
		}
		if wait > 0 {
			return of.refuse(now, wait, l.Harsh)
		}
	}
	s.all.take(now, all, cost)
	if counts {
		c.pace.take(now, here, cost)
	}
	return nil
}
