package providers

import (
	"context"
	"time"
)

// Provider is one configured account with an upstream. An adapter speaks the upstream's dialect and
// classifies its answers; it keeps no state of orders, never re-sends and never sleeps.
//
// The caller's only question is: may money have moved? A Result is what the upstream said. An error
// wrapping ErrNotSent proves that not a byte left us. Every other error, and the zero Result, means
// that nobody knows. Forgetting to classify is therefore safe: it costs an enquiry, never money.
type Provider interface {
	// Recharge makes at most one request that can move money, carrying req.Reference unchanged.
	// Delivered only on the documented final success, Refused only on a documented terminal refusal,
	// Pending on a documented in-process answer, Unknown (with ReasonDuplicate where the upstream
	// says so) on everything else.
	Recharge(ctx context.Context, req Request) (Result, error)

	// Enquire asks for the state of an earlier send. It moves no money. NotFound says only that the
	// upstream does not know the reference (now); the engine judges what that proves.
	Enquire(ctx context.Context, sent Sent) (Result, error)

	// Balance reads our float with the upstream.
	Balance(ctx context.Context) (Money, error)
}

// Offers is what a provider may also offer: the packs that an operator sells at present.
type Offers interface {
	// Offers lists the active packs of an operator; an empty list is a valid answer. What the vendor has
	// no list for wraps ErrUnsupported.
	Offers(ctx context.Context, q OfferQuery) ([]Offer, error)
}

// OfferQuery says whose packs are wanted.
type OfferQuery struct {
	Operator OperatorID
	Circle   CircleID // where Registration.NeedsCircle; else ignored
}

// Postbacks is what a provider may also offer: calls of the upstream to us about an order. A postback
// never changes a state: nothing proves who made it, so it only makes the engine ask sooner.
type Postbacks interface {
	// Postback reads a call and does nothing else. The error says that no order can be found in it.
	Postback(call PostbackCall) (Postback, error)
}

// PostbackCall is a call as it came. The transport has capped it and knows that it holds the account's secret.
type PostbackCall struct {
	Query       string // raw
	ContentType string
	Body        []byte
}

// Postback is what a call is about.
type Postback struct {
	Reference Reference
	Code      string // the upstream's words for the state, for the log; never believed
}

// Complaints is what a provider may also offer: a dispute about an order that it says it has delivered.
type Complaints interface {
	// Complain files a dispute about the order with their id and returns their ticket. It moves no money.
	Complain(ctx context.Context, upstreamID, words string) (ticket string, err error)
}

// CodeLists is what a provider may also offer: the vendor's own table of operator codes, from which the
// owner configures operator_codes. Our operators cannot be told from their names by a program.
type CodeLists interface {
	// CodeList reads the table; category is the vendor's word for a part of it, "" the usual part.
	CodeList(ctx context.Context, category string) ([]VendorCode, error)
}

// VendorCode is one line of a vendor's table, in the vendor's words.
type VendorCode struct{ Code, Name, Details string }

// Offer is a pack: recharging exactly Price activates it instead of adding balance.
type Offer struct {
	Operator OperatorID
	Type     NumberType
	Kind     OfferKind
	Price    Money
	Validity string // as the provider words it, "7 Days"
	Details  string // the provider's words, already one line
}

// OfferKind sorts packs for people.
type OfferKind string

const (
	OfferData   OfferKind = "data"
	OfferVoice  OfferKind = "voice"
	OfferBundle OfferKind = "bundle"
	OfferOther  OfferKind = "other"
)

// Order is what shall be recharged: the part of a request that people choose.
type Order struct {
	Operator OperatorID `json:"operator"`
	Type     NumberType `json:"type"`
	Account  MSISDN     `json:"account"`
	Amount   Money      `json:"amount"`
	Circle   CircleID   `json:"circle,omitempty"` // of an Indian number, where a provider needs it; "" = not known
}

// Request is one send under one reference.
type Request struct {
	Order
	Reference Reference
}

// Sent describes an earlier send to enquire about. UpstreamID is empty when the upstream never told it.
type Sent struct {
	Request
	UpstreamID string
	At         time.Time
}

// Result is what the upstream said about one reference. The zero Result is Unknown.
type Result struct {
	Status     Status
	Reason     Reason
	UpstreamID string   // the provider's order id; empty when not told
	Serial     string   // the network's transaction id, what a customer's complaint needs; empty when not told
	Code       string   // the upstream's own words for the verdict, "FAILED/LOWBALANCE"; for people and logs, never branched on
	Message    string   // the upstream's free text, redacted and capped; for admins only, may mislead
	Evidence   Evidence // what came over the wire
}

// Status is the verdict on one answer.
type Status int

const (
	Unknown   Status = iota // nothing that can be relied on was said
	Pending                 // the upstream has the order and has not finished
	Delivered               // final success
	Refused                 // final failure or refusal: no money moves for this reference
	NotFound                // enquiry only: the upstream does not know the reference
)

func (s Status) String() string {
	switch s {
	case Pending:
		return "pending"
	case Delivered:
		return "delivered"
	case Refused:
		return "refused"
	case NotFound:
		return "not found"
	}
	return "unknown"
}

// Reason says why, in a closed set that people's sentences are chosen by.
type Reason string

const (
	ReasonNone        Reason = ""
	ReasonDuplicate   Reason = "duplicate"   // the upstream says that it has this reference or order already; never a failure
	ReasonFloatShort  Reason = "float-short" // our balance with the provider is too low
	ReasonRejected    Reason = "rejected"    // the upstream refused the order: number, amount, operator
	ReasonRefunded    Reason = "refunded"    // the upstream says that it gave the money back
	ReasonFailed      Reason = "failed"      // the upstream had taken the order, and said later that it failed for good
	ReasonCredentials Reason = "credentials" // the upstream refused us
	ReasonMaintenance Reason = "maintenance"
	ReasonEcho        Reason = "echo"       // the answer speaks of another number, amount, operator or reference
	ReasonUnreadable  Reason = "unreadable" // broken, cut off, contradicting or unlisted answer
	ReasonUnsupported Reason = "unsupported"
	ReasonUnreachable Reason = "unreachable" // no connection was obtained; nothing was sent
	ReasonTooOld      Reason = "too-old"     // the order waited too long to be sent; nothing was sent
)

// Evidence is one raw exchange, capped and with every secret replaced, as it may be stored and shown to admins.
type Evidence struct {
	Call string    `json:"call"`           // "recharge", "enquire"
	At   time.Time `json:"at"`             // when the answer was complete, or given up
	HTTP int       `json:"http,omitempty"` // status code; 0 when no answer came
	Body string    `json:"body,omitempty"`
	Err  string    `json:"err,omitempty"` // transport failure in safe words

	// The store counts equal exchanges that follow each other as one.
	Again int       `json:"again,omitempty"` // how often the same came again, without anything else between
	Until time.Time `json:"until,omitzero"`  // At of the newest of them
}

// Newest is when the exchange, or the newest of the equal ones counted with it, was complete.
func (e Evidence) Newest() time.Time {
	if e.Until.After(e.At) {
		return e.Until
	}
	return e.At
}

// Same reports whether both exchanges said the same, at whatever times.
func (e Evidence) Same(other Evidence) bool {
	return e.Call == other.Call && e.HTTP == other.HTTP && e.Body == other.Body && e.Err == other.Err
}
