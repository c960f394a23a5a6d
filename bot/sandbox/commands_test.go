package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"rechargebot/bot/sandbox"
)

// The Bot API's own order, "Determining list of commands": each scope wins over those before it.
func TestTheNarrowestMenuWins(t *testing.T) {
	t.Parallel()
	c := config()
	c.Group.Admins = []int64{ann}
	s := play(t, c)
	say(t, s, nobody, nobody, "/start")
	shows := func(person, chat int64) string {
		var names []string
		for _, c := range s.Menu(person, chat) {
			names = append(names, c.Name)
		}
		return strings.Join(names, " ")
	}
	for i, step := range []struct {
		scope    object
		language string
		want     [4]string // what Rahim and Nobody see in private, Rahim and the admin Ann in the group
	}{
		{nil, "", [4]string{"m0", "m0", "m0", "m0"}},
		{nil, "bn", [4]string{"m0", "m0", "m0", "m1"}},
		{object{"type": "all_private_chats"}, "", [4]string{"m2", "m2", "m0", "m1"}},
		{object{"type": "all_private_chats"}, "en", [4]string{"m3", "m2", "m0", "m1"}},
		{object{"type": "all_group_chats"}, "", [4]string{"m3", "m2", "m4", "m4"}},
		{object{"type": "all_chat_administrators"}, "", [4]string{"m3", "m2", "m4", "m5"}},
		{object{"type": "chat", "chat_id": ops}, "", [4]string{"m3", "m2", "m6", "m6"}},
		{object{"type": "chat_administrators", "chat_id": ops}, "", [4]string{"m3", "m2", "m6", "m7"}},
		{object{"type": "chat_member", "chat_id": ops, "user_id": ann}, "", [4]string{"m3", "m2", "m6", "m8"}},
		{object{"type": "chat_member", "chat_id": ops, "user_id": rahim}, "en", [4]string{"m3", "m2", "m9", "m8"}},
		{object{"type": "chat", "chat_id": rahim}, "", [4]string{"m10", "m2", "m9", "m8"}},
	} {
		body := object{"commands": []object{{"command": fmt.Sprintf("m%d", i), "description": "x"}}, "language_code": step.language}
		if step.scope != nil {
			body["scope"] = step.scope
		}
		must(t, call(t, s, "setMyCommands", body))
		if got := [4]string{shows(rahim, rahim), shows(nobody, nobody), shows(rahim, ops), shows(ann, ops)}; got != step.want {
			t.Errorf("after %v %q people see %v, want %v", step.scope, step.language, got, step.want)
		}
	}
}

func TestWrongMenusAreRefused(t *testing.T) {
	t.Parallel()
	one := func(name, description string) []object {
		return []object{{"command": name, "description": description}}
	}
	var many []object
	for i := range 101 {
		many = append(many, object{"command": fmt.Sprintf("c%d", i), "description": "x"})
	}
	for says, body := range map[string]object{
		"BOT_COMMANDS_TOO_MUCH":                                   {"commands": many},
		"BOT_COMMAND_INVALID":                                     {"commands": one("to-day", "x")},
		"BOT_COMMAND_DESCRIPTION_INVALID":                         {"commands": one("today", strings.Repeat("x", 257))},
		"chat not found":                                          {"commands": one("a", "x"), "scope": object{"type": "chat", "chat_id": 99}},
		"user not found":                                          {"commands": one("a", "x"), "scope": object{"type": "chat_member", "chat_id": ops, "user_id": 99}},
		"can't use specified command scope in private chats":      {"commands": one("a", "x"), "scope": object{"type": "chat_administrators", "chat_id": rahim}},
		"invalid language code specified":                         {"commands": one("a", "x"), "language_code": "b"},
		`field "language_code" must have 0 to 2 characters`:       {"commands": one("a", "x"), "language_code": "eng"},
		`BotCommandScopeDefault has no field "chat_id"`:           {"commands": one("a", "x"), "scope": object{"type": "default", "chat_id": rahim}},
		`can't find field "user_id" of BotCommandScopeChatMember`: {"commands": one("a", "x"), "scope": object{"type": "chat_member", "chat_id": ops}},
		`field "type" can't be "" in a BotCommandScope`:           {"commands": one("a", "x"), "scope": object{}},
		`field "description" must be of type String`:              {"commands": []object{{"command": "a", "description": 5}}},
		`field "commands" must be of type Array`:                  {"commands": object{}},
		`can't find field "commands" of setMyCommands`:            {},
		`BotCommand has no field "is_ephemeral"`:                  {"commands": []object{{"command": "a", "description": "x", "is_ephemeral": true}}},
		`field "commands" must be of type Object`:                 {"commands": []any{7}},
		"BOT_COMMAND_INVALID ":                                    {"commands": append(one("a", "x"), one("a", "y")...)},
	} {
		if r := call(t, play(t, config()), "setMyCommands", body); r.Code != 400 || !strings.HasPrefix(r.Description, "Bad Request: "+strings.TrimSpace(says)) {
			t.Errorf("%v was answered %d %q, want %q", body, r.Code, r.Description, says)
		}
	}
}

// What the Go methods do, another process does by JSON.
func TestRarerActsAreSteeredByJSON(t *testing.T) {
	t.Parallel()
	c := config()
	c.Group.Topics = []sandbox.Topic{{ID: 8, Name: "Alerts"}}
	s := play(t, c)
	for _, step := range []struct{ path, body, want string }{
		{"post", `{"person":2001,"chat":2001,"sticker":"😀"}`, `"message_id":2`},
		{"post", `{"person":1001,"chat":-1009000000001,"text":"/id","as":"anonymous","topic":8}`, `"message_id":1`},
		{"post", `{"person":2001,"chat":2001,"document":{"name":"a.txt","data":"aGVsbG8="}}`, `"message_id":3`},
		{"edit", `{"person":2001,"chat":2001,"message_id":1,"text":"/help"}`, `"update_id":7`},
		{"delete", `{"person":2001,"chat":2001,"message_id":2}`, `{}`},
		{"forward", `{"person":2001,"chat":2001,"message_id":1,"to":-1009000000001}`, `"message_id":2`},
		{"topic", `{"topic":8,"closed":true}`, `{}`},
		{"topic", `{"topic":8,"deleted":true}`, `{}`},
		{"join", `{"person":1001,"chat":-1009000000001,"in":false}`, `{}`},
		{"mute", `{"chat":-1009000000001,"mute":true}`, `{}`},
		{"kick", `{"chat":-1009000000001,"out":true}`, `{}`},
		{"deactivate", `{"person":2001}`, `{}`},
	} {
		if w := steer(s, step.path, step.body); w.Code != 200 || !strings.Contains(w.Body.String(), step.want) {
			t.Errorf("%s %s answered %d %s", step.path, step.body, w.Code, w.Body)
		}
	}
	for path, body := range map[string]string{
		"post": `{"person":2001,"chat":2001}`, "edit": `{"person":2001}`, "delete": `{"person":2001}`, "forward": `{"person":2001}`, "topic": `{"topic":1}`,
		"join": `{"person":5}`, "mute": `{"chat":2001}`, "kick": `{"chat":1}`, "deactivate": `{"person":5}`, "meet": `{"id":0}`,
	} {
		if w := steer(s, path, body); w.Code != 400 || !strings.Contains(w.Body.String(), `"error":`) {
			t.Errorf("%s %s answered %d %s", path, body, w.Code, w.Body)
		}
	}
}

func TestWhoUnblocksTheBotStartsAgain(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	for _, block := range []bool{true, true, false} {
		if err := s.Block(rahim, block); err != nil {
			t.Fatal(err)
		}
	}
	say(t, s, rahim, rahim, "/start again")
	all := into[[]struct {
		Member *struct {
			Old struct{ Status string } `json:"old_chat_member"`
			New struct{ Status string } `json:"new_chat_member"`
		} `json:"my_chat_member"`
		Message *struct{ Text string }
	}](t, must(t, call(t, s, "getUpdates", object{})))
	var told []string
	for _, u := range all {
		if u.Member != nil {
			told = append(told, u.Member.Old.Status+" to "+u.Member.New.Status)
		} else {
			told = append(told, u.Message.Text)
		}
	}
	if got := strings.Join(told, ", "); got != "/start, member to kicked, kicked to member, /start again" {
		t.Errorf("the bot was told %s", got)
	}
}
