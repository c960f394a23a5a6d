package main

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// What Telegram's delivery may do to updates: bring them again, in another order, with gaps, under numbers that
// begin anew, on connections that break. None of that may show in what they cause.

// jobsOf opens the store, which the program must have let go of.
func (d *desktop) jobsOf(person int64) (jobs []storage.Job, steps uint64) {
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
	jobs, err = store.JobsOfAgent(d.t.Context(), storage.PersonID(person), 0, 1000)
	if err != nil {
		d.t.Fatal(err)
	}
	session, err := store.Session(d.t.Context(), storage.ChatID(person))
	if err != nil {
		d.t.Fatal(err)
	}
	if err := store.Check(d.t.Context()); err != nil {
		d.t.Error(err)
	}
	return jobs, session.Version
}

// delivered waits until Telegram has nothing left to deliver.
func (d *desktop) delivered() {
	d.t.Helper()
	d.eventually("Telegram has delivered everything", d.telegram.Confirmed)
}

func TestTheSameUpdatesFiftyTimesAcrossRestartsCountOnce(t *testing.T) {
	t.Parallel()
	for name, hooks := range map[string]*sandbox.Hooks{"polled": nil, "by webhook": {FirstDelay: 20 * time.Millisecond, MaxDelay: 200 * time.Millisecond}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesktopOf(t, deskPlan{supplies: []supply{fiveKinds()["ecare"].supply}, limits: sandbox.Limits{Off: true}, hooks: hooks})
			d.hires(agent)
			d.start()
			line, err := d.telegram.Send(agent, agent, "01712345678 50")
			if err != nil {
				t.Fatal(err)
			}
			card := d.sees(agent, "01712345678", "[Confirm")
			press, err := d.telegram.Press(agent, agent, card.ID, "Confirm")
			if err != nil {
				t.Fatal(err)
			}
			d.delivered()
			for life := range 3 {
				for _, id := range []int64{line.Update, press.Update} {
					if err := d.telegram.Redeliver(id, 17); err != nil {
						t.Fatal(err)
					}
				}
				if life%2 == 0 {
					d.kill()
				} else {
					d.stopsReady()
				}
				d.start()
				d.delivered()
			}
			d.sees(agent, "Delivered: ")
			d.stopsReady()
			jobs, steps := d.jobsOf(agent)
			if len(jobs) != 1 || steps != 2 || d.upstream.Sends(string(jobs[0].Attempts[0].Reference)) != 1 {
				t.Errorf("a line and a press, fifty times each, made %d steps and the jobs %+v", steps, jobs)
			}
		})
	}
}

// An update may be in one batch twice, and a batch may come again because the line broke when it was answered.
func TestABatchThatHoldsAnUpdateTwiceAndABatchThatIsCutOff(t *testing.T) {
	t.Parallel()
	d := newDesktopOf(t, deskPlan{supplies: []supply{fiveKinds()["ecare"].supply}, limits: sandbox.Limits{Off: true}})
	d.hires(agent)
	d.start()
	d.says(agent, "01712345678 50")
	card := d.sees(agent, "01712345678", "[Confirm")
	d.delivered()
	d.stopsReady()

	press, err := d.telegram.Press(agent, agent, card.ID, "Confirm")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.telegram.Redeliver(press.Update, 3); err != nil { // with it in each of the first batches
		t.Fatal(err)
	}
	for _, kind := range []sandbox.FaultKind{sandbox.Drop, sandbox.Page, sandbox.Drop} {
		if err := d.telegram.Fail(sandbox.Fault{Kind: kind, Method: "getUpdates", After: true}); err != nil {
			t.Fatal(err)
		}
	}
	d.start()
	d.sees(agent, "Delivered: ")
	d.delivered()
	d.stopsReady()
	if jobs, steps := d.jobsOf(agent); len(jobs) != 1 || steps != 2 {
		t.Errorf("a line and a press made %d steps and the jobs %+v", steps, jobs)
	}
}

// Numbers leave gaps, and begin anew anywhere after a silent week; what was seen under the old ones still counts.
func TestUpdatesGoOnUnderAnyNumbers(t *testing.T) {
	t.Parallel()
	d := newDesktopOf(t, deskPlan{supplies: []supply{fiveKinds()["ecare"].supply}, limits: sandbox.Limits{Off: true}})
	d.hires(agent)
	d.start()
	c := rand.New(rand.NewPCG(*edgeSeed, 7))
	numbers := []string{"01712345601", "01712345612", "01712345623", "01712345634"}
	for i, number := range numbers {
		jump := d.telegram.LastUpdate() + 1 + c.Int64N(1000) // a gap
		if i%2 == 1 {
			jump = 1 + c.Int64N(1<<30)
		}
		d.delivered()
		if err := d.telegram.JumpUpdateID(jump); err != nil {
			t.Fatal(err)
		}
		if i == 2 {
			d.kill()
			d.start()
		}
		d.says(agent, number+" 50")
		d.presses(agent, "Confirm", number)
		d.sees(agent, "Delivered: ", number)
		d.delivered()
		again := d.telegram.LastUpdate() // the press, once more under the number that it had
		if err := d.telegram.Redeliver(again, 2); err != nil {
			t.Fatal(err)
		}
	}
	d.delivered()
	d.stopsReady()
	jobs, steps := d.jobsOf(agent)
	if len(jobs) != len(numbers) || int(steps) != 2*len(numbers) {
		t.Errorf("%d orders under jumping numbers made %d steps and %d jobs", len(numbers), steps, len(jobs))
	}
	for i, w := range ordered(jobs) {
		if w.number != numbers[i] {
			t.Errorf("order %d went to %s", i+1, w.number)
		}
	}
}

// Everything at once, by the seed: repeats of what was delivered long ago, polls that break before and after
// they are answered, presses delivered again, and the program dying in between.
func TestACrowdOnABadLine(t *testing.T) {
	t.Parallel()
	for name, hooked := range map[string]bool{"polled": false, "by webhook": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStorm(t, sandbox.Limits{Off: true}, hooked, max(1, *edgeChats/4), *edgeUpdates/4, *edgeSeed+10)
			s.weather = s.badLine
			s.run(max(1, *edgeKills/3))
		})
	}
}

// badLine spoils the way of the updates until ctx ends.
func (s *storm) badLine(ctx context.Context) {
	c := rand.New(rand.NewPCG(s.seed, 3))
	known := int64(0) // every update up to here was delivered once
	for pauseFor(ctx.Done(), time.Duration(1+c.IntN(40))*time.Millisecond) {
		switch c.IntN(3) {
		case 0:
			if newest := s.telegram.LastUpdate(); s.telegram.Confirmed() {
				known = newest
			}
			_ = s.telegram.Redeliver(known-int64(c.IntN(50)), 1+c.IntN(3)) // there may be none of that number
		case 1:
			kind := []sandbox.FaultKind{sandbox.Drop, sandbox.Page, sandbox.Error}[c.IntN(3)]
			if err := s.telegram.Fail(sandbox.Fault{Kind: kind, Method: "getUpdates", After: c.IntN(2) == 0}); err != nil {
				s.t.Error(err)
			}
		default:
			s.telegram.FailDeliveries(1, c.IntN(2) == 0)
		}
	}
	s.telegram.Heal()
}
