package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"rechargebot/providers"
	"rechargebot/providers/simulated"
)

// upstream is the network between the bot and the pretend providers: connections over net.Pipe, a mood for each
// request drawn by what it is about, and a look at the bot's store at the moment at which a recharge arrives.
type upstream struct {
	w      *world
	server *simulated.Server
	http   *http.Server
	conns  chan net.Conn
	closed chan struct{}

	mu       sync.Mutex
	numbers  map[string]string // by reference: what it recharges
	sends    map[string]int    // recharge requests by number
	asks     map[string]int    // enquiries by reference
	received []arrived
}

// arrived is a recharge request as it came in.
type arrived struct {
	account, reference, number, amount string
	at                                 time.Time
}

func newUpstream(w *world, settle time.Duration) (*upstream, error) {
	taka, rupees := providers.Money{Minor: 90_000_000_00, Currency: providers.BDT}, providers.Money{Minor: 90_000_000_00, Currency: providers.INR}
	server, err := simulated.New(simulated.Config{Settle: settle, Accounts: []simulated.Account{
		{Name: "first", Kind: simulated.KindECARE, Login: "one", Secret: "canary-one", Float: taka},
		{Name: "second", Kind: simulated.KindECARE, Login: "two", Secret: "canary-two", Float: taka},
		{Name: "third", Kind: simulated.KindSendapi, Login: "canary-user", Secret: "canary-key", Float: taka},
		{Name: "fourth", Kind: simulated.KindDeeperWeb, Login: "canary-username", Secret: "canary-token", Float: rupees},
	}})
	if err != nil {
		return nil, err
	}
	u := &upstream{
		w: w, server: server, conns: make(chan net.Conn), closed: make(chan struct{}),
		numbers: map[string]string{}, sends: map[string]int{}, asks: map[string]int{},
	}
	u.http = &http.Server{Handler: u}
	go func() { _ = u.http.Serve(u) }()
	return u, nil
}

// close ends everything; what the simulator holds is let go first.
func (u *upstream) close() error {
	close(u.closed)
	return errors.Join(u.server.Close(), u.http.Close())
}

func (u *upstream) Accept() (net.Conn, error) {
	select {
	case c := <-u.conns:
		return c, nil
	case <-u.closed:
		return nil, net.ErrClosed
	}
}

func (u *upstream) Close() error   { return nil }
func (u *upstream) Addr() net.Addr { return pipeEnd("upstream") }

type pipeEnd string

func (pipeEnd) Network() string  { return "pipe" }
func (p pipeEnd) String() string { return string(p) }

// dial is a process's way to the providers. What was dialled by a process ends with it.
func (u *upstream) dial(p *process) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, _, address string) (net.Conn, error) {
		refused := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
		if p.dead.Load() {
			return nil, refused
		}
		d := roll(u.w.seed, "dial"+address, uint64(time.Now().UnixNano()))
		switch n := d.n(100); {
		case u.w.calm.Load():
		case n < 4:
			u.w.cover("provider: connection refused × sending")
			return nil, refused
		case n < 5:
			u.w.cover("provider: connection never made × sending")
			<-ctx.Done()
			return nil, ctx.Err()
		}
		client, server := net.Pipe()
		end := &hooked{Conn: client, p: p}
		if !p.hold(end) {
			return nil, refused
		}
		select {
		case u.conns <- server:
			return end, nil
		case <-u.closed:
			return nil, refused
		}
	}
}

// hooked is the process's end of a connection.
type hooked struct {
	net.Conn
	p *process
}

func (c *hooked) Close() error {
	c.p.drop(c)
	return c.Conn.Close()
}

// want is what a request asks for, read as any bystander would.
type want struct {
	call                      simulated.Call
	reference, number, amount string
}

func readWant(r *http.Request) want {
	q := url.Values{}
	if r.Method == http.MethodPost {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		for key, value := range parseForm(r.Header.Get("Content-Type"), body) {
			q.Set(key, value)
		}
	} else {
		q = r.URL.Query()
	}
	path := r.URL.Path
	switch {
	case q.Get("service") == "MRC":
		return want{simulated.CallRecharge, q.Get("refid"), q.Get("number"), q.Get("amount")}
	case q.Get("service") == "MRCSTATUS":
		return want{call: simulated.CallStatus, reference: q.Get("refid")}
	case strings.HasSuffix(path, "/request"):
		return want{simulated.CallRecharge, q.Get("id"), q.Get("number"), q.Get("amount")}
	case strings.HasSuffix(path, "/status"):
		return want{call: simulated.CallStatus, reference: q.Get("id")}
	case strings.HasSuffix(path, "/recharge"):
		return want{simulated.CallRecharge, q.Get("ref_id"), q.Get("number"), q.Get("amount")}
	case strings.HasSuffix(path, "/statusByRefId"):
		return want{call: simulated.CallStatus, reference: q.Get("ref_id")}
	}
	return want{call: simulated.CallOther}
}

// sendMoods and askMoods are what a recharge and an enquiry meet; well over 30 % of them are bad. A "hang-up" is
// the one of finding 1: the request is read, and the connection closed without an answer.
func sendMoods() []weight {
	return []weight{
		{"normal", 50}, {"slow", 2}, {"drip", 1}, {"silent", 5}, {"late", 4}, {"garbled", 4}, {"cut", 3}, {"html", 2}, {"error500", 4},
		{"duplicate", 4}, {"wrong-echo", 2}, {"forget", 4}, {"refuse", 5}, {"repeat", 2}, {"low", 2}, {"maintenance", 2}, {"redirect", 2},
		{"fail-later", 4}, {"reverse", 2}, {"hang-up", 5},
	}
}

func askMoods() []weight {
	return []weight{
		{"normal", 64}, {"slow", 2}, {"silent", 4}, {"garbled", 6}, {"cut", 4}, {"html", 4}, {"error500", 6}, {"maintenance", 4}, {"redirect", 2}, {"hang-up", 4},
	}
}

// ServeHTTP is one request: what the bot's store says of it now is looked at, then a mood is drawn.
func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	account := r.Host
	q := readWant(r)
	var d dice
	var moods []weight
	never := false
	switch q.call {
	case simulated.CallRecharge:
		n := u.noteSend(account, q)
		u.w.oracle.arrived(account, q)
		d = roll(u.w.seed, account+q.number, uint64(n))
		moods = sendMoods()
	case simulated.CallStatus:
		number, n := u.noteAsk(q)
		d = roll(u.w.seed, account+"?"+number, uint64(n))
		moods = askMoods()
		deaf := roll(u.w.seed, "deaf"+number)
		if never = deaf.percent(2); never {
			moods = moods[2:] // nobody will ever say what became of it
		}
	}
	mood := "normal"
	if moods != nil && (never || !u.w.calm.Load()) {
		mood = d.weighted(moods)
	}
	pauseFor(r.Context().Done(), d.between(5*time.Millisecond, 120*time.Millisecond))
	if q.call == simulated.CallStatus && d.percent(40) && u.denies(w, account, q) {
		return
	}
	u.answer(w, r, account, q, mood, &d)
}

// denies says that an order has failed which has not arrived yet: a failure counts only once nothing can land
// any more, or after the order was seen accepted.
func (u *upstream) denies(w http.ResponseWriter, account string, q want) bool {
	if _, there := u.server.Order(account, q.reference); there || account != "first" && account != "second" {
		return false
	}
	u.w.countCall("denied")
	u.w.cover("provider: status denied × " + u.w.oracle.stateOf(q.reference))
	_, _ = io.WriteString(w, `{"STATUS":"OK","RECHARGE_STATUS":"FAILED","RECHARGE_TRXID":"","MESSAGE":"Failed."}`)
	return true
}

func (u *upstream) answer(w http.ResponseWriter, r *http.Request, account string, q want, mood string, d *dice) {
	if q.call == simulated.CallRecharge || q.call == simulated.CallStatus {
		u.w.countCall(mood)
		u.w.cover("provider: " + string(q.call) + " " + mood + " × " + u.w.oracle.stateOf(q.reference))
	}
	switch mood {
	case "normal":
	case "hang-up":
		u.server.Handler().ServeHTTP(silence{}, r)
		panic(http.ErrAbortHandler)
	default:
		when := simulated.When{Next: 1, Calls: []simulated.Call{q.call}}
		switch mood {
		case "late", "forget":
			when.Delay = d.between(time.Second, 9*time.Minute)
		case "slow":
			when.Delay = d.between(time.Second, 40*time.Second)
		case "drip":
			when.Delay = 50 * time.Millisecond
		}
		if err := u.server.SetMood(account, simulated.Mood(mood), when); err != nil {
			u.w.broken("harness", "set mood: %v", err)
		}
	}
	u.server.Handler().ServeHTTP(w, r)
}

// silence is an answer that nobody gets.
type silence struct{}

func (silence) Header() http.Header         { return http.Header{} }
func (silence) Write(b []byte) (int, error) { return len(b), nil }
func (silence) WriteHeader(int)             {}

func (u *upstream) noteSend(account string, q want) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.numbers[q.reference] = q.number
	u.sends[q.number]++
	u.received = append(u.received, arrived{account, q.reference, q.number, q.amount, time.Now()})
	return u.sends[q.number]
}

func (u *upstream) noteAsk(q want) (number string, n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.asks[q.reference]++
	return u.numbers[q.reference], u.asks[q.reference]
}

// receivedAs counts the recharge requests that came in under a reference.
func (u *upstream) receivedAs(reference string) (n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, a := range u.received {
		if a.reference == reference {
			n++
		}
	}
	return n
}
