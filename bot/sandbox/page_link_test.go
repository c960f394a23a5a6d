package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"rechargebot/bot/sandbox"
	"rechargebot/bot/sandbox/pagetest"
)

// TestThePageFindsItsServerAgain has one address all the time, so that nobody else can take it meanwhile.
func TestThePageFindsItsServerAgain(t *testing.T) {
	t.Parallel()
	var there atomic.Pointer[sandbox.Server]
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := there.Load()
		if s == nil {
			panic(http.ErrAbortHandler) // hangs up without a word
		}
		s.Handler().ServeHTTP(w, r)
	}))
	defer web.Close()
	s := sandbox.New(config())
	there.Store(s)
	say(t, s, rahim, rahim, "before")
	v := browse(t, web.URL, 1440, 900, "light", "net::ERR", "/demo/state", "/sandbox/events") // the browser tells of each try
	v.Do(said(agentPane, "before"), pagetest.Until(`document.querySelector('#banner').hidden`))
	there.Store(nil)
	s.Close()
	v.Do(chromedp.WaitVisible("#banner"), pagetest.Until(`document.querySelector('#banner').textContent.startsWith('Connection lost') && document.querySelector('#link').className.includes('bad')`))
	v.Picture("connection-lost")

	next := sandbox.New(config())
	defer next.Close()
	say(t, next, rahim, rahim, "after")
	there.Store(next)
	v.Do(said(agentPane, "after"), pagetest.Until(`!document.querySelector('#view-agent .log').innerText.includes('before') && document.querySelector('#banner').textContent === 'Connected again.'`))
	v.Do(chromedp.SendKeys(agentPane+" textarea", "still here\r"), said(agentPane, "still here"))
}

func TestAThousandMessagesAreNotDrawnAnew(t *testing.T) {
	t.Parallel()
	s, address := demo(t, nil)
	for i := range 1000 {
		say(t, s, nobody, ops, "message "+strconv.Itoa(i))
	}
	v := browse(t, address, 1440, 900, "light", "/demo/state")
	v.Do(said(groupPane, "message 999"))
	if n := pagetest.Eval[int](v, `document.querySelectorAll('#view-group article').length`); n > 200 {
		t.Errorf("%d messages are drawn at once", n)
	}
	v.Do(chromedp.Evaluate(`window.touched = 0; new MutationObserver(all => window.touched += all.filter(m => m.type === 'childList').reduce((n, m) => n + m.addedNodes.length + m.removedNodes.length, 0))
		.observe(document.querySelector('#stage'), { childList: true, subtree: true })`, nil))
	say(t, s, ann, ops, "one more")
	say(t, s, rahim, rahim, "elsewhere")
	v.Do(said(groupPane, "one more"), said(agentPane, "elsewhere"))
	if n := pagetest.Eval[int](v, `window.touched`); n > 60 {
		t.Errorf("two messages changed %d elements of the page", n)
	}
	if !pagetest.Eval[bool](v, `(l => l.scrollHeight - l.scrollTop - l.clientHeight < 2)(document.querySelector('#view-group .log'))`) {
		t.Error("the newest message is out of sight")
	}

	// Scrolling up brings the earlier ones, and what is read stays where it is.
	v.Do(chromedp.Evaluate(`document.querySelector('#view-group .log').scrollTop = 0`, nil), said(groupPane, "message 850"), pagetest.Until(`!document.querySelector('#view-group .jump').hidden`))
	if pagetest.Eval[bool](v, `document.querySelector('#view-group .log').scrollTop === 0`) {
		t.Error("the view has jumped to the earliest of them")
	}
	v.Do(pagetest.Click(groupPane+" .jump"), pagetest.Until(`document.querySelector('#view-group .jump').hidden`))
}
