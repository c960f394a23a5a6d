package bot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
	"rechargebot/storage"
)

// shown knows a menu for each role, in two languages.
type shown struct {
	mu   sync.Mutex
	more string // one more command of agents
}

func (s *shown) Menu(p storage.Person) []flows.MenuLine {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case p.Role == storage.RoleNone:
		return nil
	case p.Suspended:
		return lines(p.Language, "help")
	case p.Role.Admin():
		return lines(p.Language, "recharge", "pending", "help")
	case s.more != "":
		return lines(p.Language, "recharge", s.more, "help")
	}
	return lines(p.Language, "recharge", "help")
}

func (s *shown) StrangersMenu(language string) []flows.MenuLine { return lines(language, "start") }
func (s *shown) GroupsMenu(language string) []flows.MenuLine    { return lines(language, "id") }
func (s *shown) Languages() []string                            { return []string{"en", "bn"} }

func lines(language string, commands ...string) []flows.MenuLine {
	var out []flows.MenuLine
	for _, c := range commands {
		out = append(out, flows.MenuLine{Command: c, Description: c + language})
	}
	return out
}

// menuCalls are the calls about menus, as scope, language and commands.
func menuCalls(g *telegram) []string {
	var out []string
	for _, c := range g.said("setMyCommands", "deleteMyCommands") {
		var scope struct {
			Type string
			Chat int64 `json:"chat_id"`
		}
		var commands []struct{ Command, Description string }
		_ = json.Unmarshal([]byte(c.form["scope"]), &scope)
		_ = json.Unmarshal([]byte(c.form["commands"]), &commands)
		line := fmt.Sprintf("%s %s", strings.TrimSuffix(c.method, "MyCommands"), scope.Type)
		if scope.Chat != 0 {
			line += fmt.Sprintf(" %d", scope.Chat)
		}
		if l := c.form["language_code"]; l != "" {
			line += " " + l
		}
		for _, m := range commands {
			line += fmt.Sprintf(" /%s=%s", m.Command, m.Description)
		}
		out = append(out, line)
	}
	return out
}

func TestEverybodyGetsTheMenuOfWhatHeMayUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s, known := newTelegram(), newStore(1, 2, 3, 4), &shown{}
		become := func(id storage.PersonID, change func(*storage.Person)) {
			s.mu.Lock()
			defer s.mu.Unlock()
			p := s.people[id]
			p.ID = id
			change(&p)
			s.people[id] = p
		}
		become(2, func(p *storage.Person) { p.Role, p.Chat = storage.RoleOwner, 2 })
		become(3, func(p *storage.Person) { p.Language = "bn" })
		become(4, func(p *storage.Person) { p.Suspended = true })
		become(5, func(p *storage.Person) { p.Request = storage.RequestOpen })
		c := config(t, g, s, newDesk(s))
		c.Menus = known
		b, stop := running(t, c)
		saw := func(what string, want ...string) {
			t.Helper()
			pass(time.Minute)
			if diff := cmp.Diff(want, menuCalls(g)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
			g.mu.Lock()
			defer g.mu.Unlock()
			g.calls = nil
		}
		saw("at the first start",
			"set all_private_chats /start=starten", "set all_group_chats /id=iden",
			"set all_private_chats bn /start=startbn", "set all_group_chats bn /id=idbn",
			"set chat 1 /recharge=recharge /help=help", "set chat 2 /recharge=recharge /pending=pending /help=help",
			"set chat 3 /recharge=rechargebn /help=helpbn", "set chat 4 /help=help")

		become(1, func(p *storage.Person) { p.Role = storage.RoleAdmin })
		become(3, func(p *storage.Person) { p.Language = "" })
		become(4, func(p *storage.Person) { p.Suspended = false })
		become(5, func(p *storage.Person) { p.Role = storage.RoleAgent })
		become(2, func(p *storage.Person) { p.Role = storage.RoleNone })
		b.PeopleChanged(1, 3, 4)
		b.PeopleChanged(5, 2, 5, 1)
		saw("after changes", "set chat 1 /recharge=recharge /pending=pending /help=help", "set chat 3 /recharge=recharge /help=help",
			"set chat 4 /recharge=recharge /help=help", "set chat 5 /recharge=recharge /help=help", "delete chat 2")
		b.PeopleChanged(1, 2, 3, 4, 5, 99)
		saw("when nothing has changed")
		stopped(t, stop)

		_, stop = running(t, c)
		saw("at a restart")
		stopped(t, stop)
		known.more = "find"
		_, stop = running(t, c)
		saw("at a restart with another command", "set chat 3 /recharge=recharge /find=find /help=help",
			"set chat 4 /recharge=recharge /find=find /help=help", "set chat 5 /recharge=recharge /find=find /help=help")
		stopped(t, stop)

		// Another bot with the same store has no menus yet.
		c.Token, c.Transport = "77"+token, otherBot{g}
		_, stop = running(t, c)
		pass(time.Minute)
		if n := len(menuCalls(g)); n != 8 {
			t.Errorf("another bot has set %d menus", n)
		}
		stopped(t, stop)
		want := []string{"1", "2", "3", "4", "5", "groups/", "groups/bn", "private/", "private/bn"}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(s.memos)), cmp.Transformer("name", func(name string) string {
			return strings.TrimPrefix(name, "telegram/menu/")
		})); diff != "" {
			t.Errorf("memos are kept of (-want +got):\n%s", diff)
		}
	})
}

// otherBot lets a bot with another number in its token reach the same Telegram.
type otherBot struct{ *telegram }

func (o otherBot) RoundTrip(r *http.Request) (*http.Response, error) {
	r.URL.Path = strings.Replace(r.URL.Path, "/bot77", "/bot", 1)
	return o.telegram.RoundTrip(r)
}

func TestAMenuThatFailsHurtsNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1, 2, 3, 4, 5)
		down := true
		g.refuse = func(c call) *refusal {
			chat := c.form["scope"]
			switch {
			case c.method != "setMyCommands":
				return nil
			case strings.Contains(chat, `"chat_id":1`):
				return &refusal{code: 403, description: "Forbidden: bot was blocked by the user"}
			case strings.Contains(chat, `"chat_id":2`):
				return &refusal{code: 400, description: "Bad Request: chat not found"}
			case strings.Contains(chat, `"chat_id":3`) && down:
				return &refusal{code: 502, body: "<html>Bad Gateway</html>"}
			case strings.Contains(chat, `"chat_id":4`) && down:
				return &refusal{code: 429, description: "Too Many Requests: retry after 7", retryAfter: 7}
			}
			return nil
		}
		c := config(t, g, s, newDesk(s))
		c.Menus = &shown{}
		_, stop := running(t, c)
		pass(time.Minute)
		for range 10 {
			at := time.Now()
			owe(t, s, note(2, "still here"))
			pass(2500 * time.Millisecond)
			sent := g.said("sendMessage")
			if len(sent) == 0 || sent[len(sent)-1].at.Before(at) || sent[len(sent)-1].at.After(at.Add(time.Second)) {
				t.Fatalf("while menus fail, at %s the bot says %v", at, sent)
			}
		}
		calls := menuCalls(g)
		if !slices.Contains(calls, "set chat 5 /recharge=recharge /help=help") {
			t.Errorf("the menu after those that fail waits: %q", calls)
		}
		if len(calls) > 30 {
			t.Errorf("%d calls in a minute and a half", len(calls))
		}
		g.mu.Lock()
		down, g.calls = false, nil
		g.mu.Unlock()
		pass(10 * time.Minute)
		want := []string{"set chat 3 /recharge=recharge /help=help", "set chat 4 /recharge=recharge /help=help"}
		got := menuCalls(g)
		if slices.Sort(got); !slices.Contains(got, want[0]) || !slices.Contains(got, want[1]) {
			t.Errorf("when Telegram is well again: %q", got)
		}
		stopped(t, stop)

		// Whom Telegram refused for good is left alone until he changes or comes back.
		g.mu.Lock()
		g.calls = nil
		g.mu.Unlock()
		b, stop := running(t, c)
		pass(time.Minute)
		if got := menuCalls(g); len(got) != 0 {
			t.Errorf("at a restart: %q", got)
		}
		b.PeopleChanged(2)
		pass(time.Minute)
		g.mu.Lock()
		g.refuse = nil
		g.mu.Unlock()
		g.say(`"my_chat_member":{"chat":{"id":1,"type":"private"},"from":{"id":1,"first_name":"A"},"date":1,"old_chat_member":{"status":"kicked"},"new_chat_member":{"status":"member"}}`)
		pass(time.Minute)
		want = []string{"set chat 2 /recharge=recharge /help=help", "set chat 1 /recharge=recharge /help=help"}
		if diff := cmp.Diff(want, menuCalls(g)); diff != "" {
			t.Errorf("when he changes, and when he comes back (-want +got):\n%s", diff)
		}
		stopped(t, stop)
	})
}

// An older server, or a look-alike, knows no menus: it is not asked again and again.
func TestAServerWithoutMenusIsLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1, 2, 3)
		g.refuse = func(c call) *refusal {
			if c.method == "setMyCommands" {
				return &refusal{code: 404, description: "Not Found: method not found"}
			}
			return nil
		}
		c := config(t, g, s, newDesk(s))
		c.Menus = &shown{}
		_, stop := running(t, c)
		pass(time.Hour)
		if got := len(menuCalls(g)); got != 7 { // two languages for strangers and groups, and three people
			t.Errorf("%d calls for 7 menus: %q", got, menuCalls(g))
		}
		owe(t, s, note(2, "still here"))
		pass(time.Minute)
		if got := g.said("sendMessage"); len(got) != 1 {
			t.Errorf("the bot says %v", got)
		}
		stopped(t, stop)
	})
}

func TestAMenuIsSetOnceMoreAfterACrashInBetween(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		c := config(t, g, s, newDesk(s))
		c.Menus = &shown{}
		c.Store = forgetful{s}
		_, stop := running(t, c)
		pass(time.Minute)
		if err := stop(); err == nil {
			t.Error("the bot runs on with a store that fails")
		}
		c.Store = s
		_, stop = running(t, c)
		pass(time.Minute)
		stopped(t, stop)
		if got := menuCalls(g); len(got) != 6 || got[0] != got[1] {
			t.Errorf("calls: %q", got)
		}
	})
}

// forgetful is a store that keeps no memo.
type forgetful struct{ *store }

func (forgetful) SetMemo(context.Context, string, []byte, ...storage.Notice) error { return errBroken }

func TestAThousandMenusDoNotHoldUpAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ids []storage.PersonID
		for id := range storage.PersonID(1000) {
			ids = append(ids, id+1)
		}
		g, s := newTelegram(), newStore(ids...)
		d := newDesk(s)
		d.do = func(ctx context.Context, in flows.Input) (flows.Answer, error) {
			return flows.Answer{}, s.Owe(ctx, note(in.Chat, "answer"))
		}
		c := config(t, g, s, d)
		c.Menus = &shown{}
		_, stop := running(t, c)
		pass(10 * time.Second)
		at := time.Now()
		g.say(typed(7, "hello"))
		pass(10 * time.Minute)
		if sent := g.said("sendMessage"); len(sent) != 1 || sent[0].at.Sub(at) > 200*time.Millisecond {
			t.Errorf("the answer came as %v", sent)
		}
		if n := len(menuCalls(g)); n != 1004 {
			t.Errorf("%d menus were set", n)
		}
		stopped(t, stop)
	})
}
