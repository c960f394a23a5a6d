package dispatch_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows/dispatch"
	"rechargebot/providers"
	"rechargebot/storage"
)

// sick makes an upstream go by one plan until it is healed, and deliver after that.
func (u *upstream) sick(p plan) (healed *atomic.Bool) {
	healed = &atomic.Bool{}
	u.plans = func(providers.Request) plan {
		if healed.Load() {
			return plan{answer: saysDelivered}
		}
		return p
	}
	return healed
}

// times are when an upstream was called to send, one after the other.
func (u *upstream) times() []time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	var out []time.Time
	for _, o := range u.sends {
		out = append(out, o.received)
	}
	return out
}

// orderEach confirms n orders, one a second.
func (w *world) orderEach(n int) []storage.Job {
	w.t.Helper()
	var out []storage.Job
	for range n {
		out = append(out, w.order())
		w.after(time.Second, 1)
	}
	return out
}

func (w *world) standing(u *upstream) dispatch.Standing {
	w.t.Helper()
	s, err := w.dispatcher.Standing(w.t.Context(), u.name, providers.BDGrameenphone)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// TestWhatBreaks sends five orders and looks where the sixth goes.
func TestWhatBreaks(t *testing.T) {
	refused := func(why providers.Reason) plan { return plan{answer: saysRefused, reason: why} }
	tests := map[string]struct {
		plan   plan
		breaks bool
	}{
		"nothing was sent":             {plan{answer: notSent}, true},
		"garbled":                      {plan{answer: saysGarbage}, true},
		"an error that proves nothing": {plan{answer: fails}, true},
		"the adapter panics":           {plan{answer: panics}, true},
		"another order's echo":         {plan{answer: saysOther}, true},
		"float short":                  {refused(providers.ReasonFloatShort), true},
		"credentials":                  {refused(providers.ReasonCredentials), true},
		"maintenance":                  {refused(providers.ReasonMaintenance), true},
		"the order was refused":        {refused(providers.ReasonRejected), false},
		"accepted":                     {plan{answer: saysPending, takes: time.Hour}, false},
		"delivered":                    {plan{answer: saysDelivered}, false},
		"duplicate":                    {plan{answer: saysDuplicate}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			first, second := ecareLike("first").always(test.plan), ecareLike("second").always(plan{answer: saysDelivered})
			story(t, func(w *world) {
				w.start()
				w.orderEach(5)
				sixth := w.after(time.Second, w.order().ID)
				want, standing := "first", dispatch.Fine
				if test.breaks {
					want, standing = "second", dispatch.Broken
				}
				if got := sixth.Attempts[0].Provider; got != want {
					w.t.Errorf("the sixth order went to %s, want %s", got, want)
				}
				if got := w.standing(first); got != standing {
					w.t.Errorf("it stands %v, want %v", got, standing)
				}
			}, first, second)
		})
	}
}

func TestABrokenProviderGetsOneTrialNowAndThenAndIsBackAfterItsFirstSuccess(t *testing.T) {
	first, second := ecareLike("first"), ecareLike("second").always(plan{answer: saysDelivered})
	healed := first.sick(plan{answer: saysGarbage, lost: true})
	story(t, func(w *world) {
		var told []bool
		w.config.OpsBreaker = func(provider string, op providers.OperatorID, broken bool) []storage.Notice {
			if provider != "first" || op != providers.BDGrameenphone {
				w.t.Errorf("told of %s, %s", provider, op)
			}
			told = append(told, broken)
			return nil
		}
		w.start()
		began := time.Now()
		w.orderEach(600)
		var trials []time.Duration
		for _, at := range first.times()[5:] {
			trials = append(trials, at.Sub(began).Round(time.Second))
		}
		const s = time.Second // it broke 4 s after the beginning
		if diff := cmp.Diff([]time.Duration{34 * s, 94 * s, 214 * s, 454 * s}, trials); diff != "" {
			w.t.Errorf("trials (-want +got):\n%s", diff)
		}
		healed.Store(true)
		w.orderEach(301) // the next trial is among them
		if w.standing(first) != dispatch.Fine {
			w.t.Fatalf("it is still broken after %v", time.Since(began))
		}
		before := first.sendCount()
		w.orderEach(10)
		if got := first.sendCount() - before; got != 10 {
			w.t.Errorf("it got %d of 10 orders", got)
		}
		if diff := cmp.Diff([]bool{true, false}, told); diff != "" {
			w.t.Errorf("told (-want +got):\n%s", diff)
		}
	}, first, second)
}

func TestOneOperatorsTroubleIsNotAnothers(t *testing.T) {
	first, second := ecareLike("first"), ecareLike("second").always(plan{answer: saysDelivered})
	first.plans = func(r providers.Request) plan {
		if r.Operator == providers.BDRobi {
			return plan{answer: notSent}
		}
		return plan{answer: saysDelivered}
	}
	robi := func(o *storage.NewOrder) { o.Operator = providers.BDRobi }
	story(t, func(w *world) {
		w.start()
		for range 5 {
			w.after(time.Second, w.order(robi).ID)
		}
		if got := w.after(time.Second, w.order(robi).ID).Attempts[0].Provider; got != "second" {
			w.t.Errorf("Robi went to %s", got)
		}
		if got := w.after(time.Second, w.order().ID).Attempts[0].Provider; got != "first" {
			w.t.Errorf("Grameenphone went to %s", got)
		}
		got := w.dispatcher.Summaries()
		if len(got) != 2 || got[0].Sends != 6 || got[0].Good != 1 || len(got[0].Breaks) != 1 || got[0].Breaks[0].Operator != providers.BDRobi || got[1].Good != 6 {
			w.t.Errorf("summaries %+v", got)
		}
	}, first, second)
}

func TestTheNextAttemptAfterAProofPassesABrokenProvider(t *testing.T) {
	a, b, c := ecareLike("a"), ecareLike("b").always(plan{answer: saysGarbage}), ecareLike("c").always(plan{answer: saysDelivered})
	a.always(plan{answer: saysRefused, reason: providers.ReasonRejected})
	story(t, func(w *world) {
		w.start()
		for range 5 {
			w.after(time.Second, w.order(at(b)).ID)
		}
		job := w.after(time.Second, w.order().ID)
		w.wantState(job, storage.Delivered)
		if len(job.Attempts) != 2 || job.Attempts[1].Provider != "c" {
			w.t.Errorf("attempts %+v", job.Attempts)
		}
	}, a, b, c)
}

// TestTheOnlyProviderGetsOneOrderAtATimeWhileItIsSilent lets it be silent for 20 minutes: few orders become
// doubtful, the others wait, fail untouched when they are too old, and what is not is sent at once when it is back.
func TestTheOnlyProviderGetsOneOrderAtATimeWhileItIsSilent(t *testing.T) {
	up := ecareLike("ecare-main")
	healed := up.sick(plan{answer: saysNothing, lost: true})
	story(t, func(w *world) {
		w.config.Parallel = 8
		w.start()
		early := w.orderMany(100, up)
		w.after(10*time.Minute, 1)
		late := w.orderMany(50, up)
		w.after(5*time.Minute+time.Second, 1)
		sends := up.times()
		for i, at := range sends[8:] {
			if apart := at.Sub(sends[8+i-1]); apart < submitTimeout {
				w.t.Errorf("send %d came %v after the one before it", 8+i, apart)
			}
		}
		if n := len(sends); n < 8+28 || n > 8+30 { // no dead time between them either
			w.t.Errorf("%d sends in 15 minutes", n)
		}
		untouched := 0
		for _, was := range early {
			if job := w.job(was.ID); len(job.Attempts) == 0 {
				w.wantState(job, storage.Failed)
				if job.Reason != providers.ReasonTooOld || job.Changed.Sub(job.Created) > 15*time.Minute+time.Second {
					w.t.Errorf("%s failed after %v: %s", job.ID, job.Changed.Sub(job.Created), job.Reason)
				}
				untouched++
			}
		}
		if untouched != 100-len(sends) && untouched != 101-len(sends) { // one of the late ones may be under way
			w.t.Errorf("%d of 100 failed untouched after %d sends", untouched, len(sends))
		}
		w.wantState(w.job(late[49].ID), storage.Queued)
		healed.Store(true)
		w.after(submitTimeout+time.Second, 1)
		for _, was := range late[2:] {
			w.wantState(w.job(was.ID), storage.Delivered)
		}
	}, up)
}

func TestOrdersThatWaitForABrokenProviderGoToOneThatMended(t *testing.T) {
	first, second := ecareLike("first").always(plan{answer: saysNothing, lost: true}), ecareLike("second")
	healed := second.sick(plan{answer: notSent})
	story(t, func(w *world) {
		w.config.Parallel = 4
		w.start()
		for range 5 {
			w.after(submitTimeout+time.Second, w.order(at(first)).ID)
			w.after(time.Second, w.order(at(second)).ID)
		}
		healed.Store(true)
		var many []storage.Job
		for range 50 {
			many = append(many, w.order())
		}
		w.after(3*time.Minute, 1)
		sent := 0
		for _, was := range many {
			if job := w.job(was.ID); job.State == storage.Delivered {
				sent++
			}
		}
		if sent < 45 {
			w.t.Errorf("%d of 50 were delivered", sent)
		}
	}, first, second)
}

func TestABrokenProvidersOpenOrdersStayWithItAndAreAskedAbout(t *testing.T) {
	first, second := ecareLike("first").always(plan{answer: saysGarbage, takes: time.Hour}), ecareLike("second").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		w.start()
		open := w.orderEach(5)
		w.after(10*time.Minute, 1)
		for _, was := range open {
			job := w.job(was.ID)
			w.wantState(job, storage.Pending)
			if len(job.Attempts) != 1 || job.Attempts[0].Provider != "first" || job.Attempts[0].Enquiries < 4 {
				w.t.Errorf("attempts %+v", job.Attempts)
			}
		}
		w.after(3*time.Hour, 1)
		for _, was := range open {
			w.wantState(w.job(was.ID), storage.Delivered)
			w.wantSends(second, was, 0)
		}
	}, first, second)
}

// TestNoOrderThatAnotherTakesWaitsBehindThoseWithoutAChoice fills the line of a broken provider: the trials are theirs.
func TestNoOrderThatAnotherTakesWaitsBehindThoseWithoutAChoice(t *testing.T) {
	first, second := ecareLike("first").always(plan{answer: saysNothing, lost: true}), ecareLike("second").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		w.start()
		w.orderMany(60, first)
		for range 20 { // until 10 minutes have gone by
			w.wantState(w.after(30*time.Second, w.order().ID), storage.Delivered)
		}
		w.after(submitTimeout, 1)
		if w.standing(first) != dispatch.Broken {
			w.t.Error("it is not broken")
		}
	}, first, second)
}
