package flows

import (
	"context"
	"time"

	"rechargebot/flows/text"
	"rechargebot/storage"
)

// ChatKind is where an input comes from. Money flows live in private chats only.
type ChatKind string

const (
	PrivateChat ChatKind = "private"
	GroupChat   ChatKind = "group" // and supergroups
	OtherChat   ChatKind = "other" // channels and whatever comes next
)

// Input is one thing that somebody did, free of the chat platform. Exactly one of Command, Text,
// Press and Contact says what.
type Input struct {
	Update   int64 // the platform's number, for logs
	Chat     storage.ChatID
	ChatKind ChatKind
	Topic    int64
	Message  int64 // the message typed, or the one whose button was pressed; 0 when the platform does not tell
	From     Sender

	Command string // without slash and bot name, lower case: "start"
	Args    string // what followed it, trimmed
	Text    string
	Press   string // what the button carried, unchecked
	Contact string // the phone number of a shared contact
	Asked   bool   // Args is a text that answered the command's question (Message.Ask)

	Forwarded bool // the person passed on a message, and did not write it to us

	At time.Time // when it was handled first
}

// Unreadable is the Text of a sticker, a photo or anything else without words (U+FFFC, OBJECT REPLACEMENT
// CHARACTER), which the engine answers itself, and the Contact of a contact without a number, which no step understands.
const Unreadable = "\ufffc"

// Sender is who did it. ID is set by the platform and is the only thing to trust; 0 means an anonymous
// group admin, a channel, or nobody.
type Sender struct {
	ID       storage.PersonID
	Name     string
	Username string
	Language string
}

// Answer is the reply to a press, shown for a moment over the chat. The empty one only stops the
// button's spinning. The zero Answer goes with every press.
type Answer struct {
	Text  string // at most MaxAnswer; the engine cuts the rest
	Alert bool   // as a box to be closed, for what must be read
}

// What Telegram takes, in UTF-16 units (telegram/dossier.md, section 3).
const (
	MaxText   = 4096
	MaxAnswer = 200
)

// MaxAsk is how long the hint in the typing box may be, in UTF-16 units (Bot API, ForceReply).
const MaxAsk = 64

// Message is a message to a chat: its words, of which the engine cuts what is over MaxText, and its buttons.
//
// Ask is a hint that stands in the typing box, like "01712345678": the message asks for something to be
// typed. Only a Reply without buttons may have one; elsewhere the engine leaves it out, as the platform edits no such
// message. In the answer to a command it also makes the next text that command's argument (Input.Asked).
type Message struct {
	Text text.Rich  `json:"text"`
	Rows [][]Button `json:"rows,omitempty"`
	Ask  string     `json:"ask,omitempty"`
	File *File      `json:"file,omitempty"` // nil = none
}

// Tone colours a button where the platform can.
type Tone string

const (
	Neutral Tone = ""
	Good    Tone = "good"   // Confirm, Approve
	Danger  Tone = "danger" // Reject, Suspend
	Main    Tone = "main"
)

// Button is one button under a message. A flow sets Label and Action; the engine gives it its Token
// when the message is committed. One with a Token presses the same button somewhere else (WithdrawButton).
// Copy makes a button that copies a text and has no action.
type Button struct {
	Label string `json:"label"`
	Tone  Tone   `json:"tone,omitempty"`
	Token string `json:"token,omitempty"` // what the button carries: opaque, 24 characters
	Copy  string `json:"copy,omitempty"`

	Action string `json:"-"` // the flow's own word for what it does; stays in the store
	Flow   string `json:"-"` // whose action; empty = the flow that made the message
}

// Dialogue is what a flow sees of the world when it takes a step.
type Dialogue struct {
	Person storage.Person // a stranger has only ID, Chat, Name, Username
	State  []byte         // the flow's own state in this chat, nil when its dialogue is not the open one
	Action string         // the pressed button's action, "" when nothing was pressed, or ActionRedraw
	Say    text.Printer   // in the person's language
	// Refused is set on a second try: the store refused the first step with this error
	// (storage.ErrPerOrder, ErrPerDay, ErrMayNot, ErrConflict, of Step.Revoke ErrPressed), and nothing was changed. The step must tell, not try again.
	Refused error
	// Inviter is the admin whose invitation, opened by this command, is still good; 0 = none was opened.
	Inviter storage.PersonID
}

// ActionRedraw asks the flow whose dialogue is open for its present screen once more: a stale button
// was pressed on the card. Only Step.Screen, State and Keep are heeded; the zero Step leaves the card.
const ActionRedraw = "redraw"

// Flow is one thing that people can do. Steps are pure: they read, and say what should change; the
// engine commits it all at once and sends nothing before that.
type Flow interface {
	// Name is the flow's word in sessions and buttons.
	Name() string
	// Commands are those that the flow answers.
	Commands() []Command
	// Step answers one input that is the flow's: its command, a press of its button, or a text while its dialogue is open.
	Step(ctx context.Context, d Dialogue, in Input) (Step, error)
}

// Listener is a flow that also answers what people with a role type, or the contact that they share,
// in a private chat while no dialogue is open; at most one flow is. Its Step gets a nil State then.
type Listener interface {
	Flow
	// Orders reports whether a text is a whole order: then it is one also while a command's argument is asked for.
	Orders(typed string) bool
}

// Command is a slash command.
type Command struct {
	Name   string
	Who    Audience
	Groups bool     // answered in groups, too
	Help   text.Key // its line in /help and in menus; "" = not listed
	Always bool     // answered to strangers however much they have said, and however many they are

	Inside  bool // not listed to people without a role: it works, but there is nothing in it for them
	Contact bool // its question (Message.Ask) is answered by a shared contact, too
	Invites bool // what follows it may be the token of an invitation
}

// Audience is who may use a command. Others are told what they can do instead.
type Audience int

const (
	Anyone Audience = iota
	Agents          // with a role, not suspended
	Admins
)

// ButtonLife is how long buttons may be pressed when the step says nothing else.
const ButtonLife = 24 * time.Hour

// Step is what a flow makes of one input. The zero Step changes nothing and says nothing.
type Step struct {
	// State is the flow's state to keep, as JSON; nil leaves the dialogue as it is. Close ends it instead.
	State []byte
	Close bool

	Screen  *Message      // the chat's card: edited along
	Fresh   bool          // Screen is a new message and becomes the card
	Replies []Message     // messages of their own, in this chat
	Edits   []Edit        // messages elsewhere, brought up to date
	Send    []Outgoing    // messages to others
	Answer  Answer        // to the press
	Keep    bool          // Screen's, Replies' and Edits' buttons may be pressed any number of times: looking, not acting
	Expires time.Duration // how long the step's buttons may be pressed; 0 = ButtonLife

	Order       *storage.NewOrder
	Withdraw    string        // the action of the button by which the agent cancels Order while it is Queued; "" = no such button
	Job         *storage.Move // what the person does to a job, as storage.Turn.Job allows
	FourEyes    bool          // Job needs a second person
	Memos       []storage.Memo
	People      []storage.PersonChange
	ForgetCards storage.PersonID
	Audit       []string

	// Invite makes an invitation of the person, an admin, that is good as long as the step's buttons, and says it in
	// the message that With makes of its token: 24 of A-Z, a-z, 0-9, _ and -.
	Invite func(token string) Message
	// Invited uses up the invitation that Dialogue.Inviter speaks of.
	Invited bool
	// Revoke is the token of an invitation that is taken back.
	Revoke string
}

// Edit replaces a message that was sent earlier.
type Edit struct {
	Chat    storage.ChatID
	Message int64
	With    Message
}

// Outgoing is a message to somebody else. Person is 0 for a group. About keeps the sent message among
// the cards about that person, so that it can be edited later. Job names the order whose end it corrects: when it
// cannot be brought to its agent, somebody else hears of that.
type Outgoing struct {
	Chat   storage.ChatID
	Person storage.PersonID
	Topic  int64
	About  storage.PersonID
	Job    storage.JobID
	With   Message
}
