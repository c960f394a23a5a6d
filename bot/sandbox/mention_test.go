package sandbox_test

import (
	"testing"

	"rechargebot/bot/sandbox"
)

func TestOnlyPeopleWhomTheBotKnowsAreMentioned(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	m := into[sandbox.Message](t, call(t, s, "sendMessage", object{"chat_id": rahim, "parse_mode": "HTML",
		"text": `<a href="tg://user?id=1001">Ann</a> <a href="tg://user?id=99">Nobody</a>`}))
	if m.Text != "Ann Nobody" || len(m.Entities) != 1 || m.Entities[0].Type != "text_mention" || m.Entities[0].User.FirstName != "Ann" {
		t.Errorf("%q with %+v", m.Text, m.Entities)
	}
}
