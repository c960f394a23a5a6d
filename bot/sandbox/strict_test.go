package sandbox_test

import (
	"bytes"
	"mime/multipart"
	"net/url"
	"strings"
	"testing"

	"rechargebot/bot/sandbox"
)

// refusal is a wrong call and the answer to it; says may be the beginning of the description.
type refusal struct {
	method string
	body   any
	code   int
	says   string
}

func wrongTexts() map[string]refusal {
	return map[string]refusal{
		"no chat":            {"sendMessage", object{"text": "x"}, 400, "Bad Request: chat_id is empty"},
		"null chat":          {"sendMessage", object{"chat_id": nil, "text": "x"}, 400, `Bad Request: field "chat_id" must be of type Integer or String`},
		"chat as a fraction": {"sendMessage", `{"chat_id":-1.0e12,"text":"x"}`, 400, "Bad Request: chat not found"},
		"strange chat":       {"sendMessage", object{"chat_id": 77, "text": "x"}, 400, "Bad Request: chat not found"},
		"never started":      {"sendMessage", object{"chat_id": nobody, "text": "x"}, 403, "Forbidden: bot can't initiate conversation with a user"},
		"no text":            {"sendMessage", object{"chat_id": rahim}, 400, "Bad Request: message text is empty"},
		"empty text":         {"sendMessage", object{"chat_id": rahim, "text": "", "parse_mode": "HTML"}, 400, "Bad Request: message text is empty"},
		"only spaces":        {"sendMessage", object{"chat_id": rahim, "text": " \n\t"}, 400, "Bad Request: text must be non-empty"},
		"text too long":      {"sendMessage", object{"chat_id": rahim, "text": strings.Repeat("x", 4097)}, 400, "Bad Request: message is too long"},
		"too long in UTF-16": {"sendMessage", object{"chat_id": rahim, "text": strings.Repeat("😀", 2049)}, 400, "Bad Request: message is too long"},
		"text as a number":   {"sendMessage", object{"chat_id": rahim, "text": 5}, 400, `Bad Request: field "text" must be of type String`},
		"invented field":     {"sendMessage", object{"chat_id": rahim, "text": "x", "colour": "red"}, 400, `Bad Request: sendMessage has no field "colour"`},
		"field not played":   {"sendMessage", object{"chat_id": rahim, "text": "x", "message_effect_id": "1"}, 400, `Bad Request: the sandbox does not play the field "message_effect_id" of sendMessage`},
		"flag as text":       {"sendMessage", object{"chat_id": rahim, "text": "x", "disable_notification": "yes"}, 400, `Bad Request: field "disable_notification" must be of type Boolean`},
		"parse mode":         {"sendMessage", object{"chat_id": rahim, "text": "x", "parse_mode": "BBCode"}, 400, "Bad Request: unsupported parse_mode"},
		"two ways to format": {"sendMessage", object{"chat_id": rahim, "text": "x", "parse_mode": "HTML", "entities": []object{}}, 400, "Bad Request: parse_mode and entities can't go together"},
		"entity beyond":      {"sendMessage", object{"chat_id": rahim, "text": "x", "entities": []object{{"type": "bold", "offset": 0, "length": 2}}}, 400, "Bad Request: can't parse entities: entity bold ends behind the text"},
		"invented entity":    {"sendMessage", object{"chat_id": rahim, "text": "x", "entities": []object{{"type": "loud", "offset": 0, "length": 1}}}, 400, `Bad Request: field "type" can't be "loud"`},
		"topic":              {"sendMessage", object{"chat_id": ops, "text": "x", "message_thread_id": 9}, 400, "Bad Request: message thread not found"},
		"reply to nothing":   {"sendMessage", object{"chat_id": rahim, "text": "x", "reply_parameters": object{"message_id": 99}}, 400, "Bad Request: message to be replied not found"},
		"body is a list":     {"sendMessage", `[]`, 400, "Bad Request: the body must be a JSON object"},
		"body is cut":        {"sendMessage", `{"chat_id":`, 400, "Bad Request: can't parse the body as JSON"},
	}
}

func wrongKeyboards() map[string]refusal {
	button := func(b object) object {
		return object{"chat_id": rahim, "text": "x", "reply_markup": keyboard([]object{b})}
	}
	buttons := func(rows, each int) object {
		all := make([][]object, rows)
		for i := range all {
			for range each {
				all[i] = append(all[i], data("a", "b"))
			}
		}
		return object{"chat_id": rahim, "text": "x", "reply_markup": object{"inline_keyboard": all}}
	}
	return map[string]refusal{
		"only markup":         {"sendMessage", object{"chat_id": rahim, "text": "<b></b>", "parse_mode": "HTML"}, 400, "Bad Request: text must be non-empty"},
		"null field":          {"sendMessage", object{"chat_id": rahim, "text": "x", "reply_markup": nil}, 400, `Bad Request: field "reply_markup" must be of type Object`},
		"broken markup":       {"sendMessage", object{"chat_id": rahim, "text": "<b>x", "parse_mode": "HTML"}, 400, `Bad Request: can't parse entities: Can't find end tag corresponding to start tag "b"`},
		"null keyboard":       {"sendMessage", object{"chat_id": rahim, "text": "x", "reply_markup": object{"inline_keyboard": nil}}, 400, `Bad Request: field "inline_keyboard" must be of type Array`},
		"flat keyboard":       {"sendMessage", object{"chat_id": rahim, "text": "x", "reply_markup": object{"inline_keyboard": []object{data("a", "b")}}}, 400, `Bad Request: field "inline_keyboard" must be of type Array`},
		"empty markup":        {"sendMessage", object{"chat_id": rahim, "text": "x", "reply_markup": object{}}, 400, "Bad Request: object expected as reply markup"},
		"100 buttons":         {"sendMessage", buttons(26, 4), 400, "Bad Request: reply markup is too long"},
		"9 in a row":          {"sendMessage", buttons(1, 9), 400, `Bad Request: field "inline_keyboard" must have at most 8 elements and has 9`},
		"button says nothing": {"sendMessage", button(data("", "b")), 400, "Bad Request: can't parse inline keyboard button: button text must be non-empty"},
		"button does nothing": {"sendMessage", button(object{"text": "a"}), 400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"},
		"button does two":     {"sendMessage", button(object{"text": "a", "callback_data": "b", "copy_text": object{"text": "c"}}), 400, "Bad Request: can't parse inline keyboard button: exactly one of"},
		"library's noise":     {"sendMessage", button(object{"text": "a", "callback_data": "b", "copy_text": object{"text": ""}}), 400, "Bad Request: BUTTON_COPY_TEXT_INVALID"},
		"empty data":          {"sendMessage", button(data("a", "")), 400, "Bad Request: BUTTON_DATA_INVALID"},
		"65 bytes of data":    {"sendMessage", button(data("a", strings.Repeat("é", 32)+"x")), 400, "Bad Request: BUTTON_DATA_INVALID"},
		"copies too much":     {"sendMessage", button(object{"text": "a", "copy_text": object{"text": strings.Repeat("x", 257)}}), 400, "Bad Request: BUTTON_COPY_TEXT_INVALID"},
		"style":               {"sendMessage", button(object{"text": "a", "callback_data": "b", "style": "warning"}), 400, "Bad Request: can't parse inline keyboard button: invalid button style specified"},
		"link":                {"sendMessage", button(object{"text": "a", "url": "not a link"}), 400, "Bad Request: inline keyboard button URL 'not a link' is invalid"},
		"button's field":      {"sendMessage", button(object{"text": "a", "callback_data": "b", "disabled": true}), 400, `Bad Request: InlineKeyboardButton has no field "disabled"`},
		"contact in a group":  {"sendMessage", object{"chat_id": ops, "text": "x", "reply_markup": object{"keyboard": [][]object{{{"text": "Share", "request_contact": true}}}}}, 400, "Bad Request: phone number can be requested in private chats only"},
	}
}

func wrongCalls() map[string]refusal {
	return map[string]refusal{
		"unknown method":      {"sendRocket", object{}, 404, "Not Found"},
		"edit too long":       {"editMessageText", object{"chat_id": rahim, "message_id": 1, "text": strings.Repeat("x", 4097)}, 400, "Bad Request: MESSAGE_TOO_LONG"},
		"edit nothing":        {"editMessageText", object{"chat_id": rahim, "message_id": 55, "text": "x"}, 400, "Bad Request: message to edit not found"},
		"edit a person's":     {"editMessageText", object{"chat_id": rahim, "message_id": 1, "text": "x"}, 400, "Bad Request: message can't be edited"},
		"edit without number": {"editMessageText", object{"chat_id": rahim, "text": "x"}, 400, "Bad Request: message identifier is not specified"},
		"edit with a list":    {"editMessageText", object{"chat_id": rahim, "message_id": 1, "text": "x", "reply_markup": object{"remove_keyboard": true}}, 400, `Bad Request: InlineKeyboardMarkup has no field "remove_keyboard"`},
		"delete nothing":      {"deleteMessage", object{"chat_id": rahim, "message_id": 55}, 400, "Bad Request: message to delete not found"},
		"unknown press":       {"answerCallbackQuery", object{"callback_query_id": "1"}, 400, "Bad Request: query is too old and response timeout expired or query ID is invalid"},
		"long toast":          {"answerCallbackQuery", object{"callback_query_id": "1", "text": strings.Repeat("x", 201)}, 400, "Bad Request: MESSAGE_TOO_LONG"},
		"upper-case command":  {"setMyCommands", object{"commands": []object{{"command": "Start", "description": "x"}}}, 400, "Bad Request: BOT_COMMAND_INVALID"},
		"mute command":        {"setMyCommands", object{"commands": []object{{"command": "start", "description": ""}}}, 400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"},
		"scope":               {"setMyCommands", object{"commands": []object{}, "scope": object{"type": "planet"}}, 400, `Bad Request: field "type" can't be "planet"`},
		"scope without chat":  {"setMyCommands", object{"commands": []object{}, "scope": object{"type": "chat"}}, 400, `Bad Request: can't find field "chat_id" of BotCommandScopeChat`},
		"action":              {"sendChatAction", object{"chat_id": rahim, "action": "thinking"}, 400, `Bad Request: field "action" can't be "thinking"`},
		"limit":               {"getUpdates", object{"limit": 101}, 400, `Bad Request: field "limit" must be between 1 and 100 and is 101`},
		"kind of update":      {"getUpdates", object{"allowed_updates": []string{"messages"}}, 400, `Bad Request: field "allowed_updates" can't be "messages"`},
	}
}

func TestEveryWrongCallIsRefusedInWords(t *testing.T) {
	t.Parallel()
	for _, table := range []map[string]refusal{wrongTexts(), wrongKeyboards(), wrongCalls()} {
		for name, c := range table {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := play(t, config())
				got := call(t, s, c.method, c.body)
				if got.Code != c.code || !strings.HasPrefix(got.Description, c.says) {
					t.Errorf("answered %d %q, want %d %q", got.Code, got.Description, c.code, c.says)
				}
				if n := len(s.Messages(rahim)); n != 1 {
					t.Errorf("the chat has %d messages, want 1", n)
				}
			})
		}
	}
}

func TestAWrongTokenIsUnauthorized(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	got := send(t, s, "GET", "/bot4242:other/getMe", "", nil)
	if got.Code != 401 || got.Description != "Unauthorized" {
		t.Errorf("got %d %q", got.Code, got.Description)
	}
}

func TestEveryKindOfBodyIsUnderstood(t *testing.T) {
	t.Parallel()
	markup := `{"inline_keyboard":[[{"text":"Go","callback_data":"go"}]]}`
	values := url.Values{"chat_id": {"2001"}, "text": {"hello"}, "disable_notification": {"true"}, "reply_markup": {markup}}
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	for name := range values {
		if err := parts.WriteField(name, values.Get(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := parts.Close(); err != nil {
		t.Fatal(err)
	}
	s := play(t, config())
	path := "/bot" + token + "/sendMessage"
	for name, got := range map[string]reply{
		"query":      send(t, s, "GET", path+"?"+values.Encode(), "", nil),
		"urlencoded": send(t, s, "POST", path, "application/x-www-form-urlencoded", strings.NewReader(values.Encode())),
		"multipart":  send(t, s, "POST", path, parts.FormDataContentType(), &form),
		"json":       call(t, s, "sendMessage", `{"chat_id":2001,"text":"hello","disable_notification":true,"reply_markup":`+markup+`}`),
	} {
		m := into[sandbox.Message](t, got)
		if m.Text != "hello" || len(m.Labels()) != 1 || m.Labels()[0] != "Go" {
			t.Errorf("%s: sent %+v", name, m)
		}
	}
	for name, got := range map[string]reply{
		"twice":   send(t, s, "GET", path+"?"+values.Encode()+"&text=again", "", nil),
		"file":    send(t, s, "POST", path, "text/csv", strings.NewReader("a,b")),
		"no type": send(t, s, "POST", path, "", strings.NewReader("a")),
	} {
		if got.Code != 400 {
			t.Errorf("%s: answered %d %s", name, got.Code, got.Description)
		}
	}
}

func TestABlockedBotCannotWrite(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	if err := s.Block(rahim, true); err != nil {
		t.Fatal(err)
	}
	got := call(t, s, "sendMessage", object{"chat_id": rahim, "text": "hello?"})
	if got.Code != 403 || got.Description != "Forbidden: bot was blocked by the user" {
		t.Errorf("got %d %q", got.Code, got.Description)
	}
	if _, err := s.Send(rahim, rahim, "hello"); err == nil {
		t.Error("a person who has blocked the bot wrote to it")
	}
	if err := s.Block(rahim, false); err != nil {
		t.Fatal(err)
	}
	must(t, call(t, s, "sendMessage", object{"chat_id": rahim, "text": "welcome back"}))
}

func TestABasicGroupMovesAndTellsWhere(t *testing.T) {
	t.Parallel()
	c := config()
	c.Group.ID = -5001
	s := play(t, c)
	id, err := s.Migrate(-5001)
	if err != nil {
		t.Fatal(err)
	}
	got := call(t, s, "sendMessage", object{"chat_id": -5001, "text": "x"})
	if got.Code != 400 || got.Description != "Bad Request: group chat was upgraded to a supergroup chat" || got.Parameters.MigrateTo != id {
		t.Errorf("the old group answered %+v", got)
	}
	must(t, call(t, s, "sendMessage", object{"chat_id": id, "text": "x"}))
	if _, err := s.Migrate(id); err == nil {
		t.Error("a supergroup moved again")
	}
}
