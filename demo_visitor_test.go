package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// visitor is a person in front of the demo's page, in a real browser.
type visitor struct {
	t      *testing.T
	ctx    context.Context
	output *tail // of the browser itself
}

// tail keeps the last that is written to it.
type tail struct {
	mu   sync.Mutex
	last []byte
}

func (w *tail) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = append(w.last, b...)
	w.last = w.last[max(0, len(w.last)-4096):]
	return len(b), nil
}

func (w *tail) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.last)
}

// openDemo starts the real demo as a child process and its page in Chromium.
func openDemo(t *testing.T) visitor {
	t.Helper()
	const chromium = "/usr/bin/chromium"
	if _, err := os.Stat(chromium); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the demo's page is not tested: %v", err)
		}
		t.Skipf("the demo's page is not tested: %v", err)
	}
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
	profile, err := os.MkdirTemp("", "chromium")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(profile) })
	output := new(tail)
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(chromium), chromedp.UserDataDir(profile), chromedp.WindowSize(1440, 900), chromedp.WSURLReadTimeout(2 * time.Minute), chromedp.CombinedOutput(output)}
	for _, flag := range []string{
		"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync",
		// A machine with much to do makes it neither give up nor put anything off.
		"disable-gpu-watchdog", "disable-gpu-process-crash-limit", "disable-hang-monitor", "disable-breakpad", "disable-dev-shm-usage", "disable-renderer-backgrounding", "disable-background-timer-throttling", "disable-backgrounding-occluded-windows",
	} {
		options = append(options, chromedp.Flag(flag, true))
	}
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, _ := chromedp.NewContext(allocator)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx) })
	ctx, end := context.WithTimeout(ctx, 10*time.Minute) // ends a wait for what never comes, and says nothing of speed
	t.Cleanup(end)
	v := visitor{t, ctx, output}
	v.do(chromedp.EmulateViewport(1440, 900), chromedp.Navigate(address), chromedp.WaitVisible("#view-agent .log"))
	return v
}

func (v visitor) do(actions ...chromedp.Action) {
	v.t.Helper()
	if err := chromedp.Run(v.ctx, actions...); err != nil {
		var page string
		_ = chromedp.Run(v.ctx, chromedp.Evaluate(`document.body.innerText`, &page))
		v.t.Fatalf("%v; the page shows:\n%s\nthe browser said:\n%s", err, page, v.output)
	}
}

// until waits for a JavaScript condition.
func until(condition string) chromedp.Action {
	return chromedp.Poll("Boolean("+condition+")", nil, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(2*time.Minute))
}

// sees waits until the newest messages of a pane hold the words.
func (v visitor) sees(pane string, words ...string) {
	v.t.Helper()
	for _, w := range words {
		v.do(until(fmt.Sprintf(`document.querySelector('#view-%s .log').innerText.includes(%q)`, pane, w)))
	}
}

// touch presses what a JavaScript expression finds, once it is in sight with nothing over it, in one step: between
// a look and a press of two steps the page may have been drawn anew.
func touch(find string) chromedp.Action {
	return chromedp.Poll(`(node => {
		if (!node?.checkVisibility()) return false;
		const box = node.getBoundingClientRect();
		if (!node.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2))) {
			node.scrollIntoView({ block: 'center', behavior: 'instant' });
			return false;
		}
		node.click();
		return true;
	})(`+find+`)`, nil, chromedp.WithPollingTimeout(2*time.Minute))
}

// click taps the first element of that kind.
func click(selector string) chromedp.Action {
	return touch(fmt.Sprintf("document.querySelector(%q)", selector))
}

// presses the newest button of a pane with exactly that label.
func (v visitor) presses(pane, label string) {
	v.t.Helper()
	v.do(touch(fmt.Sprintf(`[...document.querySelectorAll('#view-%s .log button')].filter(b => b.innerText.trim() === %q).at(-1)`, pane, label)))
}

func (v visitor) types(pane, words string) {
	v.t.Helper()
	v.do(chromedp.SendKeys("#view-"+pane+" textarea", words+"\r"))
}

// picture keeps a screenshot among the test's artifacts when they are wanted (go test -artifacts), for
// people to look at; README's is one of them.
func (v visitor) picture(name string) {
	if f := flag.Lookup("test.artifacts"); f == nil || f.Value.String() != "true" {
		return
	}
	var png []byte
	v.do(until(`!document.getAnimations().some(a => a.effect.getTiming().iterations < 99)`), chromedp.CaptureScreenshot(&png))
	if err := os.WriteFile(filepath.Join(v.t.ArtifactDir(), name+".png"), png, 0o600); err != nil {
		v.t.Fatal(err)
	}
}
