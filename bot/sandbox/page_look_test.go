package sandbox_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"rechargebot/bot/sandbox"
	"rechargebot/bot/sandbox/pagetest"
)

func TestThreePanesStandSideBySideOnADesk(t *testing.T) {
	t.Parallel()
	s, address := demo(t, newDesk())
	long := strings.Repeat("verylongwordwithoutanyspace", 30)
	must(t, call(t, s, "sendMessage", object{"chat_id": ops, "text": long, "reply_markup": keyboard([]object{data(long[:60], "a"), data(long[:60], "b")})}))
	v := browse(t, address, 1440, 900, "light")
	v.Do(chromedp.WaitVisible(".crash"))
	for _, size := range [][2]int64{{1920, 1080}, {1440, 900}, {1280, 720}, {1279, 720}, {1024, 768}, {900, 700}, {899, 700}, {390, 844}, {360, 640}} {
		v.Do(pagetest.Sized(size[0], size[1]))
		got := pagetest.Eval[struct {
			Wide  bool
			Panes []string
		}](v, `({
			wide: document.documentElement.scrollWidth > innerWidth || [...document.querySelectorAll('#stage, .log, .pane')].some(n => n.checkVisibility() && n.scrollWidth > n.clientWidth + 1),
			panes: [...document.querySelectorAll('.pane')].filter(p => p.checkVisibility()).map(p => p.getBoundingClientRect())
				.map((r, i, all) => r.left >= 0 && r.right <= innerWidth && r.bottom <= innerHeight && r.width >= 270 && (i === 0 || r.left >= all[i - 1].right && r.top === all[0].top) ? 'well' : JSON.stringify(r)),
		})`)
		want := 3
		if size[0] < 900 {
			want = 1
		}
		if got.Wide || len(got.Panes) != want || strings.Count(strings.Join(got.Panes, ""), "well") != want {
			t.Errorf("at %d x %d: wider than the window: %t; panes %q, want %d of them side by side", size[0], size[1], got.Wide, got.Panes, want)
		}
	}
}

// contrast lists the words on the page that stand out too little from what is behind them (WCAG 2.1, 1.4.3:
// 4.5 to 1, large ones 3 to 1). Of a gradient the worst colour counts.
const contrast = `(() => {
	const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
	const parse = (c) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); const d = canvas.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255]; };
	const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
	const light = (c) => [0, 1, 2].map(i => c[i] / 255).map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4).reduce((n, x, i) => n + x * [0.2126, 0.7152, 0.0722][i], 0);
	const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
	const behind = (node) => {
		for (const layers = []; ; node = node.parentElement) {
			const style = node ? getComputedStyle(node) : null;
			const colours = !node ? ['#fff'] : style.backgroundImage.includes('gradient') ? style.backgroundImage.match(/(rgba?|color)\([^)]*\)/g) : [style.backgroundColor];
			const solid = colours.map(parse).filter(c => c[3] > 0);
			if (solid.some(c => c[3] > 0.99)) return solid.filter(c => c[3] > 0.99).map(c => layers.reduceRight((below, l) => over(l, below), c));
			if (solid.length) layers.push(solid[0]);
		}
	};
	const bad = [];
	for (const node of document.querySelectorAll('body *')) {
		if (![...node.childNodes].some(c => c.nodeType === 3 && c.data.trim()) || !node.checkVisibility() || node.closest('option, .sprite, .skip, .spoiler')) continue;
		const style = getComputedStyle(node);
		if (style.display === 'contents') continue;
		const large = parseFloat(style.fontSize) >= 24 || parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700;
		const worst = Math.min(...behind(node).map(b => ratio(over(parse(style.color), b), b)));
		if (worst < (large ? 3 : 4.5)) bad.push(worst.toFixed(2) + ' ' + node.className + ' "' + node.textContent.slice(0, 40) + '"');
	}
	return bad.join('\n');
})()`

func TestWordsStandOutByDayAndNight(t *testing.T) {
	t.Parallel()
	s, address := demo(t, newDesk())
	v := browse(t, address, 1440, 1200, "light")
	v.Do(chromedp.WaitVisible(".crash"), pagetest.Click(agentPane+" .start"), chromedp.WaitVisible(agentPane+" .key.primary"), chromedp.SendKeys(agentPane+" textarea", "01712345678 50\r"), chromedp.WaitVisible(agentPane+" .key.success"))
	must(t, call(t, s, "sendMessage", object{"chat_id": ops, "parse_mode": "HTML", "text": "<b>Low</b> <code>ecare</code> <a href=\"https://example.org/\">link</a> /id\n<blockquote>quoted</blockquote><pre>kept as it is</pre>"}))
	if _, err := s.Reply(rahim, ops, 1, "I see"); err != nil {
		t.Fatal(err)
	}
	for _, person := range []int64{ann, nobody} {
		say(t, s, person, ops, "/id")
	}
	v.Do(pagetest.Until(`document.querySelectorAll('#view-group article').length >= 4 && document.querySelector('#view-group .cited')`), chromedp.Evaluate(`document.querySelector('.provider').scrollIntoView()`, nil))
	for _, scheme := range []string{"light", "dark"} {
		v.Do(pagetest.Dressed(scheme), pagetest.Settled())
		if bad := pagetest.Eval[string](v, contrast); bad != "" {
			t.Errorf("hard to read in the %s:\n%s", scheme, bad)
		}
		v.Picture("contrast-" + scheme)
		for _, box := range []string{"#about", "#shortcuts"} {
			v.Do(pagetest.Click(map[string]string{"#about": "#view-agent .keyed .act", "#shortcuts": "#keys"}[box]), chromedp.WaitVisible(box), pagetest.Settled())
			if bad := pagetest.Eval[string](v, contrast); bad != "" {
				t.Errorf("hard to read in the %s with %s:\n%s", scheme, box, bad)
			}
			v.Do(chromedp.Evaluate(`document.querySelector('`+box+`').close()`, nil))
		}
	}
	// The measure itself can tell bad from good.
	v.Do(chromedp.Evaluate(`document.querySelector('.brand h1').style.color = 'rgb(40 50 60)'`, nil))
	if !strings.Contains(pagetest.Eval[string](v, contrast), `"Recharge"`) {
		t.Error("dark words on a dark ground were not found")
	}
}

func TestHostileNamesStayNames(t *testing.T) {
	t.Parallel()
	const evil = `<img src=x onerror="document.title='owned'">`
	c := config()
	c.BotTitle, c.Group.Title = evil, evil
	c.People = []sandbox.Person{
		{ID: rahim, FirstName: evil, LastName: `"><script>document.title='owned'</script>`, Role: `agent"><svg onload=alert(1)>`},
		{ID: ann, FirstName: "আনোয়ারা বেগম", Role: "admin"}, {ID: nobody, FirstName: "\u202eReversed\u202c राम", Role: "stranger"},
	}
	s, address := serve(t, c, newDesk())
	v := browse(t, address, 1440, 900, "light")
	v.Do(chromedp.WaitVisible(".crash"))
	say(t, s, rahim, rahim, "/start "+evil)
	say(t, s, rahim, ops, evil)
	must(t, call(t, s, "sendMessage", object{"chat_id": ops, "text": evil, "reply_markup": keyboard([]object{data(evil, "x"), {"text": "link", "url": "https://example.org/?q=\"><script>"}})}))
	must(t, call(t, s, "setMyCommands", object{"commands": []object{{"command": "help", "description": evil}}}))
	if _, err := s.ShareContact(rahim, rahim, "+880", evil, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Forward(ann, rahim, 1, ops); err != nil {
		t.Fatal(err)
	}
	v.Do(pagetest.Until(`document.querySelector('#view-group .forwarded') && document.querySelector('#view-agent .card')`), pagetest.Click("#view-group .keyed .act"), chromedp.WaitVisible("#about"))
	v.Picture("hostile")
	if n := pagetest.Eval[int](v, `document.querySelectorAll('script:not([src]), body img:not(#look img), body svg[onload], [onerror]').length`); n != 0 || pagetest.Eval[string](v, `document.title`) == "owned" {
		t.Errorf("%d elements are of a person's making; the title is %q", n, pagetest.Eval[string](v, `document.title`))
	}
	if got := pagetest.Eval[string](v, `document.querySelector('#view-agent .who').title`); !strings.Contains(got, evil) {
		t.Errorf("the name reads %q", got)
	}

	r, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	policy := r.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %s", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || r.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", r.Header)
	}
}

// painting is a small PNG.
func painting(t *testing.T) []byte {
	t.Helper()
	p := image.NewRGBA(image.Rect(0, 0, 480, 300))
	for y := range 300 {
		for x := range 480 {
			p.Set(x, y, color.RGBA{uint8(x / 2), uint8(y / 2), 120, 255})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, p); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestPhotosAndDocumentsAreShown(t *testing.T) {
	t.Parallel()
	s, address := demo(t, newDesk())
	say(t, s, rahim, rahim, "/start")
	v := browse(t, address, 1440, 900, "light")
	if _, err := s.Post(rahim, rahim, sandbox.Posting{Caption: "রসিদ · रसीद", Photo: &sandbox.File{Name: "receipt.png", Data: painting(t)}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Post(rahim, rahim, sandbox.Posting{Document: &sandbox.File{Name: `list "of" <numbers>.csv`, Data: []byte("01712345678,50\n")}}); err != nil {
		t.Fatal(err)
	}
	v.Do(pagetest.Until(`document.querySelector('#view-agent .photo img')?.naturalWidth === 480`), pagetest.Until(`document.querySelector('#view-agent .file')?.textContent.includes('list "of" <numbers>.csv15 B')`), said(agentPane, "রসিদ · रसीद"))
	if got := pagetest.Eval[string](v, `document.querySelector('#view-agent .file').download`); got != `list "of" <numbers>.csv` {
		t.Errorf("the document is saved as %q", got)
	}
	v.Picture("photo-and-document")
	v.Do(pagetest.Click(agentPane+" .photo"), chromedp.WaitVisible("#look[open] img"))
	v.Picture("photo-large")
	v.Do(pagetest.Click("#look .shut"), pagetest.Until(`!document.querySelector('#look').open`))

	// Somebody drops a picture on the group's pane.
	v.Do(chromedp.Evaluate(`(async () => {
		const bytes = await (await fetch(document.querySelector('#view-agent .photo img').src)).blob();
		const bag = new DataTransfer();
		bag.items.add(new File([bytes], 'dropped.png', { type: 'image/png' }));
		document.querySelector('#view-group .log').dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: bag }));
	})()`, nil), pagetest.Until(`document.querySelector('#view-group .photo img')?.naturalWidth === 480`))
}
