package sandbox_test

import (
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"rechargebot/bot/sandbox/pagetest"
)

// press sends keys to whatever has the keyboard.
func press(keys string, modifiers ...input.Modifier) chromedp.Action {
	return chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...))
}

// ringed checks that one sees where the keyboard is.
func ringed(t *testing.T, v *pagetest.Visitor) {
	t.Helper()
	if !pagetest.Eval[bool](v, `(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2)(getComputedStyle(document.activeElement))`) {
		t.Errorf("nothing shows that the keyboard is at %s", pagetest.Eval[string](v, `document.activeElement.outerHTML.slice(0, 200)`))
	}
}

func TestAWholeOrderWithoutAMouse(t *testing.T) {
	t.Parallel()
	s, address := demo(t, newDesk())
	v := browse(t, address, 1440, 900, "light")
	v.Do(chromedp.WaitVisible(".crash"), pagetest.Alt("2"), pagetest.Holds("#view-admin .start"), pagetest.Alt("1"), pagetest.Holds("#view-agent .start"))
	ringed(t, v)
	v.Do(press(kb.Enter), chromedp.WaitVisible(agentPane+" .key.primary"), pagetest.Holds("#view-agent textarea"))

	// A line, a line below it, and away with both.
	v.Do(press("01712345678"), press(kb.Enter, input.ModifierShift), press("50"), pagetest.Until(`document.activeElement.value === '01712345678\n50'`),
		press(kb.Enter), chromedp.WaitVisible(agentPane+" .key.success"), pagetest.Until(`document.activeElement.value === ''`))
	ringed(t, v)

	// Up to the newest buttons, along them, and Enter; the answer comes, and the keyboard is not lost.
	v.Do(press(kb.ArrowUp), pagetest.Holds("#view-agent .key.success"))
	ringed(t, v)
	v.Do(press(kb.ArrowRight), pagetest.Holds(".key.danger"), press(kb.ArrowDown), pagetest.Until(`document.activeElement.innerText.includes('Copy number')`), press(kb.ArrowLeft),
		pagetest.Until(`document.activeElement.innerText === 'Change operator'`), press(kb.ArrowUp), pagetest.Holds(".key.success"), press(kb.Enter), said(agentPane, "#K7Q2MX · Delivered"))
	if answers := s.Answers(); len(answers) != 1 || answers[0].Data != "Delivered" {
		t.Errorf("the presses were %+v", answers)
	}
	v.Do(pagetest.Until(`document.querySelector('#view-agent').contains(document.activeElement)`), press(kb.Escape), pagetest.Holds("#view-agent textarea"))

	// The menu opens with a slash, narrows down, and sends.
	v.Do(press("/"), chromedp.WaitVisible(agentPane+" .menu"), pagetest.Until(`document.querySelectorAll('#view-agent .menu [role=menuitem]:not([hidden])').length === 2`),
		press("h"), pagetest.Until(`[...document.querySelectorAll('#view-agent .menu [role=menuitem]')].filter(n => n.checkVisibility()).map(n => n.textContent).join() === '/historyYour last orders'`))
	v.Picture("menu")
	v.Do(press(kb.ArrowDown), pagetest.Holds("[role=menuitem]"))
	ringed(t, v)
	v.Do(press(kb.Escape), pagetest.Holds(".slash"), chromedp.Focus(agentPane+" textarea"), press("i"), press(kb.Enter), said(agentPane, "/history"), pagetest.Holds("#view-agent textarea"), pagetest.Until(`document.activeElement.value === ''`))

	// Messages are walked through; Enter offers what can be done with one, Escape leaves it.
	v.Do(press(kb.Tab, input.ModifierShift), press(kb.Tab, input.ModifierShift))
	v.Do(chromedp.Focus(agentPane+" .log"), press(kb.ArrowUp), pagetest.Holds("article"))
	ringed(t, v)
	v.Do(press(kb.ArrowUp), press(kb.Enter), chromedp.WaitVisible("#about"), press(kb.ArrowDown), pagetest.Until(`document.activeElement.textContent === 'Reply'`), press(kb.Escape), pagetest.Until(`!document.querySelector('#about').open`), pagetest.Holds("article"))

	// The help, the people, the desk.
	v.Do(press("?"), chromedp.WaitVisible("#shortcuts"))
	v.Picture("keys")
	v.Do(press(kb.Enter), pagetest.Until(`!document.querySelector('#shortcuts').open`))
	v.Do(chromedp.Focus(agentPane+" .who[aria-checked=true]"), press(kb.ArrowRight), pagetest.Until(`document.activeElement.textContent.includes('Nobody') && document.activeElement.getAttribute('aria-checked') === 'true'`))
	v.Do(pagetest.Alt("4"), pagetest.Holds(".crash"))
	ringed(t, v)
	v.Do(pagetest.Alt("3"), pagetest.Holds("#view-group textarea"))
}

func TestEveryControlHasANameAndATurn(t *testing.T) {
	t.Parallel()
	_, address := demo(t, newDesk())
	v := browse(t, address, 1440, 900, "light")
	v.Do(chromedp.WaitVisible(".crash"), pagetest.Click(agentPane+" .start"), chromedp.WaitVisible(agentPane+" .key"))
	if bad := pagetest.Eval[string](v, `[...document.querySelectorAll('button, textarea, input, select, a[href], [role=log], [role=radiogroup], [role=tablist], [role=menu], dialog')]
		.filter(b => !(b.textContent.trim() && /BUTTON|A/.test(b.tagName) || b.getAttribute('aria-label') || b.getAttribute('aria-labelledby') || b.closest('label'))).map(b => b.outerHTML.slice(0, 90)).join('\n')`); bad != "" {
		t.Errorf("without a name:\n%s", bad)
	}

	// Tab goes round through the page in the order in which things stand.
	order := pagetest.Eval[[]string](v, `[]`)
	v.Do(chromedp.Focus(".skip"))
	for range 60 {
		v.Do(press(kb.Tab))
		at := pagetest.Eval[string](v, `(n => n === document.body ? '' : (n.closest('.pane, .desk, .bar, .skip')?.id || n.closest('.bar') && 'bar' || n.className))(document.activeElement)`)
		if at == "" || at == "skip" {
			break
		}
		if len(order) == 0 || order[len(order)-1] != at {
			order = append(order, at)
		}
	}
	want := []string{"bar", "view-desk", "view-agent", "view-admin", "view-group"}
	if len(order) != len(want) {
		t.Fatalf("Tab goes through %q, want %q", order, want)
	}
	for i := range want {
		if order[i] != want[i] {
			t.Fatalf("Tab goes through %q, want %q", order, want)
		}
	}
}
