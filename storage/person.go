package storage

import (
	"encoding/json"
	"time"

	"rechargebot/providers"
)

// PersonID and ChatID are the chat platform's numeric ids. A private chat has the person's id.
type (
	PersonID int64
	ChatID   int64
)

// Role is what a person may do. Names and usernames never matter, only the numeric id and this.
type Role string

const (
	RoleNone  Role = ""      // a stranger, or one whose request is open or was rejected
	RoleAgent Role = "agent" // may order
	RoleAdmin Role = "admin" // may order, and approves the people
	RoleOwner Role = "owner" // an admin who was named in the configuration, or claimed the bot
)

// Admin reports whether the role approves people.
func (r Role) Admin() bool { return r == RoleAdmin || r == RoleOwner }

// Request is where a stranger's request for access stands.
type Request string

const (
	RequestNone     Request = ""
	RequestOpen     Request = "open"
	RequestApproved Request = "approved"
	RequestRejected Request = "rejected"
)

// Person is somebody who asked for access, or was given it. Strangers who never asked are not stored.
type Person struct {
	ID        PersonID          `json:"id"`
	Chat      ChatID            `json:"chat"` // the private chat
	Name      string            `json:"name"` // as shown by the platform; for people's eyes only
	Username  string            `json:"username,omitempty"`
	Language  string            `json:"language,omitempty"` // en, bn, hi; empty = the configuration's
	Role      Role              `json:"role"`
	Suspended bool              `json:"suspended,omitempty"`
	Request   Request           `json:"request,omitempty"`
	Asked     time.Time         `json:"asked"`
	Decided   time.Time         `json:"decided"`
	DecidedBy PersonID          `json:"decided_by,omitempty"`
	InvitedBy PersonID          `json:"invited_by,omitempty"` // the admin whose invitation the newest request came by; 0 = it came without one
	Carded    bool              `json:"carded,omitempty"`     // the admins were sent a card of the open request, not only how many wait
	PerOrder  []providers.Money `json:"per_order,omitempty"`  // own limits, one a currency; absent = the configuration's
	PerDay    []providers.Money `json:"per_day,omitempty"`

	// Unreachable is since when the platform refuses messages to the private chat: the bot was blocked, or never
	// started. Zero = it does not. Outbox.Undeliverable and Outbox.Sent change it, and Turn.Heard.
	Unreachable time.Time `json:"unreachable,omitzero"`
	Untold      []Untold  `json:"untold,omitempty"`      // the newest MaxUntold orders whose results he was not told since
	UntoldMore  int       `json:"untold_more,omitempty"` // how many older ones there were; it stays until a change of the person clears it
	Stale       []JobID   `json:"stale,omitempty"`       // the newest MaxUntold orders whose cards show an older state since
	Missed      []Missed  `json:"missed,omitempty"`      // the newest MaxMissed alerts that he was not told since, one of each kind, oldest first
}

// AlertOrders is the Notice.Alert of what a person must know about orders that he makes himself.
const AlertOrders = "own orders"

// Missed is an alert that a person could not be told. He is told when he can be reached again: of AlertOrders if he may
// order then, of any other if he may admin.
type Missed struct {
	Alert   string          `json:"alert"` // Notice.Alert: a newer one of the same takes its place
	Body    json.RawMessage `json:"body"`
	Created time.Time       `json:"created"`
}

// MaxMissed bounds Person.Missed.
const MaxMissed = 32

// Untold is an order whose result its agent could not be told. He is told when he can be reached again.
type Untold struct {
	Job     JobID `json:"job"`
	Alerted bool  `json:"alerted,omitempty"` // the admins were told that he was not
}

// MaxUntold bounds Person.Untold.
const MaxUntold = 100

// MayOrder reports whether the person may order now.
func (p Person) MayOrder() bool { return p.Role != RoleNone && !p.Suspended }

// MayAdmin reports whether the person may decide about people now.
func (p Person) MayAdmin() bool { return p.Role.Admin() && !p.Suspended }

// BackBy reports whether somebody who was heard of at that time can be reached: he was not out of reach yet, or no
// longer. What comes in one batch has one time, and its order decides. A time that is still to come is that of a clock
// which was set back meanwhile, and proves nothing.
func (p Person) BackBy(heard, now time.Time) bool {
	return !p.Unreachable.After(heard) || p.Unreachable.After(now)
}

// Limits are the sums that an agent may order, in one currency.
type Limits struct {
	PerOrder, PerDay providers.Money
}
