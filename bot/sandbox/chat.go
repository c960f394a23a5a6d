package sandbox

import (
	"encoding/json"
	"slices"
	"time"
)

const (
	private    = "private"
	basicGroup = "group"
	supergroup = "supergroup"

	typingLasts = 5 * time.Second // sendChatAction: "The status is set for 5 seconds or less"
)

// chat is a chat as the sandbox keeps it; the Server's lock guards it.
type chat struct {
	id       int64
	kind     string
	title    string
	person   Person // of a private chat, which is there once the person has written
	shut     string // why the bot may not write
	movedTo  int64  // the supergroup that it became
	messages []*stored
	next     int64 // a supergroup counts its own messages
	pace     meter
	typing   time.Time // until when the bot is shown typing
	box      *replyBox
	rev      int64
}

// stored is a message with what only the sandbox knows. The Message is replaced, never changed.
type stored struct {
	Message
	in      *chat
	rev     int64
	update  int64 // the update that carries it to the bot, 0 when none does
	seen    bool  // that update is confirmed
	hidden  bool  // kept from the bot by privacy mode
	silent  bool
	deleted bool
}

func groupKind(id int64) string {
	if id <= -1_000_000_000_001 {
		return supergroup
	}
	return basicGroup
}

// public is the chat as the Bot API describes it.
func (c *chat) public(forum bool) Chat {
	if c.kind == private {
		return Chat{ID: c.id, Type: private, FirstName: c.person.FirstName, LastName: c.person.LastName, Username: c.person.Username}
	}
	return Chat{ID: c.id, Type: c.kind, Title: c.title, IsForum: forum}
}

func (s *Server) publicChat(c *chat) Chat {
	return c.public(c.kind == supergroup && len(s.topics) > 0)
}

func (p Person) user() User {
	return User{ID: p.ID, IsBot: p.Bot, FirstName: p.FirstName, LastName: p.LastName, Username: p.Username, Language: p.Language}
}

// reach finds the chat of a call as the bot may use it, or says why it may not.
func (s *Server) reach(p params) (*chat, *apiError) {
	if name, ok := p["chat_id"].(string); ok {
		return nil, badRequest("chat not found: the sandbox has no public %s", name)
	}
	id := chatOf(p)
	c := s.chats[id]
	if c == nil {
		if _, ok := s.person(id); ok {
			return nil, forbidden("bot can't initiate conversation with a user")
		}
		return nil, badRequest("chat not found")
	}
	if c.movedTo != 0 {
		err := badRequest("group chat was upgraded to a supergroup chat")
		err.migrateTo = c.movedTo
		return nil, err
	}
	if err := c.shutFor(); err != nil {
		return nil, err
	}
	return c, nil
}

// find is the chat's message of that number, nil when there is none or it is deleted.
func (c *chat) find(id int64) *stored {
	i, ok := slices.BinarySearchFunc(c.messages, id, func(m *stored, id int64) int { return int(m.ID - id) })
	if !ok || c.messages[i].deleted {
		return nil
	}
	return c.messages[i]
}

// add gives a message its number, time and chat and puts it into the chat.
func (s *Server) add(c *chat, m Message) *stored {
	if c.kind == supergroup {
		c.next++
		m.ID = c.next
	} else {
		m.ID = s.nextMessage
		s.nextMessage++
	}
	m.Chat = s.publicChat(c)
	m.Date = time.Now().Unix()
	kept := &stored{Message: m, in: c}
	c.messages = append(c.messages, kept)
	s.touchMessage(kept)
	return kept
}

func (s *Server) getMe(params) (any, *apiError) {
	return map[string]any{
		"id": s.bot.ID, "is_bot": true, "first_name": s.bot.FirstName, "username": s.bot.Username,
		"can_join_groups": true, "can_read_all_group_messages": s.config.Group.SeesAll, "supports_inline_queries": false,
		"can_connect_to_business": false, "has_main_web_app": false, "has_topics_enabled": false,
	}, nil
}

func (s *Server) getChat(p params) (any, *apiError) {
	c, err := s.reach(p)
	if err != nil {
		return nil, err
	}
	raw, _ := json.Marshal(s.publicChat(c)) // plain strings and numbers always encode
	full := map[string]any{}
	_ = json.Unmarshal(raw, &full)
	full["accent_color_id"] = 0
	full["max_reaction_count"] = 11
	full["accepted_gift_types"] = map[string]bool{"unlimited_gifts": false, "limited_gifts": false, "unique_gifts": false, "premium_subscription": false, "gifts_from_channels": false}
	return full, nil
}

func (s *Server) sendChatAction(p params) (any, *apiError) {
	c, err := s.reach(p)
	if err != nil {
		return nil, err
	}
	c.typing = time.Now().Add(typingLasts)
	s.touchChat(c)
	return true, nil
}
