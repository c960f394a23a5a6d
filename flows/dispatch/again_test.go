package dispatch_test

import (
	"context"
	"testing"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// askAgain is what a person does who has the provider asked once more.
func (w *world) askAgain(id storage.JobID) {
	w.t.Helper()
	j := w.job(id)
	now := time.Now()
	result, err := w.store.Commit(context.Background(), storage.Turn{Now: now, Actor: agent, Job: &storage.Move{
		Now: now, Job: id, Version: j.Version, To: storage.Unknown, Due: now, Reason: j.Reason, Note: "asked again by the owner",
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.dispatcher.Wake(*result.Job)
}

// A job that was given up long ago is asked about once each time that a person wants it, and comes back in between.
func TestAskedAgainIsAskedOnceAndComesBack(t *testing.T) {
	u := ecareLike("slow")
	u.plans = func(providers.Request) plan { return plan{answer: saysPending, takes: 60 * time.Hour} }
	story(t, func(w *world) {
		w.start()
		job := w.order()
		w.wantState(w.after(25*time.Hour, job.ID), storage.Review)
		if !w.dispatcher.Askable(w.job(job.ID)) {
			t.Error("nobody may ask a provider that answers")
		}
		before := u.asked()
		for n := 1; n <= 2; n++ {
			w.askAgain(job.ID)
			w.wantState(w.after(time.Minute, job.ID), storage.Review)
			w.wantState(w.after(5*time.Hour, job.ID), storage.Review)
			if got := u.asked() - before; got != n {
				t.Fatalf("asked %d times after a person wanted it %d times", got, n)
			}
		}
		time.Sleep(30 * time.Hour)
		w.askAgain(job.ID)
		w.wantState(w.after(time.Minute, job.ID), storage.Delivered)
		w.wantSends(u, job, 1)
	}, u)
}

// One that nobody can ask any more comes back at once, unasked; Askable says so before.
func TestWhatCannotBeAskedComesBackUnasked(t *testing.T) {
	u := ecareLike("mute")
	u.caps = providers.Capabilities{Status: providers.StatusNone}
	u.plans = func(providers.Request) plan { return plan{answer: saysNothing} }
	story(t, func(w *world) {
		w.start()
		job := w.order()
		w.wantState(w.after(time.Hour, job.ID), storage.Review)
		if w.dispatcher.Askable(w.job(job.ID)) || w.dispatcher.Askable(storage.Job{ID: 1}) {
			t.Error("a provider without an enquiry, or a job that was never sent, may be asked about")
		}
		w.askAgain(job.ID)
		w.wantState(w.after(time.Second, job.ID), storage.Review)
		if u.asked() != 0 {
			t.Errorf("asked %d times", u.asked())
		}
	}, u)
}
