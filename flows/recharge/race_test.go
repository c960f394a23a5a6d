package recharge_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// between is a store in which something happens once, between a look and the commit of an order, or of what a
// person does to a job.
type between struct {
	storage.Store
	happens, deed func()
}

func (b *between) Commit(ctx context.Context, t storage.Turn) (storage.TurnResult, error) {
	if f := b.happens; f != nil && t.Order != nil {
		b.happens = nil
		f()
	}
	if f := b.deed; f != nil && t.Job != nil {
		b.deed = nil
		f()
	}
	return b.Store.Commit(ctx, t)
}

// counter is two agents at one engine.
type counter struct {
	*testing.T
	store  *between
	engine *flows.Engine

	ordered func() // happens after an order's commit, before dispatch hears of it
}

func openCounter(t *testing.T) *counter {
	c := counterOn(t, stage().Open(t))
	c.hire(2001, 2002)
	return c
}

func counterOn(t *testing.T, store storage.Store) *counter {
	c := &counter{T: t, store: &between{Store: store}}
	c.engine = c.newEngine(func(storage.Job) {})
	return c
}

// newEngine is an engine that tells dispatch of orders.
func (c *counter) newEngine(wake func(storage.Job)) *flows.Engine {
	c.Helper()
	catalogue, err := text.Load()
	c.must(err)
	e, err := flows.NewEngine(flows.Config{
		Store: c.store, Catalogue: catalogue, Rand: rand.Reader,
		OnOrder: func(j storage.Job) {
			if f := c.ordered; f != nil && j.State == storage.Queued {
				c.ordered = nil
				f()
			}
			wake(j)
		},
	}, stage(mainUpstream()).Flows(c.T, c.store)...)
	c.must(err)
	return e
}

// hire makes agents.
func (c *counter) hire(ids ...storage.PersonID) {
	c.Helper()
	for _, id := range ids {
		_, err := c.store.Commit(c.Context(), storage.Turn{Now: time.Now(), Actor: id, People: []storage.PersonChange{
			{After: storage.Person{ID: id, Chat: storage.ChatID(id), Role: storage.RoleAgent}},
		}})
		c.must(err)
	}
}

func (c *counter) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

func (c *counter) handle(in flows.Input) {
	c.Helper()
	_, err := c.engine.Handle(c.Context(), 0, in)
	c.must(err)
}

func (c *counter) from(id storage.PersonID) flows.Input {
	return flows.Input{Chat: storage.ChatID(id), ChatKind: flows.PrivateChat, From: flows.Sender{ID: id}}
}

func (c *counter) types(id storage.PersonID, words string) {
	c.Helper()
	in := c.from(id)
	in.Text = words
	c.handle(in)
}

// presses presses the first button of the card, and returns what it was called.
func (c *counter) presses(id storage.PersonID) string {
	c.Helper()
	in, b := c.from(id), c.card(id).Rows[0][0]
	in.Press, in.Message = b.Token, 7
	c.handle(in)
	return b.Label
}

// card is the agent's newest screen.
func (c *counter) card(id storage.PersonID) flows.Message {
	c.Helper()
	return c.newestOwed(id, storage.NoticeScreen)
}

// told is the agent's newest message.
func (c *counter) told(id storage.PersonID) flows.Message {
	c.Helper()
	return c.newestOwed(id, storage.NoticeMessage)
}

func (c *counter) newestOwed(id storage.PersonID, kind storage.NoticeKind) flows.Message {
	c.Helper()
	owed, err := c.store.Pending(c.Context())
	c.must(err)
	var m flows.Message
	for _, n := range owed {
		if n.Kind == kind && n.Person == id {
			c.must(json.Unmarshal(n.Body, &m))
		}
	}
	return m
}

func (c *counter) jobs() int {
	c.Helper()
	jobs, err := c.store.JobsOfAccount(c.Context(), "8801712345678", 0, 10)
	c.must(err)
	return len(jobs)
}

// Two agents have looked, and seen no order like theirs, before either of them orders: the second one is
// asked like anybody who comes later.
func TestTheSameOrderAtTheSameMomentIsAskedAbout(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	c.types(2001, "01712345678 50")
	c.types(2002, "01712345678 50")
	c.store.happens = func() { c.presses(2002) }
	if label := c.presses(2001); label != "Confirm" || c.jobs() != 1 {
		t.Fatalf("%q made %d orders, want the other agent's alone", label, c.jobs())
	}
	if words := c.card(2001).Text.String(); !strings.Contains(words, "The same number and amount was ordered") {
		t.Errorf("the card says only:\n%s", words)
	}
	if label := c.presses(2001); label != "Send again" || c.jobs() != 2 {
		t.Errorf("%q, and there are %d orders", label, c.jobs())
	}
}

func TestAnotherAmountAtTheSameMomentIsOrderedWithoutAQuestion(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	c.types(2001, "01712345678 50")
	c.types(2002, "01712345678 60")
	c.store.happens = func() { c.presses(2002) }
	if c.presses(2001); c.jobs() != 2 {
		t.Errorf("there are %d orders, want both", c.jobs())
	}
}
