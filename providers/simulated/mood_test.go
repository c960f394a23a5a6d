package simulated_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers/simulated"
)

// spoiling moods: the client learns nothing that it can rely on, and the order is there.
func TestMoodsThatSpoilTheAnswerTakeTheOrder(t *testing.T) {
	unreadable := func(d *desk, status int, body string, err error) {
		if err == nil && status == http.StatusOK && json.Valid([]byte(body)) {
			d.t.Errorf("a good answer came: %s", body)
		}
	}
	for mood, check := range map[simulated.Mood]func(*desk, int, string, error){
		simulated.Garbled: func(d *desk, status int, body string, err error) {
			unreadable(d, status, body, err)
			d.want("tempting", strings.Contains(body, `"RECHARGE_STATUS":"RECEIVED"`), true)
		},
		simulated.Cut: func(d *desk, _ int, body string, err error) {
			d.want("cut", errors.Is(err, io.ErrUnexpectedEOF), true)
			d.want("begun", strings.HasPrefix(body, `{"STATUS":"OK"`), true)
		},
		simulated.HTML: func(d *desk, status int, body string, err error) {
			unreadable(d, status, body, err)
			d.want("status", status, http.StatusOK)
		},
		simulated.Error500: func(d *desk, status int, body string, _ error) {
			d.want("status", status, http.StatusInternalServerError)
			d.want("page", strings.HasPrefix(body, "<!DOCTYPE html>"), true)
		},
		simulated.Silent: func(d *desk, _ int, _ string, err error) { d.want("gave up", os.IsTimeout(err), true) },
		simulated.Drip: func(d *desk, _ int, body string, err error) {
			d.want("gave up", os.IsTimeout(err), true)
			d.want("begun", len(body) > 10 && strings.HasPrefix(`{"STATUS":"OK","RECHARGE_STATUS":"RECEIVED"`, body), true)
		},
		simulated.Bomb: func(d *desk, _ int, body string, err error) {
			if err != nil || len(body) < 64<<20 {
				d.t.Errorf("the bomb has %d bytes: %v", len(body), err)
			}
		},
	} {
		t.Run(string(mood), func(t *testing.T) {
			story(t, func(d *desk) {
				d.mood(mood, simulated.When{})
				status, body, err := d.send(mrc("r1"))
				check(d, status, body, err)
				d.want("recharges", d.Recharges("r1"), 1)
				d.want("another call", d.balance(), "3,480.00")
				time.Sleep(settle)
				d.want("in the end", d.status("r1"), "OK/SUCCESS")
			})
		})
	}
}

func TestEndlessAnswersGoOnUntilTheClientLeaves(t *testing.T) {
	story(t, func(d *desk) {
		d.mood(simulated.Endless, simulated.When{})
		resp, err := d.client.Get("http://ecare.example" + simulated.ECAREPath + "?" + mrc("r1"))
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.CopyN(io.Discard, resp.Body, 8<<20)
		if err != nil {
			t.Errorf("it ended after %d bytes: %v", n, err)
		}
		_ = resp.Body.Close()
		d.want("recharges", d.Recharges("r1"), 1)
	})
}

func TestSlowAnswersLateAndWhole(t *testing.T) {
	story(t, func(d *desk) {
		start := time.Now()
		d.mood(simulated.Slow, simulated.When{Delay: 25 * time.Second})
		d.want("answer", d.verdict(mrc("r1")), "OK/RECEIVED")
		d.want("took", time.Since(start), 25*time.Second)
		order, _ := d.Order("ecare-main", "r1")
		d.want("accepted on arrival", order.Accepted.Equal(start), true)
	})
}

func TestLateOrdersLandAfterTheClientHasLeft(t *testing.T) {
	story(t, func(d *desk) {
		d.mood(simulated.Late, simulated.When{Next: 1, Delay: time.Minute})
		start := time.Now()
		_, _, err := d.send(mrc("r1"))
		d.want("gave up", os.IsTimeout(err), true)
		time.Sleep(59 * time.Second)
		d.want("just before", d.status("r1"), "FAILED/INVALIDREF")
		d.want("recharges just before", d.Recharges("r1"), 0)
		time.Sleep(time.Second)
		synctest.Wait()
		d.want("afterwards", d.status("r1"), "OK/PENDING")
		order, _ := d.Order("ecare-main", "r1")
		d.want("landed", order.Accepted.Sub(start), 90*time.Second)
		if diff := cmp.Diff([]simulated.EventKind{"received", "accepted"}, d.kinds("r1")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestMoodsThatSpeakFalselyOfAnOrder(t *testing.T) {
	story(t, func(d *desk) {
		d.mood(simulated.Duplicate, simulated.When{Next: 1})
		d.want("duplicate", d.verdict(mrc("dup")), "FAILED/DUPLICATE")
		d.want("duplicate asked about", d.status("dup"), "OK/PENDING")

		d.mood(simulated.WrongEcho, simulated.When{Next: 2})
		d.want("echo of 20", d.fields(mrc("echo20"))["AMOUNT"], "10")
		d.want("echo of 10", d.fields(mrc("echo10", "amount", "10"))["AMOUNT"], "20")
		d.want("what was recharged", len(d.ByNumber("01700000000", taka(10))), 1)

		d.mood(simulated.Forget, simulated.When{Next: 1, Delay: time.Minute})
		d.want("forget", d.verdict(mrc("forget")), "OK/RECEIVED")
		time.Sleep(time.Minute - 1)
		d.want("forgotten", d.status("forget"), "FAILED/INVALIDREF")
		d.want("sent again meanwhile", d.verdict(mrc("forget")), "FAILED/DUPLICATE")
		time.Sleep(time.Nanosecond)
		d.want("remembered", d.status("forget"), "OK/SUCCESS")
		d.want("recharges", d.Recharges("forget"), 1)
		d.want("float", d.balance(), "3,430.00")
	})
}

func TestMoodsThatRefuse(t *testing.T) {
	story(t, func(d *desk) {
		for mood, answer := range map[simulated.Mood]string{
			simulated.Refuse: "FAILED/FAILED", simulated.Repeat: "FAILED/DUPLICATE", simulated.Low: "FAILED/LOWBALANCE", simulated.Maintenance: "MAINTENANCE/",
		} {
			d.mood(mood, simulated.When{})
			ref := string(mood)
			d.want(ref, d.verdict(mrc(ref)), answer)
			d.want(ref+" recharges", d.Recharges(ref), 0)
			d.mood(simulated.Normal, simulated.When{})
			d.want(ref+" asked about", d.status(ref), "FAILED/INVALIDREF")
		}
		d.mood(simulated.Low, simulated.When{})
		d.want("balance while low", d.balance(), "0.00")
		d.mood(simulated.Normal, simulated.When{})
		d.want("balance afterwards", d.balance(), "3,500.00")

		d.ask(mrc("known"))
		d.mood(simulated.Refuse, simulated.When{})
		d.want("what is accepted is not denied", d.verdict(mrc("known")), "FAILED/DUPLICATE")
	})
}

func TestWhoFollowsARedirectIsInTheRecord(t *testing.T) {
	story(t, func(d *desk) {
		trapped := func() (n int) {
			for _, e := range d.Events() {
				if e.Kind == simulated.EventTrapped {
					n++
				}
			}
			return n
		}
		d.mood(simulated.Redirect, simulated.When{})
		follow := d.client.CheckRedirect
		d.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		status, _, err := d.send(mrc("r1"))
		if err != nil {
			t.Fatal(err)
		}
		d.want("careful", status, http.StatusFound)
		d.want("careful, trapped", trapped(), 0)
		d.client.CheckRedirect = follow
		d.ask(mrc("r2"))
		d.want("careless, trapped", trapped(), 1)
		d.want("orders", len(d.Orders()), 0)
	})
}

func TestReverseTakesASuccessBack(t *testing.T) {
	story(t, func(d *desk) {
		d.mood(simulated.Reverse, simulated.When{Next: 1, Delay: time.Hour})
		d.ask(mrc("r1"))
		time.Sleep(settle)
		d.want("delivered", d.status("r1"), "OK/SUCCESS")
		d.want("float", d.balance(), "3,480.00")
		time.Sleep(time.Hour)
		d.want("reversed", d.status("r1"), "OK/FAILED")
		d.want("float in the end", d.balance(), "3,500.00")
		d.want("recharges", d.Recharges("r1"), 1)
		if diff := cmp.Diff([]simulated.EventKind{"received", "accepted", "delivered", "reversed"}, d.kinds("r1")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestReadsCanBeSpoiledToo(t *testing.T) {
	story(t, func(d *desk) {
		d.ask(mrc("r1"))
		d.mood(simulated.Garbled, simulated.When{Calls: []simulated.Call{simulated.CallStatus}})
		d.want("status", json.Valid([]byte(d.ask(query("service", "MRCSTATUS", "refid", "r1")))), false)
		d.want("balance", d.balance(), "3,480.00")
		d.want("recharge", d.verdict(mrc("r2")), "OK/RECEIVED")
	})
}

func TestQueuedMoodsComeInTurnAndEnd(t *testing.T) {
	story(t, func(d *desk) {
		d.mood(simulated.Refuse, simulated.When{})
		d.mood(simulated.Low, simulated.When{Next: 2, Calls: []simulated.Call{simulated.CallRecharge}})
		d.mood(simulated.Duplicate, simulated.When{Next: 1})
		d.want("balance uses none up", d.balance(), "3,500.00")
		for _, want := range []string{"FAILED/LOWBALANCE", "FAILED/LOWBALANCE", "FAILED/DUPLICATE", "FAILED/FAILED", "FAILED/FAILED"} {
			d.want("answer", d.verdict(mrc("r"+want+d.balance())), want)
		}
		d.mood(simulated.Low, simulated.When{Next: 5})
		d.mood(simulated.Normal, simulated.When{})
		d.want("a lasting mood clears the queue", d.verdict(mrc("r9")), "OK/RECEIVED")
	})
}

func TestDownRefusesConnections(t *testing.T) {
	story(t, func(d *desk) {
		d.mood(simulated.Down, simulated.When{})
		_, _, err := d.send(mrc("r1"))
		d.want("refused", errors.Is(err, syscall.ECONNREFUSED), true)
		d.want("sends", d.Sends("r1"), 0)
		d.mood(simulated.Normal, simulated.When{})
		d.want("up again", d.verdict(mrc("r1")), "OK/RECEIVED")
	})
}

// Where another account of the same address is up, a connection is made, and only the one that is down says 503.
func TestDownAtASharedAddress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		second := simulated.Account{Name: "ecare-two", Kind: simulated.KindECARE, Login: "two", Secret: "456", Float: taka(100)}
		d := open(t, simulated.Config{Accounts: []simulated.Account{mainAccount(), second}})
		defer d.close()
		d.mood(simulated.Down, simulated.When{})
		status, _, err := d.send(mrc("r1"))
		if err != nil {
			t.Fatal(err)
		}
		d.want("status", status, http.StatusServiceUnavailable)
		d.want("recharges", d.Recharges("r1"), 0)
		d.want("the other", d.verdict(mrc("r1", "access_id", "two", "access_pass", "456")), "OK/RECEIVED")
		_, err = d.Dial(context.Background(), "tcp", "ecare-main:80")
		d.want("by its own name", errors.Is(err, syscall.ECONNREFUSED), true)
	})
}

func TestMoodsThatMakeNoSenseAreRefused(t *testing.T) {
	story(t, func(d *desk) {
		for name, err := range map[string]error{
			"an unknown mood":        d.SetMood("ecare-main", "grumpy", simulated.When{}),
			"an unknown account":     d.SetMood("nobody", simulated.Slow, simulated.When{}),
			"a status refused":       d.SetMood("ecare-main", simulated.Refuse, simulated.When{Calls: []simulated.Call{simulated.CallStatus}}),
			"an unknown call":        d.SetMood("ecare-main", simulated.Slow, simulated.When{Calls: []simulated.Call{"sms"}}),
			"down for the next few":  d.SetMood("ecare-main", simulated.Down, simulated.When{Next: 1}),
			"less than no requests":  d.SetMood("ecare-main", simulated.Slow, simulated.When{Next: -1}),
			"back into the past":     d.SetMood("ecare-main", simulated.Slow, simulated.When{Delay: -1}),
			"down for balances only": d.SetMood("ecare-main", simulated.Down, simulated.When{Calls: []simulated.Call{simulated.CallBalance}}),
		} {
			if err == nil {
				t.Errorf("%s was accepted", name)
			}
		}
		d.want("and nothing changed", d.verdict(mrc("r1")), "OK/RECEIVED")
	})
}

func TestEveryMoodIsExplained(t *testing.T) {
	t.Parallel()
	seen := map[simulated.Mood]bool{}
	for _, m := range simulated.Moods() {
		if m.Label == "" || !strings.HasSuffix(m.Help, ".") || len(m.Calls) == 0 || seen[m.ID] {
			t.Errorf("%+v", m)
		}
		seen[m.ID] = true
	}
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(doc), "# Moods")
	for id := range seen {
		if !strings.Contains(list, string(id)) {
			t.Errorf("the package comment does not name the mood %q", id)
		}
	}
}

// Closing lets go of what moods hold: nobody waits for a simulator that is gone, and a late order never lands.
func TestCloseLetsGoOfEverybody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(t, simulated.Config{Accounts: []simulated.Account{mainAccount()}})
		failed := make(chan error)
		for _, m := range []simulated.Mood{simulated.Silent, simulated.Late, simulated.Slow, simulated.Drip} {
			d.mood(m, simulated.When{Next: 1})
			go func() {
				_, _, err := d.send(mrc(string(m)))
				failed <- err
			}()
			synctest.Wait()
		}
		d.close()
		for range 4 {
			if err := <-failed; err == nil || os.IsTimeout(err) {
				t.Errorf("a held client got %v", err)
			}
		}
		d.want("late", d.Recharges(string(simulated.Late)), 0)
		d.want("silent", d.Recharges(string(simulated.Silent)), 1)
		if _, err := d.Dial(context.Background(), "tcp", "ecare.example:80"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("dialled a closed simulator: %v", err)
		}
		d.close()
	})
}
