package storage

import (
	"encoding/json"
	"time"
)

// NoticeID orders notices by their commits. Notices of one chat are sent in this order.
type NoticeID uint64

// NoticeKind says how a notice is sent.
type NoticeKind string

const (
	// NoticeMessage is a message of its own; Body says what.
	NoticeMessage NoticeKind = "message"
	// NoticeFile is a message of its own with a document, which is made at the time of sending; Body says of what.
	NoticeFile NoticeKind = "file"
	// NoticeScreen is the newest screen of the chat's session: it edits the session's card as it is at
	// the time of sending, and when there is none it is a new message that becomes the card. Only the
	// newest one of a chat is kept: a later one takes its place under a new id, and a turn that leaves the
	// card behind (Turn.FreshCard) forgets it.
	NoticeScreen NoticeKind = "screen"
	// NoticeEdit replaces the text and buttons of the message Message.
	NoticeEdit NoticeKind = "edit"
	// NoticeCard brings a job's card up to the job's state at the time of sending; when the job has none, it is a new message that becomes the card. Only one a job
	// is kept: a later one takes its place under a new id.
	NoticeCard NoticeKind = "card"
	// NoticePush tells in a new message that Job has reached State.
	NoticePush NoticeKind = "push"
)

// Notice is one message owed to one chat, stored in the commit that causes it and kept until it was
// accepted by the platform, or refused for good, or until nobody shall see it any more (NoticeScreen,
// NoticeCard). It may therefore be sent twice, never lost.
type Notice struct {
	ID      NoticeID        `json:"id"`
	Chat    ChatID          `json:"chat"`
	Person  PersonID        `json:"person,omitempty"` // whom it is for; 0 in a group
	Topic   int64           `json:"topic,omitempty"`  // a group's topic; 0 = none
	Kind    NoticeKind      `json:"kind"`
	Message int64           `json:"message,omitempty"` // NoticeEdit: what to edit
	Job     JobID           `json:"job,omitempty"`     // NoticeCard, NoticePush; NoticeMessage: whose end it corrects
	State   State           `json:"state,omitempty"`   // NoticePush: what to tell; NoticeCard: what caused it, the newest state is shown
	About   PersonID        `json:"about,omitempty"`   // NoticeMessage: its platform id is kept among the cards about this person
	Alert   string          `json:"alert,omitempty"`   // NoticeMessage: what an alert is about, see Person.Missed; empty = it is none
	Late    bool            `json:"late,omitempty"`    // an admin's alert of Person.Missed: it tells what was so when it was Created
	Body    json.RawMessage `json:"body,omitempty"`    // the others: a flows.Message
	Created time.Time       `json:"created"`
}

// Result reports whether the notice tells an agent what became of an order, or corrects it.
func (n Notice) Result() bool {
	return n.Kind == NoticePush || n.Kind == NoticeMessage && n.Job != 0
}

// CardRef is a message that was sent about a person, so that it can be edited later.
type CardRef struct {
	Chat    ChatID
	Message int64
}
