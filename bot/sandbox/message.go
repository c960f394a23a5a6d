package sandbox

import (
	"reflect"
	"strings"
	"time"
)

const deletable = 48 * time.Hour // deleteMessage: "if it was sent less than 48 hours ago"

// outgoing is a call's message, decoded.
type outgoing struct {
	MessageID       int64    `json:"message_id"`
	Topic           int64    `json:"message_thread_id"`
	Text            string   `json:"text"`
	Caption         string   `json:"caption"`
	Mode            *string  `json:"parse_mode"`
	Entities        []Entity `json:"entities"`
	CaptionEntities []Entity `json:"caption_entities"`
	Silent          bool     `json:"disable_notification"`
	Markup          *markup  `json:"reply_markup"`
	Reply           *struct {
		MessageID int64 `json:"message_id"`
		OrNone    bool  `json:"allow_sending_without_reply"`
	} `json:"reply_parameters"`
}

// text is the text as it will stand, with its entities. tooLong is what the method says of more than
// 4096 UTF-16 units.
func (o outgoing) text(tooLong string) (string, []Entity, *apiError) {
	words, entities, err := o.format(o.Text, o.Entities)
	if err != nil {
		return "", nil, err
	}
	switch n := utf16Len(words); {
	case o.Text == "":
		return "", nil, badRequest("message text is empty")
	case n == 0:
		return "", nil, badRequest("text must be non-empty")
	case n > maxText:
		return "", nil, badRequest("%s", tooLong)
	}
	return words, entities, nil
}

// caption is the same of what stands under a file, where it may be empty.
func (o outgoing) caption() (string, []Entity, *apiError) {
	words, entities, err := o.format(o.Caption, o.CaptionEntities)
	if err == nil && utf16Len(words) > maxCaption {
		return "", nil, badRequest("message caption is too long")
	}
	return words, entities, err
}

// format reads words as parse_mode or the entities say, and takes the white space off their ends.
func (o outgoing) format(words string, entities []Entity) (string, []Entity, *apiError) {
	if o.Mode != nil && *o.Mode != "" {
		if entities != nil {
			return "", nil, badRequest("parse_mode and entities can't go together")
		}
		switch strings.ToLower(*o.Mode) {
		case "html":
			var err error
			if words, entities, err = parseHTML(words); err != nil {
				return "", nil, badRequest("can't parse entities: %s", err)
			}
		case "markdown", "markdownv2":
			return "", nil, badRequest("the sandbox plays parse_mode HTML only")
		default:
			return "", nil, badRequest("unsupported parse_mode")
		}
	}
	for _, e := range entities {
		if e.Offset+e.Length > utf16Len(words) {
			return "", nil, badRequest("can't parse entities: entity %s ends behind the text", e.Type)
		}
	}
	if utf16Len(strings.TrimSpace(words)) > maxText {
		return words, nil, nil // the caller refuses it
	}
	words, entities = settle(words, entities)
	return words, entities, nil
}

func (s *Server) sendMessage(p params) (any, *apiError) {
	var o outgoing
	if err := p.into(&o); err != nil {
		return nil, err
	}
	c, err := s.reach(p)
	if err != nil {
		return nil, err
	}
	m := Message{From: &s.bot}
	if m.Text, m.Entities, err = o.text("message is too long"); err != nil {
		return nil, err
	}
	m.Entities = s.mentions(m.Entities)
	if m.Keyboard, err = o.Markup.inline(); err != nil {
		return nil, err
	}
	if err := s.place(c, o, &m); err != nil {
		return nil, err
	}
	if err := s.flood(c, m.Text, false); err != nil {
		return nil, err
	}
	return s.say(c, o, m), nil
}

// place puts a message into its topic and under the message that it answers.
func (s *Server) place(c *chat, o outgoing, m *Message) *apiError {
	if c.shut == muted {
		return badRequest("not enough rights to send text messages to the chat")
	}
	if o.Topic != 0 {
		if c.kind != supergroup {
			return badRequest("message thread not found")
		}
		if err := s.topicTrouble(o.Topic); err != nil {
			return err
		}
		m.Topic, m.InTopic = o.Topic, true
	}
	if o.Markup != nil && c.kind != private && o.Markup.asksContact() {
		return badRequest("phone number can be requested in private chats only")
	}
	if o.Reply == nil {
		return nil
	}
	target := c.find(o.Reply.MessageID)
	switch {
	case target != nil:
		m.ReplyTo = target.flat()
	case !o.Reply.OrNone:
		return badRequest("message to be replied not found")
	}
	return nil
}

func (m *markup) asksContact() bool {
	for _, row := range m.Reply {
		for _, b := range row {
			if b.Contact {
				return true
			}
		}
	}
	return false
}

// flat is the message as another one quotes it: without the message that it answers itself.
func (m *stored) flat() *Message {
	quoted := m.Message
	quoted.ReplyTo = nil
	return &quoted
}

// own finds a message that the bot may edit.
func (s *Server) own(p params, o outgoing) (*chat, *stored, *apiError) {
	c, err := s.reach(p)
	if err != nil {
		return nil, nil, err
	}
	m := c.find(o.MessageID)
	if m == nil {
		return nil, nil, badRequest("message to edit not found")
	}
	if m.From == nil || m.From.ID != s.bot.ID {
		return nil, nil, badRequest("message can't be edited")
	}
	return c, m, nil
}

func (s *Server) editMessageText(p params) (any, *apiError) {
	var o outgoing
	if err := p.into(&o); err != nil {
		return nil, err
	}
	words, entities, err := o.text("MESSAGE_TOO_LONG")
	if err != nil {
		return nil, err
	}
	return s.edit(p, o, func(m *Message) { m.Text, m.Entities = words, s.mentions(entities) })
}

func (s *Server) editMessageReplyMarkup(p params) (any, *apiError) {
	var o outgoing
	if err := p.into(&o); err != nil {
		return nil, err
	}
	return s.edit(p, o, func(*Message) {})
}

// edit changes a message. A keyboard that is not sent along is taken away, as at Telegram.
func (s *Server) edit(p params, o outgoing, change func(*Message)) (any, *apiError) {
	c, m, err := s.own(p, o)
	if err != nil {
		return nil, err
	}
	next := m.Message
	change(&next)
	if next.Keyboard, err = o.Markup.inline(); err != nil {
		return nil, err
	}
	if reflect.DeepEqual(next, m.Message) {
		return nil, badRequest("message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
	}
	if err := s.flood(c, next.Text, true); err != nil {
		return nil, err
	}
	next.EditDate = time.Now().Unix()
	m.Message = next
	s.touchMessage(m)
	return next, nil
}

func (s *Server) deleteMessage(p params) (any, *apiError) {
	var o outgoing
	if err := p.into(&o); err != nil {
		return nil, err
	}
	c, err := s.reach(p)
	if err != nil {
		return nil, err
	}
	m := c.find(o.MessageID)
	switch {
	case m == nil:
		return nil, badRequest("message to delete not found")
	case time.Since(time.Unix(m.Date, 0)) >= deletable:
		return nil, badRequest("message can't be deleted for everyone")
	case c.kind != private && (m.From == nil || m.From.ID != s.bot.ID):
		return nil, badRequest("message can't be deleted") // it is no administrator of the group
	}
	m.deleted = true
	s.touchMessage(m)
	return true, nil
}

// Messages lists the chat's messages as they stand, oldest first, without deleted ones.
func (s *Server) Messages(chat int64) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Message
	if c := s.chats[chat]; c != nil {
		for _, m := range c.messages {
			if !m.deleted {
				all = append(all, m.Message)
			}
		}
	}
	return all
}
