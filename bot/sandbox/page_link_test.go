package sandbox_test

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"

	"rechargebot/bot/sandbox"
)

// serveOn serves a sandbox on an address of its own until stop is called.
func serveOn(t *testing.T, s *sandbox.Server, address string) (at string, stop func()) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Handler: s.Handler()}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = web.Serve(l)
	}()
	return l.Addr().String(), func() {
		s.Close()
		_ = web.Shutdown(context.WithoutCancel(t.Context()))
		_ = web.Close()
		<-ended
	}
}

func TestThePageFindsItsServerAgain(t *testing.T) {
	t.Parallel()
	s := sandbox.New(config())
	at, stop := serveOn(t, s, "127.0.0.1:0")
	say(t, s, rahim, rahim, "before")
	v := browse(t, "http://"+at, 1440, 900, "light")
	v.do(said(agentPane, "before"), until(`document.querySelector('#banner').hidden`))
	stop()
	v.do(chromedp.WaitVisible("#banner"), until(`document.querySelector('#banner').textContent.startsWith('Connection lost') && document.querySelector('#link').className.includes('bad')`))
	v.picture("connection-lost")

	next := sandbox.New(config())
	_, stop = serveOn(t, next, at)
	defer stop()
	say(t, next, rahim, rahim, "after")
	v.do(said(agentPane, "after"), until(`!document.querySelector('#view-agent .log').innerText.includes('before') && document.querySelector('#banner').textContent === 'Connected again.'`))
	v.do(chromedp.SendKeys(agentPane+" textarea", "still here\r"), said(agentPane, "still here"))
	v.excuse("net::ERR", "/demo/state", "/sandbox/events") // the browser tells of each try
}

func TestAThousandMessagesAreNotDrawnAnew(t *testing.T) {
	t.Parallel()
	s, address := demo(t, nil)
	for i := range 1000 {
		say(t, s, nobody, ops, "message "+strconv.Itoa(i))
	}
	v := browse(t, address, 1440, 900, "light")
	v.do(said(groupPane, "message 999"))
	if n := eval[int](v, `document.querySelectorAll('#view-group article').length`); n > 200 {
		t.Errorf("%d messages are drawn at once", n)
	}
	v.do(chromedp.Evaluate(`window.touched = 0; new MutationObserver(all => window.touched += all.filter(m => m.type === 'childList').reduce((n, m) => n + m.addedNodes.length + m.removedNodes.length, 0))
		.observe(document.querySelector('#stage'), { childList: true, subtree: true })`, nil))
	say(t, s, ann, ops, "one more")
	say(t, s, rahim, rahim, "elsewhere")
	v.do(said(groupPane, "one more"), said(agentPane, "elsewhere"))
	if n := eval[int](v, `window.touched`); n > 60 {
		t.Errorf("two messages changed %d elements of the page", n)
	}
	if !eval[bool](v, `(l => l.scrollHeight - l.scrollTop - l.clientHeight < 2)(document.querySelector('#view-group .log'))`) {
		t.Error("the newest message is out of sight")
	}

	// Scrolling up brings the earlier ones, and what is read stays where it is.
	v.do(chromedp.Evaluate(`document.querySelector('#view-group .log').scrollTop = 0`, nil), said(groupPane, "message 850"), until(`!document.querySelector('#view-group .jump').hidden`))
	if eval[bool](v, `document.querySelector('#view-group .log').scrollTop === 0`) {
		t.Error("the view has jumped to the earliest of them")
	}
	v.do(chromedp.Click(groupPane+" .jump"), until(`document.querySelector('#view-group .jump').hidden`))
	v.excuse("/demo/state")
}
