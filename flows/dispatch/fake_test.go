package dispatch_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"rechargebot/providers"
)

// answer is what an upstream replies to a send.
type answer int

const (
	saysPending answer = iota
	saysDelivered
	saysRefused
	saysNothing // silent until the caller gives up
	saysGarbage
	saysDuplicate
	saysOther // an echo of another order
	panics
	fails   // an error that proves nothing
	notSent // no connection
)

// submitTimeout is the upstream's own limit on a send, as a Gateway has it.
const submitTimeout = 30 * time.Second

// plan is what an upstream does with one send.
type plan struct {
	answer answer
	lost   bool             // it never has the order (an answered refusal and an unsent one never do)
	lands  time.Duration    // from the call until it has the order
	takes  time.Duration    // from then to the end
	ends   providers.Status // Delivered (also when zero) or Refused
	hidden time.Duration    // from landing, enquiries know nothing of it for that long
	denies string           // until it lands, enquiries say that it failed, under this upstream id; "" = they know nothing
	reason providers.Reason
	code   string // what it says with a refusal; "FAILED" when empty

	back  time.Duration    // from the end until a delivered order is paid back; 0 = never
	turns providers.Reason // what its word is then: ReasonRefunded, or ReasonRejected for a bare failure
	late  time.Duration    // a refused or failed order is delivered nevertheless, that long after it was received; 0 = never
}

// order is one send as the upstream remembers it.
type order struct {
	request  providers.Request
	received time.Time
	plan     plan
}

func (o order) accepted() bool {
	return !o.plan.lost && o.plan.answer != notSent && o.plan.answer != saysRefused
}
func (o order) landed() time.Time { return o.received.Add(o.plan.lands) }
func (o order) done() time.Time   { return o.landed().Add(o.plan.takes) }
func (o order) charged() bool     { return o.accepted() && o.plan.ends != providers.Refused }

// upstream is a fake provider with a memory: it is the oracle of what was accepted.
type upstream struct {
	name      string
	caps      providers.Capabilities
	rule      providers.AmountRule
	operators []providers.OperatorID // nil = all
	every     time.Duration          // its rate: calls are that far apart

	plans    func(r providers.Request) plan                 // of a send; nil = accepted and soon delivered
	enquiry  func(n int, r providers.Request) (ok bool)     // false = the nth enquiry says nothing; nil = all are answered
	received func(ctx context.Context, r providers.Request) // sees each send before it is answered

	mu        sync.Mutex
	sends     []*order
	enquiries int
	inFlight  map[providers.MSISDN]int
	overlap   bool // two sends for one account were under way at a time
	refs      int
	turn      time.Time // the next one
}

// ecareLike is an upstream as the first adapter declares it: enquiry by our reference, duplicates refused.
func ecareLike(name string) *upstream {
	return &upstream{
		name: name,
		caps: providers.Capabilities{
			Status: providers.StatusMeaningful, Duplicates: providers.DuplicateRefused,
			LateArrival: 10 * time.Minute, NotFoundPolls: 5,
		},
		rule:     providers.AmountRule{Min: taka(10), Max: taka(5000), Step: taka(1)},
		inFlight: map[providers.MSISDN]int{},
	}
}

func taka(n int64) providers.Money { return providers.Money{Minor: n * 100, Currency: providers.BDT} }

func (u *upstream) Name() string { return u.name }

func (u *upstream) Registration() providers.Registration {
	return providers.Registration{Kind: "fake", Capabilities: u.caps}
}

func (u *upstream) Takes(o providers.Order) bool {
	return (u.operators == nil || slices.Contains(u.operators, o.Operator)) && u.rule.Allows(o.Amount)
}

func (u *upstream) NewReference() (providers.Reference, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.refs++
	return providers.Reference(fmt.Sprintf("%s-%06d", u.name, u.refs)), nil
}

func (u *upstream) Turn() time.Duration {
	u.mu.Lock()
	defer u.mu.Unlock()
	if wait := time.Until(u.turn); wait > 0 {
		return wait
	}
	u.turn = time.Now().Add(u.every)
	return 0
}

// noTurn makes the next turn come after a time.
func (u *upstream) noTurn(wait time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.turn = time.Now().Add(wait)
}

func (u *upstream) Recharge(ctx context.Context, r providers.Request) (providers.Result, error) {
	if u.received != nil {
		u.received(ctx, r)
	}
	p := plan{takes: 5 * time.Second}
	if u.plans != nil {
		p = u.plans(r)
	}
	u.begin(r, p)
	defer u.end(r)
	switch p.answer {
	case notSent:
		return providers.Result{}, fmt.Errorf("connect: %w", providers.ErrNotSent)
	case fails:
		return providers.Result{Evidence: providers.Evidence{Err: "reset"}}, errors.New("connection reset")
	case saysNothing:
		select {
		case <-ctx.Done():
		case <-time.After(submitTimeout):
		}
		return said(providers.Unknown, providers.ReasonNone, "time-out"), nil
	case panics:
		panic("an adapter's mistake")
	case saysRefused:
		return said(providers.Refused, p.reason, cmp.Or(p.code, "FAILED")), nil
	case saysGarbage:
		return said(providers.Unknown, providers.ReasonUnreadable, "<html>"), nil
	case saysDuplicate:
		return said(providers.Unknown, providers.ReasonDuplicate, "DUPLICATE"), nil
	case saysOther:
		return said(providers.Unknown, providers.ReasonEcho, "OK/RECEIVED"), nil
	case saysDelivered:
		out := said(providers.Delivered, providers.ReasonNone, "SUCCESS")
		out.Serial = serial(r.Reference)
		return out, nil
	}
	out := said(providers.Pending, providers.ReasonNone, "RECEIVED")
	out.UpstreamID = "U" + string(r.Reference)
	return out, nil
}

func (u *upstream) begin(r providers.Request, p plan) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.sends = append(u.sends, &order{request: r, received: time.Now(), plan: p})
	u.inFlight[r.Account]++
	u.overlap = u.overlap || u.inFlight[r.Account] > 1
}

func (u *upstream) end(r providers.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.inFlight[r.Account]--
}

func said(s providers.Status, why providers.Reason, code string) providers.Result {
	return providers.Result{Status: s, Reason: why, Code: code, Evidence: providers.Evidence{Body: code}}
}

func serial(ref providers.Reference) string { return "S" + string(ref) }

func (u *upstream) Enquire(ctx context.Context, s providers.Sent) providers.Result {
	u.mu.Lock()
	u.enquiries++
	n := u.enquiries
	var found *order
	for _, o := range u.sends {
		if o.request.Reference == s.Reference {
			found = o
		}
	}
	u.mu.Unlock()
	if u.enquiry != nil && !u.enquiry(n, s.Request) {
		return said(providers.Unknown, providers.ReasonUnreadable, "nothing")
	}
	now := time.Now()
	switch {
	case found != nil && found.plan.late > 0 && !now.Before(found.received.Add(found.plan.late)):
		return said(providers.Delivered, providers.ReasonNone, "SUCCESS")
	case found != nil && found.plan.back > 0 && !now.Before(found.done().Add(found.plan.back)):
		return said(providers.Refused, found.plan.turns, "TAKEN BACK")
	case found != nil && found.plan.denies != "" && now.Before(found.landed()):
		out := said(providers.Refused, providers.ReasonRejected, "FAILED")
		out.UpstreamID = found.plan.denies
		return out
	case found == nil, !found.accepted(), now.Before(found.landed().Add(found.plan.hidden)):
		return said(providers.NotFound, providers.ReasonNone, "INVALIDREF")
	case now.Before(found.done()):
		out := said(providers.Pending, providers.ReasonNone, "PROCESSING")
		out.UpstreamID = "U" + string(s.Reference)
		return out
	case found.plan.ends == providers.Refused:
		return said(providers.Refused, found.plan.reason, "FAILED")
	}
	out := said(providers.Delivered, providers.ReasonNone, "SUCCESS")
	out.Serial = serial(s.Reference)
	return out
}

// sent lists what the upstream received for an account, whether it took it or not.
func (u *upstream) sent(account providers.MSISDN) []order {
	u.mu.Lock()
	defer u.mu.Unlock()
	var out []order
	for _, o := range u.sends {
		if o.request.Account == account && o.plan.answer != notSent {
			out = append(out, *o)
		}
	}
	return out
}

func (u *upstream) asked() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.enquiries
}
