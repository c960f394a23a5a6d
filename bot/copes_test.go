package bot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/bot/sandbox"
	"rechargebot/flows"
	"rechargebot/storage"
)

// network leads every address to one server, and remembers which were asked for.
type network struct {
	*pipes

	mu     sync.Mutex
	dialed []string
}

func (n *network) dial(ctx context.Context, kind, address string) (net.Conn, error) {
	n.mu.Lock()
	if !slices.Contains(n.dialed, address) {
		n.dialed = append(n.dialed, address)
	}
	n.mu.Unlock()
	return n.pipes.dial(ctx, kind, address)
}

// house is the real bot with the sandbox for Telegram, over HTTP, in a synctest bubble.
type house struct {
	t        *testing.T
	network  *network
	telegram *sandbox.Server
	store    *store
	desk     *desk
	card     int64
}

// open starts the house: every text of Rahim's is answered by a message, every press by an edit of his card.
func open(t *testing.T, limits sandbox.Limits) (h *house, shut func()) {
	h = &house{t: t, network: &network{pipes: newPipes()}, store: newStore(1)}
	h.telegram = sandbox.New(sandbox.Config{
		Token: token, BotName: "RechargeBot", People: []sandbox.Person{{ID: 1, FirstName: "Rahim"}},
		Group: sandbox.Group{ID: -1_000_000_000_500, Title: "Ops"}, Limits: limits,
	})
	h.desk = newDesk(h.store)
	h.desk.do = func(ctx context.Context, in flows.Input) (flows.Answer, error) {
		switch {
		case in.Command == "start":
			return flows.Answer{}, h.store.Owe(ctx, storage.Notice{Chat: in.Chat, Kind: storage.NoticeScreen, Body: everything()})
		case in.Press != "":
			card := flows.Message{}
			if err := json.Unmarshal(everything(), &card); err != nil {
				return flows.Answer{}, err
			}
			card.Text[0].Text = "pressed " + in.Press + " "
			body, err := json.Marshal(card)
			if err != nil {
				return flows.Answer{}, err
			}
			return flows.Answer{Text: "done"}, h.store.Owe(ctx, storage.Notice{Chat: in.Chat, Kind: storage.NoticeScreen, Body: body})
		}
		return flows.Answer{}, h.store.Owe(ctx, storage.Notice{Chat: in.Chat, Kind: storage.NoticeMessage, Body: words("re " + in.Text)})
	}
	server := &http.Server{Handler: h.telegram.Handler(), ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(h.network) }()
	c := config(t, newTelegram(), h.store, h.desk)
	transport := &http.Transport{DialContext: h.network.dial}
	c.Transport = transport
	_, stop := running(t, c)
	h.say("/start")
	pass(time.Second)
	for _, m := range h.telegram.Messages(1) {
		if m.Keyboard != nil {
			h.card = m.ID
		}
	}
	if h.card == 0 {
		t.Fatalf("no card; calls: %+v", h.telegram.Calls())
	}
	return h, func() {
		stopped(t, stop)
		h.telegram.Close()
		transport.CloseIdleConnections()
		_ = server.Close()
		<-served
	}
}

func (h *house) say(words string) {
	h.t.Helper()
	if _, err := h.telegram.Send(1, 1, words); err != nil {
		h.t.Fatal(err)
	}
}

// replies are the bot's messages but the card, in the order in which Rahim sees them.
func (h *house) replies() []string {
	var all []string
	for _, m := range h.telegram.Messages(1) {
		if m.From.IsBot && m.ID != h.card {
			all = append(all, m.Text)
		}
	}
	return all
}

// copes lets Rahim write three times and press once while the fault comes over two calls of the method, and
// holds the house to what it owes him. It returns how many messages came twice.
func copes(t *testing.T, f sandbox.Fault) (doubled int) {
	synctest.Test(t, func(t *testing.T) {
		h, shut := open(t, sandbox.Limits{})
		defer shut()
		if err := h.telegram.Fail(f); err != nil {
			t.Fatal(err)
		}
		for _, words := range []string{"one", "two", "three"} {
			h.say(words)
		}
		if _, err := h.telegram.Press(1, 1, h.card, "Confirm"); err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Minute)
		all := h.replies()
		once := slices.Compact(slices.Clone(all))
		if diff := cmp.Diff([]string{"re one", "re two", "re three"}, once); diff != "" {
			t.Errorf("Rahim got (-want +got):\n%s", diff)
		}
		doubled = len(all) - len(once)
		if n, twice := h.desk.total(); n != 5 || twice != 0 {
			t.Errorf("%d updates took effect, %d of them twice; want 5 and 0", n, twice)
		}
		card := h.telegram.Messages(1)[h.card-1]
		if !strings.HasPrefix(card.Text, "pressed confirm") || len(card.Labels()) != 4 {
			t.Errorf("the card says %q with %q", card.Text, card.Labels())
		}
		if answers := h.telegram.Answers(); f.Method != "answerCallbackQuery" && f.Method != "getUpdates" && len(answers) != 1 {
			t.Errorf("the press was answered %d times", len(answers))
		}
		if !slices.ContainsFunc(h.telegram.Calls(), func(c sandbox.Call) bool { return c.Method == f.Method && c.Fault == string(f.Kind) }) {
			t.Errorf("the fault came over no call of %s", f.Method)
		}
		if owed := h.store.owing(); len(owed) != 0 {
			t.Errorf("still owed: %+v", owed)
		}
		if diff := cmp.Diff([]string{"telegram.test:80"}, h.network.dialed); diff != "" {
			t.Errorf("the bot called (-want +got):\n%s", diff)
		}
	})
	return doubled
}

// A message whose answer is lost may have arrived, and Telegram has no key to tell a repeat by: it is sent again,
// for twice is better than never. Nothing else comes twice, nothing is lost, and the order stays.
func TestTheBotCopesWithWhateverTheNetworkDoes(t *testing.T) {
	t.Parallel()
	kinds := []sandbox.Fault{
		{Kind: sandbox.Drop}, {Kind: sandbox.Stall}, {Kind: sandbox.Page}, {Kind: sandbox.Page, Code: 503}, {Kind: sandbox.Error}, {Kind: sandbox.Error, Code: 502},
		{Kind: sandbox.Flood, RetryAfter: 3}, {Kind: sandbox.Slow, DelayMS: 3000}, {Kind: sandbox.Slow, DelayMS: 90_000}, {Kind: sandbox.Trickle}, {Kind: sandbox.Gzip},
		{Kind: sandbox.Portal}, {Kind: sandbox.Redirect, Location: "http://elsewhere.test/bot"}, {Kind: sandbox.CutJSON}, {Kind: sandbox.Short}, {Kind: sandbox.Bare}, {Kind: sandbox.Huge},
	}
	for _, f := range kinds {
		for _, method := range []string{"getUpdates", "sendMessage", "editMessageText", "answerCallbackQuery"} {
			for _, after := range []bool{false, true} {
				f := f
				f.Method, f.After, f.Times = method, after, 2
				t.Run(fmt.Sprintf("%s %d, %s, after %v", f.Kind, f.Code+f.DelayMS, method, after), func(t *testing.T) {
					t.Parallel()
					doubled := copes(t, f)
					lost := after || f.Kind == sandbox.Trickle || f.Kind == sandbox.Slow && f.DelayMS > 10_000
					if doubled > 0 && !(method == "sendMessage" && lost) {
						t.Errorf("%d messages came twice though no answer to one was lost", doubled)
					}
				})
			}
		}
	}
}

// A broadcast to sixty people and a long night of alerts keep to what Telegram allows, by either way of counting,
// and everything arrives in order.
func TestTheBotIsNeverAskedToSlowDown(t *testing.T) {
	t.Parallel()
	for _, limits := range []sandbox.Limits{{}, {Sliding: true, Harsh: true}} {
		synctest.Test(t, func(t *testing.T) {
			h, shut := open(t, limits)
			defer shut()
			const group = -1_000_000_000_500
			var owed []storage.Notice
			want := map[int64][]string{}
			for i := range 300 {
				chat := int64(1000 + i%60)
				if i < 60 {
					if err := h.telegram.Meet(sandbox.Person{ID: chat, FirstName: "P", Started: true}); err != nil {
						t.Fatal(err)
					}
				}
				if i%5 == 0 {
					chat = group
				}
				said := fmt.Sprintf("message %d", i)
				want[chat] = append(want[chat], said)
				owed = append(owed, storage.Notice{Chat: storage.ChatID(chat), Kind: storage.NoticeMessage, Body: words(said)})
			}
			if err := h.store.Owe(t.Context(), owed...); err != nil {
				t.Fatal(err)
			}
			pass(10 * time.Minute)
			got := map[int64][]string{}
			for chat := range want {
				for _, m := range h.telegram.Messages(chat) {
					got[chat] = append(got[chat], m.Text)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%+v: messages (-want +got):\n%s", limits, diff)
			}
			for _, c := range h.telegram.Calls() {
				if c.Status == http.StatusTooManyRequests {
					t.Fatalf("%+v: %s to %d was answered %s", limits, c.Method, c.Chat, c.Description)
				}
			}
		})
	}
}
