package bot_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// everything is a message that uses all that a message can have.
func everything() json.RawMessage {
	raw, _ := json.Marshal(flows.Message{
		Text: text.Rich{{Text: "Order "}, {Text: "<b>Bob</b> & Co", Style: text.Bold}, {Text: "01712345678", Style: text.Code}, {Text: "they said 1 < 2", Style: text.Quote}},
		Rows: [][]flows.Button{
			{{Label: "Confirm", Tone: flows.Good, Token: "confirm"}, {Label: "Reject", Tone: flows.Danger, Token: "reject"}},
			{{Label: "More", Tone: flows.Main, Token: strings.Repeat("x", 64)}, {Label: "Copy", Copy: "TX<1>"}},
		},
	})
	return raw
}

func TestAStrictTelegramTakesAllThatWeSay(t *testing.T) {
	t.Parallel()
	g := sandbox.New(sandbox.Config{
		Token: token, BotName: "RechargeBot", People: []sandbox.Person{{ID: 1, FirstName: "Ann"}},
		Group: sandbox.Group{ID: -1009000000001, Title: "Ops", Topics: []sandbox.Topic{{ID: 8, Name: "Alerts"}}},
	})
	server := httptest.NewServer(g.Handler())
	defer server.Close()
	defer g.Close()

	s := newStore(1)
	d := newDesk(s)
	d.do = func(ctx context.Context, in flows.Input) (flows.Answer, error) {
		screen := storage.Notice{Chat: in.Chat, Kind: storage.NoticeScreen, Body: everything()}
		if in.Press != "" {
			screen.Body = words("pressed " + in.Press)
		}
		return flows.Answer{Text: "done"}, s.Owe(ctx, screen, storage.Notice{Chat: -1009000000001, Topic: 8, Kind: storage.NoticeMessage, Body: words("alert")})
	}
	c := config(t, newTelegram(), s, d)
	c.APIURL, c.Transport = server.URL, nil
	_, stop := running(t, c)

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	saw := func(chat int64, words string) sandbox.Message {
		t.Helper()
		m, err := g.WaitMessage(ctx, chat, func(m sandbox.Message) bool { return m.From.IsBot && strings.Contains(m.Text, words) })
		if err != nil {
			t.Fatalf("no message with %q in chat %d: %v; calls: %+v", words, chat, err, g.Calls())
		}
		return m
	}
	for _, fault := range []sandbox.Fault{{Kind: sandbox.Page, Method: "sendMessage"}, {Kind: sandbox.Drop, Method: "editMessageText", After: true}, {Kind: sandbox.Page, Method: "getUpdates"}} {
		if err := g.Fail(fault); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := g.Send(1, 1, "/start"); err != nil {
		t.Fatal(err)
	}
	card := saw(1, "<b>Bob</b> & Co")
	if len(card.Entities) != 3 || len(card.Keyboard.Rows) != 2 {
		t.Errorf("the card came as %+v", card)
	}
	if m := saw(-1009000000001, "alert"); m.Topic != 8 {
		t.Errorf("the alert went to topic %d", m.Topic)
	}
	if _, err := g.Press(1, 1, card.ID, "Confirm"); err != nil {
		t.Fatal(err)
	}
	if m := saw(1, "pressed confirm"); m.ID != card.ID || m.Keyboard != nil {
		t.Errorf("the press gave %+v, want the card edited and its buttons gone", m)
	}
	stopped(t, stop)
	for _, call := range g.Calls() {
		if call.Status >= 400 && call.Fault == "" && !strings.Contains(call.Description, "not modified") {
			t.Errorf("telegram refused %s: %d %s %v", call.Method, call.Status, call.Description, call.Params)
		}
	}
}
