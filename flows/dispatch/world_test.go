package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/flows/dispatch"
	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

const agent storage.PersonID = 1001

// world is a real store, fake upstreams, and at most one running dispatcher at a time.
type world struct {
	t      *testing.T
	path   string
	store  *bolt.Store
	config dispatch.Config
	orders int

	dispatcher *dispatch.Dispatcher
	stop       func() error
}

// story runs a test in a bubble of its own time, beside other stories.
func story(t *testing.T, tell func(w *world), ups ...*upstream) {
	t.Helper()
	t.Parallel()
	inBubble(t, tell, ups...)
}

func inBubble(t *testing.T, tell func(w *world), ups ...*upstream) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, path: filepath.Join(t.TempDir(), "data", "rechargebot.db")}
		w.open()
		defer func() { w.close() }()
		if err := w.store.EnsureOwners(t.Context(), time.Now(), agent); err != nil {
			t.Fatal(err)
		}
		for _, u := range ups {
			w.config.Upstreams = append(w.config.Upstreams, u)
		}
		tell(w)
	})
}

func (w *world) open() {
	w.t.Helper()
	var err error
	if w.store, err = bolt.Open(w.path, bolt.Options{NoSync: true}); err != nil {
		w.t.Fatal(err)
	}
	w.config.Store = w.store
}

func (w *world) close() {
	w.t.Helper()
	if w.stop != nil {
		w.halt()
	}
	if err := w.store.Check(context.Background()); err != nil {
		w.t.Errorf("the store contradicts itself: %v", err)
	}
	if err := w.store.Close(); err != nil {
		w.t.Error(err)
	}
}

// start begins a Run; halt ends it gracefully.
func (w *world) start() {
	w.dispatcher = dispatch.New(w.config)
	ctx, cancel := context.WithCancel(w.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.dispatcher.Run(ctx) }()
	w.stop = func() error {
		cancel()
		return <-ended
	}
	synctest.Wait()
}

func (w *world) halt() {
	w.t.Helper()
	if err := w.stop(); err != nil {
		w.t.Errorf("Run ended with %v", err)
	}
	w.stop = nil
}

// order confirms an order of 50 taka for a number of its own, and wakes the dispatcher when one runs.
func (w *world) order(change ...func(*storage.NewOrder)) storage.Job {
	w.t.Helper()
	w.orders++
	job, err := confirm(w.store, w.orders, change...)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.dispatcher != nil {
		w.dispatcher.Wake(job)
	}
	return job
}

func confirm(store storage.Dialogues, n int, change ...func(*storage.NewOrder)) (storage.Job, error) {
	order := storage.NewOrder{
		Order: providers.Order{
			Operator: providers.BDGrameenphone, Type: providers.Prepaid,
			Account: providers.MSISDN(fmt.Sprintf("88017%08d", n)), Amount: taka(50),
		},
		Chat: storage.ChatID(agent), Day: "2000-01-01",
		Limits: storage.Limits{PerOrder: taka(1000), PerDay: taka(100_000_000)},
	}
	for _, c := range change {
		c(&order)
	}
	result, err := store.Commit(context.Background(), storage.Turn{Now: time.Now(), Actor: agent, Order: &order})
	if err != nil {
		return storage.Job{}, err
	}
	return *result.Job, nil
}

func (w *world) job(id storage.JobID) storage.Job {
	w.t.Helper()
	job, err := w.store.Job(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return job
}

// after lets time pass until everything that was due has been done, and reads the job.
func (w *world) after(d time.Duration, id storage.JobID) storage.Job {
	w.t.Helper()
	time.Sleep(d)
	synctest.Wait()
	return w.job(id)
}

// askSoon passes a postback about the job's newest attempt on.
func (w *world) askSoon(job storage.Job) {
	ref := providers.Reference("none")
	if n := len(job.Attempts); n > 0 {
		ref = job.Attempts[n-1].Reference
	}
	w.dispatcher.AskSoon(job, ref)
}

func (w *world) wantState(job storage.Job, want storage.State) {
	w.t.Helper()
	if job.State != want {
		w.t.Fatalf("%s is %s (%s), want %s; history %+v", job.ID, job.State, job.Reason, want, job.History)
	}
}

func (w *world) wantSends(u *upstream, job storage.Job, want int) {
	w.t.Helper()
	if got := len(u.sent(job.Account)); got != want {
		w.t.Fatalf("%s received %d sends for %s, want %d", u.name, got, job.ID, want)
	}
}

// pushes lists the states that the agent was told in messages of their own about a job.
func (w *world) pushes(id storage.JobID) []storage.State {
	w.t.Helper()
	pending, err := w.store.Pending(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	var out []storage.State
	for _, n := range pending {
		if n.Kind == storage.NoticePush && n.Job == id {
			out = append(out, n.State)
		}
	}
	return out
}

var errDied = errors.New("the process died")
