package sandbox_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"rechargebot/bot/sandbox"
)

// Whatever a bot sends, it gets an answer of the Bot API, and the sandbox goes on.
func FuzzCall(f *testing.F) {
	f.Add("sendMessage", `{"chat_id":2001,"text":"<b>x</b>","parse_mode":"HTML","reply_markup":{"inline_keyboard":[[{"text":"a","callback_data":"b"}]]}}`)
	f.Add("sendMessage", `{"chat_id":2001,"text":"a\r\nb","entities":[{"type":"bold","offset":1,"length":2},{"type":"code","offset":0,"length":4}]}`)
	f.Add("editMessageText", `{"chat_id":2001,"message_id":2,"text":"/help"}`)
	f.Add("setMyCommands", `{"commands":[{"command":"a","description":"b"}],"scope":{"type":"chat","chat_id":2001},"language_code":"bn"}`)
	f.Add("sendDocument", `{"chat_id":2001,"document":"attach://x","caption":"y"}`)
	f.Add("getUpdates", `{"offset":-9223372036854775808,"limit":1,"timeout":0,"allowed_updates":[]}`)
	f.Fuzz(func(t *testing.T, method, body string) {
		if strings.EqualFold(method, "getUpdates") && strings.Contains(body, "timeout") || strings.EqualFold(method, "setWebhook") ||
			strings.ContainsFunc(method, func(r rune) bool { return r < 'A' || r > 'z' }) {
			return // it may wait, or call somebody, or is no path
		}
		s := sandbox.New(config())
		defer s.Close()
		if _, err := s.Send(rahim, rahim, "/start"); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/bot"+token+"/"+method, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		var got reply
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.OK != (w.Code == 200) {
			t.Fatalf("%s %q was answered %d %q", method, body, w.Code, w.Body)
		}
		must(t, call(t, s, "sendMessage", object{"chat_id": rahim, "text": "x"}))
	})
}
