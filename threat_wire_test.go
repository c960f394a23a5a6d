package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
	"rechargebot/providers/simulated"
)

// wireDesk is a desk with five providers, one for each operator: numbers of 017, 018 and 019 go to some that are spoken
// to by GET with the password in the query, those of 016 and 015 to some that are spoken to by POST.
type wireDesk struct {
	*desktop
	hook atomic.Pointer[http.HandlerFunc] // takes their place; nil = none

	mu    sync.Mutex
	sends map[string]int // recharge requests that came in, by number
}

const wireSettings = `
[dispatch]
submit_timeout = "8s"
enquire_after = ["200ms", "300ms", "500ms"]
review_after = "1500ms"
[alerts]
check_every = "1s"
`

func newWireDesk(t *testing.T) *wireDesk {
	t.Helper()
	w := &wireDesk{sends: map[string]int{}}
	people, ids := crew()
	w.desktop = newDesktopOf(t, deskPlan{
		people: people,
		supplies: []supply{
			byGet("get-017", "bd-grameenphone"), byGet("get-018", "bd-robi"), byGet("get-019", "bd-banglalink"),
			byPost("post-016", "bd-airtel"), byPost("post-015", "bd-teletalk"),
		},
		limits: sandbox.Limits{Off: true}, dispatch: wireSettings,
		spied: func(side string, h http.Handler) http.Handler {
			if side != "upstream" {
				return h
			}
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.passes(rw, r, h) })
		},
	})
	w.hires(ids...)
	return w
}

// crew is an agent for each operator, so that no chat has to wait for another.
func crew() (people []sandbox.Person, ids []int64) {
	for _, number := range []string{"017", "018", "019", "016", "015"} {
		ids = append(ids, agentFor(number))
		people = append(people, sandbox.Person{ID: agentFor(number), FirstName: "Agent for " + number, Language: "en", Started: true})
	}
	return people, ids
}

// agentFor is who orders for the number.
func agentFor(number string) int64 { return firstAgent + int64(number[2]-'0') }

// byGet is an ECARE account for one operator.
func byGet(name, operator string) supply {
	s := fiveKinds()["ecare"].supply
	s.account.Name, s.account.Login = name, "id-"+name
	s.settings = fmt.Sprintf("access_id = %q\naccess_pass = \"canary-pass\"\noperators = [%q]\n", s.account.Login, operator)
	return s
}

// byPost is a panel's account for one operator.
func byPost(name, operator string) supply {
	s := fiveKinds()["sendapi"].supply
	s.account.Name, s.account.Login = name, "id-"+name
	s.settings = fmt.Sprintf("user = %q\nkey = \"canary-key\"\noperators = [%q]\n", s.account.Login, operator)
	return s
}

// rechargeOf is the number that a request recharges, "" when it does not; its body can be read again.
func rechargeOf(r *http.Request) string {
	if r.URL.Query().Get("service") == "MRC" {
		return r.URL.Query().Get("number")
	}
	if r.URL.Path != simulated.SendapiPath+"/request" {
		return ""
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(strings.NewReader(string(body)))
	return again.FormValue("number")
}

func (w *wireDesk) passes(rw http.ResponseWriter, r *http.Request, h http.Handler) {
	number := rechargeOf(r)
	if number != "" {
		w.mu.Lock()
		w.sends[number]++
		w.mu.Unlock()
	}
	if hook := w.hook.Load(); hook != nil && number != "" {
		(*hook)(rw, r)
		return
	}
	h.ServeHTTP(rw, r)
}

func (w *wireDesk) hooks(f http.HandlerFunc) { w.hook.Store(&f) }

// buys orders ৳50 for the number, up to its card.
func (d *desktop) buys(person int64, number string) {
	d.t.Helper()
	d.says(person, number+" 50")
	d.presses(person, "Confirm", number)
}

// learns waits until the number's agent is told that of the order.
func (w *wireDesk) learns(state, number string) {
	w.t.Helper()
	w.sees(agentFor(number), state, number)
}

// sentOnce checks what reached the provider of that number.
func (w *wireDesk) sentOnce(number string, taken int) {
	w.t.Helper()
	w.mu.Lock()
	sends := w.sends[number]
	w.mu.Unlock()
	if o := w.orders(number, 50); sends != 1 || len(o) != taken {
		w.t.Errorf("%s: %d requests came in, want 1, and %d were taken on, want %d", number, sends, len(o), taken)
	}
}

// Row "provider redirects, SSRF": the trap host gets nothing, neither the address with the password in it nor the
// body; the order is in doubt and comes to the desk.
func TestThreatProviderRedirects(t *testing.T) {
	t.Parallel()
	var trapped atomic.Int64
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { trapped.Add(1) }))
	t.Cleanup(trap.Close)
	w := newWireDesk(t)
	w.start()
	w.hooks(func(rw http.ResponseWriter, r *http.Request) {
		number := rechargeOf(r)
		var code int
		if _, err := fmt.Sscanf(number[3:6], "%d", &code); err != nil {
			t.Error(err)
		}
		rw.Header().Set("Location", trap.URL+"/"+r.URL.RawQuery)
		rw.Header().Set("Refresh", "0; url="+trap.URL)
		rw.WriteHeader(code)
		_, _ = fmt.Fprintf(rw, `{"success":"true","status":"success"}`)
	})
	numbers := []string{"01730100001", "01830200001", "01930300001", "01630700001", "01530800001"}
	for _, number := range numbers {
		w.buys(agentFor(number), number)
	}
	for _, number := range numbers {
		w.learns("Under review", number)
		w.sentOnce(number, 0)
	}
	w.hook.Store(nil)
	for _, name := range []string{"get-017", "post-016"} { // reads are redirected too
		if err := w.upstream.SetMood(name, simulated.Redirect, simulated.When{Calls: []simulated.Call{simulated.CallBalance, simulated.CallStatus}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"get-017", "post-016"} {
		w.sees(ops, "Provider down", name)
	}
	for _, e := range w.upstream.Events() {
		if e.Kind == simulated.EventTrapped {
			t.Errorf("a read was redirected: %+v", e)
		}
	}
	if n := trapped.Load(); n > 0 {
		t.Errorf("the trap host got %d requests", n)
	}
}

// Row "provider redirects, SSRF": somebody lets the provider's name lead into our own network.
func TestThreatPrivateAddress(t *testing.T) {
	t.Parallel()
	name := inwardName(t)
	d := newDesktop(t)
	var reached atomic.Int64
	inside := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		d.upstream.Handler().ServeHTTP(rw, r)
	}))
	var err error
	if inside.Listener, err = new(net.ListenConfig).Listen(t.Context(), "tcp", ":0"); err != nil {
		t.Fatal(err)
	}
	inside.Start()
	t.Cleanup(inside.Close)
	_, port, _ := net.SplitHostPort(inside.Listener.Addr().String())
	d.leads(0, "http://"+net.JoinHostPort(name, port)+simulated.ECAREPath)
	d.joined()
	d.buys(agent, "01712345678")
	d.sees(agent, "Failed", "01712345678")
	if _, said := d.runs("check"); !strings.Contains(said, "inside this network (allow_private_address)") {
		t.Errorf("check says:\n%s", said)
	}
	if n := reached.Load(); n > 0 {
		t.Errorf("what is inside got %d requests", n)
	}
	d.stopsReady()
	d.rewrite("allow_insecure_http = true", "allow_insecure_http = true\nallow_private_address = true")
	d.start()
	d.says(agent, "01812345678 50")
	d.presses(agent, "Confirm", "01812345678")
	d.sees(agent, "Delivered", "01812345678")
}

// inwardName is a name of this machine's that leads to itself.
func inwardName(t *testing.T) string {
	t.Helper()
	host, _ := os.Hostname()
	for _, name := range []string{host, "ip6-localhost", "localhost.localdomain", "localhost4"} {
		ips, err := new(net.Resolver).LookupIP(t.Context(), "ip", name)
		if err == nil && len(ips) > 0 && (ips[0].IsLoopback() || ips[0].IsPrivate()) {
			return name
		}
	}
	t.Skip("no name of this machine leads to itself; providers/wire proves the same with a name server of its own")
	return ""
}

// Row "silent HTTP re-send": a connection has served, is kept, and ends when the next order is on it. Requests
// received are requests sent.
func TestThreatSilentResend(t *testing.T) {
	t.Parallel()
	w := newWireDesk(t)
	w.start()
	for _, number := range []string{"01712345670", "01612345670"} { // each connection has been good for something
		w.buys(agentFor(number), number)
		w.learns("Delivered", number)
	}
	w.hooks(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }) // read, and closed without a word
	numbers := []string{"01712345671", "01612345671"}
	for _, number := range numbers {
		w.buys(agentFor(number), number)
	}
	for _, number := range numbers {
		w.learns("Under review", number)
		w.sentOnce(number, 0)
	}
	for _, number := range []string{"01712345670", "01612345670"} {
		w.sentOnce(number, 1)
	}
}

// Row "oversized, compressed, endless answers": the bot reads 64 KiB of each and no more, its memory stays what it
// was, and each order comes to its end.
func TestThreatEndlessAnswers(t *testing.T) {
	t.Parallel()
	w := newWireDesk(t)
	w.rewrite(`review_after = "1500ms"`, `review_after = "10s"`) // a byte a second takes its time
	w.start()
	for _, number := range []string{"01711111111", "01611111111"} { // warm
		w.buys(agentFor(number), number)
		w.learns("Delivered", number)
	}
	before := w.peakMemory()
	both := []simulated.Call{simulated.CallRecharge, simulated.CallStatus}
	for _, c := range []struct {
		name, number string
		mood         simulated.Mood
		calls        []simulated.Call
	}{
		{"get-017", "01722222222", simulated.Endless, both},
		{"post-016", "01622222222", simulated.Bomb, both[:1]},
		{"get-018", "01822222222", simulated.Drip, both[:1]}, // a byte a second
	} {
		if err := w.upstream.SetMood(c.name, c.mood, simulated.When{Next: len(c.calls), Delay: time.Second, Calls: c.calls}); err != nil {
			t.Fatal(err)
		}
		w.buys(agentFor(c.number), c.number)
	}
	for _, number := range []string{"01722222222", "01622222222", "01822222222"} {
		w.learns("Delivered", number)
		w.sentOnce(number, 1)
	}
	var doubtful []string
	for number, answer := range map[string]http.HandlerFunc{"01933333333": deepJSON, "01533333333": longHead, "01733333333": chatter} {
		w.hooks(answer)
		w.buys(agentFor(number), number)
		w.eventually(number+" was sent", func() bool { w.mu.Lock(); defer w.mu.Unlock(); return w.sends[number] == 1 })
		doubtful = append(doubtful, number)
	}
	for _, number := range doubtful {
		w.learns("Under review", number)
		w.sentOnce(number, 0)
	}
	after := w.peakMemory()
	t.Logf("at most %d KiB were in memory before, and %d KiB after", before, after)
	if after > before+64<<10 {
		t.Error("that is too much")
	}
}

// deepJSON is ten thousand objects inside each other.
func deepJSON(rw http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(rw, strings.Repeat(`{"a":`, 10_000)+`"success"`+strings.Repeat("}", 10_000))
}

// longHead is a mebibyte of headers.
func longHead(rw http.ResponseWriter, _ *http.Request) {
	for i := range 64 {
		rw.Header().Set(fmt.Sprint("X-Head-", i), strings.Repeat("a", 16<<10))
	}
	_, _ = io.WriteString(rw, `{"success":"true"}`)
}

// chatter is a gibibyte of one long text.
func chatter(rw http.ResponseWriter, r *http.Request) {
	piece := []byte(strings.Repeat("success ", 8<<10))
	_, _ = io.WriteString(rw, `{"success":"`)
	for range 1 << 30 / len(piece) {
		if _, err := rw.Write(piece); err != nil || r.Context().Err() != nil {
			return
		}
	}
}

// peakMemory is the most that the process has held in memory, in KiB.
func (d *desktop) peakMemory() (kib int) {
	d.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.child.Process.Pid))
	if err != nil && runtime.GOOS == "linux" {
		d.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) { // none elsewhere, so nothing is measured there
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kib); err == nil {
			return kib
		}
	}
	return 0
}
