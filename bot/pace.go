package bot

import (
	"time"

	"rechargebot/storage"
)

// How fast we send to one chat. Telegram publishes no exact limits (its FAQ, "My bot is hitting limits": one message a
// second in a chat, short bursts tolerated; 20 a minute in a group; long texts sooner), counts edits in a chat's
// limits and does not count answers to presses (levlam, tdlib/telegram-bot-api issues 636 and 648). We keep below
// each limit by a margin, because what leaves in time may arrive bunched. For all chats together see budget.go.
const (
	chatEvery = time.Second
	chatBurst = 4 // of Telegram's about 5: the one left over is for what is bunched
	chatSpare = 1 // of them, for what the person waits for, however much else is owed to him

	groupCalls  = 20 // in any groupWindow
	groupWindow = 61 * time.Second
	groupSpare  = 2 // of them, for answers to what is asked in the group

	longText = 500 // characters above which a message counts twice in its chat
)

// window lets so many calls through in any stretch of its length.
type window struct {
	length time.Duration
	sent   []time.Time // within the last length, oldest first
}

// wait is how long until fewer than most calls were made within the length.
func (w *window) wait(now time.Time, most int) time.Duration {
	for len(w.sent) > 0 && !w.sent[0].Add(w.length).After(now) {
		w.sent = w.sent[1:]
	}
	if len(w.sent) < most {
		return 0
	}
	return w.sent[len(w.sent)-most].Add(w.length).Sub(now)
}

func (w *window) take(now time.Time) { w.sent = append(w.sent, now) }

// giveBack undoes the newest take of that time.
func (w *window) giveBack(at time.Time) {
	for i := len(w.sent) - 1; i >= 0; i-- {
		if w.sent[i].Equal(at) {
			w.sent = append(w.sent[:i:i], w.sent[i+1:]...)
			return
		}
	}
}

// chatPace is what one chat was sent lately.
type chatPace struct {
	full  time.Time // when the whole burst is there again
	group *window   // nil in a private chat
	until time.Time // nothing to this chat before this: Telegram said so
}

func newChatPace(chat storage.ChatID) *chatPace {
	if chat < 0 { // groups have negative ids
		return &chatPace{group: &window{length: groupWindow}}
	}
	return &chatPace{}
}

// wait is how long a call of that class to the chat has to wait.
func (c *chatPace) wait(now time.Time, k class) time.Duration {
	burst, most := time.Duration(chatBurst), groupCalls
	if k > classCard {
		burst, most = burst-chatSpare, most-groupSpare
	}
	debt := max(0, c.full.Sub(now)) // Sub of the zero time is as negative as can be
	d := max(c.until.Sub(now), debt-(burst-1)*chatEvery, 0)
	if c.group == nil {
		return d
	}
	return max(d, c.group.wait(now, most))
}

func (c *chatPace) take(now time.Time) {
	if c.full.Before(now) {
		c.full = now
	}
	c.full = c.full.Add(chatEvery)
	if c.group != nil {
		c.group.take(now)
	}
}

func (c *chatPace) giveBack(at time.Time) {
	c.full = c.full.Add(-chatEvery)
	if c.group != nil {
		c.group.giveBack(at)
	}
}

// busy reports whether the chat was sent more lately than a message now and then.
func (c *chatPace) busy(now time.Time) bool {
	return c.full.Sub(now) > chatEvery || c.group != nil && c.group.wait(now, groupCalls/2) > 0
}

// idle reports whether a new chatPace would say the same.
func (c *chatPace) idle(now time.Time) bool {
	return !c.full.After(now) && !c.until.After(now) && (c.group == nil || c.group.wait(now, 1) == 0)
}
