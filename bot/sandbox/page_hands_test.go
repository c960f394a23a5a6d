package sandbox_test

import (
	"context"
	"fmt"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// tap presses what a JavaScript expression finds. It waits until the thing is in sight with nothing over it, and
// presses it in the same step: between a look and a press of two steps the page may have been drawn anew.
func tap(find string) chromedp.Action {
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

// click taps the first element of that kind.
func click(selector string) chromedp.Action {
	return tap(fmt.Sprintf("document.querySelector(%q)", selector))
}

// choose takes an entry of a list, in one step as a hand does it.
func choose(selector, value string) chromedp.Action {
	return until(fmt.Sprintf(`(list => {
		if (![...list?.options ?? []].some(o => o.value === %[2]q)) return false;
		list.value = %[2]q;
		list.dispatchEvent(new Event('change'));
		return true;
	})(document.querySelector(%[1]q))`, selector, value))
}

// sized gives the window a size, and waits until the page has taken it.
func sized(width, height int64) chromedp.Action {
	return chromedp.Tasks{chromedp.EmulateViewport(width, height), until(fmt.Sprintf("innerWidth === %d && innerHeight === %d", width, height)), settled()}
}

// settled waits until nothing on the page moves any more, but for what moves for ever.
func settled() chromedp.Action {
	return until(`!document.getAnimations().some(a => a.effect.getTiming().iterations < 99)`)
}

// witnessed makes the page remember what is there for a moment only: which toasts were shown in which pane, and
// what the button for a crash has said.
func witnessed() chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(`
			window.witness = { toasts: [], phases: [] };
			new MutationObserver(all => {
				for (const m of all) {
					for (const n of m.addedNodes) if (n.matches?.('.toast') && n.checkVisibility()) witness.toasts.push((n.closest('.pane')?.id ?? 'page') + ': ' + n.textContent);
					if (m.attributeName === 'data-phase') witness.phases.push(m.target.dataset.phase);
				}
			}).observe(document, { subtree: true, childList: true, attributeFilter: ['data-phase'] });
		`).Do(ctx)
		return err
	})
}

// toasted waits until a toast of a pane has held the words.
func toasted(pane, words string) chromedp.Action {
	return until(fmt.Sprintf("witness.toasts.some(t => t.startsWith(%q) && t.includes(%q))", pane+": ", words))
}
