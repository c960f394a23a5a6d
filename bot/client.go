package bot

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"rechargebot/providers"
)

// maxAnswer caps an answer of the Bot API; getUpdates is capped at about 4 MB by Telegram itself.
const maxAnswer = 16 << 20

// grownAnswer is how much memory an answer may announce that it needs.
const grownAnswer = 1 << 20

// client is the HTTP client under the library and under our own poll. It reads a request's body before
// sending it: the library streams multipart in small writes without a length, which costs seven socket
// writes a message (measured) and which net/http cannot repeat on a stale connection. It reads the
// whole answer too, so that a proxy's HTML page becomes a short error instead of a log full of markup.
type client struct{ http *http.Client }

func newClient(transport http.RoundTripper) *client {
	if transport == nil {
		transport = newTransport()
	}
	return &client{&http.Client{
		Transport: transport,
		// The token is in the path: a redirect would carry it to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// newTransport speaks HTTP/1 only: on a weak link a dead HTTP/2 connection would hold every call, while
// here a call that timed out takes only its own connection with it.
func newTransport() *http.Transport {
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		MaxIdleConnsPerHost:   maxSends,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		Protocols:             new(http.Protocols),
	}
	t.Protocols.SetHTTP1(true)
	return t
}

// noAnswer is what came back instead of an answer of the Bot API.
type noAnswer struct{ status int }

func (e noAnswer) Error() string {
	return fmt.Sprintf("HTTP %d without an answer of the Bot API", e.status)
}

// Do sends the request. The answer it returns is in memory and is a JSON object.
func (c *client) Do(r *http.Request) (*http.Response, error) {
	resp, answer, err := c.call(r)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	return resp, nil
}

// call sends the request and returns the answer, which is a JSON object, apart from its head.
func (c *client) call(r *http.Request) (*http.Response, []byte, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil {
			return nil, nil, fmt.Errorf("read request body: %w", err)
		}
		r.ContentLength = int64(len(body))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		if len(body) == 0 { // net/http would send nothing in chunks
			r.GetBody = func() (io.ReadCloser, error) { return http.NoBody, nil }
		}
		r.Body, _ = r.GetBody()
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, nil, err
	}
	body := resp.Body
	// After "101 Switching Protocols" net/http leaves the connection to us and forgets the deadline.
	watch := context.AfterFunc(r.Context(), func() { _ = body.Close() })
	var answer bytes.Buffer
	answer.Grow(int(min(max(resp.ContentLength, 0), grownAnswer)) + bytes.MinRead)
	_, err = answer.ReadFrom(io.LimitReader(body, maxAnswer+1))
	watch()
	_ = body.Close()
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("read answer: %w", err)
	case answer.Len() > maxAnswer:
		return nil, nil, fmt.Errorf("answer of more than %d bytes", maxAnswer)
	case !bytes.HasPrefix(bytes.TrimSpace(answer.Bytes()), []byte("{")):
		return nil, nil, noAnswer{resp.StatusCode}
	}
	return resp, answer.Bytes(), nil
}

// checkToken trims a token, as a secret file read whole ends in a newline, and makes sure that it can
// stand in a URL. Its value never appears in the error.
func checkToken(s providers.Secret) (string, error) {
	token := strings.TrimSpace(s.Reveal())
	id, secret, found := strings.Cut(token, ":")
	if !found || !only(id, "0123456789") || !only(secret, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-") {
		return "", fmt.Errorf("the bot token must look like 123456:ABC-def…, as @BotFather gives it")
	}
	return token, nil
}

func only(s, alphabet string) bool { return s != "" && strings.Trim(s, alphabet) == "" }

// checkURL is the address of the Bot API without a trailing slash.
func checkURL(s string) (string, error) {
	if s == "" {
		s = defaultAPIURL
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("the address of the Bot API must look like %s", defaultAPIURL)
	}
	return strings.TrimRight(s, "/"), nil
}

// sleep waits for d, or less when ctx ends, and reports whether ctx still lives.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
	return ctx.Err() == nil
}
