package bot_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"rechargebot/bot"
	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// shop is a real store in which orders are made and come to their ends, as dispatch moves them.
type shop struct {
	*bolt.Store
	t *testing.T

	mu     sync.Mutex
	refs   int
	pushes map[storage.ChatID][]string // what each agent is to be told, in order
	newest map[storage.JobID]storage.State
}

func newShop(t *testing.T, agents ...storage.PersonID) *shop {
	t.Helper()
	s, err := bolt.Open(filepath.Join(t.TempDir(), "data", "rechargebot.db"), bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	turn := storage.Turn{Now: time.Now()}
	for _, id := range agents {
		turn.People = append(turn.People, storage.PersonChange{After: storage.Person{
			ID: id, Chat: storage.ChatID(id), Name: fmt.Sprint("Agent ", id), Role: storage.RoleAgent, Request: storage.RequestApproved,
		}})
	}
	if _, err := s.Commit(t.Context(), turn); err != nil {
		t.Fatal(err)
	}
	return &shop{Store: s, t: t, pushes: map[storage.ChatID][]string{}, newest: map[storage.JobID]storage.State{}}
}

func (s *shop) order(agent storage.PersonID) storage.Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	taka := func(n int64) providers.Money { return providers.Money{Minor: n * 100, Currency: providers.BDT} }
	r, err := s.Commit(context.Background(), storage.Turn{Now: time.Now(), Actor: agent, Order: &storage.NewOrder{
		Order:  providers.Order{Operator: providers.BDRobi, Type: providers.Prepaid, Account: "8801812345678", Amount: taka(50)},
		Newest: ^storage.JobID(0), Chat: storage.ChatID(agent), Day: "2000-01-01",
		Limits: storage.Limits{PerOrder: taka(1000), PerDay: taka(100_000_000)},
	}})
	if err != nil {
		s.t.Error(err)
		return storage.Job{}
	}
	s.newest[r.Job.ID] = r.Job.State
	return *r.Job
}

// becomes moves a job on, a state after the other.
func (s *shop) becomes(j storage.Job, states ...storage.State) storage.Job {
	for _, to := range states {
		s.mu.Lock()
		m := storage.Move{Now: time.Now(), Job: j.ID, Version: j.Version, To: to, By: "test"}
		if !to.Terminal() {
			m.Due = time.Now().Add(time.Minute)
		}
		switch {
		case to == storage.Sending:
			s.refs++
			m.Open = &storage.Attempt{Provider: "ecare-main", Reference: providers.Reference(fmt.Sprint("R", s.refs))}
		case to == storage.Delivered:
			m.Close = storage.ProofDelivered
		case to == storage.Failed:
			m.Close = storage.ProofFailed
		}
		after, err := s.Move(context.Background(), m)
		if err != nil {
			s.t.Errorf("%s to %s: %v", j.ID, to, err)
		}
		j = after
		s.newest[j.ID] = to
		if to.Pushed() {
			s.pushes[j.Chat] = append(s.pushes[j.Chat], fmt.Sprintf("push %d %s", j.ID, to))
		}
		s.mu.Unlock()
	}
	return j
}

// Compose words a job's notices so that they can be told apart.
func (s *shop) Compose(ctx context.Context, n storage.Notice) (flows.Message, error) {
	if n.Kind != storage.NoticeCard && n.Kind != storage.NoticePush {
		return flows.NewComposer(s.Store, nil, "en").Compose(ctx, n)
	}
	j, err := s.Job(ctx, n.Job)
	state := n.State
	if n.Kind == storage.NoticeCard {
		state = j.State
	}
	return flows.Message{Text: text.Rich{{Text: fmt.Sprintf("%s %d %s", n.Kind, n.Job, state)}}}, err
}

func (s *shop) owing() []storage.Notice {
	s.t.Helper()
	n, err := s.Pending(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *shop) person(id storage.PersonID) storage.Person {
	s.t.Helper()
	p, err := s.Person(context.Background(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// open starts a bot over the shop.
func (s *shop) open(g *telegram) (b *bot.Bot, stop func() error) {
	s.t.Helper()
	return running(s.t, s.config(g))
}

func (s *shop) config(g *telegram) bot.Config {
	return bot.Config{
		Token: token, APIURL: "http://telegram.test", Store: s.Store, Handler: counter{s}, Composer: s, Catalogue: catalogue(s.t), Transport: g,
	}
}

// counter handles inputs as the engine does with one that says nothing: the person was heard of.
type counter struct{ s *shop }

func (c counter) Handle(ctx context.Context, id storage.InboxID, in flows.Input) (flows.Answer, error) {
	turn := storage.Turn{Now: time.Now(), Actor: in.From.ID, Inbox: id}
	if in.ChatKind == flows.PrivateChat {
		turn.Heard = in.At
	}
	_, err := c.s.Commit(ctx, turn)
	return flows.Answer{}, err
}
