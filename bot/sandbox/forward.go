package sandbox

import "fmt"

// Forward lets a person put a message of one chat into another one of theirs, to, with the name of whoever
// wrote it. How the person came by the message is not asked: between people, messages go from hand to hand.
// What a message answers and its buttons stay behind, as at Telegram.
func (s *Server) Forward(person, chatID, message, to int64) (Sent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.copyOf(chatID, message)
	if err != nil {
		return Sent{}, fmt.Errorf("forward: %w", err)
	}
	sent, err := s.post(person, to, Posting{}, m)
	if err != nil {
		return Sent{}, fmt.Errorf("forward: %w", err)
	}
	return sent, nil
}

// copyOf is a message as it is handed on. The lock is held.
func (s *Server) copyOf(chatID, message int64) (Message, error) {
	c := s.chats[chatID]
	if c == nil {
		return Message{}, fmt.Errorf("no chat %d", chatID)
	}
	kept := c.find(message)
	if kept == nil || kept.From == nil || kept.MigrateTo != 0 || kept.MigrateFrom != 0 {
		return Message{}, fmt.Errorf("no message %d to hand on in chat %d", message, chatID)
	}
	m := kept.Message
	switch {
	case m.Origin != nil:
	case m.SenderChat != nil:
		m.Origin = &Origin{Type: "chat", Date: m.Date, SenderChat: m.SenderChat}
	default:
		m.Origin = &Origin{Type: "user", Date: m.Date, User: m.From}
	}
	m.SenderChat, m.Automatic = nil, false
	m.ReplyTo, m.Keyboard, m.EditDate, m.Topic, m.InTopic = nil, nil, 0, 0, false
	return m, nil
}
