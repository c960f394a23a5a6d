package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rechargebot/bot/sandbox"
)

func picture64(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// form makes a multipart body: fields, and files as name, file name, bytes.
func form(t *testing.T, fields object, files ...[3]string) (string, *bytes.Buffer) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, v := range fields {
		words, ok := v.(string)
		if !ok {
			raw, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			words = string(raw)
		}
		if err := w.WriteField(name, words); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range files {
		part, err := w.CreateFormFile(f[0], f[1])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte(f[2])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), &b
}

func upload(t *testing.T, s *sandbox.Server, method string, fields object, files ...[3]string) reply {
	t.Helper()
	kind, body := form(t, fields, files...)
	return send(t, s, "POST", "/bot"+token+"/"+method, kind, body)
}

func get(s *sandbox.Server, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w
}

func TestTheBotSendsPhotosAndDocuments(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	seen := string(picture64(t, 40, 30))
	attached := into[sandbox.Message](t, upload(t, s, "sendPhoto", object{"chat_id": rahim, "photo": "attach://cat", "caption": "<b>Receipt</b>", "parse_mode": "HTML",
		"reply_markup": keyboard([]object{data("Yes", "y")})}, [3]string{"cat", "cat.png", seen}))
	if len(attached.Photo) != 1 || attached.Photo[0].Width != 40 || attached.Photo[0].Height != 30 || attached.Caption != "Receipt" ||
		len(attached.CaptionEntities) != 1 || len(attached.Labels()) != 1 || attached.Text != "" {
		t.Errorf("the photo came as %+v", attached)
	}
	again := into[sandbox.Message](t, call(t, s, "sendPhoto", object{"chat_id": rahim, "photo": attached.Photo[0].ID}))
	if again.Photo[0].Size != len(seen) || again.Caption != "" {
		t.Errorf("the same photo again came as %+v", again)
	}
	m := into[sandbox.Message](t, upload(t, s, "sendDocument", object{"chat_id": rahim}, [3]string{"document", "list.csv", "a,b\n"}))
	if m.Document == nil || m.Document.Name != "list.csv" || m.Document.Size != 4 || m.Document.Type != "text/csv" {
		t.Errorf("the document came as %+v", m.Document)
	}
	found := into[map[string]any](t, call(t, s, "getFile", object{"file_id": m.Document.ID}))
	if w := get(s, "/file/bot"+token+"/"+found["file_path"].(string)); w.Code != 200 || w.Body.String() != "a,b\n" {
		t.Errorf("the download gave %d %q", w.Code, w.Body)
	}
	for path, code := range map[string]int{"/file/bot4242:other/" + found["file_path"].(string): 401, "/file/bot" + token + "/documents/none": 404} {
		if w := get(s, path); w.Code != code {
			t.Errorf("%s gave %d, want %d", path, w.Code, code)
		}
	}
	for _, c := range s.Calls() {
		if raw, err := json.Marshal(c.Params); err != nil || len(raw) > 500 {
			t.Errorf("the log of calls keeps %d bytes of %s (%v)", len(raw), c.Method, err)
		}
	}
}

func TestFilesAreRefusedInTelegramsWords(t *testing.T) {
	t.Parallel()
	photo := func(width, height int) [3]string {
		return [3]string{"photo", "a.png", string(picture64(t, width, height))}
	}
	for name, c := range map[string]struct {
		method string
		fields object
		files  [][3]string
		says   string
	}{
		"no file":             {"sendPhoto", object{}, nil, "there is no photo in the request"},
		"no such part":        {"sendDocument", object{"document": "attach://x"}, nil, `there is no file in the part "x"`},
		"file of no field":    {"sendDocument", object{"document": "attach://x"}, [][3]string{{"x", "a", "a"}, {"y", "b", "b"}}, `sendDocument has no field "y"`},
		"unknown id":          {"sendDocument", object{"document": "BQAC"}, nil, "wrong file identifier/HTTP URL specified"},
		"empty":               {"sendDocument", object{}, [][3]string{{"document", "a", ""}}, "file must be non-empty"},
		"no picture":          {"sendPhoto", object{}, [][3]string{{"photo", "a.png", "not a picture"}}, "IMAGE_PROCESS_FAILED"},
		"a ribbon":            {"sendPhoto", object{}, [][3]string{photo(210, 10)}, "PHOTO_INVALID_DIMENSIONS"},
		"a wall":              {"sendPhoto", object{}, [][3]string{photo(9000, 1001)}, "PHOTO_INVALID_DIMENSIONS"},
		"caption":             {"sendPhoto", object{"caption": strings.Repeat("x", 1025)}, [][3]string{photo(9, 9)}, "message caption is too long"},
		"broken caption":      {"sendPhoto", object{"caption": "<b>x", "parse_mode": "HTML"}, [][3]string{photo(9, 9)}, "can't parse entities"},
		"file in place of it": {"sendMessage", object{}, [][3]string{{"text", "a.txt", "hello"}}, `field "text" must be of type String`},
		"unknown file":        {"getFile", object{"file_id": "x"}, nil, "wrong file_id or the file is temporarily unavailable"},
	} {
		s := play(t, config())
		if c.method != "getFile" {
			c.fields["chat_id"] = fmt.Sprint(rahim)
		}
		r := upload(t, s, c.method, c.fields, c.files...)
		if r.Code != 400 || !strings.HasPrefix(r.Description, "Bad Request: "+c.says) {
			t.Errorf("%s: answered %d %q, want %q", name, r.Code, r.Description, c.says)
		}
		if n := len(s.Messages(rahim)); n != 1 {
			t.Errorf("%s: the chat has %d messages", name, n)
		}
	}
	s := play(t, config())
	if r := upload(t, s, "sendDocument", object{"chat_id": fmt.Sprint(rahim)}, [3]string{"document", "a", strings.Repeat("x", 22<<20)}); r.Code != 413 {
		t.Errorf("22 MB were answered %d %q", r.Code, r.Description)
	}
}

func TestOldFilesMakeRoomForNewOnes(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	var ids []string
	for i := range 5 {
		sent, err := s.Post(rahim, rahim, sandbox.Posting{Document: &sandbox.File{Name: "a.bin", Data: bytes.Repeat([]byte{byte(i)}, 15<<20)}})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, s.Messages(rahim)[sent.Message-1].Document.ID)
	}
	if r := call(t, s, "getFile", object{"file_id": ids[0]}); r.Code != 400 {
		t.Errorf("75 MB are kept: %+v", r)
	}
	must(t, call(t, s, "getFile", object{"file_id": ids[4]}))
}

func TestThePageSendsAndShowsFiles(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	media := func(fields object, files ...[3]string) *httptest.ResponseRecorder {
		kind, body := form(t, fields, files...)
		r := httptest.NewRequest("POST", "/sandbox/media", body)
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w
	}
	seen := string(picture64(t, 9, 9))
	who := object{"chat": "2001", "from": "2001", "kind": "photo", "caption": "look"}
	if w := media(who, [3]string{"file", "a.png", seen}); w.Code != 200 || !strings.Contains(w.Body.String(), `"message_id":2`) {
		t.Fatalf("a photo: %d %s", w.Code, w.Body)
	}
	if w := media(object{"chat": "2001", "from": "2001", "kind": "document"}, [3]string{"file", "evil.html", "<script>alert(1)</script>"}); w.Code != 200 {
		t.Fatalf("a document: %d %s", w.Code, w.Body)
	}
	all := s.Messages(rahim)
	if w := get(s, "/sandbox/files/"+all[1].Photo[0].ID); w.Body.String() != seen || w.Header().Get("Content-Type") != "image/png" {
		t.Errorf("the photo is shown as %v", w.Header())
	}
	w := get(s, "/sandbox/files/"+all[2].Document.ID)
	if h := w.Header(); h.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("a page of somebody's is served as %v", h)
	}
	if w := get(s, "/sandbox/files/none"); w.Code != http.StatusNotFound {
		t.Errorf("a file that is not there: %d", w.Code)
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"no file":    media(who),
		"no kind":    media(object{"chat": "2001", "from": "2001"}, [3]string{"file", "a.png", seen}),
		"nobody":     media(object{"chat": "2001", "from": "x", "kind": "photo"}, [3]string{"file", "a.png", seen}),
		"no picture": media(who, [3]string{"file", "a.png", "x"}),
	} {
		if w.Code != 400 || !strings.Contains(w.Body.String(), `"error":`) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestPeopleSendWhateverTelegramHas(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	post := func(p sandbox.Posting) map[string]any {
		t.Helper()
		sent, err := s.Post(rahim, rahim, p)
		if err != nil {
			t.Fatal(err)
		}
		all := into[[]map[string]map[string]any](t, rawUpdates(t, s, sent.Update))
		return all[0]["message"]
	}
	for name, p := range map[string]sandbox.Posting{
		"photo":    {Photo: &sandbox.File{Name: "a.png", Data: picture64(t, 3, 3)}, Caption: "/start"},
		"document": {Document: &sandbox.File{Name: "a.pdf", Data: []byte("%PDF")}},
		"sticker":  {Sticker: "😀"},
		"voice":    {Voice: 7},
		"location": {Location: &sandbox.Location{Latitude: 23.7, Longitude: 90.4}},
		"contact":  {Contact: &sandbox.Contact{Phone: "+88017", FirstName: "K", VCard: "BEGIN:VCARD\r\nEND:VCARD"}},
	} {
		m := post(p)
		if m[name] == nil || m["text"] != nil {
			t.Errorf("%s came as %v", name, m)
		}
	}
	for _, p := range []sandbox.Posting{{}, {Text: "a", Sticker: "😀"}, {Text: " "}, {Text: strings.Repeat("x", 4097)}, {Contact: &sandbox.Contact{}},
		{Document: &sandbox.File{Name: "a"}}, {Photo: &sandbox.File{Name: "a", Data: []byte("x")}}, {Text: "a", As: "ghost"}, {Text: "a", As: sandbox.Anonymously}, {Text: "a", Topic: 5}} {
		if _, err := s.Post(rahim, rahim, p); err == nil {
			t.Errorf("%+v was sent", p)
		}
	}
}

// rawUpdates polls from an update on, with numbers in place of the update's own id.
func rawUpdates(t *testing.T, s *sandbox.Server, from int64) reply {
	t.Helper()
	r := must(t, call(t, s, "getUpdates", object{"offset": from}))
	r.Result = bytes.ReplaceAll(r.Result, []byte(fmt.Sprintf(`,"update_id":%d`, from)), nil)
	r.Result = bytes.ReplaceAll(r.Result, []byte(fmt.Sprintf(`"update_id":%d,`, from)), nil)
	return r
}

func TestWhoHidesInTheGroupComesUnderTelegramsOwnAccounts(t *testing.T) {
	t.Parallel()
	c := config()
	c.Group.SeesAll = true
	s := play(t, c)
	for as, want := range map[sandbox.Guise][2]int64{
		sandbox.Anonymously: {1087968824, ops}, sandbox.AsChannel: {136817688, -1_002_000_001_001}, sandbox.FromTheBoard: {777000, -1_002_000_001_001},
	} {
		sent, err := s.Post(ann, ops, sandbox.Posting{Text: "/approve", As: as})
		if err != nil {
			t.Fatal(err)
		}
		m := find(t, s, ops, sent.Message)
		if m.From.ID != want[0] || m.SenderChat == nil || m.SenderChat.ID != want[1] {
			t.Errorf("%s came from %+v, chat %+v", as, m.From, m.SenderChat)
		}
	}
	if err := s.Meet(sandbox.Person{ID: 9, FirstName: "Other", Username: "other_bot", Bot: true}); err != nil {
		t.Fatal(err)
	}
	if m := find(t, s, ops, say(t, s, 9, ops, "/approve").Message); !m.From.IsBot {
		t.Errorf("another bot came as %+v", m.From)
	}
	if _, err := s.Send(9, 9, "hello"); err == nil {
		t.Error("a bot wrote to a bot in private")
	}
}

func find(t *testing.T, s *sandbox.Server, chat, id int64) sandbox.Message {
	t.Helper()
	for _, m := range s.Messages(chat) {
		if m.ID == id {
			return m
		}
	}
	t.Fatalf("no message %d in chat %d", id, chat)
	return sandbox.Message{}
}

func TestPeopleEditAndDeleteTheirMessages(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	m := offer(t, s)
	sent, err := s.Edit(rahim, rahim, 1, "/help")
	if err != nil || sent.Update == 0 {
		t.Fatalf("edited: %+v, %v", sent, err)
	}
	if now := find(t, s, rahim, 1); now.Text != "/help" || now.EditDate == 0 {
		t.Errorf("the message is now %+v", now)
	}
	if diff := cmp.Diff("edited_message", kindOf(t, rawUpdates(t, s, sent.Update))); diff != "" {
		t.Error(diff)
	}
	if _, err := s.Edit(rahim, rahim, m.ID, "mine"); err == nil {
		t.Error("a person edited the bot's message")
	}
	if err := s.Delete(rahim, rahim, m.ID); err != nil {
		t.Fatal(err)
	}
	if r := call(t, s, "editMessageText", object{"chat_id": rahim, "message_id": m.ID, "text": "x"}); r.Description != "Bad Request: message to edit not found" {
		t.Errorf("an edit of a card that its reader deleted: %+v", r)
	}
	alert := into[sandbox.Message](t, call(t, s, "sendMessage", object{"chat_id": ops, "text": "alert"}))
	if err := s.Delete(ann, ops, alert.ID); err == nil {
		t.Error("a member deleted the bot's message in the group")
	}
}

// kindOf is the kind of the first update.
func kindOf(t *testing.T, r reply) string {
	t.Helper()
	for kind := range into[[]map[string]json.RawMessage](t, r)[0] {
		if kind != "update_id" {
			return kind
		}
	}
	return ""
}
