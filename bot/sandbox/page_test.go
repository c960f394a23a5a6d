package sandbox_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"rechargebot/bot/sandbox"
)

// chromium is where Debian puts it.
const chromium = "/usr/bin/chromium"

// browse opens the page in a fresh browser of that size.
func browse(t *testing.T, address string, width, height int64, scheme string) context.Context {
	t.Helper()
	if _, err := os.Stat(chromium); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the page is not tested: %v", err)
		}
		t.Skipf("the page is not tested: %v", err)
	}
	folder, err := os.MkdirTemp("", "chromium") // t.TempDir would fail the test when the browser's children write on for a moment
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(chromium), chromedp.UserDataDir(folder), chromedp.WindowSize(int(width), int(height))}
	for _, flag := range []string{"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, _ := chromedp.NewContext(allocator)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx) })
	ctx, end := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(end)
	act(t, ctx, chromedp.EmulateViewport(width, height),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		chromedp.Navigate(address), chromedp.WaitVisible(agentPane))
	return ctx
}

func act(t *testing.T, ctx context.Context, actions ...chromedp.Action) {
	t.Helper()
	if err := chromedp.Run(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// until waits for a JavaScript condition.
func until(condition string) chromedp.Action {
	return chromedp.Poll("Boolean("+condition+")", nil, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(20*time.Second))
}

// picture keeps a screenshot where SANDBOX_SCREENSHOTS says, for people to look at.
func picture(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	folder := os.Getenv("SANDBOX_SCREENSHOTS")
	if folder == "" {
		return
	}
	var png []byte
	act(t, ctx, chromedp.Sleep(400*time.Millisecond), chromedp.CaptureScreenshot(&png))
	if err := os.WriteFile(filepath.Join(folder, name+".png"), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

// desk is a small stand-in for what the demo serves under /demo/.
type desk struct {
	mu            sync.Mutex
	running       bool
	restarts, pid int
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
	case "/demo/mood":
		d.mood = asked.Mood
	case "/demo/float":
		d.float = asked.Amount
	case "/demo/state":
		mood := func(id, label, help string) object { return object{"id": id, "label": label, "help": help} }
		state := object{
			"bot": object{"running": d.running, "restarts": d.restarts, "pid": d.pid},
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
		if err := json.NewDecoder(w.Body).Decode(&got); err == nil && !got.OK {
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
		o["text"] = "<blockquote>" + strings.NewReplacer("<", "&lt;", "&", "&amp;").Replace(m.Text) + "</blockquote>I did not understand that. Send a number and an amount, like <code>01712345678 50</code>."
	}
	return o
}

// demo serves a sandbox with its bot, and a desk beside it unless that is nil.
func demo(t *testing.T, d *desk) (*sandbox.Server, string) {
	t.Helper()
	s := sandbox.New(config())
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

func TestThePageIsAllPhonesAtOnce(t *testing.T) {
	t.Parallel()
	s, address := demo(t, newDesk())
	ctx := browse(t, address, 1440, 900, "light")
	act(t, ctx, chromedp.WaitVisible("#view-desk .crash"), chromedp.WaitVisible(agentPane+" .start"))
	picture(t, ctx, "desktop-light-empty")

	// The guide's first step makes us the stranger; Start and the button work.
	act(t, ctx, chromedp.Click(".guide li:nth-child(1) button"), until(`document.querySelector('#view-agent .who[aria-checked=true]').textContent.includes('Nobody')`),
		chromedp.Click(agentPane+" .start"), chromedp.WaitVisible(agentPane+" .key.primary"),
		until(`document.querySelector('#view-agent .seen')`), chromedp.Click(agentPane+" .key.primary"), chromedp.WaitVisible(".toast"),
		until(`document.querySelector('#view-agent .msg:last-child').textContent.includes('#K7Q2MX · ask') && !document.querySelector('[aria-busy]')`))
	if n := len(s.Answers()); n != 1 {
		t.Errorf("the bot has answered %d presses, want 1", n)
	}

	// What people write stays words.
	evil := `<img src=x onerror="document.title='owned'"> & <b>bold</b>`
	act(t, ctx, chromedp.SendKeys(agentPane+" textarea", evil+"\r"), until(`document.querySelectorAll('#view-agent blockquote').length`))
	var title string
	var images int
	act(t, ctx, chromedp.Title(&title), chromedp.Evaluate(`document.querySelectorAll('.log img').length`, &images))
	if strings.Contains(title, "owned") || images != 0 {
		t.Errorf("a message became part of the page: title %q, %d images", title, images)
	}

	// Rahim orders, the admin looks on, the group gets an alert and talks past the bot.
	act(t, ctx, chromedp.Click(agentPane+" .who:nth-child(1)"), chromedp.Click(agentPane+" .start"), chromedp.WaitVisible(agentPane+" .key.primary"),
		chromedp.SendKeys(agentPane+" textarea", "01712345678 50\r"), chromedp.WaitVisible(agentPane+" .key.success"),
		chromedp.Click(adminPane+" .start"), chromedp.WaitVisible(adminPane+" .key.primary"))
	must(t, call(t, s, "sendMessage", object{"chat_id": ops, "parse_mode": "HTML", "text": "⚠ <b>Low balance</b>\n<code>ecare-demo</code> has 4,950.00 BDT left, the line is 5,000.00 BDT.\n<blockquote expandable>Forecast: empty in about 3 h at today's pace.\nLast top-up: yesterday 18:20.</blockquote>"}))
	act(t, ctx, chromedp.SendKeys(groupPane+" textarea", "I will top it up\r"), chromedp.WaitVisible(groupPane+" [aria-label='not seen by the bot']"))
	picture(t, ctx, "desktop-light")
	act(t, ctx, emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}))
	picture(t, ctx, "desktop-dark")

	// An alert is a box that has to be closed.
	act(t, ctx, chromedp.Click(agentPane+" .key.danger"), chromedp.WaitVisible("#alert[open]"))
	picture(t, ctx, "desktop-dark-alert")
	act(t, ctx, chromedp.Click("#alert button"), until(`!document.querySelector('#alert').open`))
}

func TestTheDeskSteersTheDemo(t *testing.T) {
	t.Parallel()
	d := newDesk()
	_, address := demo(t, d)
	ctx := browse(t, address, 1440, 900, "light")
	act(t, ctx, chromedp.WaitVisible(".crash"), chromedp.SetValue(".moods", "silent"), chromedp.Evaluate(`document.querySelector('.moods').dispatchEvent(new Event('change'))`, nil),
		until(`document.querySelector('.help').textContent.startsWith('Takes the order') && document.querySelector('.panel .busy')`),
		chromedp.SendKeys(".float input", "500.00\r"), until(`document.querySelector('.float b').textContent === '500.00'`))
	act(t, ctx, chromedp.Click(".crash"), until(`document.querySelector('.crash').dataset.phase === 'back'`), until(`document.querySelector('.facts').textContent.includes('1 restart')`))
	picture(t, ctx, "desk-back")
	act(t, ctx, until(`document.querySelector('.crash').dataset.phase === 'idle'`))
	act(t, ctx, chromedp.EmulateViewport(1024, 768))
	picture(t, ctx, "tablet-light")
}

func TestWithoutADemoThereIsNoDesk(t *testing.T) {
	t.Parallel()
	_, address := demo(t, nil)
	ctx := browse(t, address, 1000, 700, "light")
	var hidden bool
	act(t, ctx, chromedp.WaitVisible(agentPane), chromedp.Evaluate(`document.querySelector('#view-desk').hidden`, &hidden))
	if !hidden {
		t.Error("the desk shows itself although nothing serves /demo/state")
	}
}

func TestOnAPhoneThereIsOneChatAtATime(t *testing.T) {
	t.Parallel()
	s, address := demo(t, newDesk())
	ctx := browse(t, address, 390, 844, "dark")
	picture(t, ctx, "phone-dark-first")
	act(t, ctx, chromedp.WaitVisible("#tab-desk"))
	act(t, ctx, chromedp.Click(agentPane+" .start"), chromedp.WaitVisible(agentPane+" .key"),
		chromedp.SendKeys(agentPane+" textarea", "01712345678 50\r"), chromedp.WaitVisible(agentPane+" .key.success"))
	must(t, call(t, s, "sendMessage", object{"chat_id": ops, "text": "Provider down: ecare-demo"}))
	act(t, ctx, chromedp.WaitVisible("#tab-group .badge"))
	picture(t, ctx, "phone-dark")
	var wide bool
	act(t, ctx, chromedp.Evaluate(`document.documentElement.scrollWidth > innerWidth`, &wide))
	if wide {
		t.Error("the page is wider than the phone")
	}
	for _, tab := range []string{"admin", "group", "desk"} {
		act(t, ctx, chromedp.Click("#tab-"+tab), chromedp.WaitVisible("#view-"+tab), chromedp.WaitNotVisible(agentPane))
		picture(t, ctx, "phone-dark-"+tab)
	}
	act(t, ctx, emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}}),
		chromedp.Click("#tab-agent"), chromedp.WaitVisible(agentPane+" .key.success"), chromedp.Click(agentPane+" .slash"), chromedp.WaitVisible(agentPane+" .menu"))
	picture(t, ctx, "phone-light-menu")
	var labels string
	act(t, ctx, chromedp.Evaluate(`[...document.querySelectorAll('button, textarea, input')].filter(b => b.checkVisibility() && !(b.textContent.trim() || b.getAttribute('aria-label'))).map(b => b.className).join()`, &labels))
	if labels != "" {
		t.Errorf("controls without a name: %s", labels)
	}
}
