package sandbox

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

const (
	firstQueryID = 5_100_000_000_000_000_001

	answerWithin = 15 * time.Second // longest that a press can be answered (field reports; the Bot API's text is silent)
	answersKept  = 1000
)

// Press is one press of an inline button and what the bot made of it.
type Press struct {
	Query    string `json:"query"`
	Update   int64  `json:"update"`
	Person   int64  `json:"person"`
	Chat     int64  `json:"chat"`
	Message  int64  `json:"message_id"`
	Data     string `json:"data"`
	Answered bool   `json:"answered"`
	Text     string `json:"text,omitempty"` // of the answer
	Alert    bool   `json:"alert,omitempty"`

	rev int64
}

type press struct {
	Press
	at time.Time
}

// Press presses the button that what names: its data, its label, or a part of its label. Copy and link
// buttons cannot be pressed, since they do not reach the bot.
func (s *Server) Press(person, chatID, message int64, what string) (Press, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, p, err := s.inChat(person, chatID)
	if err != nil {
		return Press{}, fmt.Errorf("press: %w", err)
	}
	m := c.find(message)
	if m == nil {
		return Press{}, fmt.Errorf("press: no message %d in chat %d", message, chatID)
	}
	b, err := m.Button(what)
	if err != nil {
		return Press{}, fmt.Errorf("press: %w", err)
	}
	if b.Data == "" {
		return Press{}, fmt.Errorf("press: the button %q does not reach the bot", b.Text)
	}
	return s.query(c, p, message, b.Data), nil
}

// Forge presses a button that need not exist: a bad client may send any data about any message, and the
// person need not be in the chat, though Telegram's own servers would not let that pass.
func (s *Server) Forge(person, chatID, message int64, data string) (Press, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.person(person)
	c := s.chats[chatID]
	switch {
	case !ok || c == nil:
		return Press{}, fmt.Errorf("forge: no person %d or no chat %d", person, chatID)
	case c.shut == blocked:
		return Press{}, fmt.Errorf("forge: %w", errBlocked)
	}
	return s.query(c, p, message, data), nil
}

// PressInline presses a button under a message that some person has sent through a bot's inline mode:
// the bot gets the message's inline id, and neither the message nor its chat.
func (s *Server) PressInline(person int64, inlineMessage, data string) (Press, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.person(person)
	if !ok || inlineMessage == "" {
		return Press{}, fmt.Errorf("press: no person %d or no inline message %q", person, inlineMessage)
	}
	return s.ask(Press{Person: p.ID, Data: data}, map[string]any{
		"from": p.user(), "inline_message_id": inlineMessage, "chat_instance": strconv.FormatInt(p.ID*7919, 10), "data": data,
	}), nil
}

// query makes the update of a press. A message that is not there, or is not the bot's to see any more,
// goes as an inaccessible one.
func (s *Server) query(c *chat, p Person, message int64, data string) Press {
	var about any = map[string]any{"chat": s.publicChat(c), "message_id": message, "date": 0}
	if m := c.find(message); m != nil {
		about = m.Message
	}
	return s.ask(Press{Person: p.ID, Chat: c.id, Message: message, Data: data}, map[string]any{
		"from": p.user(), "message": about, "chat_instance": strconv.FormatInt(c.id*7919, 10), "data": data,
	})
}

// ask offers a press to the bot under a new id and waits for its answer. The lock is held.
func (s *Server) ask(p Press, payload map[string]any) Press {
	id := strconv.FormatInt(s.nextQuery, 10)
	s.nextQuery++
	for len(s.pressed) > 0 && time.Since(s.pressed[0].at) > answerWithin {
		delete(s.presses, s.pressed[0].Query)
		s.pressed = s.pressed[1:]
	}
	p.Query, payload["id"] = id, id
	made := &press{at: time.Now(), Press: p}
	made.Update = s.offer("callback_query", payload, keepPress, nil)
	s.presses[id] = made
	s.pressed = append(s.pressed, made)
	return made.Press
}

func (s *Server) answerCallbackQuery(p params) (any, *apiError) {
	var asked struct {
		Query string `json:"callback_query_id"`
		Text  string `json:"text"`
		Alert bool   `json:"show_alert"`
	}
	if err := p.into(&asked); err != nil {
		return nil, err
	}
	made := s.presses[asked.Query]
	if made == nil || made.Answered || time.Since(made.at) > answerWithin {
		return nil, badRequest("query is too old and response timeout expired or query ID is invalid")
	}
	made.Answered, made.Text, made.Alert, made.rev = true, asked.Text, asked.Alert, s.touch()
	s.answers = append(s.answers, made.Press)
	if len(s.answers) > answersKept {
		s.answers = s.answers[answersKept/2:]
	}
	return true, nil
}

// Answers lists the presses that the bot has answered, in the order of the answers.
func (s *Server) Answers() []Press {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Press(nil), s.answers...)
}

var errBlocked = errors.New("the person has blocked the bot")
