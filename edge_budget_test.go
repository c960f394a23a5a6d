package main

import (
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

var (
	budgetResults = flag.Int("budgetresults", 60, "how many agents are owed the result of an order in TestResultsGoOutAtTelegramsLimitWhilePressesAreAnswered")
	budgetPress   = flag.Int("budgetpress", 4, "how many other agents press buttons meanwhile")
)

const firstOwed = 20_001

// confirmed puts one order of each of these agents into the store, as if each had just been confirmed.
func (d *desktop) confirmed(ids []int64) {
	d.t.Helper()
	store, err := bolt.Open(filepath.Join(d.data, storeFile), bolt.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			d.t.Error(err)
		}
	}()
	for i, id := range ids {
		now := time.Now()
		_, err := store.Commit(context.WithoutCancel(d.t.Context()), storage.Turn{Now: now, Actor: storage.PersonID(id), Order: &storage.NewOrder{
			Order: providers.Order{
				Operator: providers.BDGrameenphone, Type: providers.Prepaid,
				Account: providers.MSISDN(fmt.Sprintf("88017%08d", i)), Amount: taka(50),
			},
			Chat: storage.ChatID(id), Day: now.Format(time.DateOnly), Limits: storage.Limits{PerOrder: taka(1000), PerDay: taka(1000)},
		}})
		if err != nil {
			d.t.Fatal(err)
		}
	}
}

// The results of many orders go out at what Telegram lets a bot send, and whoever presses a button meanwhile is
// answered. How fast, and whether a call came too early by Telegram's clock, is printed, and no condition: on a
// machine with other work what left in time arrives bunched. In a time of its own, bot's tests judge that.
//
//	go test -run TestResultsGoOutAtTelegramsLimitWhilePressesAreAnswered -v -budgetresults 1000 -budgetpress 10 -timeout 10m .
func TestResultsGoOutAtTelegramsLimitWhilePressesAreAnswered(t *testing.T) {
	t.Parallel()
	f := &flood{witness: newWitness()}
	ecare := fiveKinds()["ecare"].supply
	ecare.account.Float = taka(100_000_000)
	plan := deskPlan{spied: f.witness.hears, supplies: []supply{ecare}}
	var owed, pressing []int64
	for i := range int64(*budgetResults) {
		owed = append(owed, firstOwed+i)
		plan.people = append(plan.people, sandbox.Person{ID: firstOwed + i, FirstName: fmt.Sprint("Owed ", i), Language: "en", Started: true})
	}
	for i := range int64(*budgetPress) {
		pressing = append(pressing, firstAgent+i)
		plan.people = append(plan.people, sandbox.Person{ID: firstAgent + i, FirstName: fmt.Sprint("Agent ", i), Language: "en", Started: true})
	}
	f.desktop = newDesktopOf(t, plan)
	f.hires(append(owed, pressing...)...)
	f.confirmed(owed)
	while := &spell{}
	f.phase.Store(while)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	f.start()
	var agents sync.WaitGroup
	for i := range *budgetPress {
		agents.Go(func() {
			if err := f.works(ctx, i, max(*budgetPress, 40)); err != nil { // each of them every two seconds
				t.Error(err)
			}
		})
	}
	began := time.Now()
	for _, id := range owed {
		if err := f.told(id); err != nil {
			t.Error(err)
		}
	}
	took := time.Since(began)
	f.phase.Store(&spell{})
	end()
	agents.Wait()
	from, to := began.Add(took/10), began.Add(took*9/10)
	rate := float64(f.witness.between(from, to)) / to.Sub(from).Seconds()
	t.Logf("%d results in %.1fs; in the middle of it %.2f messages a second, %.1f %% of Telegram's 30; %d calls too many; answers: %v; screens: %v",
		len(owed), took.Seconds(), rate, 100*rate/30, f.witness.refusals(429), &while.answers, &while.screens)
	f.stopsReady()
}

// told waits for the message that says how the order of that agent ended.
func (f *flood) told(id int64) error {
	ctx, cancel := context.WithTimeout(f.t.Context(), 5*time.Minute)
	defer cancel()
	_, err := buyer{desktop: f.desktop, id: id}.waits(ctx, "the end of the order", func(m sandbox.Message) bool { return strings.HasPrefix(m.Text, "Delivered: #") })
	return err
}
