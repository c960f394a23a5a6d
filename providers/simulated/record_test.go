package simulated_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rechargebot/providers"
	"rechargebot/providers/simulated"
)

// A simulator dies without closing while an order is on its way, one is to be reversed and one is hidden. The
// next one on the same file carries on with every one of them.
func TestTheRecordSurvivesACrash(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "record.jsonl")
	synctest.Test(t, func(t *testing.T) {
		config := simulated.Config{Accounts: []simulated.Account{mainAccount()}, Settle: settle, Record: path}
		d := open(t, config)
		d.ask(mrc("done"))
		d.mood(simulated.Reverse, simulated.When{Next: 1, Delay: time.Hour})
		d.ask(mrc("reversed"))
		time.Sleep(settle)
		d.want("done", d.status("done"), "OK/SUCCESS")
		d.ask(mrc("open"))
		d.mood(simulated.Forget, simulated.When{Next: 1, Delay: time.Hour})
		d.ask(mrc("hidden"))
		d.mood(simulated.FailLater, simulated.When{Next: 1})
		d.ask(mrc("doomed"))
		d.want("refused", d.verdict(mrc("done")), "FAILED/DUPLICATE")
		// What is on the disk now is all that a crash leaves; the first one must end only for the sake of the bubble.
		crashed := copyFile(t, path)
		events, orders, totals := d.Events(), d.Orders(), d.Totals("ecare-main")
		d.close()

		config.Record = crashed
		config.Accounts[0].Float = taka(1) // the record knows better
		d = open(t, config)
		defer d.close()
		for _, diff := range []string{cmp.Diff(events, d.Events()), cmp.Diff(orders, d.Orders()), cmp.Diff(totals, d.Totals("ecare-main"))} {
			if diff != "" {
				t.Error(diff)
			}
		}
		d.want("float", d.balance(), "3,400.00")
		d.want("a reference of the first", d.verdict(mrc("done")), "FAILED/DUPLICATE")
		d.want("open", d.status("open"), "OK/PENDING")
		d.want("hidden", d.status("hidden"), "FAILED/INVALIDREF")
		time.Sleep(settle)
		d.want("open later", d.status("open"), "OK/SUCCESS")
		d.want("doomed later", d.status("doomed"), "OK/FAILED")
		time.Sleep(time.Hour)
		d.want("reversed later", d.status("reversed"), "OK/FAILED")
		d.want("hidden later", d.status("hidden"), "OK/SUCCESS")
		d.want("float in the end", d.balance(), "3,440.00")
	})
}

// Where a reference makes several orders, each of them has its own fate in the next simulator too.
func TestRepeatedReferencesSurviveARestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "record.jsonl")
	synctest.Test(t, func(t *testing.T) {
		config := simulated.Config{Accounts: everyAccount(), Settle: settle, Record: path}
		d := open(t, config)
		for _, k := range tongues() {
			d.name = k.account.Name
			d.says(k.recharge("1001", 20))
			d.mood(simulated.FailLater, simulated.When{Next: 1})
			d.says(k.recharge("1001", 30))
		}
		orders := d.Orders()
		d.want("orders", len(orders), 7)
		d.close()

		d = open(t, config)
		defer d.close()
		byName := func(a, b simulated.Order) bool { return a.ID+a.Account < b.ID+b.Account } // at one instant there is no other order among kinds
		if diff := cmp.Diff(orders, d.Orders(), cmpopts.SortSlices(byName)); diff != "" {
			t.Error(diff)
		}
		time.Sleep(settle)
		for _, k := range tongues() {
			again := k.duplicate
			if k.repeats {
				again = k.accepted
			}
			first, _ := d.Order(k.account.Name, "1001")
			d.want("the first", first.Stage, simulated.StageDelivered)
			d.want("float", d.Float(k.account.Name), k.account.Float.Sub(providers.Money{Minor: 20_00, Currency: k.account.Float.Currency}))
			d.hears("again", k.recharge("1001", 20), again)
		}
	})
}

func copyFile(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return writeFile(t, string(raw))
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "record.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A line without its end was never answered for: it is dropped, and the record goes on after the last whole one.
func TestATornLineIsDropped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "record.jsonl")
		config := simulated.Config{Accounts: []simulated.Account{mainAccount()}, Settle: settle, Record: path}
		d := open(t, config)
		d.ask(mrc("r1"))
		d.close()
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for end := range len(whole) {
			config.Record = writeFile(t, string(whole[:end]))
			d := open(t, config)
			lines := strings.Count(string(whole[:end]), "\n")
			want := 0
			if lines == 3 { // float, received, accepted
				want = 1
			}
			d.want("recharges", d.Recharges("r1"), want)
			d.want("events", len(d.Events()), max(1, lines))
			d.balance()
			d.close()
			d = open(t, config)
			d.want("events the time after", len(d.Events()), max(1, lines)+1)
			d.close()
		}
	})
}

func TestADamagedRecordIsRefused(t *testing.T) {
	t.Parallel()
	config := simulated.Config{Accounts: []simulated.Account{mainAccount()}, Record: filepath.Join(t.TempDir(), "record.jsonl")}
	d := open(t, config)
	d.ask(mrc("r1"))
	d.status("r1")
	d.close()
	raw, err := os.ReadFile(config.Record)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(raw), "\n"), "\n")
	for name, text := range map[string]string{
		"not JSON":           lines[0] + "oops\n",
		"a line missing":     lines[0] + lines[2],
		"a line twice":       lines[0] + lines[1] + lines[1],
		"an unknown kind":    strings.Replace(string(raw), `"received"`, `"perceived"`, 1),
		"another account":    strings.ReplaceAll(string(raw), "ecare-main", "ecare-two"),
		"another currency":   strings.ReplaceAll(string(raw), "BDT", "INR"),
		"another amount":     strings.Replace(string(raw), `"amount":{"minor":2000`, `"amount":{"minor":3000`, 2),
		"a delivery too few": strings.Replace(string(raw), `"accepted"`, `"refused"`, 1),
	} {
		config.Record = writeFile(t, text)
		if s, err := simulated.New(config); err == nil {
			t.Errorf("%s: the record was believed", name)
			_ = s.Close()
		}
	}
	for _, path := range []string{t.TempDir(), os.DevNull} {
		config.Record = path
		if _, err := simulated.New(config); err == nil {
			t.Errorf("%s was taken for a record", path)
		}
	}
}

// Nor does it hold the token of a body, a form or a header, whatever comes of the request.
func TestTheRecordOfNoKindHoldsASecret(t *testing.T) {
	everyKind(t, func(d *desk, k tongue) {
		if err := d.SetSecret(k.account.Name, "canary-5ecret"); err != nil {
			d.t.Fatal(err)
		}
		for _, c := range []call{k.recharge("1001", 20), k.status("1001")} {
			for _, secret := range []string{"canary-5ecret", "canary-5ecret-not"} {
				d.says(c.with(k.account.Secret.Reveal(), secret))
			}
		}
		d.want("recharges", d.Recharges("1001"), 1)
		for _, e := range d.Events() {
			if strings.Contains(fmt.Sprintf("%+v", e), "canary") {
				d.t.Errorf("a secret is in the record: %+v", e)
			}
		}
	})
}

func TestTheRecordHoldsNoSecretAndIsPrivate(t *testing.T) {
	t.Parallel()
	account := mainAccount()
	account.Secret = "canary-5ecret"
	path := filepath.Join(t.TempDir(), "record.jsonl")
	d := open(t, simulated.Config{Accounts: []simulated.Account{account}, Record: path})
	d.ask(mrc("r1", "access_pass", "canary-5ecret"))
	d.ask(mrc("r1", "access_pass", "canary-5ecret-not"))
	d.ask(query("service", "canary-5ecret"))
	d.close()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), "canary-5ecret") {
		t.Errorf("a secret is in the record:\n%s", raw)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	d.want("mode", info.Mode().Perm(), os.FileMode(0o600))
}
