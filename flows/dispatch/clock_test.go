package dispatch_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
	"rechargebot/storage"
)

// confirmAt confirms an order while the clock was ahead.
func (w *world) confirmAt(ahead time.Duration) storage.Job {
	w.t.Helper()
	w.orders++
	job, err := confirm(clockAhead{w.store, ahead}, w.orders)
	if err != nil {
		w.t.Fatal(err)
	}
	return job
}

// clockAhead is a store whose callers have a clock that is ahead.
type clockAhead struct {
	storage.Dialogues
	by time.Duration
}

func (c clockAhead) Commit(ctx context.Context, t storage.Turn) (storage.TurnResult, error) {
	t.Now = t.Now.Add(c.by)
	return c.Dialogues.Commit(ctx, t)
}

func TestAnOrderOutOfTheFutureFailsSoonAndIsNeverSent(t *testing.T) {
	for _, ahead := range []time.Duration{2 * time.Minute, 24 * time.Hour, 1000 * time.Hour} {
		t.Run(ahead.String(), func(t *testing.T) {
			up := ecareLike("ecare-main").always(plan{answer: saysDelivered})
			story(t, func(w *world) {
				before := w.confirmAt(ahead)
				w.start()
				meanwhile := w.confirmAt(ahead)
				w.dispatcher.Wake(meanwhile)
				w.after(2*time.Minute, before.ID)
				for _, id := range []storage.JobID{before.ID, meanwhile.ID} {
					job := w.job(id)
					w.wantState(job, storage.Failed)
					if job.Reason != providers.ReasonTooOld {
						w.t.Errorf("reason %q", job.Reason)
					}
					if diff := cmp.Diff([]storage.State{storage.Failed}, w.pushes(id)); diff != "" {
						w.t.Errorf("told (-want +got):\n%s", diff)
					}
				}
				w.wantSends(up, w.after(2*ahead, before.ID), 0)
				w.wantSends(up, meanwhile, 0)
			}, up)
		})
	}
}

func TestAnOrderOfAClockThatIsALittleAheadIsSent(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		job := w.confirmAt(50 * time.Second)
		w.start()
		w.wantState(w.after(time.Minute, job.ID), storage.Delivered)
	}, up)
}

func TestEnquiriesDoNotStopForADayWhenTheClockWasADayAhead(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{takes: time.Minute})
	story(t, func(w *world) {
		w.start()
		job := w.after(0, w.order().ID)
		w.wantState(job, storage.Pending)
		w.halt()
		ahead := time.Now().Add(24 * time.Hour)
		if _, err := w.store.Move(w.t.Context(), storage.Move{Now: ahead, Job: job.ID, Version: job.Version, To: storage.Pending, By: "dispatch", Due: ahead.Add(10 * time.Second)}); err != nil {
			w.t.Fatal(err)
		}
		w.start()
		w.wantState(w.after(10*time.Minute, job.ID), storage.Delivered)
		w.wantSends(up, job, 1)
	}, up)
}

func TestAJobThatRestsIsLookedAtOnceAfterAStartAndAskedInItsTime(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{takes: 100 * time.Hour})
	story(t, func(w *world) {
		w.start()
		job := w.after(5*time.Hour, w.order().ID)
		w.halt()
		asked := up.asked()
		w.start()
		w.after(time.Until(job.Due)-time.Second, job.ID)
		if n := up.asked() - asked; n != 0 {
			w.t.Errorf("asked %d times before it was due", n)
		}
		w.after(time.Minute, job.ID)
		if n := up.asked() - asked; n != 1 {
			w.t.Errorf("asked %d times, want once", n)
		}
	}, up)
}
