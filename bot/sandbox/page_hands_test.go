package sandbox_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"rechargebot/bot/sandbox/pagetest"
)

// browse opens the page in a window of that size. At the end the console must have been silent, but for what the test
// excuses.
func browse(t *testing.T, address string, width, height int64, scheme string, excuse ...string) *pagetest.Visitor {
	t.Helper()
	return pagetest.Browse(t, address, pagetest.Window{Width: width, Height: height, Scheme: scheme, First: witnessed(), Ready: agentPane, Excuse: excuse})
}

// said waits until a pane's messages hold the words.
func said(pane, words string) chromedp.Action {
	return pagetest.Until("document.querySelector('" + pane + " .log').innerText.includes(`" + words + "`)")
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
	return pagetest.Until(fmt.Sprintf("witness.toasts.some(t => t.startsWith(%q) && t.includes(%q))", pane+": ", words))
}
