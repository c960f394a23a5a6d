package simulated

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"rechargebot/providers"
)

// look runs f with the record brought up to now. A record that cannot be written any more is still looked at as it is.
func (s *Server) look(f func(now time.Time)) {
	if s.locked(f) != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		f(time.Now())
	}
}

// Recharges counts how often a reference was accepted, over all accounts: what SAFETY.md calls oracle(o).
func (s *Server) Recharges(reference string) (n int) {
	s.look(func(time.Time) {
		n = 0
		for _, name := range s.names {
			for key := (orderKey{name, reference, 0}); s.orders[key] != nil; key.repeat++ {
				n++
			}
		}
	})
	return n
}

// Sends counts the recharge requests that came in under a reference, whatever became of them.
func (s *Server) Sends(reference string) (n int) {
	s.look(func(time.Time) { n = s.sends[reference] })
	return n
}

// Order is the accepted order of an account under a reference, as it stands; the first one, where the
// dialect makes several of it.
func (s *Server) Order(account, reference string) (out Order, ok bool) {
	s.look(func(now time.Time) {
		if o := s.orders[orderKey{account, reference, 0}]; o != nil {
			out, ok = o.at(now), true
		}
	})
	return out, ok
}

// Orders lists every accepted order as it stands, over all accounts, in the order of their acceptance.
func (s *Server) Orders() (out []Order) {
	return s.orderList(func(*Order) bool { return true })
}

// ByNumber lists the orders of that amount that were accepted for a number, written as the dialect writes it ("01700000000").
func (s *Server) ByNumber(number string, amount providers.Money) []Order {
	return s.orderList(func(o *Order) bool { return o.Number == number && o.Amount == amount })
}

func (s *Server) orderList(wanted func(*Order) bool) (out []Order) {
	s.look(func(now time.Time) {
		out = nil
		for _, o := range s.orders {
			if wanted(o) {
				out = append(out, o.at(now))
			}
		}
	})
	slices.SortFunc(out, func(a, b Order) int {
		return cmp.Or(a.Accepted.Compare(b.Accepted), cmp.Compare(a.Serial, b.Serial))
	})
	return out
}

// Events is the whole record.
func (s *Server) Events() (out []Event) {
	s.look(func(time.Time) { out = slices.Clone(s.events) })
	return out
}

// RecentEvents is the last n events of the record, oldest first.
func (s *Server) RecentEvents(n int) (out []Event) {
	s.look(func(time.Time) { out = slices.Clone(s.events[max(0, len(s.events)-n):]) })
	return out
}

// Totals counts the events of an account; those of an unknown one are zero.
func (s *Server) Totals(account string) (out Totals) {
	s.look(func(time.Time) {
		if a := s.accounts[account]; a != nil {
			out = a.totals
		}
	})
	return out
}

// Float is what is left in an account; that of an unknown one is the zero Money.
func (s *Server) Float(account string) (out providers.Money) {
	s.look(func(time.Time) {
		if a := s.accounts[account]; a != nil {
			out = a.float
		}
	})
	return out
}

// SetFloat tops an account up, or empties it.
func (s *Server) SetFloat(account string, float providers.Money) error {
	problem := error(nil)
	err := s.locked(func(now time.Time) {
		a := s.accounts[account]
		switch {
		case a == nil:
			problem = fmt.Errorf("unknown account %q", account)
		case a.float.Currency != float.Currency:
			problem = fmt.Errorf("account %q is in %s", account, a.float.Currency)
		default:
			s.note(Event{At: now, Kind: EventFloat, Account: account, Amount: float})
		}
	})
	if err = cmp.Or(err, problem); err != nil {
		return fmt.Errorf("set float: %w", err)
	}
	return nil
}

// Settle ends now every order of an account ("" = of all) that is still on its way, as was planned for it,
// and says how many there were. What is to be reversed later still is.
func (s *Server) Settle(account string) (n int, err error) {
	err = s.locked(func(now time.Time) { n = s.settlePending(account, now) })
	return n, err
}
