package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"rechargebot/bot/sandbox"
	"rechargebot/providers"
	"rechargebot/providers/builtin"
	"rechargebot/providers/simulated"
)

// canary is something that must not be seen where it has no business: a secret anywhere at all, a customer's number
// outside the chats of the agent who ordered and of the admins.
type canary struct {
	name  string
	value string
	chats []int64 // that may see it
}

// forms are the ways in which a text can hide in another: in small or large letters, as in URLs, JSON, pages, hexadecimal, and base64 at any
// place of a longer text.
func (c canary) forms() []string {
	v, quoted := c.value, new(bytes.Buffer)
	_ = json.NewEncoder(quoted).Encode(v) // a text always can be
	asHex := hex.EncodeToString([]byte(v))
	out := []string{
		v, url.QueryEscape(v), url.PathEscape(v), strings.ToLower(url.QueryEscape(v)), strings.ToUpper(v), html.EscapeString(v),
		strings.Trim(strings.TrimSpace(quoted.String()), `"`), asHex, strings.ToUpper(asHex),
	}
	for shift := range 3 { // without the characters at both ends that depend on what stands beside it
		for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			coded := e.EncodeToString(append(make([]byte, shift), v...))
			out = append(out, coded[(shift*8+5)/6:(shift+len(v))*8/6])
		}
	}
	return out
}

// aviary is a desk with a provider of each kind, every secret a canary, and an agent and customers for each.
type aviary struct {
	*desktop
	t       *testing.T
	keepers []keeper
	secrets []canary
	numbers []canary

	mu      sync.Mutex
	weather map[string]http.HandlerFunc                       // by provider; nil = as it should be
	doors   map[string]string                                 // provider by address
	sky     func(w http.ResponseWriter, r *http.Request) bool // over Telegram: true = it answered
}

// keeper is a provider with the agent who orders there.
type keeper struct {
	supply
	agent  int64  // the first of as many as there are storms
	prefix string // of its customers' numbers
	line   string // an order, its number left out
	tap    string // between the line and Confirm
	own    []string
}

const canaryToken = "4242:test-token-of-nobody-00000000000000" // newDesktopOf's

func keepers(t *testing.T, dir string) []keeper {
	t.Helper()
	kinds := fiveKinds()
	give := func(kind, operator, login, secret, settings string) supply {
		s := kinds[kind].supply
		s.account.Login, s.account.Secret, s.settings = login, providers.Secret(secret), settings
		_, tables, _ := strings.Cut(kinds[kind].settings, "[providers.")
		if s.settings += fmt.Sprintf("operators = [%q]\n", operator); tables != "" {
			s.settings += "[providers." + tables
		}
		return s
	}
	script := filepath.Join(dir, "token.sh")
	text := fmt.Sprintf("#!/bin/sh\nif [ -e %s/fail ]; then echo 'no token %s' >&2; echo '{\"token\": \"%s\"}'; exit 3; fi\necho '%s'\n", dir, bosToken, bosToken, bosToken)
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	custom := give("ecare", "bd-banglalink", "canary Custom/id&9", "canary%Custom pass+/=7", "access_id = \"canary Custom/id&9\"\naccess_pass = \"canary%Custom pass+/=7\"\n")
	custom.account.Name, custom.kind = "custom-x", "custom"
	custom.settings += described(t)
	return []keeper{
		{give("ecare", "bd-grameenphone", "canary Ecare/id&1", `canary%Ecare "pass"+/=2`, "access_id = \"canary Ecare/id&1\"\naccess_pass = 'canary%Ecare \"pass\"+/=2'\n"),
			3001, "0178765", "%s 50", "", []string{"canary Ecare/id&1", `canary%Ecare "pass"+/=2`}},
		{give("sendapi", "bd-robi", "canary<Sendapi>user", "canary;Sendapi?key#3", "user = \"canary<Sendapi>user\"\nkey = \"canary;Sendapi?key#3\"\nheaders = { refer = \"canary.Sendapi.header.4\" }\n"),
			3011, "0188765", "%s 50", "", []string{"canary<Sendapi>user", "canary;Sendapi?key#3", "canary.Sendapi.header.4"}},
		{custom, 3021, "0198765", "%s 50", "", []string{"canary Custom/id&9", "canary%Custom pass+/=7"}},
		{give("rechargkit", "in-jio", "", "canary-Rechargkit/token+5==", "token = \"canary-Rechargkit/token+5==\"\npostback_secret = \"canary_Postback-rechargkit-6\"\n"),
			3031, "701765", "+91%s 50 jio", "Delhi NCR", []string{"canary-Rechargkit/token+5==", "canary_Postback-rechargkit-6"}},
		{give("deeperweb", "in-airtel", "canary+Deeper&user", "canary%Deeper/token=7", "username = \"canary+Deeper&user\"\napi_token = \"canary%Deeper/token=7\"\npostback_secret = \"canary_Postback-deeperweb-8\"\n"),
			3041, "702765", "+91%s 50 airtel", "", []string{"canary+Deeper&user", "canary%Deeper/token=7", "canary_Postback-deeperweb-8"}},
		{give("bos", "in-vi", "canary-BOS-554", bosToken, fmt.Sprintf("register_id = \"canary-BOS-554\"\ntoken_command = [%q]\n", script)),
			3051, "703765", "+91%s 50 vi", "", []string{"canary-BOS-554", bosToken}},
	}
}

const bosToken = "canary.BOS/token+9=="

func newAviary(t *testing.T) *aviary {
	t.Helper()
	a := &aviary{t: t, weather: map[string]http.HandlerFunc{}, doors: map[string]string{}}
	a.keepers = keepers(t, t.TempDir())
	plan := deskPlan{
		limits: sandbox.Limits{Off: true}, spied: a.spied, dispatch: `
[dispatch]
submit_timeout = "1s"
enquire_after = ["200ms", "300ms", "500ms"]
review_after = "1500ms"
[alerts]
check_every = "1s"
`,
	}
	var ids []int64
	a.secrets = []canary{{name: "bot token", value: canaryToken}, {name: "its secret part", value: canaryToken[5:]}, {name: "webhook secret", value: hookSecret}}
	for _, k := range a.keepers {
		plan.supplies = append(plan.supplies, k.supply)
		for id := range int64(storms) {
			plan.people = append(plan.people, sandbox.Person{ID: k.agent + id, FirstName: "Agent of " + k.account.Name, Language: "en", Started: true})
			ids = append(ids, k.agent+id)
		}
		for _, s := range k.own {
			a.secrets = append(a.secrets, canary{name: "secret of " + k.account.Name, value: s})
		}
	}
	a.desktop = newDesktopOf(t, plan)
	a.rewrite("[telegram]\n", fmt.Sprintf("[telegram]\nwebhook_secret = %q\n", hookSecret))
	a.hires(ids...)
	text, err := os.ReadFile(a.config)
	if err != nil {
		t.Fatal(err)
	}
	for table := range strings.SplitSeq(string(text), "[[providers]]") {
		var name, address string
		for line := range strings.Lines(table) {
			_, _ = fmt.Sscanf(line, "name = %q", &name)
			_, _ = fmt.Sscanf(line, "base_url = %q", &address)
		}
		if u, err := url.Parse(address); err == nil {
			a.mu.Lock()
			a.doors[u.Host] = name
			a.mu.Unlock()
		}
	}
	return a
}

// spied lets the weather come over the lines.
func (a *aviary) spied(side string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		storm, sky := a.weather[a.doors[r.Host]], a.sky
		a.mu.Unlock()
		switch {
		case side == "upstream" && storm != nil:
			storm(w, r)
		case side == "telegram" && sky != nil && sky(w, r):
		default:
			h.ServeHTTP(w, r)
		}
	})
}

// lets the weather be like that for a provider.
func (a *aviary) lets(provider string, f http.HandlerFunc) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.weather[provider] = f
}

// parrot answers with all that it was sent, in every form, and with what it knows besides.
func (a *aviary) parrot(status int, k keeper) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var said strings.Builder
		fmt.Fprintf(&said, "Access denied for %s %s %v %s;", r.Method, r.URL, r.Header, body)
		for _, secret := range k.own {
			for _, form := range (canary{value: secret}).forms() {
				fmt.Fprintf(&said, " key=%s", form)
			}
			w.Header().Add("X-Debug", url.QueryEscape(secret))
			w.Header().Add("Www-Authenticate", "Bearer realm="+url.QueryEscape(secret))
		}
		w.Header().Set("Location", "http://"+r.Host+"/"+r.URL.RawQuery)
		w.WriteHeader(status)
		if status != http.StatusOK {
			_, _ = io.WriteString(w, said.String())
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"status": "odd", "message": said.String(), "error": said.String(), "txn_id": k.own[0]})
	}
}

// order lets the storm's agent order once in it, and waits until the order has an end, or a person has it.
func (a *aviary) order(k keeper, n int) {
	who := k.agent + int64(n)
	number := fmt.Sprintf("%s%0*d", k.prefix, 11-len(k.prefix), n)
	if strings.HasPrefix(k.line, "+91") {
		number = fmt.Sprintf("%s%0*d", k.prefix, 10-len(k.prefix), n)
	}
	a.mu.Lock()
	a.numbers = append(a.numbers, canary{"number", number[1:], []int64{who, admin}})
	a.mu.Unlock()
	a.says(who, fmt.Sprintf(k.line, number))
	if k.tap != "" {
		a.presses(who, k.tap, number)
	}
	a.presses(who, "Confirm", number)
	a.eventually(number+" has an end, or a person has it", func() bool {
		return a.count(who, "Delivered", number)+a.count(who, "Failed", number)+a.count(who, "Under review", number) > 0
	})
}

// storms is how many kinds of weather there are.
const storms = 5

// storm is what a provider does in its worst hour; the first one is fair weather.
func (a *aviary) storm(k keeper, n int) http.HandlerFunc {
	var calls atomic.Int64
	return [storms]http.HandlerFunc{
		nil,
		a.parrot(http.StatusUnauthorized, k),
		a.parrot(http.StatusInternalServerError, k),
		a.parrot(http.StatusOK, k),
		func(_ http.ResponseWriter, r *http.Request) { // silence at first, then the line goes dead
			if calls.Add(1) == 1 {
				<-r.Context().Done()
			}
			panic(http.ErrAbortHandler)
		},
	}[n]
}

// Rows "secrets in errors and logs" and "personal data": an hour of mishaps, and no canary anywhere that it should
// not be.
func TestThreatCanaries(t *testing.T) {
	t.Parallel()
	a := newAviary(t)
	a.env = []string{"GOTRACEBACK=all"}
	outputs := map[string]string{}
	keep := func(name, text string) { outputs[name] += text }
	_, said := a.runs("check")
	keep("check, before", said)
	a.start()
	a.eventually("the bot is ready", func() bool { return a.get("/readyz") == 200 })
	var agents sync.WaitGroup
	for _, k := range a.keepers {
		agents.Go(func() {
			for n := range storms {
				a.lets(k.account.Name, a.storm(k, n))
				a.order(k, n)
			}
		})
	}
	agents.Wait()
	_, said = a.runs("check")
	keep("check, in a storm", said)
	a.skyFalls()
	a.asksAbout()
	a.cleanFiles()
	keep("pages", a.pages())
	for _, k := range a.keepers {
		a.lets(k.account.Name, nil)
		if err := a.upstream.SetMood(k.account.Name, simulated.Down, simulated.When{}); err != nil {
			t.Fatal(err)
		}
	}
	_, said = a.runs("check")
	keep("check, nobody there", said)
	a.tokenFails(keep)
	if err := a.child.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	_ = a.child.Wait() // it says that it was told to quit
	a.child = nil
	if !strings.Contains(a.said(), "goroutine ") || !strings.Contains(a.said(), "SIGQUIT") {
		t.Error("there is no dump")
	}
	keep("log and dump", a.said())
	if code, said := a.runs("check"); code == exitUsage {
		t.Errorf("check says %s", said)
	}
	for name, text := range outputs {
		a.clean(name, text, 0, slices.Concat(a.secrets, a.numbers))
	}
	a.cleanChats()
	for name, path := range map[string]string{"store": a.store()} {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		a.clean(name, string(file), 0, a.secrets)
	}
}

// clean fails for each canary in the text that the chat, 0 = nobody, may not see.
func (a *aviary) clean(where, text string, chat int64, canaries []canary) {
	a.t.Helper()
	plain := strings.NewReplacer(" ", "", "-", "").Replace(text)
	for _, c := range canaries {
		if slices.Contains(c.chats, chat) {
			continue
		}
		for _, form := range c.forms() {
			i := strings.Index(text, form)
			if i < 0 && c.name == "number" && strings.Contains(plain, form) {
				a.t.Errorf("%s holds a %s, %q, in pieces", where, c.name, form)
			}
			if i >= 0 {
				a.t.Errorf("%s holds a %s, %q: …%s…", where, c.name, form, text[max(0, i-200):min(len(text), i+len(form)+60)])
				break
			}
		}
	}
}

// cleanChats looks at everything that the bot ever sent.
func (a *aviary) cleanChats() {
	a.t.Helper()
	masked := false
	for _, c := range a.telegram.Calls() {
		if c.Method == "getUpdates" {
			continue
		}
		delete(c.Params, "secret_token")
		var text bytes.Buffer
		e := json.NewEncoder(&text)
		e.SetEscapeHTML(false)
		if err := e.Encode(c.Params); err != nil {
			a.t.Fatal(err)
		}
		masked = masked || c.Chat == ops && strings.Contains(text.String(), "****")
		a.clean(fmt.Sprintf("%s to chat %d", c.Method, c.Chat), text.String(), c.Chat, slices.Concat(a.secrets, a.numbers))
	}
	for _, p := range a.telegram.Answers() {
		a.clean(fmt.Sprintf("an answer to person %d", p.Person), p.Text, p.Person, slices.Concat(a.secrets, a.numbers))
	}
	if !masked {
		a.t.Error("the group was told of no order, so this shows nothing")
	}
}

// asksAbout lets admin and agents look at all that there is to see.
func (a *aviary) asksAbout() {
	a.t.Helper()
	for _, words := range []string{"/review", "/providers", "/users", "/user 3001", "/find " + "0" + a.numbers[0].value} {
		n := len(a.telegram.Messages(admin))
		a.says(admin, words)
		a.eventually("an answer to "+words, func() bool { return len(a.telegram.Messages(admin)) > n+1 })
	}
	for _, m := range a.telegram.Messages(admin) {
		if m.Keyboard == nil || !holds(m, "nder review") {
			continue
		}
		for _, row := range m.Keyboard.Rows {
			for _, b := range row {
				if strings.Contains(b.Text, "#") || strings.Contains(b.Text, "Ask again") || strings.Contains(b.Text, "Next") {
					_, _ = a.telegram.Press(admin, admin, m.ID, b.Text) // the card may be another one by now
				}
			}
		}
	}
	for _, who := range []int64{stranger, ops} {
		person := who
		if who == ops {
			person = admin
		}
		for _, words := range []string{"/start", "/find 0" + a.numbers[0].value, "/job 000000", "/id"} {
			if _, err := a.telegram.Send(person, who, words); err != nil {
				a.t.Fatal(err)
			}
		}
	}
}

// pages are what the bot's own addresses say, also to those who call them wrongly.
func (a *aviary) pages() string {
	a.t.Helper()
	var all strings.Builder
	for _, path := range []string{
		"/healthz", "/readyz", "/metrics", "/debug/pprof/", "/postback/rechargkit-x/canary_Postback-rechargkit-6",
		"/postback/rechargkit-x/canary_Postback-rechargkit-6?refId=" + a.numbers[0].value + "&number=" + a.numbers[0].value,
		"/postback/deeperweb-x/canary_Postback-deeperweb-8?x=" + a.numbers[0].value, "/postback/deeperweb-x/canary_Postback-rechargkit-6",
		"/postback/ecare-x/" + url.PathEscape(a.secrets[3].value), "/postback/rechargkit-x/canary_Postback-rechargkit-6/" + a.numbers[0].value,
	} {
		resp, err := http.Get("http://" + a.http + path)
		if err != nil {
			a.t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		fmt.Fprintf(&all, "%d %v %s (%v)\n", resp.StatusCode, resp.Header, body, err)
	}
	return all.String()
}

// tokenFails lets token_command print the token where it should not.
func (a *aviary) tokenFails(keep func(name, text string)) {
	a.t.Helper()
	var script string
	text, err := os.ReadFile(a.config)
	if err != nil {
		a.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		_, _ = fmt.Sscanf(line, "token_command = [%q]", &script)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(script), "fail"), nil, 0o600); err != nil {
		a.t.Fatal(err)
	}
	_, said := a.runs("check")
	keep("check, without a token", said)
	if !strings.Contains(said, "token_command") {
		a.t.Errorf("check says nothing of it:\n%s", said)
	}
}

// skyFalls lets Telegram, and what stands before it, quote the address with the token in it.
func (a *aviary) skyFalls() {
	a.t.Helper()
	left := map[string]int{"sendMessage": 6, "getUpdates": 4}
	var mu sync.Mutex
	sky := func(w http.ResponseWriter, r *http.Request) bool {
		method := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		mu.Lock()
		n := left[method]
		left[method]--
		mu.Unlock()
		switch n {
		case 6:
			w.WriteHeader(http.StatusNotFound)
			_, _ = fmt.Fprintf(w, `{"ok":false,"error_code":400,"description":"Bad Request: no method at http://%s%s"}`, r.Host, r.URL.Path)
		case 5:
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = fmt.Fprintf(w, `{"ok":false,"error_code":500,"description":"Internal Server Error: %s"}`, url.QueryEscape(r.URL.Path))
		case 4:
			http.Redirect(w, r, "http://"+r.Host+r.URL.Path+"?again", http.StatusFound)
		case 3:
			w.WriteHeader(http.StatusBadGateway)
			_, _ = fmt.Fprintf(w, "<html><body>The proxy could not reach %s%s</body></html>", r.Host, r.URL.Path)
		case 2:
			_, _ = fmt.Fprintf(w, `{"ok":"%s"}`, r.URL.Path)
		case 1:
			panic(http.ErrAbortHandler)
		default:
			return false
		}
		return true
	}
	a.mu.Lock()
	a.sky = sky
	a.mu.Unlock()
	a.says(admin, "/providers")
	a.eventually("the storm over Telegram has passed", func() bool {
		mu.Lock()
		defer mu.Unlock()
		if left["sendMessage"] > 0 && left["sendMessage"]%2 == 0 {
			a.says(stranger, "/id")
		}
		return left["sendMessage"] <= 0 && left["getUpdates"] <= 0
	})
}

// Row "secrets in errors and logs": a configuration that is wrong in any of its lines is complained about without
// its secrets.
func TestThreatCanariesInAWrongConfiguration(t *testing.T) {
	t.Parallel()
	a := newAviary(t)
	text, err := os.ReadFile(a.config)
	if err != nil {
		t.Fatal(err)
	}
	lines, complaints := strings.SplitAfter(string(text), "\n"), 0
	path, section := filepath.Join(t.TempDir(), "wrong.toml"), ""
	for i, line := range lines {
		if strings.HasPrefix(line, "[") {
			section = line
		}
		key, value, assigned := strings.Cut(strings.TrimSpace(line), " = ")
		if !assigned || strings.HasPrefix(section, "[providers.api") { // a description holds no secret
			continue
		}
		wrongs := []string{
			key + " = 17", key + " = true", key + " = [" + value + ", 17]", key + " = { x = " + value + " }", key + " = " + strings.TrimRight(value, `"'}]`),
			key + " = " + strings.Trim(value, `"'[]{}`), key + " " + value, key + "x = " + value, line + line, "= " + value, value, key + " = " + value + value,
			key + " = \"\"", key + "_file = " + value, key + " = \"\\q" + canaryToken + "\"", key + " = \"\n" + canaryToken,
		}
		if !slices.ContainsFunc(a.secrets, func(c canary) bool { return strings.Contains(line, c.value) }) {
			wrongs = wrongs[len(wrongs)-2:]
		}
		for _, wrong := range wrongs {
			changed := strings.Join(slices.Concat(lines[:i], []string{wrong + "\n"}, lines[i+1:]), "")
			if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := loadConfig(path, overrides{}, builtin.Registrations()); err != nil {
				complaints++
				a.clean("the complaint about "+key, err.Error(), 0, a.secrets)
			}
		}
	}
	if complaints < 200 {
		t.Errorf("only %d complaints", complaints)
	}
	a.rewrite("owners = [1001]", "owners = [\""+canaryToken+"\"]")
	code, said := a.runs("run")
	if a.clean("the program", said, 0, a.secrets); code != exitUsage {
		t.Errorf("it ends with %d: %s", code, said)
	}
}
