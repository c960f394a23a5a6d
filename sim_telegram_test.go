package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// telegram plays the Bot API for a whole simulated run: it outlives the processes. It is quick rather than
// complete (bot/sandbox is that one), but strict where money hangs on it: an update is given again until it
// is confirmed, a message can be edited only where it is, and people press only what was shown.
type telegram struct {
	w *world

	mu      sync.Mutex
	news    chan struct{} // closed and replaced when there are updates
	updates []simUpdate
	update  int64
	message int64
	query   int64
	chats   map[int64]*chat
	pressed map[string]int64 // by query: who waits for its answer
}

type simUpdate struct {
	id  int64
	raw json.RawMessage
}

// chat is what one person, or the group, sees.
type chat struct {
	id       int64
	messages map[int64]*simMessage
	log      []*simMessage // in the order of their first sending
	events   int64         // sends and edits so far
	changed  chan struct{}
}

// simMessage is a message as it looks now.
type simMessage struct {
	id    int64
	text  string // without markup
	rows  [][]simButton
	event int64 // when it was sent or edited last, in the chat's own count
	at    time.Time
}

type simButton struct {
	Text string `json:"text"`
	Data string `json:"callback_data"`
}

func newTelegram(w *world) *telegram {
	return &telegram{w: w, news: make(chan struct{}), update: 7000, message: 100, chats: map[int64]*chat{}, pressed: map[string]int64{}}
}

// chat finds or makes one; the lock is held.
func (g *telegram) chat(id int64) *chat {
	c := g.chats[id]
	if c == nil {
		c = &chat{id: id, messages: map[int64]*simMessage{}, changed: make(chan struct{}, 1)}
		g.chats[id] = c
	}
	return c
}

// line is how one process reaches Telegram.
type line struct {
	g *telegram
	p *process
}

var errLine = errors.New("the line is dead")

// RoundTrip answers one call of the Bot API, after a while, and in a bad mood now and then.
func (l line) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	method := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	var form map[string]string
	if method != "getUpdates" {
		form = parseForm(r.Header.Get("Content-Type"), body)
	}
	d := roll(l.g.w.seed, method+form["chat_id"]+form["text"]+form["callback_query_id"], uint64(time.Now().UnixNano()))
	if !pauseFor(r.Context().Done(), d.between(15*time.Millisecond, 90*time.Millisecond)) {
		return nil, r.Context().Err()
	}
	if l.p.dead.Load() {
		return nil, errLine
	}
	if method == "getUpdates" {
		return l.poll(r, body, &d)
	}
	fault := l.g.w.telegramFault(&d, method, form)
	switch fault {
	case "lost call":
		return nil, errLine
	case "flood":
		return reply(429, fmt.Sprintf(`{"ok":false,"error_code":429,"description":"Too Many Requests: retry later","parameters":{"retry_after":%d}}`, 1+d.n(4))), nil
	case "bad gateway":
		return reply(502, "<html><h1>502 Bad Gateway</h1></html>"), nil
	}
	answer := l.g.call(l.p, method, form)
	if fault == "lost answer" || l.p.dead.Load() {
		return nil, errLine
	}
	return answer, nil
}

// call does what a method says.
func (g *telegram) call(p *process, method string, form map[string]string) *http.Response {
	switch method {
	case "getMe":
		return result(`{"id":4242,"is_bot":true,"first_name":"Sim","username":"sim_bot"}`)
	case "sendMessage", "editMessageText":
		return g.show(p, method == "editMessageText", form)
	case "answerCallbackQuery":
		g.flash(form)
		return result("true")
	case "setMyCommands", "deleteMyCommands":
		return result("true")
	}
	return reply(400, `{"ok":false,"error_code":400,"description":"Bad Request: the simulation knows no `+method+`"}`)
}

// show puts a message into a chat, or changes one there.
func (g *telegram) show(p *process, edit bool, form map[string]string) *http.Response {
	id, _ := strconv.ParseInt(form["chat_id"], 10, 64)
	var markup struct {
		Rows [][]simButton `json:"inline_keyboard"`
	}
	if m := form["reply_markup"]; m != "" {
		_ = json.Unmarshal([]byte(m), &markup)
	}
	text := plain(form["text"])
	g.w.oracle.said(p, id, text, edit)

	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.chat(id)
	var m *simMessage
	if edit {
		target, _ := strconv.ParseInt(form["message_id"], 10, 64)
		if m = c.messages[target]; m == nil {
			return reply(400, `{"ok":false,"error_code":400,"description":"Bad Request: message to edit not found"}`)
		}
		if m.text == text && same(m.rows, markup.Rows) {
			return reply(400, `{"ok":false,"error_code":400,"description":"Bad Request: message is not modified"}`)
		}
	} else {
		g.message++
		m = &simMessage{id: g.message}
		c.messages[m.id] = m
		c.log = append(c.log, m)
	}
	c.events++
	m.text, m.rows, m.event, m.at = text, markup.Rows, c.events, time.Now()
	select {
	case c.changed <- struct{}{}:
	default:
	}
	return result(fmt.Sprintf(`{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"}}`, m.id, id))
}

// flash shows the answer to a press over the chat. Here it stays as a message without a number.
func (g *telegram) flash(form map[string]string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	who, waits := g.pressed[form["callback_query_id"]]
	if !waits || form["text"] == "" {
		return
	}
	delete(g.pressed, form["callback_query_id"])
	c := g.chat(who)
	c.events++
	c.log = append(c.log, &simMessage{text: form["text"], event: c.events, at: time.Now()})
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

func same(a, b [][]simButton) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if len(a[i]) != len(b[i]) {
			return false
		}
		for j := range a[i] {
			if a[i][j] != b[i][j] {
				return false
			}
		}
	}
	return true
}

var markupTag = regexp.MustCompile(`<[^>]*>`)

// plain is a text of Telegram's HTML mode as a person reads it.
func plain(s string) string {
	if strings.IndexByte(s, '<') >= 0 {
		s = markupTag.ReplaceAllString(s, "")
	}
	return html.UnescapeString(s)
}

// poll gives what is not confirmed, waiting for something as long as it was asked to.
func (l line) poll(r *http.Request, body []byte, d *dice) (*http.Response, error) {
	var q struct {
		Offset  int64 `json:"offset"`
		Timeout int   `json:"timeout"`
	}
	if err := json.Unmarshal(body, &q); err != nil {
		return reply(400, `{"ok":false,"error_code":400,"description":"Bad Request"}`), nil
	}
	fault := l.g.w.telegramFault(d, "getUpdates", nil)
	switch fault {
	case "lost call":
		return nil, errLine
	case "bad gateway":
		return reply(502, "<html>"), nil
	case "flood":
		return reply(429, `{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":1}}`), nil
	}
	hold := time.NewTimer(time.Duration(q.Timeout)*time.Second + d.between(0, time.Millisecond))
	defer hold.Stop()
	for {
		batch, news := l.g.unconfirmed(q.Offset, d)
		if len(batch) > 0 || q.Timeout == 0 {
			if fault == "lost answer" || l.p.dead.Load() {
				return nil, errLine
			}
			return result("[" + string(bytes.Join(batch, []byte(","))) + "]"), nil
		}
		select {
		case <-news:
			if !pauseFor(r.Context().Done(), d.between(time.Millisecond, 40*time.Millisecond)) {
				return nil, r.Context().Err()
			}
		case <-hold.C:
			q.Timeout = 0
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

// unconfirmed forgets what the offset confirms and lists the rest, out of order and twice now and then.
func (g *telegram) unconfirmed(offset int64, d *dice) (batch [][]byte, news <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	kept := g.updates[:0]
	for _, u := range g.updates {
		if u.id >= offset {
			kept = append(kept, u)
		}
	}
	g.updates = kept
	for _, u := range g.updates[:min(len(g.updates), 100)] {
		batch = append(batch, u.raw)
	}
	switch n := len(batch); {
	case n > 1 && d.percent(3):
		g.w.cover("telegram: updates out of order × poll")
		batch[0], batch[n-1] = batch[n-1], batch[0]
	case n > 0 && d.percent(3):
		g.w.cover("telegram: updates twice × poll")
		batch = append(batch, batch[0])
	}
	return batch, g.news
}

// tell queues an update; the text has one %d for its number.
func (g *telegram) tell(format string, args ...any) json.RawMessage {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.update++
	raw := json.RawMessage(fmt.Sprintf(`{"update_id":%d,%s}`, g.update, fmt.Sprintf(format, args...)))
	g.put(g.update, raw)
	return raw
}

func (g *telegram) put(id int64, raw json.RawMessage) {
	g.updates = append(g.updates, simUpdate{id, raw})
	close(g.news)
	g.news = make(chan struct{})
}

// about is every message of a person's chat that names the number, and what else was shown there about that time.
func (g *telegram) about(number string) (out string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.chats {
		for i, m := range c.log {
			if strings.Contains(m.text, number) {
				for _, near := range c.log[max(0, i-3):min(len(c.log), i+4)] {
					out += fmt.Sprintf("\n%s chat %d message %d: %.90q", near.at.Format("15:04:05.000"), c.id, near.id, near.text)
				}
				return out
			}
		}
	}
	return out
}

// types lets a person write; presses lets one tap a button of a message, as often as that.
func (g *telegram) types(person int64, text string) {
	words, _ := json.Marshal(text)
	g.tell(`"message":{"message_id":1,"date":1,"chat":{"id":%d,"type":"private"},"from":{"id":%d,"first_name":"P%d"},"text":%s}`, person, person, person, words)
}

func (g *telegram) presses(person, message int64, data string) {
	g.mu.Lock()
	g.query++
	n := g.query
	g.pressed[fmt.Sprint("q", n)] = person
	g.mu.Unlock()
	g.tell(`"callback_query":{"id":"q%d","from":{"id":%d,"first_name":"P%d"},"message":{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"}},"data":%q}`,
		n, person, person, message, person, data)
}

func result(value string) *http.Response { return reply(200, `{"ok":true,"result":`+value+`}`) }

func reply(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Status: strconv.Itoa(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// parseForm reads multipart fields without the ceremony of the standard reader.
func parseForm(contentType string, body []byte) map[string]string {
	out := map[string]string{}
	_, boundary, found := strings.Cut(contentType, "boundary=")
	if !found {
		return out
	}
	for _, part := range bytes.Split(body, []byte("--"+boundary)) {
		head, value, found := bytes.Cut(part, []byte("\r\n\r\n"))
		_, name, named := bytes.Cut(head, []byte(`name="`))
		if !found || !named {
			continue
		}
		name, _, _ = bytes.Cut(name, []byte(`"`))
		out[string(name)] = string(bytes.TrimSuffix(value, []byte("\r\n")))
	}
	return out
}

// pauseFor sleeps, and reports whether nothing ended it early.
func pauseFor(end <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-end:
		return false
	}
}
