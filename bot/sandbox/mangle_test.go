package sandbox_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"rechargebot/bot/sandbox"
)

func TestStrangeAnswersLookAsTheyDoOnTheWire(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault  sandbox.Fault
		status int
		begins string
		broken bool // the body does not come to its end
		sent   int
	}{
		{sandbox.Fault{Kind: sandbox.Slow, DelayMS: 1}, 200, `{"ok":true,"result":{"message_id":2`, false, 1},
		{sandbox.Fault{Kind: sandbox.Trickle, DelayMS: 1}, 200, `{"ok":true,"result":{"message_id":2`, false, 1},
		{sandbox.Fault{Kind: sandbox.Gzip}, 200, `{"ok":true,"result":{"message_id":2`, false, 1},
		{sandbox.Fault{Kind: sandbox.Portal}, 200, "<!DOCTYPE html>", false, 0},
		{sandbox.Fault{Kind: sandbox.Portal, After: true}, 200, "<!DOCTYPE html>", false, 1},
		{sandbox.Fault{Kind: sandbox.Redirect, Location: "https://elsewhere.example/"}, 302, "", false, 0},
		{sandbox.Fault{Kind: sandbox.CutJSON}, 200, `{"ok":true,`, false, 0},
		{sandbox.Fault{Kind: sandbox.CutJSON, After: true}, 200, `{"ok":true,"result":{"message_id":2`, false, 1},
		{sandbox.Fault{Kind: sandbox.Short, After: true}, 200, `{"ok":true,"result":{"message_id":2`, true, 1},
		{sandbox.Fault{Kind: sandbox.Bare, After: true}, 200, `{"ok":true}`, false, 1},
	} {
		s := play(t, config())
		post := overHTTP(t, s)
		if err := s.Fail(c.fault); err != nil {
			t.Fatal(err)
		}
		r, err := post(t.Context())
		if err != nil && c.fault.Kind != sandbox.Redirect {
			t.Fatalf("%s: %v", c.fault.Kind, err)
		}
		if c.fault.Kind != sandbox.Redirect {
			body, err := io.ReadAll(r.Body)
			_ = r.Body.Close()
			if r.StatusCode != c.status || !strings.HasPrefix(string(body), c.begins) || (err != nil) != c.broken {
				t.Errorf("%s (after: %v): %d %q, %v", c.fault.Kind, c.fault.After, r.StatusCode, body, err)
			}
		}
		if n := len(s.Messages(rahim)) - 1; n != c.sent {
			t.Errorf("%s (after: %v): %d messages were sent, want %d", c.fault.Kind, c.fault.After, n, c.sent)
		}
		all := s.Calls()
		if last := all[len(all)-1]; last.Effect != (c.sent == 1) || last.Status != c.status || c.fault.Kind != sandbox.Slow && last.Fault != string(c.fault.Kind) {
			t.Errorf("%s (after: %v) is in the log as %+v", c.fault.Kind, c.fault.After, last)
		}
	}
	if err := play(t, config()).Fail(sandbox.Fault{Kind: sandbox.Redirect}); err == nil {
		t.Error("a redirect to nowhere was armed")
	}
}

func TestAnAnswerWithoutAnEndEndsWhenTheBotHasEnough(t *testing.T) {
	t.Parallel()
	s := play(t, config())
	post := overHTTP(t, s)
	if err := s.Fail(sandbox.Fault{Kind: sandbox.Huge}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := post(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.CopyN(io.Discard, r.Body, 20<<20); n != 20<<20 {
		t.Errorf("read %d bytes, %v", n, err)
	}
	_ = r.Body.Close()
	if r.StatusCode != http.StatusOK {
		t.Errorf("status %d", r.StatusCode)
	}
}
