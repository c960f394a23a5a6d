package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
)

const hookCanary = "canary-webhook_secret"

// newHookedDesktop is a desk whose bot is called by Telegram, with a secret of its own.
func newHookedDesktop(t *testing.T) *desktop {
	t.Helper()
	return newHookedDesktopOf(t, deskPlan{})
}

func newHookedDesktopOf(t *testing.T, plan deskPlan) *desktop {
	t.Helper()
	plan.supplies, plan.limits = []supply{fiveKinds()["ecare"].supply}, sandbox.Limits{Off: true}
	plan.hooks = &sandbox.Hooks{FirstDelay: 50 * time.Millisecond, MaxDelay: 500 * time.Millisecond}
	d := newDesktopOf(t, plan)
	text, err := os.ReadFile(d.config)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte("webhook_listen"), []byte("webhook_secret = \""+hookCanary+"\"\nwebhook_listen"), 1)
	if err := os.WriteFile(d.config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return d
}

// brought waits until Telegram has tried to bring the update, and got its answer or lost it.
func (d *desktop) brought(update int64) {
	d.t.Helper()
	d.eventually(fmt.Sprintf("update %d is brought", update), func() bool {
		for _, call := range d.telegram.Deliveries() {
			if call.Update == update && (call.Status == http.StatusOK || call.Fault == "dropped after") {
				return true
			}
		}
		return false
	})
}

// The real program by webhook: it is killed when Telegram has its yes, or has lost it, and before, in or after
// the handling. What was taken is done once, and what was not comes again.
func TestByWebhookAnOrderIsPaidOnceWheneverThePowerGoes(t *testing.T) {
	t.Parallel()
	d := newHookedDesktop(t)
	d.joined()
	dice := rand.New(rand.NewPCG(5, 1))
	const orders = 8
	for i := range orders {
		number := fmt.Sprintf("0171234560%d", i)
		d.says(agent, number+" 50")
		card := d.sees(agent, "[Confirm", number)
		if i%2 == 0 {
			d.telegram.FailDeliveries(1, true) // the bot has it, and its yes is lost
		}
		press, err := d.telegram.Press(agent, agent, card.ID, "Confirm")
		if err != nil {
			t.Fatal(err)
		}
		d.brought(press.Update)
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(dice.IntN(8))*time.Millisecond)
		<-ctx.Done()
		cancel()
		d.kill()
		d.start()
		if err := d.telegram.Redeliver(press.Update, 3); err != nil {
			t.Fatal(err)
		}
		d.sees(agent, "#", number)
	}
	d.eventually("everything is delivered and confirmed", d.telegram.Confirmed)
	d.eventually("no order waits to be sent, or is said to be on its way", func() bool {
		return d.count(agent, "· Queued")+d.count(agent, "· Sending") == 0
	})
	d.stop()
	jobs, _ := d.jobsOf(agent)
	seen := map[string]int{}
	for _, j := range jobs {
		seen[j.Account.National()]++
	}
	for i := range orders {
		number := fmt.Sprintf("0171234560%d", i)
		o := d.orders(number, 50)
		if seen[number] != 1 || len(o) > 1 || len(o) == 1 && d.upstream.Sends(o[0].Reference) != 1 {
			t.Errorf("%s was ordered %d times and recharged %d times: %+v", number, seen[number], len(o), o)
		}
		if len(o) == 0 && d.count(agent, "In progress", number) == 0 { // killed before the first byte: never sent again
			t.Errorf("%s was not recharged:\n%s", number, d.transcript(agent))
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if strings.Contains(d.log.String(), hookCanary) {
		t.Error("the webhook's secret shows in the log")
	}
}

// Whoever does not show the secret is answered before a byte of the body has come, and nothing is stored.
func TestByWebhookAWrongSecretIsAnsweredBeforeTheBody(t *testing.T) {
	t.Parallel()
	d := newHookedDesktop(t)
	d.joined()
	d.eventually("/readyz says 200", func() bool {
		resp, err := http.Get("http://" + d.http + "/readyz")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	var door *url.URL
	for _, c := range d.telegram.Calls() {
		if c.Method == "setWebhook" {
			var err error
			if door, err = url.Parse(fmt.Sprint(c.Params["url"])); err != nil {
				t.Fatal(err)
			}
		}
	}
	listen, path := door.Host, door.Path
	for name, c := range map[string]struct{ path, head, want string }{
		"wrong":        {path, "X-Telegram-Bot-Api-Secret-Token: canary-webhook_secreu\r\n", "401"},
		"absent":       {path, "", "401"},
		"another path": {"/in", "X-Telegram-Bot-Api-Secret-Token: " + hookCanary + "\r\n", "404"},
		"huge":         {path, "X-Telegram-Bot-Api-Secret-Token: " + hookCanary + "\r\n", "413"},
	} {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", listen)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\n%sContent-Type: application/json\r\nContent-Length: 1000000000000\r\n\r\n", c.path, c.head); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil || !strings.Contains(line, " "+c.want+" ") {
			t.Errorf("%s: answered %q, %v; want %s while the body has not begun", name, line, err, c.want)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
	d.says(agent, "/help")
	d.sees(agent, "/history")
}

func TestCheckTellsOfTheWebhook(t *testing.T) {
	t.Parallel()
	d := newHookedDesktop(t)
	check := func(want string) {
		t.Helper()
		out, err := command(t.Context(), t, "check", "--config", d.config).CombinedOutput()
		if failed := strings.HasPrefix(want, "FAIL"); (err != nil) != failed || !strings.Contains(string(out), want) || strings.Contains(string(out), hookCanary) {
			t.Errorf("check: %v, want %q; it said:\n%s", err, want, out)
		}
	}
	check("ok    webhook: none is set; run sets http://127.0.0.1:")
	d.joined()
	check(", 0 updates wait")
	d.kill()
	d.says(agent, "while it is down")
	d.eventually("Telegram has tried to bring it", func() bool {
		calls := d.telegram.Deliveries()
		return calls[len(calls)-1].Status == 0
	})
	check("FAIL  webhook: telegram cannot deliver to http://127.0.0.1:")
	text, err := os.ReadFile(d.config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.config, bytes.Replace(text, []byte(`"webhook"`), []byte(`"poll"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	check(`is set; run removes it, as telegram.mode is "poll"`)
	d.start()
	d.eventually("what came while it was down is there, by poll", d.telegram.Confirmed)
}
