package alerts_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/alerts"
	"rechargebot/providers"
	"rechargebot/storage"
)

// agents makes agents with that many delivered orders each, none of which was told yet.
func (g *group) agents(orders int, ids ...storage.PersonID) {
	g.t.Helper()
	ctx, now := context.Background(), time.Now()
	must := func(err error) {
		g.t.Helper()
		if err != nil {
			g.t.Fatal(err)
		}
	}
	for _, id := range ids {
		_, err := g.store.Commit(ctx, storage.Turn{Now: now, People: []storage.PersonChange{{After: storage.Person{
			ID: id, Chat: storage.ChatID(id), Role: storage.RoleAgent, Request: storage.RequestApproved,
		}}}})
		must(err)
		for n := range orders {
			r, err := g.store.Commit(ctx, storage.Turn{Now: now, Actor: id, Order: &storage.NewOrder{
				Order:  providers.Order{Operator: providers.BDRobi, Type: providers.Prepaid, Account: "8801812345678", Amount: taka(50)},
				Newest: ^storage.JobID(0), Chat: storage.ChatID(id), Day: "2000-01-01",
				Limits: storage.Limits{PerOrder: taka(1000), PerDay: taka(1_000_000)},
			}})
			must(err)
			j, err := g.store.Move(ctx, storage.Move{Now: now, Job: r.Job.ID, Version: r.Job.Version, To: storage.Sending, By: "test", Due: now,
				Open: &storage.Attempt{Provider: "ecare-main", Reference: providers.Reference(fmt.Sprint(id, "-", n))}})
			must(err)
			_, err = g.store.Move(ctx, storage.Move{Now: now, Job: j.ID, Version: j.Version, To: storage.Delivered, By: "test", Close: storage.ProofDelivered})
			must(err)
		}
	}
}

// refuses gives up everything that is owed to agents, as the outbox does when they have blocked the bot.
func (g *group) refuses() {
	g.t.Helper()
	pending, err := g.store.Pending(context.Background())
	if err != nil {
		g.t.Fatal(err)
	}
	for _, n := range pending {
		if n.Person == 0 {
			continue
		}
		if err := g.store.Undeliverable(context.Background(), n, time.Now(), g.watch.Instead(n, true, false)...); err != nil {
			g.t.Fatal(err)
		}
	}
}

// untold lets time pass and returns what the group was told.
func (g *group) untold(d time.Duration) []string {
	g.t.Helper()
	g.read = 0
	told := g.after(d)
	pending, _ := g.store.Pending(context.Background())
	for _, n := range pending {
		if err := g.store.Sent(context.Background(), n, 7); err != nil {
			g.t.Fatal(err)
		}
	}
	return told
}

func (g *group) watchAgents() {
	g.stop()
	g.config.Agents = g.store
	g.start()
}

func TestResultsThatCannotBeBroughtAreToldTogether(t *testing.T) {
	p := &purse{balance: taka(9000)}
	story(t, func(g *group) {
		g.watchAgents()
		g.agents(2, 2001, 2002)
		g.refuses()
		told := g.untold(2 * time.Second)
		if len(told) != 1 || strings.Count(told[0], "018****5678, ৳50 is Delivered") != 4 || !strings.Contains(told[0], "Not told") ||
			strings.Count(told[0], "2001") != 2 || strings.Contains(told[0], "1812345678") {
			g.t.Fatalf("told %q", told)
		}
		if told = g.untold(time.Hour); len(told) != 0 {
			g.t.Errorf("told again: %q", told)
		}
		g.stop() // a restart does not tell again what was told, and tells what was not
		g.agents(40, 2003)
		g.refuses()
		g.start()
		if told = g.untold(time.Hour); len(told) != 1 || strings.Count(told[0], "is Delivered") != 15 || !strings.Contains(told[0], "And 25 more.") {
			g.t.Errorf("told %q", told)
		}
	}, p.float("ecare-main"))
}

// The commit of a result that is given up may take longer than the gathering.
func TestAResultIsToldHoweverSlowTheDisk(t *testing.T) {
	p := &purse{balance: taka(9000)}
	story(t, func(g *group) {
		g.watchAgents()
		g.agents(1, 2001)
		pending, err := g.store.Pending(context.Background())
		if err != nil {
			g.t.Fatal(err)
		}
		for _, n := range pending {
			instead := g.watch.Instead(n, true, false)
			time.Sleep(5 * time.Second)
			if err := g.store.Undeliverable(context.Background(), n, time.Now(), instead...); err != nil {
				g.t.Fatal(err)
			}
		}
		if told := g.untold(2 * time.Minute); len(told) != 1 || strings.Count(told[0], "is Delivered") != 1 {
			g.t.Errorf("told %q", told)
		}
	}, p.float("ecare-main"))
}

// Nobody is asked to tell an agent that an order failed which did arrive, or may have.
func TestAFailureThatWasNoneIsNotToldAsOne(t *testing.T) {
	p := &purse{balance: taka(9000)}
	story(t, func(g *group) {
		g.watchAgents()
		g.agents(0, 2001)
		now := time.Now()
		for i, upheld := range []bool{true, false} {
			j := g.fails(2001, i)
			for _, m := range []storage.Move{
				{Incident: &storage.Incident{At: now, Reference: j.Attempts[0].Reference, Said: "delivered"}, Due: now.Add(time.Hour)},
				{Settle: &storage.Settle{By: 1001, Why: "in their panel", Upheld: true}},
			} {
				if m.Settle != nil && !upheld {
					continue
				}
				m.Now, m.Job, m.Version, m.To, m.By = now, j.ID, j.Version, j.State, "test"
				var err error
				if j, err = g.store.Move(context.Background(), m); err != nil {
					g.t.Fatal(err)
				}
			}
		}
		g.refuses()
		told := g.untold(2 * time.Second)
		if len(told) != 1 || strings.Count(told[0], "is Failed, but it did arrive (agent") != 1 || strings.Count(told[0], "is Failed, but it may have arrived") != 1 {
			g.t.Errorf("told %q", told)
		}
	}, p.float("ecare-main"))
}

// fails is an order of an agent that failed.
func (g *group) fails(id storage.PersonID, n int) storage.Job {
	g.t.Helper()
	ctx, now := context.Background(), time.Now()
	r, err := g.store.Commit(ctx, storage.Turn{Now: now, Actor: id, Order: &storage.NewOrder{
		Order:  providers.Order{Operator: providers.BDRobi, Type: providers.Prepaid, Account: "8801812345678", Amount: taka(50)},
		Newest: ^storage.JobID(0), Chat: storage.ChatID(id), Day: "2000-01-01",
		Limits: storage.Limits{PerOrder: taka(1000), PerDay: taka(1_000_000)},
	}})
	if err != nil {
		g.t.Fatal(err)
	}
	j, err := g.store.Move(ctx, storage.Move{Now: now, Job: r.Job.ID, Version: r.Job.Version, To: storage.Sending, By: "test", Due: now,
		Open: &storage.Attempt{Provider: "ecare-main", Reference: providers.Reference(fmt.Sprint("failed-", n))}})
	if err == nil {
		j, err = g.store.Move(ctx, storage.Move{Now: now, Job: j.ID, Version: j.Version, To: storage.Failed, By: "test", Close: storage.ProofFailed})
	}
	if err != nil {
		g.t.Fatal(err)
	}
	return j
}

// What was too much to be kept is counted all the same.
func TestResultsThatAreNotKeptAreCounted(t *testing.T) {
	p := &purse{balance: taka(9000)}
	story(t, func(g *group) {
		g.watchAgents()
		g.agents(storage.MaxUntold+30, 2001)
		g.refuses()
		told := g.untold(2 * time.Second)
		if len(told) != 1 || !strings.Contains(told[0], "And 115 more.") {
			g.t.Errorf("told %q", told)
		}
	}, p.float("ecare-main"))
}

// Agents who leave one after the other do not fill the group.
func TestManyUnreachableAgentsAreNoFlood(t *testing.T) {
	p := &purse{balance: taka(9000)}
	story(t, func(g *group) {
		g.watchAgents()
		total := 0
		for i := range 120 {
			g.agents(1, storage.PersonID(3000+i))
			g.refuses()
			total += len(g.untold(5 * time.Second))
		}
		total += len(g.untold(10 * time.Minute))
		if total < 5 || total > 12 {
			g.t.Errorf("%d messages about 120 results in ten minutes", total)
		}
	}, p.float("ecare-main"))
}

// A result is not taken for told while nobody is there to hear that it was not.
func TestUntoldResultsWaitForSomebodyToTellThemTo(t *testing.T) {
	p := &purse{balance: taka(9000)}
	story(t, func(g *group) {
		g.stop()
		g.config.Agents, g.config.OpsChat = g.store, 0
		var admins atomic.Pointer[[]storage.ChatID]
		admins.Store(new([]storage.ChatID))
		g.config.Admins = func() []storage.ChatID { return *admins.Load() }
		g.start()
		g.agents(1, 2001)
		g.refuses()
		time.Sleep(time.Hour)
		admins.Store(&[]storage.ChatID{1001})
		time.Sleep(time.Hour)
		pending, err := g.store.Pending(context.Background())
		if err != nil || len(pending) != 1 || pending[0].Chat != 1001 || !strings.Contains(string(pending[0].Body), "Not told") {
			g.t.Errorf("owed: %+v, %v", pending, err)
		}
	}, p.float("ecare-main"))
}

// An alert that the group refuses is given to the admins, with a word about the group the first time only.
func TestWhatTheGroupRefusesGoesToTheAdmins(t *testing.T) {
	p := &purse{balance: taka(9000)}
	story(t, func(g *group) {
		g.stop()
		g.config.Admins = func() []storage.ChatID { return []storage.ChatID{1001, 1002} }
		g.start()
		alert := storage.Notice{Chat: opsChat, Topic: 7, Kind: storage.NoticeMessage, Body: []byte(`{"text":[{"t":"Low balance"}]}`)}
		for _, first := range []bool{true, false} {
			out := g.watch.Instead(alert, true, first)
			if len(out) != 2 || out[0].Chat != 1001 || out[1].Person != 1002 || out[0].Topic != 0 {
				g.t.Fatalf("%+v", out)
			}
			var m flows.Message
			if err := json.Unmarshal(out[0].Body, &m); err != nil || strings.Contains(m.Text.String(), "group is closed to me") != first ||
				!strings.HasSuffix(m.Text.String(), "Low balance") {
				g.t.Errorf("first %v: %v, %q", first, err, m.Text)
			}
		}
		elsewhere := alert
		elsewhere.Chat = -77
		edit := alert
		edit.Kind, edit.Message = storage.NoticeEdit, 5
		for _, n := range []storage.Notice{elsewhere, edit} {
			if out := g.watch.Instead(n, true, true); len(out) != 0 {
				g.t.Errorf("instead of %+v: %+v", n, out)
			}
		}
	}, p.float("ecare-main"))
}

// deaf is a store in which somebody else was quicker the first times.
type deaf struct {
	alerts.Agents
	times int
}

func (d *deaf) Commit(ctx context.Context, t storage.Turn) (storage.TurnResult, error) {
	if d.times--; d.times >= 0 {
		return storage.TurnResult{}, fmt.Errorf("commit: %w", storage.ErrConflict)
	}
	return d.Agents.Commit(ctx, t)
}

func TestAPersonWhoChangesMeanwhileIsLookedAtAgain(t *testing.T) {
	p := &purse{balance: taka(9000)}
	story(t, func(g *group) {
		g.stop()
		g.config.Agents = &deaf{g.store, 3}
		g.start()
		g.agents(1, 2001)
		g.refuses()
		if told := g.untold(time.Minute); len(told) != 1 {
			g.t.Errorf("told %q", told)
		}
		g.stop()
		g.config.Agents = halted{g.store}
		w := alerts.New(g.config)
		g.agents(1, 2002)
		g.refuses()
		if err := w.Run(g.t.Context()); !errors.Is(err, storage.ErrBroken) {
			g.t.Errorf("Run over a broken store: %v", err)
		}
		g.config.Agents = g.store
		g.start()
	}, p.float("ecare-main"))
}

type halted struct{ alerts.Agents }

func (halted) Commit(context.Context, storage.Turn) (storage.TurnResult, error) {
	return storage.TurnResult{}, storage.ErrBroken
}
