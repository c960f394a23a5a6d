package bot_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/bot"
	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

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

// loadedOnce is the words, which nobody changes.
var loadedOnce = sync.OnceValues(text.Load)

func catalogue(t *testing.T) *text.Catalogue {
	t.Helper()
	c, err := loadedOnce()
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
