package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"rechargebot/storage"
)

// crowd is a batch of updates before the gate. While strangers have used up what they may say, what they go on
// saying is turned away at a glance, and the store is asked once a batch who of its senders are strangers at all:
// so a flood costs next to nothing, and neither do those wait long who have come in the midst of it.
type crowd struct {
	gate   *gate
	now    time.Time
	seen   []glimpse // by their places in the batch
	asked  bool
	inside []storage.PersonID // of the senders, those with a role
}

func (g *gate) crowd(raws []json.RawMessage, now time.Time) *crowd {
	c := &crowd{gate: g, now: now, seen: make([]glimpse, len(raws))}
	for i, raw := range raws {
		c.seen[i] = glance(raw)
	}
	return c
}

// turnsAway reports whether the update at this place is one that admits would not admit. What it says no to must
// be decoded and shown to admits. Places are asked for in their order.
func (c *crowd) turnsAway(ctx context.Context, place int) (bool, error) {
	of := c.seen[place]
	if of.person == 0 || !c.gate.closed(of, c.now) {
		return false, nil
	}
	if err := c.ask(ctx, place); err != nil {
		return false, err
	}
	return !slices.Contains(c.inside, storage.PersonID(of.person)), nil
}

// ask reads the roles of those from this place on, once.
func (c *crowd) ask(ctx context.Context, place int) (err error) {
	if c.asked {
		return nil
	}
	senders := make([]storage.PersonID, 0, len(c.seen))
	for _, of := range c.seen[place:] {
		if of.person != 0 {
			senders = append(senders, storage.PersonID(of.person))
		}
	}
	slices.Sort(senders)
	c.asked = true
	if c.inside, err = c.gate.people.WithRole(ctx, slices.Compact(senders)); err != nil {
		return fmt.Errorf("read the senders' roles: %w", err)
	}
	return nil
}
