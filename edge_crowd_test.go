package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"rechargebot/bot/sandbox"
	"rechargebot/storage"
)

// A crowd is many agents who type and press without waiting for each answer, so that the program dies with
// full lanes. What each of their updates causes can be counted afterwards: a line of an order raises the
// version of the chat's session, a press makes an order, a look for an order that nobody has is answered with
// its code. The second tap of a button, and a press that Telegram delivers again, cause nothing.

const firstOfCrowd = 10_001

// crowd is what all of them share.
type crowd struct {
	*desktop
	ledger  *deskLedger
	updates atomic.Int64
	tickets chan struct{} // one is taken for each round; closed when all may go on
	apart   bool          // Telegram brings presses apart from texts, so that nobody types before a press has shown its effect
	people  []*talker
}

// talker is one of the crowd.
type talker struct {
	*crowd
	i       int64
	id      int64
	left    int // updates still to come
	dice    *rand.Rand
	lines   int            // typed so far, each of which raises the session's version
	newest  deskWish       // of the last line
	orders  []deskWish     // in the order of the presses
	lookups []storage.Code // in the order in which they were sent
}

// newCrowd is so many agents, who do so many updates together, an equal share each.
func newCrowd(chats, updates int, seed uint64) *crowd {
	c := &crowd{ledger: newDeskLedger(), tickets: make(chan struct{}, updates)}
	for i := range int64(chats) {
		c.people = append(c.people, &talker{
			crowd: c, i: i, id: firstOfCrowd + i, left: updates / chats, dice: rand.New(rand.NewPCG(seed, uint64(1000+i))),
		})
	}
	return c
}

// faces are the crowd as Telegram knows it.
func (c *crowd) faces() (faces []sandbox.Person, ids []int64) {
	for _, p := range c.people {
		faces = append(faces, sandbox.Person{ID: p.id, FirstName: fmt.Sprint("Agent ", p.i), Language: "en", Started: true})
		ids = append(ids, p.id)
	}
	return faces, ids
}

// works lets everybody work until all of their updates are done.
func (c *crowd) works(ctx context.Context) (wait func()) {
	var all sync.WaitGroup
	for _, p := range c.people {
		all.Go(func() {
			for p.left > 0 {
				select {
				case <-c.tickets:
				case <-ctx.Done():
					return
				}
				if err := p.round(ctx); err != nil {
					c.t.Error(err)
					return
				}
			}
		})
	}
	return all.Wait
}

// round is a burst of texts, and when the card of its last line is there a press, with more texts on its heels.
func (p *talker) round(ctx context.Context) error {
	for range min(2+p.dice.IntN(5), p.left-3) {
		if err := p.types(p.dice.IntN(3) > 0); err != nil {
			return err
		}
	}
	if p.left < 3 {
		for p.left > 0 {
			if err := p.types(false); err != nil {
				return err
			}
		}
		return nil
	}
	if err := p.types(true); err != nil {
		return err
	}
	w := p.newest
	m, err := p.waits(ctx, "the card of "+w.number, func(m sandbox.Message) bool { return holds(m, w.number, "[Confirm") })
	if err != nil {
		return err
	}
	if err := p.presses(m, w); err != nil {
		return err
	}
	if p.apart {
		if _, err := p.waits(ctx, "that "+w.number+" is ordered", func(m sandbox.Message) bool {
			return strings.Contains(m.Text, w.number) && jobCode.MatchString(m.Text)
		}); err != nil {
			return err
		}
	}
	for range min(p.dice.IntN(2), p.left) {
		if err := p.types(false); err != nil {
			return err
		}
	}
	return nil
}

// types an order's line, or looks for an order that is nobody's.
func (p *talker) types(line bool) error {
	p.left--
	p.updates.Add(1)
	words := ""
	if line {
		p.newest = deskWish{p.id, fmt.Sprintf("017%03d%05d", p.i, p.lines+1), taka(int64(50 + p.dice.IntN(50)))}
		words = fmt.Sprintf("%s %d", p.newest.number, p.newest.amount.Minor/100)
		p.lines++
	} else {
		code := storage.JobID(10_000_000 + p.i*10_000 + int64(len(p.lookups))).Code()
		p.lookups = append(p.lookups, code)
		words = "/job " + string(code)
	}
	_, err := p.telegram.Send(p.id, p.id, words)
	return err
}

func (p *talker) waits(ctx context.Context, what string, is func(sandbox.Message) bool) (sandbox.Message, error) {
	m, err := buyer{desktop: p.desktop, id: p.id}.waits(ctx, what, is)
	if err != nil {
		return m, fmt.Errorf("%w\n%s", err, p.transcript(p.id))
	}
	return m, nil
}

// presses Confirm, with a second tap now and then, and Telegram delivers the press again now and then.
func (p *talker) presses(m sandbox.Message, w deskWish) error {
	button, err := m.Button("Confirm")
	if err != nil {
		return err
	}
	for i := range min(1+p.dice.IntN(2), p.left) {
		pressed, err := p.telegram.Forge(p.id, p.id, m.ID, button.Data)
		if err != nil {
			return err
		}
		p.left--
		p.updates.Add(1)
		if i > 0 {
			continue
		}
		p.ledger.add(w, button.Data)
		p.orders = append(p.orders, w)
		if n := p.dice.IntN(3); n > 0 {
			if err := p.telegram.Redeliver(pressed.Update, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// ordered lists the wishes that the store's jobs of an agent came from, in the order of the jobs.
func ordered(jobs []storage.Job) []deskWish {
	var out []deskWish
	for _, j := range jobs {
		out = append(out, deskWish{int64(j.Agent), j.Account.National(), j.Amount})
	}
	slices.Reverse(out) // the store lists the newest first
	return out
}
