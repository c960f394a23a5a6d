package bot_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/storage"
)

// Telegram repeats in its answers what we sent: names, numbers, sums. None of it gets into the log when such an answer
// cannot be read, or when it complains.
func TestTelegramsAnswersAreNotRepeatedInTheLog(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"a complaint":      `{"ok":false,"error_code":400,"description":"Bad Request: can't parse entities: unsupported start tag \"০১৭১২৩৪৫৬৭৮\" near 01712345678"}`,
		"cut off":          `{"ok":true,"result":{"message_id":5,"chat":{"id":1,"first_name":"Rahima"},"text":"01712345678`,
		"of another shape": `{"ok":true,"result":{"message_id":"01712345678","chat":{"id":1,"first_name":"Rahima"}}}`,
		"of no shape":      `{"ok":true,"result":"Rahima 01712345678"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g, s := newTelegram(), newStore(1)
				var log bytes.Buffer
				c := config(t, g, s, newDesk(s))
				c.Logger = textLogger(&log)
				left := map[string]int{"sendMessage": 1, "answerCallbackQuery": 9}
				g.refuse = func(of call) *refusal {
					if left[of.method] == 0 {
						return nil
					}
					left[of.method]--
					return &refusal{code: 200, body: body}
				}
				if err := s.Owe(t.Context(), storage.Notice{Chat: 1, Kind: storage.NoticeMessage, Body: words("hello")}); err != nil {
					t.Error(err)
				}
				_, stop := running(t, c)
				g.say(pressed(1, 70, "x"))
				pass(10 * time.Second)
				stopped(t, stop)
				if sent := texts(g.took()); !slices.Contains(sent, "hello") {
					t.Errorf("sent: %q", sent)
				}
				if said := log.String(); strings.Contains(said, "1712345678") || strings.Contains(said, "০১৭১") || strings.Contains(said, "Rahima") || !strings.Contains(said, "sendMessage") {
					t.Errorf("the log says:\n%s", said)
				}
			})
		})
	}
}
