package dispatch_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// copies makes a backup of the store.
func (w *world) copies() (path string) {
	w.t.Helper()
	path = filepath.Join(w.t.TempDir(), "copy.db")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.store.Copy(context.Background(), f, func(int64) {}); err != nil {
		w.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		w.t.Fatal(err)
	}
	if _, err := bolt.Seal(context.Background(), path, "the copy", bolt.Mark{At: time.Now()}); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// restores puts the backup in the store's place and makes it fit for work, as a start does.
func (w *world) restores(path string) {
	w.t.Helper()
	w.close()
	now := time.Now()
	if _, err := bolt.Unseal(context.Background(), path, "the copy", now, func(bolt.Contents) error { return nil }); err != nil {
		w.t.Fatal(err)
	}
	if _, err := bolt.Replace(path, w.path, w.path+".before"); err != nil {
		w.t.Fatal(err)
	}
	w.open()
	if _, err := w.store.Quarantine(context.Background(), storage.Quarantine{Now: now, Due: now.Add(3 * time.Hour)}); err != nil {
		w.t.Fatal(err)
	}
}

// asksAgain has a person give the job back to dispatch.
func (w *world) asksAgain(job storage.Job) {
	w.t.Helper()
	r, err := w.store.Commit(context.Background(), storage.Turn{Now: time.Now(), Actor: agent, Job: &storage.Move{
		Now: time.Now(), Job: job.ID, Version: job.Version, To: storage.Unknown, Due: time.Now(),
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.dispatcher.Wake(*r.Job)
}

// The first provider has an order when the copy is made. Later it refuses, and the second one delivers. In the copy
// the second send is not known: the first one's refusal, which opened the door to it, does not open it again.
func TestARefusalAfterARestoreOpensNoDoor(t *testing.T) {
	first := ecareLike("first").always(plan{takes: 5 * time.Minute, ends: providers.Refused})
	second := ecareLike("second")
	story(t, func(w *world) {
		w.start()
		job := w.after(time.Minute, w.order().ID)
		w.wantState(job, storage.Pending)
		copied := w.copies()
		waits := w.order() // is not in the copy
		w.wantState(w.after(24*time.Hour, job.ID), storage.Delivered)
		w.halt()
		w.restores(copied)
		if _, err := w.store.Job(context.Background(), waits.ID); err == nil {
			t.Error("an order that came after the copy is in it")
		}
		w.start()
		job = w.after(24*time.Hour, job.ID)
		w.wantState(job, storage.Review)
		w.asksAgain(job)
		job = w.after(24*time.Hour, job.ID)
		w.wantState(job, storage.Review)
		if job.OpenAttempt() == nil || len(job.Attempts) != 1 {
			t.Errorf("its attempts are %+v", job.Attempts)
		}
		w.wantSends(first, job, 1)
		w.wantSends(second, job, 1)
	}, first, second)
}

// What the provider says was delivered was delivered, also after a restore; what waited to be sent is never sent.
func TestASuccessAfterARestoreIsASuccess(t *testing.T) {
	up := ecareLike("first").always(plan{takes: 2 * time.Hour})
	story(t, func(w *world) {
		w.start()
		sent := w.after(time.Minute, w.order().ID)
		w.halt()
		w.dispatcher = nil
		waits := w.order()
		copied := w.copies()
		w.restores(copied)
		w.start()
		w.wantState(w.after(100*time.Hour, waits.ID), storage.Review)
		w.asksAgain(w.job(sent.ID))
		w.wantState(w.after(24*time.Hour, sent.ID), storage.Delivered)
		w.wantSends(up, sent, 1)
		w.wantSends(up, waits, 0)
	}, up)
}
