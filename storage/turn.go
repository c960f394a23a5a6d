package storage

import (
	"time"

	"rechargebot/providers"
)

// Turn is everything that handling one update changes. The store commits all of it or nothing.
type Turn struct {
	Now   time.Time
	Actor PersonID
	// Heard is when the actor was heard of in his private chat; zero = he was not. Whoever was Unreachable until
	// then (Person.BackBy) can be reached again: of each order that he was not told about, its card and, if its state is
	// pushed, a push are owed to him, in the order of Person.Untold, after Notices and the cards of Person.Stale. They were Created when he became
	// Unreachable. At the end come the alerts of Person.Missed, Late, if he may admin.
	Heard   time.Time
	Inbox   InboxID    // the update that was handled; 0 = none. It leaves the inbox in this commit
	Press   KeyboardID // the keyboard that the press consumes; zero = none
	Invite  KeyboardID // the invitation that the actor opens, and so uses up: ErrPressed when it is none, is gone or too old, or its admin may not admin now; zero = none
	Revoke  KeyboardID // the invitation that the actor, an unsuspended admin (ErrMayNot), takes back: ErrPressed when it is none or gone; zero = none
	Session *Session   // the session to store, with the Version that was read; nil = unchanged
	// FreshCard forgets the card of Session (which must be given), so that the next screen is a new
	// message. A screen that is older than this commit does not become the card any more, and is not owed any more.
	FreshCard bool
	// Card is the message that shows Session's newest screen, learnt from a press on it: the answer to its
	// sending may be lost. It becomes the card unless the session has one; 0 = not learnt. Never with FreshCard.
	Card int64

	Order     *NewOrder // creates a Queued job
	Job       *Move     // a person's own change of a job; By is set by the store. See Decisions below
	FourEyes  bool      // Job needs that another person's Verdict for the same waits already, and that he may still decide (ErrMayNot)
	Memos     []Memo    // what the desk remembers; the actor must be an unsuspended admin (ErrMayNot)
	People    []PersonChange
	Notices   []Notice // IDs are given by the store
	Keyboards []Keyboard
	Audit     []string // what the actor did, a line each, for the audit log

	ForgetCards PersonID // the messages kept about this person are forgotten (Outbox.CardsAbout); 0 = nobody
}

// Decisions: what a turn's actor may do to a job is checked in the commit, like the Move itself.
//
//   - the job's own agent may make a Queued job Cancelled, while he may order;
//   - an unsuspended admin may do so too, may decide a job in Review (Delivered, Failed, Unknown), may make a
//     Delivered one Reversed, may settle an incident, also with that, and may leave a Verdict for each of
//     these; but of a job that he ordered himself only an owner may;
//   - anybody else gets ErrMayNot, any other move ErrIllegal.
//
// Move.Due may be left zero: the store gives a decision after which a final job waits for a person a due time.

// Memo is one thing that is remembered by its name.
type Memo struct {
	Name  string
	Value []byte
}

// NewOrder asks for a job. The store checks, in the commit, that the agent may order, that nobody ordered
// for the number since the step looked, that the amount keeps the agent's limits (own ones first), and
// adds the amount to the day's sum.
type NewOrder struct {
	providers.Order
	Newest   JobID // the newest job of that account, by any agent, that the step saw; 0 = none. ErrConflict when there is a newer one
	Provider string
	Chat     ChatID
	Card     int64
	Day      string // the day in the configuration's zone
	Limits   Limits // the configuration's
	Withdraw string // Job.Withdraw
}

// PersonChange changes one person by compare-and-set.
type PersonChange struct {
	Before *Person // as it was read; nil = must not exist. ErrConflict when the stored one differs
	After  Person
	// ByAdmin: the turn's actor must be an unsuspended admin at the time of the commit, and not the person changed.
	ByAdmin bool
	// FirstOwner: nobody may be an owner yet.
	FirstOwner bool
}

// TurnResult is what a committed turn made.
type TurnResult struct {
	Job *Job // of Turn.Order, or as Turn.Job left it
}

// Move is one change of one job, by compare-and-set on its version. The store checks the table of
// moves, appends the history line, keeps the day's sum (Failed, Cancelled and Reversed give it back),
// and owes the chat an edit of the card, and a push where To.Pushed(), all in the same commit.
//
// ErrIllegal refuses, beside a move that the table does not know, one that leaves the attempts wrong:
// a job has an open attempt exactly in Sending, Pending, Unknown and Review; with Queued and Failed the
// attempt is closed by a proof of not charged, with Delivered by ProofDelivered or ProofPerson.
type Move struct {
	Now     time.Time
	Job     JobID
	Version uint64 // as read; ErrConflict when it has changed
	To      State  // equal to the present state: the job is touched, not moved: no history line, no notice
	By      string
	Note    string
	Due     time.Time        // when to look again; must be zero exactly when the job is then NeverDue; of a final job that only a verdict kept waiting, which this move drops, it is dropped too
	Reason  providers.Reason // takes the place of the job's; when the job is only touched, empty = unchanged
	Serial  string           // empty = unchanged

	Open       *Attempt            // opens an attempt; only, and always, with To == Sending. ErrConflict when its reference was used before
	Close      Proof               // closes the open attempt; ProofNone leaves it
	Enquiry    bool                // counts an enquiry on the open attempt
	NotFound   bool                // and that it was answered "not found"
	UpstreamID string              // the upstream's id, learnt now; empty = unchanged
	Evidence   *providers.Evidence // kept with the open (or just closed) attempt; with To == Reversed with the last one

	Verdict  *Verdict  // waits for a second person; only with a touch. Any move to another state, an Incident and a Settle drop it
	Incident *Incident // recorded, with its Evidence; only with a touch. ErrIllegal in Sending, where an answer is being waited for, and when MaxIncidents are open
	Settle   *Settle   // settles the oldest open incident; only with a touch, or with To == Reversed. Without one, a touch that drops the verdict of a Delivered job
	After    *Reading  // Attempt.After of the open attempt

	Notices []Notice // beside those that the move itself owes: alerts to the operations group
}

// Settle is a person's word about an incident.
type Settle struct {
	By     PersonID
	Why    string
	Upheld bool // Incident.Upheld
}
