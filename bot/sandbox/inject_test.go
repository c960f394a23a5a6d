package sandbox_test

import (
	"testing"

	"rechargebot/bot/sandbox"
)

// What no person on the page can do still reaches the bot, and a press of it can be answered.
func TestInjectedUpdatesReachTheBot(t *testing.T) {
	t.Parallel()
	s := sandbox.New(sandbox.Config{Token: "1:x", BotName: "x_bot"})
	message := s.Inject("message", map[string]any{"message_id": 1, "date": 1, "chat": map[string]any{"id": -5, "type": "group"}})
	press := s.Inject("callback_query", map[string]any{"from": map[string]any{"id": 7}, "inline_message_id": "abc", "data": "x"})
	if message == 0 || press != message+1 || s.LastUpdate() != press {
		t.Errorf("updates %d and %d, the last is %d", message, press, s.LastUpdate())
	}
	if s.Inject("inline_query", map[string]any{}) == 0 {
		t.Error("an inline query is among the updates that a new bot gets")
	}
	if n := s.Inject("chat_member", map[string]any{}); n != 0 {
		t.Errorf("update %d of a kind that has to be asked for", n)
	}
}
