package dispatch_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
)

// mortal is a store whose process dies at a chosen Move, before its commit or after it.
type mortal struct {
	storage.Jobs
	fate func(storage.Move) (dies, committed bool)

	mu   sync.Mutex
	dead bool
}

func (m *mortal) alive() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return errDied
	}
	return nil
}

func (m *mortal) die() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead = true
}

func (m *mortal) Job(ctx context.Context, id storage.JobID) (storage.Job, error) {
	if err := m.alive(); err != nil {
		return storage.Job{}, err
	}
	return m.Jobs.Job(ctx, id)
}

func (m *mortal) Move(ctx context.Context, mv storage.Move) (storage.Job, error) {
	if err := m.alive(); err != nil {
		return storage.Job{}, err
	}
	dies, committed := m.fate(mv)
	if dies {
		m.die()
		if committed {
			_, _ = m.Jobs.Move(ctx, mv) // it is on the disk, and nobody was told
		}
		return storage.Job{}, errDied
	}
	return m.Jobs.Move(ctx, mv)
}

// dieAt makes the process die at the first Move to a state.
func (w *world) dieAt(to storage.State, committed bool) {
	w.config.Store = &mortal{Jobs: w.store, fate: func(m storage.Move) (bool, bool) { return m.To == to, committed }}
}

// reboot ends a process that has died, and starts anew with a store opened anew.
func (w *world) reboot() {
	w.t.Helper()
	if err := w.stop(); !errors.Is(err, errDied) {
		w.t.Fatalf("Run ended with %v, want the store's failure", err)
	}
	if err := w.store.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.open()
	w.start()
}

// TestAnyDeathAroundASendLeavesOneRecharge kills the process at each commit around the send, before
// and after it, and looks at what the provider got once the next process has run.
func TestAnyDeathAroundASendLeavesOneRecharge(t *testing.T) {
	tests := map[string]struct {
		at        storage.State
		committed bool
		sends     int
		state     storage.State // soon after the next start
		final     storage.State // an hour later
	}{
		"before the intent":                  {storage.Sending, false, 1, storage.Pending, storage.Delivered},
		"after the intent, before the send":  {storage.Sending, true, 0, storage.Unknown, storage.Review},
		"after the send, before it is known": {storage.Pending, false, 1, storage.Pending, storage.Delivered},
		"after it is known":                  {storage.Pending, true, 1, storage.Pending, storage.Delivered},
		"before the end is known":            {storage.Delivered, false, 1, storage.Delivered, storage.Delivered},
		"after the end is known":             {storage.Delivered, true, 1, storage.Delivered, storage.Delivered},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			up := ecareLike("ecare-main").always(plan{takes: 5 * time.Minute})
			story(t, func(w *world) {
				w.dieAt(test.at, test.committed)
				w.start()
				job := w.order()
				if test.at == storage.Delivered {
					w.after(time.Hour, job.ID)
				}
				w.after(time.Second, job.ID)
				w.reboot()
				job = w.after(time.Second, job.ID)
				w.wantState(job, test.state)
				job = w.after(time.Hour, job.ID)
				w.wantState(job, test.final)
				w.wantSends(up, job, test.sends)
				if told := w.pushes(job.ID); len(told) != 1 || told[0] != test.final {
					w.t.Errorf("told %v, want %s once", told, test.final)
				}
			}, up)
		})
	}
}

func TestASendThatTheDeathCutOffIsAskedAboutAndNotRepeated(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysNothing, takes: time.Second})
	story(t, func(w *world) {
		w.dieAt(storage.Unknown, false)
		w.start()
		job := w.order()
		w.wantState(w.after(time.Minute, job.ID), storage.Sending)
		w.reboot()
		job = w.after(time.Second, job.ID)
		w.wantState(job, storage.Delivered)
		w.wantSends(up, job, 1)
	}, up)
}

func TestNothingIsSentAfterTheStoreHasFailed(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{takes: time.Hour})
	story(t, func(w *world) {
		store := &mortal{Jobs: w.store, fate: func(m storage.Move) (bool, bool) { return m.To == storage.Pending, false }}
		w.config.Store = store
		w.config.Parallel = 1
		w.start()
		first, second := w.order(), w.order()
		w.after(time.Hour, first.ID)
		w.wantSends(up, first, 1)
		w.wantSends(up, second, 0)
		w.wantState(w.job(second.ID), storage.Queued)
		if err := w.stop(); !errors.Is(err, errDied) {
			w.t.Errorf("Run ended with %v", err)
		}
		w.stop = nil
	}, up)
}

// hooked is a store that does something after a commit and before its caller knows of it.
type hooked struct {
	storage.Jobs
	after func(storage.Job)
}

func (h hooked) Move(ctx context.Context, m storage.Move) (storage.Job, error) {
	job, err := h.Jobs.Move(ctx, m)
	if err == nil {
		h.after(job)
	}
	return job, err
}

func TestAnIntentIsNotCarriedOutOnceTheStoreHasFailedForAnotherJob(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{takes: time.Hour})
	story(t, func(w *world) {
		const first storage.JobID = 1
		dying := &mortal{Jobs: w.store, fate: func(m storage.Move) (bool, bool) { return m.Job != first, false }}
		w.config.Store = hooked{dying, func(job storage.Job) {
			if job.State == storage.Sending {
				time.Sleep(time.Minute) // its commit is done, and meanwhile another one fails
			}
		}}
		w.start()
		job := w.order()
		w.after(time.Second, job.ID)
		w.order()
		w.wantState(w.after(time.Hour, job.ID), storage.Sending)
		w.wantSends(up, job, 0)
		if err := w.stop(); !errors.Is(err, errDied) {
			w.t.Errorf("Run ended with %v", err)
		}
		w.stop = nil
	}, up)
}

func TestADecisionThatComesWhileTheWorkerEndsIsNotForgotten(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysGarbage, hidden: 11*time.Minute + 30*time.Second})
	story(t, func(w *world) {
		w.config.Store = hooked{w.store, func(job storage.Job) {
			if job.State != storage.Review {
				return
			}
			again, err := w.store.Move(w.t.Context(), storage.Move{Now: time.Now(), Job: job.ID, Version: job.Version, To: storage.Unknown, By: "person 1001", Due: time.Now()})
			if err != nil {
				w.t.Error(err)
			}
			w.dispatcher.Wake(again)
			time.Sleep(time.Minute)
		}}
		w.start()
		w.wantState(w.after(15*time.Minute, w.order().ID), storage.Delivered)
	}, up)
}

func TestWhoLostTheJobInBetweenSettlesNothing(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{answer: saysNothing, takes: time.Second})
	story(t, func(w *world) {
		w.start()
		job := w.order()
		sending := w.after(time.Second, job.ID)
		moved, err := w.store.Move(w.t.Context(), storage.Move{Now: time.Now(), Job: job.ID, Version: sending.Version, To: storage.Unknown, By: "boot", Due: time.Now().Add(time.Hour)})
		if err != nil {
			w.t.Fatal(err)
		}
		job = w.after(time.Minute, job.ID)
		if job.Version != moved.Version {
			w.t.Errorf("version %d, want %d: %+v", job.Version, moved.Version, job.History)
		}
		w.wantState(w.after(time.Hour, job.ID), storage.Delivered) // and the job is not forgotten
	}, up)
}

func TestAnEnquiryLosesAgainstAPerson(t *testing.T) {
	up := ecareLike("ecare-main").always(plan{takes: time.Hour})
	story(t, func(w *world) {
		up.enquiry = func(int, providers.Request) bool {
			now := w.job(1)
			_, err := w.store.Move(w.t.Context(), storage.Move{
				Now: time.Now(), Job: now.ID, Version: now.Version, To: storage.Failed, By: "person 1001", Close: storage.ProofPerson,
			})
			if err != nil {
				w.t.Error(err)
			}
			return true
		}
		w.start()
		w.wantState(w.after(time.Hour, w.order().ID), storage.Failed)
		if up.asked() != 1 {
			w.t.Errorf("asked %d times", up.asked())
		}
	}, up)
}

func TestAStopWithNothingToDoIsPrompt(t *testing.T) {
	story(t, func(w *world) {
		w.start()
		began := time.Now()
		w.halt()
		if !time.Now().Equal(began) {
			w.t.Errorf("took %v", time.Since(began))
		}
		synctest.Wait()
	})
}
