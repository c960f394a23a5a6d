package simulated_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers/simulated"
)

func TestAnOrderFromItsAcceptanceToItsDelivery(t *testing.T) {
	story(t, func(d *desk) {
		d.want("answer", d.verdict(mrc("r1")), "OK/RECEIVED")
		d.want("float after acceptance", d.balance(), "3,480.00")
		order, ok := d.Order("ecare-main", "r1")
		if !ok || order.Stage != simulated.StagePending || !order.Settles.Equal(time.Now().Add(settle)) {
			t.Errorf("accepted: %+v", order)
		}
		time.Sleep(settle - 1)
		order, _ = d.Order("ecare-main", "r1")
		d.want("a moment before", order.Stage, simulated.StageProcessing)
		time.Sleep(time.Hour) // nobody asks, and it is delivered in its time all the same
		order, _ = d.Order("ecare-main", "r1")
		d.want("in the end", order.Stage, simulated.StageDelivered)
		events := d.Events()
		last := events[len(events)-1]
		if last.Kind != simulated.EventDelivered || !last.At.Equal(order.Settles) {
			t.Errorf("the last event is %+v, not the delivery at %v", last, order.Settles)
		}
		d.want("float in the end", d.Float("ecare-main"), taka(3480))
		d.want("by number", len(d.ByNumber("01700000000", taka(20))), 1)
		d.want("by another amount", len(d.ByNumber("01700000000", taka(10))), 0)
		d.want("by another number", len(d.ByNumber("01700000001", taka(20))), 0)
	})
}

func TestAReferenceIsRememberedForEver(t *testing.T) {
	story(t, func(d *desk) {
		d.ask(mrc("r1"))
		time.Sleep(10 * 365 * 24 * time.Hour)
		d.want("ten years later", d.verdict(mrc("r1", "number", "01800000000", "operator", "8")), "FAILED/DUPLICATE")
		d.want("recharges", d.Recharges("r1"), 1)
		d.want("sends", d.Sends("r1"), 2)
		d.want("float", d.balance(), "3,480.00")
	})
}

// A refusal does not use the reference up: what was refused for want of float is accepted after a top-up.
func TestFloatArithmetic(t *testing.T) {
	story(t, func(d *desk) {
		d.want("all of it", d.verdict(mrc("r1", "amount", "3500")), "OK/RECEIVED")
		d.want("nothing left", d.balance(), "0.00")
		d.want("one more", d.verdict(mrc("r2", "amount", "1")), "FAILED/LOWBALANCE")
		if err := d.SetFloat("ecare-main", taka(1000)); err != nil {
			t.Fatal(err)
		}
		d.want("after the top-up", d.verdict(mrc("r2", "amount", "1")), "OK/RECEIVED")
		d.mood(simulated.FailLater, simulated.When{Next: 1})
		d.want("doomed", d.verdict(mrc("r3", "amount", "999")), "OK/RECEIVED")
		d.want("it is gone", d.balance(), "0.00")
		time.Sleep(settle)
		d.want("and comes back", d.balance(), "999.00")
		d.want("totals", d.Totals("ecare-main"), simulated.Totals{Received: 7, Accepted: 3, Refused: 1, Delivered: 2, Failed: 1})
		if err := d.SetFloat("nobody", taka(1)); err == nil {
			t.Error("an unknown account was topped up")
		}
	})
}

func TestSettleEndsWhatIsOnItsWay(t *testing.T) {
	story(t, func(d *desk) {
		d.ask(mrc("r1"))
		d.mood(simulated.FailLater, simulated.When{Next: 1})
		d.ask(mrc("r2"))
		n, err := d.Settle("ecare-main")
		if err != nil {
			t.Fatal(err)
		}
		d.want("settled", n, 2)
		d.want("r1", d.status("r1"), "OK/SUCCESS")
		d.want("r2", d.status("r2"), "OK/FAILED")
		time.Sleep(2 * settle) // the old deadlines pass and change nothing
		d.want("float", d.balance(), "3,480.00")
		if diff := cmp.Diff([]simulated.EventKind{"received", "accepted", "delivered"}, d.kinds("r1")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestEveryAnswerTakesTheLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(t, simulated.Config{Accounts: []simulated.Account{mainAccount()}, Latency: 3 * time.Second})
		defer d.close()
		for _, q := range []string{mrc("r1"), query("service", "BLCK")} {
			start := time.Now()
			d.ask(q)
			d.want(q, time.Since(start), 3*time.Second)
		}
		d.want("without a time to settle", d.status("r1"), "OK/SUCCESS")
	})
}

// Fifty clients send the same forty references at once: each is accepted once, and the float agrees.
func TestConcurrentDuplicatesAreAcceptedOnce(t *testing.T) {
	t.Parallel()
	d := open(t, simulated.Config{Accounts: []simulated.Account{mainAccount()}, Record: t.TempDir() + "/record.jsonl"})
	defer d.close()
	const clients, refs = 50, 40
	var wait sync.WaitGroup
	for range clients {
		wait.Go(func() {
			for i := range refs {
				if _, _, err := d.send(mrc(fmt.Sprintf("r%d", i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	for i := range refs {
		ref := fmt.Sprintf("r%d", i)
		d.want(ref, d.Recharges(ref), 1)
		d.want(ref+" sends", d.Sends(ref), clients)
	}
	d.want("float", d.Float("ecare-main"), taka(3500-refs*20))
	seen := map[string]bool{}
	for _, o := range d.Orders() {
		if seen[o.ID] || seen[o.Serial] {
			t.Errorf("%s has an id that another order has", o.Reference)
		}
		seen[o.ID], seen[o.Serial] = true, true
	}
}

func TestAccountsAreApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		second := simulated.Account{Name: "ecare-two", Kind: simulated.KindECARE, Login: "two", Secret: "456", Float: taka(100)}
		d := open(t, simulated.Config{Accounts: []simulated.Account{mainAccount(), second}})
		defer d.close()
		d.mood(simulated.Refuse, simulated.When{})
		asTwo := []string{"access_id", "two", "access_pass", "456"}
		d.want("the first", d.verdict(mrc("r1")), "FAILED/FAILED")
		d.want("the second", d.verdict(mrc("r1", asTwo...)), "OK/RECEIVED")
		d.want("their passwords", d.verdict(mrc("r2", "access_id", "two")), "FAILED/REJECT")
		d.mood(simulated.Normal, simulated.When{})
		d.want("the same reference at the first", d.verdict(mrc("r1")), "OK/RECEIVED")
		d.want("over both", d.Recharges("r1"), 2)
		d.want("float of the second", d.Float("ecare-two"), taka(80))
	})
}

func TestAConfigurationThatCannotBeServedIsRefused(t *testing.T) {
	t.Parallel()
	change := func(f func(*simulated.Account)) []simulated.Account {
		a := mainAccount()
		f(&a)
		return []simulated.Account{a}
	}
	twin, token, named := mainAccount(), kitTongue().account, kitTongue().account
	twin.Name, named.Name, named.Login = "twin", "named", "member"
	sameToken := token
	sameToken.Name = "kit-two"
	for want, accounts := range map[string][]simulated.Account{
		"no name":                         change(func(a *simulated.Account) { a.Name = "" }),
		"unknown kind \"fax\"":            change(func(a *simulated.Account) { a.Kind = "fax" }),
		"unknown currency":                change(func(a *simulated.Account) { a.Float.Currency = "" }),
		"secret is empty":                 change(func(a *simulated.Account) { a.Secret = "" }),
		"the name is there twice":         {mainAccount(), mainAccount()},
		"shares its login with \"ecare-m": {mainAccount(), twin},
		"shares its login with \"kit\"":   {token, sameToken},
		"login is of no use to kind":      {named},
	} {
		if _, err := simulated.New(simulated.Config{Accounts: accounts}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want something about %q", err, want)
		}
	}
}

func TestAClientOnAWrongPathIsInTheRecord(t *testing.T) {
	story(t, func(d *desk) {
		resp, err := d.client.Get("http://ecare.example/myportal/?access_pass=123")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		d.want("status", resp.StatusCode, http.StatusNotFound)
		last := d.RecentEvents(1)[0]
		d.want("noted as", last.Note, "GET /myportal/")
	})
}
