package bot_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/bot"
	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
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

func (c call) chat() int64    { n, _ := strconv.ParseInt(c.form["chat_id"], 10, 64); return n }
func (c call) text() string   { return c.form["text"] }
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

// store is a store in memory that keeps the contract of storage as far as the edge can see it.
type store struct {
	mu       sync.Mutex
	inbox    []storage.Update
	seen     map[int64]bool
	nextIn   storage.InboxID
	owed     []storage.Notice
	nextOut  storage.NoticeID
	listen   func([]storage.Notice)
	people   map[storage.PersonID]storage.Person
	sessions map[storage.ChatID]storage.Session
	jobs     map[storage.JobID]storage.Job
	about    map[storage.PersonID][]storage.CardRef
	memos    map[string][]byte
	given    []storage.Notice      // up
	sentJobs []string              // of the pushes that were sent, in order
	reads    int                   // of people
	fail     func(op string) error // nil = never
	most     int                   // the most updates that ever waited
	accepted []int64               // numbers of updates in the order of their storing
}

func newStore(agents ...storage.PersonID) *store {
	s := &store{seen: map[int64]bool{}, people: map[storage.PersonID]storage.Person{}, sessions: map[storage.ChatID]storage.Session{},
		jobs: map[storage.JobID]storage.Job{}, about: map[storage.PersonID][]storage.CardRef{}, memos: map[string][]byte{}}
	for _, id := range agents {
		s.people[id] = storage.Person{ID: id, Role: storage.RoleAgent}
		s.sessions[storage.ChatID(id)] = storage.Session{Chat: storage.ChatID(id), Person: id}
	}
	return s
}

func (s *store) failing(op string) error {
	if s.fail == nil {
		return nil
	}
	return s.fail(op)
}

func (s *store) Accept(_ context.Context, updates ...storage.Update) ([]storage.Update, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []storage.Update
	for _, u := range updates {
		if s.seen[u.UpdateID] {
			continue
		}
		s.seen[u.UpdateID] = true
		s.nextIn++
		u.ID = s.nextIn
		s.inbox = append(s.inbox, u)
		s.accepted = append(s.accepted, u.UpdateID)
		out = append(out, u)
	}
	s.most = max(s.most, len(s.inbox))
	return out, s.failing("accept") // the commit happened even when the answer is an error
}

func (s *store) Waiting(context.Context) ([]storage.Update, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.inbox), nil
}

func byInboxID(u storage.Update, id storage.InboxID) int { return cmp.Compare(u.ID, id) }

func (s *store) WaitingFrom(_ context.Context, from storage.InboxID, limit int) ([]storage.Update, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, _ := slices.BinarySearchFunc(s.inbox, from, byInboxID)
	return slices.Clone(s.inbox[i:min(len(s.inbox), i+limit)]), nil
}

func (s *store) Handled(_ context.Context, ids ...storage.InboxID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if i, there := slices.BinarySearchFunc(s.inbox, id, byInboxID); there {
			s.inbox = slices.Delete(s.inbox, i, i+1)
		}
	}
	return s.failing("handled")
}

func (s *store) Pending(context.Context) ([]storage.Notice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.owed), nil
}

func (s *store) Owed(_ context.Context, id storage.NoticeID) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.owed, func(n storage.Notice) bool { return n.ID == id }), s.failing("owed")
}

// forgetScreens is what a turn does that leaves the card behind.
func (s *store) forgetScreens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owed = slices.DeleteFunc(s.owed, func(n storage.Notice) bool { return n.Kind == storage.NoticeScreen })
}

func (s *store) OnOwed(f func([]storage.Notice)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listen = f
}

func (s *store) Owe(_ context.Context, notices ...storage.Notice) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var fresh []storage.Notice
	for _, n := range notices {
		s.nextOut++
		n.ID = s.nextOut
		s.owed = slices.DeleteFunc(s.owed, func(old storage.Notice) bool {
			return old.Kind == n.Kind && (n.Kind == storage.NoticeScreen && old.Chat == n.Chat || n.Kind == storage.NoticeCard && old.Job == n.Job)
		})
		s.owed = append(s.owed, n)
		fresh = append(fresh, n)
	}
	if s.listen != nil {
		s.listen(fresh)
	}
	return s.failing("owe")
}

func (s *store) Sent(ctx context.Context, n storage.Notice, message int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owed = slices.DeleteFunc(s.owed, func(o storage.Notice) bool { return o.ID == n.ID })
	if n.Kind == storage.NoticePush {
		s.sentJobs = append(s.sentJobs, strconv.FormatUint(uint64(n.Job), 10))
	}
	if session, ok := s.sessions[n.Chat]; ok && n.Kind == storage.NoticeScreen && session.Card == 0 {
		session.Card = message
		s.sessions[n.Chat] = session
	}
	if job, ok := s.jobs[n.Job]; ok && n.Kind == storage.NoticeCard && job.Card == 0 {
		job.Card = message
		s.jobs[n.Job] = job
	}
	if n.About != 0 {
		s.about[n.About] = append(s.about[n.About], storage.CardRef{Chat: n.Chat, Message: message})
	}
	return s.failing("sent")
}

// Undeliverable keeps who is out of reach; what he is told later is the real store's affair.
func (s *store) Undeliverable(ctx context.Context, n storage.Notice, at time.Time, alerts ...storage.Notice) error {
	s.mu.Lock()
	s.given = append(s.given, n)
	s.owed = slices.DeleteFunc(s.owed, func(o storage.Notice) bool { return o.ID == n.ID })
	if p, ok := s.people[n.Person]; ok && !at.IsZero() && p.Unreachable.IsZero() {
		p.Unreachable = at
		s.people[n.Person] = p
	}
	s.mu.Unlock()
	if len(alerts) == 0 {
		return s.failing("undeliverable")
	}
	return s.Owe(ctx, alerts...)
}

func (s *store) Commit(_ context.Context, t storage.Turn) (storage.TurnResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inbox = slices.DeleteFunc(s.inbox, func(u storage.Update) bool { return u.ID == t.Inbox })
	if p, ok := s.people[t.Actor]; ok && p.BackBy(t.Heard, t.Now) {
		p.Unreachable = time.Time{}
		s.people[t.Actor] = p
	}
	return storage.TurnResult{}, s.failing("commit")
}

func (s *store) Memo(_ context.Context, name string) ([]byte, error) { return find(s, s.memos, name) }

func (s *store) SetMemo(ctx context.Context, name string, value []byte, notices ...storage.Notice) error {
	s.mu.Lock()
	s.memos[name] = slices.Clone(value)
	s.mu.Unlock()
	return s.Owe(ctx, notices...)
}

func (s *store) DropCard(_ context.Context, n storage.Notice) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if session, ok := s.sessions[n.Chat]; ok && n.Kind == storage.NoticeScreen {
		session.Card = 0
		s.sessions[n.Chat] = session
	}
	if job, ok := s.jobs[n.Job]; ok && n.Kind == storage.NoticeCard {
		job.Card = 0
		s.jobs[n.Job] = job
	}
	return nil
}

func (s *store) CardsAbout(_ context.Context, about storage.PersonID) ([]storage.CardRef, error) {
	return s.about[about], nil
}

func (s *store) Session(_ context.Context, chat storage.ChatID) (storage.Session, error) {
	return find(s, s.sessions, chat)
}

func (s *store) Job(_ context.Context, id storage.JobID) (storage.Job, error) {
	return find(s, s.jobs, id)
}

func (s *store) PeopleWhere(_ context.Context, match func(storage.Person) bool) ([]storage.Person, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []storage.Person
	for _, p := range s.people {
		if match(p) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b storage.Person) int { return cmp.Compare(a.ID, b.ID) })
	return out, s.failing("people")
}

func (s *store) Person(_ context.Context, id storage.PersonID) (storage.Person, error) {
	s.mu.Lock()
	s.reads++
	s.mu.Unlock()
	return find(s, s.people, id)
}

func (s *store) WithRole(_ context.Context, ids []storage.PersonID) (with []storage.PersonID, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	for _, id := range ids {
		if s.people[id].Role != storage.RoleNone {
			with = append(with, id)
		}
	}
	return with, nil
}

func find[K comparable, V any](s *store, m map[K]V, key K) (V, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := m[key]
	if !ok {
		return v, storage.ErrNotFound
	}
	return v, nil
}

func (s *store) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.inbox)
}

func (s *store) owing() []storage.Notice {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.owed)
}

// order puts a job there, and move brings it to a state and owes what a move owes.
func (s *store) order(j storage.Job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs[j.ID] = j
}

func (s *store) move(id storage.JobID, to storage.State) {
	s.mu.Lock()
	j := s.jobs[id]
	j.State = to
	s.jobs[id] = j
	s.mu.Unlock()
	notices := []storage.Notice{{Chat: j.Chat, Person: j.Agent, Kind: storage.NoticeCard, Job: id, State: to}}
	if to.Pushed() {
		notices = append(notices, storage.Notice{Chat: j.Chat, Person: j.Agent, Kind: storage.NoticePush, Job: id, State: to})
	}
	_ = s.Owe(context.Background(), notices...)
}

// words is a notice's body.
func words(s string) json.RawMessage {
	raw, _ := json.Marshal(flows.Message{Text: text.Rich{{Text: s}}})
	return raw
}

// composer words notices as the real one does: bodies as they are, jobs from their present state.
type composer struct{ store *store }

func (c composer) Compose(ctx context.Context, n storage.Notice) (flows.Message, error) {
	if n.Kind == storage.NoticeCard || n.Kind == storage.NoticePush {
		j, err := c.store.Job(ctx, n.Job)
		state := j.State
		if n.Kind == storage.NoticePush {
			state = n.State
		}
		return flows.Message{Text: text.Rich{{Text: string(n.Kind) + " " + string(state)}}}, err
	}
	var m flows.Message
	err := json.Unmarshal(n.Body, &m)
	return m, err
}

// desk is a Handler that keeps a record. do runs for each input; the update leaves the inbox afterwards,
// as in the real engine, unless do returns an error.
type desk struct {
	store *store
	do    func(ctx context.Context, in flows.Input) (flows.Answer, error)

	mu      sync.Mutex
	effects map[int64]int
	order   map[storage.ChatID][]string
	busy    map[storage.ChatID]bool
	overlap bool // two inputs of one chat were handled at once
	most    int  // chats handled at once
}

func newDesk(s *store) *desk {
	return &desk{store: s, effects: map[int64]int{}, order: map[storage.ChatID][]string{}, busy: map[storage.ChatID]bool{}}
}

func (d *desk) Handle(ctx context.Context, id storage.InboxID, in flows.Input) (flows.Answer, error) {
	d.mu.Lock()
	d.overlap = d.overlap || d.busy[in.Chat]
	d.busy[in.Chat] = true
	d.most = max(d.most, len(d.busy))
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.busy, in.Chat)
	}()
	var answer flows.Answer
	if d.do != nil {
		var err error
		if answer, err = d.do(ctx, in); err != nil {
			return answer, err
		}
	}
	d.mu.Lock()
	d.effects[in.Update]++
	d.order[in.Chat] = append(d.order[in.Chat], in.Text+in.Press)
	d.mu.Unlock()
	return answer, d.store.Handled(ctx, id)
}

func (d *desk) heard(chat storage.ChatID) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.order[chat])
}

func (d *desk) total() (n, doubled int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, times := range d.effects {
		n++
		if times > 1 {
			doubled++
		}
	}
	return n, doubled
}

func catalogue(t *testing.T) *text.Catalogue {
	t.Helper()
	c, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// config is a bot over the fakes.
func config(t *testing.T, g *telegram, s *store, d *desk) bot.Config {
	t.Helper()
	return bot.Config{Token: token, APIURL: "http://telegram.test", Store: s, Handler: d, Composer: composer{s}, Catalogue: catalogue(t), Transport: g}
}

// running starts a bot and returns what stops it and tells how Run ended.
func running(t *testing.T, c bot.Config) (b *bot.Bot, stop func() error) {
	t.Helper()
	b, err := bot.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	return b, func() error {
		cancel()
		return <-ended
	}
}

func stopped(t *testing.T, stop func() error) {
	t.Helper()
	if err := stop(); err != nil {
		t.Errorf("Run: %v", err)
	}
}

var errBroken = fmt.Errorf("write: %w", storage.ErrBroken)

var errKilled = errors.New("killed")

func textLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// pass lets time go by, and everything come to rest that it sets in motion.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
