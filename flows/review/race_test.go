package review_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/review"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt/bolttest"
)

// admins is how many decide at the same time.
const (
	admins   = 12
	anyAgent = storage.PersonID(2001)
)

// office is an engine over a real store, and what it owes.
type office struct {
	*testing.T
	store  storage.Store
	engine *flows.Engine
	who    []storage.PersonID
	update int64
}

func newOffice(t *testing.T) *office {
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	o := &office{T: t, store: bolttest.Open(t)}
	for i := range storage.PersonID(admins) {
		o.who = append(o.who, 1001+i)
	}
	if err := o.store.EnsureOwners(t.Context(), time.Now(), append(slices.Clone(o.who), anyAgent)...); err != nil {
		t.Fatal(err)
	}
	o.engine, err = flows.NewEngine(flows.Config{Store: o.store, Catalogue: catalogue}, review.New(config(t, o.store)))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// inReview makes a job that waits for a person.
func (o *office) inReview(amount int64) storage.JobID {
	o.Helper()
	sum := providers.Money{Minor: amount * 100, Currency: providers.BDT}
	made, err := o.store.Commit(o.Context(), storage.Turn{Now: time.Now(), Actor: anyAgent, Order: &storage.NewOrder{
		Order: providers.Order{Operator: providers.BDGrameenphone, Type: providers.Prepaid, Account: "8801712345678", Amount: sum},
		Chat:  storage.ChatID(anyAgent), Day: "2026-11-21", Limits: storage.Limits{PerOrder: sum, PerDay: sum},
	}})
	if err != nil {
		o.Fatal(err)
	}
	j := *made.Job
	for _, to := range []storage.State{storage.Sending, storage.Unknown, storage.Review} {
		m := storage.Move{Now: time.Now(), Job: j.ID, Version: j.Version, To: to, By: "dispatch", Due: time.Now().Add(time.Hour)}
		if to == storage.Sending {
			m.Open = &storage.Attempt{Provider: "ecare-main", Reference: "R1"}
		}
		if j, err = o.store.Move(o.Context(), m); err != nil {
			o.Fatal(err)
		}
	}
	return j.ID
}

// together handles one input of each at the same time.
func (o *office) together(who []storage.PersonID, input func(storage.PersonID) flows.Input) {
	o.Helper()
	var wg sync.WaitGroup
	start := make(chan struct{})
	for _, id := range who {
		in := input(id)
		o.update++
		in.Chat, in.ChatKind, in.From.ID = storage.ChatID(id), flows.PrivateChat, id
		accepted, err := o.store.Accept(o.Context(), storage.Update{UpdateID: o.update, Raw: []byte("x"), Arrived: time.Now()})
		if err != nil {
			o.Fatal(err)
		}
		wg.Go(func() {
			<-start
			if _, err := o.engine.Handle(o.Context(), accepted[0].ID, in); err != nil {
				o.Error(err)
			}
		})
	}
	close(start)
	wg.Wait()
}

// owed lists what is owed.
func (o *office) owed() []storage.Notice {
	o.Helper()
	notices, err := o.store.Pending(o.Context())
	if err != nil {
		o.Fatal(err)
	}
	return notices
}

// token is the newest button with that label among what is owed to a person.
func (o *office) token(who storage.PersonID, label string) string {
	o.Helper()
	out := ""
	for _, n := range o.owed() {
		var m flows.Message
		if n.Person != who || len(n.Body) == 0 {
			continue
		}
		if err := json.Unmarshal(n.Body, &m); err != nil {
			o.Fatal(err)
		}
		for _, row := range m.Rows {
			for _, b := range row {
				if b.Label == label {
					out = b.Token
				}
			}
		}
	}
	return out
}

// open brings everybody before the question for a reason, half of them for each verdict.
func (o *office) open() (said func(storage.PersonID) storage.State) {
	said = func(id storage.PersonID) storage.State {
		if id%2 == 0 {
			return storage.Failed
		}
		return storage.Delivered
	}
	o.together(o.who, func(storage.PersonID) flows.Input { return flows.Input{Command: "review"} })
	o.together(o.who, func(id storage.PersonID) flows.Input {
		return flows.Input{Press: o.token(id, "Mark "+string(said(id))), Message: 7}
	})
	return said
}

func (o *office) job(id storage.JobID) storage.Job {
	o.Helper()
	j, err := o.store.Job(o.Context(), id)
	if err != nil {
		o.Fatal(err)
	}
	return j
}

// pushes counts what the agent was told in messages of their own, beside that the job waits.
func (o *office) pushes() (n int) {
	for _, notice := range o.owed() {
		if notice.Kind == storage.NoticePush && notice.State != storage.Review {
			n++
		}
	}
	return n
}

func reasonOf(id storage.PersonID) string { return fmt.Sprintf("seen by number %d", id) }

func TestOfManyAdminsAtOnceOneDecides(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.inReview(50)
	said := o.open()
	o.together(o.who, func(id storage.PersonID) flows.Input { return flows.Input{Text: reasonOf(id)} })

	j := o.job(id)
	last := j.History[len(j.History)-1]
	var who storage.PersonID
	if _, err := fmt.Sscanf(last.By, "person %d", &who); err != nil {
		t.Fatalf("decided by %q", last.By)
	}
	if j.State != said(who) || last.Note != reasonOf(who) || len(j.History) != 5 {
		t.Errorf("it is %s by %d, who said %s; history %+v", j.State, who, said(who), j.History)
	}
	if o.pushes() != 1 {
		t.Errorf("the agent was told %d times", o.pushes())
	}
	done, others := 0, 0
	for _, n := range o.owed() {
		done += strings.Count(string(n.Body), "and the agent is told")
		others += strings.Count(string(n.Body), "Nothing was done with what you wrote")
	}
	if done != 1 || others != admins-1 {
		t.Errorf("%d were told that they decided, %d that somebody else had", done, others)
	}
	if err := o.store.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// However the words of many fall, it takes two people who say the same, and no word of one counts twice.
func TestOfManyAdminsAtOnceTwoDecideAboveTheSum(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.inReview(600)
	for round := 1; o.job(id).State == storage.Review; round++ {
		if round > 50 {
			t.Fatal("fifty words, and no two of them are the same")
		}
		o.open()
		rand.Shuffle(len(o.who), func(i, k int) { o.who[i], o.who[k] = o.who[k], o.who[i] })
		o.together(o.who, func(id storage.PersonID) flows.Input { return flows.Input{Text: reasonOf(id)} })
		if j := o.job(id); round == 1 && (j.State != storage.Review || j.Verdict == nil) {
			t.Fatalf("%s after one word: %+v", j.State, j.History)
		}
	}
	j := o.job(id)
	last := j.History[len(j.History)-1]
	var first, second storage.PersonID
	if _, err := fmt.Sscanf(strings.ReplaceAll(last.By+" "+last.Note, ",", ""), "person %d seen by number %d", &second, &second); err != nil {
		t.Fatalf("%q by %q: %v", last.Note, last.By, err)
	}
	_, words, _ := strings.Cut(last.Note, "person ")
	if _, err := fmt.Sscanf(words, "%d: seen by number %d", &first, &first); err != nil || first == second {
		t.Errorf("%s by %d: %q", j.State, second, last.Note)
	}
	if o.pushes() != 1 {
		t.Errorf("the agent was told %d times", o.pushes())
	}
	if err := o.store.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
