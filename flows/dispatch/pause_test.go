package dispatch_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows/dispatch"
	"rechargebot/providers"
	"rechargebot/storage"
)

// pauses is a desk: who is paused is kept in the store.
func (w *world) pauses() {
	w.config.Paused = func(ctx context.Context, provider string) (bool, error) {
		_, err := w.store.Memo(ctx, "paused/"+provider)
		if errors.Is(err, storage.ErrNotFound) {
			return false, nil
		}
		raw, err := w.store.Memo(ctx, "paused/"+provider)
		return string(raw) == "yes", err
	}
	w.config.Distrust = func(ctx context.Context, provider string) error {
		return w.store.SetMemo(ctx, "paused/"+provider, []byte("yes"))
	}
}

func (w *world) pause(u *upstream, is string) {
	w.t.Helper()
	if err := w.store.SetMemo(w.t.Context(), "paused/"+u.name, []byte(is)); err != nil {
		w.t.Fatal(err)
	}
}

func TestAPausedProviderGetsNothingNewAndIsAskedAboutWhatItHas(t *testing.T) {
	first, second := ecareLike("first").always(plan{takes: time.Minute}), ecareLike("second").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		w.pauses()
		w.start()
		open := w.after(time.Second, w.order().ID)
		w.wantState(open, storage.Pending)
		w.pause(first, "yes")
		free, chosen := w.order(), w.order(at(first))
		w.wantState(w.after(5*time.Minute, open.ID), storage.Delivered)
		w.wantState(w.job(free.ID), storage.Delivered)
		w.wantSends(first, free, 0)
		w.wantState(w.job(chosen.ID), storage.Queued)
		if got := w.dispatcher.Summaries()[0].Waiting; got != 1 || w.standing(first) != dispatch.Resting {
			w.t.Errorf("%d wait, and it stands %v", got, w.standing(first))
		}
		old := w.after(10*time.Minute+time.Second, chosen.ID)
		w.wantState(old, storage.Failed)
		w.wantSends(first, chosen, 0)
		if old.Reason != providers.ReasonTooOld {
			w.t.Errorf("reason %q", old.Reason)
		}
		waits := w.after(7*time.Second, w.order(at(first)).ID)
		w.wantState(waits, storage.Queued)
		w.pause(first, "no")
		w.wantState(w.after(3*time.Second, waits.ID), storage.Pending)
	}, first, second)
}

func TestAPauseSurvivesARestart(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		w.pauses()
		w.pause(up, "yes")
		w.start()
		job := w.order()
		w.wantState(w.after(time.Minute, job.ID), storage.Queued)
		w.close()
		w.stop = nil
		w.open()
		w.start()
		w.wantState(w.after(5*time.Minute, job.ID), storage.Queued)
		w.pause(up, "no")
		w.wantState(w.after(3*time.Second, job.ID), storage.Delivered)
		w.wantSends(up, job, 1)
	}, up)
}

// TestAPauseRightBeforeTheIntentHoldsTheSend pauses while the order's agent is looked up, when its lane is chosen already.
func TestAPauseRightBeforeTheIntentHoldsTheSend(t *testing.T) {
	first, second := ecareLike("first").always(plan{answer: saysDelivered}), ecareLike("second").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		w.pauses()
		w.config.MayOrder = func(context.Context, storage.PersonID) (bool, error) {
			w.pause(first, "yes")
			return true, nil
		}
		w.start()
		job := w.after(0, w.order().ID)
		w.wantState(job, storage.Delivered)
		w.wantSends(first, job, 0)
		chosen := w.after(time.Second, w.order(at(first)).ID)
		w.wantState(chosen, storage.Queued)
		if len(chosen.Attempts) != 0 {
			w.t.Errorf("attempts %+v", chosen.Attempts)
		}
	}, first, second)
}

func TestAStoreThatCannotTellOfAPauseEndsRun(t *testing.T) {
	up := ecareLike("ecare-main")
	story(t, func(w *world) {
		w.config.Paused = func(context.Context, string) (bool, error) { return false, storage.ErrBroken }
		w.start()
		job := w.after(time.Second, w.order().ID)
		if err := w.stop(); !errors.Is(err, storage.ErrBroken) {
			w.t.Errorf("Run ended with %v", err)
		}
		w.stop = nil
		w.wantSends(up, job, 0)
	}, up)
}

func TestTwoAnswersAboutAnotherOrderWithinAnHourPauseTheProvider(t *testing.T) {
	first, second := ecareLike("first").always(plan{answer: saysOther, takes: time.Second}), ecareLike("second").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		w.pauses()
		w.start()
		w.after(time.Minute, w.order().ID)
		if w.standing(first) != dispatch.Fine {
			w.t.Fatal("one such answer paused it")
		}
		time.Sleep(60 * time.Minute)
		if w.after(time.Minute, w.order().ID); w.standing(first) != dispatch.Fine {
			w.t.Fatal("two that are over an hour apart paused it")
		}
		w.after(time.Minute, w.order().ID)
		if w.standing(first) != dispatch.Resting {
			w.t.Fatal("two within minutes did not pause it")
		}
		w.wantState(w.after(time.Second, w.order().ID), storage.Delivered)
	}, first, second)
}

func TestAFloatThatIsTooShortIsPassedOver(t *testing.T) {
	first, second := ecareLike("first").always(plan{answer: saysDelivered}), ecareLike("second").always(plan{answer: saysDelivered})
	story(t, func(w *world) {
		var mu sync.Mutex
		left, read := taka(49), time.Now()
		w.config.Float = func(provider string) (providers.Money, time.Time, bool) {
			mu.Lock()
			defer mu.Unlock()
			return left, read, provider == "first"
		}
		sentTo := func(change ...func(*storage.NewOrder)) string {
			job := w.after(time.Second, w.order(change...).ID)
			w.wantState(job, storage.Delivered)
			return job.Attempts[0].Provider
		}
		set := func(m providers.Money, at time.Time) {
			mu.Lock()
			defer mu.Unlock()
			left, read = m, at
		}
		w.start()
		got := []string{sentTo(), sentTo(at(first))}
		set(taka(50), time.Now())
		got = append(got, sentTo())
		set(taka(1), time.Now().Add(-11*time.Minute))
		got = append(got, sentTo())
		set(providers.Money{Minor: 1, Currency: providers.INR}, time.Now())
		got = append(got, sentTo())
		if diff := cmp.Diff([]string{"second", "first", "first", "first", "first"}, got); diff != "" {
			w.t.Errorf("sent to (-want +got):\n%s", diff)
		}
		if a := w.job(3).Attempts[0]; a.Before == nil || a.Before.Balance != taka(50) || a.Before.At.IsZero() {
			w.t.Errorf("the attempt keeps %+v", a.Before)
		}
		if a := w.job(1).Attempts[0]; a.Before != nil {
			w.t.Errorf("the attempt at an unknown float keeps %+v", a.Before)
		}
	}, first, second)
}

// counting is a store that counts how often a job is read.
type counting struct {
	dispatch.Store
	reads atomic.Int64
}

func (c *counting) Job(ctx context.Context, id storage.JobID) (storage.Job, error) {
	c.reads.Add(1)
	return c.Store.Job(ctx, id)
}

// TestWhatWaitsIsNotReadAgainAndAgain lets six hundred orders wait, one half for a paused provider and one for a
// broken one. While a quarter of an hour goes by each is read a few times: when it comes, when it goes
// elsewhere, when it is too old.
func TestWhatWaitsIsNotReadAgainAndAgain(t *testing.T) {
	const each = 300
	resting, silent := ecareLike("resting"), ecareLike("silent").always(plan{answer: saysNothing, lost: true})
	for _, u := range []*upstream{resting, silent} {
		u.enquiry = func(int, providers.Request) bool { return false }
	}
	story(t, func(w *world) {
		store := &counting{Store: w.store}
		w.config.Store = store
		w.pauses()
		paused, asked := w.config.Paused, atomic.Int64{}
		w.config.Paused = func(ctx context.Context, provider string) (bool, error) {
			asked.Add(1)
			return paused(ctx, provider)
		}
		w.pause(resting, "yes")
		w.start()
		jobs := slices.Concat(w.orderMany(each, resting), w.orderMany(each, silent))
		w.after(16*time.Minute, 1)
		for _, was := range jobs {
			if job := w.job(was.ID); job.State == storage.Queued {
				w.t.Fatalf("%s still waits", job.ID)
			}
		}
		if n := store.reads.Load(); n > 10*2*each {
			w.t.Errorf("%d reads for %d orders", n, 2*each)
		}
		if n := asked.Load(); n > 10*2*each {
			w.t.Errorf("the pauses were asked for %d times for %d orders", n, 2*each)
		}
	}, resting, silent)
}
