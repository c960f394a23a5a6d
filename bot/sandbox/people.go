package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Sent is what came of something that a person did.
type Sent struct {
	Message int64 `json:"message_id"`
	Update  int64 `json:"update_id"` // 0 when the bot does not get to know of it
}

// Send lets a person write to a chat: the person's own private chat (whose id is the person's) or the
// group. It starts the private chat when nobody has yet.
func (s *Server) Send(person, chatID int64, words string) (Sent, error) {
	return s.Reply(person, chatID, 0, words)
}

// Reply is Send in answer to a message of the chat; 0 answers none.
func (s *Server) Reply(person, chatID, to int64, words string) (Sent, error) {
	words, _ = trimText(words, nil)
	if n := utf16Len(words); n == 0 || n > maxText {
		return Sent{}, fmt.Errorf("send: a text has 1 to %d characters, this one has %d", maxText, n)
	}
	return s.post(person, chatID, to, Message{Text: words, Entities: withCommands(words, nil)})
}

// ShareContact lets a person share an address-book entry. owner is the Telegram id that belongs to it:
// the person's own when they share themselves, another's or 0 when not.
func (s *Server) ShareContact(person, chatID int64, phone, name string, owner int64) (Sent, error) {
	if phone == "" || name == "" {
		return Sent{}, fmt.Errorf("share a contact: it needs a phone number and a name")
	}
	return s.post(person, chatID, 0, Message{Contact: &Contact{Phone: phone, FirstName: name, UserID: owner}})
}

func (s *Server) post(person, chatID, to int64, m Message) (Sent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.person(person); ok && s.chats[chatID] == nil && chatID == person {
		s.chats[chatID] = &chat{id: chatID, kind: private, person: p}
	}
	c, p, err := s.inChat(person, chatID)
	if err != nil {
		return Sent{}, fmt.Errorf("send: %w", err)
	}
	from := p.user()
	m.From = &from
	if to != 0 {
		target := c.find(to)
		if target == nil {
			return Sent{}, fmt.Errorf("send: no message %d to answer in chat %d", to, chatID)
		}
		m.ReplyTo, m.Topic, m.InTopic = target.flat(), target.Topic, target.InTopic
	}
	if c.box != nil && (c.box.Once || c.box.Force) {
		c.box = nil
	}
	kept := s.add(c, m)
	s.touchChat(c)
	if !s.botSees(c, kept.Message) {
		kept.hidden = true
		return Sent{Message: kept.ID}, nil
	}
	return Sent{Message: kept.ID, Update: s.offer("message", kept.Message, keepMessage, kept)}, nil
}

// botSees applies privacy mode: in a group the bot gets commands that may be meant for it, replies to
// its messages and service messages, unless it was allowed to see all.
func (s *Server) botSees(c *chat, m Message) bool {
	if c.kind == private || s.config.Group.SeesAll {
		return true
	}
	if m.ReplyTo != nil && m.ReplyTo.From != nil && m.ReplyTo.From.ID == s.bot.ID {
		return true
	}
	if !strings.HasPrefix(m.Text, "/") || len(m.Entities) == 0 || m.Entities[0].Offset != 0 {
		return false
	}
	_, name, named := strings.Cut(m.Text[:m.Entities[0].Length], "@")
	return !named || strings.EqualFold(name, s.bot.Username)
}

// inChat is the chat as a person may use it. The lock is held.
func (s *Server) inChat(person, chatID int64) (*chat, Person, error) {
	p, ok := s.person(person)
	if !ok {
		return nil, p, fmt.Errorf("nobody has the id %d", person)
	}
	c := s.chats[chatID]
	switch {
	case c == nil:
		return nil, p, fmt.Errorf("no chat %d", chatID)
	case c.kind == private && c.id != person:
		return nil, p, fmt.Errorf("chat %d is private and not %s's", chatID, p.FirstName)
	case c.kind != private && s.members != nil && !s.members[person]:
		return nil, p, fmt.Errorf("%s is no member of chat %d", p.FirstName, chatID)
	case c.movedTo != 0:
		return nil, p, fmt.Errorf("chat %d has become %d", chatID, c.movedTo)
	case c.blocked:
		return nil, p, errBlocked
	}
	return c, p, nil
}

// Block lets a person block the bot, or unblock it; the bot gets a my_chat_member update.
func (s *Server) Block(person int64, blocked bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[person]
	if c == nil || c.kind != private {
		return fmt.Errorf("block: %d has no chat with the bot", person)
	}
	if c.blocked == blocked {
		return nil
	}
	status := map[bool]string{false: "member", true: "kicked"}
	member := func(blocked bool) map[string]any {
		m := map[string]any{"status": status[blocked], "user": s.bot}
		if blocked {
			m["until_date"] = 0
		}
		return m
	}
	c.blocked = blocked
	s.touchChat(c)
	s.offer("my_chat_member", map[string]any{
		"chat": s.publicChat(c), "from": c.person.user(), "date": time.Now().Unix(),
		"old_chat_member": member(!blocked), "new_chat_member": member(blocked),
	}, keepMessage, nil)
	return nil
}

// Migrate makes a supergroup of the basic group and returns its id. Both chats get their service
// message, and calls with the old id are refused with the new one.
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

// person is somebody with an account, as the sandbox keeps it.
type person struct {
	Person
	rev int64
}

// Meet makes somebody known who was not among Config.People, at any time; somebody known by that id is
// replaced. A group without Members counts the newcomer in.
func (s *Server) Meet(p Person) error {
	if p.ID <= 0 || p.FirstName == "" {
		return fmt.Errorf("meet: a person has a positive id and a first name")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meet(p)
	return nil
}

func (s *Server) meet(p Person) {
	if s.people[p.ID] != nil {
		s.known = slices.DeleteFunc(s.known, func(old *person) bool { return old.ID == p.ID })
	}
	known := &person{Person: p, rev: s.touch()}
	s.people[p.ID] = known
	s.known = append(s.known, known)
	switch c := s.chats[p.ID]; {
	case c != nil:
		c.person = p
		s.touchChat(c)
	case p.Started:
		s.chats[p.ID] = &chat{id: p.ID, kind: private, person: p}
		s.touchChat(s.chats[p.ID])
	}
}

func (s *Server) person(id int64) (Person, bool) {
	if p := s.people[id]; p != nil {
		return p.Person, true
	}
	return Person{}, false
}

// peopleSince lists whom the sandbox has met after a revision. The lock is held.
func (s *Server) peopleSince(rev int64) []Person {
	first := len(s.known)
	for first > 0 && s.known[first-1].rev > rev {
		first--
	}
	var met []Person
	for _, p := range s.known[first:] {
		met = append(met, p.Person)
	}
	return met
}
