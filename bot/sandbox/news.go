package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// news is what has changed since a revision; since 0 it is everything.
type news struct {
	Rev      int64        `json:"rev"`
	Bot      User         `json:"bot"`
	People   []Person     `json:"people,omitempty"` // those whom the sandbox has met since
	Topics   []Topic      `json:"topics,omitempty"`
	Chats    []chatNews   `json:"chats,omitempty"`
	Messages []messageNew `json:"messages,omitempty"`
	Answers  []Press      `json:"answers,omitempty"`
	Waiting  int          `json:"waiting"`          // updates that the bot has not confirmed
	Faults   []Fault      `json:"faults,omitempty"` // that have not come yet
}

type chatNews struct {
	ID      int64     `json:"id"`
	Kind    string    `json:"kind"`
	Title   string    `json:"title,omitempty"`
	Members []int64   `json:"members,omitempty"`
	Blocked bool      `json:"blocked,omitempty"` // by the person
	Shut    string    `json:"shut,omitempty"`    // blocked, deactivated, kicked or muted
	MovedTo int64     `json:"moved_to,omitempty"`
	Typing  int64     `json:"typing_ms,omitempty"` // how long the bot is still shown typing
	Menu    []Command `json:"menu,omitempty"`
	Box     *replyBox `json:"box,omitempty"`
}

type messageNew struct {
	Message
	Seen    bool `json:"seen,omitempty"`
	Hidden  bool `json:"hidden,omitempty"`
	Silent  bool `json:"silent,omitempty"`
	Deleted bool `json:"deleted,omitempty"`
}

func (s *Server) news(since int64) news {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := news{Rev: s.rev, Bot: s.bot, Waiting: len(s.updates.waiting), People: s.peopleSince(since), Faults: slices.Clone(s.faults)}
	if since == 0 {
		n.Topics = s.topics
	}
	changes, known := s.journal.since(since)
	if !known {
		changes = s.everything(since)
	}
	for _, one := range changes {
		if m := one.message; m == nil {
			n.Chats = append(n.Chats, s.chatNews(one.chat))
		} else {
			n.Messages = append(n.Messages, messageNew{Message: m.Message, Seen: m.seen, Hidden: m.hidden, Silent: m.silent, Deleted: m.deleted})
		}
	}
	slices.SortFunc(n.Chats, func(a, b chatNews) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(n.Messages, func(a, b messageNew) int {
		return cmp.Or(cmp.Compare(a.Chat.ID, b.Chat.ID), cmp.Compare(a.ID, b.ID))
	})
	if since > 0 {
		for _, a := range s.answers {
			if a.rev > since {
				n.Answers = append(n.Answers, a)
			}
		}
	}
	return n
}

// everything is what has changed after a revision that the journal does not reach.
func (s *Server) everything(since int64) []change {
	var all []change
	for _, c := range s.chats {
		if c.rev > since || since == 0 {
			all = append(all, change{chat: c})
		}
		for _, m := range c.messages {
			if m.rev > since && !(since == 0 && m.deleted) {
				all = append(all, change{chat: c, message: m})
			}
		}
	}
	return all
}

func (s *Server) chatNews(c *chat) chatNews {
	n := chatNews{ID: c.id, Kind: c.kind, Title: c.title, Blocked: c.shut == blocked, Shut: c.shut, MovedTo: c.movedTo, Menu: s.menu(c, c.person), Box: c.box}
	if c.kind == private {
		n.Title = c.person.FirstName
	} else {
		for _, p := range s.known {
			if s.members == nil || s.members[p.ID] {
				n.Members = append(n.Members, p.ID)
			}
		}
	}
	if left := time.Until(c.typing); left > 0 {
		n.Typing = left.Milliseconds()
	}
	return n
}

// stream sends news as server-sent events until the reader or the sandbox goes.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	for since := int64(0); ; {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		n := s.news(since)
		raw, err := json.Marshal(n)
		if err != nil {
			return
		}
		if _, err := fmt.Fprintf(w, "data: %s\n\n", raw); err != nil {
			return
		}
		if err := out.Flush(); err != nil {
			return
		}
		since = n.Rev
		select {
		case <-changed:
		case <-s.done:
			return
		case <-r.Context().Done():
			return
		}
	}
}
