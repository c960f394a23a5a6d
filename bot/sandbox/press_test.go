package sandbox_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/bot/sandbox"
)

// offer has the bot send Rahim a message with Yes, No and a copy button.
func offer(t *testing.T, s *sandbox.Server) sandbox.Message {
	t.Helper()
	return into[sandbox.Message](t, call(t, s, "sendMessage", object{"chat_id": rahim, "text": "Sure?", "reply_markup": keyboard(
		[]object{data("✅ Yes, do", "y1"), data("No", "n1")},
		[]object{{"text": "Copy", "copy_text": object{"text": "123"}}},
	)}))
}

func TestAButtonIsPressedByItsLabelOrItsData(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	m := offer(t, s)
	for _, what := range []string{"✅ Yes, do", "Yes", "y1"} {
		p, err := s.Press(rahim, rahim, m.ID, what)
		if err != nil || p.Data != "y1" || p.Update == 0 {
			t.Errorf("pressing %q: %+v, %v", what, p, err)
		}
	}
	for what, why := range map[string]string{"Maybe": "0 buttons like", "o": "3 buttons like", "Copy": "does not reach the bot"} {
		if _, err := s.Press(rahim, rahim, m.ID, what); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("pressing %q: %v", what, err)
		}
	}
	if _, err := s.Press(ann, rahim, m.ID, "Yes"); err == nil {
		t.Error("Ann pressed a button in Rahim's chat")
	}
}

func TestAPressIsAnsweredOnceAndInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := play(t, config())
		m := offer(t, s)
		press := func() object {
			p, err := s.Press(rahim, rahim, m.ID, "Yes")
			if err != nil {
				t.Fatal(err)
			}
			return object{"callback_query_id": p.Query, "text": "Done", "show_alert": true}
		}
		tooOld := "Bad Request: query is too old and response timeout expired or query ID is invalid"
		in, late := press(), press()
		time.Sleep(15 * time.Second)
		must(t, call(t, s, "answerCallbackQuery", in))
		if r := call(t, s, "answerCallbackQuery", in); r.Description != tooOld {
			t.Errorf("the second answer: %+v", r)
		}
		time.Sleep(time.Nanosecond)
		if r := call(t, s, "answerCallbackQuery", late); r.Description != tooOld {
			t.Errorf("the late answer: %+v", r)
		}
		answers := s.Answers()
		if len(answers) != 1 || answers[0].Text != "Done" || !answers[0].Alert {
			t.Errorf("the person saw %+v", answers)
		}
	})
}

func TestAForgedPressLooksLikeAnyOther(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	if _, err := s.Forge(rahim, rahim, 1, "approve:2001"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Forge(rahim, rahim, 999, "gone"); err != nil {
		t.Fatal(err)
	}
	all := poll(t, s, object{})
	if diff := cmp.Diff([]string{"/start", "press approve:2001", "press gone"}, texts(all)); diff != "" {
		t.Error(diff)
	}
	if all[1].Press.Message.Date == 0 || all[2].Press.Message.Date != 0 {
		t.Error("only a message that is gone has the date 0")
	}
}

func TestAnEditReplacesTextAndKeyboard(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	m := offer(t, s)
	edit := object{"chat_id": rahim, "message_id": m.ID, "text": "<b>Done</b>", "parse_mode": "HTML"}
	must(t, call(t, s, "editMessageText", edit))
	now := s.Messages(rahim)[1]
	if now.Text != "Done" || now.Keyboard != nil || now.EditDate == 0 || len(now.Entities) != 1 {
		t.Errorf("the message is now %+v", now)
	}
	if r := call(t, s, "editMessageText", edit); r.Code != 400 || !strings.HasPrefix(r.Description, "Bad Request: message is not modified: ") {
		t.Errorf("the same edit again: %+v", r)
	}
	markup := object{"chat_id": rahim, "message_id": m.ID, "reply_markup": keyboard([]object{data("Again", "a")})}
	must(t, call(t, s, "editMessageReplyMarkup", markup))
	if r := call(t, s, "editMessageReplyMarkup", markup); !strings.HasPrefix(r.Description, "Bad Request: message is not modified: ") {
		t.Errorf("the same markup again: %+v", r)
	}
	must(t, call(t, s, "deleteMessage", object{"chat_id": rahim, "message_id": m.ID}))
	if r := call(t, s, "editMessageText", edit); r.Description != "Bad Request: message to edit not found" {
		t.Errorf("an edit of a deleted message: %+v", r)
	}
}

func TestDeletingHasItsLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := play(t, config())
		m := offer(t, s)
		talk := say(t, s, ann, ops, "/id")
		if r := call(t, s, "deleteMessage", object{"chat_id": ops, "message_id": talk.Message}); r.Description != "Bad Request: message can't be deleted" {
			t.Errorf("another's message in a group: %+v", r)
		}
		time.Sleep(48 * time.Hour)
		if r := call(t, s, "deleteMessage", object{"chat_id": rahim, "message_id": m.ID}); r.Code != 400 {
			t.Errorf("a message of two days ago: %+v", r)
		}
	})
}

func TestFloodControlSaysHowLongToWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := config()
		c.Limits = sandbox.Limits{}
		s := play(t, c)
		hello := object{"chat_id": rahim, "text": "x"}
		for range 5 {
			must(t, call(t, s, "sendMessage", hello))
		}
		r := call(t, s, "sendMessage", hello)
		if r.Code != 429 || r.Parameters.RetryAfter != 1 || r.header.Get("Retry-After") != "1" || r.Description != "Too Many Requests: retry after 1" {
			t.Errorf("the sixth message at once: %+v", r)
		}
		time.Sleep(time.Second)
		must(t, call(t, s, "sendMessage", hello))
		if r := call(t, s, "sendMessage", hello); r.Code != 429 {
			t.Errorf("two in a second: %+v", r)
		}
		time.Sleep(time.Minute)
		group := into[sandbox.Message](t, call(t, s, "sendMessage", object{"chat_id": ops, "text": "0"}))
		for i := range 19 {
			must(t, call(t, s, "editMessageText", object{"chat_id": ops, "message_id": group.ID, "text": strings.Repeat("x", i+1)}))
		}
		if r := call(t, s, "sendMessage", object{"chat_id": ops, "text": "x"}); r.Parameters.RetryAfter != 3 {
			t.Errorf("the 21st in a group's minute: %+v", r)
		}
		time.Sleep(3 * time.Second)
		must(t, call(t, s, "sendMessage", object{"chat_id": ops, "text": "x"}))
	})
}

func TestFloodControlCountsAllChatsTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := config()
		c.People = nil
		for i := range 31 {
			c.People = append(c.People, sandbox.Person{ID: int64(i + 1), FirstName: "P"})
		}
		c.Limits = sandbox.Limits{}
		s := sandbox.New(c)
		for i := range 31 {
			say(t, s, int64(i+1), int64(i+1), "/start")
			r := call(t, s, "sendMessage", object{"chat_id": i + 1, "text": "x"})
			if r.OK != (i < 30) {
				t.Fatalf("message %d of this moment: %+v", i+1, r)
			}
		}
	})
}

// overHTTP serves the sandbox and returns a function that sends Rahim a message over a real connection.
func overHTTP(t *testing.T, s *sandbox.Server) func(context.Context) (*http.Response, error) {
	t.Helper()
	web := httptest.NewServer(s.Handler())
	t.Cleanup(web.Close)
	return func(ctx context.Context) (*http.Response, error) {
		r, err := http.NewRequestWithContext(ctx, "POST", web.URL+"/bot"+token+"/sendMessage", strings.NewReader(`{"chat_id":2001,"text":"x"}`))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/json")
		return web.Client().Do(r)
	}
}

func TestFaultsComeBeforeOrAfterTheEffect(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	post := overHTTP(t, s)
	count := func() int { return len(s.Messages(rahim)) - 1 }
	for _, c := range []struct {
		name   string
		fault  sandbox.Fault
		status int
		sent   int
	}{
		{"cut before", sandbox.Fault{Kind: sandbox.Drop}, 0, 0},
		{"cut after", sandbox.Fault{Kind: sandbox.Drop, After: true}, 0, 1},
		{"a proxy's page", sandbox.Fault{Kind: sandbox.Page, Method: "sendMessage"}, 502, 1},
		{"an error after the effect", sandbox.Fault{Kind: sandbox.Error, After: true, Chat: rahim}, 500, 2},
		{"flood", sandbox.Fault{Kind: sandbox.Flood, RetryAfter: 7}, 429, 2},
		{"none", sandbox.Fault{Kind: sandbox.Drop, Method: "getMe"}, 200, 3},
	} {
		if err := s.Fail(c.fault); err != nil {
			t.Fatal(err)
		}
		status := 0
		r, err := post(t.Context())
		if err == nil {
			status = r.StatusCode
			_ = r.Body.Close()
		}
		if status != c.status || count() != c.sent {
			t.Errorf("%s: status %d (%v), %d messages; want %d, %d", c.name, status, err, count(), c.status, c.sent)
		}
	}
	if err := s.Fail(sandbox.Fault{Kind: "gremlins"}); err == nil {
		t.Error("an unknown kind of fault was armed")
	}
}

func TestAStalledCallHasTakenEffectWhenTheBotHangsUp(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	post := overHTTP(t, s)
	if err := s.Fail(sandbox.Fault{Kind: sandbox.Stall, After: true}); err != nil {
		t.Fatal(err)
	}
	ctx, hangUp := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := post(ctx)
		done <- err
	}()
	if err := s.Wait(t.Context(), func() bool { return len(s.Messages(rahim)) == 2 }); err != nil {
		t.Fatal(err)
	}
	hangUp()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("a stalled call ended with %v", err)
	}
}

func TestTheLogTellsEachCall(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	must(t, call(t, s, "sendMessage", object{"chat_id": rahim, "text": "x"}))
	call(t, s, "sendMessage", object{"chat_id": 5, "text": "x"})
	var short []string
	for _, c := range s.Calls() {
		short = append(short, strings.TrimSpace(c.Method+" "+http.StatusText(c.Status)+" "+c.Description))
	}
	if diff := cmp.Diff([]string{"sendMessage OK", "sendMessage Bad Request Bad Request: chat not found"}, short); diff != "" {
		t.Error(diff)
	}
}

func TestMenusAreKeptByScopeAndLanguage(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	set := func(name string, scope object, language string) {
		body := object{"commands": []object{{"command": name, "description": "x"}}}
		if scope != nil {
			body["scope"] = scope
		}
		if language != "" {
			body["language_code"] = language
		}
		must(t, call(t, s, "setMyCommands", body))
	}
	get := func(body object) string {
		all := into[[]sandbox.Command](t, call(t, s, "getMyCommands", body))
		if len(all) == 0 {
			return ""
		}
		return all[0].Name
	}
	mine := object{"type": "chat", "chat_id": rahim}
	set("help", nil, "")
	set("sahajjo", nil, "bn")
	set("recharge", mine, "")
	for want, body := range map[string]object{"help": {}, "sahajjo": {"language_code": "bn"}, "recharge": {"scope": mine}, "": {"scope": object{"type": "all_group_chats"}}} {
		if name := get(body); name != want {
			t.Errorf("%v has the menu %q, want %q", body, name, want)
		}
	}
	must(t, call(t, s, "deleteMyCommands", object{"scope": mine}))
	if name := get(object{"scope": mine}); name != "" {
		t.Errorf("a deleted menu has %q", name)
	}
}

func TestAPersonWhoStartedEarlierIsReached(t *testing.T) {
	t.Parallel()
	c := config()
	c.People[1].Started = true
	must(t, call(t, play(t, c), "sendMessage", object{"chat_id": ann, "text": "x"}))
}
