package recharge_test

import (
	"context"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// cancels presses the job's Cancel button, and returns what the agent reads.
func (c *counter) cancels(id storage.PersonID, j storage.Job) flows.Answer {
	in := c.from(id)
	in.Press, in.Message = j.Withdraw, 7
	answer, err := c.engine.Handle(c.Context(), 0, in)
	if err != nil {
		c.Error(err)
	}
	return answer
}

// newest is the number's newest job.
func (c *counter) newest() storage.Job {
	c.Helper()
	jobs, err := c.store.JobsOfAccount(c.Context(), "8801712345678", 0, 1)
	c.must(err)
	if len(jobs) == 0 {
		c.Fatal("nothing was ordered")
	}
	return jobs[0]
}

// intent is the move with which dispatch begins to send the job.
func intent(j storage.Job, ref string) storage.Move {
	now := time.Now()
	return storage.Move{
		Now: now, Job: j.ID, Version: j.Version, To: storage.Sending, By: "dispatch", Due: now.Add(time.Minute),
		Open: &storage.Attempt{Provider: "ecare-main", Reference: providers.Reference(ref), Opened: now},
	}
}

// Exactly one of both happens, whoever comes first: an order that was taken back is not sent, and one that
// is being sent is told to be.
func TestACancelAndASendThatRaceEndInExactlyOneOfBoth(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	ends := map[storage.State]int{}
	for round := range 60 {
		c.types(2001, "01712345678 20")
		c.presses(2001)
		queued := c.newest()
		var wg sync.WaitGroup
		var answers [2]flows.Answer
		var sent error
		send := func() { _, sent = c.store.Move(context.Background(), intent(queued, "R"+string(queued.ID.Code()))) }
		thumbs := func() {
			for i := range answers {
				wg.Go(func() { answers[i] = c.cancels(2001, queued) })
			}
		}
		if round%2 == 0 { // so that now the one and now the other tends to come first
			wg.Go(send)
			thumbs()
		} else {
			thumbs()
			runtime.Gosched()
			wg.Go(send)
		}
		wg.Wait()
		j := c.newest()
		ends[j.State]++
		told := answers[0].Text + "\n" + answers[1].Text
		switch {
		case sent == nil && j.State == storage.Sending && len(j.Attempts) == 1:
			if strings.Contains(told, "is stopped") || !strings.Contains(told, "is being sent already and cannot be cancelled") {
				t.Errorf("%s is being sent, and the agent reads:\n%s", j.ID, told)
			}
			c.end(j)
		case sent != nil && j.State == storage.Cancelled && len(j.Attempts) == 0:
			if strings.Count(told, "is stopped") != 1 {
				t.Errorf("%s is cancelled, and the agent reads:\n%s", j.ID, told)
			}
		default:
			t.Fatalf("sent: %v, and the job is %s with %d attempts", sent, j.State, len(j.Attempts))
		}
	}
	c.must(c.store.Check(t.Context()))
	t.Logf("%v", ends)
}

// end fails the job, so that the day's limit is not used up.
func (c *counter) end(j storage.Job) {
	c.Helper()
	_, err := c.store.Move(c.Context(), storage.Move{
		Now: time.Now(), Job: j.ID, Version: j.Version, To: storage.Failed, By: "dispatch", Close: storage.ProofNotSent, Reason: providers.ReasonUnreachable,
	})
	c.must(err)
}

// The send begins between the look and the commit of the press, every time.
func TestACancelThatComesTooLateInItsOwnCommitChangesNothing(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	c.types(2001, "01712345678 20")
	c.presses(2001)
	queued := c.newest()
	c.store.deed = func() {
		_, err := c.store.Move(c.Context(), intent(queued, "R1"))
		c.must(err)
	}
	if answer := c.cancels(2001, queued); !strings.Contains(answer.Text, "is being sent already") || !answer.Alert {
		t.Errorf("the agent reads %+v", answer)
	}
	if j := c.newest(); j.State != storage.Sending || j.Version != queued.Version+1 {
		t.Errorf("the job is %s, version %d", j.State, j.Version)
	}
}

func TestAnOrderIsCancelledAfterARestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	open := func() (*counter, *bolt.Store) {
		store, err := bolt.Open(path, bolt.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		return counterOn(t, store), store
	}
	c, store := open()
	c.hire(2001, 2002)
	c.types(2001, "01712345678 20")
	c.presses(2001)
	queued := c.newest()
	c.must(store.Close())

	c, store = open()
	defer func() { c.must(store.Close()) }()
	if answer := c.cancels(2002, queued); !strings.Contains(answer.Text, "somebody else") {
		t.Errorf("another agent reads %q", answer.Text)
	}
	if answer := c.cancels(2001, queued); !strings.Contains(answer.Text, "is stopped") {
		t.Errorf("the agent reads %q", answer.Text)
	}
	j := c.newest()
	if j.State != storage.Cancelled || j.History[1].By != "agent" {
		t.Errorf("the job is %s: %+v", j.State, j.History)
	}
	if spent, err := store.SpentOn(t.Context(), 2001, j.Day, providers.BDT); err != nil || spent.Minor != 0 {
		t.Errorf("the day's sum is %v (%v)", spent, err)
	}
}

func TestCancelWithoutADialogueNamesAtMostFiveOrders(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	for i := range 7 {
		c.types(2001, "0171234567"+string(rune('0'+i))+" 20")
		c.presses(2001)
	}
	in := c.from(2001)
	in.Command = "cancel"
	c.handle(in)
	m := c.told(2001)
	if len(m.Rows) != 5 || !strings.Contains(m.Text.String(), "2 more can be stopped") || strings.Count(m.Text.String(), "#") != 5 {
		t.Errorf("%d buttons under\n%s", len(m.Rows), m.Text)
	}
}

// Whoever looks at the job of somebody else gets no button that acts on it.
func TestAQueuedJobsCardCarriesItsCancelButtonAndNoOtherCardDoes(t *testing.T) {
	t.Parallel()
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range storage.States() {
		j := storage.Job{ID: 1, State: state, Withdraw: "token"}
		for _, m := range []flows.Message{flows.JobCard(catalogue.In("en"), j), flows.JobPush(catalogue.In("en"), j, state)} {
			shown := len(m.Rows) == 1 && m.Rows[0][0].Token == "token" && strings.HasPrefix(m.Rows[0][0].Label, "Cancel")
			if card := strings.HasPrefix(m.Text.String(), "#"); shown != (card && state == storage.Queued) {
				t.Errorf("%s: %v under %q", state, m.Rows, m.Text)
			}
		}
	}
}
