package dispatch

import (
	"cmp"
	"context"
	"slices"
	"time"

	"rechargebot/providers"
)

// Standing is how a provider does at present with new orders of an operator.
type Standing int

const (
	Fine    Standing = iota // nothing is known against it
	Broken                  // its last sends came to nothing: others are preferred, and orders for it go one at a time
	Resting                 // it is paused, and gets no new orders
)

// Standing says how a provider does at present with an operator's orders. A name that no enabled upstream
// has is Fine. An error is the store's.
func (d *Dispatcher) Standing(ctx context.Context, provider string, op providers.OperatorID) (Standing, error) {
	n := d.lanes.find(provider)
	if n == nil {
		return Fine, nil
	}
	if is, err := d.isPaused(ctx, n); err != nil || is {
		return Resting, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if l := n.lines[op]; l != nil && l.breaker.broken() {
		return Broken, nil
	}
	return Fine, nil
}

// tallyOf is how many sends a Summary tells of.
const tallyOf = 100

// Summary is what is known of one upstream.
type Summary struct {
	Provider string
	Retired  bool // it is asked about what it was sent once, and sent nothing
	Sends    int  // the last ones since the start, at most 100
	Good     int  // of them: taken, delivered, or answered by a refusal of the order itself
	Waiting  int  // orders that wait for their send there, or for it to be resumed; one that was cancelled counts until it would be too old
	Breaks   []Break
}

// Break is an operator whose orders come to nothing at an upstream.
type Break struct {
	Operator providers.OperatorID
	Since    time.Time
	Trial    time.Time // when an order that others take may be tried there
	Trying   bool      // one is under way there
}

// Summaries tells of every upstream, in order of priority, the retired ones last. It asks nobody.
func (d *Dispatcher) Summaries() []Summary {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []Summary
	for i, n := range d.lanes.of {
		s := Summary{Provider: n.up.Name(), Retired: i >= len(d.c.Upstreams), Waiting: len(n.parked)}
		s.Sends, s.Good = n.tally.count()
		for op, l := range n.lines {
			s.Waiting += len(l.waiting)
			if l.breaker.broken() {
				s.Breaks = append(s.Breaks, Break{op, l.breaker.since, l.breaker.next, l.sending > 0})
			}
		}
		slices.SortFunc(s.Breaks, func(a, b Break) int { return cmp.Compare(a.Operator, b.Operator) })
		out = append(out, s)
	}
	return out
}
