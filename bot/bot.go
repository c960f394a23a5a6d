// Package bot is Telegram at the edge, and the only importer of github.com/go-telegram/bot.
//
// Inwards: an own poll, or a webhook, stores each batch of raw updates and only then confirms it, a lane per chat turns
// them into flows.Input and hands them to the Handler one after the other. Outwards: the outbox sends
// what the store says is owed, in order per chat, at a pace that Telegram bears, until Telegram has
// accepted it. Each call waits for its turn by urgency (schedule.go): screens that people wait for, results of
// orders, everything else; files go beside them (files.go). Whoever shuts us out is kept in the store, and told what he missed when he is heard of
// again (reach.go); a group that moves is followed (migrate.go). So a crash at any moment loses nothing: what came is in the inbox, what must be said in
// the outbox, and what may happen twice is told apart by numbers (an update) or harmless (a message).
//
// Beside that, each person's menu of commands follows what he may use (menu.go): a comfort, set after the fact.
//
// The library's own Start is not used: it confirms updates before they are handled, drops them at a
// stop, has no order per chat and does not recover (measured, 1.19.0). It makes the calls.
package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
)

// Config is what a Bot needs. Fields without a comment are required.
type Config struct {
	Token     providers.Secret
	APIURL    string // empty = https://api.telegram.org
	Store     Store
	Handler   Handler
	Composer  Composer
	Catalogue *text.Catalogue
	Language  string       // of people who have not chosen one; empty = en
	Logger    *slog.Logger // nil = nothing is logged

	Webhook *Webhook // nil = the bot polls

	PollTimeout time.Duration // how long Telegram holds a poll; 0 = 50 s, which is also the most
	Grace       time.Duration // for what is under way when Run is told to stop; 0 = 5 s

	// Spread draws a part of a wait, from 0 to below it, so that chats do not come back all at once; nil = by chance.
	Spread func(time.Duration) time.Duration

	// Transport carries the calls; nil = a transport of our own.
	Transport http.RoundTripper
	// Observe is told of every call to the Bot API: the outcome is "ok" or says what went wrong.
	Observe func(method, outcome string)
	// Seen is told of every update: message, callback_query, service, dropped, gated, again.
	Seen func(kind string)
	// Untold says what is owed in the place of a notice that is given up, in the same commit; nil = nothing. shut
	// means that its chat is closed to us, or else that only its message was refused; first that the chat was open
	// until then. The sender of that chat waits for it, nobody else does, so it may read the store.
	Untold func(n storage.Notice, shut, first bool) []storage.Notice
	// Menus says which commands people are shown; nil = their menus are left as they are.
	Menus Menus
	// Groups are the configuration's: when they become supergroups their new ids are kept in the store.
	Groups []storage.ChatID
}

// Store is what the edge needs of the store.
type Store interface {
	storage.Inbox
	storage.Outbox
	storage.Memos
	Person(ctx context.Context, id storage.PersonID) (storage.Person, error)
	// WithRole tells those who work here from strangers (storage.People).
	WithRole(ctx context.Context, ids []storage.PersonID) ([]storage.PersonID, error)
	// PeopleWhere lists those whose menus are looked at.
	PeopleWhere(ctx context.Context, match func(storage.Person) bool) ([]storage.Person, error)
	// Commit stores that a person was heard of, or is done with an update (storage.Dialogues).
	Commit(ctx context.Context, t storage.Turn) (storage.TurnResult, error)
}

// Handler does what an input asks for. Nil means that the update is off the inbox; an error that it is
// not, because the store has failed or ctx is over.
type Handler interface {
	Handle(ctx context.Context, id storage.InboxID, in flows.Input) (flows.Answer, error)
}

// Composer makes the message of a notice at the time of sending.
type Composer interface {
	Compose(ctx context.Context, n storage.Notice) (flows.Message, error)
}

// Bot is one bot. Run it once.
type Bot struct {
	config Config
	log    *slog.Logger
	api    *api
	gate   *gate
	health health
	turns  *turns
	lanes  *lanes
	door   *door // nil = the bot polls
	outbox *outbox
	menus  *menus
	me     string // our username; set before anything is handled

	halt    func(error) // ends Run with an error
	hanging hanging
	work    context.Context // of what is under way; ends with the grace
}

const (
	longestPoll  = 50 * time.Second // Telegram's own cap
	defaultGrace = 5 * time.Second
)

// New checks the configuration. It calls nobody.
func New(c Config) (*Bot, error) {
	for name, missing := range map[string]bool{
		"Store": c.Store == nil, "Handler": c.Handler == nil, "Composer": c.Composer == nil, "Catalogue": c.Catalogue == nil,
	} {
		if missing {
			return nil, fmt.Errorf("new bot: %s is missing", name)
		}
	}
	a, err := newAPI(c.Token, c.APIURL, c.Transport, nil)
	if err != nil {
		return nil, fmt.Errorf("new bot: %w", err)
	}
	c.PollTimeout = min(cmp.Or(c.PollTimeout, longestPoll), longestPoll)
	c.Grace = cmp.Or(c.Grace, defaultGrace)
	c.Language = cmp.Or(c.Language, "en")
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Spread == nil {
		c.Spread = rand.N[time.Duration]
	}
	if c.Seen == nil {
		c.Seen = func(string) {}
	}
	b := &Bot{config: c, log: c.Logger, api: a, gate: newGate(c.Store), turns: &turns{}}
	b.lanes = newLanes(b.handle, b.load)
	b.outbox = newOutbox(c, a, b.turns)
	a.observe = b.outbox.observe
	b.menus = newMenus(c, a, b.outbox.background)
	b.health.limit, b.health.what, b.health.trying = c.PollTimeout+sendTimeout+time.Second, "poll", "telegram cannot be polled"
	if c.Webhook == nil {
		return b, nil
	}
	if b.door, err = newDoor(c.Webhook, b.lanes.full, c.Logger); err != nil {
		return nil, fmt.Errorf("new bot: %w", err)
	}
	a.hidden = []string{b.door.path, b.door.secret}
	b.health.limit, b.health.what, b.health.trying = 2*hookLook+sendTimeout, "look at the webhook", "the webhook cannot be set or looked at"
	return b, nil
}

// Run works until ctx ends, which is no error, or until it cannot go on: the store has failed, the token
// is refused, or somebody else polls with it for a minute. It returns when all that it started has ended.
func (b *Bot) Run(ctx context.Context) error {
	stop, halt := context.WithCancelCause(ctx)
	defer halt(nil)
	work, endWork := context.WithCancel(context.WithoutCancel(ctx))
	defer endWork()
	if b.door != nil {
		defer func() { _ = b.config.Webhook.Listener.Close() }() // the second time it says that it is closed
	}
	b.halt, b.work = halt, work
	defer b.listen(ctx)() // the port is the last that is closed
	b.outbox.halt, b.outbox.stop, b.outbox.work = halt, stop, work
	var menus sync.WaitGroup
	err := b.outbox.start()
	if err == nil {
		menus.Go(func() {
			if err := b.menus.run(stop); err != nil {
				halt(err)
			}
		})
		err = b.receive(stop)
	}
	if err != nil {
		halt(err)
	}
	<-stop.Done()

	timer := time.AfterFunc(b.config.Grace, endWork)
	defer timer.Stop()
	b.lanes.close()
	b.outbox.close()
	menus.Wait()
	b.api.client.http.CloseIdleConnections()
	b.health.trouble(time.Now(), errors.New("telegram: the bot has stopped"))
	for _, e := range []error{err, context.Cause(stop)} {
		if asked := errors.Is(e, context.Canceled) || ctx.Err() != nil && errors.Is(e, ctx.Err()); e != nil && !asked {
			return e
		}
	}
	return nil
}

// Healthy is nil while the last successful poll is fresh and nobody else polls with our token.
func (b *Bot) Healthy() error { return b.health.check(time.Now()) }

// PeopleChanged has the menus of people looked at who may have become something else. It waits for nothing.
func (b *Bot) PeopleChanged(ids ...storage.PersonID) { b.menus.changed(ids...) }

// Username is the bot's own, "" until Telegram has told it. It is for whoever handles an input: by then it is known.
func (b *Bot) Username() string { return b.me }

// Owed is how many notices wait to be sent.
func (b *Bot) Owed() int { return b.outbox.count() }

// Check asks Telegram who the token belongs to, and returns the bot's username.
func Check(ctx context.Context, token providers.Secret, apiURL string) (username string, err error) {
	a, err := newAPI(token, apiURL, nil, nil)
	if err != nil {
		return "", fmt.Errorf("check the token: %w", err)
	}
	defer a.client.http.CloseIdleConnections()
	username, err = a.me(ctx)
	if err != nil {
		return "", fmt.Errorf("check the token: %w", err)
	}
	return username, nil
}
