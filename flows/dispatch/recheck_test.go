package dispatch_test

import (
	"context"
	"testing"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// A person decides while the provider's answer is on its way: the answer is held against what he decided.
func TestEvidenceOutlivesADecisionMadeMeanwhile(t *testing.T) {
	first := ecareLike("first").always(plan{answer: saysRefused, late: 30 * time.Second})
	second := ecareLike("second").always(plan{takes: 100 * time.Hour})
	story(t, func(w *world) {
		w.tellsIncidents()
		w.start()
		job := w.after(26*time.Hour, w.order().ID)
		w.wantState(job, storage.Review)
		first.enquiry = func(int, providers.Request) bool {
			if j := w.job(job.ID); j.State == storage.Review {
				_, err := w.store.Commit(context.Background(), storage.Turn{Now: time.Now(), Actor: agent, Job: &storage.Move{
					Now: time.Now(), Job: j.ID, Version: j.Version, To: storage.Failed, Close: storage.ProofPerson, Note: "nothing there",
				}})
				if err != nil {
					w.t.Error(err)
				}
			}
			return true
		}
		w.dispatcher.AskSoon(job, job.Attempts[0].Reference)
		job = w.after(time.Minute, job.ID)
		w.wantState(job, storage.Failed)
		if i := job.OpenIncident(); i == nil || i.Said != "delivered" {
			w.t.Errorf("the provider said delivered, and the job has %+v", job.Incidents)
		}
	}, first, second)
}

// A hint is not lost with an answer that does not come; a provider that never answers is not asked for ever.
func TestAHintIsAskedAboutUntilThereIsAnAnswer(t *testing.T) {
	up := ecareLike("first").always(plan{answer: saysRefused, late: 30 * time.Second})
	story(t, func(w *world) {
		w.start()
		job := w.after(time.Minute, w.order().ID)
		w.wantState(job, storage.Failed)
		up.enquiry = func(n int, _ providers.Request) bool { return n > 3 }
		w.askSoon(job)
		if job = w.after(time.Hour, job.ID); job.OpenIncident() == nil || up.asked() != 4 {
			w.t.Errorf("asked %d times; incidents %+v", up.asked(), job.Incidents)
		}
		up.enquiry = func(int, providers.Request) bool { return false }
		w.askSoon(job)
		w.after(100*time.Hour, job.ID)
		if n := up.asked() - 4; n < 5 || n > 10 {
			w.t.Errorf("asked %d times in vain", n)
		}
	}, up)
}

func TestHintsAboutTwoAttemptsAreBothHeard(t *testing.T) {
	first := ecareLike("first").always(plan{answer: saysRefused})
	second := ecareLike("second").always(plan{answer: saysRefused, late: 30 * time.Second})
	story(t, func(w *world) {
		w.start()
		job := w.after(time.Minute, w.order().ID)
		w.wantState(job, storage.Failed)
		w.dispatcher.AskSoon(job, job.Attempts[0].Reference)
		w.dispatcher.AskSoon(job, job.Attempts[1].Reference)
		job = w.after(time.Minute, job.ID)
		if i := job.OpenIncident(); i == nil || i.Reference != job.Attempts[1].Reference || first.asked() != 3 {
			w.t.Errorf("asked %d and %d times, incident %+v", first.asked(), second.asked(), i)
		}
	}, first, second)
}

// A reversal that was none is evidence against a final state like any other.
func TestAReversalThatWasNoneIsAnIncident(t *testing.T) {
	up := ecareLike("first").always(plan{answer: saysDelivered, back: time.Hour, turns: providers.ReasonRefunded})
	story(t, func(w *world) {
		told := w.tellsIncidents()
		w.start()
		job := w.after(2*time.Hour, w.order().ID)
		w.askSoon(job)
		w.wantState(w.after(time.Second, job.ID), storage.Reversed)
		up.mu.Lock()
		up.sends[0].plan.late = time.Hour
		up.mu.Unlock()
		w.askSoon(w.after(time.Minute, job.ID))
		w.wantState(w.after(time.Minute, job.ID), storage.Reversed)
		w.wantTold(told, "reversed nothing open false", "reversed delivered false")
	}, up)
}

// While a person decides, a hint brings him the provider's newest word; it decides nothing.
func TestAHintInReviewBringsNewEvidence(t *testing.T) {
	up := ecareLike("first").always(plan{takes: 30 * time.Hour})
	story(t, func(w *world) {
		reminded := 0
		w.config.OpsNotices = func(_ storage.Job, reminder bool) []storage.Notice {
			if reminder {
				reminded++
			}
			return nil
		}
		w.config.RemindEvery = 100 * time.Hour
		w.start()
		job := w.after(26*time.Hour, w.order().ID)
		w.wantState(job, storage.Review)
		w.askSoon(job)
		if same := w.after(time.Minute, job.ID); same.Version != job.Version || reminded != 0 {
			w.t.Errorf("the same answer again: version %d after %d, reminded %d times", same.Version, job.Version, reminded)
		}
		w.askSoon(w.after(6*time.Hour, job.ID))
		job = w.after(time.Minute, job.ID)
		w.wantState(job, storage.Review)
		if e := job.OpenAttempt().Evidence; e[len(e)-1].Body != "SUCCESS" || reminded != 1 {
			w.t.Errorf("evidence %+v, reminded %d times", e, reminded)
		}
	}, up)
}

// A person has found that the first provider delivered. Whatever becomes of the second attempt, there is no third.
func TestAnUpheldIncidentEndsFailover(t *testing.T) {
	first := ecareLike("first").always(plan{answer: saysRefused, late: 30 * time.Second})
	second := ecareLike("second").always(plan{takes: 2 * time.Hour, ends: providers.Refused})
	third := ecareLike("third").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		w.config.MaxProviders, w.config.QueueMaxAge = 3, 24*time.Hour
		w.start()
		job := w.after(time.Minute, w.order().ID)
		w.dispatcher.AskSoon(job, job.Attempts[0].Reference)
		job = w.after(time.Second, job.ID)
		settled, err := w.store.Commit(w.t.Context(), storage.Turn{Now: time.Now(), Actor: agent, Job: &storage.Move{
			Now: time.Now(), Job: job.ID, Version: job.Version, To: job.State, Due: job.Due,
			Settle: &storage.Settle{By: agent, Why: "seen as done in their panel", Upheld: true},
		}})
		if err != nil {
			w.t.Fatal(err)
		}
		w.dispatcher.Wake(*settled.Job)
		job = w.after(4*time.Hour, job.ID)
		w.wantState(job, storage.Failed)
		w.wantSends(second, job, 1)
		w.wantSends(third, job, 0)
		if !job.Corrected() {
			w.t.Error("the card does not say that it arrived")
		}
	}, first, second, third)
}

// The first provider calls while the order waits for the second one, and its answer has to wait for a turn:
// the send waits for what is about to be known.
func TestASendWaitsForAHintInHand(t *testing.T) {
	first := ecareLike("first").always(plan{answer: saysRefused, late: 2 * time.Second})
	second := ecareLike("second").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		w.start()
		second.noTurn(10 * time.Second)
		job := w.after(3*time.Second, w.order().ID)
		w.wantState(job, storage.Queued)
		first.noTurn(30 * time.Second)
		w.dispatcher.AskSoon(job, job.Attempts[0].Reference)
		job = w.after(5*time.Minute, job.ID)
		w.wantState(job, storage.Failed)
		w.wantSends(second, job, 0)
	}, first, second)
}

// A hint about one attempt holds up nothing of another: neither its enquiries, nor an order's age.
func TestAHintHoldsUpNothingElse(t *testing.T) {
	first := ecareLike("first").always(plan{answer: saysRefused})
	second := ecareLike("second").always(plan{takes: 20 * time.Second})
	story(t, func(w *world) {
		w.pauses()
		w.start()
		asked := w.after(time.Second, w.order().ID)
		w.wantState(asked, storage.Pending)
		w.pause(second, "yes")
		waits := w.after(time.Second, w.order().ID)
		w.wantState(waits, storage.Queued)
		first.noTurn(6 * time.Hour)
		w.dispatcher.AskSoon(asked, asked.Attempts[0].Reference)
		w.dispatcher.AskSoon(waits, waits.Attempts[0].Reference)
		w.wantState(w.after(time.Minute, asked.ID), storage.Delivered)
		w.wantState(w.after(20*time.Minute, waits.ID), storage.Failed)
	}, first, second)
}

// An operator's trial at a provider that is far behind its rate goes before the backlog of another operator, since
// another provider would have taken that order long ago.
func TestATrialDoesNotAgeBehindAnotherOperator(t *testing.T) {
	first, second := ecareLike("first"), ecareLike("second").always(plan{answer: saysDelivered})
	first.plans = func(r providers.Request) plan {
		if r.Operator == providers.BDGrameenphone {
			return plan{answer: notSent}
		}
		return plan{answer: saysDelivered}
	}
	second.operators = []providers.OperatorID{providers.BDGrameenphone}
	story(t, func(w *world) {
		w.start()
		w.orderEach(5)
		first.every = 10 * time.Second
		w.after(40*time.Second, 1)
		var jobs []storage.Job
		for n := range 1200 {
			w.order(func(o *storage.NewOrder) { o.Operator = providers.BDRobi })
			if n > 120 && n%30 == 0 {
				jobs = append(jobs, w.order())
			}
			w.after(time.Second, 1)
		}
		w.after(time.Minute, 1)
		for _, j := range jobs {
			if j = w.job(j.ID); j.State != storage.Delivered || j.Changed.Sub(j.Created) > 30*time.Second {
				w.t.Errorf("%s is %s (%s) after %v", j.ID, j.State, j.Reason, j.Changed.Sub(j.Created))
			}
		}
	}, first, second)
}

// A provider that calls a little too early is asked again, and one that calls once more meanwhile is not made to wait.
func TestAHintThatComesTooEarlyIsNotLost(t *testing.T) {
	for name, calls := range map[string]int{"once": 1, "twice": 2} {
		t.Run(name, func(t *testing.T) {
			up := ecareLike("ecare-main").always(plan{answer: saysDelivered, back: time.Minute + 4*time.Second, turns: providers.ReasonRefunded})
			story(t, func(w *world) {
				w.start()
				job := w.after(time.Minute, w.order().ID)
				for range calls {
					w.askSoon(job)
					job = w.after(5*time.Second, job.ID)
				}
				if calls == 2 {
					w.wantState(job, storage.Reversed)
				}
				w.wantState(w.after(15*time.Second, job.ID), storage.Reversed)
			}, up)
		})
	}
}
