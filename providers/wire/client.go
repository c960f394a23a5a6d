package wire

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"rechargebot/providers"
)

// Limits of one exchange. The body limit holds for the bytes on the wire, which are the bytes that are
// read: compression is neither asked for nor undone.
const (
	MaxBody   = 64 << 10 // unless a call allows more
	maxHeader = 16 << 10
)

// Deadlines for callers that set none, and for the phases before a connection exists.
const (
	sendTimeout = 30 * time.Second
	readTimeout = 15 * time.Second
	dialTimeout = 10 * time.Second
)

// Client speaks to the one address that the configuration names. It is safe for concurrent use.
type Client struct {
	base    *url.URL
	send    *http.Transport // a connection for each call
	read    *http.Transport // keeps connections
	timeout time.Duration   // of a read
	scrub   *providers.Scrubber
}

// Call is one request. Path is joined to the configured address; "" is that address itself.
type Call struct {
	Method  string
	Path    string
	Query   url.Values
	Header  http.Header
	Body    []byte
	MaxBody int // largest answer that is read; 0 means MaxBody
}

// Answer is what came back, as far as it came. Evidence is filled also when the call failed.
type Answer struct {
	HTTP     int // status code
	Body     []byte
	Evidence providers.Evidence
}

// New makes a client for the address in the setting base_url. r says which settings are secret.
func New(c providers.Config, r providers.Registration) (*Client, error) {
	base, err := baseURL(c)
	if err != nil {
		return nil, fmt.Errorf("setting base_url: %w", err)
	}
	w := &Client{
		base: base, send: transport(c, base), read: transport(c, base),
		timeout: readTimeout, scrub: providers.NewScrubber(r.Secrets(c)...),
	}
	w.send.DisableKeepAlives = true
	w.read.MaxIdleConnsPerHost, w.read.IdleConnTimeout = 2, 30*time.Second
	if c.ReadTimeout > 0 {
		w.timeout = c.ReadTimeout
	}
	return w, nil
}

// transport is what both kinds of call share.
func transport(c providers.Config, base *url.URL) *http.Transport {
	dial := c.Dial
	if dial == nil {
		dial = dialOutward(c, base, nil)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            bounded(dial),
		Protocols:              protocols,
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    dialTimeout,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeader,
	}
}

type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// bounded gives up dialling in time. The transport does not end a dial with the call that wanted it.
func bounded(dial dialer) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, dialTimeout)
		defer cancel()
		return dial(ctx, network, address)
	}
}

// baseURL checks the configured address. Its errors do not show the address, which may hold a password.
func baseURL(c providers.Config) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(c.Get("base_url")))
	switch {
	case err != nil || u.Hostname() == "" || strings.ContainsAny(u.Host, " \t"):
		return nil, errors.New("want an address such as https://host/path")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("want an address that begins with https://")
	case u.Scheme == "http" && !c.AllowInsecureHTTP:
		return nil, errors.New("http:// shows passwords to everybody on the way; use https://, or set allow_insecure_http = true")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("want an address without user, query and fragment")
	}
	return u, nil
}

// Send makes one request that may move money: over a connection of its own, at most once, until the
// context's deadline, or for 30 s where it has none. The error
// wraps providers.ErrNotSent only when no connection was obtained, or the context was over before.
// Any status code is an answer; so is a redirect.
func (w *Client) Send(ctx context.Context, call Call) (Answer, error) {
	return w.exchange(ctx, w.send, "send", sendTimeout, call)
}

// Read makes one request that moves no money. It may be repeated by the transport. A GET asks whatever is on
// the way not to answer from memory, unless the call says otherwise: yesterday's state of an order is no news.
func (w *Client) Read(ctx context.Context, call Call) (Answer, error) {
	return w.exchange(ctx, w.read, "read", w.timeout, call)
}

func (w *Client) exchange(ctx context.Context, t *http.Transport, op string, limit time.Duration, call Call) (Answer, error) {
	if err := ctx.Err(); err != nil {
		return Answer{}, w.failure(op, err, true)
	}
	if _, set := ctx.Deadline(); !set || op == "read" {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	req, err := w.request(ctx, call)
	if err != nil {
		return Answer{}, err
	}
	if op == "read" && req.Method == http.MethodGet && req.Header.Get("Cache-Control") == "" {
		req.Header.Set("Cache-Control", "no-cache")
	}
	resp, err := t.RoundTrip(req)
	if err != nil {
		return Answer{}, w.failure(op, err, !connected.Load())
	}
	defer resp.Body.Close()
	// After "101 Switching Protocols" net/http leaves the connection to us and forgets the deadline.
	defer context.AfterFunc(ctx, func() { _ = resp.Body.Close() })()
	size := call.MaxBody
	if size == 0 {
		size = MaxBody
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(size)+1))
	a := Answer{HTTP: resp.StatusCode, Body: body}
	a.Evidence = providers.Evidence{At: time.Now(), HTTP: a.HTTP, Body: w.scrub.Scrub(string(body))}
	switch {
	case err != nil:
		return a, w.failure(op, cmp.Or(ctx.Err(), err), false)
	case len(body) > size:
		return a, w.failure(op, errTooLong, false)
	}
	return a, nil
}

// request builds the request. Nothing has left yet, so its errors wrap providers.ErrNotSent.
func (w *Client) request(ctx context.Context, call Call) (*http.Request, error) {
	target := *w.base
	if call.Path != "" {
		target = *w.base.JoinPath(call.Path)
	}
	target.RawQuery = call.Query.Encode()
	var body io.Reader
	if call.Body != nil {
		body = bytes.NewReader(call.Body)
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, target.String(), body)
	if err != nil {
		return nil, w.failure("build request for", errBadRequest, true)
	}
	for key, values := range call.Header {
		// net/http re-sends what carries an idempotency key (SAFETY.md, finding 1).
		if strings.HasSuffix(strings.ToLower(key), "idempotency-key") {
			return nil, w.failure("build request for", errIdempotencyKey, true)
		}
		req.Header[http.CanonicalHeaderKey(key)] = values
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", "rechargebot")
	}
	return req, nil
}
