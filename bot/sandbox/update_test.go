package sandbox_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/bot/sandbox"
)

// got is an update in short.
type got struct {
	ID      int64 `json:"update_id"`
	Message *struct {
		Text string
	}
	Press *struct {
		ID      string
		Data    string
		Message struct {
			Date int64
		}
	} `json:"callback_query"`
	Member *struct{} `json:"my_chat_member"`
}

func poll(t *testing.T, s *sandbox.Server, body object) []got {
	t.Helper()
	return into[[]got](t, call(t, s, "getUpdates", body))
}

func texts(all []got) []string {
	var found []string
	for _, u := range all {
		switch {
		case u.Message != nil:
			found = append(found, u.Message.Text)
		case u.Press != nil:
			found = append(found, "press "+u.Press.Data)
		default:
			found = append(found, "member")
		}
	}
	return found
}

func TestAnUpdateIsConfirmedByAHigherOffsetOnly(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	say(t, s, rahim, rahim, "one")
	say(t, s, rahim, rahim, "two")
	first := poll(t, s, object{})
	all := []string{"/start", "one", "two"}
	offset := func(o int64) object { return object{"offset": o} }
	id := first[0].ID
	for _, step := range []struct {
		ask  object
		want []string
	}{
		{object{}, all},
		{offset(id), all},
		{object{"offset": id, "limit": 2}, all[:2]},
		{offset(id + 1), all[1:]},
		{offset(id), all[1:]}, // confirmed is confirmed
		{offset(-1), all[2:]}, // and forgets "one"
		{offset(id + 1), all[2:]},
		{offset(-5), all[2:]},
		{offset(id + 3), nil},
		{object{}, nil},
	} {
		if diff := cmp.Diff(step.want, texts(poll(t, s, step.ask))); diff != "" {
			t.Errorf("asked %v (-want +got):\n%s", step.ask, diff)
		}
	}
	if !s.Confirmed() {
		t.Error("something still waits")
	}
}

func TestAllowedUpdatesStayUntilNamedAgain(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	poll(t, s, object{"offset": -1, "allowed_updates": []string{"callback_query"}})
	say(t, s, rahim, rahim, "not wanted")
	poll(t, s, object{})
	say(t, s, rahim, rahim, "still not")
	if diff := cmp.Diff([]string{"/start"}, texts(poll(t, s, object{"allowed_updates": []string{}}))); diff != "" {
		t.Error(diff)
	}
	say(t, s, rahim, rahim, "wanted")
	if diff := cmp.Diff([]string{"/start", "wanted"}, texts(poll(t, s, object{}))); diff != "" {
		t.Error(diff)
	}
}

func TestALongPollEndsWithTheFirstUpdateOrTheTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := play(t, config())
		next := poll(t, s, object{})[0].ID + 1
		began := time.Now()
		if all := poll(t, s, object{"offset": next, "timeout": 30}); len(all) != 0 || time.Since(began) != 30*time.Second {
			t.Errorf("got %v after %v", texts(all), time.Since(began))
		}
		poll(t, s, object{"offset": next, "timeout": 600})
		if time.Since(began) != 80*time.Second {
			t.Errorf("a poll of 600 s took %v, want the 50 s that Telegram grants", time.Since(began)-30*time.Second)
		}
		time.AfterFunc(7*time.Second, func() { say(t, s, rahim, rahim, "hello") })
		began = time.Now()
		if all := poll(t, s, object{"offset": next, "timeout": 30}); len(all) != 1 || time.Since(began) != 7*time.Second {
			t.Errorf("got %v after %v", texts(all), time.Since(began))
		}
	})
}

func TestASecondPollerEndsTheFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := play(t, config())
		next := poll(t, s, object{})[0].ID + 1
		older := make(chan reply)
		go func() { older <- call(t, s, "getUpdates", object{"offset": next, "timeout": 30}) }()
		synctest.Wait()
		newer := make(chan reply)
		go func() { newer <- call(t, s, "getUpdates", object{"offset": next, "timeout": 30}) }()
		if r := <-older; r.Code != 409 || !strings.HasPrefix(r.Description, "Conflict: terminated by other getUpdates request") {
			t.Errorf("the older poll got %d %q", r.Code, r.Description)
		}
		say(t, s, rahim, rahim, "hello")
		if r := into[[]got](t, <-newer); len(r) != 1 {
			t.Errorf("the newer poll got %v", texts(r))
		}
	})
}

func TestAKilledPollerLosesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := play(t, config())
		next := poll(t, s, object{})[0].ID + 1
		ctx, kill := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			r := httptest.NewRequestWithContext(ctx, "GET", "/bot"+token+"/getUpdates?timeout=30", nil)
			s.Handler().ServeHTTP(httptest.NewRecorder(), r)
		}()
		synctest.Wait()
		kill()
		<-done
		say(t, s, rahim, rahim, "anybody there?")
		if all := poll(t, s, object{"offset": next}); len(all) != 1 {
			t.Errorf("got %v", texts(all))
		}
	})
}

func TestMessagesWaitADayAndPressesTwoAndAHalfMinutes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := play(t, config())
		m := into[sandbox.Message](t, call(t, s, "sendMessage", object{"chat_id": rahim, "text": "x", "reply_markup": keyboard([]object{data("Go", "go")})}))
		if _, err := s.Press(rahim, rahim, m.ID, "Go"); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			wait time.Duration
			want []string
		}{
			{150*time.Second - 1, []string{"/start", "press go"}},
			{1, []string{"/start"}},
			{24*time.Hour - 150*time.Second - 1, []string{"/start"}},
			{1, nil},
		} {
			time.Sleep(step.wait)
			if diff := cmp.Diff(step.want, texts(poll(t, s, object{}))); diff != "" {
				t.Errorf("after %v more (-want +got):\n%s", step.wait, diff)
			}
		}
	})
}

func TestAnUpdateComesAgainThoughConfirmed(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	first := poll(t, s, object{})[0].ID
	poll(t, s, object{"offset": first + 1})
	if err := s.Redeliver(first, 2); err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]string{{"/start"}, {"/start"}, nil} {
		if diff := cmp.Diff(want, texts(poll(t, s, object{"offset": first + 1}))); diff != "" {
			t.Errorf("poll %d: %s", i, diff)
		}
	}
	if err := s.Redeliver(5, 1); err == nil {
		t.Error("an update that never was came again")
	}
}

func TestPrivacyModeHidesTalkInTheGroup(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		words string
		reply bool
		sees  bool
	}{
		{"hello everybody", false, false},
		{"/id", false, true},
		{"/id@Recharge_Bot", false, true},
		{"/id@other_bot", false, false},
		{"say /id", false, false},
		{"hello bot", true, true},
	} {
		s := play(t, config())
		m := into[sandbox.Message](t, call(t, s, "sendMessage", object{"chat_id": ops, "text": "Low balance"}))
		to := int64(0)
		if c.reply {
			to = m.ID
		}
		sent, err := s.Reply(ann, ops, to, c.words)
		if err != nil {
			t.Fatal(err)
		}
		if sees := sent.Update != 0; sees != c.sees {
			t.Errorf("%q, a reply: %v: the bot sees it: %v", c.words, c.reply, sees)
		}
	}
	open := config()
	open.Group.SeesAll = true
	if sent := say(t, play(t, open), ann, ops, "hello everybody"); sent.Update == 0 {
		t.Error("privacy mode is off and the bot sees nothing")
	}
}

func TestWhatAnUpdateLooksLike(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	if _, err := s.ShareContact(rahim, rahim, "+8801812345678", "Karim", 0); err != nil {
		t.Fatal(err)
	}
	var all []map[string]map[string]any
	raw := must(t, call(t, s, "getUpdates", object{})).Result
	raw = []byte(strings.ReplaceAll(string(raw), `"update_id":730000001`, `"n":{"id":1}`))
	raw = []byte(strings.ReplaceAll(string(raw), `"update_id":730000002`, `"n":{"id":2}`))
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	for _, u := range all {
		delete(u["message"], "date")
	}
	from := object{"id": 2001.0, "is_bot": false, "first_name": "Rahim", "username": "rahim", "language_code": "en"}
	chat := object{"id": 2001.0, "type": "private", "first_name": "Rahim", "username": "rahim"}
	want := []map[string]map[string]any{
		{"n": {"id": 1.0}, "message": {"message_id": 1.0, "from": from, "chat": chat, "text": "/start",
			"entities": []any{object{"type": "bot_command", "offset": 0.0, "length": 6.0}}}},
		{"n": {"id": 2.0}, "message": {"message_id": 2.0, "from": from, "chat": chat,
			"contact": object{"phone_number": "+8801812345678", "first_name": "Karim"}}},
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
