package sandbox

import (
	"fmt"
	"slices"
	"strings"
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
	return s.Post(person, chatID, Posting{Text: words, ReplyTo: to})
}

// ShareContact lets a person share an address-book entry. owner is the Telegram id that belongs to it:
// the person's own when they share themselves, another's or 0 when not.
func (s *Server) ShareContact(person, chatID int64, phone, name string, owner int64) (Sent, error) {
	return s.Post(person, chatID, Posting{Contact: &Contact{Phone: phone, FirstName: name, UserID: owner}})
}

// post puts a person's message into a chat and offers it to the bot. The lock is held.
func (s *Server) post(person, chatID int64, p Posting, m Message) (Sent, error) {
	if known, ok := s.person(person); ok && !known.Bot && s.chats[chatID] == nil && chatID == person {
		s.chats[chatID] = &chat{id: chatID, kind: private, person: known}
	}
	c, from, err := s.inChat(person, chatID)
	if err != nil {
		return Sent{}, err
	}
	if err := s.disguise(c, p, from, &m); err != nil {
		return Sent{}, err
	}
	if p.Topic != 0 {
		if c.kind != supergroup || s.topicTrouble(p.Topic) != nil {
			return Sent{}, fmt.Errorf("chat %d has no open topic %d", chatID, p.Topic)
		}
		m.Topic, m.InTopic = p.Topic, true
	}
	if p.ReplyTo != 0 {
		target := c.find(p.ReplyTo)
		if target == nil {
			return Sent{}, fmt.Errorf("no message %d to answer in chat %d", p.ReplyTo, chatID)
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
	if c.kind == private || s.config.Group.SeesAll && c.shut != kicked {
		return true
	}
	if m.ReplyTo != nil && m.ReplyTo.From != nil && m.ReplyTo.From.ID == s.bot.ID {
		return true
	}
	if c.shut == kicked {
		return false
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
	case c.kind == private && p.Bot:
		return nil, p, fmt.Errorf("bots do not write to each other in private")
	case c.kind == private && c.id != person:
		return nil, p, fmt.Errorf("chat %d is private and not %s's", chatID, p.FirstName)
	case c.kind != private && s.members != nil && !s.members[person]:
		return nil, p, fmt.Errorf("%s is no member of chat %d", p.FirstName, chatID)
	case c.movedTo != 0:
		return nil, p, fmt.Errorf("chat %d has become %d", chatID, c.movedTo)
	case c.shut == blocked:
		return nil, p, errBlocked
	case c.shut == deactivated:
		return nil, p, fmt.Errorf("%s's account is gone", p.FirstName)
	}
	return c, p, nil
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
