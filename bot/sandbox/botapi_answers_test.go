package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// holds checks a value that the sandbox has sent against the description; where is its place. Anything
// unknown, missing or of another type is told.
func (api botAPI) holds(where string, types []string, v any) []string {
	var trouble []string
	for i, one := range types {
		found := api.holdsOne(where, one, v)
		if len(found) == 0 {
			return nil
		}
		if i == 0 || len(found) < len(trouble) {
			trouble = found
		}
	}
	return trouble
}

func (api botAPI) holdsOne(where, kind string, v any) []string {
	if inner, ok := strings.CutPrefix(kind, "Array of "); ok {
		all, ok := v.([]any)
		if !ok {
			return []string{where + " is no array"}
		}
		var trouble []string
		for i, one := range all {
			trouble = append(trouble, api.holds(fmt.Sprintf("%s[%d]", where, i), []string{inner}, one)...)
		}
		return trouble
	}
	number, isNumber := v.(json.Number)
	_, isText := v.(string)
	_, isBool := v.(bool)
	switch kind {
	case "String":
		return unless(isText, where+" is no text")
	case "Boolean":
		return unless(isBool, where+" is no yes or no")
	case "Float":
		return unless(isNumber, where+" is no number")
	case "Integer":
		return unless(isNumber && !strings.ContainsAny(number.String(), ".eE"), where+" is no whole number")
	}
	one := api.Types[kind]
	if len(one.Subtypes) > 0 {
		return api.holds(where, one.Subtypes, v)
	}
	o, ok := v.(map[string]any)
	if !ok || one.Name == "" {
		return []string{fmt.Sprintf("%s is no %s", where, kind)}
	}
	return api.holdsFields(where, one, o)
}

func (api botAPI) holdsFields(where string, kind apiType, o map[string]any) []string {
	var trouble []string
	for name := range o {
		if !slices.ContainsFunc(kind.Fields, func(f apiField) bool { return f.Name == name }) {
			trouble = append(trouble, fmt.Sprintf("%s: %s has no field %q", where, kind.Name, name))
		}
	}
	for _, f := range kind.Fields {
		v, there := o[f.Name]
		switch {
		case there:
			trouble = append(trouble, api.holds(where+"."+f.Name, f.Types, v)...)
		case f.Required:
			trouble = append(trouble, fmt.Sprintf("%s: %s lacks %q", where, kind.Name, f.Name))
		}
	}
	return trouble
}

func unless(ok bool, trouble string) []string {
	if ok {
		return nil
	}
	return []string{trouble}
}

// storyteller drives a sandbox through everything that it plays, and holds each answer and each update
// against the description.
type storyteller struct {
	t   *testing.T
	api botAPI
	s   *Server
}

func (st storyteller) call(method, kind string, body io.Reader) map[string]any {
	st.t.Helper()
	r := httptest.NewRequestWithContext(st.t.Context(), "POST", "/bot1:x/"+method, body)
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	st.s.Handler().ServeHTTP(w, r)
	v, err := decodeJSON(w.Body.Bytes())
	if err != nil {
		st.t.Fatalf("%s answered %q: %v", method, w.Body, err)
	}
	answer := v.(map[string]any)
	if answer["ok"] != true {
		st.t.Fatalf("%s was refused: %v", method, answer["description"])
	}
	m, ok := st.s.method(method)
	if !ok {
		st.t.Fatalf("no method %s", method)
	}
	for _, trouble := range st.api.holds(method, st.api.Methods[m.name].Returns, answer["result"]) {
		st.t.Error(trouble)
	}
	result, _ := answer["result"].(map[string]any)
	return result
}

func (st storyteller) json(method, body string) map[string]any {
	st.t.Helper()
	return st.call(method, "application/json", strings.NewReader(body))
}

func (st storyteller) must(_ any, err error) {
	st.t.Helper()
	if err != nil {
		st.t.Fatal(err)
	}
}

func TestAnswersAndUpdatesAreThoseOfTheBotAPI(t *testing.T) {
	t.Parallel()
	st := storyteller{t: t, api: readBotAPI(t), s: New(Config{
		Token: "1:x", BotName: "x_bot", Limits: Limits{Off: true},
		People: []Person{{ID: 7, FirstName: "Rahim", LastName: "U", Username: "rahim", Language: "bn"}, {ID: 8, FirstName: "Ann"}},
		Group:  Group{ID: -1_000_000_000_500, Title: "Ops", SeesAll: true, Topics: []Topic{{ID: 5, Name: "Alerts"}}},
	})}
	const group = -1_000_000_000_500
	st.peopleAct(group)
	st.botCalls(group)
	st.chatsChange(group)
	seen := map[string]int{}
	for offset := int64(0); ; {
		r := httptest.NewRequestWithContext(t.Context(), "GET", fmt.Sprintf("/bot1:x/getUpdates?limit=100&offset=%d", offset), nil)
		w := httptest.NewRecorder()
		st.s.Handler().ServeHTTP(w, r)
		v, err := decodeJSON(w.Body.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		all := v.(map[string]any)["result"].([]any)
		if len(all) == 0 {
			break
		}
		for _, u := range all {
			id, _ := u.(map[string]any)["update_id"].(json.Number).Int64()
			offset = id + 1
			for kind := range u.(map[string]any) {
				seen[kind]++
			}
			for _, trouble := range st.api.holds("update", []string{"Update"}, u) {
				t.Error(trouble)
			}
		}
	}
	for _, kind := range []string{"message", "edited_message", "callback_query", "my_chat_member"} {
		if seen[kind] == 0 {
			t.Errorf("no update of the kind %s was looked at: %v", kind, seen)
		}
	}
	t.Logf("updates held against the description: %v", seen)
}

func (st storyteller) peopleAct(group int64) {
	s := st.s
	seen := &bytes.Buffer{}
	if err := png.Encode(seen, image.NewRGBA(image.Rect(0, 0, 5, 5))); err != nil {
		st.t.Fatal(err)
	}
	for _, p := range []Posting{
		{Text: "/start"}, {Photo: &File{Name: "a.png", Data: seen.Bytes()}, Caption: "x"}, {Document: &File{Name: "a.pdf", Data: []byte("x")}},
		{Sticker: "😀"}, {Voice: 3}, {Location: &Location{Latitude: 23.75, Longitude: 90.5}}, {Contact: &Contact{Phone: "1", FirstName: "K", UserID: 7, VCard: "x"}},
		{Text: "hi", Origin: &Origin{Type: "hidden_user", Date: 1, HiddenName: "Somebody"}}, {Text: "re", ReplyTo: 1},
	} {
		st.must(s.Post(7, 7, p))
	}
	for _, as := range []Guise{Openly, Anonymously, AsChannel, FromTheBoard} {
		st.must(s.Post(8, group, Posting{Text: "hello", As: as, Topic: 5}))
	}
	st.must(s.Forward(7, 7, 1, group))
	st.must(s.Edit(7, 7, 1, "changed"))
	st.must(nil, s.Join(8, group, false))
	st.must(nil, s.Join(8, group, true))
}

func (st storyteller) botCalls(group int64) {
	markup := `{"inline_keyboard":[[{"text":"Go","callback_data":"go","style":"success"},{"text":"C","copy_text":{"text":"x"}},{"text":"L","url":"https://example.org"}]]}`
	st.json("getMe", `{}`)
	html := `<b>a</b> <i>b</i> <u>c</u> <s>d</s> <tg-spoiler>e</tg-spoiler> <code>f</code> <pre><code class=\"language-go\">g</code></pre> <a href=\"https://example.org\">h</a> <blockquote expandable>i</blockquote> <tg-emoji emoji-id=\"5\">👍</tg-emoji> <tg-time unix=\"1647531900\" format=\"wDT\">then</tg-time> /help`
	m := st.json("sendMessage", `{"chat_id":7,"text":"`+html+`","parse_mode":"HTML","reply_markup":`+markup+`,"reply_parameters":{"message_id":1}}`)
	id := m["message_id"]
	st.json("sendMessage", fmt.Sprintf(`{"chat_id":%d,"text":"alert","message_thread_id":5}`, group))
	st.json("sendMessage", `{"chat_id":7,"text":"number?","reply_markup":{"force_reply":true,"input_field_placeholder":"01…"}}`)
	press, err := st.s.Press(7, 7, st.number(id), "Go")
	st.must(press, err)
	st.json("answerCallbackQuery", `{"callback_query_id":"`+press.Query+`","text":"done"}`)
	st.must(st.s.Forge(7, 7, 9999, "gone"))
	st.must(st.s.PressInline(7, "BAAA", "inline"))
	st.json("editMessageText", fmt.Sprintf(`{"chat_id":7,"message_id":%s,"text":"new"}`, id))
	st.json("editMessageReplyMarkup", fmt.Sprintf(`{"chat_id":7,"message_id":%s,"reply_markup":%s}`, id, markup))
	st.json("deleteMessage", fmt.Sprintf(`{"chat_id":7,"message_id":%s}`, id))
	st.json("sendChatAction", `{"chat_id":7,"action":"typing"}`)
	st.json("getChat", `{"chat_id":7}`)
	st.json("getChat", fmt.Sprintf(`{"chat_id":%d}`, group))
	st.json("setMyCommands", `{"commands":[{"command":"help","description":"x"}],"scope":{"type":"chat","chat_id":7},"language_code":"bn"}`)
	st.json("getMyCommands", `{"scope":{"type":"chat","chat_id":7},"language_code":"bn"}`)
	st.json("deleteMyCommands", `{}`)
	st.json("getWebhookInfo", `{}`)
	st.json("deleteWebhook", `{}`)
	photo := &bytes.Buffer{}
	if err := png.Encode(photo, image.NewRGBA(image.Rect(0, 0, 5, 5))); err != nil {
		st.t.Fatal(err)
	}
	boundary := "multipart/form-data; boundary=b"
	part := func(field, name, body string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n7\r\n--b\r\nContent-Disposition: form-data; name=\"" + field +
			"\"; filename=\"" + name + "\"\r\n\r\n" + body + "\r\n--b--\r\n"
	}
	st.call("sendPhoto", boundary, strings.NewReader(part("photo", "a.png", photo.String())))
	d := st.call("sendDocument", boundary, strings.NewReader(part("document", "a.pdf", "x")))
	st.json("getFile", fmt.Sprintf(`{"file_id":%q}`, d["document"].(map[string]any)["file_id"]))
}

func (st storyteller) number(v any) int64 {
	n, err := v.(json.Number).Int64()
	st.must(n, err)
	return n
}

func (st storyteller) chatsChange(group int64) {
	st.must(nil, st.s.Mute(group, true))
	st.must(nil, st.s.Kick(group, true))
	st.must(nil, st.s.Kick(group, false))
	st.must(nil, st.s.Block(7, true))
	st.must(nil, st.s.Block(7, false))
}

func TestTheComparisonSeesWhatDiffers(t *testing.T) {
	t.Parallel()
	api := readBotAPI(t)
	for name, c := range map[string]struct{ kind, value string }{
		"missing":         {"Message", `{"message_id":1,"date":1}`},
		"unknown":         {"Message", `{"message_id":1,"date":1,"chat":{"id":1,"type":"private"},"colour":"red"}`},
		"wrong type":      {"Message", `{"message_id":"1","date":1,"chat":{"id":1,"type":"private"}}`},
		"fraction":        {"Message", `{"message_id":1.5,"date":1,"chat":{"id":1,"type":"private"}}`},
		"deep":            {"Message", `{"message_id":1,"date":1,"chat":{"id":1,"type":"private"},"entities":[{"type":"bold","offset":0}]}`},
		"none of a union": {"ChatMember", `{"status":"member"}`},
		"no array":        {"Array of Update", `{}`},
		"null":            {"User", `null`},
	} {
		v, err := decodeJSON([]byte(c.value))
		if err != nil {
			t.Fatal(err)
		}
		if len(api.holds("value", []string{c.kind}, v)) == 0 {
			t.Errorf("%s: %s passes for a %s", name, c.value, c.kind)
		}
	}
	rules := &comparison{api: api, differs: map[string]string{}, walked: map[string]bool{}}
	wrong := textFields()
	delete(wrong, "protect_content")
	wrong["colour"] = optional(yesNo())
	wrong["chat_id"] = optional(shape{kind: integer})
	wrong["text"] = required(formatted(1, 4097))
	wrong["reply_markup"] = optional(inlineKeyboard())
	rules.compareFields("sendMessage", wrong, api.Methods["sendMessage"].Fields)
	for _, where := range []string{"protect_content missing", "colour invented", "chat_id required", "chat_id type", "text length", "reply_markup type"} {
		if rules.differs["sendMessage."+where] == "" {
			t.Errorf("the comparison does not see %q: %v", where, rules.differs)
		}
	}
}
