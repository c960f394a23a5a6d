package sandbox_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"rechargebot/bot/sandbox"
)

// desk is a small stand-in for what the demo serves under /demo/.
type desk struct {
	mu            sync.Mutex
	running       bool
	restarts, pid int
	killed        int
	mood, float   string
	accepted      int
}

func newDesk() *desk {
	return &desk{running: true, pid: 4711, mood: "normal", float: "48,950.00", accepted: 11}
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var asked struct{ Provider, Mood, Amount string }
	if r.Method == "POST" {
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
	}
	switch r.URL.Path {
	case "/demo/crash":
		d.running = false
		d.killed++
	case "/demo/mood":
		d.mood = asked.Mood
	case "/demo/float":
		d.float = asked.Amount
	case "/demo/state":
		mood := func(id, label, help string) object { return object{"id": id, "label": label, "help": help} }
		state := object{
			"bot": object{"running": d.running, "restarts": d.restarts, "pid": d.pid, "killed": d.killed, "back_ms": 1240, "books": object{"orders": 3, "open": 1, "twice": 0, "lost": 0}},
			"providers": []object{{
				"name": "ecare-demo", "mood": d.mood, "float": d.float, "received": 12, "accepted": d.accepted, "delivered": 10,
				"moods": []object{
					mood("normal", "Normal", "Answers at once and tells the truth."), mood("slow", "Slow", "Takes 20 seconds for every answer."),
					mood("silent", "Silent", "Takes the order and never answers. Was it paid? Only an enquiry can tell."),
					mood("refuse", "Refuses", "Says no to every order, in its own words."), mood("garbled", "Garbled", "Answers with half a page of nonsense."),
					mood("poor", "Out of float", "Has no money of ours left."), mood("down", "Down", "Refuses the connection."),
				},
			}},
		}
		if !d.running { // the next look finds it back
			d.running, d.restarts, d.pid = true, d.restarts+1, d.pid+100
		}
		_ = json.NewEncoder(w).Encode(state)
	}
}

// tinyBot answers over real HTTP until the test ends.
func tinyBot(t *testing.T, base string) {
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	t.Cleanup(func() { stop(); done.Wait() })
	say := func(method string, body object) json.RawMessage {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Error(err)
		}
		r, err := http.NewRequestWithContext(ctx, "POST", base+"/bot"+token+"/"+method, strings.NewReader(string(raw)))
		if err != nil {
			t.Error(err)
			return nil
		}
		r.Header.Set("Content-Type", "application/json")
		w, err := http.DefaultClient.Do(r)
		if err != nil {
			return nil
		}
		defer func() { _ = w.Body.Close() }()
		var got reply
		if err := json.NewDecoder(w.Body).Decode(&got); err == nil && !got.OK && !strings.Contains(got.Description, "message is not modified") && !strings.Contains(got.Description, "message to edit not found") {
			t.Errorf("%s: %s", method, got.Description)
		}
		return got.Result
	}
	say("setMyCommands", object{"commands": []object{{"command": "recharge", "description": "Recharge a number"}, {"command": "history", "description": "Your last orders"}}})
	done.Go(func() {
		for offset := int64(0); ctx.Err() == nil; {
			var all []struct {
				ID      int64            `json:"update_id"`
				Message *sandbox.Message `json:"message"`
				Press   *struct {
					ID      string
					Data    string
					Message sandbox.Message
				} `json:"callback_query"`
			}
			if raw := say("getUpdates", object{"offset": offset, "timeout": 5}); raw != nil {
				if err := json.Unmarshal(raw, &all); err != nil {
					t.Error(err)
				}
			}
			for _, u := range all {
				offset = u.ID + 1
				if m := u.Message; m != nil {
					say("sendMessage", answerTo(*m))
				}
				if p := u.Press; p != nil {
					say("answerCallbackQuery", object{"callback_query_id": p.ID, "text": "Got it: " + p.Data, "show_alert": p.Data == "cancel"})
					say("editMessageText", object{"chat_id": p.Message.Chat.ID, "message_id": p.Message.ID, "parse_mode": "HTML", "text": jobCard(p.Data)})
				}
			}
		}
	})
}

func jobCard(state string) string {
	return "<b>#K7Q2MX</b> · " + state + "\nGrameenphone prepaid\n<code>01712345678</code> · <b>50.00 BDT</b>"
}

func answerTo(m sandbox.Message) object {
	o := object{"chat_id": m.Chat.ID, "parse_mode": "HTML"}
	switch {
	case m.Text == "/start" && m.From.ID == nobody:
		o["text"] = "Hello <b>" + m.From.FirstName + "</b>. This bot is for agents. Ask to join and an admin will decide. Your number here is <code>3001</code>, see /id."
		o["reply_markup"] = keyboard([]object{{"text": "Request access", "callback_data": "ask", "style": "primary"}})
	case m.Text == "/start":
		o["text"] = "Welcome back. What shall we do?"
		o["reply_markup"] = keyboard([]object{{"text": "Recharge", "callback_data": "recharge", "style": "primary"}}, []object{data("History", "history"), data("Help", "help")})
	case strings.Contains(m.Text, "01712345678"):
		o["text"] = "<b>Please confirm</b>\nGrameenphone prepaid\nNumber <code>01712345678</code>\nAmount <b>50.00 BDT</b>"
		o["reply_markup"] = keyboard([]object{{"text": "Confirm", "callback_data": "Delivered", "style": "success"}, {"text": "Cancel", "callback_data": "cancel", "style": "danger"}},
			[]object{data("Change operator", "change"), {"text": "Copy number", "copy_text": object{"text": "01712345678"}}})
	default:
		o["text"] = "<blockquote>" + strings.NewReplacer("<", "&lt;", "&", "&amp;").Replace(m.Text) + "</blockquote>\nI did not understand that. Send a number and an amount, like <code>01712345678 50</code>."
	}
	return o
}

// demo serves a sandbox with its bot, and a desk beside it unless that is nil.
func demo(t *testing.T, d *desk) (*sandbox.Server, string) {
	t.Helper()
	return serve(t, config(), d)
}

func serve(t *testing.T, c sandbox.Config, d *desk) (*sandbox.Server, string) {
	t.Helper()
	s := sandbox.New(c)
	mux := http.NewServeMux()
	mux.Handle("/", s.Handler())
	if d != nil {
		mux.Handle("/demo/", d)
	}
	web := httptest.NewServer(mux)
	t.Cleanup(web.Close)
	t.Cleanup(s.Close)
	tinyBot(t, web.URL)
	return s, web.URL
}

const agentPane, adminPane, groupPane = "#view-agent", "#view-admin", "#view-group"
