package dispatch_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
	"rechargebot/storage"
)

// always makes every send of an upstream go by one plan.
func (u *upstream) always(p plan) *upstream {
	u.plans = func(providers.Request) plan { return p }
	return u
}

func TestAProviderThatAnswersAtOnceIsSentToOnceAndNeverAsked(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		w.start()
		job := w.after(0, w.order().ID)
		w.wantState(job, storage.Delivered)
		w.wantSends(up, job, 1)
		a := job.Attempts[0]
		if job.Serial != serial(a.Reference) || a.Proof != storage.ProofDelivered || a.Closed.IsZero() || len(a.Evidence) != 1 || !job.Due.IsZero() {
			w.t.Errorf("job %+v", job)
		}
		if diff := cmp.Diff([]storage.State{storage.Delivered}, w.pushes(job.ID)); diff != "" {
			w.t.Errorf("told (-want +got):\n%s", diff)
		}
		if up.asked() != 0 {
			w.t.Errorf("asked %d times", up.asked())
		}
	}, up)
}

func TestTheIntentIsDurableBeforeTheSendBegins(t *testing.T) {
	up := ecareLike("ecare-main")
	story(t, func(w *world) {
		up.received = func(ctx context.Context, r providers.Request) {
			job, err := w.store.ByReference(ctx, r.Reference)
			if err != nil || job.State != storage.Sending || job.OpenAttempt() == nil || job.OpenAttempt().Reference != r.Reference || job.Order != r.Order {
				w.t.Errorf("sent %+v while the store says %+v, %v", r, job, err)
			}
		}
		w.start()
		w.wantSends(up, w.after(time.Minute, w.order().ID), 1)
	}, up)
}

func TestAJobConfirmedBeforeTheStartIsSentAfterIt(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		job := w.order()
		w.start()
		w.wantState(w.after(0, job.ID), storage.Delivered)
	}, up)
}

func TestAnOrderThatWaitedTooLongFailsAndIsNeverSent(t *testing.T) {
	up := ecareLike("ecare-main")
	story(t, func(w *world) {
		job := w.order()
		time.Sleep(15*time.Minute + time.Second)
		w.start()
		job = w.after(0, job.ID)
		w.wantState(job, storage.Failed)
		w.wantSends(up, job, 0)
		if job.Reason != providers.ReasonTooOld || len(job.Attempts) != 0 {
			w.t.Errorf("job %+v", job)
		}
		if diff := cmp.Diff([]storage.State{storage.Failed}, w.pushes(job.ID)); diff != "" {
			w.t.Errorf("told (-want +got):\n%s", diff)
		}
	}, up)
}

func TestAnOrderThatTheAgentCancelledIsNotSent(t *testing.T) {
	up := ecareLike("ecare-main")
	story(t, func(w *world) {
		job := w.order()
		if _, err := w.store.Move(w.t.Context(), storage.Move{Now: time.Now(), Job: job.ID, Version: job.Version, To: storage.Cancelled, By: "agent"}); err != nil {
			w.t.Fatal(err)
		}
		w.start()
		w.dispatcher.Wake(job) // as it was before
		job = w.after(time.Hour, job.ID)
		w.wantState(job, storage.Cancelled)
		w.wantSends(up, job, 0)
	}, up)
}

func TestTheFirstProviderInOrderThatServesTheOrderGetsIt(t *testing.T) {
	robi := ecareLike("robi-only").always(plan{answer: saysDelivered})
	robi.operators = []providers.OperatorID{providers.BDRobi}
	small := ecareLike("small-amounts").always(plan{answer: saysDelivered})
	small.rule.Max = taka(40)
	first, second := ecareLike("first").always(plan{answer: saysDelivered}), ecareLike("second").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		w.start()
		job := w.after(0, w.order().ID)
		chosen := w.after(0, w.order(func(o *storage.NewOrder) { o.Provider = "second" }).ID)
		if job.Attempts[0].Provider != "first" || chosen.Attempts[0].Provider != "second" {
			w.t.Errorf("sent to %s and %s", job.Attempts[0].Provider, chosen.Attempts[0].Provider)
		}
	}, robi, small, first, second)
}

func TestAnOrderThatNobodyServesFails(t *testing.T) {
	up := ecareLike("ecare-main")
	up.operators = []providers.OperatorID{providers.BDRobi}
	story(t, func(w *world) {
		w.start()
		job := w.after(0, w.order().ID)
		w.wantState(job, storage.Failed)
		gone := w.after(0, w.order(func(o *storage.NewOrder) { o.Provider, o.Operator = "removed", providers.BDRobi }).ID)
		w.wantState(gone, storage.Failed)
		if job.Reason != providers.ReasonUnsupported || gone.Reason != providers.ReasonUnsupported {
			w.t.Errorf("reasons %q and %q", job.Reason, gone.Reason)
		}
	}, up)
}

// TestTheNextProviderIsTriedOnlyAfterProof goes through every answer to a first send: what a second
// provider receives, and where the job stands a moment later.
func TestTheNextProviderIsTriedOnlyAfterProof(t *testing.T) {
	tests := map[string]struct {
		first  plan
		second int
		state  storage.State
		proof  storage.Proof
	}{
		"nothing was sent":               {plan{answer: notSent}, 1, storage.Delivered, storage.ProofNotSent},
		"refused":                        {plan{answer: saysRefused, reason: providers.ReasonFloatShort}, 1, storage.Delivered, storage.ProofRefused},
		"refused as a duplicate":         {plan{answer: saysRefused, reason: providers.ReasonDuplicate, hidden: time.Hour}, 0, storage.Unknown, storage.ProofNone},
		"refused with a wrong echo":      {plan{answer: saysRefused, reason: providers.ReasonEcho, hidden: time.Hour}, 0, storage.Unknown, storage.ProofNone},
		"delivered":                      {plan{answer: saysDelivered}, 0, storage.Delivered, storage.ProofDelivered},
		"accepted":                       {plan{answer: saysPending, takes: time.Hour}, 0, storage.Pending, storage.ProofNone},
		"garbled":                        {plan{answer: saysGarbage, hidden: time.Hour}, 0, storage.Unknown, storage.ProofNone},
		"duplicate":                      {plan{answer: saysDuplicate, hidden: time.Hour}, 0, storage.Unknown, storage.ProofNone},
		"an error that proves nothing":   {plan{answer: fails, hidden: time.Hour}, 0, storage.Unknown, storage.ProofNone},
		"the adapter panics":             {plan{answer: panics, hidden: time.Hour}, 0, storage.Unknown, storage.ProofNone},
		"garbled, and never accepted":    {plan{answer: saysGarbage, lost: true}, 0, storage.Unknown, storage.ProofNone},
		"silent, accepted long after it": {plan{answer: saysNothing, lands: 5 * time.Minute, hidden: time.Hour}, 0, storage.Unknown, storage.ProofNone},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			first, second := ecareLike("first").always(test.first), ecareLike("second").always(plan{answer: saysDelivered})
			story(t, func(w *world) {
				w.start()
				job := w.after(35*time.Second, w.order().ID)
				w.wantState(job, test.state)
				w.wantSends(second, job, test.second)
				if job.Attempts[0].Proof != test.proof || len(job.Attempts[0].Evidence) == 0 {
					w.t.Errorf("first attempt %+v", job.Attempts[0])
				}
			}, first, second)
		})
	}
}

func TestAJobGoesToAtMostMaxProviders(t *testing.T) {
	refuses := plan{answer: saysRefused, reason: providers.ReasonFloatShort}
	a, b, c := ecareLike("a").always(refuses), ecareLike("b").always(plan{answer: notSent}), ecareLike("c").always(refuses)
	story(t, func(w *world) {
		w.start()
		job := w.after(time.Minute, w.order().ID)
		w.wantState(job, storage.Failed)
		w.wantSends(a, job, 1)
		w.wantSends(c, job, 0)
		if len(job.Attempts) != 2 || job.Reason != providers.ReasonUnreachable {
			w.t.Errorf("attempts %+v, reason %q", job.Attempts, job.Reason)
		}
	}, a, b, c)
}

func TestTheAgentsChoiceIsNotReplacedByAnotherProvider(t *testing.T) {
	a, b := ecareLike("a").always(plan{answer: notSent}), ecareLike("b")
	story(t, func(w *world) {
		w.start()
		job := w.after(time.Minute, w.order(func(o *storage.NewOrder) { o.Provider = "a" }).ID)
		w.wantState(job, storage.Failed)
		w.wantSends(b, job, 0)
	}, a, b)
}

func TestAnOrderWaitsForItsTurnInTheQueue(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysNothing})
	story(t, func(w *world) {
		up.noTurn(29 * time.Second)
		w.start()
		job := w.order()
		w.wantState(w.after(28*time.Second, job.ID), storage.Queued)
		w.wantState(w.after(2*time.Second, job.ID), storage.Sending)
		w.wantState(w.after(28*time.Second, job.ID), storage.Sending)
		w.wantState(w.after(2*time.Second, job.ID), storage.Unknown)
	}, up)
}

func TestAnUpstreamWithoutATurnFailsNobody(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		up.noTurn(14 * time.Minute)
		w.start()
		job := w.order()
		w.wantState(w.after(14*time.Minute-time.Second, job.ID), storage.Queued)
		job = w.after(2*time.Second, job.ID)
		w.wantState(job, storage.Delivered)
		w.wantSends(up, job, 1)
	}, up)
}

func TestTheStopDoesNotWaitForATurn(t *testing.T) {
	up := ecareLike("ecare-main")
	story(t, func(w *world) {
		up.noTurn(29 * time.Second)
		w.start()
		job := w.after(time.Second, w.order().ID)
		began := time.Now()
		w.halt()
		if waited := time.Since(began); waited != 0 {
			w.t.Errorf("the stop took %v", waited)
		}
		w.wantState(w.job(job.ID), storage.Queued)
	}, up)
}

func TestASendInFlightIsWaitedForAtTheStop(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysNothing, takes: time.Second})
	story(t, func(w *world) {
		w.start()
		sending := w.after(time.Second, w.order().ID)
		w.wantState(sending, storage.Sending)
		began := time.Now()
		w.halt()
		if waited := time.Since(began); waited != 29*time.Second {
			w.t.Errorf("the stop took %v of the send's 30 s", waited)
		}
		w.wantState(w.job(sending.ID), storage.Unknown)
		queued := w.order()
		w.wantState(w.after(time.Minute, queued.ID), storage.Queued)
	}, up)
}

func TestTheLogHoldsNothingOfWhatAProviderSays(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysRefused, code: "8801700000001 IS BARRED"})
	story(t, func(w *world) {
		var lines bytes.Buffer
		w.config.Logger = slog.New(slog.NewTextHandler(&lines, nil))
		w.start()
		job := w.after(0, w.order().ID)
		w.wantState(job, storage.Failed)
		if last := job.History[len(job.History)-1]; !strings.Contains(last.Note, "8801700000001 IS BARRED") {
			w.t.Errorf("the history says %q", last.Note)
		}
		w.halt()
		if log := lines.String(); !strings.Contains(log, "job moved") || strings.Contains(log, "00000001") || strings.Contains(log, "BARRED") {
			w.t.Errorf("the log is\n%s", log)
		}
	}, up)
}
