// Package pagetest puts a visitor in front of a web page, in Chromium, for tests of what people look at.
//
// A visitor waits for what is to be seen, and presses what can be pressed: nothing here is timed. The machine may be
// as busy as it likes.
package pagetest

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium is where Debian puts it.
const chromium = "/usr/bin/chromium"

// patience ends a wait for what never comes. It says nothing of speed.
const patience = 2 * time.Minute

// Window is how a visitor looks at a page.
type Window struct {
	Width, Height int64           // pixels
	Scheme        string          // light or dark; "" = the browser's own
	First         chromedp.Action // done before the page is opened; nil = nothing
	Ready         string          // selector of what is visible when the page is there
	Excuse        []string        // words of what the console may say; all else that it complains of fails the test
}

// Visitor is somebody in front of a page, in a browser of their own.
type Visitor struct {
	t   *testing.T
	ctx context.Context

	mu     sync.Mutex
	errors []string // what the console said
	excuse []string

	output tail // of the browser itself
}

// Browse opens a page in a fresh browser, which ends with the test. Without Chromium the test is skipped, and fails
// when CI=true.
func Browse(t *testing.T, address string, w Window) *Visitor {
	t.Helper()
	if _, err := os.Stat(chromium); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the page is not tested: %v", err)
		}
		t.Skipf("the page is not tested: %v", err)
	}
	v := &Visitor{t: t, excuse: w.Excuse}
	allocator, stop := chromedp.NewExecAllocator(t.Context(), v.options(w)...)
	t.Cleanup(stop)
	silent := func(string, ...any) {} // the library complains of events that it is too old for
	ctx, _ := chromedp.NewContext(allocator, chromedp.WithErrorf(silent))
	t.Cleanup(func() { _ = chromedp.Cancel(ctx) })
	v.ctx = ctx
	v.listen()
	if err := chromedp.Run(ctx); err != nil { // the browser lives as long as the context of the first Run
		t.Fatal(err)
	}
	if w.First != nil {
		v.Do(w.First)
	}
	v.Do(chromedp.EmulateViewport(w.Width, w.Height), Dressed(w.Scheme), chromedp.Navigate(address), chromedp.WaitVisible(w.Ready))
	return v
}

func (v *Visitor) options(w Window) []chromedp.ExecAllocatorOption {
	v.t.Helper()
	folder, err := os.MkdirTemp("", "chromium") // t.TempDir would fail the test when the browser's children write on for a moment
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { _ = os.RemoveAll(folder) })
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(chromium), chromedp.UserDataDir(folder), chromedp.WindowSize(int(w.Width), int(w.Height)),
		chromedp.WSURLReadTimeout(patience), chromedp.CombinedOutput(&v.output),
	}
	for _, name := range []string{
		"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync",
		// A machine with much to do makes it neither give up nor put anything off.
		"disable-gpu-watchdog", "disable-gpu-process-crash-limit", "disable-hang-monitor", "disable-breakpad", "disable-dev-shm-usage",
		"disable-renderer-backgrounding", "disable-background-timer-throttling", "disable-backgrounding-occluded-windows",
	} {
		options = append(options, chromedp.Flag(name, true))
	}
	return options
}

// Dressed makes the browser prefer a colour scheme.
func Dressed(scheme string) chromedp.Action {
	return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}})
}

func (v *Visitor) listen() {
	chromedp.ListenTarget(v.ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			v.note(e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
				v.note("console: " + string(e.Args[0].Value) + e.Args[0].Description)
			}
		case *cdplog.EventEntryAdded:
			if e.Entry.Level == cdplog.LevelError || e.Entry.Level == cdplog.LevelWarning {
				v.note(e.Entry.Text + " " + e.Entry.URL)
			}
		}
	})
	v.t.Cleanup(func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		for _, said := range v.errors {
			if !slices.ContainsFunc(v.excuse, func(words string) bool { return strings.Contains(said, words) }) {
				v.t.Errorf("the browser's console says: %s", said)
			}
		}
	})
}

func (v *Visitor) note(words string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.errors = append(v.errors, words)
}

// Do does one thing after the other. When one fails, the test ends with what the page shows.
func (v *Visitor) Do(actions ...chromedp.Action) {
	v.t.Helper()
	ctx, end := context.WithTimeout(v.ctx, 2*patience)
	defer end()
	if err := chromedp.Run(ctx, actions...); err != nil {
		var page string
		_ = chromedp.Run(v.ctx, chromedp.Evaluate(`'keyboard at ' + document.activeElement.outerHTML.slice(0, 200) + '\n' + document.body.innerText`, &page))
		v.t.Fatalf("%v; the page shows:\n%s\nthe browser said:\n%s", err, page, &v.output)
	}
}

// Picture keeps a screenshot among the test's artifacts when they are wanted (go test -artifacts), for people to look
// at; the README's is one of them.
func (v *Visitor) Picture(name string) {
	v.t.Helper()
	if f := flag.Lookup("test.artifacts"); f == nil || f.Value.String() != "true" {
		return
	}
	var png []byte
	v.Do(Settled(), chromedp.CaptureScreenshot(&png))
	if err := os.WriteFile(filepath.Join(v.t.ArtifactDir(), name+".png"), png, 0o600); err != nil {
		v.t.Fatal(err)
	}
}

// Eval is the value of a JavaScript expression.
func Eval[T any](v *Visitor, expression string) (value T) {
	v.t.Helper()
	v.Do(chromedp.Evaluate(expression, &value))
	return value
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
