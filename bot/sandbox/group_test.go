package sandbox_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"rechargebot/bot/sandbox"
)

func TestABotThatIsThrownOutOfTheGroupIsTold(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	hello := object{"chat_id": ops, "text": "x"}
	must(t, call(t, s, "sendMessage", hello))
	if err := s.Kick(ops, true); err != nil {
		t.Fatal(err)
	}
	if r := call(t, s, "sendMessage", hello); r.Code != 403 || r.Description != "Forbidden: bot was kicked from the supergroup chat" {
		t.Errorf("thrown out, it was answered %d %q", r.Code, r.Description)
	}
	if sent := say(t, s, ann, ops, "/id"); sent.Update != 0 {
		t.Error("it hears what is said behind its back")
	}
	if err := s.Kick(ops, false); err != nil {
		t.Fatal(err)
	}
	must(t, call(t, s, "sendMessage", hello))
	if err := s.Mute(ops, true); err != nil {
		t.Fatal(err)
	}
	if r := call(t, s, "sendMessage", hello); r.Code != 400 || r.Description != "Bad Request: not enough rights to send text messages to the chat" {
		t.Errorf("muted, it was answered %d %q", r.Code, r.Description)
	}
	if diff := cmp.Diff([]string{"/start", "member", "member", "member"}, texts(poll(t, s, object{}))); diff != "" {
		t.Error(diff)
	}
	if err := s.Kick(rahim, true); err == nil {
		t.Error("it was thrown out of a private chat")
	}
}

func TestAnAccountThatIsGoneCannotBeReached(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	if err := s.Deactivate(rahim); err != nil {
		t.Fatal(err)
	}
	if r := call(t, s, "sendMessage", object{"chat_id": rahim, "text": "x"}); r.Code != 403 || r.Description != "Forbidden: user is deactivated" {
		t.Errorf("answered %d %q", r.Code, r.Description)
	}
	if _, err := s.Send(rahim, rahim, "hello"); err == nil {
		t.Error("a deleted account wrote")
	}
}

func TestMembersComeAndGo(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	for _, in := range []bool{false, false, true} {
		if err := s.Join(ann, ops, in); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Send(ann, ops, "/id"); (err == nil) != in {
			t.Errorf("a member: %v; writing: %v", in, err)
		}
	}
	alert := into[sandbox.Message](t, call(t, s, "sendMessage", object{"chat_id": ops, "text": "x", "reply_markup": keyboard([]object{data("OK", "ok")})}))
	if err := s.Join(ann, ops, false); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Press(ann, ops, alert.ID, "OK"); err == nil {
		t.Error("somebody who has left pressed a button")
	}
	if p, err := s.Forge(ann, ops, alert.ID, "ok"); err != nil || p.Update == 0 {
		t.Errorf("somebody who has left forged a press: %+v, %v", p, err)
	}
}

func TestTopicsAreClosedAndDeleted(t *testing.T) {
	t.Parallel()
	c := config()
	c.Group.Topics = []sandbox.Topic{{ID: 8, Name: "Alerts"}}
	s := play(t, c)
	hello := object{"chat_id": ops, "text": "x", "message_thread_id": 8}
	m := into[sandbox.Message](t, call(t, s, "sendMessage", hello))
	if err := s.CloseTopic(8, true); err != nil {
		t.Fatal(err)
	}
	if r := call(t, s, "sendMessage", hello); r.Description != "Bad Request: TOPIC_CLOSED" {
		t.Errorf("a closed topic: %+v", r)
	}
	if err := s.CloseTopic(8, false); err != nil {
		t.Fatal(err)
	}
	must(t, call(t, s, "sendMessage", hello))
	if err := s.DeleteTopic(8); err != nil {
		t.Fatal(err)
	}
	if r := call(t, s, "sendMessage", hello); r.Description != "Bad Request: message thread not found" {
		t.Errorf("a deleted topic: %+v", r)
	}
	if r := call(t, s, "editMessageText", object{"chat_id": ops, "message_id": m.ID, "text": "y"}); r.Description != "Bad Request: message to edit not found" {
		t.Errorf("a message of a deleted topic: %+v", r)
	}
	if err := s.CloseTopic(8, true); err == nil {
		t.Error("a deleted topic was closed")
	}
}

func TestMessagesFromBeforeTheMoveStayBehind(t *testing.T) {
	t.Parallel()
	c := config()
	c.Group.ID = -5001
	s := play(t, c)
	var last sandbox.Message
	for range 5 {
		last = into[sandbox.Message](t, call(t, s, "sendMessage", object{"chat_id": -5001, "text": "x"}))
	}
	id, err := s.Migrate(-5001)
	if err != nil {
		t.Fatal(err)
	}
	edit := object{"chat_id": -5001, "message_id": last.ID, "text": "y"}
	if r := call(t, s, "editMessageText", edit); r.Parameters.MigrateTo != id {
		t.Errorf("an edit under the old id: %+v", r)
	}
	edit["chat_id"] = id
	if r := call(t, s, "editMessageText", edit); r.Description != "Bad Request: message to edit not found" {
		t.Errorf("an edit under the new id: %+v", r)
	}
}

func TestAPressUnderAnInlineMessageHasNoMessage(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	p, err := s.PressInline(nobody, "BAAAAI", "pay")
	if err != nil {
		t.Fatal(err)
	}
	all := into[[]struct {
		Press map[string]any `json:"callback_query"`
	}](t, must(t, call(t, s, "getUpdates", object{"offset": p.Update})))
	if q := all[0].Press; q["inline_message_id"] != "BAAAAI" || q["message"] != nil || q["chat_instance"] == "" {
		t.Errorf("the press came as %v", q)
	}
	must(t, call(t, s, "answerCallbackQuery", object{"callback_query_id": p.Query}))
}
