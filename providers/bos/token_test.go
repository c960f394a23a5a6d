package bos

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rechargebot/providers"
)

// vendor answers every call over net.Pipe and remembers the tokens that came with them.
type vendor struct {
	answer func(r *http.Request) (status int, body string)

	mu     sync.Mutex
	tokens []string
}

const (
	taken    = `{"status":true,"response_code":1,"operatorid":1,"ackno":"7","message":"ok"}`
	stranger = `{"status":false,"response_code":16,"message":"Authentication failed"}`
)

func (v *vendor) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		r, err := http.ReadRequest(bufio.NewReader(server))
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		v.mu.Lock()
		v.tokens = append(v.tokens, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		v.mu.Unlock()
		status, body := v.answer(r)
		fmt.Fprintf(server, "HTTP/1.1 %d X\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
	}()
	return client, nil
}

func (v *vendor) seen() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]string(nil), v.tokens...)
}

// program is a token_command with a memory.
type program struct {
	takes  time.Duration
	prints func(run int) (string, error)

	mu   sync.Mutex
	runs int
}

func (p *program) command(ctx context.Context, _ []string) ([]byte, error) {
	p.mu.Lock()
	p.runs++
	run := p.runs
	p.mu.Unlock()
	select {
	case <-time.After(p.takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	text, err := p.prints(run)
	return []byte(text), err
}

func (p *program) ran() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.runs
}

func numbered(run int) (string, error) { return fmt.Sprintf(" canary%d\n", run), nil }

func always(status int, body string) *vendor {
	return &vendor{answer: func(*http.Request) (int, string) { return status, body }}
}

// desk is an account whose token a program prints.
func desk(t *testing.T, v *vendor, p *program) *Provider {
	t.Helper()
	c := config()
	c.Settings["base_url"], c.Settings["token"] = "http://bos.test/api/BOS", ""
	c.Lists["token_command"], c.AllowInsecureHTTP = []string{"sign"}, true
	c.Dial, c.Command = v.dial, p.command
	provider, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return provider
}

func request() providers.Request {
	return providers.Request{Reference: "482915037761204", Order: providers.Order{
		Operator: providers.INJio, Type: providers.Prepaid, Account: "919679833706", Amount: rupees(10),
	}}
}

func TestManyCallsWaitForOneToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, p := always(200, taken), &program{takes: 2 * time.Second, prints: numbered}
		d := desk(t, v, p)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if res, err := d.Recharge(t.Context(), request()); err != nil || res.Status != providers.Delivered {
					t.Errorf("%+v, %v; want delivered", res, err)
				}
			})
		}
		wg.Wait()
		if p.ran() != 1 || len(v.seen()) != 20 {
			t.Errorf("%d runs and %d sends, want 1 and 20", p.ran(), len(v.seen()))
		}
	})
}

func TestATokenIsRenewedBeforeItEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, p := always(200, taken), &program{takes: 2 * time.Second, prints: numbered}
		d, start := desk(t, v, p), time.Now()
		for i, c := range []struct {
			at   time.Duration
			want string
		}{{0, "canary1"}, {479 * time.Second, "canary1"}, {480 * time.Second, "canary2"}, {959 * time.Second, "canary2"}, {961 * time.Second, "canary3"}} {
			time.Sleep(time.Until(start.Add(c.at)))
			if _, err := d.Enquire(t.Context(), providers.Sent{Request: request()}); err != nil {
				t.Fatal(err)
			}
			if got := v.seen()[i]; got != c.want {
				t.Errorf("at %s: %s, want %s", c.at, got, c.want)
			}
		}
	})
}

// Without a token nothing leaves; and whatever the program said stays with us.
func TestWithoutATokenNothingIsSent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		takes time.Duration
		text  string
		err   error
		says  string
	}{
		"nothing":           {0, " \r\n", nil, "nothing"},
		"two lines":         {0, "canary\ncanary", nil, "no token"},
		"two words":         {0, "Bearer canary", nil, "is no token"},
		"an escape":         {0, "canary\x1b[0m", nil, "is no token"},
		"another script":    {0, "canary\u0995", nil, "is no token"},
		"far too much":      {0, strings.Repeat("canary", 2000), nil, "is no token"},
		"JSON":              {0, `{"token":"canary"}`, nil, "prints something that is no token"},
		"JSON text":         {0, `"canary"`, nil, "prints something that is no token"},
		"a list":            {0, "[canary]", nil, "prints something that is no token"},
		"a page":            {0, "<html>canary</html>", nil, "prints something that is no token"},
		"a shell's quotes":  {0, "'canary'", nil, "prints something that is no token"},
		"a failure":         {0, "canary", errors.New("no key canary"), "could not be run"},
		"longer than usual": {11 * time.Second, "canary", nil, "longer than"},
	} {
		synctest.Test(t, func(t *testing.T) {
			v, p := always(200, taken), &program{takes: c.takes, prints: func(int) (string, error) { return c.text, c.err }}
			d := desk(t, v, p)
			res, err := d.Recharge(t.Context(), request())
			if !errors.Is(err, providers.ErrNotSent) || !errors.Is(err, providers.ErrCredentials) || res.Status != providers.Unknown || len(v.seen()) != 0 {
				t.Errorf("%s: %+v, %v, %d sends; want ErrNotSent, ErrCredentials and none", name, res, err, len(v.seen()))
			}
			if err != nil && (!strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "token_command") || strings.Contains(err.Error(), "canary")) {
				t.Errorf("%s: %v; want it to say %q and nothing of what was printed", name, err, c.says)
			}
			if _, err := d.Enquire(t.Context(), providers.Sent{Request: request()}); !errors.Is(err, providers.ErrCredentials) || strings.Contains(err.Error(), "canary") || len(v.seen()) != 0 {
				t.Errorf("%s, enquiry: %v, %d sends", name, err, len(v.seen()))
			}
		})
	}
}

// A failed run answers all who waited for it, and nobody who comes later.
func TestAFailureIsSharedByThoseWhoWaited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := always(200, taken)
		p := &program{takes: 2 * time.Second, prints: func(run int) (string, error) {
			if run == 1 {
				return "", errors.New("no network")
			}
			return numbered(run)
		}}
		d := desk(t, v, p)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if _, err := d.Recharge(t.Context(), request()); !errors.Is(err, providers.ErrNotSent) {
					t.Errorf("%v, want ErrNotSent", err)
				}
			})
		}
		wg.Wait()
		if res, err := d.Recharge(t.Context(), request()); err != nil || res.Status != providers.Delivered || p.ran() != 2 {
			t.Errorf("afterwards: %+v, %v, %d runs; want delivered after the second", res, err, p.ran())
		}
	})
}

func TestACallerWhoGivesUpComesBackAtOnceAndHarmsNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, p := always(200, taken), &program{takes: 8 * time.Second, prints: numbered}
		d := desk(t, v, p)
		start := time.Now()
		var wg sync.WaitGroup
		for _, after := range []time.Duration{2, 3} { // one of them has the program run
			ctx, cancel := context.WithTimeout(t.Context(), after*time.Second)
			defer cancel()
			wg.Go(func() {
				res, err := d.Recharge(ctx, request())
				if took := time.Since(start); took != after*time.Second || !errors.Is(err, providers.ErrNotSent) || !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, providers.ErrCredentials) {
					t.Errorf("gave up after %d s: %+v, %v, back after %s", after, res, err, took)
				}
			})
		}
		wg.Go(func() {
			if res, err := d.Recharge(t.Context(), request()); err != nil || res.Status != providers.Delivered {
				t.Errorf("who did not give up: %+v, %v; want delivered", res, err)
			}
		})
		wg.Wait()
		if len(v.seen()) != 1 {
			t.Errorf("%d sends, want 1", len(v.seen()))
		}
	})
}

// A caller who is called off, as at the end of the house, says nothing against the program.
func TestACallThatIsCalledOffIsNoTroubleOfTheToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := desk(t, always(200, taken), &program{takes: 8 * time.Second, prints: numbered})
		var wg sync.WaitGroup
		for range 2 { // one of them has the program run
			ctx, cancel := context.WithCancel(t.Context())
			wg.Go(func() {
				if _, err := d.Recharge(ctx, request()); !errors.Is(err, providers.ErrNotSent) || errors.Is(err, providers.ErrCredentials) {
					t.Errorf("%v; want ErrNotSent alone", err)
				}
			})
			synctest.Wait()
			time.AfterFunc(time.Second, cancel)
		}
		wg.Wait()
	})
}

// A refusal of a token that was good is one of us; the next call has a token of its own.
func TestARefusedTokenIsNotUsedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{answer: func(r *http.Request) (int, string) {
			if r.Header.Get("Authorization") == "Bearer canary1" {
				return 401, stranger
			}
			return 200, taken
		}}
		p := &program{prints: numbered}
		d := desk(t, v, p)
		res, err := d.Recharge(t.Context(), request())
		if err != nil || res.Status != providers.Refused || res.Reason != providers.ReasonCredentials {
			t.Errorf("%+v, %v; want refused for credentials", res, err)
		}
		if n := len(v.seen()); n != 1 {
			t.Errorf("%d sends for one recharge", n)
		}
		if res, err = d.Recharge(t.Context(), request()); err != nil || res.Status != providers.Delivered || p.ran() != 2 {
			t.Errorf("the next: %+v, %v after %d runs; want delivered after 2", res, err, p.ran())
		}
	})
}

// Where the token may have changed under a send, its refusal proves nothing (SAFETY.md, section 4, P2).
func TestATokenRaceIsNoProof(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answered time.Duration // after the send began
		other    time.Duration // when another call is made; 0 = none
		want     providers.Status
	}{
		"nobody else":                  {500 * time.Second, 0, providers.Refused},
		"renewed while it was sent":    {500 * time.Second, 490 * time.Second, providers.Unknown},
		"another call, no new token":   {470 * time.Second, 460 * time.Second, providers.Refused},
		"the token ended in the while": {600 * time.Second, 0, providers.Unknown},
	} {
		synctest.Test(t, func(t *testing.T) {
			v := &vendor{answer: func(r *http.Request) (int, string) {
				if strings.HasSuffix(r.URL.Path, "/DoRecharge") {
					time.Sleep(c.answered)
					return 401, stranger
				}
				return 200, taken
			}}
			d := desk(t, v, &program{prints: numbered})
			var wg sync.WaitGroup
			if c.other > 0 {
				wg.Go(func() {
					time.Sleep(c.other)
					if _, err := d.Enquire(t.Context(), providers.Sent{Request: request()}); err != nil {
						t.Error(err)
					}
				})
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			res, err := d.Recharge(ctx, request())
			if err != nil || res.Status != c.want || res.Reason != providers.ReasonCredentials {
				t.Errorf("%s: %v (%s), %v; want %v (credentials)", name, res.Status, res.Reason, err, c.want)
			}
			wg.Wait()
		})
	}
}

// An upstream that says our token back tells nobody, although no setting holds it.
func TestAPrintedTokenStaysIn(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"in every field": `{"status":true,"response_code":1,"operatorid":"canary1","ackno":"x-canary1","message":"canary1"}`,
		"in a code":      `{"status":true,"response_code":"canary1","message":"canary1"}`,
		"in a page":      `<html>Bearer canary1</html>`,
		"in data":        `{"status":true,"response_code":1,"data":{"status":1,"operatorid":"canary1"},"message":"Y2FuYXJ5MQ=="}`,
	} {
		for _, length := range []int{0, 100} { // of what is missing at the end
			synctest.Test(t, func(t *testing.T) {
				v := always(200, body+strings.Repeat(" ", length))
				d := desk(t, v, &program{prints: numbered})
				recharged, err := d.Recharge(t.Context(), request())
				enquired, failed := d.Enquire(t.Context(), providers.Sent{Request: request()})
				text := fmt.Sprintf("%+v %v %+v %v", recharged, err, enquired, failed)
				for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
					text += fmt.Sprintf(verb, d)
				}
				if strings.Contains(text, "canary") || strings.Contains(text, "Y2FuYXJ5MQ") {
					t.Errorf("%s: the token is seen: %s", name, text)
				}
				if recharged.Evidence.Body == "" || len(v.seen()) != 2 {
					t.Errorf("%s: no evidence: %+v", name, recharged)
				}
			})
		}
	}
}
