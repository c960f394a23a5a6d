package bot_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/bot"
	"rechargebot/bot/sandbox"
	"rechargebot/flows"
	"rechargebot/storage"
)

// A bot that is told to stop ends what is under way. Meanwhile Telegram is asked to come again, and whoever knows no
// secret is told no more than ever; then the port is closed, and the next life gets what came in between, once.
func TestAWebhookThatIsStoppingAsksToComeAgainUntilAllIsSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHooked(t)
		defer h.end()
		h.desk.do = func(ctx context.Context, in flows.Input) (flows.Answer, error) {
			time.Sleep(time.Second)
			return flows.Answer{}, h.store.Owe(ctx, storage.Notice{Chat: in.Chat, Kind: storage.NoticeMessage, Body: words("re " + in.Text)})
		}
		_, stop := running(t, h.config)
		synctest.Wait()
		if err := h.telegram.Fail(sandbox.Fault{Kind: sandbox.Slow, Method: "sendMessage", DelayMS: 3000}); err != nil {
			t.Fatal(err)
		}
		h.says(1, "one")
		pass(1500 * time.Millisecond) // it is handled, and its answer is under way
		ended := make(chan error, 1)
		began := time.Now()
		go func() { ended <- stop() }()
		pass(time.Millisecond)
		refused := 0
		for len(ended) == 0 {
			status, answer, head := h.call(h.update(7000, typed(2, "late")), nil)
			if status != http.StatusServiceUnavailable || head.Get("Retry-After") == "" {
				t.Errorf("%v after the stop: %d %q, Retry-After %q", time.Since(began), status, answer, head.Get("Retry-After"))
			}
			if status, _, _ := h.call(h.update(7000, typed(2, "late")), func(r *http.Request) { r.Header.Del("X-Telegram-Bot-Api-Secret-Token") }); status != http.StatusUnauthorized {
				t.Errorf("without the secret: %d", status)
			}
			refused++
			pass(200 * time.Millisecond)
		}
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
		if took := time.Since(began); refused < 10 || took > 4*time.Second {
			t.Errorf("asked to come again %d times; stopping took %v", refused, took)
		}
		if status, _, _ := h.call(h.update(7001, typed(2, "too late")), nil); status != 0 {
			t.Errorf("after the end the port answers %d", status)
		}
		if diff := cmp.Diff([]string{"re one"}, saidIn(h.telegram, 1)); diff != "" || len(h.store.owing()) != 0 {
			t.Errorf("Ann was told (-want +got):\n%s%d still owed", diff, len(h.store.owing()))
		}
		if h.store.seen[7000] {
			t.Error("what was refused is stored")
		}
		stopped(t, h.again(""))
	})
}

// again starts the next life, by poll when mode is so, and gives it five minutes.
func (h *hooked) again(mode string) (stop func() error) {
	h.config.Webhook = nil
	if mode != "poll" {
		h.door = newPipes()
		h.config.Webhook = &bot.Webhook{URL: "http://127.0.0.1/in", Listener: h.door, Secret: hookSecret}
	}
	_, stop = running(h.t, h.config)
	pass(5 * time.Minute)
	return stop
}

// What has been stored when the stop comes is answered with 200, though the commit ends after it; what is still
// arriving is asked to come again.
func TestAnUpdateThatIsStoredWhileTheBotStopsIsAnsweredWithYes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHooked(t)
		defer h.end()
		commit := make(chan error)
		h.config.Store = commits{h.store, func() error { return <-commit }}
		_, stop := running(t, h.config)
		synctest.Wait()
		stored, arriving := make(chan int, 1), make(chan int, 1)
		go func() {
			status, _, _ := h.call(h.update(10, typed(1, "pay")), nil)
			stored <- status
		}()
		in, out := io.Pipe()
		go func() {
			status, _, _ := h.call(in, nil)
			arriving <- status
		}()
		synctest.Wait()
		ended := make(chan error, 1)
		go func() { ended <- stop() }()
		pass(time.Second)
		commit <- nil
		if status := <-stored; status != http.StatusOK {
			t.Errorf("a stored update was answered %d", status)
		}
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
		_ = out.Close()
		if status := <-arriving; status != http.StatusServiceUnavailable {
			t.Errorf("what never arrived was answered %d", status)
		}
		h.config.Store = h.store
		stopped(t, h.again(""))
		if diff := cmp.Diff([]string{"pay"}, h.desk.heard(1)); diff != "" {
			t.Errorf("heard (-want +got):\n%s", diff)
		}
	})
}

// From life to life the mode changes, in every order, and some lives end while they take and send. What people say
// and press at that moment, and between two lives, waits at Telegram and is handled once, what they say in its order:
// presses come by a webhook in a queue of their own (telegram-bot-api, Client.cpp).
func TestAChangeOfModeLosesNothingThatWaitsAtTelegram(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHooked(t)
		defer h.end()
		h.desk.do = func(ctx context.Context, in flows.Input) (flows.Answer, error) {
			if in.Command == "start" {
				return flows.Answer{}, h.store.Owe(ctx, storage.Notice{Chat: in.Chat, Kind: storage.NoticeScreen, Body: withButton("menu")})
			}
			time.Sleep(300 * time.Millisecond)
			return flows.Answer{Text: "done"}, nil
		}
		stop := h.again("poll")
		h.says(1, "/start")
		pass(10 * time.Second)
		all := h.telegram.Messages(1)
		card := all[len(all)-1]
		want, presses := []string{""}, 0
		for life, mode := range []string{"poll", "hook", "hook", "poll", "hook", "poll", "poll", "hook"} {
			for n := range 4 {
				words := fmt.Sprint(life, ".", n)
				h.says(1, words)
				if _, err := h.telegram.Press(1, 1, card.ID, "Next"); err != nil {
					t.Fatal(err)
				}
				want, presses = append(want, words), presses+1
				if n == 1 { // two are under way, and two come while nobody is there
					time.Sleep(time.Duration(life) * 100 * time.Millisecond)
					stopped(t, stop)
				}
			}
			pass(time.Minute)
			stop = h.again(mode)
		}
		heard := slices.DeleteFunc(h.desk.heard(1), func(words string) bool { return words == "next" })
		if diff := cmp.Diff(want, heard); diff != "" || !h.telegram.Confirmed() {
			t.Errorf("confirmed %v; heard (-want +got):\n%s", h.telegram.Confirmed(), diff)
		}
		if n, doubled := h.desk.total(); doubled != 0 || n != len(want)+presses {
			t.Errorf("%d handled of %d, %d twice", n, len(want)+presses, doubled)
		}
		for _, c := range h.telegram.Calls() {
			if drop := c.Params["drop_pending_updates"]; drop != nil {
				t.Errorf("%s with drop_pending_updates %v", c.Method, drop)
			}
		}
		stopped(t, stop)
	})
}
