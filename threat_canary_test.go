package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"rechargebot/providers/builtin"
	"rechargebot/providers/simulated"
)

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
