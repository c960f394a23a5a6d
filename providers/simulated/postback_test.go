package simulated_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rechargebot/providers/simulated"
)

// caught is a client's web server: what it is called with comes out of the channel.
func caught(t *testing.T) (address string, calls <-chan string) {
	t.Helper()
	out := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		out <- fmt.Sprint(r.Method, " ", r.URL, " ", r.Header.Get("Content-Type"), " ", string(body))
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/postback/in-x/hidden-word?v=1", out
}

// Two vendors call their client when an order has ended, though nobody asks, and again when it is taken back.
func TestAClientIsCalledWhenItsOrderEnds(t *testing.T) {
	t.Parallel()
	kitID := `"orderid":"da9842e1-f561-4728-827b-ac4dd2934d68"`
	for _, row := range []struct {
		tongue
		want []string
	}{
		{kitTongue(), []string{
			`POST /postback/in-x/hidden-word?v=1 application/json {"status":1,` + kitID + `,"opttranid":"BR000A000001","pid":"1001","commission":0.35}`,
			`POST /postback/in-x/hidden-word?v=1 application/json {"status":3,` + kitID + `,"opttranid":"BR000A000001","pid":"1001","commission":0}`,
		}},
		{deeperTongue(), []string{
			"GET /postback/in-x/hidden-word?amount=20&balance=3480.00&number=9876543210&operatorCode=VF&operatorId=ABCDEFGH12345&refId=1001&status=Success&txnId=123456&v=1  ",
			"GET /postback/in-x/hidden-word?amount=20&balance=3500.00&number=9876543210&operatorCode=VF&operatorId=ABCDEFGH12345&refId=1001&status=Refunded&txnId=123456&v=1  ",
		}},
	} {
		t.Run(row.account.Kind, func(t *testing.T) {
			t.Parallel()
			k := row.tongue
			var calls <-chan string
			k.account.Postback, calls = caught(t)
			d := open(t, simulated.Config{Accounts: []simulated.Account{k.account}, Settle: 20 * time.Millisecond})
			d.mood(simulated.Reverse, simulated.When{Delay: 20 * time.Millisecond})
			d.hears("recharge", k.recharge("1001", 20), k.accepted)
			for _, w := range row.want {
				d.want("call", <-calls, w)
			}
			d.close()
			var notes []string
			for _, e := range d.Events() {
				if e.Kind == simulated.EventPostback {
					notes = append(notes, e.Reference+" "+e.Note)
				}
				if strings.Contains(fmt.Sprintf("%+v", e), "hidden-word") {
					t.Errorf("the address is in the record: %+v", e)
				}
			}
			d.want("first note", notes[0], "1001 HTTP 202")
		})
	}
}

// An order that ended while the simulator was gone is told of by the next one on its record; a client that
// hangs up is called once, and that is noted.
func TestCallsAfterARestart(t *testing.T) {
	t.Parallel()
	k := deeperTongue()
	config := simulated.Config{Accounts: []simulated.Account{k.account}, Settle: 50 * time.Millisecond, Record: filepath.Join(t.TempDir(), "record.jsonl")}
	d := open(t, config)
	d.says(k.recharge("1001", 20))
	d.close()
	address, calls := caught(t)
	config.Accounts[0].Postback = address
	d = open(t, config)
	if got := <-calls; !strings.Contains(got, "status=Success") {
		t.Errorf("called with %s", got)
	}
	d.close()

	reached := make(chan struct{})
	rude := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(reached) // twice would panic: there is one call
		panic(http.ErrAbortHandler)
	}))
	defer rude.Close()
	config.Accounts[0].Postback = rude.URL
	d = open(t, config)
	d.says(k.recharge("1002", 20))
	if _, err := d.Settle(""); err != nil {
		t.Fatal(err)
	}
	<-reached
	d.close()
	last := d.RecentEvents(1)[0]
	d.want("the last event", fmt.Sprint(last.Kind, " ", last.Reference, " ", last.Note), "postback 1002 no answer")
}

// A client that never answers holds nobody up: neither the order nor Close.
func TestCloseDoesNotWaitForAClientThatHangs(t *testing.T) {
	t.Parallel()
	reached, release := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(reached)
		<-release
	}))
	defer server.Close()
	defer close(release)
	k := kitTongue()
	k.account.Postback = server.URL
	d := open(t, simulated.Config{Accounts: []simulated.Account{k.account}})
	d.hears("recharge", k.recharge("1001", 20), `"status":1,`)
	<-reached
	d.hears("asked meanwhile", k.status("1001"), k.delivered)
	d.close()
}

func TestAPostbackThatCannotBeMadeIsRefused(t *testing.T) {
	t.Parallel()
	for _, k := range []tongue{ecareTongue(), panelTongue(), bosTongue()} {
		a := k.account
		a.Postback = "http://127.0.0.1/postback"
		if _, err := simulated.New(simulated.Config{Accounts: []simulated.Account{a}}); err == nil {
			t.Errorf("%s would call back", a.Kind)
		}
	}
	for _, address := range []string{"/postback/x", "ftp://x/y", "http://", "http://%zz"} {
		a := deeperTongue().account
		a.Postback = address
		if _, err := simulated.New(simulated.Config{Accounts: []simulated.Account{a}}); err == nil || strings.Contains(err.Error(), address) {
			t.Errorf("%q: %v", address, err)
		}
	}
}
