package sandbox

import (
	"errors"
	"fmt"
	"strings"
)

// Field names are those of the Bot API (types of the same names, Bot API 10.1).

// User is a person or the bot as the bot sees it.
type User struct {
	ID        int64  `json:"id"`
	IsBot     bool   `json:"is_bot"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name,omitempty"`
	Username  string `json:"username,omitempty"`
	Language  string `json:"language_code,omitempty"`
}

// Chat is where a message is.
type Chat struct {
	ID        int64  `json:"id"`
	Type      string `json:"type"` // private, group, supergroup
	Title     string `json:"title,omitempty"`
	Username  string `json:"username,omitempty"`
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
	IsForum   bool   `json:"is_forum,omitempty"`
}

// Message is one message as it stands. Messages that the sandbox hands out are copies.
type Message struct {
	ID          int64     `json:"message_id"`
	Topic       int64     `json:"message_thread_id,omitempty"`
	InTopic     bool      `json:"is_topic_message,omitempty"`
	From        *User     `json:"from,omitempty"`
	SenderChat  *Chat     `json:"sender_chat,omitempty"`          // on whose behalf it was written: the group's or a channel's
	Automatic   bool      `json:"is_automatic_forward,omitempty"` // a linked channel's post in its group
	Chat        Chat      `json:"chat"`
	Date        int64     `json:"date"`
	EditDate    int64     `json:"edit_date,omitempty"`
	Origin      *Origin   `json:"forward_origin,omitempty"`
	ReplyTo     *Message  `json:"reply_to_message,omitempty"`
	Text        string    `json:"text,omitempty"`
	Entities    []Entity  `json:"entities,omitempty"`
	MigrateTo   int64     `json:"migrate_to_chat_id,omitempty"`
	MigrateFrom int64     `json:"migrate_from_chat_id,omitempty"`
	NewMembers  []User    `json:"new_chat_members,omitempty"`
	LeftMember  *User     `json:"left_chat_member,omitempty"`
	Keyboard    *Keyboard `json:"reply_markup,omitempty"`
	Media
}

// Entity is a formatted stretch of a text; offset and length are in UTF-16 units.
type Entity struct {
	Type     string `json:"type"`
	Offset   int    `json:"offset"`
	Length   int    `json:"length"`
	URL      string `json:"url,omitempty"`
	User     *User  `json:"user,omitempty"`
	Language string `json:"language,omitempty"`
	Emoji    string `json:"custom_emoji_id,omitempty"`
	UnixTime int64  `json:"unix_time,omitempty"`
	Format   string `json:"date_time_format,omitempty"`
}

// Keyboard is the inline keyboard under a message.
type Keyboard struct {
	Rows [][]Button `json:"inline_keyboard"`
}

// Button is an inline button with exactly one of URL, Data and Copy.
type Button struct {
	Text  string    `json:"text"`
	Style string    `json:"style,omitempty"` // danger, success, primary
	URL   string    `json:"url,omitempty"`
	Data  string    `json:"callback_data,omitempty"`
	Copy  *CopyText `json:"copy_text,omitempty"`
}

// CopyText is what a copy button copies.
type CopyText struct {
	Text string `json:"text"`
}

// Command is one line of the bot's menu.
type Command struct {
	Name        string `json:"command"`
	Description string `json:"description"`
}

// Labels lists the texts of the message's buttons, row by row.
func (m Message) Labels() []string {
	var all []string
	if m.Keyboard != nil {
		for _, row := range m.Keyboard.Rows {
			for _, b := range row {
				all = append(all, b.Text)
			}
		}
	}
	return all
}

// Button finds a button by its data, by its whole label, or by a part of its label that no other
// button has.
func (m Message) Button(what string) (Button, error) {
	var parts []Button
	if m.Keyboard != nil {
		for _, row := range m.Keyboard.Rows {
			for _, b := range row {
				if b.Data == what || b.Text == what {
					return b, nil
				}
				if strings.Contains(b.Text, what) {
					parts = append(parts, b)
				}
			}
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return Button{}, fmt.Errorf("message %d has %d buttons like %q; its buttons are %q", m.ID, len(parts), what, m.Labels())
}

var errClosed = errors.New("the sandbox is closed")

// apiError is a refusal of the Bot API.
type apiError struct {
	code        int
	description string
	retryAfter  int
	migrateTo   int64
}

func badRequest(format string, args ...any) *apiError {
	return &apiError{code: 400, description: "Bad Request: " + fmt.Sprintf(format, args...)}
}

func forbidden(why string) *apiError {
	return &apiError{code: 403, description: "Forbidden: " + why}
}
