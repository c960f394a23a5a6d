package flows_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// meddler is a store that other people change between the engine's look and its commit.
type meddler struct {
	storage.Store
	before func(n int, t storage.Turn) error // called before the n-th commit; an error is returned instead
	n      int
}

func (m *meddler) Commit(ctx context.Context, t storage.Turn) (storage.TurnResult, error) {
	m.n++
	if err := m.before(m.n, t); err != nil {
		return storage.TurnResult{}, err
	}
	return m.Store.Commit(ctx, t)
}

// meddled opens a desk whose store is meddled with from the first press on.
func meddled(t *testing.T, before func(d *desk, n int) error) (*desk, *meddler) {
	m := &meddler{before: func(int, storage.Turn) error { return nil }}
	d := openDesk(t, func(s storage.Store) flows.EngineStore {
		m.Store = s
		return m
	})
	d.command("shop")
	m.n, m.before = 0, func(n int, _ storage.Turn) error { return before(d, n) }
	return d, m
}

func TestAVersionThatChangedInBetweenIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	d, m := meddled(t, func(d *desk, n int) error {
		if n > 2 {
			return nil
		}
		s, err := d.store.Session(context.Background(), storage.ChatID(rahim)) // somebody stores the session as it is
		d.must(err)
		_, err = d.store.Commit(context.Background(), storage.Turn{Now: d.now, Actor: rahim, Session: &s})
		return err
	})
	if a := d.handle(d.pressing("Buy")); a.Text != "Bought." || len(d.orders) != 1 || m.n != 3 {
		t.Errorf("answered %q, %d orders after %d commits", a.Text, len(d.orders), m.n)
	}
}

func TestAButtonUsedInBetweenIsStale(t *testing.T) {
	t.Parallel()
	d, _ := meddled(t, func(d *desk, n int) error {
		if n > 1 {
			return nil
		}
		s, err := d.store.Session(context.Background(), storage.ChatID(rahim))
		d.must(err)
		_, err = d.store.Commit(context.Background(), storage.Turn{Now: d.now, Actor: rahim, Press: s.Keyboard})
		return err
	})
	if a := d.handle(d.pressing("Buy")); a.Text != english(t).Text(text.EnginePressStale, nil) || len(d.orders) != 0 {
		t.Errorf("answered %q, %d orders", a.Text, len(d.orders))
	}
}

func TestSuspendedInTheLastMomentOrdersNothing(t *testing.T) {
	t.Parallel()
	d, _ := meddled(t, func(d *desk, n int) error {
		p, err := d.store.Person(context.Background(), rahim)
		d.must(err)
		after := p
		after.Suspended = true
		if n == 1 {
			_, err = d.store.Commit(context.Background(), storage.Turn{
				Now: d.now, Actor: rahim, People: []storage.PersonChange{{Before: &p, After: after}},
			})
		}
		return err
	})
	press := d.pressing("Buy")
	if a := d.handle(press); a.Text != english(t).Text(text.EngineSuspended, nil) || len(d.orders) != 0 {
		t.Errorf("answered %q, %d orders", a.Text, len(d.orders))
	}
}

// A store that goes on refusing is obeyed: the flow tells it once, or the engine gives up with a sentence.
func TestARefusalIsToldAndNeverTriedAgain(t *testing.T) {
	t.Parallel()
	for _, refusal := range []error{storage.ErrPerOrder, storage.ErrPerDay, storage.ErrMayNot, storage.ErrConflict} {
		orders := 0
		d, m := meddled(t, func(*desk, int) error { return nil })
		m.before = func(_ int, turn storage.Turn) error {
			if turn.Order != nil {
				orders++
				return refusal
			}
			return nil
		}
		d.handle(d.pressing("Buy"))
		if got := d.screen().Text.String(); got != "Refused: "+refusal.Error()+"\nBuy 1?" {
			t.Errorf("%v: the screen says %q", refusal, got)
		}
		most := 1
		if errors.Is(refusal, storage.ErrConflict) {
			most = 8 // seen anew each time
		}
		if orders > most || len(d.orders) != 0 {
			t.Errorf("%v: ordered %d times", refusal, orders)
		}
	}
}

func TestAFlowThatInsistsIsNotObeyed(t *testing.T) {
	t.Parallel()
	busy := english(t).Text(text.EngineBusy, nil)
	for _, c := range []struct{ button, label string }{{"Insist", "order"}, {"Promote", "change of people"}} {
		commits := 0
		d := openDesk(t, func(s storage.Store) flows.EngineStore {
			return &meddler{Store: s, before: func(_ int, turn storage.Turn) error {
				promotes := func(c storage.PersonChange) bool { return c.Before == nil || c.Before.Role != c.After.Role }
				if turn.Order != nil || slices.ContainsFunc(turn.People, promotes) {
					commits++
				}
				if turn.Order != nil {
					return storage.ErrPerDay
				}
				return nil
			}}
		})
		d.command("stubborn")
		if a := d.handle(d.pressing(c.button)); a.Text != busy || len(d.orders) != 0 {
			t.Errorf("%s: answered %q, %d orders", c.label, a.Text, len(d.orders))
		}
		if c.button == "Insist" && commits != 1 {
			t.Errorf("a refused order was tried %d times", commits)
		}
		if commits > 7 {
			t.Errorf("%s: tried %d times", c.label, commits)
		}
	}
}

func TestEndlessConflictsEndInASentence(t *testing.T) {
	t.Parallel()
	d, meddle := meddled(t, func(*desk, int) error { return nil })
	press := d.pressing("More")
	meddle.before = func(_ int, turn storage.Turn) error {
		if turn.Session != nil {
			return storage.ErrConflict
		}
		return nil
	}
	if a := d.handle(press); a.Text != english(t).Text(text.EngineBusy, nil) {
		t.Errorf("answered %q", a.Text)
	}
	if meddle.n > 9 {
		t.Errorf("%d commits tried", meddle.n)
	}
}

// A person whose name has changed is stored with every turn; when that goes on colliding, it is left.
func TestEndlessConflictsAboutAPersonEndInASentenceToo(t *testing.T) {
	t.Parallel()
	d, meddle := meddled(t, func(*desk, int) error { return nil })
	d.sendAll()
	meddle.before = func(_ int, turn storage.Turn) error {
		if len(turn.People) > 0 {
			return storage.ErrConflict
		}
		return nil
	}
	in := from(rahim)
	in.Text, in.From.Name = "hello", "Rahim Uddin II"
	d.handle(in)
	owed, err := d.store.Pending(context.Background())
	d.must(err)
	if busy := english(t).Text(text.EngineBusy, nil); len(owed) != 1 || !strings.Contains(string(owed[0].Body), busy) {
		t.Errorf("%d messages are owed, want %q", len(owed), busy)
	}
}

func TestAFailedStoreIsNobodysMistake(t *testing.T) {
	t.Parallel()
	d, m := meddled(t, func(*desk, int) error { return nil })
	press := d.pressing("Buy")
	m.before = func(int, storage.Turn) error { return storage.ErrBroken }
	a, err := d.engine.Handle(context.Background(), 0, press)
	if !errors.Is(err, storage.ErrBroken) || a != (flows.Answer{}) {
		t.Errorf("answered %v, %v", a, err)
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := d.engine.Handle(over, 0, press); !errors.Is(err, context.Canceled) {
		t.Errorf("with the context over: %v", err)
	}
}

func english(t *testing.T) text.Printer {
	t.Helper()
	c, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c.In("en")
}
