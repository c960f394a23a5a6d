package bot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/bot"
	"rechargebot/bot/sandbox"
	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// clerk makes a file for each notice that owes one.
type clerk struct {
	bot.Composer
	mu   sync.Mutex
	made int
}

func (c *clerk) Compose(ctx context.Context, n storage.Notice) (flows.Message, error) {
	if n.Kind != storage.NoticeFile {
		return c.Composer.Compose(ctx, n)
	}
	var m flows.Message
	if err := json.Unmarshal(n.Body, &m); err != nil {
		return m, err
	}
	c.mu.Lock()
	c.made++
	c.mu.Unlock()
	m.File = &flows.File{
		Name: "orders-2026-11-22.csv", Content: []byte("\ufeffOrder,Number\r\n#WJMY3E,'01712345678\r\n"),
		Otherwise: text.Rich{{Text: "The file could not be brought."}},
	}
	return m, nil
}

func fileNotice(chat storage.ChatID, caption string) storage.Notice {
	return storage.Notice{Chat: chat, Person: storage.PersonID(chat), Kind: storage.NoticeFile, Body: words(caption), Created: time.Now()}
}

func accepted(c call) *refusal {
	return &refusal{code: 200, body: fmt.Sprintf(`{"ok":true,"result":{"message_id":900,"date":1,"chat":{"id":%d,"type":"private"}}}`, c.chat())}
}

// The line is too weak for a file: what the person waits for goes on beside it, results too, and when the line is
// better the file comes, once.
func TestAFileOnAWeakLineHoldsNothingUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1)
		var fine atomic.Bool
		g.refuse = func(c call) *refusal {
			switch {
			case c.method != "sendDocument":
				return nil
			case !fine.Load():
				return &refusal{hangs: true}
			}
			return accepted(c)
		}
		d := newDesk(s)
		d.do = func(ctx context.Context, in flows.Input) (flows.Answer, error) {
			return flows.Answer{}, s.Owe(ctx, storage.Notice{Chat: 1, Person: 1, Kind: storage.NoticeScreen, Body: words("screen")})
		}
		c := config(t, g, s, d)
		made := &clerk{Composer: c.Composer}
		c.Composer = made
		_, stop := running(t, c)
		synctest.Wait()
		owe(t, s, fileNotice(1, "the file"))
		pass(10 * time.Second) // it is on its way
		s.order(storage.Job{ID: 1, Agent: 1, Chat: 1, State: storage.Delivered})
		owe(t, s, storage.Notice{Chat: 1, Person: 1, Kind: storage.NoticePush, Job: 1, State: storage.Delivered})
		g.say(typed(1, "/start"))
		pass(time.Second)
		beside := texts(g.said("sendMessage"))
		slices.Sort(beside)
		if diff := cmp.Diff([]string{"push delivered", "screen"}, beside); diff != "" {
			t.Errorf("said beside the file (-want +got):\n%s", diff)
		}
		pass(5 * time.Minute)
		fine.Store(true)
		pass(10 * time.Minute)
		all := g.said("sendDocument")
		last := all[len(all)-1]
		if len(all) < 3 || len(all) > 8 || made.made != len(all) || len(s.owing()) != 0 {
			t.Errorf("%d tries, made %d times, %d still owed", len(all), made.made, len(s.owing()))
		}
		if last.form["caption"] != "the file" || last.form["document"] != "\ufeffOrder,Number\r\n#WJMY3E,'01712345678\r\n" {
			t.Errorf("it came as %q", last.form)
		}
		stopped(t, stop)
	})
}

// Telegram has a bad moment while a file is on its way over a weak line: whether it is well again is not found out with
// the file, and nobody waits for its end.
func TestAFileOnItsWayIsNoMeasureOfTelegram(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore(1, 2, 3, 4)
		var down atomic.Bool
		g.refuse = func(c call) *refusal {
			switch {
			case c.method == "sendDocument":
				return &refusal{hangs: true}
			case c.method == "sendMessage" && down.Load():
				return &refusal{code: 502, body: "<html>"}
			}
			return nil
		}
		c := config(t, g, s, newDesk(s))
		c.Composer = &clerk{Composer: c.Composer}
		_, stop := running(t, c)
		synctest.Wait()
		owe(t, s, fileNotice(1, "the file"))
		pass(time.Second)
		down.Store(true)
		for chat := range storage.ChatID(4) {
			owe(t, s, storage.Notice{Chat: chat + 1, Person: storage.PersonID(chat + 1), Kind: storage.NoticeMessage, Body: words("result")})
		}
		pass(2 * time.Second)
		down.Store(false)
		pass(10 * time.Second)
		if got := len(s.owing()); got != 1 {
			t.Errorf("%d messages are owed ten seconds after, want the file alone", got)
		}
		stopped(t, stop)
	})
}

// slowFiles is a line on which a file takes seconds.
type slowFiles struct {
	http.RoundTripper
	files *atomic.Int64
}

func (s slowFiles) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/sendDocument") {
		time.Sleep(time.Duration(2000+s.files.Add(1)*770%3000) * time.Millisecond)
	}
	return s.RoundTripper.RoundTrip(r)
}

// Files arrive, seconds after they left, among results that go out as fast as Telegram takes them.
func TestFilesThatTakeLongReachNoLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s, limit := newTelegram(), newStore(), newStrict()
		g.refuse = func(c call) *refusal {
			if c.method != "sendDocument" {
				return limit.judge(c)
			}
			c.method = "sendMessage" // which it is to the limits
			if no := limit.judge(c); no != nil {
				return no
			}
			return accepted(c)
		}
		c := config(t, g, s, newDesk(s))
		c.Composer = &clerk{Composer: c.Composer}
		c.Transport = slowFiles{newRoad(g, 5*time.Millisecond, 50*time.Millisecond), new(atomic.Int64)}
		_, stop := running(t, c)
		synctest.Wait()
		for i := range storage.ChatID(400) {
			owe(t, s, note(1000+i, "result"))
		}
		for i := range storage.ChatID(8) {
			owe(t, s, fileNotice(5000+i, "the file"))
		}
		pass(5 * time.Minute)
		if len(limit.refused) != 0 || len(s.owing()) != 0 {
			t.Errorf("over a limit: %v; %d still owed", limit.refused, len(s.owing()))
		}
		stopped(t, stop)
	})
}

// Fifty people ask for files at once: two are in memory at a time, and everybody gets his.
func TestFewFilesAreOnTheirWayAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, s := newTelegram(), newStore()
		g.latency = 3 * time.Second
		g.refuse = func(c call) *refusal {
			if c.method == "sendDocument" {
				return accepted(c)
			}
			return nil
		}
		c := config(t, g, s, newDesk(s))
		made := &clerk{Composer: c.Composer}
		c.Composer = made
		_, stop := running(t, c)
		synctest.Wait()
		for chat := range storage.ChatID(50) {
			owe(t, s, fileNotice(chat+1, fmt.Sprint("for ", chat+1)))
		}
		most := 0
		for range 400 {
			pass(500 * time.Millisecond)
			made.mu.Lock()
			most = max(most, made.made-len(g.said("sendDocument")))
			made.mu.Unlock()
		}
		seen := map[int64]int{}
		for _, c := range g.said("sendDocument") {
			seen[c.chat()]++
		}
		if most != 2 || len(seen) != 50 || len(s.owing()) != 0 || len(g.said("sendDocument")) != 50 {
			t.Errorf("%d at a time, for %d people, %d calls, %d owed", most, len(seen), len(g.said("sendDocument")), len(s.owing()))
		}
		stopped(t, stop)
	})
}

// Whatever Telegram says to a file: it is never lost in silence, and what is said in its place is said once.
func TestRefusalsOfAFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		no    refusal
		times int // 0 = always
		want  []string
		files int
	}{
		"the markup of the caption":     {refusal{code: 400, description: "Bad Request: can't parse entities: x"}, 1, nil, 2},
		"the file":                      {refusal{code: 400, description: "Bad Request: DOCUMENT_INVALID"}, 0, []string{"The file could not be brought."}, 2},
		"a proxy finds it too large":    {refusal{code: 413, body: "<html>too large</html>"}, 0, []string{"The file could not be brought."}, 2},
		"a flood":                       {refusal{code: 429, description: "Too Many Requests", retryAfter: 30}, 1, nil, 2},
		"the line breaks half way":      {refusal{cause: errKilled}, 3, nil, 4},
		"no line is good enough for it": {refusal{hangs: true}, 0, []string{"The file could not be brought."}, -1},
		"they have blocked us":          {refusal{code: 403, description: "Forbidden: bot was blocked by the user"}, 0, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g, s := newTelegram(), newStore(1)
				said := 0
				g.refuse = func(made call) *refusal {
					switch {
					case made.method != "sendDocument":
						return nil
					case c.times == 0 || said < c.times:
						said++
						return &c.no
					}
					return accepted(made)
				}
				conf := config(t, g, s, newDesk(s))
				conf.Composer = &clerk{Composer: conf.Composer}
				_, stop := running(t, conf)
				synctest.Wait()
				owe(t, s, fileNotice(1, "<b> & the file"))
				pass(3 * time.Hour)
				if diff := cmp.Diff(c.want, texts(g.said("sendMessage"))); diff != "" {
					t.Errorf("said in its place (-want +got):\n%s", diff)
				}
				if n := len(g.said("sendDocument")); c.files > 0 && n != c.files || n > 30 {
					t.Errorf("%d tries", n)
				}
				if n := len(s.owing()); n != 0 {
					t.Errorf("%d are still owed", n)
				}
				stopped(t, stop)
			})
		})
	}
}

// The strict Bot API takes a file as it is made, and a client opens it.
func TestAFileArrivesAsItWasMade(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t, 1)
		g := sandbox.New(sandbox.Config{Token: token, BotName: "RechargeBot", People: []sandbox.Person{{ID: 1, FirstName: "Ann", Started: true}}})
		defer g.Close()
		c := s.config(nil)
		c.Transport, c.Composer = memory{g.Handler()}, &clerk{Composer: c.Composer}
		_, stop := running(t, c)
		synctest.Wait()
		body, _ := json.Marshal(flows.Message{Text: text.Rich{{Text: "<Your> orders", Style: text.Bold}}})
		n := fileNotice(1, "")
		n.Body = body
		if err := s.Owe(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Second)
		all := g.Messages(1)
		if len(all) != 1 || all[0].Document == nil || all[0].Caption != "<Your> orders" || len(all[0].CaptionEntities) != 1 {
			t.Fatalf("it came as %+v", all)
		}
		if d := all[0].Document; d.Name != "orders-2026-11-22.csv" || d.Type != "text/csv" {
			t.Errorf("the document is %+v", d)
		}
		w := httptest.NewRecorder()
		g.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/sandbox/files/"+all[0].Document.ID, nil))
		if w.Body.String() != "\ufeffOrder,Number\r\n#WJMY3E,'01712345678\r\n" {
			t.Errorf("it holds %q", w.Body)
		}
		stopped(t, stop)
		_ = s.Close()
	})
}
