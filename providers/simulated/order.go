package simulated

import (
	"cmp"
	"container/heap"
	"time"

	"rechargebot/providers"
)

// Stage is how far an accepted order is.
type Stage string

const (
	StagePending    Stage = "pending"    // taken on, and waits
	StageProcessing Stage = "processing" // with the network
	StageDelivered  Stage = "delivered"
	StageFailed     Stage = "failed"
	StageReversed   Stage = "reversed" // delivered, and taken back
)

// Order is one accepted recharge. Operator and Type are the dialect's own codes.
type Order struct {
	Account   string          `json:"account"`
	Reference string          `json:"reference"`
	Repeat    int             `json:"repeat,omitempty"` // how many orders the account had under this reference before
	Operator  string          `json:"operator"`
	Type      string          `json:"type"`
	Number    string          `json:"number"`
	Amount    providers.Money `json:"amount"`
	ID        string          `json:"id"`     // the upstream's order id, told at acceptance
	Serial    string          `json:"serial"` // the network's transaction id, told at the end
	Accepted  time.Time       `json:"accepted"`
	Settles   time.Time       `json:"settles"` // when it will be delivered, or fail
	Stage     Stage           `json:"stage"`   // as it stands; "pending" in the record's acceptance

	// What the mood of its acceptance has planned for it.
	Fails         bool          `json:"fails,omitempty"`
	ReversedAfter time.Duration `json:"reversed_after,omitempty"` // nanoseconds after delivery; 0 = never
	HiddenUntil   time.Time     `json:"hidden_until,omitzero"`    // status denies it until then
}

// orderKey is the identity of an order: a reference is remembered for ever, by account. Where the dialect
// has no duplicates, the orders of one reference are counted by repeat, from 0.
type orderKey struct {
	account, reference string
	repeat             int
}

func (o *Order) key() orderKey { return orderKey{o.Account, o.Reference, o.Repeat} }

// at is the order as it stands at a time, nothing being due.
func (o *Order) at(now time.Time) Order {
	out := *o
	if out.Stage == StagePending && now.Sub(o.Accepted) >= o.Settles.Sub(o.Accepted)/2 {
		out.Stage = StageProcessing
	}
	return out
}

// dueQueue holds the orders that something will happen to, soonest first. It is a heap.
type dueQueue struct {
	items []dueItem
	count int64 // of pushes; keeps equal times in their order
}

// dueItem is void when its order is no longer in the stage that it was in when this was planned.
type dueItem struct {
	at    time.Time
	turn  int64
	stage Stage
	order *Order
}

func (i dueItem) void() bool { return i.order.Stage != i.stage }

func (q *dueQueue) push(at time.Time, o *Order) {
	q.count++
	heap.Push(q, dueItem{at, q.count, o.Stage, o})
}

// Len, Less, Swap, Push and Pop are heap.Interface.
func (q *dueQueue) Len() int { return len(q.items) }
func (q *dueQueue) Less(i, j int) bool {
	a, b := q.items[i], q.items[j]
	return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.turn, b.turn)) < 0
}
func (q *dueQueue) Swap(i, j int) { q.items[i], q.items[j] = q.items[j], q.items[i] }
func (q *dueQueue) Push(x any)    { q.items = append(q.items, x.(dueItem)) }
func (q *dueQueue) Pop() any {
	last := q.items[len(q.items)-1]
	q.items = q.items[:len(q.items)-1]
	return last
}

// advance writes down everything that has become due by now.
func (s *Server) advance(now time.Time) {
	for len(s.due.items) > 0 && !s.due.items[0].at.After(now) {
		if next := heap.Pop(&s.due).(dueItem); !next.void() {
			s.finish(next.order, next.at)
		}
	}
}

// finish does the next thing that is planned for an order.
func (s *Server) finish(o *Order, at time.Time) {
	kind := EventDelivered
	switch {
	case o.Stage == StageDelivered:
		kind = EventReversed
	case o.Fails:
		kind = EventFailed
	}
	s.note(Event{At: at, Kind: kind, Account: o.Account, Reference: o.Reference, Repeat: o.Repeat, Number: o.Number, Amount: o.Amount})
	s.owePostback(o)
}

// settlePending ends every order of the account that waits, as planned for it; "" = of all accounts.
func (s *Server) settlePending(name string, now time.Time) int {
	n := 0
	for i := range s.due.items {
		item := &s.due.items[i]
		if item.stage == StagePending && !item.void() && (name == "" || item.order.Account == name) {
			item.at = now
			n++
		}
	}
	heap.Init(&s.due)
	s.advance(now)
	return n
}
