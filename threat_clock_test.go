package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/providers"
	"rechargebot/providers/simulated"
	"rechargebot/storage"
	"rechargebot/storage/bolt"
)

// clockDesk is what outlives a process, and the bubble of time that it lived in: the store and the provider's record.
type clockDesk struct {
	conf          config
	store, record string
	ended         time.Time // by the clock of the first life
	jobs          map[providers.MSISDN]storage.JobID
}

// quietTelegram is a Bot API to which nobody says anything; it keeps what it is told to show.
type quietTelegram struct {
	mu   sync.Mutex
	said []string
}

func (q *quietTelegram) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	switch method := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]; method {
	case "getMe":
		return result(`{"id":4242,"is_bot":true,"first_name":"Sim","username":"sim_bot"}`), nil
	case "getUpdates":
		if !pauseFor(r.Context().Done(), 20*time.Second) {
			return nil, r.Context().Err()
		}
		return result("[]"), nil
	case "sendMessage", "editMessageText":
		q.mu.Lock()
		defer q.mu.Unlock()
		q.said = append(q.said, plain(parseForm(r.Header.Get("Content-Type"), body)["text"]))
		return result(fmt.Sprintf(`{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"}}`, 100+len(q.said), agent)), nil
	}
	return result("true"), nil
}

// count is how often all of these words were said together.
func (q *quietTelegram) count(words ...string) (n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, s := range q.said {
		all := true
		for _, w := range words {
			all = all && strings.Contains(s, w)
		}
		if all {
			n++
		}
	}
	return n
}

// life runs the assembled bot on the desk for a while, and then lets it die as a power cut would.
func (d *clockDesk) life(t *testing.T, lasts time.Duration, before, dead func(*bolt.Store, *simulated.Server, *quietTelegram)) {
	t.Helper()
	taka, rupees := providers.Money{Minor: 90_000_00, Currency: providers.BDT}, providers.Money{Minor: 90_000_00, Currency: providers.INR}
	up, err := simulated.New(simulated.Config{Settle: 100 * time.Hour, Record: d.record, Accounts: []simulated.Account{
		{Name: "first", Kind: simulated.KindECARE, Login: "one", Secret: "canary-one", Float: taka},
		{Name: "second", Kind: simulated.KindECARE, Login: "two", Secret: "canary-two", Float: taka},
		{Name: "third", Kind: simulated.KindSendapi, Login: "canary-user", Secret: "canary-key", Float: taka},
		{Name: "fourth", Kind: simulated.KindDeeperWeb, Login: "canary-username", Secret: "canary-token", Float: rupees},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var died atomic.Bool
	store, err := bolt.Open(d.store, bolt.Options{NoSync: true, BeforeCommit: func() error {
		if died.Load() {
			return errDead
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range d.conf.Providers {
		d.conf.Providers[i].Adapter.Dial = up.Dial
	}
	ctx, cancel := context.WithCancel(t.Context())
	chats := &quietTelegram{}
	sys := &system{ctx: ctx, out: io.Discard, errOut: io.Discard, log: slog.New(slog.DiscardHandler), telegram: chats}
	before(store, up, chats)
	var bot sync.WaitGroup
	bot.Go(func() {
		h, err := build(ctx, d.conf, store, sys)
		if err == nil {
			err = h.run(ctx, d.conf, store, sys)
		}
		if err != nil && !died.Load() {
			t.Errorf("the bot ended: %v", err)
		}
	})
	time.Sleep(lasts)
	died.Store(true)
	cancel()
	bot.Wait()
	d.ended = time.Now()
	if err := store.Close(); err != nil {
		t.Error(err)
	}
	if store, err = bolt.Open(d.store, bolt.Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
	dead(store, up, chats)
	if err := errors.Join(store.Check(t.Context()), store.Close(), up.Close()); err != nil {
		t.Error(err)
	}
	time.Sleep(time.Minute) // connections that were kept for reads let go
}

// confirms makes an order, as Confirm does.
func (d *clockDesk) confirms(t *testing.T, store *bolt.Store, number providers.MSISDN, operator providers.OperatorID, provider string) {
	t.Helper()
	now := time.Now()
	made, err := store.Commit(t.Context(), storage.Turn{Now: now, Actor: agent, Order: &storage.NewOrder{
		Order:    providers.Order{Operator: operator, Type: providers.Prepaid, Account: number, Amount: taka(50)},
		Provider: provider, Chat: agent, Day: now.Format(time.DateOnly), Limits: storage.Limits{PerOrder: taka(1000), PerDay: taka(6000)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	d.jobs[number] = made.Job.ID
}

const (
	waitsThere = providers.MSISDN("8801712345678") // taken on, and not delivered yet
	onItsWay   = providers.MSISDN("8801812345678") // no answer yet
	notYetSent = providers.MSISDN("8801912345678") // confirmed at the last moment
)

// firstLife leaves an order of each kind behind.
func (d *clockDesk) firstLife(t *testing.T) {
	time.Sleep(72 * time.Hour) // so that a clock can go back
	d.life(t, 10*time.Second, func(store *bolt.Store, up *simulated.Server, _ *quietTelegram) {
		a := storage.Person{ID: agent, Chat: agent, Name: "Rahim", Language: "en", Role: storage.RoleAgent, Request: storage.RequestApproved, Asked: time.Now(), Decided: time.Now(), DecidedBy: admin}
		if _, err := store.Commit(t.Context(), storage.Turn{Now: time.Now(), People: []storage.PersonChange{{After: a}}}); err != nil {
			t.Fatal(err)
		}
		d.confirms(t, store, waitsThere, providers.BDGrameenphone, "first")
		if err := up.SetMood("second", simulated.Silent, simulated.When{Next: 1, Calls: []simulated.Call{simulated.CallRecharge}}); err != nil {
			t.Fatal(err)
		}
		d.confirms(t, store, onItsWay, providers.BDRobi, "second")
	}, func(store *bolt.Store, up *simulated.Server, _ *quietTelegram) {
		d.confirms(t, store, notYetSent, providers.BDBanglalink, "")
		for number, want := range map[providers.MSISDN]storage.State{waitsThere: storage.Pending, onItsWay: storage.Sending, notYetSent: storage.Queued} {
			if j, err := store.Job(t.Context(), d.jobs[number]); err != nil || j.State != want {
				t.Fatalf("%s is %s at the crash (%v), want %s", number, j.State, err, want)
			}
		}
	})
}

// Row "clock": between a crash and the start the machine's clock is put a day back, or a day on. What was sent comes
// to its end and is not sent again; what was not sent is nothing that somebody still waits for.
func TestThreatClock(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]time.Duration{"a day back": -24 * time.Hour, "a day on": 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			d := &clockDesk{conf: simConfig(t), store: filepath.Join(dir, storeFile), record: filepath.Join(dir, "record"), jobs: map[providers.MSISDN]storage.JobID{}}
			synctest.Test(t, d.firstLife)
			at := d.ended.Add(step)
			synctest.Test(t, func(t *testing.T) { // whose clock begins anew
				time.Sleep(time.Until(at))
				d.life(t, 45*time.Minute, func(_ *bolt.Store, up *simulated.Server, _ *quietTelegram) {
					for _, name := range []string{"first", "second"} { // they have gone on meanwhile
						if _, err := up.Settle(name); err != nil {
							t.Fatal(err)
						}
					}
				}, d.judge(t))
			})
		})
	}
}

func (d *clockDesk) judge(t *testing.T) func(*bolt.Store, *simulated.Server, *quietTelegram) {
	return func(store *bolt.Store, up *simulated.Server, chats *quietTelegram) {
		for number, want := range map[providers.MSISDN]struct {
			state storage.State
			taken int
		}{waitsThere: {storage.Delivered, 1}, onItsWay: {storage.Delivered, 1}, notYetSent: {storage.Failed, 0}} {
			j, err := store.Job(t.Context(), d.jobs[number])
			if err != nil || j.State != want.state {
				t.Errorf("%s is %s (%v), want %s", number, j.State, err, want.state)
			}
			local := "0" + strings.TrimPrefix(string(number), "880")
			orders := up.ByNumber(local, taka(50))
			if len(orders) != want.taken || want.taken == 1 && up.Sends(orders[0].Reference) != 1 {
				t.Errorf("%s was taken on %d times, want %d, each sent once: %+v", number, len(orders), want.taken, orders)
			}
			if n := chats.count(string(j.ID.Code()), map[storage.State]string{storage.Delivered: "Delivered", storage.Failed: "Failed"}[want.state]); n == 0 {
				t.Errorf("nobody was told that %s is %s: %q", number, want.state, chats.said)
			}
		}
	}
}
