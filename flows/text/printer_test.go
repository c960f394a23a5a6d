package text_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rechargebot/flows/text"
	"rechargebot/providers"
)

// speak loads a catalogue written for one test.
func speak(t *testing.T, files map[string]string) *text.Catalogue {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, body := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(body)}
	}
	c, err := text.LoadFrom(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestMarksStyleAndDoubledMarksAreLiteral(t *testing.T) {
	t.Parallel()
	say := speak(t, map[string]string{"x.en.toml": "a_b = 'Pay *{{.Sum}}* to `{{.Number}}` (5 ** 3, a `` tick)'"}).In("en")
	want := text.Rich{
		{Text: "Pay "}, {Text: "50", Style: text.Bold}, {Text: " to "}, {Text: "017", Style: text.Code},
		{Text: " (5 * 3, a ` tick)"},
	}
	if diff := cmp.Diff(want, say.Say("a_b", text.Values{"Sum": "50", "Number": "017"})); diff != "" {
		t.Error(diff)
	}
}

func TestValuesAreNeverMarkup(t *testing.T) {
	t.Parallel()
	say := speak(t, map[string]string{"x.en.toml": `a_b = "Hello {{.Name}}!"`}).In("en")
	type named string
	for _, c := range []struct {
		value any
		want  string
	}{
		{"*bold* `code`", "Hello *bold* `code`!"},
		{"<b>{{.Name}}</b>", "Hello <b>{{.Name}}</b>!"},
		{"a\x02b\x03c\x00d", "Hello abcd!"},
		{named("a\x02b"), "Hello ab!"},
		{"line\nbreak\u2028too", "Hello line break too!"},
		{"\u202eRTL\u202c \u2067iso\u2069 \u200fmark \u061c", "Hello RTL iso mark !"},
		{"zero\u200bwidth\ufeff", "Hello zerowidth!"},
		{"ক্\u200dষ", "Hello ক্\u200dষ!"},
		{text.Rich{{Text: "a", Style: text.Bold}, {Text: "\x02b"}}, "Hello ab!"},
		{providers.Secret("hunter2"), "Hello ***!"},
		{int64(1001), "Hello 1001!"},
	} {
		got := say.Say("a_b", text.Values{"Name": c.value})
		if diff := cmp.Diff(text.Rich{{Text: c.want}}, got); diff != "" {
			t.Errorf("value %q:\n%s", c.value, diff)
		}
	}
}

func TestWhatALanguageLacksIsSaidInEnglish(t *testing.T) {
	t.Parallel()
	c := speak(t, map[string]string{
		"x.en.toml": "a_b = 'Hello {{.Name}}'\nc_d = 'English only'",
		"x.bn.toml": "a_b = 'হ্যালো {{.Name}}'",
	})
	for _, test := range []struct {
		language string
		key      text.Key
		values   text.Values
		want     string
	}{
		{"bn", "a_b", text.Values{"Name": "Rahim"}, "হ্যালো Rahim"},
		{"bn", "c_d", nil, "English only"},
		{"fr", "a_b", text.Values{"Name": "Rahim"}, "Hello Rahim"},
		{"", "c_d", nil, "English only"},
		{"en", "a_b", nil, "Hello …"},      // never "<no value>"
		{"en", "nobody_said_it", nil, "…"}, // never the key
		{"bn", "a_b", text.Values{"Count": "x", "Name": "R"}, "হ্যালো R"},
	} {
		if got := c.In(test.language).Text(test.key, test.values); got != test.want {
			t.Errorf("%s %s = %q, want %q", test.language, test.key, got, test.want)
		}
	}
}

func TestCountChoosesThePluralForm(t *testing.T) {
	t.Parallel()
	c := speak(t, map[string]string{
		"x.en.toml": "a_b = { one = '{{.Count}} job', other = '{{.Count}} jobs' }",
		"x.bn.toml": "a_b = { other = '{{.Count}}টি কাজ' }",
		"x.hi.toml": "a_b = { one = '{{.Count}} काम', other = '{{.Count}} काम' }",
	})
	for _, test := range []struct {
		language string
		count    int
		want     string
	}{
		{"en", 0, "0 jobs"}, {"en", 1, "1 job"}, {"en", 2, "2 jobs"}, {"en", 123456, "123,456 jobs"},
		{"bn", 1, "১টি কাজ"}, {"bn", 123456, "১,২৩,৪৫৬টি কাজ"}, {"hi", 21, "२१ काम"},
	} {
		if got := c.In(test.language).Text("a_b", text.Values{"Count": test.count}); got != test.want {
			t.Errorf("%s %d = %q, want %q", test.language, test.count, got, test.want)
		}
	}
}

func TestMoneyAndTimesAreWrittenAsTheLanguageDoes(t *testing.T) {
	t.Parallel()
	months := "months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'\nengine_time = '{{.Day}} {{.Month}} {{.Year}}, {{.Clock}}'"
	c := speak(t, map[string]string{"x.en.toml": months, "x.bn.toml": "a_b = 'x'", "x.hi.toml": "a_b = 'x'"})
	taka := func(minor int64) providers.Money { return providers.Money{Minor: minor, Currency: providers.BDT} }
	for _, test := range []struct {
		language string
		money    providers.Money
		want     string
	}{
		{"en", taka(5000), "৳50"}, {"en", taka(5050), "৳50.50"}, {"en", taka(5), "৳0.05"}, {"en", taka(0), "৳0"},
		{"en", taka(-250000), "-৳2,500"}, {"en", taka(123456789), "৳1,234,567.89"},
		{"en", providers.Money{Minor: 9900, Currency: providers.INR}, "₹99"},
		{"en", providers.Money{Minor: 9900, Currency: "XXX"}, "XXX 99"},
		{"bn", taka(12345605), "৳১,২৩,৪৫৬.০৫"},
		{"hi", providers.Money{Minor: 12345605, Currency: providers.INR}, "₹१,२३,४५६.०५"},
	} {
		if got := c.In(test.language).Money(test.money); got != test.want {
			t.Errorf("%s %v = %q, want %q", test.language, test.money, got, test.want)
		}
	}
	at := time.Date(2026, 11, 21, 20, 5, 59, 0, time.UTC)
	dhaka := time.FixedZone("Dhaka", 6*60*60)
	if got := c.In("en").Time(at, dhaka); got != "22 Nov 2026, 02:05" {
		t.Errorf("Time = %q", got)
	}
	if got := c.In("bn").Time(at, time.UTC); got != "২১ Nov ২০২৬, ২০:০৫" {
		t.Errorf("Time in Bangla = %q", got)
	}
}

func TestClipCountsAsTelegramDoes(t *testing.T) {
	t.Parallel()
	r := text.Rich{{Text: "ab", Style: text.Bold}, {Text: "😀😀😀"}, {Text: "tail"}}
	if got := r.Length(); got != 12 {
		t.Errorf("Length = %d, want 12: an emoji is two units", got)
	}
	for limit := 1; limit <= 13; limit++ {
		got := r.Clip(limit)
		if got.Length() > limit {
			t.Errorf("Clip(%d) has %d units: %q", limit, got.Length(), got)
		}
		whole := limit >= 12
		if whole != (got.String() == r.String()) || whole == strings.HasSuffix(got.String(), "…") {
			t.Errorf("Clip(%d) = %q", limit, got)
		}
	}
	if got := r.Clip(5).String(); got != "ab😀…" {
		t.Errorf("Clip(5) = %q", got)
	}
}

func TestJoinLeavesOutWhatSaysNothing(t *testing.T) {
	t.Parallel()
	got := text.Join("\n", nil, text.Rich{{Text: "a"}}, text.Quoted("\x00"), text.Quoted("b\nc"))
	want := text.Rich{{Text: "a"}, {Text: "\n"}, {Text: "b c", Style: text.Quote}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
