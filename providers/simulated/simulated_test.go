package simulated_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/providers"
	"rechargebot/providers/simulated"
)

const settle = 20 * time.Second

func taka(n int64) providers.Money { return providers.Money{Minor: n * 100, Currency: providers.BDT} }

func mainAccount() simulated.Account {
	return simulated.Account{Name: "ecare-main", Kind: simulated.KindECARE, Login: "test", Secret: "123", Float: taka(3500)}
}

// desk is a client of the simulator, inside a bubble of synctest.
type desk struct {
	t *testing.T
	*simulated.Server
	client *http.Client
	name   string // of the account whose moods are set
}

// story runs a test in a bubble with one account of ECARE and a float of 3,500.00.
func story(t *testing.T, tell func(d *desk)) {
	t.Helper()
	storyOf(t, mainAccount(), tell)
}

func storyOf(t *testing.T, a simulated.Account, tell func(d *desk)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(t, simulated.Config{Accounts: []simulated.Account{a}, Settle: settle})
		defer d.close()
		tell(d)
	})
}

func open(t *testing.T, c simulated.Config) *desk {
	t.Helper()
	s, err := simulated.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return &desk{t, s, &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{DialContext: s.Dial, DisableKeepAlives: true},
	}, c.Accounts[0].Name}
}

func (d *desk) close() {
	d.t.Helper()
	if err := d.Close(); err != nil {
		d.t.Error(err)
	}
}

// mrc is the query of a good recharge with changes: pairs of key and value; the value "-" takes the key out.
func mrc(ref string, changes ...string) string {
	return query(append([]string{"service", "MRC", "operator", "7", "number_type", "1", "number", "01700000000", "amount", "20", "refid", ref}, changes...)...)
}

func query(pairs ...string) string {
	v := url.Values{"access_id": {"test"}, "access_pass": {"123"}}
	for i := 0; i < len(pairs); i += 2 {
		if v.Set(pairs[i], pairs[i+1]); pairs[i+1] == "-" {
			v.Del(pairs[i])
		}
	}
	return v.Encode()
}

func (d *desk) send(q string) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://ecare.example"+simulated.ECAREPath+"?"+q, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(raw), err
}

// ask sends a query that must be answered whole, with 200.
func (d *desk) ask(q string) string {
	d.t.Helper()
	status, body, err := d.send(q)
	if err != nil || status != http.StatusOK {
		d.t.Fatalf("asked %q: HTTP %d, %v", q, status, err)
	}
	return body
}

// fields asks and reads the answer, every value of which must be a string.
func (d *desk) fields(q string) map[string]string {
	d.t.Helper()
	body := d.ask(q)
	var out map[string]string
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		d.t.Fatalf("asked %q: %v in %s", q, err, body)
	}
	return out
}

// verdict asks and returns STATUS/RECHARGE_STATUS.
func (d *desk) verdict(q string) string {
	d.t.Helper()
	f := d.fields(q)
	return f["STATUS"] + "/" + f["RECHARGE_STATUS"]
}

func (d *desk) status(ref string) string {
	d.t.Helper()
	return d.verdict(query("service", "MRCSTATUS", "refid", ref))
}

func (d *desk) balance() string {
	d.t.Helper()
	return d.fields(query("service", "BLCK"))["MAIN_BALANCE"]
}

func (d *desk) mood(m simulated.Mood, w simulated.When) {
	d.t.Helper()
	if err := d.SetMood(d.name, m, w); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) want(what string, got, want any) {
	d.t.Helper()
	if got != want {
		d.t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// kinds are the events of a reference, in order.
func (d *desk) kinds(ref string) (out []simulated.EventKind) {
	for _, e := range d.Events() {
		if e.Reference == ref && (e.Kind != simulated.EventReceived || e.Call == simulated.CallRecharge) {
			out = append(out, e.Kind)
		}
	}
	return out
}
