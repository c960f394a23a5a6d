package simulated_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rechargebot/providers/simulated"
)

// step is one thing that happens to a simulator: in this order of precedence it starts anew on its record,
// everything settles, time passes, or an order is sent in a mood.
type step struct {
	restart, settle bool
	wait            time.Duration
	kind            int // of tongues
	mood            simulated.Mood
	ref, amount     int
}

// Whatever happens to the orders of all kinds, and however often the simulator starts anew on its record: no reference is
// accepted twice unless the kind says so, what left the floats is what was recharged, and the counters are those of the record.
func TestNoMoodMakesOrLosesMoney(t *testing.T) {
	t.Parallel()
	dir, run := t.TempDir(), 0
	rapid.Check(t, func(r *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(drawStep), 1, 20).Draw(r, "steps")
		run++
		problem := ""
		synctest.Test(t, func(t *testing.T) {
			config := simulated.Config{Accounts: everyAccount(), Settle: settle, Record: filepath.Join(dir, fmt.Sprint(run))}
			d := open(t, config)
			for i, s := range steps {
				if s.restart {
					d.close()
					d = open(t, config)
				}
				d.take(s)
				if problem = d.imbalances(); problem != "" {
					problem = fmt.Sprintf("after step %d: %s", i, problem)
					break
				}
			}
			d.close()
		})
		if problem != "" {
			r.Fatal(problem)
		}
	})
}

func drawStep(r *rapid.T) step {
	what := rapid.IntRange(0, 6).Draw(r, "what")
	s := step{restart: what == 0, settle: what == 1}
	switch {
	case what == 2:
		s.wait = time.Duration(rapid.IntRange(1, 60).Draw(r, "seconds")) * time.Second
	case what > 2:
		s.kind = rapid.IntRange(0, len(tongues())-1).Draw(r, "kind")
		s.mood = rapid.SampledFrom(quickMoods()).Draw(r, "mood")
		s.ref, s.amount = rapid.IntRange(1, 6).Draw(r, "ref"), rapid.IntRange(1, 2000).Draw(r, "amount")
	}
	return s
}

// quickMoods leaves out the two that pour megabytes out.
func quickMoods() (out []simulated.Mood) {
	for _, m := range simulated.Moods() {
		if m.ID != simulated.Endless && m.ID != simulated.Bomb {
			out = append(out, m.ID)
		}
	}
	return out
}

func (d *desk) take(s step) {
	switch {
	case s.restart:
	case s.settle:
		if _, err := d.Settle(""); err != nil {
			d.t.Error(err)
		}
	case s.wait > 0:
		time.Sleep(s.wait)
	default:
		k := tongues()[s.kind]
		d.name = k.account.Name
		d.mood(s.mood, simulated.When{})
		_, _, _ = d.do(k.recharge(fmt.Sprint(s.ref), s.amount)) // the mood decides what comes of it
	}
}

// imbalances is what is wrong with the books of any account; "" = nothing.
func (d *desk) imbalances() string {
	synctest.Wait() // a late order may land at this very instant
	for _, k := range tongues() {
		if problem := d.imbalance(k); problem != "" {
			return k.account.Name + ": " + problem
		}
	}
	return ""
}

func (d *desk) imbalance(k tongue) string {
	left, counted, orders := k.account.Float, simulated.Totals{}, map[string]int{}
	for _, o := range d.Orders() {
		if o.Account != k.account.Name {
			continue
		}
		if orders[o.Reference]++; orders[o.Reference] > 1 && !k.repeats {
			return o.Reference + " has two orders"
		}
		if o.Stage != simulated.StageFailed && o.Stage != simulated.StageReversed {
			left = left.Sub(o.Amount)
		}
	}
	if got := d.Float(k.account.Name); left != got || left.Minor < 0 {
		return fmt.Sprintf("the float is %s, the orders leave %s", got, left)
	}
	accepted := map[string]int{}
	for _, e := range d.Events() {
		if e.Account != k.account.Name {
			continue
		}
		switch e.Kind {
		case simulated.EventReceived:
			counted.Received++
		case simulated.EventAccepted:
			counted.Accepted++
			accepted[e.Reference]++
		case simulated.EventRefused:
			counted.Refused++
		case simulated.EventDelivered:
			counted.Delivered++
		case simulated.EventFailed:
			counted.Failed++
		case simulated.EventReversed:
			counted.Reversed++
		}
	}
	return cmp.Diff(accepted, orders) + cmp.Diff(counted, d.Totals(k.account.Name))
}
