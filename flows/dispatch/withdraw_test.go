package dispatch_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers"
	"rechargebot/storage"
)

func TestAnOrderOfAnAgentWhoWasSuspendedSinceIsCancelledAndNotSent(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		suspended := map[storage.PersonID]bool{}
		w.config.MayOrder = func(_ context.Context, who storage.PersonID) (bool, error) { return !suspended[who], nil }
		before := w.order()
		suspended[agent] = true
		w.start()
		job := w.after(0, before.ID)
		w.wantState(job, storage.Cancelled)
		w.wantSends(up, job, 0)
		if job.History[len(job.History)-1].Note == "" {
			w.t.Error("the history does not say why")
		}
		if diff := cmp.Diff([]storage.State{storage.Cancelled}, w.pushes(job.ID)); diff != "" {
			w.t.Errorf("told (-want +got):\n%s", diff)
		}
		suspended[agent] = false
		w.wantState(w.after(0, w.order().ID), storage.Delivered)
	}, up)
}

func TestAnOrderOfSomebodyWhoIsNotKnownAnyMoreIsCancelled(t *testing.T) {
	up := ecareLike("ecare-main")
	story(t, func(w *world) {
		w.config.MayOrder = func(context.Context, storage.PersonID) (bool, error) { return false, storage.ErrNotFound }
		w.start()
		job := w.after(0, w.order().ID)
		w.wantState(job, storage.Cancelled)
		w.wantSends(up, job, 0)
	}, up)
}

func TestAnOrderThatWasRefusedOnceFailsInsteadOfGoingOnForASuspendedAgent(t *testing.T) {
	first, second := ecareLike("first").always(plan{answer: saysRefused, reason: providers.ReasonFloatShort}), ecareLike("second")
	story(t, func(w *world) {
		suspended := false
		w.config.MayOrder = func(context.Context, storage.PersonID) (bool, error) { return !suspended, nil }
		first.received = func(context.Context, providers.Request) { suspended = true }
		w.start()
		job := w.after(time.Second, w.order().ID)
		w.wantState(job, storage.Failed)
		w.wantSends(first, job, 1)
		w.wantSends(second, job, 0)
		if job.Reason != providers.ReasonFloatShort {
			w.t.Errorf("reason %q", job.Reason)
		}
	}, first, second)
}

func TestWhatWasSentBeforeTheSuspensionIsAskedAboutToItsEnd(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{takes: time.Minute})
	story(t, func(w *world) {
		suspended := false
		w.config.MayOrder = func(context.Context, storage.PersonID) (bool, error) { return !suspended, nil }
		w.start()
		job := w.after(0, w.order().ID)
		suspended = true
		w.wantState(w.after(10*time.Minute, job.ID), storage.Delivered)
	}, up)
}

func TestNothingIsSentWhenTheStoreCannotSayWhoMayOrder(t *testing.T) {
	up := ecareLike("ecare-main")
	story(t, func(w *world) {
		broken := errors.New("the disk is gone")
		w.config.MayOrder = func(context.Context, storage.PersonID) (bool, error) { return true, broken }
		w.start()
		job := w.after(time.Hour, w.order().ID)
		w.wantState(job, storage.Queued)
		w.wantSends(up, job, 0)
		if err := w.stop(); !errors.Is(err, broken) {
			w.t.Errorf("Run ended with %v", err)
		}
		w.stop = nil
	}, up)
}
