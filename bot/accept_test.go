package bot

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
)

// shelf is a store that takes updates and forgets them, and knows one agent.
type shelf struct {
	Store
	register
	taken int
}

func (s *shelf) Accept(_ context.Context, updates ...storage.Update) ([]storage.Update, error) {
	s.taken += len(updates)
	return updates, nil
}

func (s *shelf) Person(ctx context.Context, id storage.PersonID) (storage.Person, error) {
	return s.register.Person(ctx, id)
}

func (s *shelf) WithRole(ctx context.Context, ids []storage.PersonID) ([]storage.PersonID, error) {
	return s.register.WithRole(ctx, ids)
}

type nobodyHandles struct{ Handler }

func (nobodyHandles) Handle(context.Context, storage.InboxID, flows.Input) (flows.Answer, error) {
	return flows.Answer{}, nil
}

type nothingComposed struct{ Composer }

// besieged is a bot in the midst of a flood: strangers have used up what they may say.
func besieged(tb testing.TB) (*Bot, *shelf, time.Time) {
	tb.Helper()
	s := &shelf{register: register{roles: map[storage.PersonID]storage.Role{1: storage.RoleAgent}}}
	words, err := text.Load()
	if err != nil {
		tb.Fatal(err)
	}
	b, err := New(Config{Token: "4242:abc", Store: s, Handler: nobodyHandles{}, Composer: nothingComposed{}, Catalogue: words})
	if err != nil {
		tb.Fatal(err)
	}
	now := time.Unix(1_800_000_000, 0)
	b.gate.all.AllowN(now, strangersBurst)
	return b, s, now
}

// What is turned away costs no memory: a batch of a hundred costs as many allocations as one of ten.
func TestWhatIsTurnedAwayCostsNoMemoryEach(t *testing.T) {
	b, s, now := besieged(t)
	costs := func(n int) float64 {
		raws := floodOf(n, 5)
		return testing.AllocsPerRun(50, func() {
			if arrivals, _, err := b.accept(t.Context(), raws, now); err != nil || len(arrivals) != 1 {
				t.Fatalf("%d arrivals (%v), want the agent's", len(arrivals), err)
			}
		})
	}
	if few, many := costs(10), costs(100); many > few {
		t.Errorf("ten updates make %v allocations, a hundred %v", few, many)
	}
	if s.taken == 0 {
		t.Error("nothing was stored")
	}
}

// BenchmarkAcceptInAFlood takes an answer of a hundred updates, of strangers and of one agent, to where it could be
// confirmed, but for the disk. "plain" is encoding/json alone on the same answer; x-plain says how much of that
// accepting it costs.
func BenchmarkAcceptInAFlood(b *testing.B) {
	bot, s, now := besieged(b)
	answer := answerOf(floodOf(100, 50))
	var plain, whole time.Duration
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var all struct{ Result []wireUpdate }
			if err := json.Unmarshal(answer, &all); err != nil || len(all.Result) != 100 {
				b.Fatal(err)
			}
		}
		plain = b.Elapsed() / time.Duration(b.N)
	})
	b.Run("accept", func(b *testing.B) {
		b.ReportAllocs()
		s.taken = 0
		for b.Loop() {
			raws, ok := split(answer)
			if !ok {
				b.Fatal("the answer was not cut")
			}
			if _, _, err := bot.accept(b.Context(), raws, now); err != nil {
				b.Fatal(err)
			}
		}
		if s.taken < b.N {
			b.Fatal("the agent's press was turned away")
		}
		whole = b.Elapsed() / time.Duration(b.N)
		if plain > 0 {
			b.ReportMetric(float64(whole)/float64(plain), "x-plain")
		}
	})
}
