package flows_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows"
	"rechargebot/flows/text"
	"rechargebot/storage"
	"rechargebot/storage/bolt/bolttest"
)

const (
	rahim = storage.PersonID(2001)
	karim = storage.PersonID(2002)
)

// lockedRand lets goroutines share a seeded source, as the engine wants it.
type lockedRand struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *lockedRand) Read(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(b)
}

// desk is an engine over a store, with one agent.
type desk struct {
	*testing.T
	store  storage.Store
	engine *flows.Engine
	now    time.Time

	mu     sync.Mutex
	orders []storage.Job
}

func openDesk(t *testing.T, wrap func(storage.Store) flows.EngineStore, more ...flows.Flow) *desk {
	t.Helper()
	d := &desk{T: t, store: bolttest.Open(t), now: time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC)}
	catalogue, err := text.Load()
	d.must(err)
	var store flows.EngineStore = d.store
	if wrap != nil {
		store = wrap(d.store)
	}
	d.engine, err = flows.NewEngine(flows.Config{
		Store: store, Catalogue: catalogue, Now: func() time.Time { return d.now },
		Rand: &lockedRand{r: rand.NewChaCha8([32]byte{1})},
		OnOrder: func(j storage.Job) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.orders = append(d.orders, j)
		},
	}, append(more, shop{perDay: 100000}, door{})...)
	d.must(err)
	_, err = d.store.Commit(context.Background(), storage.Turn{Now: d.now, Actor: rahim, People: []storage.PersonChange{
		{After: storage.Person{ID: rahim, Chat: storage.ChatID(rahim), Name: "Rahim Uddin", Role: storage.RoleAgent}},
		{After: storage.Person{ID: karim, Chat: storage.ChatID(karim), Name: "Karim Ali", Role: storage.RoleAgent}},
	}})
	d.must(err)
	return d
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func from(id storage.PersonID) flows.Input {
	return flows.Input{
		Chat: storage.ChatID(id), ChatKind: flows.PrivateChat, From: flows.Sender{ID: id, Name: "Somebody"},
	}
}

func (d *desk) handle(in flows.Input) flows.Answer {
	d.Helper()
	answer, err := d.engine.Handle(context.Background(), 0, in)
	d.must(err)
	return answer
}

func (d *desk) command(name string) {
	in := from(rahim)
	in.Command = name
	d.handle(in)
}

// screen is the newest screen that the store owes the agent.
func (d *desk) screen() flows.Message {
	d.Helper()
	notices, err := d.store.Pending(context.Background())
	d.must(err)
	for _, n := range notices {
		if n.Kind == storage.NoticeScreen && n.Chat == storage.ChatID(rahim) {
			var m flows.Message
			d.must(json.Unmarshal(n.Body, &m))
			return m
		}
	}
	d.Fatal("no screen is owed")
	return flows.Message{}
}

func (d *desk) pressing(label string) flows.Input {
	d.Helper()
	for _, row := range d.screen().Rows {
		for _, b := range row {
			if b.Label == label {
				in := from(rahim)
				in.Press, in.Message = b.Token, 7
				return in
			}
		}
	}
	d.Fatalf("no button %q", label)
	return flows.Input{}
}

func TestAButtonCarriesOnlyRandomness(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	d.command("shop")
	tokens := map[string]bool{}
	for _, b := range d.screen().Rows[0] {
		raw, err := base64.RawURLEncoding.DecodeString(b.Token)
		if len(b.Token) != 24 || len(raw) != 18 || err != nil {
			t.Errorf("token %q: %v", b.Token, err)
		}
		tokens[b.Token] = true
	}
	if len(tokens) != 3 {
		t.Errorf("%d different tokens for 3 buttons", len(tokens))
	}
	notices, err := d.store.Pending(context.Background())
	d.must(err)
	for _, n := range notices {
		if strings.Contains(string(n.Body), "buy") || strings.Contains(string(n.Body), "shop") {
			t.Errorf("an action leaves the store: %s", n.Body)
		}
	}
}

func TestAHundredThumbsAtOnceOrderOnce(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	d.command("shop")
	in := d.pressing("Buy")
	var group sync.WaitGroup
	answers := make([]flows.Answer, 100)
	for i := range answers {
		group.Go(func() {
			var err error
			if answers[i], err = d.engine.Handle(context.Background(), 0, in); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(d.orders) != 1 {
		t.Errorf("%d orders", len(d.orders))
	}
	bought := 0
	for _, a := range answers {
		switch {
		case a.Text == "Bought.":
			bought++
		case a.Text == "":
			t.Error("a press got no answer")
		}
	}
	if bought != 1 {
		t.Errorf("%d presses were told that they bought", bought)
	}
}

func TestADeliveredUpdateIsHandledOnceHoweverOftenItComes(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	d.command("shop")
	in := d.pressing("Buy")
	ctx := context.Background()
	accepted, err := d.store.Accept(ctx, storage.Update{UpdateID: 1, Raw: []byte("{}"), Arrived: d.now})
	d.must(err)
	for range 50 {
		if _, err := d.engine.Handle(ctx, accepted[0].ID, in); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.orders) != 1 {
		t.Errorf("%d orders", len(d.orders))
	}
	waiting, err := d.store.Waiting(ctx)
	d.must(err)
	if len(waiting) != 0 {
		t.Errorf("%d updates wait still", len(waiting))
	}
}

func TestWhatChangesNothingLeavesTheInboxToo(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	ctx := context.Background()
	channel := from(rahim)
	channel.ChatKind, channel.Text = flows.OtherChat, "news"
	nobody := from(0)
	nobody.ChatKind, nobody.Chat, nobody.Command = flows.GroupChat, -100, "help"
	forged := from(3001)
	forged.Press = "x"
	for i, in := range []flows.Input{channel, nobody, forged} {
		accepted, err := d.store.Accept(ctx, storage.Update{UpdateID: int64(i + 1), Raw: []byte("{}"), Arrived: d.now})
		d.must(err)
		_, err = d.engine.Handle(ctx, accepted[0].ID, in)
		d.must(err)
	}
	waiting, err := d.store.Waiting(ctx)
	d.must(err)
	owed, err := d.store.Pending(ctx)
	d.must(err)
	if len(waiting) != 0 || len(owed) != 0 {
		t.Errorf("%d updates wait, %d notices are owed", len(waiting), len(owed))
	}
}

// Every token but the right one, from the right person in the right chat, changes nothing.
func TestForgedPressesChangeNothing(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	d.command("shop")
	in := d.pressing("Buy")
	raw, err := base64.RawURLEncoding.DecodeString(in.Press)
	d.must(err)
	peek := d.pressing("Peek")
	say := english(t)
	stale, other := say.Text(text.EnginePressStale, nil), say.Text(text.EnginePressOther, nil)
	before := d.screen()
	try := func(in flows.Input, want string, change func(*flows.Input)) {
		t.Helper()
		change(&in)
		in.Message = 99 // not the card, which would be drawn again
		if a := d.handle(in); a.Text != want {
			t.Errorf("press %q by %d in %s chat %d was answered %q", in.Press, in.From.ID, in.ChatKind, in.Chat, a.Text)
		}
	}
	carrying := func(b []byte) func(*flows.Input) {
		return func(f *flows.Input) { f.Press = base64.RawURLEncoding.EncodeToString(b) }
	}
	for bit := range len(raw) * 8 {
		flipped := slices.Clone(raw)
		flipped[bit/8] ^= 1 << (bit % 8)
		try(in, stale, carrying(flipped))
	}
	long := append(slices.Clone(raw), make([]byte, 30)...)
	for n := 1; n < len(long); n++ {
		if n != len(raw) {
			try(in, stale, carrying(long[:n]))
		}
	}
	r := rand.NewChaCha8([32]byte{2})
	for range 10_000 {
		b := make([]byte, len(raw))
		_, _ = r.Read(b)
		try(in, stale, carrying(b))
	}
	try(in, stale, func(f *flows.Input) { f.Press += "\n" })
	try(in, stale, func(f *flows.Input) { f.Press = " " + f.Press })
	for _, in := range []flows.Input{in, peek} {
		try(in, other, func(f *flows.Input) { f.From.ID = karim })
		try(in, other, func(f *flows.Input) { f.From.ID, f.Chat = karim, storage.ChatID(karim) })
		try(in, other, func(f *flows.Input) { f.From.ID = 0 })
		try(in, other, func(f *flows.Input) { f.Chat, f.ChatKind = -100, flows.GroupChat })
		try(in, other, func(f *flows.Input) { f.Chat = storage.ChatID(karim) })
		try(in, stale, func(f *flows.Input) { f.ChatKind = flows.GroupChat })
		try(in, stale, func(f *flows.Input) { f.ChatKind = flows.OtherChat })
	}
	if diff := cmp.Diff(before, d.screen()); diff != "" || len(d.orders) != 0 {
		t.Errorf("%d orders; screen:\n%s", len(d.orders), diff)
	}
	if a := d.handle(in); a.Text != "Bought." || len(d.orders) != 1 {
		t.Errorf("the right press was answered %q", a.Text)
	}
}

func TestWhatTelegramWouldRefuseIsCut(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	in := from(rahim)
	in.Text = strings.Repeat("😀", 2048)
	d.handle(in)
	notices, err := d.store.Pending(context.Background())
	d.must(err)
	var m flows.Message
	d.must(json.Unmarshal(notices[0].Body, &m))
	if n := m.Text.Length(); n > flows.MaxText || n < flows.MaxText-1 || !strings.HasSuffix(m.Text.String(), "…") {
		t.Errorf("a message of %d units", n)
	}
	d.command("shop")
	press := d.pressing("Peek")
	press.From.Name = strings.Repeat("x", 1000) // the shop says it
	if a := d.handle(press); len(a.Text) == 0 || len([]rune(a.Text)) > flows.MaxAnswer {
		t.Errorf("an answer of %d characters", len(a.Text))
	}
}

func TestAnOrderTakesTheCardOver(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	d.command("shop")
	in := d.pressing("Buy")
	ctx := context.Background()
	notices, err := d.store.Pending(ctx)
	d.must(err)
	d.must(d.store.Sent(ctx, notices[0], in.Message))
	d.handle(in)
	s, err := d.store.Session(ctx, storage.ChatID(rahim))
	d.must(err)
	if s.Card != 0 || s.Flow != "" || s.Keyboard != (storage.KeyboardID{}) {
		t.Errorf("the session holds on to %+v", s)
	}
	if len(d.orders) != 1 || d.orders[0].Card != in.Message {
		t.Errorf("orders: %+v", d.orders)
	}
}

func TestWhoLostTheRoleCannotPressAnyMore(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	d.command("shop")
	in := d.pressing("Peek")
	p, err := d.store.Person(context.Background(), rahim)
	d.must(err)
	after := p
	after.Role = storage.RoleNone
	_, err = d.store.Commit(context.Background(), storage.Turn{
		Now: d.now, Actor: rahim, People: []storage.PersonChange{{Before: &p, After: after}},
	})
	d.must(err)
	if a := d.handle(in); a.Text != english(t).Text(text.EnginePressRefused, nil) {
		t.Errorf("answered %q", a.Text)
	}
}

func TestStrangersNeitherFillTheStoreNorMemory(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	said := 0
	for i := range 20_000 {
		in := from(storage.PersonID(10_000 + i%10_000))
		in.Text = "hello"
		d.handle(in)
		if i%1000 == 999 {
			said += d.sendAll()
		}
	}
	if said == 0 || said > 4096 {
		t.Errorf("%d strangers of 10,000 were answered, want at most 4,096", said)
	}
	d.now = d.now.Add(time.Hour)
	in := from(99_999)
	in.Text = "hello"
	d.handle(in)
	if d.sendAll() != 1 {
		t.Error("an hour later a new face gets no answer")
	}
	_, err := d.store.Person(context.Background(), 10_000)
	if !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("a stranger is stored: %v", err)
	}
}

// sendAll takes everything owed as sent.
func (d *desk) sendAll() int {
	d.Helper()
	notices, err := d.store.Pending(context.Background())
	d.must(err)
	for i, n := range notices {
		d.must(d.store.Sent(context.Background(), n, int64(i+1)))
	}
	return len(notices)
}
