package providertest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// upstream is the other end of the adapter's connections. Each request is answered by answer, which
// sees them in order.
type upstream struct {
	answer func(request) reply
	refuse func(ctx context.Context, address string) error // when set, asked before a connection; an error refuses it
	wrap   func(net.Conn) net.Conn                         // when set, what the server makes of a connection (TLS); nil result hangs up

	keep bool // a connection may carry more than one request

	mu       sync.Mutex
	dialled  []string
	requests []request
	written  int // bytes of answers that the client took
}

func newUpstream(answer func(request) reply) *upstream { return &upstream{answer: answer} }

// always answers every request with r.
func always(r reply) *upstream { return newUpstream(func(request) reply { return r }) }

// request is what arrived.
type request struct {
	method string
	path   string
	query  url.Values
	header http.Header
	body   []byte
}

// reply is what goes back. The zero mode is a whole answer.
type reply struct {
	mode   mode
	status int
	header http.Header
	body   []byte
}

type mode int

const (
	whole   mode = iota
	refuse       // no connection
	reset        // the connection closes after the request
	stall        // nothing, for ever
	cut          // the connection closes before the announced end of the body
	endless      // the body repeats for ever
)

func ok(body string) reply { return reply{status: http.StatusOK, body: []byte(body)} }

func (u *upstream) dial(ctx context.Context, _, address string) (net.Conn, error) {
	u.mu.Lock()
	u.dialled = append(u.dialled, address)
	u.mu.Unlock()
	if u.refuse != nil {
		if err := u.refuse(ctx, address); err != nil {
			return nil, err
		}
	}
	client, server := net.Pipe()
	go u.serve(server)
	return client, nil
}

// serve answers the requests of a connection; it ends when either side hangs up.
func (u *upstream) serve(conn net.Conn) {
	defer conn.Close()
	if u.wrap != nil {
		if conn = u.wrap(conn); conn == nil {
			return
		}
	}
	for r := bufio.NewReader(conn); u.serveOne(conn, r) && u.keep; {
	}
}

// serveOne reads one request and answers it; it reports whether the connection is still good.
func (u *upstream) serveOne(conn net.Conn, from *bufio.Reader) bool {
	r, err := http.ReadRequest(from)
	if err != nil {
		return false
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return false
	}
	req := request{method: r.Method, path: r.URL.Path, query: r.URL.Query(), header: r.Header, body: body}
	u.mu.Lock()
	u.requests = append(u.requests, req)
	u.mu.Unlock()
	answer := u.answer(req)
	u.write(conn, answer)
	return answer.mode == whole
}

func (u *upstream) write(conn net.Conn, r reply) {
	switch r.mode {
	case reset:
		return
	case stall:
		_, _ = io.Copy(io.Discard, conn)
		return
	}
	var head bytes.Buffer
	fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\n", r.status, http.StatusText(r.status))
	if !u.keep {
		head.WriteString("Connection: close\r\n")
	}
	for key, values := range r.header {
		for _, v := range values {
			fmt.Fprintf(&head, "%s: %s\r\n", key, v)
		}
	}
	switch r.mode {
	case whole:
		fmt.Fprintf(&head, "Content-Length: %d\r\n", len(r.body))
	case cut:
		fmt.Fprintf(&head, "Content-Length: %d\r\n", len(r.body)+100)
	}
	head.WriteString("\r\n")
	u.took(conn.Write(append(head.Bytes(), r.body...)))
	for r.mode == endless && u.took(conn.Write(r.body)) {
	}
}

// took counts what the client read and reports whether it still does.
func (u *upstream) took(n int, err error) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.written += n
	return err == nil && u.written < 64<<20
}

func (u *upstream) swallowed() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.written
}

func (u *upstream) seen() []request {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]request(nil), u.requests...)
}

// count is how many requests came; of thousands of calls it is asked after each.
func (u *upstream) count() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.requests)
}

func (u *upstream) hosts() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]string(nil), u.dialled...)
}

// form is a body's fields when it is a form of either encoding.
func (r request) form() (url.Values, bool) {
	kind, params, err := mime.ParseMediaType(r.header.Get("Content-Type"))
	if err != nil || len(r.body) == 0 {
		return nil, false
	}
	switch kind {
	case "application/x-www-form-urlencoded":
		v, err := url.ParseQuery(string(r.body))
		return v, err == nil
	case "multipart/form-data":
		f, err := multipart.NewReader(bytes.NewReader(r.body), params["boundary"]).ReadForm(1 << 20)
		if err != nil {
			return nil, false
		}
		return f.Value, true
	}
	return nil, false
}

// field finds a parameter by name in the query, a form or a JSON object.
func (r request) field(name string) (string, bool) {
	for _, values := range []url.Values{r.query, must(r.form())} {
		if v := values[name]; len(v) == 1 {
			return v[0], true
		}
	}
	var o map[string]any
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.UseNumber()
	if d.Decode(&o) != nil {
		return "", false
	}
	v, found := o[name]
	return strings.TrimSpace(fmt.Sprint(v)), found
}

func must(v url.Values, _ bool) url.Values { return v }
