package bot

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/time/rate"

	"rechargebot/flows"
	"rechargebot/storage"
)

// Limits of what strangers may cause. People with a role, suspended or not, are bound here by Telegram's own
// limits only; how much they are answered is decided in flows.
const (
	strangerEvery   = 10 * time.Second // one input, after a burst
	strangerBurst   = 5
	askBurst        = 2  // of /start and /id, each at strangerEvery, beside all else that a stranger says
	strangersRate   = 20 // a second, all of them together
	strangersBurst  = 100
	claimsRate      = 5 // a second, of /claim, beside the others
	claimsBurst     = 20
	rememberedFaces = 4096
	roleLife        = 10 * time.Second // how long it is believed here that somebody has a role; flows read it anew
)

// persons is what the gate asks the store.
type persons interface {
	Person(ctx context.Context, id storage.PersonID) (storage.Person, error)
	// WithRole lists those of the people who have a role.
	WithRole(ctx context.Context, ids []storage.PersonID) ([]storage.PersonID, error)
}

// gate stands before the inbox: what it turns away is never written down. What it admits of strangers is,
// until it is handled: strangersRate inputs a second at most, whoever sends them, which is what they can cost
// the disk and the lanes. It remembers a bounded number of faces, the longest unseen go first; whoever comes
// back with ever new ids meets the limit that all strangers share, and while that is used up newcomers who
// mean well are turned away too. One goroutine uses it.
type gate struct {
	people persons
	all    *rate.Limiter
	claims *rate.Limiter // in its place: no crowd keeps the first owner out
	faces  map[int64]*list.Element
	order  list.List // of *face, the last seen in front
}

// face is one sender: a person, or a group whose senders hide.
type face struct {
	id    int64
	known bool
	until time.Time // when known was read, plus roleLife
	talk  *rate.Limiter
	asks  *rate.Limiter // so that whoever talked a lot is still told how to ask, and the own id
}

func newGate(people persons) *gate {
	return &gate{people: people, all: rate.NewLimiter(strangersRate, strangersBurst), claims: rate.NewLimiter(claimsRate, claimsBurst), faces: map[int64]*list.Element{}}
}

// admits reports whether the input may be stored. In groups only commands and presses are for us.
func (g *gate) admits(ctx context.Context, in flows.Input, now time.Time) (bool, error) {
	if in.ChatKind == flows.GroupChat && in.Command == "" && in.Press == "" {
		return false, nil
	}
	id := who(in)
	f := g.face(id)
	if !f.known || now.After(f.until) { // a stranger may have been approved a moment ago
		p, err := g.people.Person(ctx, storage.PersonID(id))
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return false, fmt.Errorf("read the sender's role: %w", err)
		}
		f.known, f.until = err == nil && p.Role != storage.RoleNone, now.Add(roleLife)
	}
	if f.known {
		return true, nil
	}
	own, shared := f.talk, g.all
	switch in.Command {
	case "start", "id":
		own = f.asks
	case "claim":
		shared = g.claims
	}
	if own.TokensAt(now) < 1 { // what one has used up costs the others nothing, and the other way round
		return false, nil
	}
	return shared.AllowN(now, 1) && own.AllowN(now, 1), nil
}

// stranger reports whether the sender of what was just admitted has no role, as far as it is known here.
func (g *gate) stranger(in flows.Input) bool {
	e := g.faces[who(in)]
	return e == nil || !e.Value.(*face).known
}

// closed reports whether admits would turn away what was glimpsed now, if its sender is a stranger. False also when
// he is known to be none.
func (g *gate) closed(of glimpse, now time.Time) bool {
	if e := g.faces[of.person]; e != nil {
		f := e.Value.(*face)
		if f.known && !now.After(f.until) {
			return false
		}
		own := f.talk
		if of.asks {
			own = f.asks
		}
		if own.TokensAt(now) < almostOne {
			return true
		}
	}
	return g.all.TokensAt(now) < almostOne
}

// almostOne is less than what a limiter still takes for one: it lets pass what would have to wait for less than a
// nanosecond.
const almostOne = 1 - 1e-6

// who is the sender, or the group that hides him.
func who(in flows.Input) int64 {
	if in.From.ID == 0 {
		return int64(in.Chat)
	}
	return int64(in.From.ID)
}

func (g *gate) face(id int64) *face {
	if e := g.faces[id]; e != nil {
		g.order.MoveToFront(e)
		return e.Value.(*face)
	}
	if g.order.Len() >= rememberedFaces {
		oldest := g.order.Back()
		delete(g.faces, g.order.Remove(oldest).(*face).id)
	}
	f := &face{
		id: id, talk: rate.NewLimiter(rate.Every(strangerEvery), strangerBurst), asks: rate.NewLimiter(rate.Every(strangerEvery), askBurst),
	}
	g.faces[id] = g.order.PushFront(f)
	return f
}
