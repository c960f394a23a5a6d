package bot

import (
	"maps"
	"time"

	"rechargebot/storage"
)

const (
	watching = 2 * time.Minute // how long an agent looks at the card of a new order
	mostMade = 4096            // new orders remembered
)

// justNow is how old a notice may be to be taken for the effect of the input that is being handled.
const justNow = 30 * time.Second

// classOf is how urgent a notice is. What is owed to a chat whose input is being handled was caused by it, but
// for results, and for what was caused long ago: what was not told while the person could not be reached.
func (o *outbox) classOf(n storage.Notice) class {
	begins := n.Kind == storage.NoticeCard && (n.State == storage.Queued || n.State == storage.Sending)
	watched := n.Kind == storage.NoticeCard && o.watched(n.Job, begins)
	fresh := n.Created.IsZero() || time.Since(n.Created) < justNow
	handling, stranger := o.turns.handling(n.Chat)
	switch {
	case n.Kind == storage.NoticeScreen, begins && handling && fresh: // where a crowd of orders begins by itself, screens go first
		return classInput
	case watched, n.Kind == storage.NoticeFile: // what heavy things a person waits for, behind the screens
		return classCard
	case n.Result():
		return classResult
	case handling && stranger:
		return classStranger
	case handling && fresh:
		return classInput
	case n.Job != 0:
		return classResult
	}
	return classBackground
}

// watched reports whether the order was made so lately that its agent looks at its card. begins says that it was
// made now.
func (o *outbox) watched(job storage.JobID, begins bool) bool {
	now := time.Now()
	if !begins {
		made, known := o.made[job]
		return known && now.Sub(made) < watching
	}
	if len(o.made) >= mostMade {
		maps.DeleteFunc(o.made, func(_ storage.JobID, made time.Time) bool { return now.Sub(made) >= watching })
	}
	if _, known := o.made[job]; !known && len(o.made) < mostMade {
		o.made[job] = now
	}
	return true
}

// replies reports whether a notice that an earlier life has left may answer what its reader said: a later answer
// shall not come before it.
func replies(n storage.Notice) bool {
	return n.Kind == storage.NoticeMessage && n.Job == 0 && n.About == 0 && n.Chat > 0
}
