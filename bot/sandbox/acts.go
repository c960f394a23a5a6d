package sandbox

import (
	"fmt"
	"time"
)

// The accounts in whose name Telegram shows those who hide (Bot API, Message.from).
const (
	anonymousAdminID = 1087968824
	channelBotID     = 136817688
	serviceID        = 777000
)

// Guise is in whose name somebody writes to the group.
type Guise string

const (
	Openly       Guise = ""
	Anonymously  Guise = "anonymous" // an admin who hides behind the group
	AsChannel    Guise = "channel"   // whoever writes as a channel of his
	FromTheBoard Guise = "linked"    // a post of the group's linked channel
)

// Posting is whatever a person may send. It has exactly one of Text, Photo, Document, Sticker, Voice,
// Location and Contact; Caption goes with a photo or a document.
type Posting struct {
	Text     string    `json:"text,omitempty"`
	Caption  string    `json:"caption,omitempty"`
	Photo    *File     `json:"photo,omitempty"`
	Document *File     `json:"document,omitempty"`
	Sticker  string    `json:"sticker,omitempty"` // its emoji
	Voice    int       `json:"voice,omitempty"`   // seconds
	Location *Location `json:"location,omitempty"`
	Contact  *Contact  `json:"contact,omitempty"`

	ReplyTo int64   `json:"reply_to,omitempty"`
	Topic   int64   `json:"topic,omitempty"`
	As      Guise   `json:"as,omitempty"`
	Origin  *Origin `json:"forward_origin,omitempty"` // makes it a forwarded message
}

// File is a file that a person sends.
type File struct {
	Name string `json:"name"`
	Data []byte `json:"data"`
}

// Post lets a person send anything to a chat: the person's own private chat, which it starts when nobody has yet, or the group.
func (s *Server) Post(person, chatID int64, p Posting) (Sent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.compose(p)
	if err != nil {
		return Sent{}, fmt.Errorf("send: %w", err)
	}
	sent, err := s.post(person, chatID, p, m)
	if err != nil {
		return Sent{}, fmt.Errorf("send: %w", err)
	}
	return sent, nil
}

// compose makes a message of what is sent. The lock is held.
func (s *Server) compose(p Posting) (Message, error) {
	m := Message{Origin: p.Origin}
	parts := 0
	for _, there := range []bool{p.Text != "", p.Photo != nil, p.Document != nil, p.Sticker != "", p.Voice > 0, p.Location != nil, p.Contact != nil} {
		if there {
			parts++
		}
	}
	if parts != 1 {
		return m, fmt.Errorf("a message is one text, photo, document, sticker, voice, location or contact, and this one is %d of them", parts)
	}
	switch {
	case p.Text != "":
		return m, m.setText(p.Text)
	case p.Photo != nil, p.Document != nil:
		return m, s.setFile(&m, p)
	case p.Sticker != "":
		f := s.files.add(upload{Name: "sticker.webp"}, "stickers")
		m.Sticker = &Sticker{ID: f.id, UniqueID: f.unique, Type: "regular", Width: 512, Height: 512, Emoji: p.Sticker}
	case p.Voice > 0:
		f := s.files.add(upload{Name: "voice.oga"}, "voice")
		m.Voice = &Voice{ID: f.id, UniqueID: f.unique, Duration: p.Voice, Type: "audio/ogg"}
	case p.Location != nil:
		m.Location = p.Location
	default:
		if p.Contact.Phone == "" || p.Contact.FirstName == "" {
			return m, fmt.Errorf("a contact needs a phone number and a name")
		}
		m.Contact = p.Contact
	}
	return m, nil
}

func (m *Message) setText(words string) error {
	words, es := settle(words, nil)
	if n := utf16Len(words); n == 0 || n > maxText {
		return fmt.Errorf("a text has 1 to %d characters, this one has %d", maxText, n)
	}
	m.Text, m.Entities = words, es
	return nil
}

func (s *Server) setFile(m *Message, p Posting) error {
	words, es := settle(p.Caption, nil)
	if n := utf16Len(words); n > maxCaption {
		return fmt.Errorf("a caption has at most %d characters, this one has %d", maxCaption, n)
	}
	m.Caption, m.CaptionEntities = words, es
	f := p.Document
	if p.Photo != nil {
		f = p.Photo
	}
	u := upload{Name: f.Name, Size: len(f.Data), data: f.Data}
	switch {
	case f.Name == "" || len(f.Data) == 0 || len(f.Data) > maxUpload:
		return fmt.Errorf("a file has a name and 1 to %d bytes, and %q has %d", maxUpload, f.Name, len(f.Data))
	case p.Document != nil:
		m.Document = s.files.add(u, "documents").document()
		return nil
	}
	kept, err := s.files.addPhoto(u)
	if err != nil {
		return fmt.Errorf("a photo is a PNG, JPEG or GIF of at most 10 MB (%s)", err.description)
	}
	m.Photo = kept.photo()
	return nil
}

// disguise shows a message in the name that its writer has chosen. Whose it is, nobody learns.
func (s *Server) disguise(c *chat, p Posting, from Person, m *Message) error {
	user := from.user()
	m.From = &user
	channel := Chat{ID: -1_002_000_000_000 - from.ID, Type: "channel", Title: from.FirstName + "'s channel"}
	if p.As != Openly && c.kind == private {
		return fmt.Errorf("in a private chat everybody writes openly")
	}
	switch p.As {
	case Openly:
	case Anonymously:
		here := s.publicChat(c)
		m.From = &User{ID: anonymousAdminID, IsBot: true, FirstName: "Group", Username: "GroupAnonymousBot"}
		m.SenderChat = &here
	case AsChannel:
		m.From = &User{ID: channelBotID, IsBot: true, FirstName: "Channel", Username: "Channel_Bot"}
		m.SenderChat = &channel
	case FromTheBoard:
		m.From = &User{ID: serviceID, FirstName: "Telegram"}
		m.SenderChat, m.Automatic = &channel, true
		m.Origin = &Origin{Type: "channel", Date: time.Now().Unix(), Chat: &channel, Message: 1}
	default:
		return fmt.Errorf("nobody can write as %q", p.As)
	}
	return nil
}

// Edit lets a person change the words of a message of theirs; the bot gets to know when it has asked for edited_message.
func (s *Server) Edit(person, chatID, message int64, words string) (Sent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, _, err := s.inChat(person, chatID)
	if err != nil {
		return Sent{}, fmt.Errorf("edit: %w", err)
	}
	m := c.find(message)
	if m == nil || m.From == nil || m.From.ID != person || m.Text == "" {
		return Sent{}, fmt.Errorf("edit: %d has no text %d in chat %d", person, message, chatID)
	}
	next := m.Message
	if err := next.setText(words); err != nil {
		return Sent{}, fmt.Errorf("edit: %w", err)
	}
	next.EditDate = time.Now().Unix()
	m.Message = next
	s.touchMessage(m)
	if m.hidden {
		return Sent{Message: message}, nil
	}
	return Sent{Message: message, Update: s.offer("edited_message", next, keepMessage, nil)}, nil
}

// Delete lets a person delete a message: anybody's in the private chat, their own in the group. Telegram does not tell the bot.
func (s *Server) Delete(person, chatID, message int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, _, err := s.inChat(person, chatID)
	if err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	m := c.find(message)
	if m == nil || c.kind != private && (m.From == nil || m.From.ID != person) {
		return fmt.Errorf("delete: no message %d of %d in chat %d", message, person, chatID)
	}
	m.deleted = true
	s.touchMessage(m)
	return nil
}
