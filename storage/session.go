package storage

import (
	"encoding/json"
	"time"
)

// Session is one chat's dialogue. There is at most one a chat, and it is never removed: an idle one
// has no Flow. Only people with a role have one.
type Session struct {
	Chat     ChatID          `json:"chat"`
	Person   PersonID        `json:"person"`
	Version  uint64          `json:"version"`       // compared and raised by every commit
	Flow     string          `json:"flow"`          // whose dialogue it is
	State    json.RawMessage `json:"state"`         // the flow's own
	Card     int64           `json:"card"`          // the message that is edited along; 0 = none yet. Only Outbox.Sent, Outbox.DropCard, Turn.FreshCard and Turn.Card change it
	Keyboard KeyboardID      `json:"keyboard"`      // under the newest screen; a commit that changes it removes the old one
	Ask      string          `json:"ask,omitempty"` // the command whose argument the next text is, beside the dialogue; "" = nothing is asked
	Changed  time.Time       `json:"changed"`
}

// KeyboardID names the buttons under one message: 96 random bits.
type KeyboardID [12]byte

// PressSecret tells the buttons of one keyboard apart: 48 random bits.
type PressSecret [6]byte

// Keyboard is what the buttons under one message do. A button carries only the id and its secret, so
// a press can be neither forged nor guessed, and the first press consumes the whole keyboard.
type Keyboard struct {
	ID      KeyboardID `json:"id"`
	Person  PersonID   `json:"person"` // the only one who may press
	Chat    ChatID     `json:"chat"`   // the only place to press in
	Buttons []Button   `json:"buttons"`
	Expires time.Time  `json:"expires"`
	Keep    bool       `json:"keep,omitempty"` // a press does not consume it: for looking, never for acting
	// By makes it an invitation of that admin, with one Button and without Person, Chat and Keep: nobody can
	// press it, and whoever opens its link first uses it up (Turn.Invite). 0 = buttons under a message.
	By PersonID `json:"by,omitempty"`
}

// Button is one action of a keyboard. The action is the flow's own word and never leaves the store.
type Button struct {
	Secret PressSecret `json:"secret"`
	Flow   string      `json:"flow"`
	Action string      `json:"action"`
}
