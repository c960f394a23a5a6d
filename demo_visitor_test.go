package main

import (
	"bufio"
	"context"
	"fmt"
	"regexp"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"

	"rechargebot/bot/sandbox/pagetest"
)

// visitor is a person in front of the demo's page, in a real browser.
type visitor struct {
	*pagetest.Visitor
	t *testing.T
}

// openDemo starts the real demo as a child process and its page in Chromium.
func openDemo(t *testing.T) visitor {
	t.Helper()
	cmd := command(context.WithoutCancel(t.Context()), t, "demo", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--no-browser")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the demo did not end well: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(line)
	if err != nil || address == "" {
		t.Fatalf("the first line holds no address: %q, %v", line, err)
	}
	return visitor{pagetest.Browse(t, address, pagetest.Window{Width: 1440, Height: 900, Ready: "#view-agent .log"}), t}
}

// sees waits until the newest messages of a pane hold the words.
func (v visitor) sees(pane string, words ...string) {
	v.t.Helper()
	for _, w := range words {
		v.Do(pagetest.Until(fmt.Sprintf(`document.querySelector('#view-%s .log').innerText.includes(%q)`, pane, w)))
	}
}

// presses the newest button of a pane with exactly that label.
func (v visitor) presses(pane, label string) {
	v.t.Helper()
	v.Do(pagetest.Tap(fmt.Sprintf(`[...document.querySelectorAll('#view-%s .log button')].filter(b => b.innerText.trim() === %q).at(-1)`, pane, label)))
}

func (v visitor) types(pane, words string) {
	v.t.Helper()
	v.Do(chromedp.SendKeys("#view-"+pane+" textarea", words+"\r"))
}
