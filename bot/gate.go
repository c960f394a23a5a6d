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
	strangersGulp   = 5  // once they have used that up they come in by so many, who share the disk's time
	idsRate         = 10 // a second, of /id, before they use up the others' part
	idsBurst        = 300
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
// until it is handled: strangersRate inputs a second at most, and idsRate of /id, whoever sends them, which is what
// they can cost the disk and the lanes. A crowd that asks for its ids in one moment, such as a team on its first day,
// waits in the inbox, and is told them as fast as Telegram lets us send beside what others wait for: three hundred
// in some ten seconds. The gate remembers a bounded number of faces, those longest not looked at go first; whoever
// comes back with ever new ids meets the limit that all strangers share, and while that is used up newcomers who
// mean well are turned away too. One goroutine uses it.
type gate struct {
	people persons
	all    *rate.Limiter
	drawn  bool          // all was used up, and has not gathered strangersGulp since
	ids    *rate.Limiter // before it
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
	return &gate{
		people: people, faces: map[int64]*list.Element{},
		all: rate.NewLimiter(strangersRate, strangersBurst), ids: rate.NewLimiter(idsRate, idsBurst), claims: rate.NewLimiter(claimsRate, claimsBurst),
	}
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
	own := f.talk
	if in.Command == "start" || in.Command == "id" {
		own = f.asks
	}
	if own.TokensAt(now) < 1 { // what one has used up costs the others nothing, and the other way round
		return false, nil
	}
	return g.room(in.Command, now) && own.AllowN(now, 1), nil
}

// room takes a place for a stranger's input, if there is one.
func (g *gate) room(command string, now time.Time) bool {
	switch {
	case command == "claim":
		return g.claims.AllowN(now, 1)
	case command == "id" && g.ids.AllowN(now, 1):
		return true
	case g.used(now):
		return false
	}
	return g.all.AllowN(now, 1)
}

// used reports whether all strangers together have used up what is theirs.
func (g *gate) used(now time.Time) bool {
	left := g.all.TokensAt(now)
	g.drawn = left < almostOne || g.drawn && left < strangersGulp
	return g.drawn
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
	return (!of.id || g.ids.TokensAt(now) < almostOne) && g.used(now)
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
