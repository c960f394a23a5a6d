package providers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// The words with which a Gateway tells its observer what it did.
const (
	CallRecharge = "recharge"
	CallEnquire  = "enquire"
	CallBalance  = "balance"
	CallOffers   = "offers"
	CallComplain = "complain"
	CallCodes    = "codes"
)

// Limits on what is kept of an answer, in bytes. Secrets are replaced before anything is cut.
const (
	MaxEvidenceBody = 4 << 10
	maxMessage      = 500
	maxIdentifier   = 128
)

// GatewayConfig is what the house, not the upstream, decides about one provider.
type GatewayConfig struct {
	Name          string                 // the account's name in the configuration
	Services      []Service              // what it may serve; nil means all of the registration
	Circles       []CircleID             // that have a code; only where the registration needs one
	Amounts       map[Service]AmountRule // replace the registration's rule; Type "" stands for any type of the operator
	RatePerSecond float64                // calls of every kind, evenly spaced; 0 means unlimited
	SubmitTimeout time.Duration          // one send, connect to last byte; 0 means 30 s
	ReadTimeout   time.Duration          // one enquiry, balance or offers; 0 means 15 s
	Secrets       []Secret               // replaced in everything that comes out; Registration.Secrets lists them

	// Observe, when set, is told of every call. call is "recharge", "enquire", "balance", "offers", "complain" or "codes";
	// outcome is "delivered", "pending", "refused", "unknown" or "not_sent" of a recharge, the same without
	// "not_sent" but with "not_found" of an enquiry, "ok", "error" or "unsupported" of the others.
	Observe func(call, outcome string, took time.Duration)

	Rand io.Reader // for references; nil means crypto/rand
}

// Gateway wraps one adapter with what every adapter needs: limits before the call, deadlines and
// pacing around it, and scrubbing, capping and sanity of what comes back. It is safe for concurrent use.
type Gateway struct {
	name     string
	kind     Registration
	provider Provider
	services []Service
	circles  []CircleID
	amounts  map[Service]AmountRule
	limiter  *rate.Limiter
	submit   time.Duration
	read     time.Duration
	scrub    *Scrubber
	observe  func(call, outcome string, took time.Duration)
	rand     io.Reader
}

// NewGateway wraps p, which r made.
func NewGateway(c GatewayConfig, r Registration, p Provider) *Gateway {
	g := &Gateway{
		name: c.Name, kind: r, provider: p, amounts: c.Amounts, circles: c.Circles,
		limiter: rate.NewLimiter(rate.Inf, 1),
		submit:  30 * time.Second, read: 15 * time.Second,
		scrub: NewScrubber(c.Secrets...), observe: c.Observe, rand: c.Rand,
	}
	for _, s := range r.Services {
		if c.Services == nil || slices.Contains(c.Services, s) {
			g.services = append(g.services, s)
		}
	}
	if c.RatePerSecond > 0 {
		g.limiter = rate.NewLimiter(rate.Limit(c.RatePerSecond), 1)
	}
	if c.SubmitTimeout > 0 {
		g.submit = c.SubmitTimeout
	}
	if c.ReadTimeout > 0 {
		g.read = c.ReadTimeout
	}
	if g.rand == nil {
		g.rand = rand.Reader
	}
	return g
}

// Name is the account's name in the configuration.
func (g *Gateway) Name() string { return g.name }

// Registration is the declaration of the account's kind.
func (g *Gateway) Registration() Registration { return g.kind }

// Currency is what the account counts in.
func (g *Gateway) Currency() Currency { return g.kind.Currency() }

// Services lists what the account serves, in the registration's order.
func (g *Gateway) Services() []Service { return slices.Clone(g.services) }

// Serves reports whether the account serves s.
func (g *Gateway) Serves(s Service) bool { return slices.Contains(g.services, s) }

// AmountRule is the rule for s: the configuration's for the service, else for its operator, else the kind's.
func (g *Gateway) AmountRule(s Service) AmountRule {
	for _, key := range []Service{s, {Operator: s.Operator}} {
		if rule, ok := g.amounts[key]; ok {
			return rule
		}
	}
	return g.kind.Amount
}

// Circles lists the circles that the account has codes for; nil where it needs none, but empty where it
// needs one and has no codes.
func (g *Gateway) Circles() []CircleID {
	if !g.kind.NeedsCircle {
		return nil
	}
	return append([]CircleID{}, g.circles...)
}

// Takes reports whether the account can be sent o: its service, number, amount and, where needed, circle.
func (g *Gateway) Takes(o Order) bool { return g.refusal(o) == nil }

// refusal says why o cannot be sent. Its errors wrap ErrNotSent.
func (g *Gateway) refusal(o Order) error {
	service, rule := Service{o.Operator, o.Type}, g.AmountRule(Service{o.Operator, o.Type})
	switch {
	case !g.Serves(service):
		return fmt.Errorf("%s/%s: %w: %w", o.Operator, o.Type, ErrUnsupported, ErrNotSent)
	case o.Account.Country() != g.kind.Country:
		return fmt.Errorf("number of another country: %w: %w", ErrUnsupported, ErrNotSent)
	case g.kind.NeedsCircle && !slices.Contains(g.circles, o.Circle):
		return fmt.Errorf("circle %q: %w: %w", o.Circle, ErrUnsupported, ErrNotSent)
	case o.Amount.Currency != g.Currency():
		return fmt.Errorf("amount in %q: %w: %w", o.Amount.Currency, ErrUnsupported, ErrNotSent)
	case o.Amount.Minor <= 0 || !rule.Allows(o.Amount):
		return fmt.Errorf("amount %s is outside %s to %s, step %s: %w",
			o.Amount.Decimal(), rule.Min.Decimal(), rule.Max.Decimal(), rule.Step.Decimal(), ErrNotSent)
	}
	return nil
}

// NewReference makes a reference that the upstream accepts. It must be durable before it is sent.
func (g *Gateway) NewReference() (Reference, error) { return g.kind.Reference.New(g.rand) }

// Turn takes a turn at the account's rate, for one Recharge or one Enquire, and says 0; when there is none
// yet it takes nothing and says how long to wait before asking again. It does not block. It comes before the
// attempt is made durable, so that an order that waits is still Queued; the calls themselves do not wait.
func (g *Gateway) Turn() time.Duration {
	now := time.Now()
	turn := g.limiter.ReserveN(now, 1)
	wait := turn.DelayFrom(now)
	if wait == 0 {
		return 0
	}
	turn.CancelAt(now)
	return max(wait, time.Millisecond)
}

// Recharge sends req once. The error is nil or wraps ErrNotSent: then not a byte left, and the result
// holds only evidence. Whatever else went wrong is a Result with Status Unknown and the evidence of it.
func (g *Gateway) Recharge(ctx context.Context, req Request) (Result, error) {
	start := time.Now()
	res, err := g.recharge(ctx, req)
	res = g.sane(CallRecharge, res)
	res.Evidence.Call, res.Evidence.At = CallRecharge, time.Now()
	if err == nil {
		g.tell(CallRecharge, outcomeOf(res.Status), start)
		return res, nil
	}
	err = g.safe("recharge", err)
	g.tell(CallRecharge, "not_sent", start)
	return Result{Evidence: Evidence{Call: CallRecharge, At: res.Evidence.At, Err: err.Error()}}, err
}

func (g *Gateway) recharge(ctx context.Context, req Request) (Result, error) {
	if err := g.admit(req); err != nil {
		return Result{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, g.submit)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return Result{}, fmt.Errorf("%w: %w", err, ErrNotSent)
	}
	res, err := guarded(func() (Result, error) { return g.provider.Recharge(ctx, req) })
	if err == nil {
		return res, nil
	}
	// An answer, or a verdict, contradicts "nothing was sent".
	if errors.Is(err, ErrNotSent) && res.Status == Unknown && res.Evidence.HTTP == 0 {
		return Result{}, err
	}
	return unreadable(res, err), nil
}

// admit refuses what must not leave us. Its errors wrap ErrNotSent.
func (g *Gateway) admit(req Request) error {
	if err := g.refusal(req.Order); err != nil {
		return err
	}
	if !g.kind.Reference.Fits(req.Reference) {
		return fmt.Errorf("reference %q does not fit: %w", req.Reference, ErrNotSent)
	}
	return nil
}

// pace waits for the account's turn, at most as long as a read may take; when that cannot be enough it
// does not wait at all.
func (g *Gateway) pace(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, g.read)
	defer cancel()
	if err := g.limiter.Wait(ctx); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		} else {
			err = errors.New("no turn before the deadline")
		}
		return fmt.Errorf("wait for the rate limit: %w: %w", err, ErrNotSent)
	}
	return nil
}

// Enquire asks for the state of an earlier send, in a turn that was taken before. Trouble is Unknown with the evidence of it.
func (g *Gateway) Enquire(ctx context.Context, sent Sent) Result {
	start := time.Now()
	res, err := g.enquire(ctx, sent)
	if err != nil {
		res = unreadable(res, err)
	}
	if ours := strings.TrimSpace(sent.UpstreamID); ours != "" && res.UpstreamID != "" && strings.TrimSpace(res.UpstreamID) != ours {
		res.Status, res.Reason, res.UpstreamID = Unknown, ReasonEcho, "" // it speaks of another order of theirs
	}
	res = g.sane(CallEnquire, res)
	res.Evidence.Call, res.Evidence.At = CallEnquire, time.Now()
	g.tell(CallEnquire, outcomeOf(res.Status), start)
	return res
}

func (g *Gateway) enquire(ctx context.Context, sent Sent) (Result, error) {
	if sent.Reference == "" {
		return Result{}, errors.New("no reference to ask about")
	}
	ctx, cancel := context.WithTimeout(ctx, g.read)
	defer cancel()
	return guarded(func() (Result, error) { return g.provider.Enquire(ctx, sent) })
}

// Balance reads our float. The error may wrap ErrCredentials.
func (g *Gateway) Balance(ctx context.Context) (Money, error) {
	m, err := read(ctx, g, CallBalance, g.provider.Balance)
	if err == nil && m.Currency != g.Currency() {
		return Money{}, g.safe(CallBalance, fmt.Errorf("float in %q", m.Currency))
	}
	return m, err
}

// read does one pure read with pacing, deadline, guard and safe errors.
func read[T any](ctx context.Context, g *Gateway, call string, f func(context.Context) (T, error)) (T, error) {
	start := time.Now()
	value, err := guarded(func() (T, error) {
		if err := g.pace(ctx); err != nil {
			var none T
			return none, err
		}
		ctx, cancel := context.WithTimeout(ctx, g.read)
		defer cancel()
		return f(ctx)
	})
	if err == nil {
		g.tell(call, "ok", start)
		return value, nil
	}
	outcome := "error"
	if errors.Is(err, ErrUnsupported) {
		outcome = "unsupported"
	}
	g.tell(call, outcome, start)
	var none T
	return none, g.safe(call, err)
}

// guarded turns a panic of an adapter into an error that proves nothing.
func guarded[T any](f func() (T, error)) (value T, err error) {
	defer func() {
		if v := recover(); v != nil {
			var none T
			value, err = none, fmt.Errorf("adapter panicked: %v", v)
		}
	}()
	return f()
}

// unreadable is what an error leaves of a result: nobody knows, and why.
func unreadable(r Result, err error) Result {
	out := Result{Status: Unknown, Reason: r.Reason, Code: r.Code, Message: r.Message, Evidence: r.Evidence}
	if out.Reason == ReasonNone && out.Evidence.HTTP != 0 {
		out.Reason = ReasonUnreadable
	}
	out.Evidence.Err = err.Error()
	return out
}

func (g *Gateway) tell(call, outcome string, start time.Time) {
	if g.observe != nil {
		g.observe(call, outcome, time.Since(start))
	}
}

func outcomeOf(s Status) string {
	if s == NotFound {
		return "not_found"
	}
	return s.String()
}
