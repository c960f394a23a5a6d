package main

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"rechargebot/bot/sandbox"
	"rechargebot/providers"
	"rechargebot/providers/simulated"
)

// recorder keeps the first call of each make that the program sends to Telegram: method, and which fields it has.
type recorder struct {
	rules botRules

	mu    sync.Mutex
	made  map[string]recorded
	total int
}

type recorded struct {
	method string
	params map[string]any
}

func (c *recorder) spy(side string, h http.Handler) http.Handler {
	if side != "telegram" {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		c.keep(r, body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		h.ServeHTTP(w, r)
	})
}

func (c *recorder) keep(r *http.Request, body []byte) {
	method := path.Base(r.URL.Path)
	params := map[string]any{}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		if d.Decode(&params) != nil {
			params = map[string]any{"": "no JSON"}
		}
	} else if len(body) > 0 && r.ParseMultipartForm(1<<20) == nil {
		for name := range r.MultipartForm.Value {
			params[name] = c.rules.typed(method, name, r.FormValue(name))
		}
		for name, files := range r.MultipartForm.File {
			params[name] = files[0].Filename
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total++
	c.made[method+" "+strings.Join(placesIn("", params), " ")] = recorded{method, params}
}

// placesIn lists the fields of a value, those in lists once.
func placesIn(at string, v any) (all []string) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			all = append(append(all, at+"/"+name), placesIn(at+"/"+name, v[name])...)
		}
	case []any:
		for _, one := range v {
			all = append(all, placesIn(at+"[]", one)...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// wholeStory is a day at the desk: somebody asks to join and is let in, recharges well and badly, presses old
// buttons, looks at history and menus, is suspended; the group asks who it is.
func wholeStory(d *desktop) {
	d.joined()
	d.says(agent, "01712345678 50")
	d.presses(agent, "Confirm")
	d.sees(agent, "Delivered", "01712345678")
	d.says(agent, "nonsense <b>&")
	if err := d.upstream.SetMood(account, simulated.Refuse, simulated.When{Next: 1}); err != nil {
		d.t.Fatal(err)
	}
	d.says(agent, "01812345678 20")
	d.presses(agent, "Confirm", "01812345678")
	d.eventually("the second order has ended", func() bool { return d.count(agent, "01812345678") >= 2 })
	d.says(agent, "/recharge")
	d.says(agent, "/history")
	d.sees(agent, "Your orders", "01712345678")
	d.says(agent, "/help")
	d.says(agent, "/language")
	d.says(agent, "/find 01712345678")
	d.sheet(agent)
	if _, err := d.telegram.Forge(agent, agent, 1, "forged"); err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.telegram.ShareContact(agent, agent, "+8801712345678", "Karim", 0); err != nil {
		d.t.Fatal(err)
	}
	for _, command := range []string{"/users", "/pending", "/review", "/providers", "/job", "/invite", "/user 2001"} {
		d.says(admin, command)
	}
	d.presses(admin, "Suspend", "2001")
	if _, err := d.telegram.Send(admin, ops, "/id"); err != nil {
		d.t.Fatal(err)
	}
	d.says(stranger, "hello")
	d.says(stranger, "/start")
	d.sees(stranger, "[Request access")
	d.stop()
}

// spoil makes wrong, and some right, versions of a call: each field in turn is left out, null, of another type,
// empty, too long, another word; each object gets a field too many.
func spoil(r recorded) (all []recorded) {
	raw, _ := json.Marshal(r.params)
	fresh := func() map[string]any {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		var v map[string]any
		_ = d.Decode(&v) // it was encoded a line above
		return v
	}
	leave := &struct{}{}
	values := []any{leave, nil, json.Number("7"), json.Number("1.5"), true, "zz", "", strings.Repeat("x", 65), strings.Repeat("é", 40), strings.Repeat("x", 257), strings.Repeat("x", 4097), []any{}, map[string]any{}}
	for _, steps := range stepsIn(nil, r.params) {
		for _, v := range values {
			params := fresh()
			put(params, steps, v, leave)
			all = append(all, recorded{r.method, params})
		}
	}
	for _, steps := range append(stepsIn(nil, r.params), nil) {
		params := fresh()
		if put(params, append(slices.Clone(steps), "colour"), "red", leave) {
			all = append(all, recorded{r.method, params})
		}
	}
	return all
}

// stepsIn lists the ways to every field, through the first element of each list.
func stepsIn(before []any, v any) (all [][]any) {
	step := func(s, v any) {
		here := append(slices.Clone(before), s)
		all = append(append(all, here), stepsIn(here, v)...)
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			step(name, v[name])
		}
	case []any:
		if len(v) > 0 {
			step(0, v[0])
		}
	}
	return all
}

// put sets what the steps lead to, or takes it away when it is leave; false when they lead nowhere.
func put(at any, steps []any, v, leave any) bool {
	switch at := at.(type) {
	case map[string]any:
		name, ok := steps[0].(string)
		switch {
		case !ok:
			return false
		case len(steps) > 1:
			return put(at[name], steps[1:], v, leave)
		case v == leave:
			delete(at, name)
		default:
			at[name] = v
		}
		return true
	case []any:
		i, ok := steps[0].(int)
		if !ok || i >= len(at) {
			return false
		}
		if len(steps) > 1 {
			return put(at[i], steps[1:], v, leave)
		}
		if v == leave {
			v = nil
		}
		at[i] = v
		return true
	}
	return false
}

// stricter are the words in which the sandbox refuses what the description has no word about: chats, messages and
// presses that are not there, a text's own rules, and keyboards that Telegram itself refuses though each field is right.
func stricter(description string) bool {
	return slices.ContainsFunc([]string{
		"chat not found", "chat_id is empty", "bot can't initiate", "message to edit not found", "message can't be edited", "message is not modified",
		"message text is empty", "text must be non-empty", "message to delete not found", "query is too old", "unsupported parse_mode", "can't parse entities",
		"message thread not found", "message to be replied not found", "is invalid: Wrong HTTP URL", "BOT_COMMAND_INVALID", "user not found",
		"button text must be non-empty", "exactly one of url", "Text buttons are unallowed", "invalid language code", "can't use specified command scope",
		"wrong file identifier", "there is no document in the request", "message identifier is not specified", "at most 8 elements",
		`"allowed_updates" can't be`, `"language_code" must have 0 to 2`, `"callback_query_id" must have`, `"keyboard" must have`, `"text" must have 1 to 0`,
	}, func(known string) bool { return strings.Contains(description, known) })
}

// All that the program says in a whole story is right by the Bot API's own description; and of hundreds of spoilt
// versions of it, the sandbox refuses what the description refuses, and nothing else without a reason of Telegram's.
func TestTheSandboxJudgesCallsAsTheBotAPIDoes(t *testing.T) {
	t.Parallel()
	rules := readBotRules(t)
	c := &recorder{rules: rules, made: map[string]recorded{}}
	d := newDesktopOf(t, deskPlan{spied: c.spy, supplies: []supply{{
		simulated.Account{Name: account, Kind: simulated.KindECARE, Login: "id", Secret: "canary-pass", Float: providers.Money{Minor: 25_000_00, Currency: providers.BDT}},
		simulated.ECAREPath, "access_id = \"id\"\naccess_pass = \"canary-pass\"\nalert_below = \"500.00\"\ncritical_below = \"100.00\"\n", "",
	}}})
	wholeStory(d)

	scene := sandbox.New(sandbox.Config{
		Token: "1:x", BotName: "x_bot", Limits: sandbox.Limits{Off: true}, Group: sandbox.Group{ID: ops, Title: "Operations"},
		People: []sandbox.Person{{ID: admin, FirstName: "A", Started: true}, {ID: agent, FirstName: "B", Started: true}, {ID: stranger, FirstName: "C", Started: true}},
	})
	defer scene.Close()
	handler := scene.Handler()
	spoilt, refused := 0, 0
	for _, made := range slices.Sorted(maps.Keys(c.made)) {
		one := c.made[made]
		if wrong := rules.call(one.method, one.params); len(wrong) > 0 {
			t.Errorf("the program calls %s: %v\n%v", one.method, wrong, one.params)
		}
		for _, bad := range spoil(one) {
			if bad.method == "getUpdates" {
				bad.params["timeout"] = json.Number("0") // nobody waits here
			}
			spoilt++
			wrong := rules.call(bad.method, bad.params)
			code, description := ask(t, handler, bad)
			raw, _ := json.Marshal(bad.params)
			switch {
			case len(wrong) > 0 && code == http.StatusOK:
				t.Errorf("%s was taken though %v\n%.300s", bad.method, wrong, raw)
			case len(wrong) == 0 && code != http.StatusOK && !stricter(description):
				t.Errorf("%s was refused, %q, though the Bot API has nothing against it\n%.300s", bad.method, description, raw)
			case code != http.StatusOK:
				refused++
			}
		}
	}
	if len(c.made) < 15 || spoilt < 300 {
		t.Errorf("only %d makes of calls and %d spoilt ones were looked at", len(c.made), spoilt)
	}
	t.Logf("%d calls of %d makes, all right; %d spoilt ones, %d of them refused", c.total, len(c.made), spoilt, refused)
}

func ask(t *testing.T, h http.Handler, r recorded) (code int, description string) {
	t.Helper()
	raw, err := json.Marshal(r.params)
	if err != nil {
		t.Fatal(err)
	}
	q := httptest.NewRequestWithContext(t.Context(), "POST", "/bot1:x/"+r.method, bytes.NewReader(raw))
	q.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, q)
	var answer struct{ Description string }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	return w.Code, answer.Description
}
