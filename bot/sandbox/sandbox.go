package sandbox

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Config says which bot, which people and which group the sandbox plays.
type Config struct {
	Token    string // what the bot has to show; the digits before the colon become its id
	BotName  string // username without @
	BotTitle string // the name people see; BotName when empty
	People   []Person
	Group    Group
	Limits   Limits
	Hooks    Hooks
}

// Person is somebody with a Telegram account. The person's private chat with the bot has the same id
// and arises when the person writes first, or is there from the beginning when Started is set.
type Person struct {
	ID        int64  `json:"id"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name,omitempty"`
	Username  string `json:"username,omitempty"`
	Language  string `json:"language_code,omitempty"`
	Phone     string `json:"phone,omitempty"` // what ShareContact shares when it is the person's own
	Role      string `json:"role,omitempty"`  // caption on the page: "agent", "admin", "stranger"; the bot never sees it
	Started   bool   `json:"started,omitempty"`
	Bot       bool   `json:"is_bot,omitempty"` // another bot, which has no private chat with ours
}

// Group is the operations group. An id of -1000000000001 and below makes it a supergroup, as at
// Telegram; others are basic groups, which may be migrated. ID 0 means no group.
type Group struct {
	ID      int64
	Title   string
	Members []int64 // person ids; nil = everybody
	Admins  []int64 // those among them who are administrators; the first is the owner
	Topics  []Topic // makes it a forum
	SeesAll bool    // privacy mode off: the bot gets every message
}

// Topic is a forum topic of the group; ID is its message_thread_id.
type Topic struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Closed  bool   `json:"closed,omitempty"`
	Deleted bool   `json:"deleted,omitempty"`
}

// Server plays Telegram for one bot. Its methods may be called from any goroutine.
type Server struct {
	config  Config
	bot     User
	limits  Limits
	methods map[string]method // by their names in lower case

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every change
	rev     int64
	closed  bool
	done    chan struct{}
	journal journal

	people      map[int64]*person
	known       []*person // the same in the order in which they came
	topics      []Topic
	members     map[int64]bool // of the group; nil = everybody
	chats       map[int64]*chat
	nextMessage int64 // private chats and basic groups share one count, as one account's do at Telegram
	updates     queue
	hook        *hook // nil = no webhook is set
	hooks       sync.WaitGroup
	delivered   []Delivery
	drops       []bool // of FailDeliveries: after or before
	presses     map[string]*press
	pressed     []*press // the same, oldest first
	answers     []Press
	nextQuery   int64
	commands    map[string][]Command
	calls       []Call
	faults      []Fault
	files       files
	all         meter
}

// New makes a sandbox; nothing runs until Handler is served.
func New(c Config) *Server {
	if c.BotTitle == "" {
		c.BotTitle = c.BotName
	}
	head, _, _ := strings.Cut(c.Token, ":")
	id, err := strconv.ParseInt(head, 10, 64)
	if err != nil || id <= 0 {
		id = 4_240_042
	}
	s := &Server{
		config:      c,
		bot:         User{ID: id, IsBot: true, FirstName: c.BotTitle, Username: c.BotName},
		limits:      c.Limits.orTelegrams(),
		methods:     byName(methods()),
		changed:     make(chan struct{}),
		done:        make(chan struct{}),
		people:      map[int64]*person{},
		chats:       map[int64]*chat{},
		nextMessage: 1,
		updates:     queue{next: firstUpdateID},
		presses:     map[string]*press{},
		nextQuery:   firstQueryID,
		commands:    map[string][]Command{},
	}
	s.topics = slices.Clone(c.Group.Topics)
	s.updates.want(nil)
	for _, p := range c.People {
		s.meet(p)
	}
	if c.Group.Members != nil {
		s.members = map[int64]bool{}
		for _, id := range c.Group.Members {
			s.members[id] = true
		}
	}
	if g := c.Group; g.ID != 0 {
		s.chats[g.ID] = &chat{id: g.ID, kind: groupKind(g.ID), title: g.Title}
	}
	return s
}

// Handler serves the Bot API under /bot<token>/, the page at / and the control API under /sandbox/.
// Everything else is 404, so that a caller may mount its own /demo/ beside it.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	s.mountPage(mux)
	mux.Handle("/sandbox/", http.NewCrossOriginProtection().Handler(s.control()))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token, method, ok := apiPath(r.URL.Path); ok {
			s.serveAPI(w, r, token, method)
			return
		}
		if token, path, ok := apiPath(strings.TrimPrefix(r.URL.Path, "/file")); ok {
			s.download(w, token, path)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// Close ends waiting polls, streams, Waits and the calls of a webhook, and returns when the last of these has
// ended. Calls after it are answered as by a server that is down.
func (s *Server) Close() {
	defer s.hooks.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	close(s.done)
	s.unhook()
	s.touch()
}

// Wait returns nil as soon as cond is true. It looks after every change and never by the clock; cond
// may call the Server's methods. It returns the context's error when that is over first.
func (s *Server) Wait(ctx context.Context, cond func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-s.done:
			return errClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// WaitMessage waits for a message in the chat for which is is true, the newest first, and returns it.
// is depends on the message alone: it is asked once of each message, and again after each edit of it.
func (s *Server) WaitMessage(ctx context.Context, chat int64, is func(Message) bool) (Message, error) {
	var found Message
	var since int64
	err := s.Wait(ctx, func() bool {
		var fresh []Message
		fresh, since = s.messagesSince(chat, since)
		for i := len(fresh) - 1; i >= 0; i-- {
			if is(fresh[i]) {
				found = fresh[i]
				return true
			}
		}
		return false
	})
	return found, err
}

// touch counts one change and wakes whoever waits for one; the lock is held.
func (s *Server) touch() int64 {
	s.rev++
	close(s.changed)
	s.changed = make(chan struct{})
	return s.rev
}
