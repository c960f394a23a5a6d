package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/providers/builtin"
	"rechargebot/providers/simulated"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// world is one simulated run: the assembled bot on a real store, processes of it one after the other, people,
// providers and Telegram, all in one bubble of time.
//
// Everything is drawn by the seed and happens at an instant of its own. The wall clock cannot be stepped in a
// bubble (testing/synctest has one clock for all), so what happens then is proved in flows/dispatch/clock_test.go.
type world struct {
	t       *testing.T
	seed    uint64
	target  int // jobs
	path    string
	conf    config
	logs    io.Writer // nil = nobody reads them
	chats   *telegram
	ups     *upstream
	oracle  *oracle
	random  *entropy
	calm    atomic.Bool // no more faults: what is under way comes to its end
	over    atomic.Bool
	current atomic.Pointer[process]

	mu        sync.Mutex
	store     *bolt.Store
	covered   map[string]int
	breaks    []breach
	calls     int
	faulty    int
	lives     int
	fate      string // of the process before this one
	made      int    // jobs
	suspended []interval
}

// breach is a broken invariant.
type breach struct {
	Invariant string
	What      string
	At        time.Time
	Jobs      int // that were made by then
}

// interval is a time in which somebody was suspended, as far as the admin was told so.
type interval struct {
	person   int64
	from, to time.Time
}

const (
	simAgents  = 24
	simSettle  = 9*time.Second + 123457*time.Nanosecond
	mostBreaks = 5 // of one invariant that are kept
)

func newWorld(t *testing.T, seed uint64, jobs int) *world {
	w := &world{t: t, seed: seed, target: jobs, path: filepath.Join(t.TempDir(), storeFile), covered: map[string]int{}, random: &entropy{seed: seed}}
	w.conf = simConfig(t)
	w.oracle = newOracle(w)
	return w
}

// simConfig is read from a file as any other.
func simConfig(t *testing.T) config {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rechargebot.toml")
	text := fmt.Sprintf(`
data_dir = "unused"
[telegram]
token = "4242:canary-Token_of_nobody-0000000000000"
api_url = "http://telegram"
owners = [%d]
ops_chat = %d
[http]
listen = ""
[dispatch]
submit_timeout = "30s"
enquire_after = ["10s", "30s", "1m", "2m", "5m", "10m"]
review_after = "50m"
queue_max_age = "3m"
[limits]
per_order = "1000.00"
per_day = "6000.00"
[alerts]
check_every = "11m"
remind_every = "20m"
`, admin, ops)
	for i, p := range []struct{ name, kind, path, settings string }{
		{"first", "ecare", simulated.ECAREPath, "access_id = \"one\"\naccess_pass = \"canary-one\"\noperators = [\"bd-grameenphone\", \"bd-robi\"]\n"},
		{"second", "ecare", simulated.ECAREPath, "access_id = \"two\"\naccess_pass = \"canary-two\"\n"},
		{"third", "sendapi", simulated.SendapiPath, "user = \"canary-user\"\nkey = \"canary-key\"\n"},
		{"fourth", "deeperweb", simulated.DeeperWebPath, "username = \"canary-username\"\napi_token = \"canary-token\"\n[providers.operator_codes]\n\"in-airtel\" = \"AT\"\n"},
	} {
		text += fmt.Sprintf("[[providers]]\nname = %q\nkind = %q\nbase_url = %q\npriority = %d\nrate_per_second = 50\nallow_insecure_http = true\n%s",
			p.name, p.kind, "http://"+p.name+p.path, i, p.settings)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	conf, err := loadConfig(file, overrides{}, builtin.Registrations())
	if err != nil {
		t.Fatal(err)
	}
	return conf
}

// live runs the bot, and again whenever it has ended, until the run is over.
func (w *world) live() {
	for !w.over.Load() {
		w.mu.Lock()
		w.lives++
		n := w.lives
		w.mu.Unlock()
		d := roll(w.seed, "life", uint64(n))
		if err := w.life(&d); err != nil {
			w.broken("harness", "a life of the process: %v", err)
			return
		}
		if w.over.Load() {
			return
		}
		away := d.between(100*time.Millisecond, 9*time.Second)
		if d.percent(12) {
			away = d.between(2*time.Minute, 5*time.Minute) // long enough for orders to go stale
		}
		time.Sleep(away)
	}
}

// life is one process from its start to its end.
func (w *world) life(d *dice) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p := &process{w: w, cancel: cancel, conns: map[*hooked]bool{}, fate: d.weighted(fates())}
	age := d.between(2*time.Second, 50*time.Second)
	p.aimed = d.percent(60) && p.fate != "kill" && p.fate != "stop"
	p.due = time.Now().Add(age)
	if w.calm.Load() {
		p.fate = ""
	}
	store, err := bolt.Open(w.path, bolt.Options{NoSync: true, Rand: w.random, BeforeCommit: p.before, AfterCommit: p.after})
	if err != nil {
		return err
	}
	w.countFate(store)
	w.setStore(store, p)
	conf := w.conf
	conf.Providers = slices.Clone(conf.Providers)
	for i := range conf.Providers {
		conf.Providers[i].Adapter.Dial = w.ups.dial(p)
	}
	log := slog.New(slog.DiscardHandler)
	if w.logs != nil {
		log = slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	if p.fate == "kill" || p.fate == "stop" {
		timer := time.AfterFunc(age, func() {
			switch {
			case w.calm.Load():
			case p.fate == "kill":
				p.fail(false)
				p.die()
			default:
				p.fail(false)
				cancel()
			}
		})
		defer timer.Stop()
	}
	sys := &system{ctx: ctx, out: io.Discard, errOut: io.Discard, log: log, telegram: line{w.chats, p}, rand: w.random, spread: w.random.part}
	h, err := build(ctx, conf, store, sys)
	if err == nil {
		err = h.run(ctx, conf, store, sys)
	}
	p.die() // whatever it still holds
	if !errors.Is(err, storage.ErrBroken) && err != nil && ctx.Err() == nil {
		w.broken("harness", "the bot ended with %v", err)
	}
	w.setStore(nil, nil)
	if w.fate = ""; !w.calm.Load() {
		w.fate = p.end()
	}
	return store.Close()
}

func (w *world) setStore(s *bolt.Store, p *process) {
	w.mu.Lock()
	w.store = s
	w.mu.Unlock()
	w.current.Store(p)
}

func (w *world) theStore() *bolt.Store {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.store
}

// countFate notes in which states jobs were when the process before this one ended, and how it did.
func (w *world) countFate(store *bolt.Store) {
	if w.fate == "" {
		return
	}
	ctx := context.Background()
	states := map[string]bool{"dialogue": true}
	err := store.Unfinished(ctx, func(id storage.JobID, _ time.Time) bool {
		if j, err := store.Job(ctx, id); err == nil {
			states[string(j.State)] = true
		}
		return true
	})
	if err != nil {
		w.broken("harness", "list unfinished jobs: %v", err)
	}
	for s := range states {
		w.cover("process: " + w.fate + " × " + s)
	}
}

func (w *world) cover(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.covered[what]++
}

func (w *world) countCall(mood string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	if mood != "normal" {
		w.faulty++
	}
}

// broken notes a violation.
func (w *world) broken(invariant, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	same := 0
	for _, b := range w.breaks {
		if b.Invariant == invariant {
			same++
		}
	}
	if same < mostBreaks {
		w.breaks = append(w.breaks, breach{invariant, fmt.Sprintf(format, args...), time.Now(), w.made})
	}
}

// telegramFault draws what goes wrong with a call, and counts it by what the call is about.
func (w *world) telegramFault(d *dice, method string, form map[string]string) string {
	if w.calm.Load() {
		return ""
	}
	fault := d.weighted([]weight{{"", 91}, {"lost call", 3}, {"lost answer", 3}, {"flood", 1}, {"bad gateway", 2}})
	if fault != "" {
		about := method
		if form != nil && form["text"] != "" {
			about = "dialogue"
			if c, ok := readClaim(plain(form["text"])); ok {
				about = c.word
			}
		}
		w.cover("telegram: " + fault + " × " + about)
	}
	return fault
}

// play runs the whole story and judges it.
func (w *world) play() {
	start := roll(w.seed, "start")
	time.Sleep(17*time.Hour + 50*time.Minute + start.between(0, 40*time.Minute)) // midnight comes while people order, in Dhaka and in Delhi
	w.chats = newTelegram(w)
	var err error
	if w.ups, err = newUpstream(w, simSettle); err != nil {
		w.t.Fatal(err)
	}
	var bot sync.WaitGroup
	bot.Go(w.live)
	w.people()
	w.calm.Store(true)
	if p := w.current.Load(); p != nil && !p.failedAt().IsZero() {
		synctest.Wait()
	}
	time.Sleep(75 * time.Minute)
	boss := &person{w: w, id: admin}
	boss.decide()
	time.Sleep(10 * time.Minute)
	synctest.Wait()
	w.over.Store(true)
	for p := w.current.Load(); p != nil; p = w.current.Load() {
		p.cancel()
		bot.Wait()
	}
	bot.Wait()
	w.oracle.judge()
	if err := w.ups.close(); err != nil {
		w.broken("harness", "close: %v", err)
	}
}
