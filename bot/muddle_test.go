package bot_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/storage"
)

// muddle is a Telegram that loses calls and answers, asks to slow down and forgets messages, and a shop meanwhile.
type muddle struct {
	t     *testing.T
	dice  *rand.Rand // the shop's
	luck  *rand.Rand // Telegram's, used under its lock
	store *store
	g     *telegram
	fair  bool // nothing goes wrong any more

	screens map[int64]string   // the newest of each chat
	results map[int64][]string // of each chat, in order
	states  map[storage.JobID]storage.State
}

func newMuddle(t *testing.T, seed uint64) *muddle {
	m := &muddle{
		t: t, dice: rand.New(rand.NewPCG(seed, 5)), luck: rand.New(rand.NewPCG(seed, 6)), store: newStore(1, 2, 3), g: newTelegram(),
		screens: map[int64]string{}, results: map[int64][]string{}, states: map[storage.JobID]storage.State{},
	}
	m.g.latency = time.Duration(m.dice.IntN(300)) * time.Millisecond
	m.g.refuse = m.fault
	return m
}

// fault is what becomes of a call.
func (m *muddle) fault(c call) *refusal {
	if m.fair || c.method != "sendMessage" && c.method != "editMessageText" {
		return nil
	}
	switch m.luck.IntN(12) {
	case 0:
		return &refusal{cause: errors.New("connection reset by peer")}
	case 1, 2: // it takes effect, and the answer is lost
		m.g.carryOut(c)
		m.g.done = append(m.g.done, c)
		return &refusal{cause: errors.New("connection reset by peer")}
	case 3:
		return &refusal{code: 429, description: "Too Many Requests", retryAfter: 1 + m.luck.IntN(3)}
	case 4:
		return &refusal{code: 502, body: "<html>Bad Gateway</html>"}
	case 5: // somebody deletes the message
		for at := range m.g.messages {
			if fmt.Sprint(at[1]) == c.form["message_id"] && at[0] == c.chat() {
				delete(m.g.messages, at)
			}
		}
	}
	return nil
}

// act owes something to somebody.
func (m *muddle) act(i int) {
	chat := int64(1 + m.dice.IntN(3))
	n := storage.Notice{Chat: storage.ChatID(chat), Person: storage.PersonID(chat), Kind: storage.NoticeMessage, Job: 999}
	switch m.dice.IntN(4) {
	case 0:
		m.screens[chat] = fmt.Sprint("screen ", m.dice.IntN(3))
		n.Kind, n.Job, n.Body = storage.NoticeScreen, 0, words(m.screens[chat])
		owe(m.t, m.store, n)
	case 1:
		id := storage.JobID(len(m.states) + 1)
		m.store.order(job(id, n.Chat, 0))
		m.moves(id, storage.Sending)
	case 2:
		if len(m.states) > 0 {
			m.moves(1+storage.JobID(m.dice.IntN(len(m.states))), []storage.State{storage.Queued, storage.Sending, storage.Pending}[m.dice.IntN(3)])
		}
	case 3:
		said := fmt.Sprint("result ", i)
		m.results[chat] = append(m.results[chat], said)
		n.Body = words(said)
		owe(m.t, m.store, n)
	}
}

func (m *muddle) moves(id storage.JobID, to storage.State) {
	m.states[id] = to
	m.store.move(id, to)
}

// judge compares what people see with what they should.
func (m *muddle) judge() {
	for chat, want := range m.screens {
		m.shows(chat, m.store.sessions[storage.ChatID(chat)].Card, want)
	}
	for id, state := range m.states {
		m.shows(int64(m.store.jobs[id].Chat), m.store.jobs[id].Card, "card "+string(state))
	}
	for chat, want := range m.results {
		var told []string // some of it twice
		for _, said := range m.g.told(chat) {
			if strings.HasPrefix(said, "result") && !slices.Contains(told, said) {
				told = append(told, said)
			}
		}
		if diff := cmp.Diff(want, told); diff != "" {
			m.t.Errorf("results told in chat %d (-want +got):\n%s", chat, diff)
		}
	}
	if owed := m.store.owing(); len(owed) > 0 {
		m.t.Errorf("still owed: %+v", owed)
	}
}

func (m *muddle) shows(chat, message int64, want string) {
	if got := m.g.messages[[2]int64{chat, message}]; got != want {
		m.t.Errorf("message %d of chat %d shows %q, want %q", message, chat, got, want)
	}
}

func TestWhateverIsLostOnTheWayTheNewestStateIsShownAndResultsComeInOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		synctest.Test(t, func(t *testing.T) {
			m := newMuddle(t, seed)
			_, stop := running(t, config(t, m.g, m.store, newDesk(m.store)))
			for i := range 60 {
				m.act(i)
				if m.dice.IntN(3) > 0 {
					pass(time.Duration(m.dice.IntN(1500)) * time.Millisecond)
				}
				if m.dice.IntN(40) == 0 {
					stopped(t, stop)
					_, stop = running(t, config(t, m.g, m.store, newDesk(m.store)))
				}
			}
			pass(20 * time.Second)
			m.g.mu.Lock()
			m.fair = true
			m.g.mu.Unlock()
			pass(30 * time.Minute)
			if m.judge(); t.Failed() {
				t.Logf("seed %d", seed)
			}
			stopped(t, stop)
		})
	}
}
