package sandbox_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"rechargebot/bot/sandbox"
	"rechargebot/bot/sandbox/pagetest"
)

func TestThePageIsAllPhonesAtOnce(t *testing.T) {
	t.Parallel()
	s, address := demo(t, newDesk())
	v := browse(t, address, 1440, 900, "light")
	v.Do(chromedp.WaitVisible("#view-desk .crash"), chromedp.WaitVisible(agentPane+" .start"))
	v.Picture("desktop-light-empty")

	v.Do(chromedp.Evaluate(`addEventListener('animationstart', (e) => { window.glowed ||= e.animationName === 'glow'; })`, nil))

	// The guide's first step makes us the stranger; Start and the button work.
	v.Do(pagetest.Click(".guide li:nth-child(1) button"), pagetest.Until(`document.querySelector('#view-agent .who[aria-checked=true]').textContent.includes('Nobody')`),
		pagetest.Click(agentPane+" .start"), chromedp.WaitVisible(agentPane+" .key.primary"),
		pagetest.Until(`document.querySelector('#view-agent .seen')`), pagetest.Click(agentPane+" .key.primary"), toasted("view-agent", "Got it: ask"),
		pagetest.Until(`document.querySelector('#view-agent .msg:last-child').textContent.includes('#K7Q2MX · ask') && !document.querySelector('[aria-busy]')`))
	if n := len(s.Answers()); n != 1 {
		t.Errorf("the bot has answered %d presses, want 1", n)
	}
	v.Do(pagetest.Until(`window.glowed && document.querySelector('#view-agent .msg:last-child .meta').textContent.includes('edited')`), pagetest.Until(`document.querySelector('#view-agent .day').textContent === 'Today'`))

	// Rahim orders, the admin looks on, the group gets an alert and talks past the bot.
	v.Do(pagetest.Click(agentPane+" .who:nth-child(1)"), pagetest.Click(agentPane+" .start"), chromedp.WaitVisible(agentPane+" .key.primary"),
		chromedp.SendKeys(agentPane+" textarea", "01712345678 50\r"), chromedp.WaitVisible(agentPane+" .key.success"),
		pagetest.Click(adminPane+" .start"), chromedp.WaitVisible(adminPane+" .key.primary"))
	must(t, call(t, s, "sendMessage", object{"chat_id": ops, "parse_mode": "HTML", "text": "⚠ <b>Low balance</b>\n<code>ecare-demo</code> has 4,950.00 BDT left, the line is 5,000.00 BDT.\n<blockquote expandable>Forecast: empty in about 3 h at today's pace.\nLast top-up: yesterday 18:20.\nThe day before: 12 orders.\nThe day before that: 9.</blockquote>"}))
	v.Do(chromedp.SendKeys(groupPane+" textarea", "I will top it up\r"), chromedp.WaitVisible(groupPane+" [aria-label='not seen by the bot']"))
	v.Picture("desktop-light")
	v.Do(pagetest.Dressed("dark"))
	v.Picture("desktop-dark")

	// A folded quotation unfolds; a copied number is told of; an alert is a box that has to be closed.
	v.Do(pagetest.Click(groupPane+" .folds"), pagetest.Until(`document.querySelector('#view-group [aria-expanded=true][role=button]')`),
		pagetest.Tap(`[...document.querySelectorAll('#view-agent .key')].find(b => b.innerText === 'Copy number')`), toasted("view-agent", "01712345678"))
	v.Do(pagetest.Click(agentPane+" .key.danger"), chromedp.WaitVisible("#alert[open]"))
	v.Picture("desktop-dark-alert")
	v.Do(chromedp.KeyEvent(kb.Escape), pagetest.Until(`!document.querySelector('#alert').open`))
}

func TestTheDeskSteersTheDemo(t *testing.T) {
	t.Parallel()
	s, address := demo(t, newDesk())
	v := browse(t, address, 1440, 900, "light")
	v.Do(chromedp.WaitVisible(".provider .moods"), pagetest.Choose(".provider .moods", "silent"),
		pagetest.Until(`document.querySelector('.provider .help').textContent.startsWith('Takes the order') && document.querySelector('.provider .busy')`),
		chromedp.SendKeys(".float input", "500.00\r"), pagetest.Until(`document.querySelector('.float b').textContent === '500.00'`))
	v.Do(pagetest.Click(".crash"), pagetest.Until(`witness.phases.join() === 'idle,down,up,back' || witness.phases.join() === 'down,up,back'`), pagetest.Until(`document.querySelector('.facts').textContent.includes('1 restart')`),
		pagetest.Until(`document.querySelector('.kills').innerText.replace(/\s+/g, ' ') === '1× killed 0 paid twice 0 lost' && document.querySelector('.verdict').textContent.includes('1240 ms')`))
	v.Picture("desk-back")
	v.Do(pagetest.Until(`document.querySelector('.crash').dataset.phase === 'idle'`))

	// Telegram has moods, too: what the bot owes waits for the end of one.
	v.Do(pagetest.Choose(".telegram-moods", "flood"), pagetest.Until(`document.querySelector('[aria-label=Telegram] .busy')?.textContent === 'flooded'`))
	if w := call(t, s, "sendMessage", object{"chat_id": ops, "text": "hello"}); w.Code != 429 {
		t.Errorf("a flooded Telegram answers %+v", w)
	}
	v.Do(pagetest.Choose(".telegram-moods", "well"), pagetest.Until(`document.querySelector('[aria-label=Telegram] .good')?.textContent === 'well'`))
	must(t, call(t, s, "sendMessage", object{"chat_id": ops, "text": "hello"}))

	// On a smaller desk it is a drawer.
	v.Do(pagetest.Sized(1024, 768), chromedp.WaitNotVisible(".crash"), pagetest.Click("#drawer"), chromedp.WaitVisible(".crash"))
	v.Picture("tablet-light-drawer")
	v.Do(chromedp.KeyEvent(kb.Escape), chromedp.WaitNotVisible(".crash"), pagetest.Until(`document.activeElement.id === 'drawer'`))
	v.Picture("tablet-light")
}

func TestWithoutADemoThereIsNoDesk(t *testing.T) {
	t.Parallel()
	_, address := demo(t, nil)
	v := browse(t, address, 1000, 700, "light", "/demo/state") // the browser tells of each 404
	v.Do(pagetest.Until(`performance.getEntriesByType('resource').some(e => e.name.endsWith('/demo/state') && e.responseStatus === 404)`))
	if !pagetest.Eval[bool](v, `document.querySelector('#view-desk').hidden && document.querySelector('#drawer').hidden`) {
		t.Error("the desk shows itself although nothing serves /demo/state")
	}
}

func TestOnAPhoneThereIsOneChatAtATime(t *testing.T) {
	t.Parallel()
	s, address := demo(t, newDesk())
	v := browse(t, address, 390, 844, "dark")
	v.Picture("phone-dark-first")
	v.Do(chromedp.WaitVisible("#tab-desk"))
	v.Do(pagetest.Click(agentPane+" .start"), chromedp.WaitVisible(agentPane+" .key"),
		chromedp.SendKeys(agentPane+" textarea", "01712345678 50\r"), chromedp.WaitVisible(agentPane+" .key.success"))
	must(t, call(t, s, "sendMessage", object{"chat_id": ops, "text": "Provider down: ecare-demo"}))
	v.Do(pagetest.Until(`document.querySelector('#tab-group .badge')?.textContent === '1' && document.title.startsWith('(1) ')`))
	v.Picture("phone-dark")
	for _, tab := range []string{"admin", "group", "desk"} {
		v.Do(pagetest.Click("#tab-"+tab), chromedp.WaitVisible("#view-"+tab), chromedp.WaitNotVisible(agentPane))
		v.Picture("phone-dark-" + tab)
	}
	v.Do(pagetest.Until(`!document.querySelector('.badge') && !document.title.startsWith('(')`))
	v.Do(pagetest.Dressed("light"), pagetest.Sized(360, 640), pagetest.Click("#tab-agent"), chromedp.WaitVisible(agentPane+" .key.success"))
	v.Picture("small-phone-light")
	v.Do(pagetest.Click(agentPane+" .slash"), chromedp.WaitVisible(agentPane+" .menu"))
	v.Picture("small-phone-light-menu")
	v.Do(pagetest.Click(agentPane+" .attach"), chromedp.WaitVisible(agentPane+" .attachments"), chromedp.WaitNotVisible(agentPane+" .menu"))
	v.Picture("small-phone-light-attach")
}

func TestABadClientCanDoWhatItLikes(t *testing.T) {
	t.Parallel()
	s, address := demo(t, newDesk())
	v := browse(t, address, 1440, 900, "light")
	more := func(pane, words string) chromedp.Action {
		return chromedp.Tasks{pagetest.Tap("[...document.querySelectorAll('" + pane + " article')].filter(a => a.innerText.includes(`" + words + "`)).at(-1)?.querySelector('.act')"), chromedp.WaitVisible("#about")}
	}
	task := func(words string) chromedp.Action {
		return pagetest.Tap("[...document.querySelectorAll('#about .task')].find(b => b.textContent.startsWith(`" + words + "`))")
	}
	v.Do(pagetest.Click(agentPane+" .start"), chromedp.WaitVisible(agentPane+" .key.primary"), chromedp.SendKeys(agentPane+" textarea", "01712345678 50\r"), chromedp.WaitVisible(agentPane+" .key.success"),
		pagetest.Click(adminPane+" .start"), chromedp.WaitVisible(adminPane+" .key"), pagetest.Click(agentPane+" .key.success"), said(agentPane, "· Delivered"))
	answers := func() int { return len(s.Answers()) }

	// The card has no button any more; its old ones can be pressed all the same, by anybody.
	v.Do(more(agentPane, "#K7Q2MX"))
	v.Picture("about-a-message")
	v.Do(task("Confirm"), pagetest.Until(`!document.querySelector('#about').open`))
	eventually(t, s, func() bool { return answers() == 2 && s.Answers()[1].Person == rahim })
	v.Do(more(agentPane, "#K7Q2MX"), pagetest.Choose("#about select", "1001"), task("Confirm"))
	eventually(t, s, func() bool { return answers() == 3 && s.Answers()[2].Person == ann && s.Answers()[2].Chat == ann })

	// A message goes from hand to hand, and is answered.
	v.Do(more(agentPane, "#K7Q2MX"), task("Forward to Ann"), said(adminPane, "Forwarded from Recharge"),
		more(agentPane, "Welcome back"), task("Reply"), pagetest.Until(`document.activeElement.matches('#view-agent textarea') && document.querySelector('#view-agent .quote p').textContent.startsWith('Welcome')`),
		chromedp.SendKeys(agentPane+" textarea", "thank you\r"), pagetest.Until(`document.querySelector('#view-agent .mine .cited')?.textContent.includes('Welcome back')`))
	v.Picture("forwarded")

	// Rahim blocks the bot, and lets it in again.
	v.Do(pagetest.Click(agentPane+" .block"), pagetest.Until(`document.querySelector('#view-agent .start').innerText === 'Unblock the bot'`))
	if w := call(t, s, "sendMessage", object{"chat_id": rahim, "text": "x"}); w.Code != 403 {
		t.Errorf("the bot wrote to somebody who has blocked it: %+v", w)
	}
	v.Do(pagetest.Click(agentPane+" .start"), chromedp.WaitVisible(agentPane+" textarea"))
	must(t, call(t, s, "sendMessage", object{"chat_id": rahim, "text": "What is the customer's number?", "reply_markup": object{"force_reply": true, "input_field_placeholder": "01XXXXXXXXX"}}))
	v.Do(pagetest.Until(`document.querySelector('#view-agent textarea').placeholder === '01XXXXXXXXX' && document.querySelector('#view-agent .quote p').textContent.startsWith('What is')`))
	v.Picture("asked-for-a-number")
}

// eventually waits for a condition of the sandbox.
func eventually(t *testing.T, s *sandbox.Server, cond func() bool) {
	t.Helper()
	if err := s.Wait(t.Context(), cond); err != nil {
		t.Fatal(err)
	}
}
