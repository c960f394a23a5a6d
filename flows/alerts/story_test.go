package alerts_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/alerts"
	"rechargebot/flows/text"
	"rechargebot/providers"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

const opsChat storage.ChatID = -1009000000001

// purse is a provider's side of a float.
type purse struct {
	mu      sync.Mutex
	balance providers.Money
	err     error
	slow    time.Duration
	panics  bool
	reads   int
}

func (p *purse) read(ctx context.Context) (providers.Money, error) {
	p.mu.Lock()
	p.reads++
	slow, panics, m, err := p.slow, p.panics, p.balance, p.err
	p.mu.Unlock()
	if panics {
		panic("an adapter's mistake")
	}
	select {
	case <-ctx.Done():
		return providers.Money{}, ctx.Err()
	case <-time.After(slow):
	}
	return m, err
}

// becomes sets what the next readings say.
func (p *purse) becomes(m providers.Money, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.balance, p.err, p.slow, p.panics = m, err, 0, false
}

func (p *purse) asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reads
}

func taka(n int64) providers.Money { return providers.Money{Minor: n * 100, Currency: providers.BDT} }

// float watches the purse with a warning below 5,000 and an alarm below 1,000.
func (p *purse) float(name string) alerts.Float {
	return alerts.Float{Name: name, Balance: p.read, Low: taka(5000), Critical: taka(1000)}
}

// group is a watch over a real store, and what the operations group was told.
type group struct {
	t      *testing.T
	store  *bolt.Store
	config alerts.Config
	watch  *alerts.Watch
	stop   func()
	read   int
}

func story(t *testing.T, tell func(g *group), floats ...alerts.Float) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, err := bolt.Open(filepath.Join(t.TempDir(), "data", "rechargebot.db"), bolt.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		words, err := text.Load()
		if err != nil {
			t.Fatal(err)
		}
		g := &group{t: t, store: store, config: alerts.Config{
			Store: store, Floats: floats, OpsChat: opsChat, OpsTopic: 7, Catalogue: words, Language: "en",
		}}
		g.start()
		tell(g)
		g.stop()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (g *group) start() {
	g.watch = alerts.New(g.config)
	ctx, cancel := context.WithCancel(g.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- g.watch.Run(ctx) }()
	g.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			g.t.Errorf("Run ended with %v", err)
		}
	}
}

// after lets time pass and reads what the group was told meanwhile.
func (g *group) after(d time.Duration) []string {
	g.t.Helper()
	time.Sleep(d)
	synctest.Wait()
	pending, err := g.store.Pending(context.Background())
	if err != nil {
		g.t.Fatal(err)
	}
	var out []string
	for _, n := range pending[g.read:] {
		var m flows.Message
		if err := json.Unmarshal(n.Body, &m); err != nil || n.Chat != opsChat || n.Topic != 7 || n.Kind != storage.NoticeMessage {
			g.t.Fatalf("notice %+v: %v", n, err)
		}
		out = append(out, m.Text.String())
	}
	g.read = len(pending)
	return out
}

// wants lets time pass and compares what the group was told meanwhile, by the beginnings of the messages.
func (g *group) wants(d time.Duration, want ...string) {
	g.t.Helper()
	got := g.after(d)
	if len(got) != len(want) {
		g.t.Fatalf("told %q, want %q", got, want)
	}
	for i, w := range want {
		if !strings.HasPrefix(got[i], w) {
			g.t.Fatalf("told %q, want %q", got[i], w)
		}
	}
}
