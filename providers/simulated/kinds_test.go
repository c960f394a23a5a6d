package simulated_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/providers"
	"rechargebot/providers/simulated"
)

func rupees(n int64) providers.Money { return providers.Money{Minor: n * 100, Currency: providers.INR} }

// call is one request as a test makes it; a body of "" is none.
type call struct {
	method, path, body string
	header             map[string]string
}

func (d *desk) do(c call) (status int, body string, err error) {
	d.t.Helper()
	var content io.Reader
	if c.body != "" {
		content = strings.NewReader(c.body)
	}
	req, err := http.NewRequestWithContext(context.Background(), c.method, "http://upstream.example"+c.path, content)
	if err != nil {
		d.t.Fatal(err)
	}
	for k, v := range c.header {
		req.Header.Set(k, v)
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(raw), err
}

// says makes a call that must be answered whole; the answer with its HTTP status before it, "200 {…}".
func (d *desk) says(c call) string {
	d.t.Helper()
	status, body, err := d.do(c)
	if err != nil {
		d.t.Fatalf("%s %s: %v", c.method, c.path, err)
	}
	return fmt.Sprint(status, " ", body)
}

func (d *desk) hears(what string, c call, part string) {
	d.t.Helper()
	if got := d.says(c); !strings.Contains(got, part) {
		d.t.Errorf("%s: got %s, want something like %s", what, got, part)
	}
}

// everyKind runs a test in a bubble for each dialect.
func everyKind(t *testing.T, tell func(d *desk, k tongue)) {
	t.Parallel()
	for _, k := range tongues() {
		t.Run(k.account.Kind, func(t *testing.T) { storyOf(t, k.account, func(d *desk) { tell(d, k) }) })
	}
}

func TestEveryDialectTellsAnOrderFromItsAcceptanceToItsDelivery(t *testing.T) {
	everyKind(t, func(d *desk, k tongue) {
		d.hears("before", k.status("1001"), k.unknown)
		d.hears("at first", k.recharge("1001", 20), k.accepted)
		d.hears("asked at once", k.status("1001"), k.pending)
		time.Sleep(settle / 2)
		d.hears("half way", k.status("1001"), k.processing)
		time.Sleep(settle / 2)
		d.hears("in the end", k.status("1001"), k.delivered)
		d.want("recharges", d.Recharges("1001"), 1)
		d.want("float", d.Float(k.account.Name).Minor, int64(3480_00))
		d.hears("too much", k.recharge("1002", 3481), k.short)
		order, ok := d.Order(k.account.Name, "1001")
		if !ok || order.Amount.Currency != k.account.Float.Currency || order.Amount.Minor != 20_00 {
			d.t.Errorf("the order is %+v", order)
		}
	})
}

// Ten years later a reference is still remembered; where no document says that it is, it makes a second recharge.
func TestAReferenceThatComesAgain(t *testing.T) {
	everyKind(t, func(d *desk, k tongue) {
		d.hears("first", k.recharge("1001", 20), k.accepted)
		time.Sleep(10 * 365 * 24 * time.Hour)
		again, recharges := k.duplicate, 1
		if k.repeats {
			again, recharges = k.accepted, 2
		}
		d.hears("again", k.recharge("1001", 30), again)
		d.want("recharges", d.Recharges("1001"), recharges)
		d.want("sends", d.Sends("1001"), 2)
		d.want("orders", len(d.Orders()), recharges)
		order, _ := d.Order(k.account.Name, "1001")
		d.want("the one that is asked about", order.Amount.Minor, int64(20_00))
	})
}

func TestMoodsInEveryDialect(t *testing.T) {
	everyKind(t, func(d *desk, k tongue) {
		once := func(m simulated.Mood, w simulated.When) {
			w.Next = 1
			d.mood(m, w)
		}
		for mood, answer := range map[simulated.Mood]string{simulated.Refuse: k.refused, simulated.Repeat: k.duplicate, simulated.Low: k.short, simulated.Maintenance: k.closed} {
			once(mood, simulated.When{})
			d.hears(string(mood), k.recharge("1001", 20), answer)
			d.hears(string(mood)+" asked about", k.status("1001"), k.unknown)
		}
		d.want("recharges so far", d.Recharges("1001"), 0)
		once(simulated.FailLater, simulated.When{})
		d.hears("doomed", k.recharge("1001", 20), k.accepted)
		time.Sleep(settle)
		d.hears("failed", k.status("1001"), k.failed)

		once(simulated.Duplicate, simulated.When{})
		d.hears("said to be a duplicate", k.recharge("1002", 20), k.duplicate)
		d.want("recharges", d.Recharges("1002"), 1)
		once(simulated.WrongEcho, simulated.When{})
		d.hears("wrong echo", k.recharge("1003", 20), k.echo)
		order, _ := d.Order(k.account.Name, "1003")
		d.want("recharged all the same", order.Amount.Minor, int64(20_00))
		once(simulated.Forget, simulated.When{Delay: time.Minute})
		d.hears("forgotten", k.recharge("1004", 20), k.accepted)
		d.hears("denied", k.status("1004"), k.unknown)
		d.want("recharges", d.Recharges("1004"), 1)
		if k.balance != nil {
			d.mood(simulated.Low, simulated.When{})
			d.hears("balance while low", k.balance(), k.low)
		}
		d.mood(simulated.Maintenance, simulated.When{})
		d.hears("status in maintenance", k.status("1001"), maintenanceOf(k))
		d.want("float", d.Float(k.account.Name).Minor, int64(3440_00))
	})
}

// maintenanceOf is what status says then: one dialect words its two calls differently.
func maintenanceOf(k tongue) string {
	if k.account.Kind == simulated.KindBOS {
		return `412 {"responsecode":3,`
	}
	return k.closed
}

func TestReverseInEveryDialect(t *testing.T) {
	everyKind(t, func(d *desk, k tongue) {
		d.mood(simulated.Reverse, simulated.When{Next: 1, Delay: time.Hour})
		d.says(k.recharge("1001", 20))
		time.Sleep(settle)
		d.hears("delivered", k.status("1001"), k.delivered)
		time.Sleep(time.Hour)
		d.hears("reversed", k.status("1001"), k.reversed)
		d.want("float", d.Float(k.account.Name).Minor, int64(3500_00))
	})
}

// A renewed password or token is another: the old one is a stranger's, and no order comes of it.
func TestASecretIsRenewed(t *testing.T) {
	everyKind(t, func(d *desk, k tongue) {
		d.hears("before", k.recharge("1001", 20), k.accepted)
		if err := d.SetSecret(k.account.Name, "renewed"); err != nil {
			d.t.Fatal(err)
		}
		d.hears("with the old one", k.recharge("1002", 20), k.stranger)
		d.want("recharges", d.Recharges("1002"), 0)
		if err := d.SetSecret(k.account.Name, k.account.Secret); err != nil {
			d.t.Fatal(err)
		}
		d.hears("with the right one", k.recharge("1002", 20), k.accepted)
		d.want("recharges in the end", d.Recharges("1002"), 1)
		if d.SetSecret(k.account.Name, "") == nil || d.SetSecret("nobody", "x") == nil {
			d.t.Error("no secret, or nobody's, was taken")
		}
	})
}

// All five at one address: each client reaches its own account, and a client of one kind is a stranger at another.
func TestFiveKindsShareAServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(t, simulated.Config{Accounts: everyAccount(), Settle: settle})
		defer d.close()
		for _, k := range tongues() {
			d.says(k.recharge("1001", 20))
			d.want(k.account.Kind, d.Float(k.account.Name).Minor, int64(3480_00))
		}
		d.want("over all", d.Recharges("1001"), 5)
		d.want("taka", len(d.ByNumber("01700000000", taka(20))), 2)
		d.want("rupees", len(d.ByNumber("9876543210", rupees(20))), 3)
	})
}

func everyAccount() (out []simulated.Account) {
	for _, k := range tongues() {
		out = append(out, k.account)
	}
	return out
}
