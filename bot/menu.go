package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-telegram/bot/models"

	"rechargebot/flows"
	"rechargebot/storage"
)

// Menus knows the commands that people are shown in the platform's menu. flows.Engine is one.
type Menus interface {
	// Menu is what a person may use now, in his language; nil = he sees what strangers see.
	Menu(p storage.Person) []flows.MenuLine
	StrangersMenu(language string) []flows.MenuLine
	GroupsMenu(language string) []flows.MenuLine
	// Languages are those that menus can be in, first the one of people who have not chosen any.
	Languages() []string
}

const (
	menuMemo  = "telegram/menu/"       // and whose it is
	givenUp   = "!"                    // before what was tried in vain
	menuPause = 100 * time.Millisecond // between two calls, beside what the schedule asks for
	menuLines = 100                    // of one menu (Bot API, setMyCommands)
)

// menus brings the platform's menus up to date: those of strangers and of groups, and one for each person
// with a role in his own chat, which the platform shows in their place. A menu is a comfort and never says what
// somebody may do, so it is set after the fact, when nothing else wants to be sent, and a failure hurts nobody.
//
// What was set is kept in the store as a hash, for each person who has or had a role: a restart asks for
// nothing that has not changed, and after a crash in between the same menu is set once more. What Telegram refuses
// for good, as it does in the chat of somebody who never began one, is left until the person changes or comes back.
type menus struct {
	known      Menus
	store      Store
	api        *api
	background func(ctx context.Context, call func(context.Context) error) error
	backoff    func(tries int, first, most time.Duration) time.Duration
	log        *slog.Logger
	bot        string // whose menus they are: the number in the token

	mu      sync.Mutex
	waiting []look        // each once
	again   map[look]bool // of those that wait: also when it was given up
	wake    chan struct{}
}

// look is one menu to be looked at: a person's, or one of the common ones, by its place from 1.
type look struct {
	person storage.PersonID
	common int
}

func newMenus(c Config, a *api, background func(context.Context, func(context.Context) error) error) *menus {
	id, _, _ := strings.Cut(a.token, ":")
	return &menus{
		known: c.Menus, store: c.Store, api: a, background: background, backoff: c.backoff, log: c.Logger, bot: id,
		again: map[look]bool{}, wake: make(chan struct{}, 1),
	}
}

// changed asks for a look at people's menus. It waits for nobody.
func (m *menus) changed(ids ...storage.PersonID) {
	if m.known == nil {
		return
	}
	for _, id := range ids {
		m.put(look{person: id}, true)
	}
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

func (m *menus) put(l look, again bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before, waits := m.again[l]
	if m.again[l] = before || again; !waits {
		m.waiting = append(m.waiting, l)
	}
}

func (m *menus) next() (l look, again, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.waiting) == 0 {
		return look{}, false, false
	}
	l, m.waiting = m.waiting[0], m.waiting[1:]
	again = m.again[l]
	delete(m.again, l)
	return l, again, true
}

// run works until ctx ends, which is no error, or the store fails. It begins with a look at everything.
func (m *menus) run(ctx context.Context) error {
	if m.known == nil {
		return nil
	}
	all, err := m.store.PeopleWhere(ctx, func(storage.Person) bool { return true })
	for i := range m.common() {
		m.put(look{common: i + 1}, false)
	}
	for _, p := range all {
		m.put(look{person: p.ID}, false)
	}
	failures := 0
	for err == nil {
		l, again, ok := m.next()
		if !ok {
			select {
			case <-m.wake:
				continue
			case <-ctx.Done():
				return nil
			}
		}
		var done bool
		if done, err = m.bring(ctx, l, again); done || err != nil {
			failures = 0
			continue
		}
		m.put(l, again)
		failures++
		sleep(ctx, m.backoff(failures, time.Second, 5*time.Minute))
	}
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("bring menus up to date: %w", err)
}

// bring sets or removes a menu unless it is as it should be, or was given up as it should be and not asked for
// again. done is false when Telegram did not answer; an error is the store's, or ctx's.
func (m *menus) bring(ctx context.Context, l look, again bool) (done bool, err error) {
	want, err := m.should(ctx, l)
	if err != nil {
		return false, err
	}
	now, err := m.store.Memo(ctx, menuMemo+want.name)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return false, err
	}
	hash := m.hash(want)
	if string(now) == hash || !again && string(now) == givenUp+hash {
		return true, nil
	}
	if !sleep(ctx, menuPause) {
		return false, ctx.Err()
	}
	var refused error // not background's to know: menus have a limit of their own, and a 429 here holds nobody else up
	err = m.background(ctx, func(ctx context.Context) error { refused = m.api.setMenu(ctx, want); return nil })
	if err != nil {
		return false, err
	}
	return m.settle(ctx, want, hash, refused)
}

// settle keeps what became of a call.
func (m *menus) settle(ctx context.Context, want menu, hash string, err error) (done bool, _ error) {
	var call *callError
	switch outcome := outcomeOf(err); {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err == nil:
	case outcome == outcomeShut, outcome == outcomeRefused:
		m.log.Info("telegram takes no menu here", "menu", want.shown(), "cause", err)
		hash = givenUp + hash
	case outcome == outcomeUnauthorized: // a server that has no such method: other calls find out about the token
		m.log.Info("telegram knows no menus", "menu", want.shown(), "cause", err)
		return true, nil
	case errors.As(err, &call) && outcome == outcomeFlood:
		m.log.Warn("telegram asks us to slow down with menus", "seconds", int(call.retryAfter.Seconds()))
		sleep(ctx, call.retryAfter)
		return false, nil
	default:
		m.log.Warn("a menu waits for telegram", "menu", want.shown(), "cause", err)
		return false, nil
	}
	return true, m.store.SetMemo(ctx, menuMemo+want.name, []byte(hash))
}

// menu is one menu as it should be; no lines = none.
type menu struct {
	name     string // of its memo
	scope    models.BotCommandScope
	language string // of the people's apps to which it is shown; "" = all others
	lines    []flows.MenuLine
}

// should is the menu as it should be now.
func (m *menus) should(ctx context.Context, l look) (menu, error) {
	if l.common > 0 {
		return m.common()[l.common-1], nil
	}
	p, err := m.store.Person(ctx, l.person)
	if errors.Is(err, storage.ErrNotFound) {
		p, err = storage.Person{ID: l.person}, nil
	}
	return m.own(p), err
}

// own is a person's menu in his own chat.
func (m *menus) own(p storage.Person) menu {
	chat := int64(p.Chat)
	if chat == 0 { // an owner of the configuration; a private chat has the person's id
		chat = int64(p.ID)
	}
	return menu{strconv.FormatInt(int64(p.ID), 10), &models.BotCommandScopeChat{ChatID: chat}, "", m.known.Menu(p)}
}

// common are the menus of everybody who has none of his own, and of groups: strangers are not known, but the platform
// knows the language of their app.
func (m *menus) common() []menu {
	var out []menu
	for i, language := range m.known.Languages() {
		shown := language
		if i == 0 {
			shown = ""
		}
		out = append(out,
			menu{"private/" + shown, &models.BotCommandScopeAllPrivateChats{}, shown, m.known.StrangersMenu(language)},
			menu{"groups/" + shown, &models.BotCommandScopeAllGroupChats{}, shown, m.known.GroupsMenu(language)})
	}
	return out
}

// shown names the menu for the log.
func (want menu) shown() string {
	if chat, ok := want.scope.(*models.BotCommandScopeChat); ok {
		return masked(storage.ChatID(chat.ChatID.(int64)))
	}
	return want.name
}

// hash tells menus apart; "" is no menu, which is also what was never set.
func (m *menus) hash(want menu) string {
	if len(want.lines) == 0 {
		return ""
	}
	raw, err := json.Marshal([]any{m.bot, want.scope, want.language, want.lines})
	if err != nil {
		panic("bot: a menu does not encode: " + err.Error())
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:12])
}
