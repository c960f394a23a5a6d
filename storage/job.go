package storage

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rechargebot/providers"
)

// JobID numbers jobs in the order of their creation, from 1.
type JobID uint64

// Code is how people name a job: six letters and digits, shown as #XXXXXX.
type Code string

// codeAlphabet leaves out the letters that are read as digits (I, L, O) and U.
const codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Codes are the ids under a permutation of 30 bits, so that neighbouring jobs look unlike and no index
// is needed; codeInverse is the inverse of codeFactor modulo 2^30 (a test says so).
const (
	codeSpace   = 1 << 30
	codeFactor  = 0x2C8E9B35
	codeInverse = 0x27791F1D
	codeMask    = 0x15A4E35B
)

// Code is the id as people see it.
func (id JobID) Code() Code {
	n := (uint64(id)*codeFactor%codeSpace ^ codeMask) % codeSpace
	var out [6]byte
	for i := range out {
		out[5-i] = codeAlphabet[n%32]
		n /= 32
	}
	return Code(out[:])
}

// ParseCode reads a job code as people type it, with or without "#", in any case.
func ParseCode(text string) (JobID, bool) {
	s := strings.ToUpper(strings.TrimPrefix(strings.TrimSpace(providers.FoldDigits(text)), "#"))
	s = strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(s)
	if len(s) != 6 {
		return 0, false
	}
	var n uint64
	for _, r := range s {
		i := strings.IndexRune(codeAlphabet, r)
		if i < 0 {
			return 0, false
		}
		n = n*32 + uint64(i)
	}
	id := JobID((n ^ codeMask) * codeInverse % codeSpace)
	return id, id != 0
}

// Job is one order of an agent. It is a plain value; what the store hands out is a copy.
type Job struct {
	ID    JobID    `json:"id"`
	Agent PersonID `json:"agent"`
	Chat  ChatID   `json:"chat"` // where it is told
	Card  int64    `json:"card"` // the message that shows its state; 0 when there is none yet

	providers.Order
	Provider string `json:"provider,omitempty"` // the agent's choice; empty = automatic

	State    State            `json:"state"`
	Version  uint64           `json:"version"` // the fencing number: +1 with every Move, checked in every Move; the outbox's changes of Card leave it
	Created  time.Time        `json:"created"`
	Changed  time.Time        `json:"changed"` // when State last changed
	Due      time.Time        `json:"due"`     // when dispatch shall look at it next; zero exactly when NeverDue
	Day      string           `json:"day"`     // the day in whose limit it counts, "2026-11-21"
	Attempts []Attempt        `json:"attempts,omitempty"`
	History  []Line           `json:"history"`
	Reason   providers.Reason `json:"reason,omitempty"` // why it failed or waits
	Serial   string           `json:"serial,omitempty"` // the network's transaction id, when delivered

	Withdraw  string     `json:"withdraw,omitempty"`  // what the button carries that cancels it while it is Queued; empty = there is none
	Verdict   *Verdict   `json:"verdict,omitempty"`   // one person's, that waits for a second one
	Incidents []Incident `json:"incidents,omitempty"` // at most MaxIncidents, the open ones among them

	// Restored is of what time the copy is out of which the job came back unfinished (Recovery.Quarantine); zero = it
	// did not. What was done for it after that is not known, so it never becomes Queued or Sending again. One
	// that was Queued in the copy waits in Review without an open attempt.
	Restored time.Time `json:"restored,omitzero"`
}

// Attempt is one send to one provider under one reference.
type Attempt struct {
	Provider   string               `json:"provider"`
	Reference  providers.Reference  `json:"reference"`
	Opened     time.Time            `json:"opened"`
	Closed     time.Time            `json:"closed"` // zero while open
	Proof      Proof                `json:"proof,omitempty"`
	UpstreamID string               `json:"upstream_id,omitempty"`
	Enquiries  int                  `json:"enquiries,omitempty"` // answered or not
	NotFound   int                  `json:"not_found,omitempty"` // enquiries answered "not found"
	Evidence   []providers.Evidence `json:"evidence,omitempty"`  // the first and the newest, at most MaxEvidence, equal ones in a row counted as one
	Before     *Reading             `json:"before,omitempty"`    // our float, as it was last read before the send
	After      *Reading             `json:"after,omitempty"`     // and before a person was asked to decide
}

// Reading is our float with a provider at a time. It is a hint for people, never a proof: other orders move it too.
type Reading struct {
	Balance providers.Money `json:"balance"`
	At      time.Time       `json:"at"`
}

// MaxEvidence bounds the exchanges kept with an attempt: the first one and the newest others.
const MaxEvidence = 16

// Proof says why an attempt was closed (SAFETY.md, section 4).
type Proof string

const (
	ProofNone      Proof = ""
	ProofNotSent   Proof = "P1" // not a byte left
	ProofRefused   Proof = "P2" // a documented refusal answered the first and only send
	ProofFailed    Proof = "P3" // an enquiry found it finally failed
	ProofPerson    Proof = "P4" // a person decided
	ProofDelivered Proof = "delivered"
)

// NotCharged reports whether the proof shows that no money moved, which alone opens the door to another attempt.
func (p Proof) NotCharged() bool {
	return p == ProofNotSent || p == ProofRefused || p == ProofFailed || p == ProofPerson
}

// Verdict is what one person says of a job, where a second one must say the same (four eyes): of one in Review
// (Delivered, Failed), of a Delivered one (Reversed), or of the open incident (Delivered: the provider is right;
// Reversed). It is dropped when the state changes, or the incidents do.
type Verdict struct {
	By       PersonID  `json:"by"`
	To       State     `json:"to"`
	Incident bool      `json:"incident,omitempty"` // it is about the open incident, which it would settle
	Why      string    `json:"why"`
	Serial   string    `json:"serial,omitempty"` // the network's transaction id, as this person has it; not told before the second one agrees
	At       time.Time `json:"at"`
}

// Incident is evidence that speaks against what is settled: against a final state, or against the proof
// that closed an attempt (SAFETY.md, I4). It changes no state. A person settles it, and is reminded until then.
type Incident struct {
	At        time.Time           `json:"at"`
	Reference providers.Reference `json:"reference"` // of the attempt that it is about
	Said      string              `json:"said"`      // what the provider says now, in a word: "delivered", "refused"
	Evidence  providers.Evidence  `json:"evidence"`

	Settled time.Time `json:"settled,omitzero"` // zero = it is open
	By      PersonID  `json:"by,omitempty"`
	Why     string    `json:"why,omitempty"`
	Upheld  bool      `json:"upheld,omitempty"` // the evidence is right, and what had been settled was not
}

// MaxIncidents bounds the incidents kept with a job. What is cut is settled, the oldest first that had nothing
// to it; the last upheld one stays, since it says what became of the money.
const MaxIncidents = 8

// Line is one entry of a job's history.
type Line struct {
	At   time.Time `json:"at"`
	From State     `json:"from,omitempty"`
	To   State     `json:"to"`
	By   string    `json:"by"`             // "agent", "dispatch", "boot", "person 1001"
	Note string    `json:"note,omitempty"` // for admins
}

// OpenAttempt is the attempt that may still move money, nil when there is none.
func (j *Job) OpenAttempt() *Attempt {
	if n := len(j.Attempts); n > 0 && j.Attempts[n-1].Closed.IsZero() {
		return &j.Attempts[n-1]
	}
	return nil
}

// OpenIncident is the oldest incident that nobody has settled, nil when there is none.
func (j *Job) OpenIncident() *Incident {
	for i := range j.Incidents {
		if j.Incidents[i].Settled.IsZero() {
			return &j.Incidents[i]
		}
	}
	return nil
}

// Corrected reports whether a person found that the job was delivered after all, although its state says otherwise.
func (j *Job) Corrected() bool {
	return (j.State == Failed || j.State == Cancelled) && slices.ContainsFunc(j.Incidents, func(i Incident) bool { return i.Upheld })
}

// WaitsForPerson reports whether a person must look at the job: it is in Review, has an open incident,
// or one person's word about it waits for a second one.
func (j *Job) WaitsForPerson() bool {
	return j.State == Review || j.OpenIncident() != nil || j.Verdict != nil
}

// NeverDue reports whether nobody shall look at the job again: it is final, and waits for no person.
func (j *Job) NeverDue() bool { return j.State.Terminal() && !j.WaitsForPerson() }

// State is where a job stands. doc.go draws the whole diagram.
type State string

const (
	Queued    State = "queued"    // durable, nothing sent; dispatch sends it, fails it when too old, or the agent cancels it
	Sending   State = "sending"   // the intent is durable and one send may be under way; its own send, or the next start, moves it on
	Pending   State = "pending"   // the provider said that it has it; enquiry moves it on
	Unknown   State = "unknown"   // a send may have left and nobody knows; enquiry moves it on
	Review    State = "review"    // enquiry has come to its end; a person moves it on
	Delivered State = "delivered" // final, but for a reversal
	Failed    State = "failed"    // final: proof that no money moved
	Cancelled State = "cancelled" // final: nothing was ever sent
	Reversed  State = "reversed"  // final: the provider took a success back
)

// States lists every state in the order of the diagram.
func States() []State {
	return []State{Queued, Sending, Pending, Unknown, Review, Delivered, Failed, Cancelled, Reversed}
}

// legal is the table of moves (SAFETY.md, section 4). A move to the same state is not a move:
// Queued, Pending, Unknown and Review jobs are touched in place (Store.Move with From == To), which is listed too.
// A job in any state but Sending may be touched to record, settle or remind of an incident or a verdict, which is
// not listed; nor is that a restore brings every unfinished job to Review (Recovery.Quarantine).
func legal(from State) []State {
	switch from {
	case Queued:
		return []State{Queued, Sending, Cancelled, Failed}
	case Sending:
		return []State{Queued, Pending, Unknown, Delivered, Failed}
	case Pending:
		return []State{Pending, Unknown, Delivered, Failed, Queued, Review}
	case Unknown:
		return []State{Unknown, Pending, Delivered, Failed, Queued, Review}
	case Review:
		return []State{Review, Delivered, Failed, Unknown}
	case Delivered:
		return []State{Reversed}
	}
	return nil
}

// MayBecome reports whether the table allows the move.
func (s State) MayBecome(to State) bool { return slices.Contains(legal(s), to) }

// Terminal reports whether the state is final. Delivered is, although it may still be reversed.
func (s State) Terminal() bool {
	return s == Delivered || s == Failed || s == Cancelled || s == Reversed
}

// Pushed reports whether reaching the state is told in a new message, beside the edited card.
func (s State) Pushed() bool { return s.Terminal() || s == Review }

func (id JobID) String() string { return fmt.Sprintf("job %d #%s", uint64(id), id.Code()) }
