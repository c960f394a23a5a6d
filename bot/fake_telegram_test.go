package bot_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const token = "4242:canary-Secret_0123456789abcdefghijk"

// telegram plays the Bot API in memory, so that it can live in a synctest bubble: real sockets are not
// durably blocking. It remembers what it was told and forgets an update only when a higher offset is asked for.
type telegram struct {
	mu       sync.Mutex
	news     chan struct{} // closed and replaced when updates come
	updates  []sentUpdate
	lastID   int64
	stubborn bool            // never forgets an update
	unruly   []*unrulyUpdate // handed out as they are, whatever the offset, until they are stored
	stored   func(id int64) bool
	calls    []call
	done     []call
	messages map[[2]int64]string // what a chat's message looks like
	nextID   int64
	latency  time.Duration
	refuse   func(c call) *refusal // nil = none
	after    func(c call)          // happens before the bot gets its answer
	onPoll   func(offset int64)
	polls    int
}

type sentUpdate struct {
	id  int64
	raw string
}

// unrulyUpdate is handed out at least once, out of order and though it was confirmed.
type unrulyUpdate struct {
	sentUpdate
	given bool
}

// call is one call of the bot, getUpdates apart.
type call struct {
	at     time.Time
	method string
	form   map[string]string
}

func (c call) chat() int64 { n, _ := strconv.ParseInt(c.form["chat_id"], 10, 64); return n }

func (c call) text() string { return c.form["text"] }

func (c call) String() string { return c.method + " " + c.form["chat_id"] + " " + c.text() }

// refusal is an answer that is not ok. A body replaces the whole answer; a cause means that there is none.
type refusal struct {
	code        int
	description string
	retryAfter  int
	migrateTo   int64
	hangs       bool // no answer until the bot gives up
	body        string
	cause       error
}

func newTelegram() *telegram {
	return &telegram{news: make(chan struct{}), messages: map[[2]int64]string{}, nextID: 100, lastID: 5000}
}

// say makes the updates known to polls.
func (g *telegram) say(raws ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, raw := range raws {
		g.lastID++
		g.updates = append(g.updates, sentUpdate{g.lastID, fmt.Sprintf(`{"update_id":%d,%s}`, g.lastID, raw)})
	}
	close(g.news)
	g.news = make(chan struct{})
}

func typed(chat int64, words string) string {
	w, _ := json.Marshal(words)
	return fmt.Sprintf(`"message":{"message_id":7,"date":1,"chat":{"id":%d,"type":"private"},"from":{"id":%d,"first_name":"A"},"text":%s}`, chat, chat, w)
}

func pressed(chat, message int64, data string) string {
	return fmt.Sprintf(`"callback_query":{"id":"q%d","from":{"id":%d,"first_name":"A"},"data":%q,"message":{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"}}}`, message, chat, data, message, chat)
}

// RoundTrip answers as Telegram does.
func (g *telegram) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/bot"+token+"/")
	if !ok {
		return respond(401, `{"ok":false,"error_code":401,"description":"Unauthorized"}`), nil
	}
	if path == "getUpdates" {
		return g.poll(r)
	}
	form, err := readForm(r)
	if err != nil {
		return nil, err
	}
	if g.latency > 0 {
		select {
		case <-time.After(g.latency):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	c := call{time.Now(), path, form}
	if g.after != nil {
		defer g.after(c)
	}
	g.mu.Lock()
	g.calls = append(g.calls, c)
	if g.refuse != nil {
		if no := g.refuse(c); no != nil {
			g.mu.Unlock()
			return no.answer(r)
		}
	}
	defer g.mu.Unlock()
	g.done = append(g.done, c)
	return g.carryOut(c), nil
}

// took lists the calls that took effect, in order.
func (g *telegram) took() []call {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.done)
}

func (g *telegram) carryOut(c call) *http.Response {
	look := c.form["text"] + c.form["reply_markup"]
	switch c.method {
	case "getMe":
		return respond(200, `{"ok":true,"result":{"id":4242,"is_bot":true,"first_name":"R","username":"RechargeBot"}}`)
	case "sendMessage":
		g.nextID++
		g.messages[[2]int64{c.chat(), g.nextID}] = look
		return respond(200, fmt.Sprintf(`{"ok":true,"result":{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"}}}`, g.nextID, c.chat()))
	case "editMessageText":
		id, _ := strconv.ParseInt(c.form["message_id"], 10, 64)
		old, there := g.messages[[2]int64{c.chat(), id}]
		switch {
		case !there:
			return badRequest("message to edit not found")
		case old == look:
			return badRequest("message is not modified: specified new message content is the same")
		}
		g.messages[[2]int64{c.chat(), id}] = look
		return respond(200, fmt.Sprintf(`{"ok":true,"result":{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"}}}`, id, c.chat()))
	case "answerCallbackQuery", "deleteWebhook", "setMyCommands", "deleteMyCommands":
		return respond(200, `{"ok":true,"result":true}`)
	}
	return respond(404, `{"ok":false,"error_code":404,"description":"Not Found"}`)
}

func (g *telegram) poll(r *http.Request) (*http.Response, error) {
	var p struct {
		Offset  int64    `json:"offset"`
		Timeout int      `json:"timeout"`
		Allowed []string `json:"allowed_updates"`
	}
	body, err := io.ReadAll(r.Body) // to its end, or a server does not notice that its client hangs up
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return nil, err
	}
	g.mu.Lock()
	g.polls++
	onPoll, refuse := g.onPoll, g.refuse
	g.mu.Unlock()
	if onPoll != nil {
		onPoll(p.Offset)
	}
	if refuse != nil {
		if no := refuse(call{time.Now(), "getUpdates", nil}); no != nil {
			return no.answer(r)
		}
	}
	end := time.NewTimer(time.Duration(p.Timeout) * time.Second)
	defer end.Stop()
	for {
		list, news := g.from(p.Offset)
		if len(list) > 0 {
			return respond(200, `{"ok":true,"result":[`+strings.Join(list, ",")+`]}`), nil
		}
		select {
		case <-news:
		case <-end.C:
			return respond(200, `{"ok":true,"result":[]}`), nil
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

func (g *telegram) from(offset int64) (list []string, news <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stored != nil {
		g.unruly = slices.DeleteFunc(g.unruly, func(u *unrulyUpdate) bool { return u.given && g.stored(u.id) })
		for _, u := range g.unruly[:min(10, len(g.unruly))] {
			u.given = true
			list = append(list, u.raw)
		}
		return list, g.news
	}
	if !g.stubborn {
		g.updates = slices.DeleteFunc(g.updates, func(u sentUpdate) bool { return u.id < offset })
	}
	for _, u := range g.updates[:min(100, len(g.updates))] {
		list = append(list, u.raw)
	}
	return list, g.news
}

func (g *telegram) polled() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.polls
}

func (g *telegram) unconfirmed() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.updates)
}

// said lists the calls but getMe.
func (g *telegram) said(methods ...string) []call {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []call
	for _, c := range g.calls {
		if c.method != "getMe" && (len(methods) == 0 || slices.Contains(methods, c.method)) {
			out = append(out, c)
		}
	}
	return out
}

func texts(calls []call) []string {
	var out []string
	for _, c := range calls {
		out = append(out, c.text())
	}
	return out
}

func (r *refusal) answer(to *http.Request) (*http.Response, error) {
	if r.hangs {
		<-to.Context().Done()
		return nil, to.Context().Err()
	}
	return r.response()
}

func (r *refusal) response() (*http.Response, error) {
	if r.cause != nil {
		return nil, r.cause
	}
	if r.body != "" {
		return respond(r.code, r.body), nil
	}
	body, _ := json.Marshal(map[string]any{"ok": false, "error_code": r.code, "description": r.description,
		"parameters": map[string]any{"retry_after": r.retryAfter, "migrate_to_chat_id": r.migrateTo}})
	return respond(r.code, string(body)), nil
}

func badRequest(why string) *http.Response {
	return respond(400, fmt.Sprintf(`{"ok":false,"error_code":400,"description":"Bad Request: %s"}`, why))
}

func respond(code int, body string) *http.Response {
	w := httptest.NewRecorder()
	w.WriteHeader(code)
	_, _ = w.WriteString(body)
	return w.Result()
}

// readForm reads what the library sends. A body without a length was streamed, which is not allowed here.
func readForm(r *http.Request) (map[string]string, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if int64(len(body)) != r.ContentLength {
		return nil, fmt.Errorf("%s: Content-Length is %d for %d bytes", r.URL.Path, r.ContentLength, len(body))
	}
	form := map[string]string{}
	_, boundary, _ := strings.Cut(r.Header.Get("Content-Type"), "boundary=")
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for len(body) > 0 {
		p, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		value, _ := io.ReadAll(p)
		form[p.FormName()] = string(value)
	}
	return form, nil
}
