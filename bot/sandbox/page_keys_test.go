package sandbox_test

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// press sends keys to whatever has the keyboard.
func press(keys string, modifiers ...input.Modifier) chromedp.Action {
	return chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...))
}

// alt holds Alt and presses a digit, as a keyboard does: no letter comes of it.
func alt(digit string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for _, kind := range []input.KeyType{input.KeyRawDown, input.KeyUp} {
			if err := input.DispatchKeyEvent(kind).WithModifiers(input.ModifierAlt).WithKey(digit).WithCode("Digit" + digit).Do(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// holds waits until what has the keyboard is of that kind.
func holds(selector string) chromedp.Action {
	return until("document.activeElement.matches(`" + selector + "`)")
}

// ringed checks that one sees where the keyboard is.
func (v *visitor) ringed() {
	v.t.Helper()
	if !eval[bool](v, `(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2)(getComputedStyle(document.activeElement))`) {
		v.t.Errorf("nothing shows that the keyboard is at %s", eval[string](v, `document.activeElement.outerHTML.slice(0, 200)`))
	}
}

func TestAWholeOrderWithoutAMouse(t *testing.T) {
	t.Parallel()
	s, address := demo(t, newDesk())
	v := browse(t, address, 1440, 900, "light")
	v.do(chromedp.WaitVisible(".crash"), alt("2"), holds("#view-admin .start"), alt("1"), holds("#view-agent .start"))
	v.ringed()
	v.do(press(kb.Enter), chromedp.WaitVisible(agentPane+" .key.primary"), holds("#view-agent textarea"))

	// A line, a line below it, and away with both.
	v.do(press("01712345678"), press(kb.Enter, input.ModifierShift), press("50"), until(`document.activeElement.value === '01712345678\n50'`),
		press(kb.Enter), chromedp.WaitVisible(agentPane+" .key.success"), until(`document.activeElement.value === ''`))
	v.ringed()

	// Up to the newest buttons, along them, and Enter; the answer comes, and the keyboard is not lost.
	v.do(press(kb.ArrowUp), holds("#view-agent .key.success"))
	v.ringed()
	v.do(press(kb.ArrowRight), holds(".key.danger"), press(kb.ArrowDown), until(`document.activeElement.innerText.includes('Copy number')`), press(kb.ArrowLeft),
		until(`document.activeElement.innerText === 'Change operator'`), press(kb.ArrowUp), holds(".key.success"), press(kb.Enter), said(agentPane, "#K7Q2MX · Delivered"))
	if answers := s.Answers(); len(answers) != 1 || answers[0].Data != "Delivered" {
		t.Errorf("the presses were %+v", answers)
	}
	v.do(until(`document.querySelector('#view-agent').contains(document.activeElement)`), press(kb.Escape), holds("#view-agent textarea"))

	// The menu opens with a slash, narrows down, and sends.
	v.do(press("/"), chromedp.WaitVisible(agentPane+" .menu"), until(`document.querySelectorAll('#view-agent .menu [role=menuitem]:not([hidden])').length === 2`),
		press("h"), until(`[...document.querySelectorAll('#view-agent .menu [role=menuitem]')].filter(n => n.checkVisibility()).map(n => n.textContent).join() === '/historyYour last orders'`))
	v.picture("menu")
	v.do(press(kb.ArrowDown), holds("[role=menuitem]"))
	v.ringed()
	v.do(press(kb.Escape), holds(".slash"), chromedp.Focus(agentPane+" textarea"), press("i"), press(kb.Enter), said(agentPane, "/history"), holds("#view-agent textarea"), until(`document.activeElement.value === ''`))

	// Messages are walked through; Enter offers what can be done with one, Escape leaves it.
	v.do(press(kb.Tab, input.ModifierShift), press(kb.Tab, input.ModifierShift))
	v.do(chromedp.Focus(agentPane+" .log"), press(kb.ArrowUp), holds("article"))
	v.ringed()
	v.do(press(kb.ArrowUp), press(kb.Enter), chromedp.WaitVisible("#about"), press(kb.ArrowDown), until(`document.activeElement.textContent === 'Reply'`), press(kb.Escape), until(`!document.querySelector('#about').open`), holds("article"))

	// The help, the people, the desk.
	v.do(press("?"), chromedp.WaitVisible("#shortcuts"))
	v.picture("keys")
	v.do(press(kb.Enter), until(`!document.querySelector('#shortcuts').open`))
	v.do(chromedp.Focus(agentPane+" .who[aria-checked=true]"), press(kb.ArrowRight), until(`document.activeElement.textContent.includes('Nobody') && document.activeElement.getAttribute('aria-checked') === 'true'`))
	v.do(alt("4"), holds(".crash"))
	v.ringed()
	v.do(alt("3"), holds("#view-group textarea"))
}

func TestEveryControlHasANameAndATurn(t *testing.T) {
	t.Parallel()
	_, address := demo(t, newDesk())
	v := browse(t, address, 1440, 900, "light")
	v.do(chromedp.WaitVisible(".crash"), click(agentPane+" .start"), chromedp.WaitVisible(agentPane+" .key"))
	if bad := eval[string](v, `[...document.querySelectorAll('button, textarea, input, select, a[href], [role=log], [role=radiogroup], [role=tablist], [role=menu], dialog')]
		.filter(b => !(b.textContent.trim() && /BUTTON|A/.test(b.tagName) || b.getAttribute('aria-label') || b.getAttribute('aria-labelledby') || b.closest('label'))).map(b => b.outerHTML.slice(0, 90)).join('\n')`); bad != "" {
		t.Errorf("without a name:\n%s", bad)
	}

	// Tab goes round through the page in the order in which things stand.
	order := eval[[]string](v, `[]`)
	v.do(chromedp.Focus(".skip"))
	for range 60 {
		v.do(press(kb.Tab))
		at := eval[string](v, `(n => n === document.body ? '' : (n.closest('.pane, .desk, .bar, .skip')?.id || n.closest('.bar') && 'bar' || n.className))(document.activeElement)`)
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
