package simulated

import (
	"context"
	"net/http"
	"time"

	"rechargebot/providers"
)

// Call is what a request wants.
type Call string

const (
	CallRecharge Call = "recharge" // the only one that moves money
	CallStatus   Call = "status"
	CallBalance  Call = "balance"
	CallOffers   Call = "offers"
	CallCodes    Call = "codes"    // the list of operators and their codes
	CallComplain Call = "complain" // about an order, by the upstream's id
	CallOther    Call = "other"    // nothing that the dialect knows
)

// TrapPath is where the redirect mood points. Whoever comes there has followed a redirect, and is in the record.
const TrapPath = "/trap"

// Handler serves every dialect on its own path. A path that no dialect has is in the record and answers 404.
func (s *Server) Handler() http.Handler { return s.handler }

func (s *Server) routes(known []dialect) http.Handler {
	mux := http.NewServeMux()
	for _, d := range known {
		for _, pattern := range d.routes() {
			mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.exchange(w, r, d) })
		}
	}
	stray := func(kind EventKind, status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			err := s.locked(func(now time.Time) {
				s.note(Event{At: now, Kind: kind, Call: CallOther, Note: r.Method + " " + r.URL.Path})
			})
			if err != nil {
				status = http.StatusInternalServerError
			}
			http.Error(w, http.StatusText(status), status)
		}
	}
	mux.HandleFunc(TrapPath, stray(EventTrapped, http.StatusOK))
	mux.HandleFunc("/", stray(EventReceived, http.StatusNotFound))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.enter() {
			panic(http.ErrAbortHandler) // closed: as if nobody were there
		}
		defer s.busy.Done()
		mux.ServeHTTP(w, r)
	})
}

// exchange is one request from its arrival to its answer.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request, d dialect) {
	q := d.read(r, func(login, secret string) string { return s.login(d.kind(), login, secret) })
	if r.Method == http.MethodHead { // a pattern for GET matches it as well
		q.call, q.problem = CallOther, "HEAD"
	}
	var p posture
	var o outcome
	err := s.locked(func(now time.Time) {
		p = s.take(q)
		s.noteRequest(now, q, p)
		if !p.does.late && p.does.instead == nil {
			o = s.decide(now, q, p)
		}
	})
	if err == nil && p.does.late {
		if err = s.decideLate(r, q, p); err == nil {
			panic(http.ErrAbortHandler) // there is nobody to answer
		}
	}
	switch {
	case err != nil:
		http.Error(w, "the record is broken", http.StatusInternalServerError)
	case p.does.instead != nil:
		p.does.instead(w, r)
	default:
		a := d.write(q, o)
		if g, ok := d.(garbler); ok {
			a.garble = g.garble
		}
		s.deliver(w, r, p, a)
	}
}

func (s *Server) noteRequest(now time.Time, q request, p posture) {
	e := Event{At: now, Kind: EventReceived, Account: q.account, Call: q.call, Reference: q.reference, Number: q.number, Note: q.problem}
	if a := s.accounts[q.account]; a != nil && q.amount > 0 {
		e.Amount = providers.Money{Minor: q.amount * 100, Currency: a.float.Currency}
	}
	if p.Mood != Normal {
		e.Mood = p.Mood
	}
	s.note(e)
}

// decideLate decides once the client has gone. A simulator that closes first has never seen the order.
func (s *Server) decideLate(r *http.Request, q request, p posture) error {
	select {
	case <-r.Context().Done():
	case <-s.closing:
		return nil
	}
	if !s.pause(context.WithoutCancel(r.Context()), p.Delay) {
		return nil
	}
	return s.locked(func(now time.Time) { s.decide(now, q, p) })
}

// decide is the upstream's own mind: it does what a request asks for, under a mood.
func (s *Server) decide(now time.Time, q request, p posture) outcome {
	a := s.accounts[q.account]
	switch {
	case a == nil:
		return outcome{verdict: saidStranger}
	case p.does.closed:
		return outcome{verdict: saidClosed}
	}
	switch q.call {
	case CallRecharge:
		return s.recharge(now, q, a, p)
	case CallStatus:
		order := s.orders[orderKey{q.account, q.reference, 0}]
		if order == nil || now.Before(order.HiddenUntil) {
			return outcome{verdict: saidNoSuchOrder}
		}
		return outcome{verdict: saidOrder, order: order.at(now), float: a.float}
	case CallBalance:
		float := a.float
		if p.does.broke {
			float.Minor = 0
		}
		return outcome{verdict: saidBalance, float: float}
	case CallOffers:
		return outcome{verdict: saidOffers}
	case CallCodes:
		return outcome{verdict: saidCodes}
	case CallComplain:
		for _, order := range s.orders {
			if order.Account == q.account && order.ID == q.id {
				return outcome{verdict: saidComplaint, order: order.at(now), float: a.float}
			}
		}
		return outcome{verdict: saidNoSuchOrder}
	}
	return outcome{verdict: saidNoSuchCall}
}

// recharge takes an order on, or says why not. A refusal does not use up the reference.
func (s *Server) recharge(now time.Time, q request, a *account, p posture) outcome {
	amount := providers.Money{Minor: q.amount * 100, Currency: a.float.Currency}
	key := orderKey{q.account, q.reference, 0}
	for a.dialect.manners().repeats && s.orders[key] != nil {
		key.repeat++
	}
	said := saidAccepted
	switch {
	case q.problem != "":
		said = saidRefused
	case s.orders[key] != nil:
		said = saidDuplicate
	case p.does.refusal != "":
		said = p.does.refusal
	case p.does.broke || a.float.Less(amount):
		said = saidShort
	}
	e := Event{At: now, Account: a.Name, Call: q.call, Reference: q.reference, Number: q.number, Amount: amount}
	if said != saidAccepted {
		e.Kind, e.Note = EventRefused, string(said)
		s.note(e)
		return outcome{verdict: said}
	}
	id, serial := a.dialect.ids(len(s.orders)+1, now)
	order := Order{
		Account: a.Name, Reference: q.reference, Repeat: key.repeat, Operator: q.operator, Type: q.kind, Number: q.number, Amount: amount,
		ID: id, Serial: serial,
		Accepted: now, Settles: now.Add(s.settle), Stage: StagePending,
	}
	if p.does.plan != nil {
		p.does.plan(&order, p.Delay)
	}
	e.Kind, e.Order = EventAccepted, &order
	s.note(e)
	s.advance(now) // it may be due at once
	s.stir()
	o := outcome{verdict: saidAccepted, order: s.orders[key].at(now), float: a.float}
	if p.does.twist != nil {
		p.does.twist(&o)
	}
	return o
}
