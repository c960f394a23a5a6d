package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"rechargebot/bot/sandbox/pagetest"
)

// The README's walk through the demo, by a newcomer with a mouse.
func TestTheDemoAsTheReadmeTellsIt(t *testing.T) {
	t.Parallel()
	v := openDemo(t)
	v.Do(pagetest.Click("#view-agent .start"))
	v.presses("agent", "Request access")
	v.presses("admin", "Approve")
	v.sees("agent", "approved")

	v.presses("agent", "Recharge")
	v.presses("agent", "🇧🇩 Grameenphone")
	v.presses("agent", "Prepaid")
	v.sees("agent", "umber")
	v.types("agent", "01712345678")
	v.presses("agent", "৳50")
	v.presses("agent", "Automatic")
	v.presses("agent", "Confirm")
	v.sees("agent", "Delivered", "01712345678")

	v.Do(chromedp.SendKeys("#view-desk .provider:not(.closed) .float input", "4500.00\r"))
	v.sees("group", "Low balance", "ecare-demo")

	v.types("agent", "01812345678 100")
	v.sees("agent", "Please check this order", "Robi")
	v.Picture("demo")
	v.presses("agent", "Confirm")
	v.Do(pagetest.Until(`document.querySelector('#view-agent .log').innerText.split('Delivered').length >= 5`))

	// India: a provider wants the number's circle, which is asked for once.
	v.types("agent", "9812345670 199 jio")
	v.presses("agent", "Delhi NCR")
	v.Picture("demo-india")
	v.presses("agent", "Confirm")
	v.sees("agent", "₹199 to 9812345670")
	v.Do(pagetest.Until(`document.querySelector('#view-agent .log').innerText.split('Delivered').length >= 7`))

	// Each provider has its place on the desk; one is open at a time.
	open := func(name string) {
		v.Do(pagetest.Click(fmt.Sprintf(`[aria-label="Provider %s"] .head`, name)), pagetest.Until(fmt.Sprintf(`!document.querySelector('[aria-label="Provider %s"]').classList.contains('closed')`, name)))
	}
	open("rechargkit-demo")
	v.Do(pagetest.Until(`document.querySelector('[aria-label="Provider rechargkit-demo"] .stats').innerText.replace(/\s+/g, ' ').includes('1 accepted 1 delivered')`),
		pagetest.Until(`document.querySelectorAll('#view-desk .provider.closed').length === 4`), chromedp.ScrollIntoView(`[aria-label="Provider bos-demo"]`))
	v.Picture("demo-desk")
	open("ecare-demo")

	// The provider takes the money and never answers; the bot dies in the middle.
	v.Do(pagetest.Choose("#view-desk .provider:not(.closed) select.moods", "silent"),
		pagetest.Until(`document.querySelector("#view-desk .provider:not(.closed) .help").innerText.includes('never answers')`),
		pagetest.Until(`document.querySelector("#view-desk .provider:not(.closed) .head .busy")?.innerText.includes('silent')`)) // the provider says so itself
	v.types("agent", "01912345678 20")
	v.presses("agent", "Confirm")
	v.Do(chromedp.Poll(`fetch('/demo/state').then(r => r.json()).then(s => s.providers[0].accepted === 3)`, nil, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(2*time.Minute)))
	v.Do(pagetest.Click("#view-desk .crash"), pagetest.Until(`document.querySelector('#view-desk').innerText.includes('1 restart')`), pagetest.Until(`/Ready again after \d+ ms/.test(document.querySelector('#view-desk .verdict').innerText)`))
	v.Do(pagetest.Until(`document.querySelector('#view-agent .log').innerText.split('Delivered').length >= 9`))
	var state struct {
		Bot struct {
			Killed int
			BackMS int64 `json:"back_ms"`
			Books  struct{ Orders, Open, Twice, Lost int }
		}
		Providers []struct{ Accepted, Delivered int }
	}
	v.Do(chromedp.Evaluate(`fetch('/demo/state').then(r => r.json())`, &state, awaited))
	if p := state.Providers[0]; p.Accepted != 3 || p.Delivered != 3 {
		t.Errorf("the provider accepted %d and delivered %d recharges, want 3 and 3", p.Accepted, p.Delivered)
	}
	if b := state.Bot; b.Killed != 1 || b.BackMS <= 0 || b.Books.Orders != 4 || b.Books.Open != 1 || b.Books.Twice != 0 || b.Books.Lost != 0 {
		t.Errorf("after the kill the desk says %+v", b)
	}
	var text string
	v.Do(chromedp.Evaluate(`document.querySelector('#view-agent .log').innerText`, &text))
	v.types("admin", "/providers")
	v.sees("admin", "ecare-demo", "bos-demo")
	v.Do(chromedp.Evaluate(`document.querySelector('#view-desk [aria-label="The bot"]').scrollIntoView()`, nil))
	v.Picture("desk")
	v.Do(pagetest.Dressed("dark"), pagetest.Sized(390, 844), chromedp.WaitVisible("#tab-agent"), pagetest.Click("#tab-agent"))
	v.Picture("phone")
	if n := strings.Count(text, "Delivered"); n != 8 { // a card and a push for each of four orders
		t.Errorf("Delivered was said %d times, want 8:\n%s", n, text)
	}
}

// A whole guided order, from the first hello, by somebody who has no mouse.
func TestTheDemoByKeyboard(t *testing.T) {
	t.Parallel()
	v := openDemo(t)
	// chooses goes from the typing box up to the newest buttons and along them to that one.
	chooses := func(pane, label string) {
		t.Helper()
		v.Do(pagetest.Until(fmt.Sprintf(`[...document.querySelectorAll('#view-%s .log .rows')].at(-1)?.innerText.includes(%q)`, pane, label)), chromedp.KeyEvent(kb.Escape), pagetest.Holds("#view-"+pane+" textarea"), chromedp.KeyEvent(kb.ArrowUp), pagetest.Holds(".key"))
		for range 20 {
			var at struct{ Label, Way string }
			v.Do(chromedp.Evaluate(fmt.Sprintf(`(() => {
				const rows = [...[...document.querySelectorAll('#view-%s .log .rows')].at(-1).querySelectorAll('.keyrow')].map(r => [...r.children]);
				const find = (is) => { for (const [y, row] of rows.entries()) for (const [x, b] of row.entries()) if (is(b)) return [y, x]; };
				const [y, x] = find(b => b === document.activeElement), [wy, wx] = find(b => b.innerText.trim() === %q);
				return { label: document.activeElement.innerText.trim(), way: wy > y ? 'down' : wy < y ? 'up' : wx > x ? 'right' : 'left' };
			})()`, pane, label), &at))
			if at.Label == label {
				v.Do(chromedp.KeyEvent(kb.Enter), pagetest.Until(`!document.querySelector('[aria-busy=true]')`))
				return
			}
			v.Do(chromedp.KeyEvent(map[string]string{"down": kb.ArrowDown, "up": kb.ArrowUp, "right": kb.ArrowRight, "left": kb.ArrowLeft}[at.Way]))
		}
		t.Fatalf("the arrows do not lead to %q", label)
	}
	v.Do(pagetest.Alt("1"), pagetest.Holds("#view-agent .start"), chromedp.KeyEvent(kb.Enter))
	chooses("agent", "Request access")
	v.Do(pagetest.Alt("2"))
	chooses("admin", "Approve")
	v.sees("agent", "approved")
	v.Do(pagetest.Alt("1"))
	for _, label := range []string{"Recharge", "🇧🇩 Grameenphone", "Prepaid"} {
		chooses("agent", label)
	}
	v.sees("agent", "umber")
	v.Do(chromedp.KeyEvent(kb.Escape), pagetest.Holds("#view-agent textarea"), chromedp.KeyEvent("01712345678"), chromedp.KeyEvent(kb.Enter))
	for _, label := range []string{"৳50", "Automatic", "Confirm"} {
		chooses("agent", label)
	}
	v.sees("agent", "Delivered: ", "01712345678")
	v.Do(pagetest.Holds("#view-agent textarea"), chromedp.KeyEvent("/"), pagetest.Until(`document.querySelector('#view-agent .menu').checkVisibility()`))
	v.Picture("demo-menu")
	v.Do(chromedp.KeyEvent("hist"), chromedp.KeyEvent(kb.Enter))
	v.sees("agent", "/history")
}

// awaited makes Evaluate wait for a promise.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
