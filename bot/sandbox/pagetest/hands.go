package pagetest

import (
	"context"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// Until waits for a JavaScript condition.
func Until(condition string) chromedp.Action {
	return chromedp.Poll("Boolean("+condition+")", nil, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(patience))
}

// Tap presses what a JavaScript expression finds. It waits until the thing is in sight with nothing over it, and
// presses it in the same step: between a look and a press of two steps the page may have been drawn anew.
func Tap(find string) chromedp.Action {
	return chromedp.Poll(`(node => {
		if (!node?.checkVisibility()) return false;
		const box = node.getBoundingClientRect();
		if (!node.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2))) {
			node.scrollIntoView({ block: 'center', behavior: 'instant' });
			return false;
		}
		node.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
		node.closest('button, a, [tabindex]')?.focus({ preventScroll: true });
		node.click();
		return true;
	})(`+find+`)`, nil, chromedp.WithPollingTimeout(patience))
}

// Click taps the first element of that kind.
func Click(selector string) chromedp.Action {
	return Tap(fmt.Sprintf("document.querySelector(%q)", selector))
}

// Choose takes an entry of a list, in one step as a hand does it.
func Choose(selector, value string) chromedp.Action {
	return Until(fmt.Sprintf(`(list => {
		if (![...list?.options ?? []].some(o => o.value === %[2]q)) return false;
		list.value = %[2]q;
		list.dispatchEvent(new Event('change'));
		return true;
	})(document.querySelector(%[1]q))`, selector, value))
}

// Sized gives the window a size, and waits until the page has taken it.
func Sized(width, height int64) chromedp.Action {
	return chromedp.Tasks{chromedp.EmulateViewport(width, height), Until(fmt.Sprintf("innerWidth === %d && innerHeight === %d", width, height)), Settled()}
}

// Settled waits until nothing on the page moves any more, but for what moves for ever.
func Settled() chromedp.Action {
	return Until(`!document.getAnimations().some(a => a.effect.getTiming().iterations < 99)`)
}

// Holds waits until what has the keyboard is of that kind.
func Holds(selector string) chromedp.Action {
	return Until("document.activeElement.matches(`" + selector + "`)")
}

// Alt holds Alt and presses a digit, as a keyboard does: no letter comes of it.
func Alt(digit string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for _, kind := range []input.KeyType{input.KeyRawDown, input.KeyUp} {
			if err := input.DispatchKeyEvent(kind).WithModifiers(input.ModifierAlt).WithKey(digit).WithCode("Digit" + digit).Do(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}
