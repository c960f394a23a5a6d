package bot_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/alerts"
	"rechargebot/providers"
	"rechargebot/storage"
)

// float is a balance that a test sets.
type float struct {
	mu   sync.Mutex
	taka int64
}

func (f *float) read(context.Context) (providers.Money, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return providers.Money{Minor: f.taka * 100, Currency: providers.BDT}, nil
}

func (f *float) becomes(taka int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.taka = taka
}

// The group has thrown the bot out, and both owners have blocked it, when two floats run low and one of them becomes
// critical. Whoever is back first is told at once how bad it is, once for each provider and as something of the past,
// through a restart; the other one as well, when he is back, with what came meanwhile; and nobody is told twice.
func TestAnAlertThatReachesNobodyWaitsForTheFirstAdminWhoIsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const group = -1009000000001
		s, g := newShop(t, 3), newTelegram()
		shut := map[int64]string{group: "Forbidden: bot was kicked from the supergroup chat", 1: blocked, 2: blocked}
		if err := s.EnsureOwners(t.Context(), time.Now(), 1, 2); err != nil {
			t.Fatal(err)
		}
		g.refuse = shutting(shut)
		north, south := &float{taka: 5000}, &float{taka: 5000}
		limit := func(taka int64) providers.Money { return providers.Money{Minor: taka * 100, Currency: providers.BDT} }
		open := func() (stop func()) {
			c := s.config(g)
			c.Composer = flows.NewComposer(s.Store, c.Catalogue, "en")
			watch := alerts.New(alerts.Config{
				Store: s.Store, Agents: s.Store, OpsChat: group, Catalogue: c.Catalogue, Language: "en",
				Admins: func() []storage.ChatID { return []storage.ChatID{1, 2} },
				Floats: []alerts.Float{
					{Name: "north", Balance: north.read, Low: limit(1000), Critical: limit(100)},
					{Name: "south", Balance: south.read, Low: limit(1000), Critical: limit(100)},
				},
			})
			c.Untold = watch.Instead
			_, stopBot := running(t, c)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- watch.Run(ctx) }()
			return func() {
				cancel()
				if err := <-ended; err != nil {
					t.Errorf("the watch ended with %v", err)
				}
				stopped(t, stopBot)
			}
		}
		stop := open()
		pass(5 * time.Minute)
		north.becomes(900)
		south.becomes(800)
		pass(5 * time.Minute)
		north.becomes(50)
		pass(5 * time.Minute)
		if owed := s.owing(); len(owed) != 0 || len(g.took()) > 1 { // getMe
			t.Errorf("%d owed; told: %v", len(owed), g.took())
		}
		stop()
		stop = open()
		pass(time.Minute)

		g.set(shut, 1, "")
		g.say(typed(1, "hello"))
		pass(time.Minute)
		first := g.told(1)
		if len(first) != 2 || !strings.Contains(first[0], "south") || !strings.Contains(first[1], "Critical balance") || !strings.Contains(first[1], "north") {
			t.Errorf("the first one was told %q", first)
		}
		for _, words := range first {
			if !strings.Contains(words, "While I could not reach you") {
				t.Errorf("told late, as if it were so now: %q", words)
			}
		}
		south.becomes(40)
		pass(5 * time.Minute)
		if now := g.told(1)[len(first):]; len(now) != 1 || !strings.Contains(now[0], "south") || strings.Contains(now[0], "While I could not reach you") {
			t.Errorf("of what came then he was told %q", now)
		}
		g.set(shut, 2, "")
		g.say(typed(2, "hello"))
		pass(time.Hour)
		if second := strings.Join(g.told(2), "|"); strings.Count(second, "Critical balance") != 2 || strings.Count(second, "|") != 1 {
			t.Errorf("the second one was told %q", second)
		}
		if n := len(g.told(1)); n != len(first)+1 || len(g.told(3)) != 0 {
			t.Errorf("the first one was told %d, and an agent %q", n, g.told(3))
		}
		stop()
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
		_ = s.Close()
	})
}
