package simulated

import (
	"fmt"
	"time"

	"rechargebot/providers"
)

// EventKind says what happened.
type EventKind string

const (
	EventReceived  EventKind = "received"  // a request came in, of whatever call and with whatever fate
	EventAccepted  EventKind = "accepted"  // a recharge was taken on: the float went down
	EventRefused   EventKind = "refused"   // a recharge was not taken on; Note says why
	EventDelivered EventKind = "delivered" // the recharge reached the number
	EventFailed    EventKind = "failed"    // an accepted recharge failed: the float went up again
	EventReversed  EventKind = "reversed"  // a delivered recharge was taken back: the float went up again
	EventTrapped   EventKind = "trapped"   // a client followed a redirect
	EventFloat     EventKind = "float"     // the float was set to Amount, by nobody's order
	EventPostback  EventKind = "postback"  // the client was called about an order that ended; Note says how it answered
)

// Event is one thing that happened to the pretend upstream. It never holds a login or a secret.
type Event struct {
	Seq       int64           `json:"seq"` // from 1, without gaps
	At        time.Time       `json:"at"`
	Kind      EventKind       `json:"kind"`
	Account   string          `json:"account,omitempty"` // "" when nobody's login fitted
	Call      Call            `json:"call,omitempty"`    // of a request
	Reference string          `json:"reference,omitempty"`
	Repeat    int             `json:"repeat,omitempty"` // that of the order, for what happens after its acceptance
	Number    string          `json:"number,omitempty"` // as it was sent
	Amount    providers.Money `json:"amount,omitzero"`
	Mood      Mood            `json:"mood,omitempty"`  // under which a request was handled, unless normal
	Note      string          `json:"note,omitempty"`  // for people
	Order     *Order          `json:"order,omitempty"` // accepted: the order as it was taken on
}

// Totals counts the events of an account.
type Totals struct {
	Received  int `json:"received"`
	Accepted  int `json:"accepted"`
	Refused   int `json:"refused"`
	Delivered int `json:"delivered"`
	Failed    int `json:"failed"`
	Reversed  int `json:"reversed"`
}

// note puts an event at the end of the record and applies it.
func (s *Server) note(e Event) {
	e.Seq = int64(len(s.events)) + 1
	s.events = append(s.events, e)
	s.unsaved++
	s.apply(e)
}

// apply is the only place where state changes, live and when a record is read again.
func (s *Server) apply(e Event) {
	if e.Kind == EventReceived && e.Call == CallRecharge {
		s.sends[e.Reference]++
	}
	a := s.accounts[e.Account]
	if a == nil {
		return
	}
	order := s.orders[orderKey{e.Account, e.Reference, e.Repeat}]
	switch e.Kind {
	case EventReceived:
		a.totals.Received++
	case EventRefused:
		a.totals.Refused++
	case EventFloat:
		a.float = e.Amount
	case EventAccepted:
		a.totals.Accepted++
		a.float = a.float.Sub(e.Amount)
		taken := *e.Order
		s.orders[taken.key()] = &taken
		s.due.push(taken.Settles, &taken)
	case EventDelivered:
		a.totals.Delivered++
		order.Stage = StageDelivered
		if order.ReversedAfter > 0 {
			s.due.push(e.At.Add(order.ReversedAfter), order)
		}
	case EventFailed:
		a.totals.Failed++
		order.Stage = StageFailed
		a.float = a.float.Add(order.Amount)
	case EventReversed:
		a.totals.Reversed++
		order.Stage = StageReversed
		a.float = a.float.Add(order.Amount)
	}
}

// replay makes the state anew from the events of a file.
func (s *Server) replay(events []Event) error {
	for i, e := range events {
		if err := s.plausible(e, int64(i)+1); err != nil {
			return fmt.Errorf("event %d: %w", i+1, err)
		}
		s.events = append(s.events, e)
		s.apply(e)
	}
	return nil
}

// plausible refuses what apply could not work with: a record of other accounts, or a damaged one.
func (s *Server) plausible(e Event, seq int64) error {
	a := s.accounts[e.Account]
	order := s.orders[orderKey{e.Account, e.Reference, e.Repeat}]
	switch {
	case e.Seq != seq:
		return fmt.Errorf("it says that it is number %d", e.Seq)
	case e.Account != "" && a == nil:
		return fmt.Errorf("its account %q is not configured", e.Account)
	}
	switch e.Kind {
	case EventReceived, EventRefused, EventTrapped, EventPostback:
		return nil
	case EventFloat, EventAccepted:
		if a == nil || e.Amount.Currency != a.float.Currency {
			return fmt.Errorf("its amount %s does not belong to account %q", e.Amount, e.Account)
		}
		if e.Kind == EventAccepted && (e.Order == nil || s.orders[e.Order.key()] != nil || e.Order.Amount != e.Amount) {
			return fmt.Errorf("the acceptance of %q does not fit", e.Reference)
		}
		return nil
	case EventDelivered, EventFailed, EventReversed:
		before := StagePending
		if e.Kind == EventReversed {
			before = StageDelivered
		}
		if order == nil || order.Stage != before {
			return fmt.Errorf("%q cannot become %s", e.Reference, e.Kind)
		}
		return nil
	}
	return fmt.Errorf("unknown kind %q", e.Kind)
}
