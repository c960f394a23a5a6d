package storage

import (
	"context"
	"errors"
	"time"

	"rechargebot/providers"
)

// Errors of a store. Everything else that a store returns is a fault of the disk or the file, after
// which it accepts nothing more (fail-stop): the process must end and begin anew.
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("changed in between")            // a version, a person, a keyboard or a number's newest job is not as it was read
	ErrPressed  = errors.New("button was used or is too old") // Turn.Press is not there any more
	ErrHandled  = errors.New("update was handled already")    // Turn.Inbox is not there any more
	ErrMayNot   = errors.New("person may not do this")        // suspended, no agent, no admin
	ErrPerOrder = errors.New("amount is above the limit for an order")
	ErrPerDay   = errors.New("amount is above what is left of the day's limit")
	ErrIllegal  = errors.New("not a legal move")
	ErrBroken   = errors.New("the store has failed and accepts nothing more")
)

// Jobs is what dispatch needs. Every operation is atomic and durable when it returns nil.
type Jobs interface {
	Job(ctx context.Context, id JobID) (Job, error)
	Move(ctx context.Context, m Move) (Job, error)
	// Unfinished calls yield with the id and due time of every job that is due some time (not
	// Job.NeverDue), in order of due time, from a compact index; it decodes no job.
	Unfinished(ctx context.Context, yield func(id JobID, due time.Time) bool) error
	// RecoverSending moves every job found in Sending to Unknown, due at once (boot only), and returns how many.
	RecoverSending(ctx context.Context, now time.Time) (int, error)
	// AtDesk lists the jobs that wait for a person (Job.WaitsForPerson), oldest first, above after.
	AtDesk(ctx context.Context, after JobID, limit int) ([]Job, error)
	// ByReference finds the job of an attempt's reference.
	ByReference(ctx context.Context, ref providers.Reference) (Job, error)
}

// History is what looking back needs. Pages are newest first, begin below before (0 = at the newest), and neither skip nor repeat.
type History interface {
	Job(ctx context.Context, id JobID) (Job, error)
	JobsOfAgent(ctx context.Context, agent PersonID, before JobID, limit int) ([]Job, error)
	JobsOfAccount(ctx context.Context, account providers.MSISDN, before JobID, limit int) ([]Job, error)
	// JobsOfAll pages through everybody's jobs.
	JobsOfAll(ctx context.Context, before JobID, limit int) ([]Job, error)
	// UnfinishedOfAccount lists the jobs of a number that are not terminal, however old, newest first. What
	// it costs is bounded by the number's jobs and by all unfinished ones, whichever are fewer.
	UnfinishedOfAccount(ctx context.Context, account providers.MSISDN) ([]Job, error)
}

// People is who may do what. PersonChanges are part of turns.
type People interface {
	Person(ctx context.Context, id PersonID) (Person, error)
	// WithRole lists those of the people who have a role, suspended or not, in the order of ids.
	WithRole(ctx context.Context, ids []PersonID) ([]PersonID, error)
	// PeopleWhere lists the people that match, in order of id.
	PeopleWhere(ctx context.Context, match func(Person) bool) ([]Person, error)
	// EnsureOwners makes each id an unsuspended owner (boot, and the claim of the first one).
	EnsureOwners(ctx context.Context, now time.Time, ids ...PersonID) error
}

// Dialogues is what the engine of the flows needs.
type Dialogues interface {
	Session(ctx context.Context, chat ChatID) (Session, error)
	Keyboard(ctx context.Context, id KeyboardID) (Keyboard, error)
	// Invites lists the invitations (Keyboard.By) that can still be opened at now as far as time goes, in order of expiry.
	Invites(ctx context.Context, now time.Time) ([]Keyboard, error)
	Commit(ctx context.Context, t Turn) (TurnResult, error)
	// SpentOn is the day's sum of an agent's orders that count against the limit.
	SpentOn(ctx context.Context, agent PersonID, day string, currency providers.Currency) (providers.Money, error)
}

// Outbox is what the sender of notices needs.
type Outbox interface {
	// Pending lists the notices of all chats that are not done, oldest first.
	Pending(ctx context.Context) ([]Notice, error)
	// Owed reports whether the notice is still owed: neither sent, nor replaced, nor forgotten by a turn.
	Owed(ctx context.Context, id NoticeID) (bool, error)
	// Owe stores notices that no turn or move causes (alerts, the claim of a restart).
	Owe(ctx context.Context, notices ...Notice) error
	// Sent forgets the notice, if it is still there. message is the platform's id of what was sent, 0
	// when it was refused for good: a NoticeScreen's becomes the card of its session and a NoticeCard's
	// that of its job unless they have one, a NoticeMessage's with About is kept among the cards about
	// that person (the newest 32). An accepted message also proves that the notice's Person can be
	// reached, as Turn.Heard does; of the order of a Result, only the card is owed then.
	Sent(ctx context.Context, n Notice, message int64) error
	// Undeliverable forgets the notice, if it is still there, because its message was refused for good, and
	// owes alerts, in one commit. With at set, the chat itself is closed to us: the notice's Person, when he
	// is stored, is Unreachable since at unless he was already, and when the notice was there and a Result,
	// its job is kept in his Untold, not Alerted; when it was a card, in his Stale, and when it was an alert, in his Missed. A notice without an id is there to say only that.
	// ErrConflict when the notice is there and its Person was heard of (Turn.Heard) at or after at, in a commit since
	// the store was opened: the chat may be open again, and the notice is still owed. Each time that he is heard of
	// refuses one notice at most.
	Undeliverable(ctx context.Context, n Notice, at time.Time, alerts ...Notice) error
	// DropCard forgets a card that cannot be edited any more: the session's of that chat, or the job's.
	DropCard(ctx context.Context, n Notice) error
	// CardsAbout lists the messages kept about a person.
	CardsAbout(ctx context.Context, about PersonID) ([]CardRef, error)
	// Session and Job are read at the time of sending.
	Session(ctx context.Context, chat ChatID) (Session, error)
	Job(ctx context.Context, id JobID) (Job, error)
	// OnOwed registers f to be called after each commit that owes notices, with them, in the order of
	// their ids. f must not block and must not call the store.
	OnOwed(f func([]Notice))
}

// Inbox keeps updates from their arrival until they are handled.
type Inbox interface {
	// Accept stores the updates that were not seen before, in order, and returns those with their ids.
	// It remembers the last SeenUpdates numbers, handled or not, each for SeenFor from one Arrived to another.
	Accept(ctx context.Context, updates ...Update) ([]Update, error)
	// Waiting lists what is not handled, oldest first.
	Waiting(ctx context.Context) ([]Update, error)
	// WaitingFrom lists at most limit updates that are not handled, from the id on, oldest first.
	WaitingFrom(ctx context.Context, from InboxID, limit int) ([]Update, error)
	// Handled forgets updates that change nothing.
	Handled(ctx context.Context, ids ...InboxID) error
}

// Memos is what a watcher or the desk remembers between restarts, by a name of its own. Turn.Memos sets them too.
type Memos interface {
	Memo(ctx context.Context, name string) ([]byte, error) // ErrNotFound when there is none
	// SetMemo stores the memo and owes the notices that its change causes, in one commit.
	SetMemo(ctx context.Context, name string, value []byte, notices ...Notice) error
}

// SeenUpdates is how many update numbers an Inbox remembers.
const SeenUpdates = 100_000

// SeenFor is how long an update's number says that the update was seen. Telegram brings no update again after 24
// hours, and after a week without any it begins to count anew from a number drawn by chance (Bot API, Update and
// Getting updates), which may be one of those remembered. Between the two there is room for a clock that was set
// by days.
const SeenFor = 4 * 24 * time.Hour

// Store is all of it: the contract that storagetest checks.
type Store interface {
	Jobs
	History
	People
	Dialogues
	Outbox
	Inbox
	Memos
	Recovery

	// Sweep removes expired keyboards, at most limit of them, and returns how many.
	Sweep(ctx context.Context, now time.Time, limit int) (int, error)
	// Check walks the whole store and reports what contradicts itself.
	Check(ctx context.Context) error
	// Broken is closed when the store has failed.
	Broken() <-chan struct{}
	Close() error
}
