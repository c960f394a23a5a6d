package dispatch_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// at chooses the provider of an order.
func at(u *upstream) func(*storage.NewOrder) {
	return func(o *storage.NewOrder) { o.Provider = u.name }
}

// deaf makes an upstream's enquiries run into their time-out, as those of a dead one do.
func (u *upstream) deaf() *upstream {
	u.enquiry = func(int, providers.Request) bool {
		time.Sleep(15 * time.Second)
		return false
	}
	return u
}

func (w *world) orderMany(n int, u *upstream) []storage.Job {
	w.t.Helper()
	var out []storage.Job
	for range n {
		out = append(out, w.order(at(u)))
	}
	return out
}

func (u *upstream) sendCount() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.sends)
}

func TestEnquiriesAtADeadProviderDelayNoOrder(t *testing.T) {
	dead, healthy := ecareLike("dead").always(plan{answer: saysGarbage}).deaf(), ecareLike("healthy").always(plan{takes: time.Second})
	story(t, func(w *world) {
		w.start()
		w.orderMany(1000, dead)
		for range 5 { // again and again, while hundreds of enquiries are due
			time.Sleep(20 * time.Second)
			well, sick := w.order(at(healthy)), w.order(at(dead))
			w.wantState(w.after(time.Second, well.ID), storage.Pending)
			w.wantSends(dead, sick, 1) // and not even one to the dead provider itself
			w.wantState(w.after(12*time.Second, well.ID), storage.Delivered)
		}
	}, dead, healthy)
}

func TestSendsToSilentProvidersDelayNoOrderOfAnother(t *testing.T) {
	one, two := ecareLike("one").always(plan{answer: saysNothing}).deaf(), ecareLike("two").always(plan{answer: saysNothing}).deaf()
	healthy := ecareLike("healthy").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		w.config.Parallel = 6
		w.start()
		w.orderMany(100, one)
		w.orderMany(100, two)
		for range 5 {
			time.Sleep(20 * time.Second)
			w.wantState(w.after(0, w.order(at(healthy)).ID), storage.Delivered)
		}
	}, one, two, healthy)
}

func TestOneOfTwoProvidersHoldsHalfOfTheWorkersAtMost(t *testing.T) {
	silent, other := ecareLike("silent").always(plan{answer: saysNothing}), ecareLike("other")
	story(t, func(w *world) {
		w.config.Parallel = 8
		w.start()
		w.orderMany(100, silent)
		w.after(time.Second, 1)
		if n := silent.sendCount(); n != 4 {
			w.t.Errorf("%d sends at a time, want 4 of 8", n)
		}
	}, silent, other)
}

func TestOrdersThatWaitForTheirTurnDelayNoOrderOfAnother(t *testing.T) {
	slow, idle := ecareLike("slow").always(plan{answer: saysDelivered}), ecareLike("idle").always(plan{answer: saysDelivered})
	slow.every = time.Second / 5
	story(t, func(w *world) {
		w.start()
		began := time.Now()
		many := w.orderMany(500, slow)
		w.wantState(w.after(0, w.order(at(idle)).ID), storage.Delivered)
		w.after(100*time.Second, 1)
		for i, job := range many {
			w.wantState(w.job(job.ID), storage.Delivered)
			if turn := began.Add(time.Duration(i) * slow.every); slow.sends[i].received.Before(turn) {
				w.t.Fatalf("send %d came %v before its turn", i, turn.Sub(slow.sends[i].received))
			}
			if slow.sends[i].request.Account != job.Account {
				w.t.Fatalf("send %d is for %s, want the order of %s", i, slow.sends[i].request.Account, job.Account)
			}
		}
	}, slow, idle)
}

// TestTheRateFailsOnlyWhatIsTooOld has room for 100 orders before they are too old, and gets 150: what
// fails then takes no turn from those that came later.
func TestTheRateFailsOnlyWhatIsTooOld(t *testing.T) {
	slow := ecareLike("slow").always(plan{answer: saysDelivered})
	slow.every = 9 * time.Second
	story(t, func(w *world) {
		w.start()
		many := w.orderMany(150, slow)
		w.after(15*time.Minute-5*time.Second, 1)
		if n := slow.sendCount(); n != 100 {
			w.t.Errorf("%d sends in 15 minutes, want 100", n)
		}
		late := w.order()
		w.wantState(w.after(20*time.Second, late.ID), storage.Delivered)
		for i, was := range many {
			job := w.job(was.ID)
			if i <= 100 { // the 101st is just 15 minutes old in its turn
				w.wantState(job, storage.Delivered)
				continue
			}
			w.wantState(job, storage.Failed)
			if job.Reason != providers.ReasonTooOld || job.Changed.Sub(job.Created) <= 15*time.Minute {
				w.t.Errorf("%s failed after %v: %s", job.ID, job.Changed.Sub(job.Created), job.Reason)
			}
		}
	}, slow)
}

func TestWhatIsNotSentTakesNoTurn(t *testing.T) {
	slow := ecareLike("slow").always(plan{answer: saysDelivered})
	slow.every = 10 * time.Second
	story(t, func(w *world) {
		var mu sync.Mutex
		suspended := false
		w.config.MayOrder = func(context.Context, storage.PersonID) (bool, error) {
			mu.Lock()
			defer mu.Unlock()
			return !suspended, nil
		}
		w.start()
		many := w.orderMany(50, slow)
		w.after(time.Second, 1)
		mu.Lock()
		suspended = true
		mu.Unlock()
		w.after(10*time.Second, 1)
		for _, job := range many[1:] {
			w.wantState(w.job(job.ID), storage.Cancelled)
		}
		mu.Lock()
		suspended = false
		mu.Unlock()
		w.wantState(w.after(10*time.Second, w.order().ID), storage.Delivered)
	}, slow)
}

func TestSendsAndEnquiriesOfOneProviderShareItsTurns(t *testing.T) {
	slow := ecareLike("slow").always(plan{answer: saysPending, takes: 100 * time.Hour})
	story(t, func(w *world) {
		w.start()
		w.orderMany(300, slow)
		w.after(0, 1)
		slow.mu.Lock()
		slow.every = time.Second
		slow.mu.Unlock()
		w.after(12*time.Second, 1) // 300 enquiries are due
		asked, sent := slow.asked(), slow.sendCount()
		w.orderMany(200, slow)
		w.after(100*time.Second, 1)
		asked, sent = slow.asked()-asked, slow.sendCount()-sent
		if sent < 70 || asked < 20 || asked+sent > 101 {
			w.t.Errorf("%d sends and %d enquiries in 100 turns", sent, asked)
		}
	}, slow)
}

func TestEnquiriesGoOnWhileAllSendsAreSilent(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysNothing, takes: time.Second})
	story(t, func(w *world) {
		w.config.Parallel = 4
		w.start()
		first := w.order()
		w.after(29*time.Second, first.ID)
		w.orderMany(100, up)
		w.wantState(w.after(2*time.Minute, first.ID), storage.Delivered)
	}, up)
}
