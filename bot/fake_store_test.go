package bot_test

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"rechargebot/storage"
)

// store is a store in memory that keeps the contract of storage as far as the edge can see it.
type store struct {
	mu       sync.Mutex
	inbox    []storage.Update
	seen     map[int64]bool
	nextIn   storage.InboxID
	owed     []storage.Notice
	nextOut  storage.NoticeID
	listen   func([]storage.Notice)
	people   map[storage.PersonID]storage.Person
	sessions map[storage.ChatID]storage.Session
	jobs     map[storage.JobID]storage.Job
	about    map[storage.PersonID][]storage.CardRef
	memos    map[string][]byte
	given    []storage.Notice      // up
	sentJobs []string              // of the pushes that were sent, in order
	reads    int                   // of people
	fail     func(op string) error // nil = never
	most     int                   // the most updates that ever waited
	accepted []int64               // numbers of updates in the order of their storing
}

func newStore(agents ...storage.PersonID) *store {
	s := &store{seen: map[int64]bool{}, people: map[storage.PersonID]storage.Person{}, sessions: map[storage.ChatID]storage.Session{},
		jobs: map[storage.JobID]storage.Job{}, about: map[storage.PersonID][]storage.CardRef{}, memos: map[string][]byte{}}
	for _, id := range agents {
		s.people[id] = storage.Person{ID: id, Role: storage.RoleAgent}
		s.sessions[storage.ChatID(id)] = storage.Session{Chat: storage.ChatID(id), Person: id}
	}
	return s
}

func (s *store) failing(op string) error {
	if s.fail == nil {
		return nil
	}
	return s.fail(op)
}

func (s *store) Accept(_ context.Context, updates ...storage.Update) ([]storage.Update, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []storage.Update
	for _, u := range updates {
		if s.seen[u.UpdateID] {
			continue
		}
		s.seen[u.UpdateID] = true
		s.nextIn++
		u.ID = s.nextIn
		s.inbox = append(s.inbox, u)
		s.accepted = append(s.accepted, u.UpdateID)
		out = append(out, u)
	}
	s.most = max(s.most, len(s.inbox))
	return out, s.failing("accept") // the commit happened even when the answer is an error
}

func (s *store) Waiting(context.Context) ([]storage.Update, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.inbox), nil
}

func byInboxID(u storage.Update, id storage.InboxID) int { return cmp.Compare(u.ID, id) }

func (s *store) WaitingFrom(_ context.Context, from storage.InboxID, limit int) ([]storage.Update, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, _ := slices.BinarySearchFunc(s.inbox, from, byInboxID)
	return slices.Clone(s.inbox[i:min(len(s.inbox), i+limit)]), nil
}

func (s *store) Handled(_ context.Context, ids ...storage.InboxID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if i, there := slices.BinarySearchFunc(s.inbox, id, byInboxID); there {
			s.inbox = slices.Delete(s.inbox, i, i+1)
		}
	}
	return s.failing("handled")
}

func (s *store) Pending(context.Context) ([]storage.Notice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.owed), nil
}

func (s *store) Owed(_ context.Context, id storage.NoticeID) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.owed, func(n storage.Notice) bool { return n.ID == id }), s.failing("owed")
}

// forgetScreens is what a turn does that leaves the card behind.
func (s *store) forgetScreens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owed = slices.DeleteFunc(s.owed, func(n storage.Notice) bool { return n.Kind == storage.NoticeScreen })
}

func (s *store) OnOwed(f func([]storage.Notice)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listen = f
}

func (s *store) Owe(_ context.Context, notices ...storage.Notice) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var fresh []storage.Notice
	for _, n := range notices {
		s.nextOut++
		n.ID = s.nextOut
		s.owed = slices.DeleteFunc(s.owed, func(old storage.Notice) bool {
			return old.Kind == n.Kind && (n.Kind == storage.NoticeScreen && old.Chat == n.Chat || n.Kind == storage.NoticeCard && old.Job == n.Job)
		})
		s.owed = append(s.owed, n)
		fresh = append(fresh, n)
	}
	if s.listen != nil {
		s.listen(fresh)
	}
	return s.failing("owe")
}

func (s *store) Sent(ctx context.Context, n storage.Notice, message int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owed = slices.DeleteFunc(s.owed, func(o storage.Notice) bool { return o.ID == n.ID })
	if n.Kind == storage.NoticePush {
		s.sentJobs = append(s.sentJobs, strconv.FormatUint(uint64(n.Job), 10))
	}
	if session, ok := s.sessions[n.Chat]; ok && n.Kind == storage.NoticeScreen && session.Card == 0 {
		session.Card = message
		s.sessions[n.Chat] = session
	}
	if job, ok := s.jobs[n.Job]; ok && n.Kind == storage.NoticeCard && job.Card == 0 {
		job.Card = message
		s.jobs[n.Job] = job
	}
	if n.About != 0 {
		s.about[n.About] = append(s.about[n.About], storage.CardRef{Chat: n.Chat, Message: message})
	}
	return s.failing("sent")
}

// Undeliverable keeps who is out of reach; what he is told later is the real store's affair.
func (s *store) Undeliverable(ctx context.Context, n storage.Notice, at time.Time, alerts ...storage.Notice) error {
	s.mu.Lock()
	s.given = append(s.given, n)
	s.owed = slices.DeleteFunc(s.owed, func(o storage.Notice) bool { return o.ID == n.ID })
	if p, ok := s.people[n.Person]; ok && !at.IsZero() && p.Unreachable.IsZero() {
		p.Unreachable = at
		s.people[n.Person] = p
	}
	s.mu.Unlock()
	if len(alerts) == 0 {
		return s.failing("undeliverable")
	}
	return s.Owe(ctx, alerts...)
}

func (s *store) Commit(_ context.Context, t storage.Turn) (storage.TurnResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inbox = slices.DeleteFunc(s.inbox, func(u storage.Update) bool { return u.ID == t.Inbox })
	if p, ok := s.people[t.Actor]; ok && p.BackBy(t.Heard, t.Now) {
		p.Unreachable = time.Time{}
		s.people[t.Actor] = p
	}
	return storage.TurnResult{}, s.failing("commit")
}

func (s *store) Memo(_ context.Context, name string) ([]byte, error) { return find(s, s.memos, name) }

func (s *store) SetMemo(ctx context.Context, name string, value []byte, notices ...storage.Notice) error {
	s.mu.Lock()
	s.memos[name] = slices.Clone(value)
	s.mu.Unlock()
	return s.Owe(ctx, notices...)
}

func (s *store) DropCard(_ context.Context, n storage.Notice) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if session, ok := s.sessions[n.Chat]; ok && n.Kind == storage.NoticeScreen {
		session.Card = 0
		s.sessions[n.Chat] = session
	}
	if job, ok := s.jobs[n.Job]; ok && n.Kind == storage.NoticeCard {
		job.Card = 0
		s.jobs[n.Job] = job
	}
	return nil
}

func (s *store) CardsAbout(_ context.Context, about storage.PersonID) ([]storage.CardRef, error) {
	return s.about[about], nil
}

func (s *store) Session(_ context.Context, chat storage.ChatID) (storage.Session, error) {
	return find(s, s.sessions, chat)
}

func (s *store) Job(_ context.Context, id storage.JobID) (storage.Job, error) {
	return find(s, s.jobs, id)
}

func (s *store) PeopleWhere(_ context.Context, match func(storage.Person) bool) ([]storage.Person, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []storage.Person
	for _, p := range s.people {
		if match(p) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b storage.Person) int { return cmp.Compare(a.ID, b.ID) })
	return out, s.failing("people")
}

func (s *store) Person(_ context.Context, id storage.PersonID) (storage.Person, error) {
	s.mu.Lock()
	s.reads++
	s.mu.Unlock()
	return find(s, s.people, id)
}

func (s *store) WithRole(_ context.Context, ids []storage.PersonID) (with []storage.PersonID, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	for _, id := range ids {
		if s.people[id].Role != storage.RoleNone {
			with = append(with, id)
		}
	}
	return with, nil
}

func find[K comparable, V any](s *store, m map[K]V, key K) (V, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := m[key]
	if !ok {
		return v, storage.ErrNotFound
	}
	return v, nil
}

func (s *store) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.inbox)
}

func (s *store) owing() []storage.Notice {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.owed)
}

// order puts a job there, and move brings it to a state and owes what a move owes.
func (s *store) order(j storage.Job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs[j.ID] = j
}

func (s *store) move(id storage.JobID, to storage.State) {
	s.mu.Lock()
	j := s.jobs[id]
	j.State = to
	s.jobs[id] = j
	s.mu.Unlock()
	notices := []storage.Notice{{Chat: j.Chat, Person: j.Agent, Kind: storage.NoticeCard, Job: id, State: to}}
	if to.Pushed() {
		notices = append(notices, storage.Notice{Chat: j.Chat, Person: j.Agent, Kind: storage.NoticePush, Job: id, State: to})
	}
	_ = s.Owe(context.Background(), notices...)
}
