package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// Why a chat is shut to the bot; "" when it is not.
const (
	blocked     = "blocked"     // by the person
	deactivated = "deactivated" // the person's account is gone
	kicked      = "kicked"      // out of the group
	muted       = "muted"       // it may read in the group and not write
)

// shutFor is what a call to a shut chat is told; nil when the chat is open.
func (c *chat) shutFor() *apiError {
	switch c.shut {
	case blocked:
		return forbidden("bot was blocked by the user")
	case deactivated:
		return forbidden("user is deactivated")
	case kicked:
		return forbidden("bot was kicked from the " + c.kind + " chat")
	}
	return nil
}

// Block lets a person block the bot, or unblock it; the bot gets a my_chat_member update. A person who
// has blocked the bot cannot write to it, until they unblock it; their /start is then as any other.
func (s *Server) Block(person int64, block bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[person]
	if c == nil || c.kind != private || c.shut == deactivated {
		return fmt.Errorf("block: %d has no chat with the bot", person)
	}
	s.setShut(c, c.person.user(), map[bool]string{true: blocked}[block])
	return nil
}

// Deactivate deletes a person's account. Telegram does not tell the bot before it writes.
func (s *Server) Deactivate(person int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[person]
	if c == nil || c.kind != private {
		return fmt.Errorf("deactivate: %d has no chat with the bot", person)
	}
	c.shut = deactivated
	s.touchChat(c)
	return nil
}

// Kick throws the bot out of a group, or takes it in again. Its calls are refused while it is out, and
// it gets a my_chat_member update each time.
func (s *Server) Kick(group int64, out bool) error {
	return s.shutGroup(group, map[bool]string{true: kicked}[out])
}

// Mute takes the right to write from the bot in a group, or gives it back.
func (s *Server) Mute(group int64, mute bool) error {
	return s.shutGroup(group, map[bool]string{true: muted}[mute])
}

func (s *Server) shutGroup(group int64, why string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[group]
	if c == nil || c.kind == private || c.movedTo != 0 {
		return fmt.Errorf("chat %d is no group of the bot's", group)
	}
	s.setShut(c, s.anyMember(), why)
	return nil
}

// setShut opens or shuts a chat and tells the bot.
func (s *Server) setShut(c *chat, by User, why string) {
	if c.shut == why {
		return
	}
	was := s.standing(c)
	c.shut = why
	s.touchChat(c)
	s.offer("my_chat_member", map[string]any{
		"chat": s.publicChat(c), "from": by, "date": time.Now().Unix(), "old_chat_member": was, "new_chat_member": s.standing(c),
	}, keepMessage, nil)
}

// standing is the bot's ChatMember in a chat.
func (s *Server) standing(c *chat) map[string]any {
	me := map[string]any{"status": "member", "user": s.bot}
	switch c.shut {
	case blocked, kicked:
		me["status"], me["until_date"] = "kicked", 0
	case muted:
		me["status"], me["until_date"], me["is_member"] = "restricted", 0, true
		for _, right := range mayNot() {
			me[right] = false
		}
	}
	return me
}

// mayNot are the rights of ChatMemberRestricted.
func mayNot() []string {
	return []string{"can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos",
		"can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages", "can_add_web_page_previews",
		"can_react_to_messages", "can_edit_tag", "can_change_info", "can_invite_users", "can_pin_messages", "can_manage_topics"}
}

// Join brings a person into the group, or takes them out of it; the bot sees the service message.
func (s *Server) Join(person, group int64, in bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.person(person)
	c := s.chats[group]
	if !ok || c == nil || c.kind == private || c.movedTo != 0 {
		return fmt.Errorf("join: no person %d or no group %d", person, group)
	}
	if s.members == nil {
		s.members = map[int64]bool{}
		for _, known := range s.known {
			s.members[known.ID] = true
		}
	}
	if s.members[person] == in {
		return nil
	}
	user := p.user()
	m := Message{From: &user}
	if in {
		s.members[person], m.NewMembers = true, []User{user}
	} else {
		delete(s.members, person)
		m.LeftMember = &user
	}
	kept := s.add(c, m)
	s.touchChat(c)
	if c.shut != kicked {
		s.offer("message", kept.Message, keepMessage, kept)
	}
	return nil
}

// CloseTopic closes a topic of the group, or opens it again: what the bot sends there is refused meanwhile.
func (s *Server) CloseTopic(id int64, closed bool) error {
	return s.changeTopic(id, func(t *Topic) { t.Closed = closed })
}

// DeleteTopic deletes a topic, with all that is in it.
func (s *Server) DeleteTopic(id int64) error {
	return s.changeTopic(id, func(t *Topic) { t.Deleted = true })
}

func (s *Server) changeTopic(id int64, change func(*Topic)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.topics, func(t Topic) bool { return t.ID == id && !t.Deleted })
	if at < 0 {
		return fmt.Errorf("the group has no topic %d", id)
	}
	change(&s.topics[at])
	c := s.chats[s.config.Group.ID]
	for _, m := range c.messages {
		if m.Topic == id && s.topics[at].Deleted && !m.deleted {
			m.deleted = true
			s.touchMessage(m)
		}
	}
	s.touchChat(c)
	return nil
}

// topicTrouble is why nobody can write to a topic of the group.
func (s *Server) topicTrouble(id int64) *apiError {
	at := slices.IndexFunc(s.topics, func(t Topic) bool { return t.ID == id && !t.Deleted })
	switch {
	case at < 0:
		return badRequest("message thread not found")
	case s.topics[at].Closed:
		return badRequest("TOPIC_CLOSED")
	}
	return nil
}

// Migrate makes a supergroup of the basic group and returns its id. Both chats get their service
// message, and calls with the old id are refused with the new one. The old messages stay in the old
// chat: under the new id nobody can edit them.
func (s *Server) Migrate(group int64) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.chats[group]
	if old == nil || old.kind != basicGroup || old.movedTo != 0 {
		return 0, fmt.Errorf("migrate: %d is no basic group", group)
	}
	id := -1_000_000_000_000 + group
	next := &chat{id: id, kind: supergroup, title: old.title}
	s.chats[id] = next
	from := s.anyMember()
	gone := s.add(old, Message{From: &from, MigrateTo: id})
	s.offer("message", gone.Message, keepMessage, gone)
	come := s.add(next, Message{From: &from, MigrateFrom: group})
	s.offer("message", come.Message, keepMessage, come)
	old.movedTo = id
	s.touchChat(old)
	s.touchChat(next)
	return id, nil
}

func (s *Server) anyMember() User {
	for _, p := range s.known {
		if s.members == nil || s.members[p.ID] {
			return p.user()
		}
	}
	return s.bot
}
