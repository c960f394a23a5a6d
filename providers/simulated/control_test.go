package simulated_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/providers/simulated"
)

// panel is the control surface as a page uses it.
func (d *desk) panel(method, path, body string) (int, simulated.State, string) {
	d.t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	w := httptest.NewRecorder()
	d.Control().ServeHTTP(w, req)
	var state simulated.State
	if w.Code == http.StatusOK {
		if err := json.Unmarshal(w.Body.Bytes(), &state); err != nil {
			d.t.Errorf("%s %s: %v", method, path, err)
		}
	}
	return w.Code, state, w.Body.String()
}

func TestAPageSteersTheSimulator(t *testing.T) {
	story(t, func(d *desk) {
		code, state, _ := d.panel("GET", "/state", "")
		d.want("state", code, http.StatusOK)
		d.want("moods", len(state.Moods), len(simulated.Moods()))
		if diff := cmp.Diff([]simulated.AccountState{{
			Name: "ecare-main", Kind: "ecare", Mood: "normal", Queue: []simulated.QueuedMood{}, Float: "3500.00", Currency: "BDT",
		}}, state.Accounts); diff != "" {
			t.Error(diff)
		}

		_, state, _ = d.panel("POST", "/mood", `{"account":"ecare-main","mood":"forget","next":1,"delay":"90s"}`)
		if diff := cmp.Diff([]simulated.QueuedMood{{Mood: "forget", Calls: []simulated.Call{"recharge"}, Next: 1}}, state.Accounts[0].Queue); diff != "" {
			t.Error(diff)
		}
		d.ask(mrc("r1"))
		time.Sleep(89 * time.Second)
		d.want("forgotten", d.status("r1"), "FAILED/INVALIDREF")

		_, state, _ = d.panel("POST", "/mood", `{"account":"ecare-main","mood":"slow","calls":["status","balance"],"delay":"5s"}`)
		account := state.Accounts[0]
		d.want("mood", fmt.Sprint(account.Mood, account.Calls, account.Delay), "slow[status balance]5s")
		_, state, _ = d.panel("POST", "/float", `{"account":"ecare-main","float":"1,000.50"}`)
		d.want("float", state.Accounts[0].Float, "1000.50")

		d.ask(mrc("r2"))
		_, state, _ = d.panel("GET", "/state", "")
		d.want("open", state.Accounts[0].Open, 1)
		_, state, _ = d.panel("POST", "/settle", `{}`)
		account = state.Accounts[0]
		d.want("counters", fmt.Sprint(account.Received, account.Accepted, account.Delivered, account.Open), "3 2 2 0")
		last := state.Events[len(state.Events)-1]
		d.want("last event", fmt.Sprint(last.Kind, last.Reference, last.Amount), "deliveredr220.00")
	})
}

// However long the record becomes, the page is shown the end of it.
func TestThePageIsShownABoundedPartOfTheRecord(t *testing.T) {
	story(t, func(d *desk) {
		for i := range 300 {
			d.ask(mrc(fmt.Sprintf("r%d", i), "amount", "1"))
		}
		_, state, body := d.panel("GET", "/state", "")
		d.want("events", len(state.Events), 50)
		d.want("the last", state.Events[49].Reference, "r299")
		d.want("small enough", len(body) < 32<<10, true)
		d.want("the record", len(d.Events()), 601)
	})
}

func TestTheControlSurfaceRefusesNonsense(t *testing.T) {
	story(t, func(d *desk) {
		for _, row := range []struct{ method, path, body, says string }{
			{"POST", "/mood", `{"account":"ecare-main","mood":"grumpy"}`, "there are normal"},
			{"POST", "/mood", `{"account":"nobody","mood":"slow"}`, `unknown account`},
			{"POST", "/mood", `{"account":"ecare-main","mood":"slow","delay":"soon"}`, "delay"},
			{"POST", "/mood", `{"account":"ecare-main","moood":"slow"}`, "moood"},
			{"POST", "/mood", `{"account":"ecare-main"`, "read body"},
			{"POST", "/mood", `{"account":"` + strings.Repeat("x", 70<<10) + `"}`, "too large"},
			{"POST", "/float", `{"account":"ecare-main","float":"much"}`, "float"},
			{"POST", "/float", `{"account":"nobody","float":"10"}`, "unknown account"},
			{"POST", "/settle", `{"account":"nobody"}`, "unknown account"},
		} {
			code, _, body := d.panel(row.method, row.path, row.body)
			var answer struct{ Error string }
			if err := json.Unmarshal([]byte(body), &answer); err != nil || code != http.StatusBadRequest || !strings.Contains(answer.Error, row.says) {
				t.Errorf("%s %.60s: HTTP %d %s", row.path, row.body, code, body)
			}
		}
		form := httptest.NewRequest("POST", "/float", strings.NewReader(`{"account":"ecare-main","float":"0"}`))
		form.Header.Set("Content-Type", "text/plain")
		w := httptest.NewRecorder()
		d.Control().ServeHTTP(w, form)
		d.want("another site's form", w.Code, http.StatusUnsupportedMediaType)
		d.want("float", d.balance(), "3,500.00")
		resp, err := d.client.Get("http://ecare.example/state")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		d.want("among the dialects", resp.StatusCode, http.StatusNotFound)
	})
}
