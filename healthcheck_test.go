package main

import (
	"strings"
	"testing"
)

// What watches over the bot from outside is told the truth by an exit code, and by one line why.
func TestTheHealthCheckTellsWhetherTheBotIsReady(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	if code, said := d.runs("healthcheck"); code != exitFailed || !strings.Contains(said, "no bot answers at "+d.http) {
		t.Errorf("while no bot runs: %d, %s", code, said)
	}
	d.joined()
	d.eventually("the bot is ready", func() bool { return d.get("/readyz") == 200 })
	if code, said := d.runs("healthcheck"); code != exitFine || said != "ready\n" {
		t.Errorf("of a bot that is ready: %d, %s", code, said)
	}
	if code, said := d.runs("healthcheck", "--http-listen", ""); code != exitFailed || !strings.Contains(said, "http.listen") {
		t.Errorf("of a bot without a port: %d, %s", code, said)
	}
	if code, _ := d.runs("healthcheck", "--no-such-flag"); code != exitUsage {
		t.Errorf("asked wrongly it ends with %d", code)
	}
}

func TestWhereTheBotIsCalled(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		"127.0.0.1:9077": "127.0.0.1:9077", "0.0.0.0:9077": "localhost:9077", "[::]:9077": "localhost:9077", ":9077": "localhost:9077",
		"[::1]:9077": "[::1]:9077", "bot.example.org:9077": "bot.example.org:9077",
	} {
		if got := callable(listen); got != want {
			t.Errorf("%s is called at %s, want %s", listen, got, want)
		}
	}
}
